//! Slash commands, made from the manifests, and the line that somebody says with one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use serenity::http::{LightMethod, Route};
use serenity::model::application::{CommandData, CommandDataOptionValue};
use serenity::model::id::{ApplicationId, GuildId};
use tokio::sync::watch;
use tracing::{info, warn};
use wilco_core::catalog::Catalog;
use wilco_core::grammar::fields::{Field, FieldKind, FieldName, Filled, Need};
use wilco_core::ids::CommandName;
use wilco_core::manifest::{Does, Manifest};
use wilco_core::notice::Locale;
use wilco_core::suggest::{self, Choice};
use wilco_core::wording::offers;

use super::api::{Api, ApiError, Call};
use super::text::unmarked;

/// <https://discord.com/developers/docs/interactions/application-commands#application-command-object>
const COMMANDS_MAX: usize = 100;
const NAME_MAX: usize = 32;
const DESCRIPTION_MAX: usize = 100;
const TEXT_MAX: u64 = 500;

/// Types of options.
const STRING: u8 = 3;
const BOOLEAN: u8 = 5;

/// How long to wait before commands are sent again: doubled each time. What Discord said no to it will
/// hardly take before somebody did something about it.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// What is compared to see whether anything changed; Discord adds much of its own.
const COMPARED: [&str; 5] =
    ["name", "description", "description_localizations", "name_localizations", "options"];
const OPTION_COMPARED: [&str; 9] = [
    "type",
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "required",
    "autocomplete",
    "choices",
    "max_length",
];

/// The manifests with the names of their commands in Discord.
struct Named<'a> {
    commands: BTreeMap<String, &'a Manifest>,
    left_out: Vec<LeftOut<'a>>,
}

/// Why a manifest has no command. It can still be said in words.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeftOut<'a> {
    #[error("`{command}` has no slash command in Discord, where its name would be that of `{by}`")]
    NameTaken { command: &'a CommandName, by: &'a CommandName },
    #[error(
        "`{command}` has no slash command in Discord, which takes {COMMANDS_MAX}: wilco's own go first, then \
         the others by their names"
    )]
    TooMany { command: &'a CommandName },
}

impl LeftOut<'_> {
    /// Says what somebody can do about it.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::NameTaken { .. } => {
                "name its file in commands/ otherwise, or say it to wilco in words"
            }
            Self::TooMany { .. } => {
                "say it to wilco in words, or take files out of commands/ that nobody uses"
            }
        }
    }
}

/// Returns which commands of the configuration Discord does not offer.
pub fn left_out(catalog: &Catalog) -> Vec<LeftOut<'_>> {
    named(catalog).left_out
}

/// Gives every manifest a name that Discord takes and that no other has.
///
/// Whoever is called just so keeps the name, and wilco's own commands go before those of a team.
fn named(catalog: &Catalog) -> Named<'_> {
    let is_own = |manifest: &Manifest| matches!(manifest.does, Does::Action(_));
    let mut manifests: Vec<(String, &Manifest)> = catalog
        .commands
        .values()
        .map(|manifest| (name(manifest.name.as_str()), manifest))
        .collect();
    manifests.sort_by_key(|(name, manifest)| {
        (name.as_str() != manifest.name.as_str(), !is_own(manifest), &manifest.name)
    });
    let mut named = Named { commands: BTreeMap::new(), left_out: Vec::new() };
    for (name, manifest) in manifests {
        let command = &manifest.name;
        if let Some(taken) = named.commands.get(&name) {
            named.left_out.push(LeftOut::NameTaken { command, by: &taken.name });
        } else if named.commands.len() >= COMMANDS_MAX {
            named.left_out.push(LeftOut::TooMany { command });
        } else {
            named.commands.insert(name, manifest);
        }
    }
    named
}

/// Names of commands are shorter than wilco's, and have no dots.
fn name(command: &str) -> String {
    command.replace('.', "-").chars().take(NAME_MAX).collect()
}

/// Returns every command, as Discord wants them.
fn all(catalog: &Catalog) -> Vec<Value> {
    let mut korean = BTreeSet::new();
    let commands = named(catalog).commands;
    commands.iter().map(|(name, manifest)| command(name, manifest, catalog, &mut korean)).collect()
}

