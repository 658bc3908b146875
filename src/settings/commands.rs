//! `commands/*.toml`: what people may say, who may say it, and what it does.

use std::collections::BTreeMap;
use std::path::Path;

use wilco_core::catalog::Who;
use wilco_core::ids::CommandName;
use wilco_core::manifest::{Does, Example, Localized, Manifest};

use crate::settings::fault::{Reported, listed, nearest, quote};
use crate::settings::pipeline::Around;
use crate::settings::reader::{Source, Table, Value, gather};
use crate::settings::services::Known;
use crate::settings::{pipeline, policy};

/// A manifest, and where the parts stand that only the grammar can judge.
#[derive(Debug)]
pub struct Command {
    pub manifest: Manifest,
    /// Where each form and each alias begins, by its text.
    forms: Vec<(String, usize)>,
    /// Where each example's sentence begins, by its text.
    examples: Vec<(String, usize)>,
}

impl Command {
    /// Returns where the form or alias begins.
    pub fn place_of(&self, form: &str) -> usize {
        self.forms.iter().find(|(text, _)| text == form).map_or(0, |(_, at)| *at)
    }

    /// Returns where the example begins that the message speaks of.
    pub fn place_in(&self, message: &str) -> usize {
        let named = self.examples.iter().filter(|(text, _)| message.contains(text.as_str()));
        let longest = named.max_by_key(|(text, _)| text.len());
        longest.or(self.examples.first()).map_or(0, |(_, at)| *at)
    }
}

pub const KEYS: &[&str] =
    &["summary", "say", "aliases", "who", "action", "pipeline", "policy", "example"];
const SUMMARY_KEYS: &[&str] = &["en", "ko"];
const EXAMPLE_KEYS: &[&str] = &["say", "means"];
const SENTENCE_LENGTH_MAX: usize = 500;
const SAY_EXAMPLE: &str = "[\"deploy <service> to <environment>\"]";

/// What `action = "…"` can be, by [`wilco_core::request::Request::action`], and whether it only shows things.
const ACTIONS: &[(&str, Kind)] = &[
    ("deploy", Kind::Acts),
    ("rollback", Kind::Acts),
    ("promote", Kind::Acts),
    ("approve", Kind::Acts),
    ("reject", Kind::Acts),
    ("cancel", Kind::Acts),
    ("retry", Kind::Acts),
    ("status", Kind::Shows),
    ("live", Kind::Shows),
    ("changes", Kind::Shows),
    ("history", Kind::Shows),
    ("show", Kind::Shows),
    ("why", Kind::Shows),
    ("audit", Kind::Shows),
    ("timeline", Kind::Shows),
    ("help", Kind::Shows),
    ("whoami", Kind::Shows),
    ("language", Kind::Shows),
    ("can", Kind::Shows),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Acts,
    Shows,
}

/// Reads the manifest in one file, named after it.
pub fn read(source: &Source, known: Known<'_>) -> Result<Command, Reported> {
    let name = command_name(&source.path).map_err(|message| source.fault(0, &message, None));
    source.walk(KEYS, |file| command(file, name, known))
}

fn command_name(path: &Path) -> Result<CommandName, String> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    CommandName::new(stem)
        .map_err(|error| format!("a file of commands is named after its command: {error}"))
}

fn command(
    file: Table<'_>,
    name: Result<CommandName, Reported>,
    known: Known<'_>,
) -> Result<Command, Reported> {
    let (mut forms, mut sentences) = (Vec::new(), Vec::new());
    let summary = file
        .required("summary", "say in a line what it does: `summary = { en = \"…\", ko = \"…\" }`")
        .and_then(summary);
    let why = format!("write how it is said: `say = {SAY_EXAMPLE}`");
    let say = file.required("say", &why).and_then(|value| {
        value.each_of_some(SAY_EXAMPLE, "a command that nobody can say does nothing", |item| {
            sentence(item, &mut forms)
        })
    });
    let aliases = file.optional("aliases").map_or(Ok(Vec::new()), |value| {
        value.each("[\"ship\"]", |item| sentence(item, &mut forms))
    });
    let examples = file.optional("example").map_or(Ok(Vec::new()), |value| {
        let items = value.list("[[example]]")?;
        gather(items.into_iter().map(|item| example(item, &mut sentences)))
    });
    let does = does(file, known);
    let who = who(file, does.as_ref().ok(), known);
    let manifest = Manifest {
        name: name?,
        summary: summary?,
        say: say?,
        aliases: aliases?,
        who: who?,
        does: does?,
        examples: examples?,
    };
    Ok(Command { manifest, forms, examples: sentences })
}

