//! Somebody's own page: what waits for them, what is going on besides, and what is live where.

use std::collections::BTreeMap;

use crate::card::{Setting, card};
use crate::deployment::{Deployment, Status};
use crate::gate::{self, Blocker};
use crate::ids::{Account, DeploymentId, PersonName, RoleName};
use crate::notice::{BoardRow, Locale, Notice};
use crate::person::People;
use crate::wording::board::version;
use crate::wording::{Voice, language, say, size};

/// A list shows at most this many lines; the rest is counted.
pub const LINES_MAX: usize = 20;

/// What a page is made of.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// All deployments that are not over, oldest first.
    pub open: &'a [Deployment],
    pub board: &'a [BoardRow],
    /// As many rows of the board are left out.
    pub board_more: u64,
    pub people: &'a People,
    /// Whose page it is.
    pub account: &'a Account,
    /// Between which languages they may choose.
    pub languages: &'a [Locale],
    /// The answer to what they did on the page.
    pub answer: Option<&'a Notice>,
    pub voice: Voice,
}

/// Somebody's own page, in words of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    pub locale: Locale,
    /// `None` for an account that is in nobody's entry.
    pub person: Option<PersonName>,
    pub roles: Vec<RoleName>,
    /// Who wilco takes them for.
    pub greeting: String,
    /// The answer to what they did on the page.
    pub answer: Option<String>,
    /// Missing for who may not choose.
    pub language: Option<Choice>,
    pub waits_for_you: Part,
    pub running: Part,
    pub waiting_for_others: Part,
    pub board: Part,
}

/// The choice of a language; the one that is used now is [`Home::locale`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub title: String,
    /// Each language by the name that it has in itself.
    pub options: Vec<(Locale, String)>,
}

/// A list of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub title: String,
    pub lines: Vec<Line>,
    /// As many more there are than lines.
    pub more: u64,
    /// What to say while there are no lines.
    pub none: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The deployment that it is about; on the board what is live.
    pub deployment: Option<DeploymentId>,
    pub text: String,
    /// Who asked, and until when it can wait.
    pub detail: Option<String>,
}

/// Returns the page of the person whose account it is.
pub fn home(sight: &Sight<'_>) -> Home {
    let voice = &sight.voice;
    let person = sight.people.by_account(sight.account);
    let name = person.map(|person| &person.name);
    let roles: Vec<RoleName> = person.map_or(vec![], |p| p.roles.iter().cloned().collect());
    let (mut yours, mut running, mut others) = (Vec::new(), Vec::new(), Vec::new());
    let holders: BTreeMap<_, _> = sight
        .open
        .iter()
        .filter(|open| open.holds_lane())
        .map(|open| ((&open.service, &open.environment), open.id))
        .collect();
    for deployment in sight.open {
        let holder = holders.get(&(&deployment.service, &deployment.environment)).copied();
        let blockers = gate::blockers(deployment, sight.people, holder);
        match deployment.status {
            Status::Starting | Status::Running => running.push((deployment, blockers)),
            Status::Resolving | Status::Waiting => {
                let list = if waits_for(name, &blockers) { &mut yours } else { &mut others };
                list.push((deployment, blockers));
            }
            Status::Ended(_) => {} // It is not open.
        }
    }
    Home {
        locale: voice.locale,
        person: name.cloned(),
        greeting: greeting(sight.account, name, &roles, voice),
        answer: sight.answer.map(|notice| say(notice, voice)),
        language: choice(sight.languages, voice),
        roles,
        waits_for_you: part("home-waits-for-you", "home-waits-for-you-none", &yours, sight),
        running: part("home-running", "home-running-none", &running, sight),
        waiting_for_others: part("home-waiting", "home-waiting-none", &others, sight),
        board: board(sight),
    }
}

/// Says how many lines of a list are left out.
pub fn left_out(more: u64, voice: &Voice) -> String {
    voice.phrase("home-more").count("more", more).say()
}

fn greeting(
    account: &Account,
    person: Option<&PersonName>,
    roles: &[RoleName],
    voice: &Voice,
) -> String {
    let (account, person, roles) = (account.clone(), person.cloned(), roles.to_vec());
    say(&Notice::Whoami { account, person, roles }, voice)
}

fn choice(languages: &[Locale], voice: &Voice) -> Option<Choice> {
    let options = languages.iter().map(|locale| (*locale, language::name(*locale, voice)));
    let choice = || Choice { title: voice.word("home-language"), options: options.collect() };
    (!languages.is_empty()).then(choice)
}

/// Tells whether an approval of this person is among what is waited for.
fn waits_for(person: Option<&PersonName>, blockers: &[Blocker]) -> bool {
    let Some(person) = person else { return false };
    blockers.iter().any(|blocker| match blocker {
        Blocker::ApprovalsMissing { who, .. } => who.contains(person),
        Blocker::VersionUnknown
        | Blocker::AuthorsUnknown
        | Blocker::ChecksNotGreen { .. }
        | Blocker::ApprovalsOutOfReach { .. }
        | Blocker::LaneHeld { .. }
        | Blocker::BranchNotAllowed { .. } => false,
    })
}

fn part(
    title: &'static str,
    none: &'static str,
    deployments: &[(&Deployment, Vec<Blocker>)],
    sight: &Sight<'_>,
) -> Part {
    let shown = deployments.iter().take(LINES_MAX);
    Part {
        title: sight.voice.word(title),
        lines: shown.map(|(deployment, blockers)| line(deployment, blockers, sight)).collect(),
        more: size(deployments.len().saturating_sub(LINES_MAX)),
        none: sight.voice.word(none),
    }
}

/// A deployment reads here as on its card: its sentence, and who asked for it.
fn line(deployment: &Deployment, blockers: &[Blocker], sight: &Sight<'_>) -> Line {
    let setting = Setting {
        voice: sight.voice,
        blockers,
        progress: gate::progress(deployment, sight.people),
        estimate: None,
        audit: 0,
        successor: None,
    };
    let card = card(deployment, &setting);
    Line {
        deployment: Some(deployment.id),
        text: card.sentence,
        detail: card.lines.into_iter().next(),
    }
}

fn board(sight: &Sight<'_>) -> Part {
    let voice = &sight.voice;
    let shown = sight.board.iter().take(LINES_MAX);
    Part {
        title: voice.word("home-board"),
        lines: shown.map(|row| board_line(row, sight)).collect(),
        more: size(sight.board.len().saturating_sub(LINES_MAX)).saturating_add(sight.board_more),
        none: voice.word("status-no-board"),
    }
}

fn board_line(row: &BoardRow, sight: &Sight<'_>) -> Line {
    let voice = &sight.voice;
    let line = match &row.live {
        None => voice.phrase("home-board-nothing"),
        Some(live) => voice
            .phrase("home-board-live")
            .with("version", version(live, voice))
            .with("at", voice.time(live.ended_at.unwrap_or(live.requested_at)))
            .with("deployment", live.deployment),
    };
    let line = line.with("service", &row.service).with("environment", &row.environment).say();
    let goes_on: Vec<String> = sight
        .open
        .iter()
        .filter(|open| open.service == row.service && open.environment == row.environment)
        .map(|open| format!("{} ({})", open.id, voice.status(open.status)))
        .collect();
    let text = if goes_on.is_empty() {
        line
    } else {
        let phrase = voice.phrase("home-board-goes-on").with("line", line);
        phrase.with("deployments", voice.listed(&goes_on)).say()
    };
    Line { deployment: row.live.as_ref().map(|live| live.deployment), text, detail: None }
}

#[cfg(test)]
pub(crate) mod tests;