fn command<'a>(
    name: &str,
    manifest: &'a Manifest,
    catalog: &Catalog,
    korean: &mut BTreeSet<&'a str>,
) -> Value {
    let fields = catalog.grammar.fields(manifest);
    let mut command = json!({
        "type": 1,
        "name": name,
        "description": unmarked(&manifest.summary.en, DESCRIPTION_MAX),
        "description_localizations": { "ko": unmarked(&manifest.summary.ko, DESCRIPTION_MAX) },
        "options": fields.into_iter().map(option).collect::<Vec<_>>(),
    });
    let mut aliases = manifest.aliases.iter().map(String::as_str);
    if let Some(name) = aliases.find(|alias| is_korean_name(alias) && korean.insert(alias)) {
        command["name_localizations"] = json!({ "ko": name });
    }
    command
}

/// Tells whether an alias is a Korean word and could be a name.
fn is_korean_name(alias: &str) -> bool {
    let is_korean = |c: char| matches!(c, '\u{ac00}'..='\u{d7a3}');
    !alias.is_empty() && alias.chars().all(is_korean) && alias.chars().count() <= NAME_MAX
}

fn option(field: Field) -> Value {
    let description =
        |locale| unmarked(&offers::field_description(field.name, locale), DESCRIPTION_MAX);
    // Names have no spaces.
    let korean = offers::field_name(field.name, Locale::Ko).replace(' ', "");
    let mut option = json!({
        "type": match field.kind { FieldKind::Words => STRING, FieldKind::Switch => BOOLEAN },
        "name": field.name.code(),
        "name_localizations": { "ko": korean },
        "description": description(Locale::En),
        "description_localizations": { "ko": description(Locale::Ko) },
        "required": field.need == Need::Required,
    });
    if let Some(choices) = suggest::fixed(field.name) {
        option["choices"] = choices.iter().map(choice).collect();
    } else if field.kind == FieldKind::Words {
        option["max_length"] = TEXT_MAX.into();
        option["autocomplete"] = field.name.is_offered().into();
    }
    option
}

/// Discord shows it in the language of whoever looks at it, as it does the command.
fn choice(choice: &Choice) -> Value {
    json!({
        "name": unmarked(&choice.shown.en, DESCRIPTION_MAX),
        "name_localizations": { "ko": unmarked(&choice.shown.ko, DESCRIPTION_MAX) },
        "value": choice.value,
    })
}

/// Returns the manifest that is meant by a command.
pub fn meant<'a>(data: &CommandData, catalog: &'a Catalog) -> Option<&'a Manifest> {
    named(catalog).commands.get(&data.name).copied()
}

/// Returns what is in the fields of a command, apart from the one that is being typed.
pub fn filled(data: &CommandData) -> Filled {
    let value = |value: &CommandDataOptionValue| match value {
        CommandDataOptionValue::String(text) => Some(text.clone()),
        CommandDataOptionValue::Boolean(true) => Some("yes".to_owned()),
        _ => None, // No field is anything else.
    };
    let fields = data.options.iter();
    fields
        .filter_map(|option| Some((FieldName::of_code(&option.name)?, value(&option.value)?)))
        .collect()
}

/// Returns the line that somebody says with a command.
pub fn line(data: &CommandData, catalog: &Catalog) -> String {
    // A command that was taken out of the configuration is heard as what it is: not known.
    let Some(manifest) = meant(data, catalog) else { return data.name.clone() };
    catalog.grammar.line(manifest, &filled(data))
}

/// Keeps the commands of the guilds as the configuration says, for ever.
pub async fn keep(
    api: &Api,
    (application, guilds): (ApplicationId, &[GuildId]),
    mut catalog: watch::Receiver<Arc<Catalog>>,
) {
    loop {
        let current = Arc::clone(&catalog.borrow_and_update());
        named(&current).left_out.iter().for_each(tell);
        tokio::select! {
            () = register_patiently(api, (application, guilds), &current) => {
                if catalog.changed().await.is_err() {
                    // Nobody can change the configuration any more.
                    return std::future::pending().await;
                }
            }
            Ok(()) = catalog.changed() => {}
        }
    }
}

fn tell(left_out: &LeftOut<'_>) {
    warn!("{left_out}: {}", left_out.next_step());
}

