//! Somebody asks for something: what they may have begins here, and what they may not is refused and recorded.

use super::begin::{Wanted, as_live, begin};
use super::draft::Draft;
use super::permission::{may_ask, who};
use super::{Decision, View, answer, language, run, vote};
use crate::deployment::{Deployment, Kind, Outcome};
use crate::effect::{Effect, Question, Target, Which};
use crate::fact::{Fact, What};
use crate::ids::{DeploymentId, EnvironmentName, Place, ServiceName};
use crate::notice::Notice;
use crate::person::{Speaker, Standing};
use crate::refusal::Refusal;
use crate::request::{Heard, Parameters, Request};

/// A line that somebody said, with who and where.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    pub speaker: &'a Speaker,
    pub place: &'a Place,
    pub words: &'a str,
}

impl Line<'_> {
    pub fn tell(&self, view: &View<'_>, notice: Notice) -> Effect {
        view.tell(self.speaker, self.place, notice)
    }

    pub fn recall(&self, deployment: DeploymentId, request: &Request) -> Decision {
        let question = Question::Request {
            speaker: self.speaker.clone(),
            place: self.place.clone(),
            words: self.words.to_owned(),
            request: request.clone(),
        };
        Decision {
            facts: vec![],
            effects: vec![Effect::Recall { which: Which::Number(deployment), question }],
        }
    }
}

/// Decides on a line that was said to the bot.
pub fn said(view: &View<'_>, line: &Line<'_>, heard: &Heard) -> Decision {
    // Two bots that answer each other never stop.
    if line.speaker.standing == Standing::Bot {
        return Decision::default();
    }
    let request = match heard {
        Heard::Understood { request, .. } => request,
        Heard::NotUnderstood(error) => {
            let effects = vec![line.tell(view, Notice::NotUnderstood { error: error.clone() })];
            return Decision { facts: vec![], effects };
        }
    };
    if let Err(refusal) = may_ask(view, line.speaker, request) {
        return refused(view, line, request, refusal);
    }
    match request {
        Request::Deploy { .. } | Request::Promote { .. } | Request::Run { .. } => {
            begin_or_refuse(view, line, request)
        }
        Request::Rollback { service, environment, to, .. } => {
            match to.or_else(|| view.live.and_then(|live| live.rolls_back_to)) {
                Some(target) => line.recall(target, request),
                None => {
                    let refusal = nothing_before(view, service, environment);
                    refused(view, line, request, refusal)
                }
            }
        }
        Request::Retry { deployment } => match view.deployment {
            Some(_) => refused(view, line, request, Refusal::NotOver { deployment: *deployment }),
            None => line.recall(*deployment, request),
        },
        Request::Approve { deployment } | Request::Reject { deployment, .. } => {
            match view.deployment {
                Some(_) => vote::said(view, line, request),
                None => line.recall(*deployment, request),
            }
        }
        Request::Cancel { deployment } => match view.deployment {
            Some(open) => cancel(view, line, request, open),
            None => line.recall(*deployment, request),
        },
        Request::Status { .. }
        | Request::Live { .. }
        | Request::Changes { .. }
        | Request::History { .. }
        | Request::Show { .. }
        | Request::Why { .. }
        | Request::Audit { .. }
        | Request::Timeline { .. }
        | Request::Help { .. }
        | Request::Whoami
        | Request::Language { choice: None }
        | Request::Can { .. } => answer::answer(view, line, request),
        Request::Language { choice: Some(preference) } => {
            language::chosen(view, line, request, *preference)
        }
    }
}

/// Words are never met with silence: what can only be seen elsewhere is acknowledged where it was said.
pub fn acknowledged(view: &View<'_>, line: &Line<'_>, mut decision: Decision) -> Decision {
    let is_seen = decision.effects.iter().any(|effect| effect.seen_in() == Some(line.place));
    let done = decision.facts.iter().find_map(|fact| fact.deployment);
    if let Some(deployment) = done.filter(|_| !is_seen) {
        decision.effects.push(line.tell(view, Notice::Noted { deployment }));
    }
    decision
}

