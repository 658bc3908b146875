//! What people do with commands, buttons, menus and modals.

use serde_json::{Value, json};

use super::event::Event;
use super::interaction::{self, Asked, Interaction};
use super::manifest::{BOOLEAN, INTEGER, NUMBER, STRING};
use super::message::Control;
use super::permission::USE_APPLICATION_COMMANDS;
use super::state::State;
use super::{APP, BOT_USER, Discord};

/// A button, or a menu with what was chosen of it.
#[derive(Clone, Copy)]
pub struct Press<'a> {
    pub user: &'a str,
    pub channel: &'a str,
    /// Which may be one that only this person sees.
    pub message: &'a str,
    pub custom_id: &'a str,
}

/// What a person writes after the slash.
#[derive(Clone, Copy)]
pub struct Slash<'a> {
    pub user: &'a str,
    pub channel: &'a str,
    /// The command, with its group and sub command if it has such: `release start`.
    pub command: &'a str,
    pub options: &'a [(&'a str, &'a str)],
}

impl Discord {
    /// Sends a command off, which must be registered there; returns the interaction.
    pub fn slash(&self, slash: Slash<'_>) -> String {
        self.world.change(|state| {
            let data = state.composed(slash, None);
            state.ask(Asked::Command, (slash.user, slash.channel), &data)
        })
    }

    /// Types into an option that completes itself; returns the interaction.
    pub fn type_into(&self, slash: Slash<'_>, option: &str) -> String {
        self.world.change(|state| {
            let data = state.composed(slash, Some(option));
            let kind = focused(&data["options"]);
            let id = state.ask(Asked::Autocomplete, (slash.user, slash.channel), &data);
            if let Some(asked) = state.interactions.get_mut(&id) {
                asked.completes = kind;
            }
            id
        })
    }

    /// Presses a button that must be there and can be pressed; returns the interaction.
    pub fn press(&self, press: Press<'_>) -> String {
        self.world.change(|state| {
            let control = state.control(&press);
            assert_eq!(control.whole["type"], 2, "{} is no button", press.custom_id);
            let data = json!({ "custom_id": press.custom_id, "component_type": 2, "id": 1 });
            state.ask_at(&press, &data)
        })
    }

    /// Chooses values of a menu; returns the interaction.
    pub fn choose(&self, press: Press<'_>, values: &[&str]) -> String {
        self.world.change(|state| {
            let control = state.control(&press).whole;
            let options = control["options"].as_array().into_iter().flatten();
            let known: Vec<_> = options.map(|option| option["value"].clone()).collect();
            let kind = &control["type"];
            if kind == 3 {
                let is_there = |value: &&&str| !known.iter().any(|known| known == **value);
                assert_eq!(
                    values.iter().find(is_there),
                    None,
                    "only what is offered can be chosen"
                );
            }
            let data = json!({
                "custom_id": press.custom_id, "component_type": kind, "values": values, "id": 1,
            });
            state.ask_at(&press, &data)
        })
    }

    /// Fills the modal that answered an interaction in and sends it off; returns the new interaction.
    pub fn submit(&self, interaction: &str, values: &[(&str, &str)]) -> String {
        self.world.change(|state| {
            let at = state.modals.iter().position(|open| open.interaction == interaction);
            let at = at.unwrap_or_else(|| panic!("no modal answers {interaction}"));
            let modal = state.modals.remove(at);
            let rows: Vec<_> = modal.inputs().map(|input| filled(input, values)).collect();
            let data = json!({ "custom_id": modal.data["custom_id"], "components": rows });
            let whose = (modal.user.as_str(), modal.channel.as_str());
            let id = state.ask_with(Asked::Modal, whose, &data, modal.message);
            if let Some(asked) = state.interactions.get_mut(&id) {
                asked.opened_by = Some(modal.interaction);
            }
            id
        })
    }
}

