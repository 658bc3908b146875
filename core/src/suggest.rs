//! What is offered while somebody fills in a command: what exists and makes sense there, the likeliest first.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::deployment::{Kind, Outcome, Status};
use crate::grammar::fields::{FieldName, Filled};
use crate::ids::{DeploymentId, EnvironmentName, RefName};
use crate::language::Preference;
use crate::manifest::{Does, Localized, Manifest};
use crate::notice::{Locale, Summary};
use crate::wording::offers::{self, Standing};

/// What is known of deployments where something is offered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recent {
    newest_first: Vec<Summary>,
    live: BTreeSet<DeploymentId>,
}

/// What somebody is filling in.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub manifest: &'a Manifest,
    pub field: FieldName,
    /// What is in the other fields.
    pub filled: &'a Filled,
    /// What is in this one so far.
    pub typed: &'a str,
}

/// What a chat has room for.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    pub choices: usize,
    /// In one value, counted in UTF-16, in which it is never less than in any other way.
    pub characters: usize,
}

/// One value that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is filled in.
    pub value: String,
    /// How it is shown.
    pub shown: Localized,
}

/// How well a choice fits what was typed, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Whole,
    Begins,
    /// A word that is shown, or another name, begins so.
    Word,
    Inside,
}

/// How soon something is offered where nothing else decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    First,
    Later,
}

/// Something that could be offered.
struct Candidate {
    choice: Choice,
    also_called: Vec<String>,
    turn: Turn,
}

impl Recent {
    /// Takes in what was read. Of what was read twice, the later reading holds.
    pub fn new(
        read: impl IntoIterator<Item = Summary>,
        live: impl IntoIterator<Item = DeploymentId>,
    ) -> Self {
        let by_id: BTreeMap<DeploymentId, Summary> =
            read.into_iter().map(|summary| (summary.deployment, summary)).collect();
        Self { newest_first: by_id.into_values().rev().collect(), live: live.into_iter().collect() }
    }

    pub fn newest_first(&self) -> &[Summary] {
        &self.newest_first
    }

    pub fn is_live(&self, deployment: DeploymentId) -> bool {
        self.live.contains(&deployment)
    }

    fn standing(&self, deployment: DeploymentId) -> Standing {
        if self.is_live(deployment) { Standing::Live } else { Standing::Other }
    }
}

impl FieldName {
    /// Tells whether anything is ever offered there.
    pub fn is_offered(self) -> bool {
        match self {
            Self::Service
            | Self::Environment
            | Self::Version
            | Self::Deployment
            | Self::From
            | Self::To
            | Self::Command
            | Self::Language => true,
            Self::Reason | Self::Moment | Self::Request | Self::DryRun | Self::Parameters => false,
        }
    }
}

/// Returns all that a field can hold, where that is the same for everybody and for ever.
pub fn fixed(field: FieldName) -> Option<Vec<Choice>> {
    match field {
        FieldName::Language => {
            Some(languages().into_iter().map(|candidate| candidate.choice).collect())
        }
        FieldName::Service
        | FieldName::Environment
        | FieldName::Version
        | FieldName::Deployment
        | FieldName::From
        | FieldName::To
        | FieldName::Command
        | FieldName::Reason
        | FieldName::Moment
        | FieldName::Request
        | FieldName::DryRun
        | FieldName::Parameters => None,
    }
}

/// Returns what is offered. Each value, once it is filled in, is heard as that very value.
///
/// What begins with what was typed goes before what only has it somewhere.
pub fn choices(catalog: &Catalog, recent: &Recent, asked: &Asked<'_>, room: Room) -> Vec<Choice> {
    let typed = asked.typed.trim().to_lowercase();
    let mut fitting: Vec<(Fit, Candidate)> = candidates(catalog, recent, asked)
        .into_iter()
        .filter_map(|candidate| Some((fit(&candidate, &typed)?, candidate)))
        .collect();
    fitting.sort_by_key(|(fit, candidate)| (*fit, candidate.turn));
    let beside = beside(catalog);
    let can_be_said = |choice: &Choice| {
        choice.value.encode_utf16().count() <= room.characters
            && catalog.grammar.carries(asked.manifest, (asked.field, &choice.value), &beside)
    };
    let choices = fitting.into_iter().map(|(_, candidate)| candidate.choice);
    choices.filter(can_be_said).take(room.choices).collect()
}

