//! Policies: how many approvals, from whom, and whether those people exist.

use wilco_core::ids::RoleName;
use wilco_core::person::People;
use wilco_core::policy::{ApprovalGroup, EXPIRES_DEFAULT, Policy};

use crate::settings::fault::{Reported, listed, nearest, quote};
use crate::settings::reader::{Table, Value, gather};

const KEYS: &[&str] = &[
    "approvals",
    "from",
    "groups",
    "requester",
    "authors",
    "risky",
    "checks",
    "expires",
    "reject",
];
const GROUP_KEYS: &[&str] = &["approvals", "from"];
const ROLES_EXAMPLE: &str = "[\"approver\"]";

/// More approvals than this is a slip of the keyboard.
const APPROVALS_MAX: i64 = 100;

/// As many checks are read before each start.
const CHECKS_MAX: usize = 20;

/// Where the commits are whose checks a policy may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commits {
    OnGithub,
    Elsewhere,
    /// A command ships none.
    Nowhere,
}

/// Reads a policy. Without `people`, because people.toml has faults, nothing is said of who holds a role.
pub fn read(
    value: Value<'_>,
    (people, commits): (Option<&People>, Commits),
) -> Result<Policy, Reported> {
    let table = value.table("policy", KEYS)?;
    let groups = groups(table, people);
    let requester = table.optional("requester").map_or(Ok(false), Value::flag);
    let authors = table.optional("authors").map_or(Ok(true), Value::flag);
    let risky = table.optional("risky").map_or(Ok(Vec::new()), |value| {
        let empty = "leave it out where no path is more than code";
        value.each_of_some("[\"migrations/*\"]", empty, |item| item.line("migrations/*", 255))
    });
    let checks = table.optional("checks").map_or(Ok(Vec::new()), |value| checks(value, commits));
    let expires =
        table.optional("expires").map_or(Ok(EXPIRES_DEFAULT), |value| value.duration("24h"));
    let reject = table.optional("reject").map(|value| roles(value, people)).transpose();
    let mut policy = Policy {
        groups: groups?,
        requester: requester?,
        authors: authors?,
        risky: risky?,
        checks: checks?,
        expires: expires?,
        reject: Vec::new(),
    };
    policy.reject = reject?.unwrap_or_else(|| policy.approver_roles());
    enough_people(value, &policy, people)?;
    Ok(policy)
}

/// Reads the names of checks. Which they are stands here and nowhere else: whoever may change what GitHub
/// requires of a branch must not thereby open a gate of wilco's.
fn checks(value: Value<'_>, commits: Commits) -> Result<Vec<String>, Reported> {
    let (message, next_step) = match commits {
        Commits::OnGithub => {
            let empty = "leave it out where no check has to be green";
            let example = "[\"build\", \"test\"]";
            let names = value.each_of_some(example, empty, |item| item.line("build", 255))?;
            if names.len() <= CHECKS_MAX {
                return Ok(names);
            }
            let message =
                format!("{} checks are more than the {CHECKS_MAX} that wilco reads", names.len());
            (message, "have one check of the repository stand for the others".to_owned())
        }
        Commits::Elsewhere => (
            "`checks` can be read of a repository on GitHub only".to_owned(),
            "take it out, or say where that is: `repository = \"acme/api\"`".to_owned(),
        ),
        Commits::Nowhere => (
            "a command ships nothing whose `checks` could be green".to_owned(),
            "take it out".to_owned(),
        ),
    };
    Err(value.fault(&message, Some(next_step)))
}

/// Reads a list of roles that somebody must hold.
pub fn roles(value: Value<'_>, people: Option<&People>) -> Result<Vec<RoleName>, Reported> {
    let empty = "an empty list is nobody: name a role, or leave the key out";
    value.each_of_some(ROLES_EXAMPLE, empty, |item| held_role(item, people))
}

