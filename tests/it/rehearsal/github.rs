//! The GitHub of a scenario: what people do there, and lines that say what it saw.

use std::net::Ipv4Addr;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;

use wilco::app::App;
use wilco::backend::github::api::Api;
use wilco::backend::github::auth::{Auth, Token};
use wilco::backend::github::hurry::Hurry;
use wilco::backend::github::{Github as Adapter, Paces};
use wilco::clock::Clock;
use wilco::connect::outside::Routes;
use wilco::http::signed::Key;
use wilco::http::{self, Server};
use wilco::settings::http::Http;
use wilco_core::deployment::Deployment;
use wilco_core::event::StageState;
use wilco_core::run::Run;
use wilco_core::time::Timestamp;

use super::github_faults::{self, Sight};
use crate::sim::github::{At, Change, Github, Input, Job, Pace, Ran, Stage, Step, TOKEN, Workflow};

const API: &str = "acme/api";
const FILE: &str = "deploy.yml";
/// The workflow that tests what is pushed.
const TESTS: &str = "ci.yml";
/// What webhooks are signed with.
const SECRET: &str = "between GitHub and wilco";
const PATH: &str = ".github/workflows/deploy.yml";

/// As usual, and sooner.
const PACES: Paces = Paces {
    answered_within: Duration::from_secs(20),
    settle: Duration::from_millis(100),
    look_every: Duration::from_millis(20),
    found_every: Duration::from_millis(20),
};

/// What wilco asks GitHub to change, by what GitHub calls it.
const CHANGES: [&str; 4] = [
    "actions/create-workflow-dispatch",
    "actions/cancel-workflow-run",
    "git/create-tag",
    "git/create-ref",
];

/// Whenever wilco looks at a run, or for one.
const LOOKS: [&str; 2] = ["actions/list-jobs-for-workflow-run-attempt", "git/list-matching-refs"];

/// Whole looks at a run are at most so many of those.
pub const A_WHOLE_LOOK: usize = 4;

/// The GitHub in which a scenario's code is.
pub struct Workshop {
    pub github: Github,
    /// By whom wilco is hurried when a webhook comes.
    hurry: Mutex<Option<Hurry>>,
    told: Mutex<Told>,
    sight: Mutex<Sight>,
}

/// What was told of so far.
#[derive(Default)]
struct Told {
    calls: [usize; CHANGES.len()],
    runs: Vec<&'static str>,
}

impl Workshop {
    /// Opens a GitHub whose clock stands where the scenario begins.
    pub async fn open(at: Timestamp) -> Self {
        let github = Github::open().await;
        github.stand_at(at.0);
        github.repository(API);
        let file =
            Change::by("ana", "Let wilco deploy").with("added", PATH, "on: workflow_dispatch");
        github.at(API).commit("main", file);
        let (hurry, told, sight) = (Mutex::default(), Mutex::default(), Mutex::default());
        let workshop = Self { github, hurry, told, sight };
        workshop.at().workflow(workflow());
        workshop.at().workflow(tests());
        workshop
    }

    pub fn connect(&self) -> Adapter {
        let auth = Auth::Token(Token::new(TOKEN));
        let api = Api::open(&self.github.api_url(), auth).unwrap();
        let adapter = Adapter::new(api).with_paces(PACES);
        *self.hurry.lock().unwrap() = Some(adapter.hurry());
        adapter
    }

    /// Has webhooks reach an app, by the route that the program has for them.
    pub fn tell(&self, app: &App, clock: &Clock) -> Server {
        let mut routes = Routes::default();
        let (key, hurry) = (Key::new(SECRET).unwrap(), self.hurry.lock().unwrap().clone());
        routes.add_github(key, app, hurry, clock.clone());
        let anywhere = Http { listen: (Ipv4Addr::LOCALHOST, 0).into() };
        let server = routes.serve(app, Some(anywhere)).unwrap().unwrap();
        self.github.unhook();
        self.github.hook(&format!("http://{}{}", server.address(), http::github::PATH), SECRET);
        server
    }