/// Returns how well a candidate fits; `None` where it does not. The sign of a number says nothing.
fn fit(candidate: &Candidate, typed: &str) -> Option<Fit> {
    let bare = |text: &str| text.strip_prefix('#').unwrap_or(text).to_owned();
    let (value, bare_typed) = (bare(&candidate.choice.value.to_lowercase()), bare(typed));
    if value == bare_typed {
        return Some(Fit::Whole);
    }
    if value.starts_with(&bare_typed) {
        return Some(Fit::Begins);
    }
    let Localized { en, ko } = &candidate.choice.shown;
    let shown = candidate.also_called.iter().chain([en, ko]).map(|text| text.to_lowercase());
    let shown: Vec<String> = shown.chain([value]).collect();
    let begins = |text: &String| {
        let words = text.split(|c: char| c.is_whitespace() || "(/-_#".contains(c));
        words.into_iter().any(|word| word.starts_with(&bare_typed)) || text.starts_with(typed)
    };
    if shown.iter().any(begins) {
        return Some(Fit::Word);
    }
    shown.iter().any(|text| text.contains(typed)).then_some(Fit::Inside)
}

/// Returns everything that could be offered in a field, in the order in which it is offered.
fn candidates(catalog: &Catalog, recent: &Recent, asked: &Asked<'_>) -> Vec<Candidate> {
    match asked.field {
        FieldName::Service => services(catalog, recent),
        FieldName::Environment | FieldName::From | FieldName::To => {
            environments(catalog, recent, asked)
        }
        FieldName::Version => versions(recent, asked),
        FieldName::Deployment => deployments(recent, asked),
        FieldName::Command => commands(catalog),
        FieldName::Language => languages(),
        FieldName::Reason
        | FieldName::Moment
        | FieldName::Request
        | FieldName::DryRun
        | FieldName::Parameters => Vec::new(),
    }
}

/// Those in which something went on lately first, then by name.
fn services(catalog: &Catalog, recent: &Recent) -> Vec<Candidate> {
    let lately = recent.newest_first.iter().map(|summary| summary.service.as_str());
    in_order_of_use(catalog.services.keys().map(AsRef::as_ref), lately)
}

/// Those of the service; all where none is named yet. Nothing is promoted to where it is.
fn environments(catalog: &Catalog, recent: &Recent, asked: &Asked<'_>) -> Vec<Candidate> {
    let service = name_in(asked.filled, FieldName::Service);
    let is_meant = |name: &str| service.as_deref().is_none_or(|service| service == name);
    let other = [(FieldName::From, FieldName::To), (FieldName::To, FieldName::From)]
        .into_iter()
        .find(|(field, _)| *field == asked.field)
        .and_then(|(_, other)| name_in(asked.filled, other));
    let services = catalog.services.iter().filter(|(name, _)| is_meant(name.as_str()));
    let names: BTreeSet<&str> = services
        .flat_map(|(_, service)| service.environments.keys().map(EnvironmentName::as_str))
        .filter(|name| other.as_deref() != Some(*name))
        .collect();
    let lately = recent.newest_first.iter().filter(|summary| is_meant(summary.service.as_str()));
    in_order_of_use(names.into_iter(), lately.map(|summary| summary.environment.as_str()))
}

fn in_order_of_use<'a>(
    names: impl Iterator<Item = &'a str>,
    lately: impl Iterator<Item = &'a str>,
) -> Vec<Candidate> {
    let mut used: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, name) in lately.enumerate() {
        used.entry(name).or_insert(place);
    }
    let mut names: Vec<&str> = names.collect();
    names.sort_by_key(|name| (used.get(name).copied().unwrap_or(usize::MAX), *name));
    names.into_iter().map(|name| Candidate::plain(name, name)).collect()
}

/// Branches, tags and commits: those of the chosen service first, the newest of each first.
fn versions(recent: &Recent, asked: &Asked<'_>) -> Vec<Candidate> {
    let service = name_in(asked.filled, FieldName::Service);
    let is_own = |summary: &&Summary| {
        service.as_deref().is_none_or(|service| service == summary.service.as_str())
    };
    let (own, others): (Vec<&Summary>, Vec<&Summary>) =
        recent.newest_first.iter().partition(is_own);
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for summary in own.into_iter().chain(others) {
        let standing = recent.standing(summary.deployment);
        let reference = summary.reference.as_deref().filter(|name| is_a_name(name));
        if let Some(reference) = reference.filter(|reference| seen.insert(*reference)) {
            let shown = in_both(|locale| offers::reference(reference, summary, standing, locale));
            found.push(Candidate::new(reference, shown));
        }
        let commit = summary.commit.as_ref().filter(|commit| seen.insert(commit.as_str()));
        if let Some(commit) = commit {
            let shown = in_both(|locale| offers::commit(commit, summary, standing, locale));
            found.push(Candidate::new(commit.as_str(), shown));
        }
    }
    found
}

