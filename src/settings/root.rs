//! `wilco.toml`: language, time zone, limits, channels and the console.

use chrono_tz::{TZ_VARIANTS, Tz};
use wilco_core::catalog::{Limits, Rate};
use wilco_core::ids::{ChannelName, PersonName, Place, Platform};
use wilco_core::notice::Locale;
use wilco_core::person::People;

use crate::settings::discord::{self, Discord};
use crate::settings::fault::{Reported, nearest, quote};
use crate::settings::github::{self, Github};
use crate::settings::http::{Http, listening};
use crate::settings::language::{Channels, Spoken, locale, speak};
use crate::settings::news::subscriptions;
use crate::settings::reader::{Source, Table, Value, gather};
use crate::settings::slack::{self, Slack};

/// Where the terminal's conversation takes place, and who sits at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Console {
    pub channel: ChannelName,
    /// Who speaks first; `None` is the first of people.toml with a console account.
    pub person: Option<PersonName>,
}

/// What `wilco.toml` says. Each part stands for itself, so that a fault in one hides nothing of another.
#[derive(Debug)]
pub struct Root {
    pub locale: Result<Locale, Reported>,
    pub timezone: Result<Tz, Reported>,
    /// Where the manifests are, relative to the configuration.
    pub commands: Result<Option<String>, Reported>,
    pub limits: Result<Limits, Reported>,
    pub channels: Result<Channels, Reported>,
    pub console: Result<Console, Reported>,
    pub slack: Result<Option<Slack>, Reported>,
    pub discord: Result<Option<Discord>, Reported>,
    pub github: Result<Option<Github>, Reported>,
    pub http: Result<Option<Http>, Reported>,
    /// Where the console's person is named.
    person_at: usize,
}

pub const KEYS: &[&str] = &[
    "locale", "timezone", "commands", "limits", "console", "slack", "discord", "github", "http",
    "channel",
];
const LIMITS_KEYS: &[&str] = &["open_per_person", "open_per_lane", "burst", "per_minute"];
const CONSOLE_KEYS: &[&str] = &["channel", "person"];
const CHANNEL_KEYS: &[&str] = &["console", "slack", "discord", "locale", "news"];
const CHANNEL_EXAMPLE: &str = "deploys";
const PATH_LENGTH_MAX: usize = 1024;

pub fn read(file: Table<'_>) -> Result<Root, Reported> {
    let console_table =
        file.optional("console").map(|value| value.table("console", CONSOLE_KEYS)).transpose();
    let person = console_table.as_ref().ok().and_then(|table| (*table)?.optional("person"));
    let commands = file.optional("commands").map(|value| value.line("commands", PATH_LENGTH_MAX));
    Ok(Root {
        locale: file.optional("locale").map_or(Ok(Locale::default()), locale),
        timezone: file.optional("timezone").map_or(Ok(Tz::UTC), timezone),
        limits: file.optional("limits").map_or(Ok(Limits::default()), limits),
        channels: file.optional("channel").map_or(Ok(Channels::default()), channels),
        console: console_table.and_then(console),
        slack: file.optional("slack").map(slack::slack).transpose(),
        discord: file.optional("discord").map(discord::discord).transpose(),
        github: file.optional("github").map(github::github).transpose(),
        http: file.optional("http").map(listening).transpose(),
        person_at: person.map_or(0, |value| value.at()),
        commands: commands.transpose(),
    })
}

fn timezone(value: Value<'_>) -> Result<Tz, Reported> {
    let text = value.text("Asia/Seoul")?;
    text.parse().map_err(|_| {
        let city = |zone: &Tz| {
            let last = zone.name().rsplit('/').next();
            last.is_some_and(|last| last.eq_ignore_ascii_case(text))
        };
        let by_city = TZ_VARIANTS.iter().find(|zone| city(zone)).map(|zone| zone.name());
        let meant = by_city.or_else(|| nearest(text, TZ_VARIANTS.iter().map(|zone| zone.name())));
        let next_step = match meant {
            Some(zone) => format!("did you mean \"{zone}\"?"),
            None => "write it like \"Asia/Seoul\", \"Europe/Berlin\" or \"UTC\"".to_owned(),
        };
        value.fault(&format!("{} is not a time zone", quote(text)), Some(next_step))
    })
}