fn summary(value: Value<'_>) -> Result<Localized, Reported> {
    let table = value.table("summary", SUMMARY_KEYS)?;
    let text = |language: &'static str| {
        table
            .required(language, "wilco speaks English and Korean, so write both")
            .and_then(|value| value.line("Deploy a service", SENTENCE_LENGTH_MAX))
    };
    let (en, ko) = (text("en"), text("ko"));
    Ok(Localized { en: en?, ko: ko? })
}

fn sentence(item: Value<'_>, places: &mut Vec<(String, usize)>) -> Result<String, Reported> {
    let text = item.line("deploy <service> to <environment>", SENTENCE_LENGTH_MAX)?;
    places.push((text.clone(), item.at()));
    Ok(text)
}

fn example(item: Value<'_>, places: &mut Vec<(String, usize)>) -> Result<Example, Reported> {
    let table = item.table("example", EXAMPLE_KEYS)?;
    let say = table
        .required("say", "write a whole sentence: `say = \"deploy api to prod\"`")
        .and_then(|value| sentence(value, places));
    let means = table.optional("means").map_or(Ok(BTreeMap::new()), |value| {
        gather(value.entries()?.into_iter().map(|(key, value)| {
            let text = value.line_or_nothing("api", SENTENCE_LENGTH_MAX)?;
            Ok((key.text().to_owned(), text))
        }))
    });
    Ok(Example { say: say?, means: means? })
}

fn does(file: Table<'_>, known: Known<'_>) -> Result<Does, Reported> {
    match (file.optional("action"), file.optional("pipeline")) {
        (Some(action), None) => {
            let does = self::action(action);
            match file.optional("policy") {
                Some(policy) => Err(policy.fault(
                    "`policy` belongs to a command with a `pipeline` of its own",
                    Some("the policy of a deployment is in services.toml".to_owned()),
                )),
                None => does,
            }
        }
        (None, Some(value)) => {
            let pipeline = pipeline::read(value, Around { base: known.base, repository: None });
            let why = "say who approves: `policy = { approvals = 0 }`";
            let policy = file
                .required("policy", why)
                .and_then(|value| policy::read(value, (known.people, policy::Commits::Nowhere)));
            Ok(Does::Pipeline { pipeline: Box::new(pipeline?), policy: policy? })
        }
        (Some(action), Some(_)) => {
            let next_step = "take one of them out".to_owned();
            Err(action
                .fault("a command has an `action` or a `pipeline`, not both", Some(next_step)))
        }
        (None, None) => Err(file.missing(
            "action",
            "say what it does: `action = \"deploy\"`, or a `pipeline` with its `policy`",
        )),
    }
}

fn action(value: Value<'_>) -> Result<Does, Reported> {
    let text = value.text("deploy")?;
    let actions = || ACTIONS.iter().map(|(action, _)| *action);
    if actions().any(|action| action == text) {
        return Ok(Does::Action(text.to_owned()));
    }
    let next_step = match nearest(text, actions()) {
        Some(nearest) => format!("did you mean \"{nearest}\"?"),
        None => format!("choose one of {}", listed(actions())),
    };
    Err(value.fault(&format!("unknown action {}", quote(text)), Some(next_step)))
}

/// Reads who may use a command. Left out it is everybody in people.toml, and for a command that only shows things anybody.
fn who(file: Table<'_>, does: Option<&Does>, known: Known<'_>) -> Result<Who, Reported> {
    if let Some(value) = file.optional("who") {
        let empty = "nobody could use it: name a role, or leave `who` out for everybody";
        let role = |item| policy::held_role(item, known.people);
        return value.each_of_some("[\"deployer\"]", empty, role).map(Who::Roles);
    }
    let shows = |action: &str| ACTIONS.contains(&(action, Kind::Shows));
    Ok(match does {
        Some(Does::Action(action)) if shows(action) => Who::Anybody,
        Some(Does::Action(_) | Does::Pipeline { .. }) | None => Who::People,
    })
}