fn nothing_before(
    view: &View<'_>,
    service: &ServiceName,
    environment: &EnvironmentName,
) -> Refusal {
    let (service, environment) = (service.clone(), environment.clone());
    match view.live {
        None => Refusal::NothingLive { service, environment },
        Some(_) => Refusal::NothingBefore { service, environment },
    }
}

/// Decides on a request that had to wait until the past was read.
pub fn recalled(
    view: &View<'_>,
    line: &Line<'_>,
    request: &Request,
    past: Option<&Deployment>,
) -> Decision {
    if let Request::Can { request } = request {
        return answer::can_of_past(view, line, request, past);
    }
    if let Err(refusal) = may_ask(view, line.speaker, request) {
        return refused(view, line, request, refusal);
    }
    let Some(past) = past else {
        let refusal = match (request.names_deployment(), request) {
            (Some(deployment), _) => not_open(request, deployment, None),
            (None, Request::Rollback { service, environment, .. }) => {
                nothing_before(view, service, environment)
            }
            _ => return Decision::default(), // Only a rollback recalls what nobody named.
        };
        return refused(view, line, request, refusal);
    };
    match request {
        Request::Rollback { service, environment, parameters, .. } => {
            let there = past.service == *service && past.environment == *environment;
            let commit = past.commit().filter(|_| there && past.made_live());
            let Some(commit) = commit else {
                let refusal = Refusal::NeverLiveThere {
                    deployment: past.id,
                    service: service.clone(),
                    environment: environment.clone(),
                };
                return refused(view, line, request, refusal);
            };
            let target = Target::Commit {
                commit: commit.clone(),
                label: label(past),
                from: past.id,
                rolls_back_to: past.rolls_back_to,
            };
            let wanted = Wanted { kind: Kind::Rollback, service, environment, target, parameters };
            begin(view, line, request, &wanted)
        }
        Request::Retry { .. } => retry(view, line, request, past),
        // Everything else that names a deployment is about open ones, and this one is not.
        _ => {
            let refusal = not_open(request, past.id, Some(past));
            refused(view, line, request, refusal)
        }
    }
}

/// Refuses what is about open deployments, where the one that was named is not.
pub fn not_open(request: &Request, deployment: DeploymentId, past: Option<&Deployment>) -> Refusal {
    let Some(past) = past else { return Refusal::NoSuchDeployment { deployment } };
    match (past.outcome(), request) {
        (Some(outcome), _) => Refusal::over(past, outcome),
        (None, Request::Retry { .. }) => Refusal::NotOver { deployment },
        (None, _) => Refusal::NotYet { deployment },
    }
}

fn retry(view: &View<'_>, line: &Line<'_>, request: &Request, past: &Deployment) -> Decision {
    if !past.is_over() {
        return refused(view, line, request, Refusal::NotOver { deployment: past.id });
    }
    // Who may not ask for the thing itself may not ask for it again either.
    if let Err(refusal) = may_ask(view, line.speaker, &same_again(past)) {
        return refused(view, line, request, refusal);
    }
    let target = match (past.commit(), &past.target) {
        (Some(commit), target) => Target::Commit {
            commit: commit.clone(),
            label: label(past),
            from: past.id,
            rolls_back_to: match target {
                Target::Commit { rolls_back_to, .. } => *rolls_back_to,
                Target::Reference { .. } => None,
            },
        },
        (None, target) => target.clone(),
    };
    let parameters = past.parameters.known().cloned().unwrap_or_default();
    let wanted = Wanted {
        kind: past.kind.clone(),
        service: &past.service,
        environment: &past.environment,
        target,
        parameters: &parameters,
    };
    begin(view, line, request, &wanted)
}

