//! Requests that only ask: what can be told from here is told, the rest is looked up by the courier.

use super::begin::within_reach;
use super::permission::{complete, may_ask, who};
use super::request::{Line, not_open, refused, same_again};
use super::{Decision, View, language, plan, vote};
use crate::deployment::{Deployment, Kind};
use crate::effect::{Effect, Query};
use crate::emoji::Verdict;
use crate::ids::{CommandName, EnvironmentName, PersonName, ServiceName};
use crate::manifest::Manifest;
use crate::nearest::nearest;
use crate::notice::{HelpEntry, Notice, PolicySummary};
use crate::person::People;
use crate::policy::{Concerned, Policy};
use crate::refusal::Refusal;
use crate::request::{Request, Subject};

/// Answers a request that changes nothing.
pub fn answer(view: &View<'_>, line: &Line<'_>, request: &Request) -> Decision {
    let tell = |notice: Notice| Decision { facts: vec![], effects: vec![line.tell(view, notice)] };
    let look_up =
        |query: Query| Decision { facts: vec![], effects: vec![look_up(view, line, query)] };
    match request.clone() {
        Request::Status { service, environment } => look_up(Query::Status { service, environment }),
        Request::Live { service, environment, at } => {
            look_up(Query::Live { service, environment, at })
        }
        Request::Changes { service, environment, version } => {
            look_up(Query::Changes { service, environment, version })
        }
        Request::History { service, environment } => {
            look_up(Query::History { service, environment })
        }
        Request::Show { deployment } => look_up(Query::Show { deployment }),
        Request::Why { deployment } => look_up(Query::Why { deployment }),
        Request::Audit { deployment } => look_up(Query::Audit { deployment }),
        Request::Timeline { deployment } => look_up(Query::Timeline { deployment }),
        Request::Help { command: None } => tell(help(view)),
        Request::Help { command: Some(command) } => tell(help_for(view, &command)),
        Request::Whoami => tell(Notice::Whoami {
            account: line.speaker.account.clone(),
            person: view.speaker.map(|person| person.name.clone()),
            roles: view.speaker.map_or(vec![], |p| p.roles.iter().cloned().collect()),
        }),
        Request::Language { .. } => tell(language::asked(view, line)),
        Request::Can { request: asked } => match (asked.subject(), view.deployment) {
            (Subject::Deployment(deployment), None) if asked.changes_something() => {
                line.recall(deployment, request)
            }
            (
                Subject::Deployment(_)
                | Subject::Lane { .. }
                | Subject::Promotion { .. }
                | Subject::Board { .. }
                | Subject::Nothing,
                _,
            ) => tell(can(view, line, &asked)),
        },
        Request::Deploy { .. }
        | Request::Rollback { .. }
        | Request::Promote { .. }
        | Request::Run { .. }
        | Request::Approve { .. }
        | Request::Reject { .. }
        | Request::Cancel { .. }
        | Request::Retry { .. } => Decision::default(), // These change something and are decided elsewhere.
    }
}

fn look_up(view: &View<'_>, line: &Line<'_>, query: Query) -> Effect {
    let (place, to) = (line.place.clone(), line.speaker.account.clone());
    let locale = view.language(&to, Some(&place)).locale;
    Effect::Answer { place, to, locale, query }
}

/// Shows what a deployment would do, to anybody who may see it.
pub fn dry_run(view: &View<'_>, line: &Line<'_>, request: &Request) -> Decision {
    let Request::Deploy { service, environment, version, parameters, .. } = request else {
        return Decision::default(); // Only deployments can be tried dry.
    };
    let planned = plan(view.catalog, &Kind::Deploy, service, environment);
    if let Some(Err(refusal)) = planned.map(|plan| complete(plan.pipeline, parameters)) {
        return refused(view, line, request, refusal);
    }
    let query = Query::DryRun {
        speaker: line.speaker.clone(),
        service: service.clone(),
        environment: environment.clone(),
        version: version.clone(),
        parameters: parameters.clone(),
    };
    Decision { facts: vec![], effects: vec![look_up(view, line, query)] }
}

fn entry(view: &View<'_>, manifest: &Manifest) -> HelpEntry {
    HelpEntry {
        command: manifest.name.clone(),
        summary: manifest.summary.clone(),
        usage: view.catalog.grammar.usage(&manifest.name),
        aliases: manifest.aliases.clone(),
    }
}

