//! What a runner is told to do: the recipe with its values put in, ready to be carried out as it stands.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use wilco_core::catalog::Recipe;
use wilco_core::ids::CommitSha;
use wilco_core::request::Parameters;
use wilco_core::template::{Piece, pieces};

use crate::backend::command::not_ours;
use crate::backend::{BackendError, Purpose, StartOrder};

/// One run, in the words of the operating system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What the run is called.
    pub run: String,
    /// A path that is absolute, or a name that is looked for on `PATH`.
    pub program: String,
    pub arguments: Vec<String>,
    pub directory: String,
    /// Variables of the script beside those that the runner itself was given.
    pub variables: BTreeMap<String, String>,
    pub timeout_milliseconds: u64,
    /// How long the script has between being asked to stop and being made to.
    pub grace_milliseconds: u64,
}

/// Variables that every script sees if wilco has them. Everything else stays with wilco.
const ALWAYS_PASSED: [&str; 8] =
    ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "SHELL"];

const PATH_WITHOUT_ONE: &str = "/usr/local/bin:/usr/bin:/bin";

impl Order {
    /// Puts the values into the recipe; refuses a recipe or a value that could mean something else.
    pub fn prepare(order: &StartOrder, grace: Duration) -> Result<Self, BackendError> {
        let Recipe::Command { run, directory, pass: _ } = &order.recipe else {
            return Err(not_ours());
        };
        let Some((program, arguments)) = run.split_first() else {
            return Err(BackendError::Refused("the recipe names no program".into()));
        };
        let values = Values::of(order)?;
        let arguments = arguments.iter().map(|argument| values.fill(argument));
        Ok(Self {
            run: order.op_key.as_str().into(),
            program: program_path(program, directory)?,
            arguments: arguments.collect::<Result<_, _>>()?,
            directory: directory.clone(),
            variables: values.variables()?,
            timeout_milliseconds: milliseconds(order.timeout),
            grace_milliseconds: milliseconds(grace),
        })
    }

    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_milliseconds)
    }

    pub fn grace(&self) -> Duration {
        Duration::from_millis(self.grace_milliseconds)
    }
}

/// Returns where the recipe's program is: a path against its directory, a bare name as it is.
pub fn program_path(program: &str, directory: &str) -> Result<String, BackendError> {
    if !Path::new(directory).is_absolute() {
        let reason = format!("the recipe's directory `{directory}` is not an absolute path");
        return Err(BackendError::Refused(reason));
    }
    // Approvals are bound to the program's bytes, so which program it is cannot depend on a value.
    if program.is_empty() || program.contains(['{', '}', '\0']) {
        let reason = format!("`{program}` is not a program: it must be a fixed path or name");
        return Err(BackendError::Refused(reason));
    }
    if !program.contains('/') {
        return Ok(program.into());
    }
    // Collecting the components leaves out each `.`, so that errors show the path as people write it.
    let path: PathBuf = Path::new(directory).join(program).components().collect();
    Ok(path.to_string_lossy().into_owned())
}

/// Returns the variables of wilco's own environment that a script may see.
pub fn passed_environment(pass: &[String]) -> Result<Vec<(OsString, OsString)>, BackendError> {
    // Wilco's own secrets are named so; a script gets its values under the same prefix.
    let wrong = |name: &&String| name.is_empty() || name.contains(['=', '\0']) || is_ours(name);
    if let Some(name) = pass.iter().find(wrong) {
        let reason = format!("the variable `{name}` cannot be passed to a script");
        return Err(BackendError::Refused(reason));
    }
    let names = ALWAYS_PASSED.into_iter().chain(pass.iter().map(String::as_str));
    let mut environment: Vec<(OsString, OsString)> =
        names.filter_map(|name| Some((name.into(), std::env::var_os(name)?))).collect();
    if std::env::var_os("PATH").is_none() {
        environment.push(("PATH".into(), PATH_WITHOUT_ONE.into()));
    }
    Ok(environment)
}

fn is_ours(name: &str) -> bool {
    name.starts_with("WILCO_")
}

