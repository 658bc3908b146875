//! What a test does in a repository, and sees there.

use std::collections::BTreeMap;

use super::access::{Holder, Token};
use super::check::{CheckRun, Status};
use super::clock::Moment;
use super::deployment::Deployment;
use super::dispatch::Oddity;
use super::history::{Change, Pull};
use super::release::{Release, Stage};
use super::rerun::Rerun;
use super::review::Review;
use super::run::{Run, Trigger, Work};
use super::runs::short;
use super::state::{Environment, Repository, TagObject};
use super::workflow::{End, Workflow};
use super::{Github, INSTALLATION};

/// A repository, in the eyes of whoever owns it.
#[derive(Clone, Copy)]
pub struct At<'a> {
    github: &'a Github,
    name: &'a str,
}

/// A run as a test sees it.
#[derive(Clone, Debug)]
pub struct Ran {
    pub id: u64,
    pub title: String,
    pub event: String,
    pub actor: String,
    /// The branch or tag that it was started on, and the head that this had.
    pub branch: String,
    pub head_sha: String,
    /// The commit that it works on.
    pub commit: String,
    pub inputs: BTreeMap<String, String>,
    pub status: &'static str,
    pub conclusion: Option<String>,
    /// Whether it came beyond its fence.
    pub work: Work,
}

impl Github {
    /// A new repository with one commit on `main`, which the usual token sees, and the app if `acme` owns it.
    /// Returns the commit.
    pub fn repository(&self, name: &str) -> String {
        self.world.change(|state| {
            let mut repository = Repository::new(name, &state.base, &state.numbers);
            let first = repository.add(Vec::new(), Change::by("ana", "Begin"), state.clock.now());
            repository.refs.insert("refs/heads/main".to_owned(), first.clone());
            state.repositories.insert(name.to_owned(), repository);
            let installation = state.installations.get_mut(&INSTALLATION).expect("it is there");
            if name.split('/').next() == Some(&installation.account) {
                installation.repositories.insert(name.to_owned());
            }
            first
        })
    }

    pub fn at<'a>(&'a self, repository: &'a str) -> At<'a> {
        At { github: self, name: repository }
    }

    /// A token of somebody's that sees and may do no more than this.
    pub fn token(&self, token: &str, login: &str, repositories: &[&str], may: &[(&str, &str)]) {
        let own = |text: &&str| (*text).to_owned();
        let made = Token {
            holder: Holder::Person(login.to_owned()),
            repositories: Some(repositories.iter().map(own).collect()),
            permissions: Some(may.iter().map(|(name, level)| (own(name), own(level))).collect()),
            expires: None,
        };
        self.world.change(|state| state.tokens.insert(token.to_owned(), made));
    }

    /// A token of somebody's who may do everything.
    pub fn token_of(&self, token: &str, login: &str) {
        self.world.change(|state| state.tokens.insert(token.to_owned(), Token::of_person(login)));
    }

    /// Every token that was ever given.
    pub fn tokens(&self) -> Vec<String> {
        self.world.look(|state| state.tokens.keys().cloned().collect())
    }

    /// A token is worth nothing any more.
    pub fn revoke(&self, token: &str) {
        self.world.change(|state| state.tokens.remove(token));
    }
}

