//! What the library makes of calls: it goes where wilco's own requests go, to be held against the contract.

use serenity::all::{
    ButtonStyle, ChannelId, CommandOptionType, CreateActionRow, CreateAllowedMentions,
    CreateAutocompleteResponse, CreateButton, CreateCommand, CreateCommandOption, CreateEmbed,
    CreateInputText, CreateInteractionResponse, CreateInteractionResponseFollowup,
    CreateInteractionResponseMessage, CreateMessage, CreateModal, CreateThread,
    EditInteractionResponse, EditMessage, Event, GetMessages, GuildId, Http, InputTextStyle,
    Interaction, Nonce, ReactionType,
};

use super::serenity::{Bot, library};
use super::{ANA, DEPLOYS};
use crate::sim::discord::{APP, Discord, GUILD, Member, Press, Slash, User};

async fn opened() -> (Discord, Http) {
    let discord = Discord::open().await;
    discord.user(ANA, User::named("ana"));
    discord.member(GUILD, ANA, Member::default());
    discord.channel(GUILD, DEPLOYS, "deploys");
    let http = library(&discord);
    http.set_application_id(APP.parse::<u64>().unwrap().into());
    (discord, http)
}

fn channel() -> ChannelId {
    ChannelId::new(DEPLOYS.parse().unwrap())
}

fn nobody() -> CreateAllowedMentions {
    CreateAllowedMentions::new()
}

/// A text that wakes nobody: of answers to interactions the library does not see to that by itself.
fn saying(text: &str) -> CreateInteractionResponseMessage {
    CreateInteractionResponseMessage::new().content(text).allowed_mentions(nobody())
}

#[tokio::test]
async fn messages_reactions_and_threads_keep_to_the_contract() {
    let (discord, http) = opened().await;
    let channel = channel();
    let embed = CreateEmbed::new().title("#42 api").field("Version", "v1", true);
    let button = CreateButton::new("approve:42").label("Approve");
    let card = CreateMessage::new()
        .embed(embed)
        .components(vec![CreateActionRow::Buttons(vec![button])])
        .nonce(Nonce::String("card-42".into()))
        .enforce_nonce(true);
    let mut card = channel.send_message(&http, card).await.unwrap();
    card.edit(&http, EditMessage::new().content("done").components(vec![])).await.unwrap();
    card.react(&http, '✅').await.unwrap();
    let emoji = ReactionType::from('✅');
    assert_eq!(card.reaction_users(&http, emoji, Some(100), None).await.unwrap().len(), 1);
    let thread = CreateThread::new("log of #42");
    channel.create_thread_from_message(&http, card.id, thread).await.unwrap();
    channel.messages(&http, GetMessages::new().limit(10)).await.unwrap();
    assert_eq!(discord.complaints(), [""; 0]);
}

async fn heard(bot: &mut Bot) -> Interaction {
    let Event::InteractionCreate(heard) = bot.next("INTERACTION_CREATE").await else {
        panic!("another event")
    };
    heard.interaction
}

#[tokio::test]
async fn commands_and_answers_to_interactions_keep_to_the_contract() {
    let (discord, http) = opened().await;
    let option = CreateCommandOption::new(CommandOptionType::String, "service", "Which service")
        .name_localized("ko", "서비스")
        .required(true)
        .set_autocomplete(true);
    let where_to = CreateCommandOption::new(CommandOptionType::String, "environment", "Where to")
        .add_string_choice("prod", "prod");
    let deploy = CreateCommand::new("deploy")
        .name_localized("ko", "배포")
        .description("Deploy a service")
        .description_localized("ko", "서비스를 배포합니다")
        .set_options(vec![option, where_to]);
    let guild = GuildId::new(GUILD.parse().unwrap());
    guild.set_commands(&http, vec![deploy]).await.unwrap();

    let mut bot = Bot::enter(&discord).await;
    let options = [("service", "api"), ("environment", "prod")];
    let slash = Slash { user: ANA, channel: DEPLOYS, command: "deploy", options: &options };
    discord.slash(slash);
    let Interaction::Command(command) = heard(&mut bot).await else { panic!("no command") };
    command.defer_ephemeral(&http).await.unwrap();
    let edit = EditInteractionResponse::new().content("Looking …").allowed_mentions(nobody());
    command.edit_response(&http, edit).await.unwrap();
    let more = CreateInteractionResponseFollowup::new().content("Here").allowed_mentions(nobody());
    command.create_followup(&http, more).await.unwrap();
    command.delete_response(&http).await.unwrap();
    assert!(discord.ephemerals(None, None).is_empty());
    assert_eq!(discord.messages(DEPLOYS)[0].content, "Here");

    let typed = discord.type_into(slash, "service");
    let Interaction::Autocomplete(completion) = heard(&mut bot).await else { panic!("no typing") };
    let offer = CreateAutocompleteResponse::new().add_string_choice("api", "api");
    let offer = CreateInteractionResponse::Autocomplete(offer);
    completion.create_response(&http, offer).await.unwrap();
    assert_eq!(discord.answered(&typed).unwrap().data["choices"][0]["value"], "api");

    let button = CreateButton::new("reject:42").label("Reject").style(ButtonStyle::Danger);
    let card = CreateMessage::new()
        .content("card")
        .components(vec![CreateActionRow::Buttons(vec![button])]);
    let card = channel().send_message(&http, card).await.unwrap().id.to_string();
    let press = Press { user: ANA, channel: DEPLOYS, message: &card, custom_id: "reject:42" };
    let pressed = discord.press(press);
    let Interaction::Component(component) = heard(&mut bot).await else { panic!("no button") };
    let input = CreateInputText::new(InputTextStyle::Paragraph, "Why?", "reason").max_length(200);
    let modal = CreateModal::new("reject:42", "Reject #42")
        .components(vec![CreateActionRow::InputText(input)]);
    component.create_response(&http, CreateInteractionResponse::Modal(modal)).await.unwrap();
    discord.submit(&pressed, &[("reason", "no tests")]);
    let Interaction::Modal(sent) = heard(&mut bot).await else { panic!("no modal") };
    let update = CreateInteractionResponse::UpdateMessage(saying("rejected").components(vec![]));
    sent.create_response(&http, update).await.unwrap();
    assert!(discord.messages(DEPLOYS).iter().any(|one| one.words() == "rejected"));

    discord.slash(slash);
    let Interaction::Command(command) = heard(&mut bot).await else { panic!("no command") };
    let said = saying("You may not").ephemeral(true);
    command.create_response(&http, CreateInteractionResponse::Message(said)).await.unwrap();
    assert_eq!(discord.ephemerals(Some(DEPLOYS), Some(ANA))[0].content, "You may not");
    bot.leave().await;
    assert_eq!(discord.complaints(), [""; 0]);
}