fn milliseconds(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

/// The values of one deployment, by the names under which a recipe may ask for them.
#[derive(Debug, Clone)]
pub struct Values {
    fixed: BTreeMap<&'static str, String>,
    parameters: Parameters,
}

impl Values {
    /// Returns every value of an order.
    fn of(order: &StartOrder) -> Result<Self, BackendError> {
        let mut values = Self::approved(order);
        values.fixed.insert("op_key", order.op_key.to_string());
        let parameters = values.parameters.iter().map(|(name, value)| (name.as_str(), value));
        let mut all = values.fixed.iter().map(|(name, value)| (*name, value)).chain(parameters);
        if let Some((name, _)) = all.find(|(_, value)| value.chars().any(char::is_control)) {
            let reason = format!("the value of `{name}` contains a control character");
            return Err(BackendError::Refused(reason));
        }
        Ok(values)
    }

    /// Returns the values of an order that were known when it was approved: all but the run's key.
    pub fn approved(order: &StartOrder) -> Self {
        let purpose = Purpose {
            deployment: Some(order.deployment),
            service: order.service.clone(),
            environment: order.environment.clone(),
            parameters: order.parameters.clone(),
            release: order.release.clone(),
        };
        Self::known(&purpose, &order.commit)
    }

    /// Returns the values that are known once the commit is.
    pub fn known(purpose: &Purpose, commit: &CommitSha) -> Self {
        let version = purpose.release.clone().unwrap_or_else(|| commit.to_string());
        let deployment = purpose.deployment.map(|id| ("deployment", id.0.to_string()));
        let fixed = [
            ("service", purpose.service.to_string()),
            ("environment", purpose.environment.to_string()),
            ("version", version),
            ("commit", commit.to_string()),
        ];
        let fixed = fixed.into_iter().chain(deployment).collect();
        Self { fixed, parameters: purpose.parameters.clone() }
    }

    fn value(&self, name: &str) -> Option<&str> {
        match name.strip_prefix("parameters.") {
            Some(parameter) => self.parameters.get(parameter).map(String::as_str),
            None => self.fixed.get(name).map(String::as_str),
        }
    }

    /// Puts values into one argument.
    pub fn fill(&self, argument: &str) -> Result<String, BackendError> {
        let pieces = pieces(argument)
            .map_err(|error| BackendError::Refused(format!("`{argument}`: {error}")))?;
        let mut filled = String::with_capacity(argument.len());
        for piece in pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Value(name) => {
                    let value = self.value_for(name, argument)?;
                    // `--force` as the value of a version would be an option of the script.
                    if filled.is_empty() && value.starts_with('-') {
                        let reason =
                            format!("the value of `{name}` begins with a dash, like an option");
                        return Err(BackendError::Refused(reason));
                    }
                    filled.push_str(value);
                }
            }
        }
        if filled.contains('\0') {
            return Err(BackendError::Refused("an argument of the recipe contains a NUL".into()));
        }
        Ok(filled)
    }

    fn value_for(&self, name: &str, argument: &str) -> Result<&str, BackendError> {
        self.value(name).ok_or_else(|| {
            BackendError::Refused(format!("there is no value for `{{{name}}}` in `{argument}`"))
        })
    }

    fn variables(&self) -> Result<BTreeMap<String, String>, BackendError> {
        let mut variables: BTreeMap<String, String> =
            self.fixed.iter().map(|(name, value)| (variable(name), value.clone())).collect();
        for (name, value) in &self.parameters {
            let key = variable(name.as_str());
            if variables.insert(key.clone(), value.clone()).is_some() {
                let reason = format!("the parameter `{name}` clashes with the variable {key}");
                return Err(BackendError::Refused(reason));
            }
        }
        Ok(variables)
    }
}

fn variable(name: &str) -> String {
    format!("WILCO_{}", name.to_ascii_uppercase().replace(['-', '.'], "_"))
}

#[cfg(test)]
mod tests {
    use wilco_core::ids::{
        DeploymentId, Digest, EnvironmentName, OpKey, ParameterName, ServiceName,
    };

    use super::*;

    fn order(run: &[&str], parameters: &[(&str, &str)]) -> StartOrder {
        let parameters = parameters
            .iter()
            .map(|(name, value)| (ParameterName::new(*name).expect("a name"), (*value).into()));
        StartOrder {
            op_key: OpKey::new("key-1").expect("a key"),
            deployment: DeploymentId(7),
            service: ServiceName::new("api").expect("a name"),
            environment: EnvironmentName::new("prod").expect("a name"),
            commit: CommitSha::new("a".repeat(40)).expect("a commit"),
            release: Some("v1.4.2".into()),
            parameters: parameters.collect(),
            recipe: Recipe::Command {
                run: run.iter().map(|part| (*part).into()).collect(),
                directory: "/srv".into(),
                pass: vec![],
            },
            fingerprint: Digest([0; 32]),
            timeout: Duration::from_secs(1),
            run: None,
        }
    }

    fn prepare(run: &[&str], parameters: &[(&str, &str)]) -> Result<Order, BackendError> {
        Order::prepare(&order(run, parameters), Duration::from_secs(1))
    }

    #[test]
    fn values_are_put_in_once_and_stay_one_argument() {
        let prepared = prepare(
            &[
                "./go",
                "{environment}",
                "--tag={version}",
                "{parameters.note}",
                "{{x}}",
                "#{deployment}",
            ],
            &[("note", "{commit} $(id); 'x'")],
        )
        .expect("an order");
        assert_eq!(prepared.program, "/srv/go");
        let expected = ["prod", "--tag=v1.4.2", "{commit} $(id); 'x'", "{x}", "#7"];
        assert_eq!(prepared.arguments, expected);
        assert_eq!(prepared.variables["WILCO_NOTE"], "{commit} $(id); 'x'");
    }

    #[test]
    fn a_path_is_taken_against_the_directory() {
        for (program, expected) in [
            ("./go", "/srv/go"),
            (".//go", "/srv/go"),
            ("bin/go", "/srv/bin/go"),
            ("/opt/go", "/opt/go"),
            ("go", "go"),
        ] {
            assert_eq!(program_path(program, "/srv"), Ok(expected.into()));
        }
        assert!(program_path("./go", "srv").is_err());
    }

    #[test]
    fn what_could_mean_something_else_is_refused() {
        let nothing: &[(&str, &str)] = &[];
        for (run, parameters) in [
            (&[][..], nothing),
            (&["./{environment}"], nothing),
            (&["go", "{comit}"], nothing),
            (&["go", "{parameters.absent}"], nothing),
            (&["go", "{commit"], nothing),
            (&["go", "commit}"], nothing),
            (&["go", "{parameters.tag}"], &[("tag", "--force")]),
            (&["go"], &[("tag", "a\nb")]),
            (&["go"], &[("commit", "main")]),
            (&["go"], &[("a-b", "1"), ("a.b", "2")]),
        ] {
            let refused = prepare(run, parameters);
            assert!(matches!(refused, Err(BackendError::Refused(_))), "{run:?}: {refused:?}");
        }
    }

    #[test]
    fn wilcos_own_variables_are_never_passed_on() {
        for name in ["WILCO_SLACK_BOT_TOKEN", "A=B", ""] {
            assert!(passed_environment(&[name.into()]).is_err(), "{name:?}");
        }
    }
}
