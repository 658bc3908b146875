//! What Discord sent → what occurred, and whether it is any business of wilco's.

use serenity::model::application::{
    ActionRowComponent, CommandInteraction, ComponentInteraction, ModalInteraction,
};
use serenity::model::channel::{Message, MessageType};
use serenity::model::guild::Member;
use serenity::model::id::{ApplicationId, ChannelId, GuildId, MessageId, UserId};
use serenity::model::user::User;

use wilco_core::card::Press;
use wilco_core::ids::{Account, MessageRef, Place, Platform};
use wilco_core::person::Standing;

use super::face::{self, Step};
use super::members::{self, Shown};

/// Who wilco is, and where it hears people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Us {
    /// Nobody is heard in another guild.
    pub guilds: Guilds,
    pub bot: UserId,
    pub application: ApplicationId,
    /// By what a line is for wilco, besides its name. Discord tells of such lines only where it was asked to.
    pub prefix: Option<String>,
}

/// The guilds of the configuration, in its order; never none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guilds {
    first: GuildId,
    others: Vec<GuildId>,
}

impl Guilds {
    /// Gathers guilds; `None` where there is none.
    pub fn new(guilds: &[GuildId]) -> Option<Self> {
        let (first, others) = guilds.split_first()?;
        Some(Self { first: *first, others: others.to_vec() })
    }

    /// The only one, where there are no others.
    pub fn only(&self) -> Option<GuildId> {
        self.others.is_empty().then_some(self.first)
    }

    /// Who says something directly is in no guild, and counts as whom the first one knows.
    pub fn of_direct_messages(&self) -> GuildId {
        self.first
    }

    pub fn iter(&self) -> impl Iterator<Item = GuildId> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }

    pub fn has(&self, guild: GuildId) -> bool {
        self.iter().any(|ours| ours == guild)
    }
}

/// Somebody in a guild of ours, and what Discord says of them with what they did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    pub guild: GuildId,
    pub user: UserId,
    /// `None` where Discord does not say.
    pub standing: Option<Standing>,
}

/// Why something is none of wilco's business.
pub type Ignored = &'static str;

pub fn account(guild: GuildId, user: UserId) -> Account {
    let (workspace, user) = (guild.to_string(), user.to_string());
    Account { platform: Platform::Discord, workspace, user }
}

pub fn place(channel: ChannelId) -> Place {
    Place::in_channel(Platform::Discord, channel.to_string())
}

pub fn message_ref(channel: ChannelId, message: MessageId) -> MessageRef {
    MessageRef { place: place(channel), message: message.to_string() }
}

/// Whether something is said to wilco in any case, or only where it is a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressed {
    /// It is named, or nobody else is there.
    ByName,
    /// Other bots may go by the same prefix.
    ByPrefix,
}

/// Returns who said what to wilco.
pub fn said(message: &Message, us: &Us) -> Result<(Who, String, Addressed), Ignored> {
    match message.kind {
        MessageType::Regular | MessageType::InlineReply => {}
        _ => return Err("a message that Discord made"),
    }
    if message.webhook_id.is_some() {
        return Err("said by a webhook");
    }
    if message.author.bot || message.author.system {
        return Err("said by a bot");
    }
    if message.guild_id.is_some_and(|guild| !us.guilds.has(guild)) {
        return Err("said in another guild");
    }
    let (content, bot) = (message.content.as_str(), us.bot);
    let prefixed = us.prefix.as_ref().and_then(|prefix| content.trim_start().strip_prefix(prefix));
    let (words, addressed) = match (message.guild_id, prefixed) {
        (Some(_), _) if names(content, bot) => (words(content, bot), Addressed::ByName),
        (Some(_), Some(rest)) => (rest.trim().to_owned(), Addressed::ByPrefix),
        (Some(_), None) => return Err("not said to wilco"),
        // What is said in a direct message is said to wilco, by somebody who may be in no guild of ours.
        (None, Some(rest)) => (rest.trim().to_owned(), Addressed::ByName),
        (None, None) => (words(content, bot), Addressed::ByName),
    };
    // Whoever is a bot was left out above.
    let shown = |is_pending| Shown { is_bot: false, is_pending };
    let standing = message.member.as_ref().map(|member| members::standing(shown(member.pending)));
    let standing = standing.filter(|_| message.guild_id.is_some());
    let guild = message.guild_id.unwrap_or_else(|| us.guilds.of_direct_messages());
    Ok((Who { guild, user: message.author.id, standing }, words, addressed))
}

/// A reply wakes whoever is replied to, and says nothing to them.
fn names(content: &str, bot: UserId) -> bool {
    content.contains(&format!("<@{bot}>")) || content.contains(&format!("<@!{bot}>"))
}

/// Returns what was said to the bot: without the mentions of it in front.
fn words(content: &str, bot: UserId) -> String {
    let mut rest = content.trim_start();
    while let Some(after) = own_mention(rest, bot) {
        rest = after.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | ','));
    }
    rest.trim().to_owned()
}

fn own_mention(text: &str, bot: UserId) -> Option<&str> {
    let (inside, after) = text.strip_prefix("<@")?.split_once('>')?;
    (inside.trim_start_matches('!') == bot.to_string()).then_some(after)
}

