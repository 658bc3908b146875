//! GitHub as the place of versions and of pipelines: the real client against the simulated one.

mod checks;
mod claim;
mod doubt;
mod extras;
mod faults;
mod hurried;
mod names;
mod redirects;
mod runs;
mod stops;
mod versions;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;
use wilco::backend::command::CommandBackend;
use wilco::backend::github::api::Api;
use wilco::backend::github::auth::{App, Auth, Token};
use wilco::backend::github::{Github as Adapter, Paces};
use wilco::backend::{Backend, BackendError, Backends, Lookup, Numbered, Purpose, StartOrder};
use wilco_core::catalog::{Recipe, Repository};
use wilco_core::event::{Resolution, RunEnd, RunOutcome, RunReport};
use wilco_core::ids::{
    CommitSha, DeploymentId, EnvironmentName, OpKey, RefName, RepositoryName, RunRef, ServiceName,
};
use wilco_core::request::Parameters;

use crate::sim::github::{APP_ID, APP_KEY, At, Change, Github, Input, TOKEN, Workflow};

const API: &str = "acme/api";
const FILE: &str = "deploy.yml";
const WORKFLOW_PATH: &str = ".github/workflows/deploy.yml";

/// As usual, and sooner.
const PACES: Paces = Paces {
    answered_within: Duration::from_secs(20),
    settle: Duration::from_millis(50),
    look_every: Duration::from_millis(20),
    found_every: Duration::from_millis(20),
};

/// A repository of a simulated GitHub, and the real adapter.
struct Scene {
    github: Github,
    first: CommitSha,
    adapter: Adapter,
    home: TempDir,
}

impl Scene {
    async fn open() -> Self {
        Self::as_whom(|| Auth::Token(Token::new(TOKEN))).await
    }

    async fn of_the_app() -> Self {
        Self::as_whom(|| Auth::App(App::open(APP_ID, APP_KEY).unwrap())).await
    }

    async fn as_whom(auth: impl FnOnce() -> Auth) -> Self {
        let github = Github::open().await;
        github.repository(API);
        let file = Change::by("ana", "Let wilco deploy").with("added", WORKFLOW_PATH, "on: …");
        let first = commit(&github.at(API).commit("main", file));
        let api = Api::open(&github.api_url(), auth()).unwrap();
        let adapter = Adapter::new(api).with_paces(PACES);
        let scene = Self { github, first, adapter, home: TempDir::new().unwrap() };
        scene.at().workflow(deploying());
        scene
    }

    fn at(&self) -> At<'_> {
        self.github.at(API)
    }

    fn backends(&self) -> Backends {
        let runs = self.home.path().join("runs");
        let command = CommandBackend::open(runs, "/no/such/wilco".into()).unwrap();
        Backends { github: Some(self.adapter.clone()), ..Backends::local(Arc::new(command)) }
    }

    /// What is looked up for a service of this repository.
    fn lookup(reference: Option<&str>) -> Lookup {
        Lookup {
            repository: Some(Repository::Github(repository())),
            reference: reference.map(|name| RefName::new(name).unwrap()),
            live: None,
            branches: vec![],
            risky: vec![],
            checks: vec![],
            recipe: recipe(),
            purpose: Purpose::none(&service(), &environment()),
        }
    }

    async fn resolve(&self, reference: &str) -> Result<Resolution, BackendError> {
        self.backends().resolve(&Self::lookup(Some(reference))).await
    }

    async fn refusal(&self, reference: &str) -> String {
        match self.resolve(reference).await {
            Err(BackendError::Refused(reason)) => reason,
            other => panic!("{reference}: {other:?}"),
        }
    }

    /// What is ordered when this commit was approved just now.
    async fn order(&self, key: &str, commit: &CommitSha) -> StartOrder {
        let fingerprint = self.adapter.fingerprint(commit, &Self::lookup(None)).await.unwrap();
        StartOrder {
            op_key: OpKey::new(key).unwrap(),
            deployment: DeploymentId(42),
            service: service(),
            environment: environment(),
            commit: commit.clone(),
            release: Some("v1.4.2".into()),
            parameters: Parameters::default(),
            recipe: recipe(),
            fingerprint,
            timeout: Duration::from_mins(30),
            run: None,
        }
    }

    /// Follows to the end, and returns what was reported before it.
    async fn follow(&self, order: &StartOrder, run: &RunRef) -> (Vec<RunReport>, RunOutcome) {
        let mut reports: Vec<RunReport> =
            self.numbered(order, run).await.into_iter().map(|numbered| numbered.report).collect();
        match reports.pop() {
            Some(RunReport::Ended { outcome }) => (reports, outcome),
            last => panic!("{last:?}"),
        }
    }

    async fn numbered(&self, order: &StartOrder, run: &RunRef) -> Vec<Numbered> {
        let (sender, mut receiver) = mpsc::channel(1);
        let (adapter, order, run) = (self.adapter.clone(), order.clone(), run.clone());
        let following = tokio::spawn(async move { adapter.follow(&order, &run, sender).await });
        let mut reports = Vec::new();
        let all = async {
            while let Some(report) = receiver.recv().await {
                reports.push(report);
            }
        };
        timeout(Duration::from_mins(1), all).await.expect("the run ends");
        following.await.unwrap().unwrap();
        reports
    }

    async fn end(&self, order: &StartOrder, run: &RunRef) -> RunEnd {
        self.follow(order, run).await.1.end
    }
}

/// A workflow as wilco prints it, of which the simulation takes what it needs.
fn deploying() -> Workflow {
    let more = ["service", "environment", "version"].map(|name| Input::optional(name, ""));
    more.into_iter().fold(Workflow::deploying(FILE), Workflow::taking)
}

fn repository() -> RepositoryName {
    RepositoryName::new(API).unwrap()
}

fn recipe() -> Recipe {
    with_extras(None, &[])
}

/// What the pipeline says of GitHub's own pages and environments besides.
fn with_extras(deployments: Option<&str>, reviews: &[&str]) -> Recipe {
    Recipe::Github {
        repository: repository(),
        workflow: FILE.into(),
        reference: None,
        deployments: deployments.map(Into::into),
        reviews: reviews.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn service() -> ServiceName {
    ServiceName::new("api").unwrap()
}

fn environment() -> EnvironmentName {
    EnvironmentName::new("prod").unwrap()
}

fn commit(sha: &str) -> CommitSha {
    CommitSha::new(sha).unwrap()
}