impl At<'_> {
    fn change<T>(&self, how: impl FnOnce(&mut Repository, Moment) -> T) -> T {
        self.github.world.change(|state| {
            state.advance();
            let now = state.clock.now();
            let result = how(state.known(self.name), now);
            state.advance();
            result
        })
    }

    fn look<T>(&self, at: impl FnOnce(&mut Repository) -> T) -> T {
        self.github.world.look(|state| at(state.known(self.name)))
    }

    /// Commits to a branch and pushes; returns the commit.
    pub fn commit(&self, branch: &str, change: Change) -> String {
        self.change(|repository, now| {
            let name = format!("refs/heads/{branch}");
            let parent = repository.refs.get(&name).cloned();
            let login = change.login.clone().unwrap_or_else(|| "somebody".to_owned());
            let sha = repository.add(parent.into_iter().collect(), change, now);
            repository.push(branch, &sha, &login, now);
            sha
        })
    }

    /// Merges a branch into another and pushes; returns the commit.
    pub fn merge(&self, into: &str, from: &str, login: &str) -> String {
        self.change(|repository, now| {
            let head = |name: &str| repository.refs[&format!("refs/heads/{name}")].clone();
            let parents = vec![head(into), head(from)];
            let change = Change::by(login, &format!("Merge branch '{from}'"));
            let sha = repository.add(parents, change, now);
            repository.push(into, &sha, login, now);
            sha
        })
    }

    /// Lets a branch stand for a commit, by force if need be.
    pub fn branch(&self, name: &str, sha: &str, login: &str) {
        self.change(|repository, now| repository.push(name, sha, login, now));
    }

    /// Lets a tag stand for a commit, wherever it was before.
    pub fn tag(&self, name: &str, sha: &str) {
        let full = format!("refs/tags/{name}");
        self.change(|repository, _| repository.refs.insert(full, sha.to_owned()));
    }

    /// The same with an object of its own in between, as `git tag -a` makes it; returns that.
    pub fn annotated_tag(&self, name: &str, sha: &str) -> String {
        self.change(|repository, _| {
            let tag = TagObject {
                tag: name.to_owned(),
                message: "A release".to_owned(),
                object: sha.to_owned(),
            };
            let object = repository.add_tag(tag);
            repository.refs.insert(format!("refs/tags/{name}"), object.clone());
            object
        })
    }

    /// Removes a branch, a tag or another ref by its full name.
    pub fn remove_ref(&self, name: &str) {
        self.change(|repository, _| repository.refs.remove(name));
    }

    /// Somebody who may write makes the ref by which runs claim a key, with a tag that says this.
    pub fn claimed_by(&self, key: &str, message: &str) {
        self.change(|repository, _| {
            let head = format!("refs/heads/{}", repository.default_branch);
            let tag = TagObject {
                tag: "wilco".to_owned(),
                message: message.to_owned(),
                object: repository.refs[&head].clone(),
            };
            let sha = repository.add_tag(tag);
            repository.refs.insert(format!("refs/wilco/op/{key}"), sha);
        });
    }

    /// What the tag says to which a ref leads; nothing where it leads to a commit.
    pub fn said_by(&self, name: &str) -> Option<String> {
        self.look(|repository| {
            let tag = repository.tag_objects.get(repository.refs.get(name)?);
            tag.map(|tag| tag.message.clone())
        })
    }

    /// Every ref by its full name.
    pub fn refs(&self) -> BTreeMap<String, String> {
        self.look(|repository| repository.refs.clone())
    }

    pub fn pull(&self, pull: Pull) {
        self.change(|repository, _| repository.pulls.push(pull));
    }

    /// Makes a release of a tag that is there.
    pub fn release(&self, tag: &str, login: &str, stage: Stage) {
        self.change(|repository, at| {
            let (tag, login) = (tag.to_owned(), login.to_owned());
            let release = Release { id: repository.numbers.next(), tag, login, stage, at };
            let actions: &[_] = match stage {
                Stage::Draft => &["created"],
                Stage::Prerelease => &["created", "published", "prereleased"],
                Stage::Published => &["created", "published", "released"],
            };
            for action in actions {
                repository.tell_of_release(&release, action);
            }
            repository.releases.push(release);
        });
    }

    /// A check run of a commit; one without a conclusion goes on.
    pub fn check(&self, sha: &str, name: &str, conclusion: Option<&str>) {
        self.change(|repository, at| {
            let (sha, name) = (sha.to_owned(), name.to_owned());
            let conclusion = conclusion.map(str::to_owned);
            let status = if conclusion.is_some() { "completed" } else { "in_progress" };
            let (id, suite) = (repository.numbers.next(), repository.numbers.next());
            let check = CheckRun { id, sha, name, suite, status, conclusion, at };
            repository.tell_of_check(&check);
            repository.check_runs.push(check);
        });
    }

    /// A status of the older kind.
    pub fn status(&self, sha: &str, context: &str, state: &str) {
        self.change(|repository, at| {
            let (sha, context, state) = (sha.to_owned(), context.to_owned(), state.to_owned());
            let id = repository.numbers.next();
            let status = Status { id, sha, context, state, at };
            repository.tell_of_status(&status);
            repository.statuses.push(status);
        });
    }

    /// An environment, and who must approve what goes there; returns its number.
    pub fn environment(&self, name: &str, reviewers: &[&str]) -> u64 {
        self.change(|repository, _| {
            let id = repository.numbers.next();
            let reviewers = reviewers.iter().map(|&login| login.to_owned()).collect();
            repository.environments.insert(name.to_owned(), Environment { id, reviewers });
            id
        })
    }

    /// A workflow, or another in its place; returns its number.
    pub fn workflow(&self, workflow: Workflow) -> u64 {
        self.change(|repository, _| {
            let known = repository.workflows.get(&workflow.file).map(|known| known.id);
            let id = known.unwrap_or_else(|| repository.numbers.next());
            repository.workflows.insert(workflow.file.clone(), Workflow { id, ..workflow });
            id
        })
    }

    pub fn remove_workflow(&self, file: &str) {
        self.change(|repository, _| repository.workflows.remove(file));
    }

    /// Begins a run that nobody dispatched, for the head of a branch; returns it.
    pub fn start(&self, file: &str, event: &str, branch: &str, login: &str) -> u64 {
        self.change(|repository, now| {
            let reference = format!("refs/heads/{branch}");
            let head_sha = repository.refs[&reference].clone();
            let workflow = repository.workflows[file].clone();
            let trigger = Trigger {
                event: event.to_owned(),
                reference,
                head_sha,
                actor: login.to_owned(),
                inputs: BTreeMap::new(),
                oddity: Oddity::default(),
            };
            repository.begin(&workflow, trigger, now)
        })
    }

    /// Takes a run to its next stage by hand.
    pub fn move_on(&self, run: u64) {
        self.change(|repository, now| repository.move_on(run, now));
    }

    /// The steps of a run that have begun, or never will, and how each ended.
    pub fn steps(&self, run: u64) -> Vec<(String, Option<String>)> {
        self.look(|repository| {
            let jobs = repository.runs.get(&run).into_iter().flat_map(|run| &run.jobs);
            let steps = jobs.flat_map(|job| &job.steps);
            steps.map(|step| (step.name.clone(), step.conclusion.clone())).collect()
        })
    }

    /// Lets a run fail at a step once it comes there, saying this.
    pub fn fail_at(&self, run: u64, step: &str, said: &str) {
        self.change(|repository, _| {
            let Some(run) = repository.runs.get_mut(&run) else { return };
            let planned = run.workflow.jobs.iter_mut().flat_map(|job| &mut job.steps);
            let entered = run.jobs.iter_mut().flat_map(|job| &mut job.plan);
            for planned in planned.chain(entered).filter(|planned| planned.name == step) {
                planned.end = End::Failure;
                planned.log.push(said.to_owned());
            }
        });
    }

    /// The first parent of a commit.
    pub fn parent(&self, sha: &str) -> String {
        self.look(|repository| repository.commits[sha].parents[0].clone())
    }

    /// Ends a run where it is: `timed_out`, `cancelled`, `failure` and the like.
    pub fn end(&self, run: u64, how: &str) {
        self.change(|repository, now| {
            repository.with_run(run, |run, repository| run.end(how, now, repository));
        });
    }

    /// Somebody presses "Re-run all jobs" or "Re-run failed jobs".
    pub fn rerun(&self, run: u64, what: Rerun) {
        self.change(|repository, now| {
            repository.with_run(run, |run, _| run.rerun(what, now));
        });
    }

    /// Somebody decides on GitHub's own page what becomes of a run that waits.
    pub fn review(&self, run: u64, review: Review) {
        self.change(|repository, now| repository.review(run, review, now));
    }

    /// Every run, the oldest first.
    pub fn runs(&self) -> Vec<Ran> {
        self.look(|repository| repository.runs.values().map(Ran::of).collect())
    }

    /// The runs that got this as one of their inputs, as an operation's key is.
    pub fn runs_of(&self, key: &str) -> Vec<Ran> {
        let mut runs = self.runs();
        runs.retain(|run| run.inputs.values().any(|value| value == key));
        runs
    }

    /// The deployments with what became of them, the oldest first.
    pub fn deployments(&self) -> Vec<Deployment> {
        self.look(|repository| repository.deployments.clone())
    }
}

impl Ran {
    fn of(run: &Run) -> Ran {
        let trigger = run.trigger.clone();
        Ran {
            id: run.id,
            title: run.title.clone(),
            event: trigger.event,
            actor: trigger.actor,
            branch: short(&trigger.reference).to_owned(),
            head_sha: trigger.head_sha,
            commit: run.commit.clone(),
            inputs: trigger.inputs,
            status: run.status(),
            conclusion: run.conclusion.clone(),
            work: run.work,
        }
    }
}
