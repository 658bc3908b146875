//! Interactions: what was asked, in which time it is answered, and with what.
//!
//! Source: Receiving and Responding, "Interaction Callback Type" and "Followup Messages".

use std::time::Duration;

use serde_json::{Value, json};

use super::answer::{Answer, Call, Form, Refusal, Reply};
use super::check::{self, Act};
use super::manifest;
use super::message::{LOADING, Message};
use super::state::State;
use super::tap::What;
use super::{Discord, controls};

/// The first answer must come in this time.
const FIRST_ANSWER: Duration = Duration::from_secs(3);
/// So long its token is good for more.
const TOKEN: Duration = Duration::from_mins(15);
/// What an autocompletion may offer.
const CHOICES: usize = 25;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    Command,
    Component,
    Autocomplete,
    /// Out of a command, or out of a message's button.
    Modal,
}

impl Asked {
    pub fn number(self) -> u64 {
        match self {
            Asked::Command => 2,
            Asked::Component => 3,
            Asked::Autocomplete => 4,
            Asked::Modal => 5,
        }
    }
}

/// Something that a person did and waits for.
pub struct Interaction {
    pub id: String,
    pub token: String,
    pub kind: Asked,
    /// Of the command; empty for others.
    pub name: String,
    pub user: String,
    pub channel: String,
    /// The message with the button.
    pub message: Option<String>,
    /// Of the option that is being typed.
    pub completes: u64,
    pub at: Duration,
    pub answer: Option<Answered>,
    /// What `@original` is.
    pub original: Option<String>,
    /// The interaction whose answer was the modal.
    pub opened_by: Option<String>,
}

/// The first answer to an interaction: when it came, and what it carried.
#[derive(Clone, Debug)]
pub struct Answered {
    pub after: Duration,
    /// The type of the callback: 4 says something, 5 and 6 put it off, 7 changes the message, 8 completes, 9 asks more.
    pub kind: u64,
    /// Null when there is none.
    pub data: Value,
}

/// A modal that somebody has before them.
#[derive(Clone, Debug)]
pub struct Modal {
    /// Of the interaction that it answers.
    pub interaction: String,
    pub user: String,
    pub channel: String,
    pub message: Option<String>,
    /// As it was sent: `custom_id`, `title`, `components`.
    pub data: Value,
}

impl Modal {
    /// What is asked, in the order in which it stands.
    pub fn inputs(&self) -> impl Iterator<Item = &Value> {
        let rows = self.data["components"].as_array().into_iter().flatten();
        rows.flat_map(|row| row["components"].as_array().into_iter().flatten())
    }
}

/// A token has the interaction's id in it, as Discord's have, which makes it quick to find.
pub fn token(id: &str) -> String {
    format!("aW50ZXJhY3Rpb24{id}secret")
}

fn id_in(token: &str) -> Option<&str> {
    token.strip_prefix("aW50ZXJhY3Rpb24")?.strip_suffix("secret")
}

impl Interaction {
    /// Callbacks that answer such a thing.
    fn callbacks(&self) -> &'static [u64] {
        match self.kind {
            Asked::Command => &[4, 5, 9],
            Asked::Component => &[4, 5, 6, 7, 9],
            Asked::Autocomplete => &[8],
            Asked::Modal if self.message.is_some() => &[4, 5, 6, 7],
            Asked::Modal => &[4, 5],
        }
    }
}

impl State {
    /// What a message says of the interaction that it answers.
    pub fn metadata(&self, asked: &Interaction) -> Value {
        let mut told = json!({
            "id": asked.id, "type": asked.kind.number(), "user": self.user(&asked.user),
            "authorizing_integration_owners": {},
        });
        match asked.kind {
            Asked::Command | Asked::Autocomplete => {
                told["name"] = asked.name.as_str().into();
                told["command_type"] = 1.into();
            }
            Asked::Component => told["interacted_message_id"] = json!(asked.message),
            Asked::Modal => {
                let opener = asked.opened_by.as_ref().and_then(|id| self.interactions.get(id));
                told["triggering_interaction_metadata"] =
                    opener.map_or(Value::Null, |opener| self.metadata(opener));
            }
        }
        told
    }