    fn at(&self) -> At<'_> {
        self.github.at(API)
    }

    /// Does what stands behind `github > `; `None` where a scenario has no such step.
    pub fn act(&self, action: &str) -> Option<()> {
        let (action, who) = match action.rsplit_once(" by ") {
            Some((action, who)) => (action, who),
            None => (action, "mina"),
        };
        let (words, subject) = match action.split_once(" \"") {
            Some((words, subject)) => (words, subject.strip_suffix('"')?),
            None => (action, "Change something"),
        };
        let subject = &super::unescaped(subject);
        let words: Vec<&str> = words.split(' ').collect();
        let at = self.at();
        match words.as_slice() {
            ["push", branch] => self.push(branch, Change::by(who, subject)),
            ["push", branch, "touching", path] => {
                self.push(branch, Change::by(who, subject).with("added", path, subject));
            }
            ["force-push", branch] => {
                let head = at.refs().get(&format!("refs/heads/{branch}"))?.clone();
                at.branch(branch, &at.parent(&head), who);
                at.commit(branch, Change::by(who, subject));
            }
            ["delete", "branch", branch] => at.remove_ref(&format!("refs/heads/{branch}")),
            ["tag", name] => at.tag(name, at.refs().get("refs/heads/main")?),
            ["release", name] => {
                at.tag(name, at.refs().get("refs/heads/main")?);
                at.release(name, who, Stage::Published);
            }
            ["run", rest @ ..] => self.run(rest, subject)?,
            ["CI", rest @ ..] => {
                let id = at.start(TESTS, "push", "main", who);
                self.move_run(id, rest, subject)?;
            }
            ["runs", "begin", "at", "once"] => _ = at.workflow(begun_at_once()),
            ["runs", "wait", "for", "a", "machine"] => _ = at.workflow(workflow()),
            ["remove", "the", "workflow"] => {
                at.remove_workflow(FILE);
                at.commit("main", Change::by(who, "Remove it").with("removed", PATH, ""));
            }
            ["change", "the", "workflow"] => {
                at.commit("main", Change::by(who, "Change it").with("modified", PATH, subject));
            }
            other => {
                github_faults::order(&self.github, &mut self.sight.lock().unwrap(), other)?;
            }
        }
        Some(())
    }

    /// A branch begins at main if there is none yet.
    fn push(&self, branch: &str, change: Change) {
        let refs = self.at().refs();
        if !refs.contains_key(&format!("refs/heads/{branch}")) {
            self.at().branch(branch, &refs["refs/heads/main"], "mina");
        }
        self.at().commit(branch, change);
    }

    /// The runs that deploy, the oldest first.
    fn runs(&self) -> Vec<Ran> {
        let mut runs = self.at().runs();
        runs.retain(|run| run.event == "workflow_dispatch");
        runs
    }

    /// Moves the run of that number, or the newest.
    fn run(&self, words: &[&str], said: &str) -> Option<()> {
        let runs = self.runs();
        let (run, words) = match words.first()?.parse::<usize>() {
            Ok(number) => (runs.get(number.checked_sub(1)?)?, &words[1..]),
            Err(_) => (runs.last()?, words),
        };
        self.move_run(run.id, words, said)
    }

    fn move_run(&self, id: u64, words: &[&str], said: &str) -> Option<()> {
        let at = self.at();
        let is_over = || at.runs().iter().any(|run| run.id == id && run.conclusion.is_some());
        match words {
            ["reaches", step] => {
                while !is_over() && at.steps(id).last().is_none_or(|last| last.0 != *step) {
                    at.move_on(id);
                }
            }
            ["succeeds"] | ["goes", "on"] => {
                while !is_over() {
                    at.move_on(id);
                }
            }
            ["fails", "at", step] => {
                at.fail_at(id, step, said);
                while !is_over() {
                    at.move_on(id);
                }
            }
            ["is", "cancelled"] => at.end(id, "cancelled"),
            _ => return None,
        }
        Some(())
    }

    /// Lets time go by there, too.
    pub fn wait(&self, milliseconds: i64) {
        self.github.skip(Duration::from_millis(milliseconds.try_into().unwrap_or_default()));
    }

    /// Counts wilco's looks.
    pub fn looks(&self) -> usize {
        LOOKS.iter().map(|operation| self.github.calls(operation).len()).sum()
    }

    /// Tells whether wilco knows all that GitHub does of a deployment's run, which goes on.
    pub fn rests(&self, deployment: &Deployment) -> bool {
        let Some(run) = &deployment.run else { return false };
        let runs = self.at().runs_of(run.op_key.as_str());
        let is_stopped = run.cancel_asked_by.is_some();
        match *self.sight.lock().unwrap() {
            Sight::Nothing => return true,
            Sight::NotLately if run.run.is_none() => return run.unknown.is_some(),
            Sight::NotLately | Sight::All => {}
        }
        if is_stopped {
            return false;
        }
        if runs.is_empty() {
            return run.unknown.is_some();
        }
        runs.iter().any(|one| one.conclusion.is_none() && knows(run, &self.at().steps(one.id)))
    }

    /// Returns what GitHub was asked to change, and how runs stand, where that is new.
    pub fn take(&self) -> Vec<String> {
        let mut told = self.told.lock().unwrap();
        let mut lines = Vec::new();
        let runs = self.runs();
        for (at, operation) in CHANGES.into_iter().enumerate() {
            let calls = self.github.calls(operation);
            let new = calls.iter().skip(told.calls[at]);
            lines.extend(new.map(|call| format!("github {}", shown(operation, call, &runs))));
            told.calls[at] = calls.len();
        }
        for (at, run) in runs.iter().enumerate() {
            let state = state(run);
            if told.runs.get(at) != Some(&state) {
                lines.push(format!("github run {} {state}", at + 1));
                told.runs.resize(runs.len(), "");
                told.runs[at] = state;
            }
        }
        lines
    }
}

