//! `people.toml`: who is who on each platform, and which roles they have.

use std::collections::{BTreeMap, BTreeSet};

use wilco_core::ids::{Account, PersonName, Platform, RoleName};
use wilco_core::person::{People, Person};

use crate::settings::fault::{Reported, quote};
use crate::settings::language::locale;
use crate::settings::reader::{Key, Table, Value};

pub const KEYS: &[&str] = &["person"];
const PERSON_KEYS: &[&str] = &["console", "slack", "discord", "roles", "locale"];

/// The console has one workspace: the machine it runs on.
pub const CONSOLE_WORKSPACE: &str = "local";

pub fn read(file: Table<'_>) -> Result<People, Reported> {
    let why = "without people nobody can ask or approve: add `[person.NAME]`";
    let entries = file.required("person", why)?.entries()?;
    let mut claims = BTreeMap::new();
    // Every entry is read before the first fault ends it.
    let people: Vec<_> =
        entries.into_iter().map(|(key, value)| person(key, value, &mut claims)).collect();
    let people: Vec<Person> = people.into_iter().collect::<Result<_, _>>()?;
    People::new(people).map_err(|claimed| file.fault(&claimed.to_string(), CLAIMED_NEXT_STEP))
}

const CLAIMED_NEXT_STEP: &str = "an account belongs to one person: take it out of one of them";

fn person(
    key: Key<'_>,
    value: Value<'_>,
    claims: &mut BTreeMap<Account, String>,
) -> Result<Person, Reported> {
    let name = key.name::<PersonName>();
    let table = value.table("person", PERSON_KEYS)?;
    let mut accounts = BTreeSet::new();
    let mut reported = None;
    for (platform, label, example) in [
        (Platform::Console, "console", "[\"ana\"]"),
        (Platform::Slack, "slack", "[\"T0123456789/U0123456789\"]"),
        (Platform::Discord, "discord", "[\"1122334455667788990/445566778899001122\"]"),
    ] {
        let Some(list) = table.optional(label) else { continue };
        let read = list.each(example, |item| {
            let account = account(platform, item)?;
            claim(&account, key.text(), item, claims)?;
            Ok(account)
        });
        match read {
            Ok(read) => accounts.extend(read),
            Err(fault) => reported = Some(fault),
        }
    }
    let roles = match table.optional("roles") {
        Some(list) => list.each("[\"deployer\"]", |item| item.name::<RoleName>("deployer")),
        None => Ok(Vec::new()),
    };
    let locale = table.optional("locale").map(locale).transpose();
    match reported {
        Some(reported) => Err(reported),
        None => Ok(Person {
            name: name?,
            locale: locale?,
            accounts,
            roles: roles?.into_iter().collect(),
        }),
    }
}

/// Notes an account that somebody else has already: nobody could say whose vote it is.
fn claim(
    account: &Account,
    name: &str,
    item: Value<'_>,
    claims: &mut BTreeMap<Account, String>,
) -> Result<(), Reported> {
    match claims.get(account) {
        Some(first) if first != name => {
            let message = format!(
                "the account {account} is claimed by {} and by {}",
                quote(first),
                quote(name)
            );
            Err(item.fault(&message, Some(CLAIMED_NEXT_STEP.to_owned())))
        }
        Some(_) => Ok(()),
        None => {
            claims.insert(account.clone(), name.to_owned());
            Ok(())
        }
    }
}

fn account(platform: Platform, item: Value<'_>) -> Result<Account, Reported> {
    match platform {
        Platform::Console => {
            let user = item.name::<PersonName>("ana")?.into();
            Ok(Account { platform, workspace: CONSOLE_WORKSPACE.to_owned(), user })
        }
        Platform::Slack => pair(platform, item, "T0123456789/U0123456789", |workspace, user| {
            slack_id(workspace, &['T', 'E']) && slack_id(user, &['U', 'W'])
        }),
        Platform::Discord => {
            pair(platform, item, "1122334455667788990/445566778899001122", |guild, user| {
                snowflake(guild) && snowflake(user)
            })
        }
    }
}

fn pair(
    platform: Platform,
    item: Value<'_>,
    example: &str,
    right: impl Fn(&str, &str) -> bool,
) -> Result<Account, Reported> {
    let text = item.text(example)?;
    let parts = text.split_once('/').filter(|(workspace, user)| right(workspace, user));
    let Some((workspace, user)) = parts else {
        let message = format!("{} is not an account of {platform}", quote(text));
        let next_step = format!(
            "write the id of the workspace or guild, a slash and the id of the user, never a \
             name: \"{example}\""
        );
        return Err(item.fault(&message, Some(next_step)));
    };
    Ok(Account { platform, workspace: workspace.to_owned(), user: user.to_owned() })
}

/// Tells whether a text is an id as Slack writes them, of one of these kinds.
pub fn slack_id(text: &str, kinds: &[char]) -> bool {
    text.starts_with(kinds)
        && (2..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Tells whether a text is an id as Discord writes them. One that it would write otherwise, with a zero in
/// front, would never be found equal to what it sends.
pub fn snowflake(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0')
        && text.parse::<u64>().is_ok()
}