    /// The first answer.
    pub fn respond(&mut self, call: &Call) -> Answer {
        let unknown = || Refusal::new(404, 10_062, "Unknown interaction");
        let id = call.part("interaction_id").to_owned();
        let now = self.clock.now();
        let asked = self.interactions.get(&id).ok_or_else(unknown)?;
        if asked.token != call.part("token") {
            return Err(unknown());
        }
        if asked.answer.is_some() {
            let told = "Interaction has already been acknowledged.";
            return Err(Refusal::new(400, 40_060, told));
        }
        let after = now.saturating_sub(asked.at);
        if after > FIRST_ANSWER {
            return Err(unknown());
        }
        let mut form = Form::default();
        form.choice(&call.body["type"], asked.callbacks(), "type");
        form.finish()?;
        let kind = call.body["type"].as_u64().unwrap_or_default();
        let data = call.body["data"].clone();
        self.carry_out_answer(&id, kind, &data)?;
        if call.asked("with_response") == Some("true") {
            self.complaints.push("with_response is not simulated".to_owned());
        }
        let user = match self.interactions.get_mut(&id) {
            Some(asked) => {
                asked.answer = Some(Answered { after, kind, data });
                asked.user.clone()
            }
            None => String::new(),
        };
        self.tap.tell(What::Answered, &user);
        Ok(Reply::Empty)
    }

    fn carry_out_answer(&mut self, id: &str, kind: u64, data: &Value) -> Result<(), Refusal> {
        match kind {
            4 => {
                check::message(data, "data.", Act::Create)?;
                self.listen_for_shouts("an answer to an interaction", data);
                let message = self.said_in_answer(id, data);
                self.show_answer(id, &message);
            }
            5 => {
                let mut message = self.said_in_answer(id, &json!({ "flags": data["flags"] }));
                message.flags |= LOADING;
                self.show_answer(id, &message);
            }
            6 => self.set_original(id, None),
            7 => {
                check::message(data, "data.", Act::Edit)?;
                self.listen_for_shouts("an answer to an interaction", data);
                self.set_original(id, None);
                self.change_original(id, data)?;
            }
            8 => self.check_choices(id, data)?,
            _ => {
                controls::modal(data)?;
                self.open_modal(id, data);
            }
        }
        Ok(())
    }

    /// Shows a message in answer; the first is the original.
    fn show_answer(&mut self, id: &str, message: &Message) {
        self.set_original(id, Some(message.id.clone()));
        if message.is_ephemeral() && message.flags & LOADING == 0 {
            let user = self.interactions[id].user.clone();
            self.tap.tell(What::Told, &user);
        }
        self.publish(message);
    }

    /// Without a message of its own, the original is the one with the button.
    fn set_original(&mut self, id: &str, original: Option<String>) {
        if let Some(asked) = self.interactions.get_mut(id) {
            asked.original = original.or_else(|| asked.message.clone());
        }
    }

    fn change_original(&mut self, id: &str, data: &Value) -> Result<(), Refusal> {
        let asked = &self.interactions[id];
        let (channel, original) = (asked.channel.clone(), asked.original.clone());
        let found = original.and_then(|original| self.find(&channel, &original).cloned());
        let mut message = found.ok_or_else(Refusal::unknown_message)?;
        message.say(data);
        message.edits += 1;
        message.edited_at = Some(self.clock.written());
        *self.said(&channel, &message.id) = message.clone();
        self.tell_of_message("MESSAGE_UPDATE", &message);
        Ok(())
    }

    fn check_choices(&self, id: &str, data: &Value) -> Result<(), Refusal> {
        let kind = self.interactions[id].completes;
        let mut form = Form::default();
        if data["choices"].is_null() {
            form.required("data.choices");
        }
        let choices = form.items(&data["choices"], (0, CHOICES), "data.choices");
        for (index, choice) in choices.iter().enumerate() {
            manifest::choice(&mut form, choice, kind, &format!("data.choices.{index}"));
        }
        form.finish()
    }

    fn open_modal(&mut self, id: &str, data: &Value) {
        let asked = &self.interactions[id];
        let modal = Modal {
            interaction: id.to_owned(),
            user: asked.user.clone(),
            channel: asked.channel.clone(),
            message: asked.message.clone(),
            data: data.clone(),
        };
        // A person has one before them; another takes its place.
        self.modals.retain(|open| open.user != modal.user);
        self.modals.push(modal);
    }

    /// The interaction of a token, which was answered and is not too old.
    fn of_token(&self, call: &Call) -> Result<&Interaction, Refusal> {
        let token = call.part("token");
        let known = id_in(token).and_then(|id| self.interactions.get(id));
        let is_good = |one: &&Interaction| {
            one.token == token && self.clock.now().saturating_sub(one.at) <= TOKEN
        };
        let Some(asked) = known.filter(is_good) else {
            return Err(Refusal::new(401, 50_027, "Invalid Webhook Token"));
        };
        if asked.answer.is_none() {
            return Err(Refusal::new(404, 10_015, "Unknown Webhook"));
        }
        Ok(asked)
    }

