//! Pipelines: the backend's recipe, its placeholders and its parameters.

use std::collections::BTreeMap;
use std::path::Path;

use wilco_core::catalog::{PARAMETER_LENGTH_MAX, ParameterRule, Pipeline, Recipe, Repository};
use wilco_core::ids::ParameterName;
use wilco_core::template::{Piece, pieces};
use wilco_core::time::Duration;

use crate::settings::fault::{Reported, listed, nearest, quote};
use crate::settings::reader::{Key, Table, Value, gather};
use crate::settings::{files, github, webhook};

/// A run that takes longer is stopped, unless its pipeline says otherwise.
pub const TIMEOUT_DEFAULT: Duration = Duration::seconds(30 * 60);

const KEYS: &[&str] = &[
    "backend",
    "run",
    "directory",
    "pass",
    "repository",
    "workflow",
    "ref",
    "url",
    "report_to",
    "secret",
    "understands",
    "deployments",
    "reviews",
    "stages",
    "timeout",
    "parameters",
];
/// What says how a program on this machine is run, which workflow runs, and who takes requests.
const COMMAND_KEYS: &[&str] = &["run", "directory", "pass"];
const WEBHOOK_KEYS: &[&str] = &["url", "report_to", "secret", "understands"];
const GITHUB_KEYS: &[&str] = &["repository", "workflow", "ref", "deployments", "reviews"];
const PARAMETER_KEYS: &[&str] = &["default", "choices", "summary"];
const BACKENDS: &[&str] = &["command", "github", "webhook"];
const ARGUMENT_LENGTH_MAX: usize = 4096;
const LABEL_LENGTH_MAX: usize = 200;

/// What stands for a value in `run`, besides `{parameters.NAME}`.
const PLACEHOLDERS: &[&str] =
    &["service", "environment", "commit", "version", "deployment", "op_key"];

/// Variables that a run has anyway; a parameter by such a name would shadow one.
const FIXED_VARIABLES: &[&str] =
    &["SERVICE", "ENVIRONMENT", "COMMIT", "VERSION", "DEPLOYMENT", "OP_KEY"];

/// Where a pipeline stands.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// Where relative paths begin.
    pub base: &'a Path,
    /// Where the service's commits are looked up.
    pub repository: Option<&'a Repository>,
}

/// Reads a pipeline.
pub fn read(value: Value<'_>, around: Around<'_>) -> Result<Pipeline, Reported> {
    let table = value.table("pipeline", KEYS)?;
    let parameters = match table.optional("parameters") {
        Some(value) => parameters(value),
        None => Ok(BTreeMap::new()),
    };
    // Placeholders are compared with the parameters only when all of those could be read.
    let declared = parameters.as_ref().ok();
    let recipe = backend(table).and_then(|backend| {
        only(table, backend)?;
        match backend {
            Backend::Command => command(table, (around.base, declared)),
            Backend::Github => github::recipe(table, around.repository),
            Backend::Webhook => webhook::recipe(table),
        }
    });
    let stages = table.optional("stages").map_or(Ok(Vec::new()), |value| {
        value.each("[\"build\", \"release\"]", |item| item.line("build", LABEL_LENGTH_MAX))
    });
    let timeout =
        table.optional("timeout").map_or(Ok(TIMEOUT_DEFAULT), |value| value.duration("30m"));
    Ok(Pipeline { recipe: recipe?, stages: stages?, timeout: timeout?, parameters: parameters? })
}

/// Notes a key of another backend: it would do nothing, and somebody thinks that it does.
fn only(table: Table<'_>, backend: Backend) -> Result<(), Reported> {
    let others = [Backend::Command, Backend::Github, Backend::Webhook];
    let others = others.into_iter().filter(|other| *other != backend);
    let strange = others.flat_map(|other| {
        other.keys().iter().filter_map(move |key| Some((other, key, table.optional(key)?)))
    });
    gather::<(), Vec<()>>(strange.map(|(other, key, value)| {
        let belongs = format!("backend = \"{}\"", other.name());
        let next_step = format!("take it out, or write `{belongs}`");
        Err(value.fault(&format!("`{key}` belongs to `{belongs}`"), Some(next_step)))
    }))
    .map(drop)
}

/// Reads how a program on this machine is run.
fn command(
    table: Table<'_>,
    (base, parameters): (&Path, Option<&ParameterRules>),
) -> Result<Recipe, Reported> {
    let run = table
        .required("run", "say which program runs: `run = [\"./deploy.sh\", \"{environment}\"]`")
        .and_then(|value| run(value, parameters));
    let directory = directory(table, base);
    let pass =
        table.optional("pass").map_or(Ok(Vec::new()), |value| value.each("[\"PATH\"]", passed));
    Ok(Recipe::Command { run: run?, directory: directory?, pass: pass? })
}

