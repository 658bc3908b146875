//! The GitHub in which everything is deployed, and what must be so there and in the record at the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use wilco::store::decode::Recorded;
use wilco::store::open::read_only;
use wilco_core::deployment::{Deployment, Outcome, Status};
use wilco_core::fact::What;
use wilco_core::ids::OpKey;

use super::super::ending::{Ending, Expected};
use super::super::premises::Premises;
use super::super::random::Random;
use super::{all, newest};
use crate::sim::github::{Change, Github, Input, Job, Ran, Step, Work, Workflow};

const SERVICES: [&str; 24] = [
    "api", "web", "mail", "jobs", "search", "shop", "pay", "login", "maps", "feed", "logs", "push",
    "chat", "blog", "docs", "auth", "cart", "news", "tax", "geo", "ads", "bill", "stock", "gate",
];
const ENVIRONMENTS: [&str; 2] = ["staging", "prod"];
const FILE: &str = "deploy.yml";
const PATH: &str = ".github/workflows/deploy.yml";

/// More than anybody asks for.
const REQUESTS_AN_HOUR: u64 = 10_000_000;

/// Whoever could not be heard while GitHub failed is told so; whatever began goes on to its end.
const AMONG_FAULTS: Expected = Expected {
    stands: |_| {
        &[
            Status::Ended(Outcome::Succeeded),
            Status::Ended(Outcome::Failed),
            Status::Ended(Outcome::Cancelled),
        ]
    },
    once: |by, mark| format!("{by} ({mark:?})"),
    given_up: &["cancel_run"],
};

pub struct Hub {
    pub github: Github,
    pub premises: Premises,
    /// One that is on `main` of nothing that anybody asks for.
    pub other_commit: String,
}

/// What came of it all.
#[derive(Debug, Default)]
pub struct Figures {
    pub faults: Vec<String>,
    pub deployments: usize,
    pub succeeded: usize,
    pub failed: usize,
    pub cancelled: usize,
    /// Runs that GitHub began, those that did something, and those that were for another commit.
    pub runs: usize,
    pub worked: usize,
    pub for_another_commit: usize,
}

impl Hub {
    pub async fn open() -> Self {
        let github = Github::open().await;
        github.requests_an_hour(REQUESTS_AN_HOUR);
        let mut other_commit = String::new();
        for service in SERVICES {
            let name = format!("acme/{service}");
            github.repository(&name);
            let file = Change::by("ana", "Let wilco deploy").with("added", PATH, "on: …");
            let at = github.at(&name);
            let first = at.commit("main", file);
            at.branch("evil", &first, "eve");
            other_commit = at.commit("evil", Change::by("eve", "Not approved"));
            at.workflow(workflow());
        }
        let premises = Premises::new("0");
        fs::write(premises.config().join("services.toml"), services()).unwrap();
        Self { github, premises, other_commit }
    }

    pub fn lane(random: &mut Random) -> (&'static str, &'static str) {
        (*random.of(&SERVICES).unwrap(), *random.of(&ENVIRONMENTS).unwrap())
    }

    pub async fn open_deployments(&self) -> Vec<Deployment> {
        all(self).await
    }

    /// How many deployments are on record.
    pub async fn asked_for(&self) -> u64 {
        newest(self).await
    }

    /// Tells whether nobody can say if it runs, and GitHub knows of no run.
    pub fn is_nowhere(&self, deployment: &Deployment) -> bool {
        let is_unknown = deployment.run.as_ref().is_some_and(|run| run.unknown.is_some());
        is_unknown && self.runs_of(deployment).is_empty()
    }

    fn runs_of(&self, deployment: &Deployment) -> Vec<Ran> {
        let Some(run) = &deployment.run else { return Vec::new() };
        let name = format!("acme/{}", deployment.service);
        self.github.at(&name).runs_of(run.op_key.as_str())
    }

    /// Somebody's work comes to `main`, whatever is being deployed meanwhile.
    pub fn push(&self, random: &mut Random) {
        let (service, _) = Self::lane(random);
        let work = Change::by("mina", "Work on");
        self.github.at(&format!("acme/{service}")).commit("main", work);
    }

    pub async fn is_at_rest(&self) -> bool {
        let reader = read_only(&self.premises.database()).await.unwrap();
        let is_at_rest =
            reader.open_ids().await.unwrap().is_empty() && reader.outbox_size().await.unwrap() == 0;
        reader.close().await;
        is_at_rest
    }

    /// What is open, and how it stands there.
    pub async fn stuck(&self) -> Vec<String> {
        let open = self.open_deployments().await;
        let shown = |one: &Deployment| {
            format!("{} {:?} {:?}: {:?}", one.id, one.status, one.run, self.runs_of(one))
        };
        open.iter().map(shown).collect()
    }

