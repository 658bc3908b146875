//! Workflows as a test describes them: what they take, what they do, and how that goes.

use std::time::Duration;

use serde_json::{Value, json};

use super::answer::{Answer, Call, Refusal, Reply};
use super::state::Repository;

/// A workflow file.
#[derive(Clone, Debug)]
pub struct Workflow {
    pub id: u64,
    /// Its name below `.github/workflows`.
    pub file: String,
    pub name: String,
    /// GitHub's `run-name`, with `${{ inputs.… }}` in it.
    pub run_name: String,
    pub inputs: Vec<Input>,
    pub dispatch: Dispatch,
    pub fence: Fence,
    pub checkout: Checkout,
    pub pace: Pace,
    pub stop: Stop,
    /// How long a run waits for a machine.
    pub queued_for: Duration,
    pub jobs: Vec<Job>,
}

#[derive(Clone, Debug)]
pub struct Input {
    pub name: String,
    pub required: Required,
    pub default: Option<String>,
    /// Nothing else is taken, unless it is empty.
    pub options: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Required {
    Yes,
    No,
}

/// Whether a workflow can be started by a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dispatch {
    On,
    /// It has no `workflow_dispatch`.
    Missing,
    /// Somebody switched the workflow off.
    Disabled,
}

/// Whether the first step claims `refs/wilco/op/<key>`, and fails when somebody has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fence {
    /// By the input that has the key.
    By(String),
    /// The same, once the step has seen that the run has the commit that this input names.
    Checked {
        key: String,
        commit: String,
    },
    Without,
}

/// Which commit a run works on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Checkout {
    /// The head of the branch or tag that it was started on.
    Head,
    /// The one that this input names.
    Input(String),
}

/// Who moves a run on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// Time does.
    ByItself,
    /// The test does, stage by stage.
    ByHand,
}

/// How a run takes being cancelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    AtOnce,
    /// Its steps run whatever happens; only force helps.
    Never,
}

#[derive(Clone, Debug)]
pub struct Job {
    pub name: String,
    pub environment: Option<String>,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub name: String,
    pub takes: Duration,
    pub end: End,
    pub log: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Success,
    Failure,
    /// It fails, and the job goes on.
    FailureThatIsIgnored,
}

impl Input {
    pub fn required(name: &str) -> Input {
        let (name, required) = (name.to_owned(), Required::Yes);
        Input { name, required, default: None, options: Vec::new() }
    }

    pub fn optional(name: &str, default: &str) -> Input {
        let default = Some(default.to_owned());
        Input { name: name.to_owned(), required: Required::No, default, options: Vec::new() }
    }

    pub fn among(mut self, options: &[&str]) -> Input {
        self.options = options.iter().map(|&option| option.to_owned()).collect();
        self
    }
}

impl Job {
    pub fn named(name: &str, steps: Vec<Step>) -> Job {
        Job { name: name.to_owned(), environment: None, steps }
    }

    pub fn into(mut self, environment: &str) -> Job {
        self.environment = Some(environment.to_owned());
        self
    }
}

impl Step {
    /// A good one that takes no time.
    pub fn named(name: &str) -> Step {
        let name = name.to_owned();
        Step { name, takes: Duration::ZERO, end: End::Success, log: Vec::new() }
    }

    pub fn taking(mut self, time: Duration) -> Step {
        self.takes = time;
        self
    }

    pub fn ending(mut self, end: End) -> Step {
        self.end = end;
        self
    }

    pub fn saying(mut self, line: &str) -> Step {
        self.log.push(line.to_owned());
        self
    }
}

impl Workflow {
    /// One that deploys the commit of its input `commit` in one job, claims its `op_key` first, and takes no time.
    pub fn deploying(file: &str) -> Workflow {
        let inputs = ["deployment", "op_key", "commit"].into_iter().map(Input::required);
        Workflow {
            id: 0,
            file: file.to_owned(),
            name: "Deploy".to_owned(),
            run_name: "Deploy ${{ inputs.deployment }} ${{ inputs.op_key }}".to_owned(),
            inputs: inputs.collect(),
            dispatch: Dispatch::On,
            fence: Fence::By("op_key".to_owned()),
            checkout: Checkout::Input("commit".to_owned()),
            pace: Pace::ByItself,
            stop: Stop::AtOnce,
            queued_for: Duration::ZERO,
            jobs: vec![Job::named("deploy", vec![Step::named("Deploy")])],
        }
    }

    /// One that is started by pushes.
    pub fn testing(file: &str) -> Workflow {
        Workflow {
            name: "CI".to_owned(),
            run_name: String::new(),
            inputs: Vec::new(),
            dispatch: Dispatch::Missing,
            fence: Fence::Without,
            checkout: Checkout::Head,
            jobs: vec![Job::named("test", vec![Step::named("Test")])],
            ..Workflow::deploying(file)
        }
    }

    /// One more input.
    pub fn taking(mut self, input: Input) -> Workflow {
        self.inputs.retain(|known| known.name != input.name);
        self.inputs.push(input);
        self
    }

    pub fn doing(mut self, jobs: Vec<Job>) -> Workflow {
        self.jobs = jobs;
        self
    }

    pub fn by_hand(mut self) -> Workflow {
        self.pace = Pace::ByHand;
        self
    }

    /// Its first step looks at the commit, as that of the workflow does that wilco prints.
    pub fn checking(mut self) -> Workflow {
        self.fence = Fence::Checked { key: "op_key".to_owned(), commit: "commit".to_owned() };
        self
    }

    pub fn without_fence(mut self) -> Workflow {
        self.fence = Fence::Without;
        self
    }

    pub fn path(&self) -> String {
        format!(".github/workflows/{}", self.file)
    }
}

impl Repository {
    /// A workflow by its file or its number.
    pub fn workflow(&self, name: &str) -> Result<&Workflow, Refusal> {
        let is_it = |one: &&Workflow| one.file == name || one.id.to_string() == name;
        self.workflows.values().find(is_it).ok_or_else(Refusal::not_found)
    }

    pub fn get_workflow(&self, call: &Call) -> Answer {
        let workflow = self.workflow(call.part("workflow_id"))?;
        Ok(Reply::Body(self.show_workflow(workflow)))
    }

    pub fn show_workflow(&self, workflow: &Workflow) -> Value {
        let (id, path) = (workflow.id, workflow.path());
        let is_off = workflow.dispatch == Dispatch::Disabled;
        json!({
            "id": id,
            "node_id": format!("W_{id}"),
            "name": workflow.name,
            "path": path,
            "state": if is_off { "disabled_manually" } else { "active" },
            "created_at": "2024-01-01T00:00:00.000Z",
            "updated_at": "2024-01-01T00:00:00.000Z",
            "url": self.api(&format!("/actions/workflows/{id}")),
            "html_url": self.page(&format!("/blob/{}/{path}", self.default_branch)),
            "badge_url": self.page(&format!("/workflows/{}/badge.svg", workflow.name)),
        })
    }
}