/// What runs a pipeline.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backend {
    Command,
    Github,
    Webhook,
}

impl Backend {
    fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Github => "github",
            Self::Webhook => "webhook",
        }
    }

    /// Returns the keys that no other one has.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Command => COMMAND_KEYS,
            Self::Github => GITHUB_KEYS,
            Self::Webhook => WEBHOOK_KEYS,
        }
    }
}

fn backend(table: Table<'_>) -> Result<Backend, Reported> {
    let value = table.required("backend", "say what runs it: `backend = \"command\"`")?;
    let text = value.text("command")?;
    match text {
        "command" => return Ok(Backend::Command),
        "github" => return Ok(Backend::Github),
        "webhook" => return Ok(Backend::Webhook),
        _ => {}
    }
    let next_step = match nearest(text, BACKENDS.iter().copied()) {
        Some(nearest) => format!("did you mean \"{nearest}\"?"),
        None => format!("wilco knows these so far: {}", listed(BACKENDS)),
    };
    Err(value.fault(&format!("unknown backend {}", quote(text)), Some(next_step)))
}

fn directory(table: Table<'_>, base: &Path) -> Result<String, Reported> {
    match table.optional("directory") {
        Some(value) => existing_directory(value, base),
        None => Ok(base.to_string_lossy().into_owned()),
    }
}

/// Reads a path, relative to `base`, of a directory that must be there; returns it absolute.
pub fn existing_directory(value: Value<'_>, base: &Path) -> Result<String, Reported> {
    let text = value.line("..", ARGUMENT_LENGTH_MAX)?;
    let path = files::absolute(base, &text);
    let Some(absolute) = path.to_str().filter(|_| path.is_dir()) else {
        let message = format!("there is no directory {}", path.display());
        let next_step = format!("the path is taken from {}", base.display());
        return Err(value.fault(&message, Some(next_step)));
    };
    Ok(absolute.to_owned())
}

/// Reads the name of a variable that a run may see of wilco's environment.
fn passed(item: Value<'_>) -> Result<String, Reported> {
    let name = item.line("PATH", LABEL_LENGTH_MAX)?;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.chars().all(word) || name.starts_with(|c: char| c.is_ascii_digit()) {
        let message = format!("{} is not the name of a variable", quote(&name));
        let next_step = "name it without `$` and without a value: \"PATH\"".to_owned();
        return Err(item.fault(&message, Some(next_step)));
    }
    if name.to_ascii_uppercase().starts_with("WILCO_") {
        let message = format!("{} cannot be passed to a run", quote(&name));
        let next_step = "variables that begin with WILCO_ hold wilco's own secrets: give the run \
                         its own under another name";
        return Err(item.fault(&message, Some(next_step.to_owned())));
    }
    Ok(name)
}

type ParameterRules = BTreeMap<ParameterName, ParameterRule>;

fn parameters(value: Value<'_>) -> Result<ParameterRules, Reported> {
    let mut variables: BTreeMap<String, &str> = BTreeMap::new();
    gather(value.entries()?.into_iter().map(|(key, value)| {
        let name = parameter_name(key, &mut variables);
        let rule = parameter_rule(value);
        Ok((name?, rule?))
    }))
}

/// Reads the name of a parameter, which also names a variable of the run.
fn parameter_name<'a>(
    key: Key<'a>,
    variables: &mut BTreeMap<String, &'a str>,
) -> Result<ParameterName, Reported> {
    let name: ParameterName = key.name()?;
    let variable = name.as_str().to_ascii_uppercase().replace(['-', '.'], "_");
    if FIXED_VARIABLES.contains(&variable.as_str()) {
        let message = format!("a parameter cannot be called {}", quote(name.as_str()));
        let next_step =
            format!("WILCO_{variable} is what wilco itself tells a run: take another name");
        return Err(key.fault(&message, Some(next_step)));
    }
    match variables.insert(variable.clone(), key.text()) {
        None => Ok(name),
        Some(other) => {
            let (one, other) = (quote(name.as_str()), quote(other));
            let message = format!("{one} and {other} would both be WILCO_{variable}");
            Err(key.fault(&message, Some("take another name for one of them".to_owned())))
        }
    }
}

