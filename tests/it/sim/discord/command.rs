//! Application commands over REST: what is registered where.
//!
//! Source: Application Commands, "Registering a Command".

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::APP;
use super::answer::{Answer, Call, Form, Refusal, Reply};
use super::manifest;
use super::state::State;

/// Slash commands of a guild, or of all guilds together.
const COMMANDS: usize = 100;
/// Commands that may be made in a day and a guild.
const CREATIONS: usize = 200;
const DAY: Duration = Duration::from_hours(24);

impl State {
    /// Where commands are to be: a guild, or the empty name for everywhere.
    fn scope(&self, call: &Call) -> Result<String, Refusal> {
        let guild = call.part("guild_id");
        let is_known = guild.is_empty() || self.guilds.contains_key(guild);
        if is_known { Ok(guild.to_owned()) } else { Err(Refusal::missing_access()) }
    }

    pub fn list_commands(&self, call: &Call) -> Answer {
        let scope = self.scope(call)?;
        let mut all = self.commands.get(&scope).cloned().unwrap_or_default();
        if call.asked("with_localizations") != Some("true") {
            all.iter_mut().for_each(without_localizations);
        }
        Ok(Reply::Body(all.into()))
    }

    /// Puts a list in place of what was there.
    pub fn set_commands(&mut self, call: &Call) -> Answer {
        let scope = self.scope(call)?;
        let mut form = Form::default();
        let wanted = form.items(&call.body, (0, COMMANDS), "");
        let mut names = BTreeSet::new();
        for (index, command) in wanted.iter().enumerate() {
            manifest::command(&mut form, command, &format!("{index}."));
            if !names.insert((command["type"].to_string(), command["name"].to_string())) {
                let told = "Application command names must be unique";
                form.fault(&index.to_string(), "APPLICATION_COMMANDS_DUPLICATE_NAME", told);
            }
        }
        form.finish()?;
        let before = self.commands.get(&scope).cloned().unwrap_or_default();
        let mut kept = Vec::new();
        for command in wanted {
            let known = before.iter().find(|known| known["name"] == command["name"]);
            kept.push(self.registered(&scope, command, known)?);
        }
        self.commands.insert(scope, kept.clone());
        Ok(Reply::Body(kept.into()))
    }

    /// Adds one command, or puts it in place of the one of that name.
    pub fn create_command(&mut self, call: &Call) -> Answer {
        let scope = self.scope(call)?;
        let mut form = Form::default();
        manifest::command(&mut form, &call.body, "");
        form.finish()?;
        let mut all = self.commands.get(&scope).cloned().unwrap_or_default();
        let at = all.iter().position(|known| known["name"] == call.body["name"]);
        if at.is_none() && all.len() >= COMMANDS {
            let told = "Maximum number of application commands reached (100).";
            return Err(Refusal::new(400, 30_032, told));
        }
        let command = self.registered(&scope, &call.body, at.map(|at| &all[at]))?;
        let reply = match at {
            Some(at) => {
                all[at] = command.clone();
                Reply::Body(command)
            }
            None => {
                all.push(command.clone());
                Reply::Created(command)
            }
        };
        self.commands.insert(scope, all);
        Ok(reply)
    }

    pub fn delete_command(&mut self, call: &Call) -> Answer {
        let scope = self.scope(call)?;
        let all = self.commands.entry(scope).or_default();
        let before = all.len();
        all.retain(|command| command["id"] != call.part("command_id"));
        if all.len() == before {
            return Err(Refusal::new(404, 10_063, "Unknown application command"));
        }
        Ok(Reply::Empty)
    }

    /// A command as it is kept. One whose name is new counts as made.
    fn registered(
        &mut self,
        scope: &str,
        wanted: &Value,
        known: Option<&Value>,
    ) -> Result<Value, Refusal> {
        let now = self.clock.now();
        if known.is_none() {
            self.creations.retain(|(_, at)| now.saturating_sub(*at) < DAY);
            if self.creations.iter().filter(|(at, _)| at == scope).count() >= CREATIONS {
                let told = "Max number of daily application command creates has been reached (200)";
                return Err(Refusal::new(400, 30_034, told));
            }
            self.creations.push((scope.to_owned(), now));
        }
        let id = known.map_or_else(|| self.clock.next_id().into(), |known| known["id"].clone());
        let mut command = json!({
            "id": id, "application_id": APP, "version": self.clock.next_id(), "type": 1,
            "default_member_permissions": null, "nsfw": false, "description": "", "options": [],
            "name_localizations": null, "description_localizations": null,
            "integration_types": [0], "contexts": null,
        });
        for (name, value) in wanted.as_object().into_iter().flatten() {
            command[name] = value.clone();
        }
        if scope.is_empty() {
            command["dm_permission"] = true.into();
        } else {
            command["guild_id"] = scope.into();
        }
        Ok(command)
    }
}

/// Translations are told only to who asks for them.
fn without_localizations(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(without_localizations),
        Value::Object(fields) => {
            fields.remove("name_localizations");
            fields.remove("description_localizations");
            fields.values_mut().for_each(without_localizations);
        }
        _ => {}
    }
}
