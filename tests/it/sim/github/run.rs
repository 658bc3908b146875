//! Runs: how one begins, goes from stage to stage, and ends.

use std::collections::BTreeMap;

use super::check::CheckRun;
use super::clock::{Moment, written};
use super::dispatch::Oddity;
use super::rerun::Attempt;
use super::state::{Repository, TagObject};
use super::workflow::{Checkout, End, Fence, Job, Pace, Step, Workflow};

/// What made a run begin.
#[derive(Clone, Debug)]
pub struct Trigger {
    pub event: String,
    /// The full name of the branch or tag.
    pub reference: String,
    pub head_sha: String,
    pub actor: String,
    pub inputs: BTreeMap<String, String>,
    pub oddity: Oddity,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    Queued,
    /// A job waits for somebody's approval.
    Waiting {
        job: usize,
    },
    Working {
        job: usize,
        step: usize,
    },
    Over,
}

pub struct Run {
    pub id: u64,
    /// Counts the runs of its workflow.
    pub number: usize,
    pub workflow: Workflow,
    pub trigger: Trigger,
    /// The commit that it works on, which need not be the head that it was started on.
    pub commit: String,
    pub title: String,
    pub suite: u64,
    pub created: Moment,
    pub updated: Moment,
    pub stage: Stage,
    /// When it goes on by itself.
    pub due: Option<Moment>,
    pub conclusion: Option<String>,
    /// Those that have begun, or never will.
    pub jobs: Vec<JobRun>,
    pub work: Work,
    /// Its first attempt, once it was re-run.
    pub first: Option<Attempt>,
}

/// Whether a run came beyond its fence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Work {
    Begun,
    None,
}

#[derive(Clone)]
pub struct JobRun {
    pub id: u64,
    pub name: String,
    pub environment: Option<String>,
    pub status: &'static str,
    pub conclusion: Option<String>,
    pub created: Moment,
    pub started: Moment,
    pub completed: Option<Moment>,
    pub plan: Vec<Step>,
    pub steps: Vec<StepRun>,
    pub log: Vec<String>,
}

/// A step that has begun, or never will.
#[derive(Clone)]
pub struct StepRun {
    pub name: String,
    pub conclusion: Option<String>,
    pub started: Option<Moment>,
    pub completed: Option<Moment>,
}

/// The name that the fence's step has.
pub const CLAIM: &str = "Claim the operation";

impl Repository {
    /// Begins a run and returns its number.
    pub fn begin(&mut self, workflow: &Workflow, trigger: Trigger, now: Moment) -> u64 {
        let is_same = |run: &&Run| run.workflow.file == workflow.file;
        let commit = match &workflow.checkout {
            Checkout::Head => None,
            Checkout::Input(name) => trigger.inputs.get(name).cloned(),
        };
        let commit = trigger.oddity.commit.clone().or(commit);
        let run = Run {
            id: self.numbers.next(),
            number: self.runs.values().filter(is_same).count() + 1,
            commit: commit.unwrap_or_else(|| trigger.head_sha.clone()),
            title: self.title(workflow, &trigger),
            suite: self.numbers.next(),
            created: now,
            updated: now,
            stage: Stage::Queued,
            due: (workflow.pace == Pace::ByItself).then(|| now + workflow.queued_for),
            conclusion: None,
            jobs: Vec::new(),
            work: Work::None,
            first: None,
            workflow: workflow.clone(),
            trigger,
        };
        let id = run.id;
        self.tell_of_run(&run, "requested");
        self.runs.insert(id, run);
        id
    }

    /// Source: "Workflow syntax for GitHub Actions", `run-name`.
    fn title(&self, workflow: &Workflow, trigger: &Trigger) -> String {
        let mut title = workflow.run_name.clone();
        for (name, value) in &trigger.inputs {
            title = title.replace(&format!("${{{{ inputs.{name} }}}}"), value);
        }
        if !title.trim().is_empty() {
            return title;
        }
        let commit = self.commits.get(&trigger.head_sha);
        match commit.filter(|_| trigger.event == "push") {
            Some(commit) => commit.change.message.lines().next().unwrap_or_default().to_owned(),
            None => workflow.name.clone(),
        }
    }