fn parameter_rule(value: Value<'_>) -> Result<ParameterRule, Reported> {
    let table = value.table("parameter", PARAMETER_KEYS)?;
    let default = table.optional("default");
    let text = |value: Value<'_>| value.line_or_nothing("eu-west-1", PARAMETER_LENGTH_MAX);
    let empty = "no value could be said: list one, or leave `choices` out to allow any";
    let choices = table
        .optional("choices")
        .map_or(Ok(Vec::new()), |value| value.each_of_some("[\"eu\", \"us\"]", empty, text));
    let summary = table
        .optional("summary")
        .map(|value| value.line("what it changes", LABEL_LENGTH_MAX))
        .transpose();
    let rule = ParameterRule {
        default: default.map(text).transpose()?,
        choices: choices?,
        summary: summary?,
    };
    match (default, &rule.default) {
        // An empty default is how a parameter is left alone, so it need not be a choice.
        (Some(value), Some(text))
            if !text.is_empty() && !rule.choices.is_empty() && !rule.choices.contains(text) =>
        {
            let choices = rule.choices.iter().map(String::as_str);
            let next_step = match nearest(text, choices.clone()) {
                Some(nearest) => format!("did you mean \"{nearest}\"?"),
                None => format!("choose one of {}", listed(choices)),
            };
            let message = format!("the default {} is not among `choices`", quote(text));
            Err(value.fault(&message, Some(next_step)))
        }
        _ => Ok(rule),
    }
}

fn run(value: Value<'_>, parameters: Option<&ParameterRules>) -> Result<Vec<String>, Reported> {
    let example = "[\"./deploy.sh\", \"{environment}\", \"{commit}\"]";
    let items = value.list(example)?;
    if items.is_empty() {
        let next_step = format!("name a program: run = {example}");
        return Err(value.fault("`run` is empty", Some(next_step)));
    }
    gather(items.into_iter().enumerate().map(|(index, item)| {
        let text = item.line_or_nothing("./deploy.sh", ARGUMENT_LENGTH_MAX)?;
        if index == 0 {
            program(item, &text)?;
        } else {
            argument(item, &text, parameters)?;
        }
        Ok(text)
    }))
}

/// Notes a program that is empty, or that a value would choose: approvals are bound to its bytes.
fn program(item: Value<'_>, text: &str) -> Result<(), Reported> {
    if text.trim().is_empty() {
        return Err(item.fault("the program in `run` is empty", None));
    }
    if text.contains(['{', '}']) {
        let message = format!("the program {} must be a fixed path or name", quote(text));
        let next_step = "hand values over as arguments instead".to_owned();
        return Err(item.fault(&message, Some(next_step)));
    }
    Ok(())
}

/// Notes placeholders that stand for nothing, and braces without a partner.
fn argument(
    item: Value<'_>,
    text: &str,
    parameters: Option<&ParameterRules>,
) -> Result<(), Reported> {
    let pieces = match pieces(text) {
        Ok(pieces) => pieces,
        Err(error) => return Err(item.fault(&format!("{}: {error}", quote(text)), None)),
    };
    let names = pieces.into_iter().filter_map(|piece| match piece {
        Piece::Value(name) => Some(name),
        Piece::Text(_) => None,
    });
    gather::<(), ()>(names.map(|name| placeholder(item, name, parameters))).map(drop)
}

fn placeholder(
    item: Value<'_>,
    name: &str,
    parameters: Option<&ParameterRules>,
) -> Result<(), Reported> {
    let (what, known): (&str, Vec<&str>) = match name.strip_prefix("parameters.") {
        None if PLACEHOLDERS.contains(&name) => return Ok(()),
        None => ("placeholder", PLACEHOLDERS.to_vec()),
        Some(parameter) => match parameters {
            None => return Ok(()),
            Some(rules) if rules.contains_key(parameter) => return Ok(()),
            Some(rules) => ("parameter", rules.keys().map(ParameterName::as_str).collect()),
        },
    };
    let prefix = if what == "parameter" { "parameters." } else { "" };
    let asked = name.strip_prefix(prefix).unwrap_or(name);
    let next_step = match nearest(asked, known.iter().copied()) {
        Some(nearest) => format!("did you mean `{{{prefix}{nearest}}}`?"),
        None if what == "parameter" => {
            format!("declare it: parameters = {{ {} = {{}} }}", asked.escape_debug())
        }
        None => format!("known here: {}, parameters.NAME", listed(known)),
    };
    Err(item.fault(&format!("unknown {what} {}", quote(&format!("{{{name}}}"))), Some(next_step)))
}
