//! `people.toml`: who is who on each platform, and which roles they have.

use std::collections::{BTreeMap, BTreeSet};

use wilco_core::ids::{Account, PersonName, Platform, RoleName};
use wilco_core::person::{Author, People, Person};

use crate::settings::fault::{Reported, quote};
use crate::settings::language::locale;
use crate::settings::reader::{Key, Table, Value};

pub const KEYS: &[&str] = &["person"];
const PERSON_KEYS: &[&str] =
    &["console", "slack", "discord", "github", "emails", "roles", "locale"];

/// The console has one workspace: the machine it runs on.
pub const CONSOLE_WORKSPACE: &str = "local";

pub fn read(file: Table<'_>) -> Result<People, Reported> {
    let why = "without people nobody can ask or approve: add `[person.NAME]`";
    let entries = file.required("person", why)?.entries()?;
    let (mut claims, mut authors) = (BTreeMap::new(), BTreeMap::new());
    // Every entry is read before the first fault ends it.
    let people: Vec<_> = entries
        .into_iter()
        .map(|(key, value)| person(key, value, (&mut claims, &mut authors)))
        .collect();
    let people: Vec<Person> = people.into_iter().collect::<Result<_, _>>()?;
    People::new(people).map_err(|claimed| file.fault(&claimed.to_string(), CLAIMED_NEXT_STEP))
}

const CLAIMED_NEXT_STEP: &str = "an account belongs to one person: take it out of one of them";

fn person(
    key: Key<'_>,
    value: Value<'_>,
    (claims, authors): (&mut BTreeMap<Account, String>, &mut BTreeMap<Author, String>),
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
            claim((&account, &format!("the account {account}")), key.text(), item, claims)?;
            Ok(account)
        });
        match read {
            Ok(read) => accounts.extend(read),
            Err(fault) => reported = Some(fault),
        }
    }
    let writes_as = writes_as(table, key.text(), authors);
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
            writes_as: writes_as?,
            roles: roles?.into_iter().collect(),
        }),
    }
}

/// Notes what somebody else has already: nobody could say whose vote, or whose commit, it is.
fn claim<K: Ord + Clone>(
    (key, what): (&K, &str),
    name: &str,
    item: Value<'_>,
    claims: &mut BTreeMap<K, String>,
) -> Result<(), Reported> {
    match claims.get(key) {
        Some(first) if first != name => {
            let message = format!("{what} is claimed by {} and by {}", quote(first), quote(name));
            Err(item.fault(&message, Some(CLAIMED_NEXT_STEP.to_owned())))
        }
        Some(_) => Ok(()),
        None => {
            claims.insert(key.clone(), name.to_owned());
            Ok(())
        }
    }
}

/// Reads by what repositories know what somebody wrote.
fn writes_as(
    table: Table<'_>,
    name: &str,
    claims: &mut BTreeMap<Author, String>,
) -> Result<BTreeSet<Author>, Reported> {
    let mut claimed = |item: Value<'_>, author: Author| {
        claim((&author, &author.to_string()), name, item, claims).map(|()| author)
    };
    let login = table.optional("github").map(|item| claimed(item, Author::github(&login(item)?)));
    let emails = table.optional("emails").map_or(Ok(Vec::new()), |list| {
        list.each("[\"ana@example.com\"]", |item| claimed(item, Author::email(&email(item)?)))
    });
    Ok(login.transpose()?.into_iter().chain(emails?).collect())
}

/// Reads a login as GitHub gives them out: letters, digits and single dashes, 39 at the most; `_` where a
/// company manages its people's accounts.
fn login(item: Value<'_>) -> Result<String, Reported> {
    let text = item.text("ana-k")?;
    let may_stand = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if (1..=39).contains(&text.len()) && text.chars().all(may_stand) && !text.starts_with('-') {
        return Ok(text.to_owned());
    }
    let next_step = "write the login as it stands in the address of the profile: \"ana-k\"";
    Err(item.fault(&format!("{} is not a login of GitHub", quote(text)), Some(next_step.into())))
}

fn email(item: Value<'_>) -> Result<String, Reported> {
    let text = item.line("ana@example.com", 254)?;
    let is_whole = text.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !text.contains(char::is_whitespace)
    });
    if is_whole {
        return Ok(text);
    }
    let next_step = "write it as it stands in the person's commits: \"ana@example.com\"";
    Err(item.fault(&format!("{} is not an address", quote(&text)), Some(next_step.into())))
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