    /// Takes a run to its next stage.
    pub fn move_on(&mut self, id: u64, at: Moment) {
        self.with_run(id, |run, repository| match run.stage {
            Stage::Queued => run.enter(0, at, repository),
            Stage::Working { job, step } => run.finish_step((job, step), at, repository),
            // Only an approval moves one that waits.
            Stage::Waiting { .. } | Stage::Over => run.due = None,
        });
    }

    /// Does something to a run and what is around it.
    pub fn with_run<T>(
        &mut self,
        id: u64,
        act: impl FnOnce(&mut Run, &mut Repository) -> T,
    ) -> Option<T> {
        let mut run = self.runs.remove(&id)?;
        let result = act(&mut run, self);
        self.runs.insert(id, run);
        Some(result)
    }

    fn needs_approval(&self, job: &Job) -> Approval {
        let environment = job.environment.as_ref().and_then(|name| self.environments.get(name));
        match environment {
            Some(environment) if !environment.reviewers.is_empty() => Approval::Needed,
            Some(_) | None => Approval::NotNeeded,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Approval {
    Needed,
    NotNeeded,
}

impl Run {
    pub fn status(&self) -> &'static str {
        match self.stage {
            Stage::Queued => "queued",
            Stage::Waiting { .. } => "waiting",
            Stage::Working { .. } => "in_progress",
            Stage::Over => "completed",
        }
    }

    /// Creates a job, and begins it if nobody need approve that.
    fn enter(&mut self, index: usize, at: Moment, repository: &mut Repository) {
        let Some(job) = self.workflow.jobs.get(index).cloned() else {
            return self.finish("success", at, repository);
        };
        let mut plan = job.steps.clone();
        if index == 0 && self.workflow.fence != Fence::Without {
            plan.insert(0, Step::named(CLAIM));
        }
        self.jobs.push(JobRun::new(repository.numbers.next(), &job, plan, at));
        repository.tell_of_job(self, index, "queued");
        if repository.needs_approval(&job) == Approval::NotNeeded {
            return self.begin_job(index, at, repository);
        }
        self.jobs[index].status = "waiting";
        (self.stage, self.due, self.updated) = (Stage::Waiting { job: index }, None, at);
        repository.tell_of_job(self, index, "waiting");
    }

    pub fn begin_job(&mut self, index: usize, at: Moment, repository: &mut Repository) {
        let job = &mut self.jobs[index];
        (job.status, job.started) = ("in_progress", at);
        self.stage = Stage::Working { job: index, step: 0 };
        if index == 0 {
            repository.tell_of_run(self, "in_progress");
        }
        self.begin_step((index, 0), at, repository);
    }

    fn begin_step(&mut self, place: (usize, usize), at: Moment, repository: &mut Repository) {
        let (index, step) = place;
        let job = &mut self.jobs[index];
        let Some(planned) = job.plan.get(step) else {
            return self.finish_job(index, "success", at, repository);
        };
        if planned.name != CLAIM {
            self.work = Work::Begun;
        }
        let (name, takes) = (planned.name.clone(), planned.takes);
        job.steps.push(StepRun { name, conclusion: None, started: Some(at), completed: None });
        self.stage = Stage::Working { job: index, step };
        self.updated = at;
        self.due = (self.workflow.pace == Pace::ByItself).then(|| at + takes);
        if step == 0 {
            repository.tell_of_job(self, index, "in_progress");
        }
    }

    fn finish_step(&mut self, place: (usize, usize), at: Moment, repository: &mut Repository) {
        let (index, step) = place;
        let planned = self.jobs[index].plan[step].clone();
        let (end, said) =
            if planned.name == CLAIM { self.claim(repository) } else { (planned.end, planned.log) };
        let conclusion = if end == End::Failure { "failure" } else { "success" };
        let job = &mut self.jobs[index];
        job.say(&format!("##[group]Run {}", planned.name), at);
        for line in &said {
            job.say(line, at);
        }
        job.say("##[endgroup]", at);
        if end != End::Success {
            job.say("##[error]Process completed with exit code 1.", at);
        }
        job.steps[step].conclusion = Some(conclusion.to_owned());
        job.steps[step].completed = Some(at);
        match end {
            End::Success | End::FailureThatIsIgnored => {
                self.begin_step((index, step + 1), at, repository);
            }
            End::Failure => self.finish_job(index, "failure", at, repository),
        }
    }

    /// What the fence's step does: the first with a key has it.
    fn claim(&self, repository: &mut Repository) -> (End, Vec<String>) {
        let given = |input: &String| self.trigger.inputs.get(input).map_or("", String::as_str);
        let key = match &self.workflow.fence {
            Fence::Without => return (End::Success, Vec::new()),
            Fence::Checked { commit, .. } if given(commit) != self.commit => {
                return (End::Failure, vec![format!("it is for {}", self.commit)]);
            }
            Fence::By(key) | Fence::Checked { key, .. } => given(key),
        };
        let name = format!("refs/wilco/op/{key}");
        let head = repository.refs[&format!("refs/heads/{}", repository.default_branch)].clone();
        let sha = repository.add_tag(TagObject {
            tag: format!("wilco-{key}"),
            message: format!("run {} commit {}", self.id, self.commit),
            object: head,
        });
        match repository.make_ref(&name, &sha) {
            Ok(()) => (End::Success, vec![format!("{name} is {}", self.commit)]),
            Err(refused) => (End::Failure, vec![format!("{name}: {}", refused.message)]),
        }
    }

    fn finish_job(&mut self, index: usize, how: &str, at: Moment, repository: &mut Repository) {
        self.jobs[index].close(how, at);
        repository.tell_of_job(self, index, "completed");
        if how == "success" {
            return self.enter(index + 1, at, repository);
        }
        self.finish(how, at, repository);
    }

    /// Ends the run; jobs that have not begun never will.
    fn finish(&mut self, how: &str, at: Moment, repository: &mut Repository) {
        for index in self.jobs.len()..self.workflow.jobs.len() {
            let job = self.workflow.jobs[index].clone();
            let mut skipped = JobRun::new(repository.numbers.next(), &job, Vec::new(), at);
            skipped.close("skipped", at);
            self.jobs.push(skipped);
            repository.tell_of_job(self, index, "completed");
        }
        self.conclusion = Some(how.to_owned());
        (self.stage, self.due, self.updated) = (Stage::Over, None, at);
        repository.tell_of_run(self, "completed");
        repository.tell_of_suite(self);
    }

    /// Ends the run wherever it is: `cancelled`, `timed_out`, `failure` and the like.
    pub fn end(&mut self, how: &str, at: Moment, repository: &mut Repository) {
        match self.stage {
            Stage::Over => {}
            Stage::Queued => self.finish(how, at, repository),
            Stage::Waiting { job } | Stage::Working { job, .. } => {
                self.finish_job(job, how, at, repository);
            }
        }
    }
}

impl JobRun {
    fn new(id: u64, job: &Job, plan: Vec<Step>, at: Moment) -> JobRun {
        JobRun {
            id,
            name: job.name.clone(),
            environment: job.environment.clone(),
            status: "queued",
            conclusion: None,
            created: at,
            started: at,
            completed: None,
            plan,
            steps: Vec::new(),
            log: Vec::new(),
        }
    }

    /// The check run that the job is.
    pub fn check(&self, sha: &str, suite: u64) -> CheckRun {
        CheckRun {
            id: self.id,
            sha: sha.to_owned(),
            name: self.name.clone(),
            suite,
            status: self.status,
            conclusion: self.conclusion.clone(),
            at: self.completed.unwrap_or(self.started),
        }
    }

    /// Ends the job: the step that goes on ends as the job does, and those after it are skipped.
    pub fn close(&mut self, how: &str, at: Moment) {
        for step in self.steps.iter_mut().filter(|step| step.conclusion.is_none()) {
            step.conclusion = Some(how.to_owned());
            step.completed = Some(at);
        }
        for planned in self.plan.iter().skip(self.steps.len()) {
            self.steps.push(StepRun {
                name: planned.name.clone(),
                conclusion: Some("skipped".to_owned()),
                started: Some(at),
                completed: Some(at),
            });
        }
        (self.status, self.completed) = ("completed", Some(at));
        self.conclusion = Some(how.to_owned());
    }

    fn say(&mut self, line: &str, at: Moment) {
        let time = written(at);
        self.log.push(format!("{}.0000000Z {line}", time.trim_end_matches('Z')));
    }
}