/// Returns a request of the kind that began a past deployment.
pub fn same_again(past: &Deployment) -> Request {
    let (service, environment) = (past.service.clone(), past.environment.clone());
    let parameters = Parameters::new();
    match &past.kind {
        Kind::Deploy => {
            Request::Deploy { service, environment, version: None, parameters, dry_run: false }
        }
        Kind::Rollback => Request::Rollback { service, environment, to: None, parameters },
        Kind::Command { command } => {
            Request::Run { command: command.clone(), service, environment, parameters }
        }
    }
}

fn label(past: &Deployment) -> String {
    let reference = past.sealed.as_ref().and_then(|sealed| sealed.version.reference.clone());
    reference.or_else(|| past.commit().map(|c| c.short().to_owned())).unwrap_or_default()
}

fn begin_or_refuse(view: &View<'_>, line: &Line<'_>, request: &Request) -> Decision {
    match request {
        Request::Deploy { dry_run: true, .. } => answer::dry_run(view, line, request),
        Request::Deploy { service, environment, version, parameters, dry_run: false } => {
            let target = Target::Reference { reference: version.clone() };
            let wanted = Wanted { kind: Kind::Deploy, service, environment, target, parameters };
            begin(view, line, request, &wanted)
        }
        Request::Promote { service, from, to, parameters } => match view.source_live {
            Some(live) => {
                let wanted = Wanted {
                    kind: Kind::Deploy,
                    service,
                    environment: to,
                    target: as_live(live),
                    parameters,
                };
                begin(view, line, request, &wanted)
            }
            None => {
                let (service, environment) = (service.clone(), from.clone());
                refused(view, line, request, Refusal::NothingLive { service, environment })
            }
        },
        Request::Run { command, service, environment, parameters } => match view.live {
            Some(live) => {
                let wanted = Wanted {
                    kind: Kind::Command { command: command.clone() },
                    service,
                    environment,
                    target: as_live(live),
                    parameters,
                };
                begin(view, line, request, &wanted)
            }
            None => {
                let (service, environment) = (service.clone(), environment.clone());
                refused(view, line, request, Refusal::NothingLive { service, environment })
            }
        },
        _ => Decision::default(), // Only the three above come here.
    }
}

fn cancel(view: &View<'_>, line: &Line<'_>, request: &Request, open: &Deployment) -> Decision {
    let Some(person) = view.speaker else {
        let account = line.speaker.account.clone();
        return refused(view, line, request, Refusal::NotAPerson { account });
    };
    let roles = who(view, request).map_or(&[][..], |(_, who)| who.roles());
    let own = open.requester.known() == Some(&person.name);
    if !own && !person.has_any_role(roles) {
        let refusal = Refusal::MayNotCancel {
            deployment: open.id,
            requester: open.requester.known().cloned(),
            roles: roles.to_vec(),
        };
        return refused(view, line, request, refusal);
    }
    let mut draft = Draft::new(view, open.clone());
    if run::expire(&mut draft) {
        let refusal = Refusal::over(open, Outcome::Expired);
        draft.effect(line.tell(view, Notice::Refused { refusal }));
        return draft.finish();
    }
    run::cancel(&mut draft, &person.name);
    draft.finish()
}

/// Says no to a request, and puts that on record if it would have changed something.
pub fn refused(view: &View<'_>, line: &Line<'_>, request: &Request, refusal: Refusal) -> Decision {
    let fact = refusal_fact(view, line.speaker, (line.words, request), &refusal);
    Decision {
        facts: fact.into_iter().collect(),
        effects: vec![line.tell(view, Notice::Refused { refusal })],
    }
}

/// Returns what is put on record of a no: nothing of what would have changed nothing.
pub fn refusal_fact(
    view: &View<'_>,
    speaker: &Speaker,
    (words, request): (&str, &Request),
    refusal: &Refusal,
) -> Option<Fact> {
    let what = || What::RequestRefused {
        account: speaker.account.clone().into(),
        by: view.speaker.map(|person| person.name.clone().into()),
        words: words.to_owned().into(),
        reason: refusal.code().into(),
    };
    let deployment = request.names_deployment();
    request.changes_something().then(|| Fact { at: view.now, deployment, what: what() })
}