    /// Looks at everything, with nobody there to change it.
    pub async fn check(&self) -> Figures {
        let mut figures = Figures::default();
        let mut runs: BTreeMap<String, Vec<Ran>> = BTreeMap::new();
        for service in SERVICES {
            for run in self.github.at(&format!("acme/{service}")).runs() {
                figures.runs += 1;
                figures.worked += usize::from(run.work == Work::Begun);
                figures.for_another_commit += usize::from(run.commit != run.inputs["commit"]);
                runs.entry(run.inputs["op_key"].clone()).or_default().push(run);
            }
        }
        self.note_executions(&runs);
        let ending = Ending::as_expected(&self.premises, &[], AMONG_FAULTS).await;
        figures.faults.extend(ending.faults);
        figures.faults.extend(self.github.complaints());
        let reader = read_only(&self.premises.database()).await.unwrap();
        for summary in reader.recent(1_000_000).await.unwrap() {
            let facts = reader.facts_of(summary.deployment).await.unwrap();
            let deployment = Deployment::fold(facts.iter().map(|row| &row.fact)).unwrap();
            let key = facts.iter().find_map(ordered);
            let runs = key.and_then(|key| runs.remove(key.as_str())).unwrap_or_default();
            figures.take(&deployment, &runs);
        }
        reader.close().await;
        let strange = runs.into_keys().map(|key| format!("{key} ran and was never ordered"));
        figures.faults.extend(strange);
        figures
    }

    /// Writes down what did something, as scripts do by themselves.
    fn note_executions(&self, runs: &BTreeMap<String, Vec<Ran>>) {
        let mut text = String::new();
        for run in runs.values().flatten().filter(|run| run.work == Work::Begun) {
            let number = run.inputs["deployment"].trim_start_matches('#');
            writeln!(text, "{number} {}", run.inputs["op_key"]).unwrap();
        }
        fs::write(self.premises.config().join("pipelines/executions"), text).unwrap();
    }
}

impl Figures {
    /// Compares a deployment with the runs under its key.
    fn take(&mut self, deployment: &Deployment, runs: &[Ran]) {
        let id = deployment.id;
        self.deployments += 1;
        match deployment.outcome() {
            Some(Outcome::Succeeded) => self.succeeded += 1,
            Some(Outcome::Cancelled) => self.cancelled += 1,
            Some(_) => self.failed += 1,
            None => self.faults.push(format!("{id} has no end")),
        }
        for run in runs.iter().filter(|run| run.conclusion.is_none()) {
            self.faults.push(format!("{id} is over, and its run {} is {}", run.id, run.status));
        }
        let worked: Vec<&Ran> = runs.iter().filter(|run| run.work == Work::Begun).collect();
        if worked.len() > 1 {
            self.faults.push(format!("{id} worked {} times", worked.len()));
        }
        let sealed = deployment.commit().map(ToString::to_string);
        for run in &worked {
            if Some(&run.commit) != sealed.as_ref() {
                self.faults.push(format!("{id} worked on {} in place of {sealed:?}", run.commit));
            }
        }
        let expected = match worked.first().and_then(|run| run.conclusion.as_deref()) {
            Some("success") => &[Outcome::Succeeded][..],
            Some("failure") => &[Outcome::Failed],
            // Nobody is told by GitHub who stopped it.
            Some(_) => &[Outcome::Cancelled],
            None => &[Outcome::Failed, Outcome::Cancelled],
        };
        if deployment.outcome().is_some_and(|outcome| !expected.contains(&outcome)) {
            let told = deployment.outcome();
            self.faults.push(format!("{id} ended as {told:?}, and on GitHub as {worked:?}"));
        }
    }
}

fn ordered(row: &Recorded) -> Option<&OpKey> {
    if let What::GatesOpened { op_key, .. } = &row.fact.what { Some(op_key) } else { None }
}

/// As wilco prints it: the first step looks at the commit and claims the key.
fn workflow() -> Workflow {
    let more = ["service", "environment", "version"].map(|name| Input::optional(name, ""));
    let steps = vec![
        Step::named("Build").taking(Duration::from_millis(40)),
        Step::named("Ship").taking(Duration::from_millis(40)),
    ];
    let workflow = more.into_iter().fold(Workflow::deploying(FILE), Workflow::taking);
    workflow.doing(vec![Job::named("deploy", steps)]).checking()
}

fn services() -> String {
    let mut text = String::new();
    for service in SERVICES {
        writeln!(
            text,
            "[service.{service}]\nrepository = \"acme/{service}\"\nchannel = \"deploys\""
        )
        .unwrap();
        for (environment, policy) in ENVIRONMENTS.into_iter().zip([
            "policy = { approvals = 0 }",
            "branches = [\"main\"]\npolicy = { approvals = 2, from = [\"approver\"], requester = false }",
        ]) {
            writeln!(
                text,
                "[service.{service}.environment.{environment}]\n{policy}\n\
                 pipeline = {{ backend = \"github\", workflow = \"{FILE}\", timeout = \"10m\" }}"
            )
            .unwrap();
        }
    }
    text
}