/// `HEAD` is something else for each repository, and asked for by leaving the version out.
fn is_a_name(reference: &str) -> bool {
    RefName::new(reference).is_ok() && !reference.eq_ignore_ascii_case("head")
}

fn deployments(recent: &Recent, asked: &Asked<'_>) -> Vec<Candidate> {
    let suiting = |summary: &Summary| {
        let turn = turn(recent, summary, asked)?;
        let shown = in_both(|locale| {
            offers::deployment(summary, recent.standing(summary.deployment), locale)
        });
        Some(Candidate { turn, ..Candidate::new(&summary.deployment.to_string(), shown) })
    };
    recent.newest_first.iter().filter_map(suiting).collect()
}

/// Returns when a deployment is offered; `None` where nothing but a refusal could come of it.
fn turn(recent: &Recent, summary: &Summary, asked: &Asked<'_>) -> Option<Turn> {
    let action = match &asked.manifest.does {
        Does::Action(action) => action.as_str(),
        Does::Pipeline { .. } => "run",
    };
    let first_if = |is_first: bool| if is_first { Turn::First } else { Turn::Later };
    let (is_open, outcome) = (summary.status.outcome().is_none(), summary.status.outcome());
    match action {
        "approve" | "reject" => is_open.then(|| first_if(summary.status == Status::Waiting)),
        "cancel" => is_open.then_some(Turn::First),
        "why" => Some(first_if(is_open)),
        "retry" => outcome.map(|outcome| first_if(outcome != Outcome::Succeeded)),
        "rollback" => {
            let is_there = |name, there: &str| {
                name_in(asked.filled, name).is_none_or(|filled| filled == there)
            };
            let was_live = outcome == Some(Outcome::Succeeded)
                && matches!(summary.kind, Kind::Deploy | Kind::Rollback);
            let suits = was_live
                && !recent.is_live(summary.deployment)
                && is_there(FieldName::Service, summary.service.as_str())
                && is_there(FieldName::Environment, summary.environment.as_str());
            suits.then_some(Turn::First)
        }
        _ => Some(Turn::First), // These are asked about whatever became of them.
    }
}

fn commands(catalog: &Catalog) -> Vec<Candidate> {
    let candidate = |manifest: &Manifest| {
        let (name, Localized { en, ko }) = (manifest.name.as_str(), &manifest.summary);
        let shown = Localized { en: format!("{name}: {en}"), ko: format!("{name}: {ko}") };
        Candidate { also_called: manifest.aliases.clone(), ..Candidate::new(name, shown) }
    };
    catalog.commands.values().map(candidate).collect()
}

fn languages() -> Vec<Candidate> {
    let choices = Locale::ALL.into_iter().map(Preference::Locale).chain([Preference::Configured]);
    let candidate = |preference: Preference| {
        let shown = in_both(|locale| offers::language(preference, locale));
        Candidate::new(preference.code(), shown)
    };
    choices.map(candidate).collect()
}

/// Names are lower case by definition, and so they are heard.
fn name_in(filled: &Filled, field: FieldName) -> Option<String> {
    let name = filled.get(&field)?.trim().to_ascii_lowercase();
    (!name.is_empty()).then_some(name)
}

/// Returns something for every field, for a line that is only heard to see what comes of a value.
fn beside(catalog: &Catalog) -> Filled {
    let environments = catalog.services.values().flat_map(|service| service.environments.keys());
    let environment = environments.map(ToString::to_string).next();
    let service = catalog.services.keys().map(ToString::to_string).next();
    let known = [
        (FieldName::Service, service),
        (FieldName::Environment, environment.clone()),
        (FieldName::From, environment.clone()),
        (FieldName::To, environment),
    ];
    let known = known.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let any = [
        (FieldName::Version, "v1"),
        (FieldName::Deployment, "#1"),
        (FieldName::Reason, "x"),
        (FieldName::Moment, "12:00"),
        (FieldName::Command, "help"),
        (FieldName::Language, "en"),
    ];
    known.chain(any.map(|(name, value)| (name, value.to_owned()))).collect()
}

fn in_both(say: impl Fn(Locale) -> String) -> Localized {
    Localized { en: say(Locale::En), ko: say(Locale::Ko) }
}

impl Candidate {
    fn new(value: &str, shown: Localized) -> Self {
        let choice = Choice { value: value.to_owned(), shown };
        Self { choice, also_called: Vec::new(), turn: Turn::First }
    }

    fn plain(value: &str, shown: &str) -> Self {
        Self::new(value, Localized { en: shown.to_owned(), ko: shown.to_owned() })
    }
}