/// Lists only what this person may do.
fn help(view: &View<'_>) -> Notice {
    let may = |manifest: &&Manifest| manifest.who.allows(view.speaker);
    let commands = view.catalog.commands.values().filter(may);
    Notice::Help { commands: commands.map(|manifest| entry(view, manifest)).collect() }
}

fn help_for(view: &View<'_>, command: &CommandName) -> Notice {
    match view.catalog.commands.get(command) {
        Some(manifest) => Notice::HelpCommand {
            entry: entry(view, manifest),
            examples: manifest.examples.iter().map(|example| example.say.clone()).collect(),
        },
        None => {
            let nearest = nearest(command.as_str(), view.catalog.commands.keys()).cloned();
            let refusal = Refusal::UnknownCommand { command: command.clone(), nearest };
            Notice::Refused { refusal }
        }
    }
}

/// Says what would be said to a request, without making it.
fn can(view: &View<'_>, line: &Line<'_>, request: &Request) -> Notice {
    let command = who(view, request)
        .map_or_else(|| request.action().to_owned(), |(name, _)| name.to_string());
    let refusal = may_ask(view, line.speaker, request)
        .and_then(|()| may_vote(view, line, request))
        .and_then(|()| may_begin(view, request))
        .err();
    let policy = match refusal {
        Some(_) => None,
        None => policy_for(view, request),
    };
    Notice::Can { refusal, command, policy }
}

/// Says what would be said to a request about a deployment that is not open.
pub fn can_of_past(
    view: &View<'_>,
    line: &Line<'_>,
    request: &Request,
    past: Option<&Deployment>,
) -> Decision {
    let allowed = may_ask(view, line.speaker, request).and_then(|()| match (request, past) {
        (Request::Retry { .. }, Some(past)) if past.is_over() => {
            may_ask(view, line.speaker, &same_again(past))
        }
        (_, past) => match request.names_deployment() {
            Some(deployment) => Err(not_open(request, deployment, past)),
            None => Ok(()),
        },
    });
    let command = who(view, request)
        .map_or_else(|| request.action().to_owned(), |(name, _)| name.to_string());
    let notice = Notice::Can { refusal: allowed.err(), command, policy: None };
    Decision { facts: vec![], effects: vec![line.tell(view, notice)] }
}

/// Looks at an open deployment that a vote would be on.
fn may_vote(view: &View<'_>, line: &Line<'_>, request: &Request) -> Result<(), Refusal> {
    let verdict = match request {
        Request::Approve { .. } => Verdict::Approve,
        Request::Reject { .. } => Verdict::Reject,
        _ => return Ok(()), // Nothing else is a vote.
    };
    match view.deployment {
        Some(open) => vote::would_count(view, open, line.speaker, verdict),
        None => Ok(()),
    }
}

/// Looks at whether what would begin could ever get its approvals.
fn may_begin(view: &View<'_>, request: &Request) -> Result<(), Refusal> {
    let Some((kind, service, environment)) = what_runs(request) else { return Ok(()) };
    match plan(view.catalog, &kind, service, environment) {
        Some(plan) => within_reach(view, plan.policy, service, environment),
        None => Ok(()),
    }
}

fn policy_for(view: &View<'_>, request: &Request) -> Option<PolicySummary> {
    let (kind, service, environment) = what_runs(request)?;
    let plan = plan(view.catalog, &kind, service, environment)?;
    Some(policy_summary(&view.catalog.people, plan.policy, view.speaker.map(|p| &p.name)))
}

fn what_runs(request: &Request) -> Option<(Kind, &ServiceName, &EnvironmentName)> {
    match request {
        Request::Deploy { service, environment, .. } => Some((Kind::Deploy, service, environment)),
        Request::Rollback { service, environment, .. } => {
            Some((Kind::Rollback, service, environment))
        }
        Request::Promote { service, to, .. } => Some((Kind::Deploy, service, to)),
        Request::Run { command, service, environment, .. } => {
            Some((Kind::Command { command: command.clone() }, service, environment))
        }
        _ => None, // Nothing else runs anything.
    }
}

/// Returns what a policy asks for, and who could give it to a request of this person.
pub fn policy_summary(
    people: &People,
    policy: &Policy,
    requester: Option<&PersonName>,
) -> PolicySummary {
    let groups = policy
        .groups
        .iter()
        .map(|group| {
            let who = people
                .with_any_role(&group.from)
                .map(|person| &person.name)
                .filter(|name| !policy.bars(name, Concerned { requester, authors: None }));
            (group.approvals, group.from.clone(), who.cloned().collect())
        })
        .collect();
    PolicySummary { groups, expires: policy.expires }
}