/// Reads a role that somebody must hold.
pub fn held_role(item: Value<'_>, people: Option<&People>) -> Result<RoleName, Reported> {
    let role: RoleName = item.name("approver")?;
    let Some(people) = people else { return Ok(role) };
    if people.iter().any(|person| person.roles.contains(&role)) {
        return Ok(role);
    }
    let known = people.iter().flat_map(|person| person.roles.iter().map(RoleName::as_str));
    let next_step = match nearest(role.as_str(), known) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "give it to somebody in people.toml".to_owned(),
    };
    Err(item.fault(&format!("nobody has the role {}", quote(role.as_str())), Some(next_step)))
}

fn groups(table: Table<'_>, people: Option<&People>) -> Result<Vec<ApprovalGroup>, Reported> {
    let (approvals, from) = (table.optional("approvals"), table.optional("from"));
    match (approvals, from, table.optional("groups")) {
        (None, None, Some(groups)) => {
            let example = "[{ approvals = 1, from = [\"approver\"] }]";
            let items = groups.list(example)?;
            if items.is_empty() {
                let next_step = "for a policy that asks nobody, write `approvals = 0`".to_owned();
                return Err(groups.fault("`groups` is empty", Some(next_step)));
            }
            gather(items.into_iter().map(|item| group(item.table("group", GROUP_KEYS)?, people)))
        }
        (_, _, Some(groups)) => Err(groups.fault(
            "a policy has either `groups`, or `approvals` and `from`",
            Some("take one of them out".to_owned()),
        )),
        (Some(approvals), from, None) => simple(table, approvals, from, people),
        (None, _, None) => Err(table.missing("approvals", APPROVALS_MISSING)),
    }
}

const APPROVALS_MISSING: &str =
    "write `approvals = 1, from = [\"approver\"]`, or `approvals = 0` to ask nobody";

fn simple(
    table: Table<'_>,
    approvals: Value<'_>,
    from: Option<Value<'_>>,
    people: Option<&People>,
) -> Result<Vec<ApprovalGroup>, Reported> {
    // Nothing is compared with a number that could not be read.
    if approvals.number(0..APPROVALS_MAX + 1)? > 0 {
        return Ok(vec![group(table, people)?]);
    }
    match from {
        Some(from) => Err(from.fault(
            "`approvals = 0` asks nobody, so `from` means nothing",
            Some("take `from` out, or ask for an approval".to_owned()),
        )),
        None => Ok(Vec::new()),
    }
}

fn group(table: Table<'_>, people: Option<&People>) -> Result<ApprovalGroup, Reported> {
    let approvals = table
        .required("approvals", "say how many people must approve: `approvals = 1`")
        .and_then(|value| value.number(1..APPROVALS_MAX + 1));
    let from = table
        .required("from", "say whose approvals count: `from = [\"approver\"]`")
        .and_then(|value| roles(value, people));
    let approvals = u32::try_from(approvals?).unwrap_or(u32::MAX);
    Ok(ApprovalGroup { approvals, from: from? })
}

/// Notes a policy that all people together could not satisfy.
fn enough_people(
    value: Value<'_>,
    policy: &Policy,
    people: Option<&People>,
) -> Result<(), Reported> {
    let Some(people) = people else { return Ok(()) };
    let everybody = people.iter().map(|person| &person.name);
    let tallies = policy.tally(everybody, people);
    let Some(short) = tallies.iter().find(|tally| tally.have < tally.need) else { return Ok(()) };
    let roles = listed(&short.from);
    let have = tallies.iter().map(|tally| tally.have).sum();
    let message = match policy.groups.len() {
        1 => format!("needs {} approvals from {roles}, and {} can", short.need, people_of(have)),
        _ => format!(
            "needs {} different people in all, and {} can",
            policy.approvals(),
            people_of(have)
        ),
    };
    let next_step = format!("give {roles} to more people in people.toml, or ask for fewer");
    Err(value.fault(&message, Some(next_step)))
}

fn people_of(count: u32) -> String {
    match count {
        1 => "only 1 person".to_owned(),
        _ => format!("only {count} people"),
    }
}
