//! A deployment begins: there is room for it, it can get its approvals, its parameters are complete.

use super::draft::show_everywhere;
use super::permission::complete;
use super::request::{Line, refused};
use super::{Decision, View, plan};
use crate::deployment::{Deployment, Kind};
use crate::effect::{Effect, Target};
use crate::fact::{Fact, Requested, What};
use crate::ids::{EnvironmentName, ServiceName};
use crate::live::Live;
use crate::person::Person;
use crate::policy::{Concerned, Policy};
use crate::refusal::Refusal;
use crate::request::{Parameters, Request};

/// What is to be begun.
pub struct Wanted<'a> {
    pub kind: Kind,
    pub service: &'a ServiceName,
    pub environment: &'a EnvironmentName,
    pub target: Target,
    pub parameters: &'a Parameters,
}

/// Returns exactly what is live somewhere, to be deployed or run against.
pub fn as_live(live: &Live) -> Target {
    Target::Commit {
        commit: live.commit.clone(),
        label: live.reference.clone().unwrap_or_else(|| live.commit.short().into()),
        from: live.deployment,
        rolls_back_to: None,
    }
}

/// Begins a deployment for somebody who may ask for it.
pub fn begin(view: &View<'_>, line: &Line<'_>, request: &Request, wanted: &Wanted<'_>) -> Decision {
    let Some(person) = view.speaker else {
        let account = line.speaker.account.clone();
        return refused(view, line, request, Refusal::NotAPerson { account });
    };
    if let Err(refusal) = room(view, person, wanted) {
        return refused(view, line, request, refusal);
    }
    let catalog = view.catalog;
    let Some(plan) = plan(catalog, &wanted.kind, wanted.service, wanted.environment) else {
        let (service, environment) = (wanted.service.clone(), wanted.environment.clone());
        let refusal = Refusal::GoneFromConfiguration { service, environment };
        return refused(view, line, request, refusal);
    };
    if let Err(refusal) = within_reach(view, plan.policy, wanted.service, wanted.environment) {
        return refused(view, line, request, refusal);
    }
    let parameters = match complete(plan.pipeline, wanted.parameters) {
        Ok(parameters) => parameters,
        Err(refusal) => return refused(view, line, request, refusal),
    };
    let requested = Requested {
        kind: wanted.kind.clone(),
        service: wanted.service.clone(),
        environment: wanted.environment.clone(),
        by: person.name.clone().into(),
        account: line.speaker.account.clone().into(),
        words: line.words.to_owned().into(),
        place: line.place.clone(),
        places: catalog.places(wanted.service, line.place),
        target: wanted.target.clone(),
        parameters: parameters.into(),
        expires_at: view.now.after(plan.policy.expires),
        nonce: view.nonce.into(),
    };
    let deployment = Deployment::begin(view.next, view.now, requested.clone());
    let mut effects = show_everywhere(&deployment);
    effects.push(Effect::Resolve { deployment: view.next });
    let what = What::Requested(Box::new(requested));
    Decision { facts: vec![Fact::new(view.now, view.next, what)], effects }
}

/// Refuses what could only wait until it expires: too few people may approve it.
pub fn within_reach(
    view: &View<'_>,
    policy: &Policy,
    service: &ServiceName,
    environment: &EnvironmentName,
) -> Result<(), Refusal> {
    let requester = view.speaker.map(|person| &person.name);
    let (need, most) = (
        policy.approvals(),
        policy.reach(Concerned { requester, authors: None }, &view.catalog.people),
    );
    if most >= need {
        return Ok(());
    }
    Err(Refusal::ApprovalsOutOfReach {
        service: service.clone(),
        environment: environment.clone(),
        need,
        most,
        roles: policy.approver_roles(),
    })
}

/// Refuses what would fill up the lane or is too much for one person.
fn room(view: &View<'_>, person: &Person, wanted: &Wanted<'_>) -> Result<(), Refusal> {
    let limits = view.catalog.limits;
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    if view.open_by_speaker >= limits.open_per_person {
        return Err(Refusal::TooManyOpen {
            by: person.name.clone(),
            open: count(view.open_by_speaker),
            most: count(limits.open_per_person),
        });
    }
    if view.lane_open >= limits.open_per_lane {
        return Err(Refusal::LaneFull {
            service: wanted.service.clone(),
            environment: wanted.environment.clone(),
            most: count(limits.open_per_lane),
        });
    }
    Ok(())
}