/// What every interaction says of where it comes from.
struct Origin<'a> {
    application: ApplicationId,
    guild: Option<GuildId>,
    user: &'a User,
    member: Option<&'a Member>,
}

fn who(origin: &Origin<'_>, us: &Us) -> Result<Who, Ignored> {
    if origin.application != us.application {
        return Err("sent to another application");
    }
    if origin.guild.is_some_and(|guild| !us.guilds.has(guild)) {
        return Err("from another guild");
    }
    let is_bot = origin.user.bot || origin.user.system;
    let shown = |is_pending| Shown { is_bot, is_pending };
    let standing = origin.member.map(|member| members::standing(shown(member.pending)));
    let standing = standing.filter(|_| origin.guild.is_some());
    let guild = origin.guild.unwrap_or_else(|| us.guilds.of_direct_messages());
    Ok(Who { guild, user: origin.user.id, standing })
}

/// Returns who sent a slash command, or types one.
pub fn commanded(command: &CommandInteraction, us: &Us) -> Result<Who, Ignored> {
    who(
        &Origin {
            application: command.application_id,
            guild: command.guild_id,
            user: &command.user,
            member: command.member.as_deref(),
        },
        us,
    )
}

/// A button that was pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pressed {
    pub who: Who,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It is asked about first.
    Ask { press: Press, about: String },
    /// It counts, for this card.
    Do { press: Press, message: MessageRef, from: From },
    /// Somebody changed their mind.
    Leave,
}

/// Where a button stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    Card,
    /// The question whether it should count.
    Question,
}

/// Returns what was pressed.
pub fn pressed(component: &ComponentInteraction, us: &Us) -> Result<Pressed, Ignored> {
    let origin = Origin {
        application: component.application_id,
        guild: component.guild_id,
        user: &component.user,
        member: component.member.as_ref(),
    };
    let who = who(&origin, us)?;
    // Only our own messages have our own buttons; another bot's may look the same.
    if component.message.author.id != us.bot {
        return Err("a button on a message that is not of wilco");
    }
    let id = component.data.custom_id.as_str();
    if id == face::LEAVE {
        return Ok(Pressed { who, what: What::Leave });
    }
    let Some((press, step, about)) = face::pressed(id) else {
        return Err("something else than a button of a card");
    };
    let card = message_ref(component.channel_id, component.message.id);
    let what = match step {
        Step::Ask => {
            let about = format!("{about}/{}", component.message.id);
            What::Ask { press, about }
        }
        Step::Do => match about.split_once('/') {
            // The question carries which message it is about.
            Some((_, message)) => {
                let message = message.parse().map_err(|_| "a question about no message")?;
                let message = message_ref(component.channel_id, message);
                What::Do { press, message, from: From::Question }
            }
            None => What::Do { press, message: card, from: From::Card },
        },
    };
    Ok(Pressed { who, what })
}

/// Returns how the button that was pressed reads.
pub fn label(component: &ComponentInteraction) -> String {
    let buttons = component.message.components.iter().flat_map(|row| &row.components);
    let mut labels = buttons.filter_map(|part| match part {
        ActionRowComponent::Button(button) => {
            let is_it = matches!(
                &button.data,
                serenity::model::application::ButtonKind::NonLink { custom_id, .. }
                    if *custom_id == component.data.custom_id
            );
            button.label.clone().filter(|_| is_it)
        }
        _ => None,
    });
    labels.next().unwrap_or_else(|| "OK".into())
}

/// Returns who said why they reject which card.
pub fn submitted(
    modal: &ModalInteraction,
    us: &Us,
) -> Result<(Who, MessageRef, Option<String>), Ignored> {
    let origin = Origin {
        application: modal.application_id,
        guild: modal.guild_id,
        user: &modal.user,
        member: modal.member.as_ref(),
    };
    let who = who(&origin, us)?;
    let about = modal.data.custom_id.strip_prefix(face::REASON_FORM);
    let about = about.and_then(|about| about.strip_prefix('/')?.split_once('/'));
    let Some((channel, message)) = about else { return Err("another form") };
    let (Ok(channel), Ok(message)) = (channel.parse(), message.parse()) else {
        return Err("a form about no message");
    };
    let fields = modal.data.components.iter().flat_map(|row| &row.components);
    let mut reason = fields.filter_map(|field| match field {
        ActionRowComponent::InputText(text) if text.custom_id == face::REASON => text.value.clone(),
        _ => None,
    });
    let reason = reason.next().map(|reason| reason.trim().to_owned());
    Ok((who, message_ref(channel, message), reason.filter(|reason| !reason.is_empty())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mention_in_front_is_no_word() {
        for text in
            ["<@7> deploy api", "<@!7>: deploy api", " <@7>, <@7> deploy api ", "deploy api"]
        {
            assert_eq!(words(text, UserId::new(7)), "deploy api", "{text}");
        }
        assert_eq!(words("<@8> deploy <@7>", UserId::new(7)), "<@8> deploy <@7>");
        assert!(names("deploy <@7>", UserId::new(7)));
        assert!(!names("thanks <@77>", UserId::new(7)));
    }
}
