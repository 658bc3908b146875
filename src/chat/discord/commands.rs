//! Slash commands, made from the manifests, and the line that somebody says with one.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use serenity::http::{LightMethod, Route};
use serenity::model::application::{CommandData, CommandDataOptionValue};
use serenity::model::id::{ApplicationId, GuildId};
use tracing::info;
use wilco_core::catalog::Catalog;
use wilco_core::grammar::fields::{Field, FieldKind, Need};
use wilco_core::manifest::Manifest;

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

/// The fields in which something is offered while one types.
const OFFERED: [&str; 7] =
    ["service", "environment", "from", "to", "deployment", "command", "version"];

/// What is compared to see whether anything changed; Discord adds much of its own.
const COMPARED: [&str; 5] =
    ["name", "description", "description_localizations", "name_localizations", "options"];
const OPTION_COMPARED: [&str; 7] = [
    "type",
    "name",
    "description",
    "description_localizations",
    "required",
    "autocomplete",
    "max_length",
];

/// Returns every command, as Discord wants them.
pub fn all(catalog: &Catalog) -> Vec<Value> {
    let manifests = catalog.commands.values().take(COMMANDS_MAX);
    manifests.map(|manifest| command(manifest, catalog)).collect()
}

fn command(manifest: &Manifest, catalog: &Catalog) -> Value {
    let fields = catalog.grammar.fields(manifest);
    let mut command = json!({
        "type": 1,
        "name": name(manifest.name.as_str()),
        "description": unmarked(&manifest.summary.en, DESCRIPTION_MAX),
        "description_localizations": { "ko": unmarked(&manifest.summary.ko, DESCRIPTION_MAX) },
        "options": fields.iter().map(option).collect::<Vec<_>>(),
    });
    if let Some(korean) = korean_name(manifest) {
        command["name_localizations"] = json!({ "ko": korean });
    }
    command
}

/// Names of commands are shorter than wilco's, and have no dots.
fn name(command: &str) -> String {
    command.replace('.', "-").chars().take(NAME_MAX).collect()
}

/// Returns the first alias that is a Korean word and could be a name.
fn korean_name(manifest: &Manifest) -> Option<&str> {
    let is_korean = |c: char| matches!(c, '\u{ac00}'..='\u{d7a3}');
    let fits = |alias: &&String| {
        !alias.is_empty() && alias.chars().all(is_korean) && alias.chars().count() <= NAME_MAX
    };
    manifest.aliases.iter().find(fits).map(String::as_str)
}

fn option(field: &Field) -> Value {
    let (en, ko) = description(field.name);
    let mut option = json!({
        "type": match field.kind { FieldKind::Words => STRING, FieldKind::Switch => BOOLEAN },
        "name": field.name,
        "description": en,
        "description_localizations": { "ko": ko },
        "required": field.need == Need::Required,
    });
    if field.kind == FieldKind::Words {
        option["max_length"] = TEXT_MAX.into();
        option["autocomplete"] = OFFERED.contains(&field.name).into();
    }
    option
}

/// Discord shows these beside what is filled in; they are no sentences of wilco's.
fn description(field: &str) -> (&'static str, &'static str) {
    match field {
        "service" => ("The service", "서비스"),
        "environment" => ("The environment", "환경"),
        "version" => ("A branch, a tag or a commit", "브랜치, 태그 또는 커밋"),
        "deployment" => ("The number of a deployment, such as #42", "배포 번호(예: #42)"),
        "from" => ("The environment in which it is live", "지금 운영 중인 환경"),
        "to" => ("The environment to which it goes", "배포할 환경"),
        "reason" => ("Why", "사유"),
        "moment" => ("When: 14:05, or yesterday 09:00", "시각(예: 14:05, yesterday 09:00)"),
        "command" => ("The command", "명령"),
        "request" => (
            "What you would say, such as deploy api to prod",
            "물어볼 요청(예: deploy api to prod)",
        ),
        "dry-run" => ("Only show what would happen", "실행하지 않고 결과만 보여 줍니다"),
        _ => ("Values for the pipeline, as key=value", "파이프라인에 넘길 값(key=value)"),
    }
}

/// Returns the line that somebody says with a command.
pub fn line(data: &CommandData, catalog: &Catalog) -> String {
    let manifest = catalog.commands.values().find(|known| name(known.name.as_str()) == data.name);
    // A command that was taken out of the configuration is heard as what it is: not known.
    let Some(manifest) = manifest else { return data.name.clone() };
    let mut filled = BTreeMap::new();
    for option in &data.options {
        let value = match &option.value {
            CommandDataOptionValue::String(text) => text.clone(),
            CommandDataOptionValue::Boolean(true) => "yes".into(),
            _ => continue,
        };
        filled.insert(option.name.clone(), value);
    }
    catalog.grammar.line(manifest, &filled)
}

/// Has the guild know the commands; nothing is sent where it knows them already.
///
/// Discord takes 200 new commands a day and guild, so wilco looks before it writes.
pub async fn register(
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
