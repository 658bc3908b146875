//! The start of a run on request. Source: "Create a workflow dispatch event".

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::answer::{Answer, Call, Refusal, Reply, Switch, wrong_type};
use super::clock::Moment;
use super::run::Trigger;
use super::state::{Repository, Server};
use super::workflow::{Dispatch, Required, Workflow};

const INPUTS_MAX: usize = 25;
/// Source: "Events that trigger workflows", `workflow_dispatch`.
const CHARACTERS_MAX: usize = 65_535;

/// What is odd about a run on order.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Oddity {
    /// It is for this commit, whatever was asked.
    pub commit: Option<String>,
    pub fate: Fate,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum Fate {
    #[default]
    AsUsual,
    /// It stands in no list, ever.
    Unlisted,
    /// It was promised and never begins.
    NeverBegun,
    /// There are two of it.
    Twice,
}

/// Where and when a dispatch comes in.
pub struct Desk<'a> {
    pub server: Server,
    pub now: Moment,
    pub actor: &'a str,
    pub oddity: Oddity,
}

impl Repository {
    pub fn dispatch(&mut self, call: &Call, desk: Desk<'_>) -> Answer {
        let workflow = self.workflow(call.part("workflow_id"))?.clone();
        match desk.server {
            Server::Recent => call.only(&["ref", "inputs", "return_run_details"])?,
            Server::BeforeRunDetails => call.only(&["ref", "inputs"])?,
        }
        let reference = call.needed_text("ref")?;
        let details = call.switch("return_run_details", Switch::Off)?;
        let named = self.named(reference);
        let is_name =
            |full: &str| full.starts_with("refs/heads/") || full.starts_with("refs/tags/");
        let (name, head) = named
            .filter(|(full, _)| is_name(full))
            .map(|(full, commit)| (full, commit.sha.clone()))
            .ok_or_else(|| Refusal::unprocessable(&format!("No ref found for: {reference}")))?;
        match workflow.dispatch {
            Dispatch::On => {}
            Dispatch::Missing => {
                let told = "Workflow does not have 'workflow_dispatch' trigger";
                return Err(Refusal::unprocessable(told));
            }
            Dispatch::Disabled => {
                let told = "Cannot trigger a 'workflow_dispatch' on a disabled workflow";
                return Err(Refusal::unprocessable(told));
            }
        }
        let inputs = workflow.inputs(&call.body["inputs"])?;
        let trigger = Trigger {
            event: "workflow_dispatch".to_owned(),
            reference: name,
            head_sha: desk.oddity.commit.clone().unwrap_or(head),
            actor: desk.actor.to_owned(),
            inputs,
            oddity: desk.oddity,
        };
        let id = match trigger.oddity.fate {
            Fate::NeverBegun => self.numbers.next(),
            Fate::Twice => {
                self.begin(&workflow, trigger.clone(), desk.now);
                self.begin(&workflow, trigger, desk.now)
            }
            Fate::AsUsual | Fate::Unlisted => self.begin(&workflow, trigger, desk.now),
        };
        Ok(match details {
            Switch::Off => Reply::Empty,
            Switch::On => Reply::Body(json!({
                "workflow_run_id": id,
                "run_url": self.api(&format!("/actions/runs/{id}")),
                "html_url": self.page(&format!("/actions/runs/{id}")),
            })),
        })
    }
}

impl Workflow {
    /// What the run gets, or why it gets nothing.
    fn inputs(&self, given: &Value) -> Result<BTreeMap<String, String>, Refusal> {
        let none = Map::new();
        let given = match given {
            Value::Null => &none,
            Value::Object(fields) => fields,
            other => return Err(wrong_type("inputs", other, "object")),
        };
        if given.len() > INPUTS_MAX {
            let told =
                format!("For 'properties/inputs', there are more than {INPUTS_MAX} of them.");
            return Err(Refusal::misshapen(&told));
        }
        let is_known = |name: &str| self.inputs.iter().any(|input| input.name == name);
        let unknown: Vec<_> = given.keys().filter(|name| !is_known(name)).collect();
        if !unknown.is_empty() {
            let told = format!("Unexpected inputs provided: {unknown:?}");
            return Err(Refusal::unprocessable(&told));
        }
        let mut inputs = BTreeMap::new();
        for input in &self.inputs {
            let value = match given.get(&input.name) {
                None | Some(Value::Null) => input.default.clone(),
                Some(Value::String(text)) => Some(text.clone()),
                Some(other) => return Err(wrong_type("inputs", other, "string")),
            };
            if value.is_none() && input.required == Required::Yes {
                let told = format!("Required input '{}' not provided", input.name);
                return Err(Refusal::unprocessable(&told));
            }
            let value = value.unwrap_or_default();
            if !input.options.is_empty() && !input.options.contains(&value) {
                let name = &input.name;
                let told = format!(
                    "Provided value '{value}' for input '{name}' not in the list of allowed values"
                );
                return Err(Refusal::unprocessable(&told));
            }
            inputs.insert(input.name.clone(), value);
        }
        let length: usize = inputs.values().map(|value| value.chars().count()).sum();
        if length > CHARACTERS_MAX {
            return Err(Refusal::unprocessable("inputs are too large."));
        }
        Ok(inputs)
    }
}