/// A row of a modal with what was written into it.
fn filled(input: &Value, values: &[(&str, &str)]) -> Value {
    let id = input["custom_id"].as_str().unwrap_or_default();
    let unless_told = input["value"].as_str().unwrap_or_default();
    let value = values.iter().find(|(name, _)| *name == id).map_or(unless_told, |(_, value)| value);
    let length = value.chars().count() as u64;
    let least =
        input["min_length"].as_u64().unwrap_or(0).max(u64::from(input["required"] != false));
    let most = input["max_length"].as_u64().unwrap_or(4_000);
    assert!((least..=most).contains(&length), "{id} takes {least} to {most} characters");
    json!({ "type": 1, "components": [{ "type": 4, "custom_id": id, "value": value, "id": 2 }] })
}

/// The type of the option that is being typed.
fn focused(options: &Value) -> u64 {
    let mut all = options.as_array().into_iter().flatten();
    let found = all.find_map(|option| {
        let inner = focused(&option["options"]);
        if inner != 0 {
            return Some(inner);
        }
        (option["focused"] == true).then(|| option["type"].as_u64().unwrap_or_default())
    });
    found.unwrap_or_default()
}

impl State {
    fn control(&self, press: &Press<'_>) -> Control {
        let message = self.find(press.channel, press.message);
        let message = message.unwrap_or_else(|| panic!("there is no message {}", press.message));
        if let Some(only) = &message.only_for {
            assert_eq!(only, press.user, "only who sees a button can press it");
        }
        let mut all = message.controls().into_iter();
        let found = all.find(|control| control.custom_id == press.custom_id);
        let found = found.unwrap_or_else(|| {
            panic!("there is no {} in {:#}", press.custom_id, message.components)
        });
        assert!(!found.is_disabled, "{} cannot be pressed", press.custom_id);
        found
    }

    fn ask_at(&mut self, press: &Press<'_>, data: &Value) -> String {
        let message = Some(press.message.to_owned());
        self.ask_with(Asked::Component, (press.user, press.channel), data, message)
    }

    fn ask(&mut self, kind: Asked, whose: (&str, &str), data: &Value) -> String {
        self.ask_with(kind, whose, data, None)
    }

    /// Tells the bot that somebody wants something.
    fn ask_with(
        &mut self,
        kind: Asked,
        (user, channel): (&str, &str),
        data: &Value,
        message: Option<String>,
    ) -> String {
        let permissions = self.permissions(user, channel);
        assert_ne!(permissions, 0, "{user} is not in {channel}");
        let id = self.clock.next_id();
        let token = interaction::token(&id);
        let guild = self.guild_of(channel);
        let mut told = json!({
            "id": id, "application_id": APP, "type": kind.number(), "token": token, "version": 1,
            "channel_id": channel, "channel": self.channel(channel), "data": data, "locale": "ko",
            "app_permissions": self.permissions(BOT_USER, channel).to_string(),
            "entitlements": [], "entitlement_sku_ids": [], "attachment_size_limit": 10_485_760,
        });
        match &guild {
            Some(guild) => {
                told["guild_id"] = guild.as_str().into();
                told["guild"] = json!({ "id": guild, "locale": "en-US", "features": [] });
                told["guild_locale"] = "en-US".into();
                told["context"] = 0.into();
                told["authorizing_integration_owners"] = json!({ "0": guild });
                let mut member = self.member(guild, user).expect("who has permissions is a member");
                member["permissions"] = permissions.to_string().into();
                told["member"] = member;
            }
            None => {
                told["context"] = 1.into();
                told["authorizing_integration_owners"] = json!({ "0": "0" });
                told["user"] = self.user(user);
            }
        }
        if let Some(message) = message.as_ref().and_then(|id| self.find(channel, id)) {
            told["message"] = self.shown(message);
        }
        let name = data["name"].as_str().filter(|_| kind == Asked::Command).unwrap_or_default();
        let interaction = Interaction {
            id: id.clone(),
            token,
            kind,
            name: name.to_owned(),
            user: user.to_owned(),
            channel: channel.to_owned(),
            message,
            completes: 0,
            at: self.clock.now(),
            answer: None,
            original: None,
            opened_by: None,
        };
        self.interactions.insert(id.clone(), interaction);
        self.tell(Event::new("INTERACTION_CREATE", 0, told));
        id
    }