fn limits(value: Value<'_>) -> Result<Limits, Reported> {
    let table = value.table("limits", LIMITS_KEYS)?;
    let Limits { open_per_person, open_per_lane, rate } = Limits::default();
    let open_per_person = limit(table, "open_per_person", open_per_person);
    let open_per_lane = limit(table, "open_per_lane", open_per_lane);
    let burst = limit(table, "burst", rate.burst);
    let per_minute = limit(table, "per_minute", rate.per_minute);
    Ok(Limits {
        open_per_person: open_per_person?,
        open_per_lane: open_per_lane?,
        rate: Rate { burst: burst?, per_minute: per_minute? },
    })
}

/// Reads one limit; nobody who needs more needs a limit.
fn limit<N: TryFrom<i64>>(table: Table<'_>, key: &'static str, default: N) -> Result<N, Reported> {
    let Some(value) = table.optional(key) else { return Ok(default) };
    value.number(1..10_001).map(|number| N::try_from(number).unwrap_or(default))
}

fn channels(value: Value<'_>) -> Result<Channels, Reported> {
    let (mut spoken, mut named) = (Spoken::new(), Vec::new());
    let mut told = Vec::new();
    let places = gather(value.entries()?.into_iter().map(|(key, value)| {
        let name = key.name();
        let table = value.table("channel", CHANNEL_KEYS)?;
        let place = |platform, channel: Result<String, Reported>| {
            channel.map(|channel| Place::in_channel(platform, channel))
        };
        let console = table.optional("console").map(|value| {
            let channel = value.name::<ChannelName>(CHANNEL_EXAMPLE).map(Into::into);
            place(Platform::Console, channel)
        });
        let slack =
            table.optional("slack").map(|value| place(Platform::Slack, slack::channel(value)));
        let discord = table
            .optional("discord")
            .map(|value| place(Platform::Discord, discord::channel(value)));
        let places: Vec<Place> = gather(console.into_iter().chain(slack).chain(discord))?;
        if places.is_empty() {
            let why = "a channel has a place on at least one platform: `console = \"deploys\"`, \
                       `slack = \"C0123456789\"` or `discord = \"998877665544332211\"`";
            return Err(table.missing("console", why));
        }
        let locale = table.optional("locale").map(|value| (key.text(), value));
        let spoke = locale.map(|locale| speak(locale, &places, &mut spoken)).transpose();
        let wanted = table.optional("news").map(|value| subscriptions(value, &mut named));
        let (name, wanted): (ChannelName, _) = (name?, wanted.transpose()?);
        spoke?;
        let wanted = wanted.into_iter().flatten();
        told.extend(wanted.map(|wanted| (name.clone(), wanted)));
        Ok((name, places))
    }))?;
    let locales = spoken.into_iter().map(|(place, (locale, _))| (place, locale)).collect();
    Ok(Channels { places, locales, news: told, named })
}

/// Reads the table of the console; without one, everything has its default.
fn console(table: Option<Table<'_>>) -> Result<Console, Reported> {
    let channel = match table.and_then(|table| table.optional("channel")) {
        Some(value) => value.name(CHANNEL_EXAMPLE),
        None => Ok(ChannelName::new(CHANNEL_EXAMPLE).expect("the example is a good name")),
    };
    let person = table.and_then(|table| table.optional("person"));
    let person = person.map(|value| value.name("ana")).transpose();
    Ok(Console { channel: channel?, person: person? })
}

/// Notes a person at the console whom people.toml does not have.
pub fn check_console(source: &Source, root: &Root, people: &People) {
    let Ok(Console { person: Some(person), .. }) = &root.console else { return };
    let Some(found) = people.by_name(person) else {
        let known = people.iter().map(|person| person.name.as_str());
        let next_step = match nearest(person.as_str(), known) {
            Some(nearest) => format!("did you mean \"{nearest}\"?"),
            None => format!("add `[person.{person}]` to people.toml"),
        };
        source.fault(
            root.person_at,
            &format!("unknown person {}", quote(person.as_str())),
            Some(next_step),
        );
        return;
    };
    if !found.accounts.iter().any(|account| account.platform == Platform::Console) {
        let message = format!("{} has no account on the console", quote(person.as_str()));
        let next_step =
            format!("add `console = [\"{person}\"]` to `[person.{person}]` in people.toml");
        source.fault(root.person_at, &message, Some(next_step));
    }
}