/// Registers the commands, and tries until every guild has them. One that fails holds up no other.
async fn register_patiently(
    api: &Api,
    (application, guilds): (ApplicationId, &[GuildId]),
    catalog: &Catalog,
) {
    let (mut left, mut failures) = (guilds.to_vec(), 0);
    loop {
        failures += 1;
        let mut failed = Vec::new();
        let mut wait = LONGEST_WAIT;
        for guild in left {
            let Err(error) = register(api, (application, guild), catalog).await else { continue };
            wait = wait.min(wait_after(&error, failures));
            warn!(%error, %guild, "{}", not_yet(guild, &error));
            failed.push(guild);
        }
        if failed.is_empty() {
            return;
        }
        left = failed;
        tokio::time::sleep(wait).await;
    }
}

/// Says where the commands are not as they should be, and what to do where Discord said no.
fn not_yet(guild: GuildId, error: &ApiError) -> String {
    let not_yet = format!(
        "slash commands in the guild {guild} of Discord are not those of the configuration yet"
    );
    if !error.is_no_access() {
        return not_yet;
    }
    format!(
        "{not_yet}, since wilco may make none there: print the link with `wilco discord invite`, open it and \
         choose that server once more"
    )
}

/// Returns how long to wait after so many failures, of which this was the last.
fn wait_after(error: &ApiError, failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    let backoff = FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT);
    match error {
        ApiError::Refused { .. } | ApiError::NoToken { .. } => LONGEST_WAIT,
        ApiError::TooFast { wait, .. } => backoff.max(*wait),
        ApiError::Unknown { .. } => backoff,
    }
}

/// Has the guild know the commands; nothing is sent where it knows them already.
///
/// Discord takes 200 new commands a day and guild, so wilco looks before it writes.
async fn register(
    api: &Api,
    (application_id, guild_id): (ApplicationId, GuildId),
    catalog: &Catalog,
) -> Result<(), ApiError> {
    let wanted = all(catalog);
    let route = Route::GuildCommands { application_id, guild_id };
    let query = &[("with_localizations", "true")];
    let what = "read the commands of the guild";
    let call = Call { what, method: LightMethod::Get, route, query };
    let known: Vec<Value> = api.get(call).await?;
    if same(&known, &wanted) {
        return Ok(());
    }
    let what = "change the commands of the guild";
    let call = Call { what, method: LightMethod::Put, route, query: &[] };
    let _taken: Vec<Value> = api.send(call, &wanted).await?;
    info!(commands = wanted.len(), "the commands in Discord are those of the configuration now");
    Ok(())
}

fn same(known: &[Value], wanted: &[Value]) -> bool {
    let sorted = |commands: &[Value]| {
        let mut commands: Vec<String> = commands.iter().map(compared).collect();
        commands.sort_unstable();
        commands
    };
    sorted(known) == sorted(wanted)
}

fn compared(command: &Value) -> String {
    let mut kept = kept(command, &COMPARED);
    let options = command["options"].as_array().into_iter().flatten();
    kept["options"] = options.map(|option| self::kept(option, &OPTION_COMPARED)).collect();
    kept.to_string()
}

/// Discord leaves out what is empty or false.
fn kept(value: &Value, keys: &[&str]) -> Value {
    let mut kept = json!({});
    for key in keys {
        let value = &value[*key];
        let is_nothing = value.is_null()
            || *value == false
            || value.as_object().is_some_and(serde_json::Map::is_empty);
        if !is_nothing {
            kept[*key] = value.clone();
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_tried_again_ever_later_and_never_too_late() {
        let failed = ApiError::Unknown { what: "change", reason: "status 500".into() };
        let waits = [1, 2, 3, 9, 10, 11, u32::MAX].map(|failures| wait_after(&failed, failures));
        assert_eq!(waits.map(|wait| wait.as_secs()), [1, 2, 4, 256, 512, 600, 600]);
        let asked = |wait| ApiError::TooFast { what: "change", wait: Duration::from_secs(wait) };
        assert_eq!([1, 60].map(|wait| wait_after(&asked(wait), 2).as_secs()), [2, 60]);
        let (status, code, message) = (400, 50_035, String::new());
        let refused = ApiError::Refused { what: "change", status, code, message };
        assert_eq!(wait_after(&refused, 1), LONGEST_WAIT);
    }

    #[test]
    fn a_name_has_no_dots_and_is_cut() {
        assert_eq!(name("db.backup-2_x"), "db-backup-2_x");
        assert_eq!(name(&"x.".repeat(20)), "x-".repeat(16));
    }
}