    /// A command as a client sends it, which lets nobody send what does not fit.
    fn composed(&self, slash: Slash<'_>, typed: Option<&str>) -> Value {
        let Slash { user, channel, command, options } = slash;
        assert!(self.may(user, channel, USE_APPLICATION_COMMANDS), "{user} may use no commands");
        let mut words = command.split(' ');
        let name = words.next().unwrap_or_default();
        let guild = self.guild_of(channel).unwrap_or_default();
        let scopes = [guild.as_str(), ""].into_iter();
        let mut known = scopes.filter_map(|scope| self.commands.get(scope)).flatten();
        let found = known.find(|known| known["name"] == name);
        let found = found.unwrap_or_else(|| panic!("there is no /{name} in {channel}"));
        let mut inner = found;
        let mut path = Vec::new();
        for word in words {
            let mut options = inner["options"].as_array().into_iter().flatten();
            let next = options.find(|option| option["name"] == word);
            inner = next.unwrap_or_else(|| panic!("there is no {word} in /{command}"));
            path.push(inner);
        }
        let mut resolved = json!({});
        let mut written = self.filled_in(inner, options, typed, (&guild, &mut resolved));
        for part in path.into_iter().rev() {
            written =
                vec![json!({ "name": part["name"], "type": part["type"], "options": written })];
        }
        let mut data = json!({
            "id": found["id"], "name": found["name"], "type": 1, "options": written,
        });
        if !found["guild_id"].is_null() {
            data["guild_id"] = found["guild_id"].clone();
        }
        if resolved != json!({}) {
            data["resolved"] = resolved;
        }
        data
    }

    fn filled_in(
        &self,
        command: &Value,
        options: &[(&str, &str)],
        typed: Option<&str>,
        (guild, resolved): (&str, &mut Value),
    ) -> Vec<Value> {
        let known: Vec<_> = command["options"].as_array().into_iter().flatten().collect();
        let mut written = Vec::new();
        for (name, value) in options {
            let option = known.iter().find(|option| option["name"] == *name);
            let option = option.unwrap_or_else(|| panic!("there is no option {name}"));
            let kind = option["type"].as_u64().unwrap_or_default();
            let is_typed = typed == Some(*name);
            let value = if is_typed { (*value).into() } else { value_of(option, kind, value) };
            self.resolve(kind, guild, &value, resolved);
            let mut one = json!({ "name": name, "type": kind, "value": value });
            if is_typed {
                assert_eq!(option["autocomplete"], true, "{name} does not complete itself");
                one["focused"] = true.into();
            }
            written.push(one);
        }
        let is_missing = |option: &&&Value| {
            option["required"] == true && !options.iter().any(|(name, _)| option["name"] == *name)
        };
        if typed.is_none() {
            assert_eq!(known.iter().find(is_missing), None, "this must be filled in");
        }
        written
    }

    /// Tells of whom or what an option names.
    fn resolve(&self, kind: u64, guild: &str, value: &Value, resolved: &mut Value) {
        let Some(id) = value.as_str().filter(|_| (6..=8).contains(&kind)) else { return };
        match kind {
            6 => {
                resolved["users"][id] = self.user(id);
                if let Some(member) = self.membership(guild, id) {
                    resolved["members"][id] = member;
                }
            }
            7 => resolved["channels"][id] = self.channel(id),
            _ => resolved["roles"][id] = self.role(guild, id),
        }
    }
}

/// What was typed, as the option's kind of value; of choices the value of the one that was named.
fn value_of(option: &Value, kind: u64, typed: &str) -> Value {
    let choices: Vec<_> = option["choices"].as_array().into_iter().flatten().collect();
    if !choices.is_empty() {
        let fits = |choice: &&&Value| choice["name"] == typed || choice["value"] == typed;
        let found = choices.iter().find(fits);
        return found.unwrap_or_else(|| panic!("{typed} is no choice"))["value"].clone();
    }
    let read = |kind: &str| -> Value {
        serde_json::from_str(typed).unwrap_or_else(|_| panic!("{typed} is no {kind}"))
    };
    match kind {
        INTEGER | NUMBER => read("number"),
        BOOLEAN => read("yes or no"),
        STRING => {
            let length = typed.chars().count() as u64;
            let least = option["min_length"].as_u64().unwrap_or(0);
            let most = option["max_length"].as_u64().unwrap_or(6_000);
            assert!((least..=most).contains(&length), "{least} to {most} characters");
            typed.into()
        }
        _ => typed.into(),
    }
}