/// A workflow as wilco prints it, which goes on as the scenario says.
fn workflow() -> Workflow {
    let more = ["service", "environment", "version"].map(|name| Input::optional(name, ""));
    let steps = ["Build", "Ship"].into_iter().map(Step::named).collect();
    let workflow = more.into_iter().fold(Workflow::deploying(FILE), Workflow::taking);
    workflow.doing(vec![Job::named("deploy", steps)]).by_hand()
}

/// The tests of what is pushed, which a step begins.
fn tests() -> Workflow {
    Workflow::testing(TESTS).by_hand()
}

/// One whose runs have the key at once, and then build for longer than any conversation.
fn begun_at_once() -> Workflow {
    let slow = Step::named("Build").taking(Duration::from_hours(10_000));
    let steps = vec![slow, Step::named("Ship")];
    Workflow { pace: Pace::ByItself, ..workflow().doing(vec![Job::named("deploy", steps)]) }
}

fn knows(run: &Run, steps: &[(String, Option<String>)]) -> bool {
    let recorded = run.stages.iter().map(|stage| (stage.name.as_str(), stage.state));
    let there = steps.iter().map(|(name, conclusion)| {
        let state = match conclusion.as_deref() {
            None => StageState::Running,
            Some("success") => StageState::Succeeded,
            Some("skipped") => StageState::Skipped,
            Some(_) => StageState::Failed,
        };
        (name.as_str(), state)
    });
    run.run.is_some() && recorded.eq(there)
}

fn state(run: &Ran) -> &'static str {
    match run.conclusion.as_deref() {
        None => run.status,
        Some("success") => "success",
        Some("failure") => "failure",
        Some("cancelled") => "cancelled",
        Some(_) => "over",
    }
}

/// A request as a line, without what is random.
fn shown(operation: &str, call: &Value, runs: &[Ran]) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match operation {
        "actions/create-workflow-dispatch" => {
            let inputs = &call["body"]["inputs"];
            let version = text(&inputs["version"]);
            let version = if version.is_empty() { version } else { format!(" version={version}") };
            let commit = text(&inputs["commit"]);
            let commit = commit.get(..7).unwrap_or(&commit);
            format!(
                "POST {}/dispatches ref={} commit={commit} service={} environment={}{version}",
                text(&call["workflow_id"]),
                text(&call["body"]["ref"]),
                text(&inputs["service"]),
                text(&inputs["environment"]),
            )
        }
        "actions/cancel-workflow-run" => {
            let run = call["run_id"].as_str().and_then(|id| id.parse().ok());
            let number = runs.iter().position(|one| Some(one.id) == run).map_or(0, |at| at + 1);
            format!("POST runs/{number}/cancel")
        }
        "git/create-tag" => "POST git/tags wilco-~".to_owned(),
        _ => "POST git/refs refs/wilco/op/~".to_owned(),
    }
}