    /// A message that answers an interaction: the original, or the one that is named.
    fn followed(&self, call: &Call) -> Result<Message, Refusal> {
        let asked = self.of_token(call)?;
        let named = Some(call.part("message_id")).filter(|id| !id.is_empty());
        let id = named.or(asked.original.as_deref()).ok_or_else(Refusal::unknown_message)?;
        let is_its_own = |message: &&Message| {
            asked.original.as_deref() == Some(id) || message.interaction.as_ref() == Some(&asked.id)
        };
        let found = self.find(&asked.channel, id).filter(is_its_own);
        found.cloned().ok_or_else(Refusal::unknown_message)
    }

    /// Says more. Right after a deferred answer this is the answer itself.
    pub fn follow_up(&mut self, call: &Call) -> Answer {
        let asked = self.of_token(call)?;
        let (id, channel, original) =
            (asked.id.clone(), asked.channel.clone(), asked.original.clone());
        let waits = |message: &&Message| message.flags & LOADING != 0;
        let loading = original.and_then(|id| self.find(&channel, &id).filter(waits).cloned());
        check::message(&call.body, "", Act::Create)?;
        if let Some(loading) = loading {
            return Ok(Reply::Body(self.fill(&loading, call)?));
        }
        self.listen_for_shouts(call.operation, &call.body);
        let message = self.said_in_answer(&id, &call.body);
        if let Some(user) = &message.only_for {
            self.tap.tell(What::Told, user);
        }
        Ok(Reply::Body(self.publish(&message)))
    }

    /// Says something in a message of an answer.
    fn fill(&mut self, message: &Message, call: &Call) -> Result<Value, Refusal> {
        let was_loading = message.flags & LOADING != 0;
        let mut filled = message.clone();
        filled.flags &= !LOADING;
        *self.said(&message.channel, &message.id) = filled.clone();
        let shown = self.edit(&filled, call);
        if shown.is_err() {
            *self.said(&message.channel, &message.id) = message.clone();
        } else if let Some(user) = &message.only_for {
            self.tap.tell(if was_loading { What::Told } else { What::Replaced }, user);
        }
        shown
    }

    pub fn get_follow_up(&self, call: &Call) -> Answer {
        Ok(Reply::Body(self.shown(&self.followed(call)?)))
    }

    pub fn edit_follow_up(&mut self, call: &Call) -> Answer {
        let message = self.followed(call)?;
        Ok(Reply::Body(self.fill(&message, call)?))
    }

    pub fn delete_follow_up(&mut self, call: &Call) -> Answer {
        let message = self.followed(call)?;
        if message.is_ephemeral() {
            self.room(&message.channel).messages.retain(|one| one.id != message.id);
        } else {
            self.drop_messages(&message.channel, &[message.id]);
        }
        Ok(Reply::Empty)
    }
}

impl Discord {
    /// How and when an interaction was answered first.
    pub fn answered(&self, interaction: &str) -> Option<Answered> {
        self.world.look(|state| state.interactions.get(interaction)?.answer.clone())
    }

    /// Tells whether somebody was given an answer: that it is thought about, which may end without one, is none.
    pub fn acknowledged(&self, interaction: &str) -> bool {
        self.world.look(|state| {
            let asked = state.interactions.get(interaction);
            asked.filter(|asked| asked.answer.is_some()).is_some_and(|asked| {
                let original = asked.original.as_deref();
                let original = original.and_then(|original| state.find(&asked.channel, original));
                original.is_none_or(|message| message.flags & LOADING == 0)
            })
        })
    }

    pub async fn await_answer(&self, interaction: &str) -> Answered {
        self.until("the answer", |discord| discord.answered(interaction)).await
    }

    /// Waits until every interaction has been answered.
    pub async fn await_all_answered(&self) {
        let all = |discord: &Discord| {
            let is_open = |one: &Interaction| one.answer.is_none();
            discord.world.look(|state| (!state.interactions.values().any(is_open)).then_some(()))
        };
        self.until("all answers", all).await;
    }

    /// Interactions that were not answered in time: people read that the application did not respond.
    pub fn failed_interactions(&self) -> Vec<String> {
        self.world.look(|state| {
            let now = state.clock.now();
            let is_over = |one: &&Interaction| {
                one.answer.is_none() && now.saturating_sub(one.at) > FIRST_ANSWER
            };
            state.interactions.values().filter(is_over).map(|one| one.id.clone()).collect()
        })
    }

    /// The modals that are before people, the oldest first.
    pub fn modals(&self) -> Vec<Modal> {
        self.world.look(|state| state.modals.clone())
    }

    /// The token with which an interaction is answered: a secret that must not show anywhere.
    pub fn token_of(&self, interaction: &str) -> String {
        self.world.look(|state| {
            let found = state.interactions.get(interaction);
            found.unwrap_or_else(|| panic!("there is no interaction {interaction}")).token.clone()
        })
    }
}
