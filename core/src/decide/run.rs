//! From a known version to the order of its run: sealing, opening the gates, the last look.

use std::collections::BTreeSet;

use super::draft::{Draft, confirm, show_everywhere};
use super::{Decision, Plan, View, branch_allowed, checks, plan};
use crate::deployment::{Deployment, Kind, Sealed, Status};
use crate::effect::{Effect, Target};
use crate::event::{Confirmation, Resolution};
use crate::fact::{Obstacle, Part, What};
use crate::gate::{counted_approvers, is_approved_without, without_signs_on};
use crate::ids::{Digest, MessageRef, PersonName};
use crate::notice::Notice;
use crate::person::People;
use crate::private::Private;
use crate::seal;

/// Records that a deployment expired, if it did. Tells whether it did.
pub fn expire(draft: &mut Draft<'_>) -> bool {
    let waits = match draft.deployment.status {
        Status::Resolving | Status::Waiting => true,
        Status::Starting | Status::Running | Status::Ended(_) => false,
    };
    if !waits || draft.view.now < draft.deployment.expires_at {
        return false;
    }
    draft.record(What::Expired);
    let deployment = draft.deployment.id;
    draft.log(&Notice::Expired { deployment });
    true
}

/// Stops a deployment for somebody who may.
pub fn cancel(draft: &mut Draft<'_>, by: &PersonName) {
    let deployment = draft.deployment.id;
    match (draft.deployment.status, &draft.deployment.run) {
        (Status::Resolving | Status::Waiting, _) => {
            draft.record(What::Cancelled { by: by.clone().into() });
            draft.log(&Notice::Cancelled { deployment, by: by.clone() });
        }
        (Status::Starting | Status::Running, Some(run)) => {
            let op_key = run.op_key.clone();
            if run.cancel_asked_by.as_ref().and_then(Private::known) != Some(by) {
                draft.record(What::CancelAsked { by: by.clone().into() });
            }
            draft.log(&Notice::CancelAsked { deployment, by: by.clone() });
            draft.effect(Effect::CancelRun { deployment, op_key });
        }
        (Status::Starting | Status::Running, None) | (Status::Ended(_), _) => {}
    }
}

/// The version is known, or it is known that there is none.
pub fn resolved(view: &View<'_>, answer: &Result<Resolution, String>) -> Decision {
    let Some(open) = view.deployment.filter(|d| d.status == Status::Resolving) else {
        return Decision::default(); // Late news changes nothing.
    };
    let mut draft = Draft::new(view, open.clone());
    if expire(&mut draft) {
        return draft.finish();
    }
    match answer {
        Err(reason) => {
            let reason = reason.clone().into();
            obstruct(&mut draft, Obstacle::Unresolved { reason });
        }
        Ok(resolution) => seal_version(&mut draft, resolution),
    }
    draft.finish()
}

pub fn obstruct(draft: &mut Draft<'_>, obstacle: Obstacle) {
    draft.record(What::Obstructed { obstacle: obstacle.clone() });
    let deployment = draft.deployment.id;
    draft.log(&Notice::Obstructed { deployment, obstacle });
}

fn plan_of<'a>(view: &View<'a>, deployment: &Deployment) -> Option<Plan<'a>> {
    plan(view.catalog, &deployment.kind, &deployment.service, &deployment.environment)
}

fn seal_version(draft: &mut Draft<'_>, resolution: &Resolution) {
    let Some(plan) = plan_of(draft.view, &draft.deployment) else {
        return obstruct(draft, Obstacle::NotConfigured);
    };
    let found = &resolution.version.commit;
    if let Target::Commit { commit, .. } = &draft.deployment.target
        && commit != found
    {
        let reason = format!("asked for {commit}, found {found}").into();
        return obstruct(draft, Obstacle::Unresolved { reason });
    }
    if !may_ship(&draft.deployment, &plan, &resolution.branches) {
        let allowed = plan.branches.to_vec();
        return obstruct(draft, Obstacle::BranchNotAllowed { allowed });
    }
    let sealed = Sealed {
        version: resolution.version.clone(),
        policy: plan.policy.clone(),
        pipeline: plan.pipeline.clone(),
        fingerprint: resolution.fingerprint,
        seal: Digest([0; 32]),
        live: draft.view.live.map(|live| live.commit.clone()),
        changes: resolution.changes.clone().into(),
        changes_total: resolution.changes_total,
        authors: authors(&draft.view.catalog.people, resolution),
        risky: resolution.risky.iter().cloned().map(Into::into).collect(),
        paths: resolution.paths,
    };
    let sealed = with_seal(&draft.deployment, sealed);
    draft.record(What::Sealed(Box::new(sealed)));
    checks::take(draft, &plan.policy.checks, &resolution.checks);
    if draft.blockers().is_empty() {
        // Everything was looked at this very moment, so there is nothing to confirm.
        open_gates(draft, &[]);
    }
}

/// Returns who of people.toml wrote what ships. Whoever is in nobody's entry can approve nothing anyway.
pub fn authors(people: &People, resolution: &Resolution) -> Option<Vec<Private<PersonName>>> {
    let found = resolution.authors.as_ref()?.iter();
    let names: BTreeSet<_> =
        found.filter_map(|author| people.by_author(author)).map(|person| &person.name).collect();
    Some(names.into_iter().cloned().map(Private::Known).collect())
}

/// What was live there before may come back, whatever became of its branch.
fn may_ship(deployment: &Deployment, plan: &Plan<'_>, branches: &[String]) -> bool {
    match deployment.kind {
        Kind::Rollback | Kind::Command { .. } => true,
        Kind::Deploy => branch_allowed(plan.branches, branches),
    }
}

fn with_seal(deployment: &Deployment, sealed: Sealed) -> Sealed {
    let seal = seal::seal(&seal::Contents {
        deployment: deployment.id,
        kind: &deployment.kind,
        service: &deployment.service,
        environment: &deployment.environment,
        commit: &sealed.version.commit,
        parameters: &deployment.parameters,
        pipeline: &sealed.pipeline,
        fingerprint: &sealed.fingerprint,
        policy: &sealed.policy,
        requester: &deployment.requester,
        nonce: &deployment.nonce,
    });
    Sealed { seal, ..sealed }
}

/// Orders the run. The caller has seen that no gate is shut, whatever became of the signs on these messages.
fn open_gates(draft: &mut Draft<'_>, unread: &[MessageRef]) {
    let Some(sealed) = &draft.deployment.sealed else { return };
    let sure = without_signs_on(&draft.deployment, unread);
    let approvers: Vec<PersonName> =
        counted_approvers(&sure, &sealed.policy, &draft.view.catalog.people)
            .into_iter()
            .cloned()
            .collect();
    let (seal, policy) = (sealed.seal, sealed.policy.digest());
    let op_key = seal::op_key(draft.view.instance, draft.deployment.id, &seal);
    draft.record(What::GatesOpened {
        approvers: approvers.iter().cloned().map(Into::into).collect(),
        seal,
        policy,
        op_key: op_key.clone(),
    });
    let deployment = draft.deployment.id;
    draft.effect(Effect::StartRun { deployment, op_key });
    if !approvers.is_empty() {
        draft.log(&Notice::GatesOpened { deployment, approvers });
    }
}

/// The last look before the start: if nothing moved and no gate is shut, the run is ordered.
pub fn confirmed(
    view: &View<'_>,
    seal: &Digest,
    (answer, unread): (&Result<Confirmation, String>, &[MessageRef]),
) -> Decision {
    let Some(open) = view.deployment.filter(|d| d.status == Status::Waiting) else {
        return Decision::default(); // Late news changes nothing.
    };
    let mut draft = Draft::new(view, open.clone());
    let current = open.sealed.as_ref().is_some_and(|sealed| sealed.seal == *seal);
    if expire(&mut draft) || !current {
        return draft.finish();
    }
    match answer {
        Err(reason) => {
            let reason = reason.clone().into();
            obstruct(&mut draft, Obstacle::NotStarted { reason });
        }
        Ok(confirmation) => go_on(&mut draft, confirmation, unread),
    }
    draft.finish()
}

fn go_on(draft: &mut Draft<'_>, confirmation: &Confirmation, unread: &[MessageRef]) {
    let Some(plan) = plan_of(draft.view, &draft.deployment) else {
        return obstruct(draft, Obstacle::NotConfigured);
    };
    if !confirmation.commit_exists {
        return obstruct(draft, Obstacle::CommitGone);
    }
    if !may_ship(&draft.deployment, &plan, &confirmation.branches) {
        let allowed = plan.branches.to_vec();
        return obstruct(draft, Obstacle::BranchNotAllowed { allowed });
    }
    // First, since a new seal is looked at with what is known of the checks.
    checks::take(draft, &plan.policy.checks, &confirmation.checks);
    if reseal(draft, &plan, Some(confirmation.fingerprint)) || !draft.blockers().is_empty() {
        return;
    }
    if is_approved_without(&draft.deployment, &draft.view.catalog.people, unread) {
        open_gates(draft, unread);
    } else if let Some(effect) = confirm(&draft.deployment) {
        // A vote that was needed may have been taken back where nobody could look.
        draft.effect(effect);
    }
}

/// Seals anew if policy, pipeline or script are not what was sealed. Tells whether they were not.
///
/// Approvals are void then: they were for something else.
fn reseal(draft: &mut Draft<'_>, plan: &Plan<'_>, fingerprint: Option<Digest>) -> bool {
    let Some(sealed) = draft.deployment.sealed.clone() else { return false };
    let mut moved = Vec::new();
    if sealed.policy != *plan.policy {
        moved.push(Part::Policy);
    }
    if sealed.pipeline != *plan.pipeline {
        moved.push(Part::Pipeline);
    }
    // Another recipe leads elsewhere by itself; what is behind it is looked at before the start.
    let fingerprint = fingerprint.unwrap_or(sealed.fingerprint);
    if moved.is_empty() && fingerprint != sealed.fingerprint {
        moved.push(Part::Script);
    }
    if moved.is_empty() {
        return false;
    }
    let voided = u32::try_from(draft.deployment.approvers().len()).unwrap_or(u32::MAX);
    let sealed = Sealed {
        policy: plan.policy.clone(),
        pipeline: plan.pipeline.clone(),
        fingerprint,
        ..sealed
    };
    let sealed = Box::new(with_seal(&draft.deployment, sealed));
    let (deployment, shown) = (draft.deployment.id, draft.deployment.cards.clone());
    draft.record(What::Resealed { moved: moved.clone(), voided, sealed });
    for message in shown {
        draft.effect(Effect::RetireCard { deployment, message });
    }
    draft.show();
    draft.log(&Notice::VotesVoided { deployment, moved, voided });
    if draft.blockers().is_empty()
        && let Some(effect) = confirm(&draft.deployment)
    {
        draft.effect(effect);
    }
    true
}

/// Looks at a waiting deployment again: time went by, or the configuration is another.
pub fn look_again(view: &View<'_>) -> Decision {
    let Some(open) = view.deployment else { return Decision::default() };
    let mut draft = Draft::new(view, open.clone());
    if expire(&mut draft) || draft.deployment.status != Status::Waiting {
        return draft.finish();
    }
    match plan_of(view, open) {
        None => obstruct(&mut draft, Obstacle::NotConfigured),
        Some(plan) => {
            // Another recipe leads to another script, and only the backend can tell to which.
            let moved =
                open.sealed.as_ref().is_some_and(|sealed| sealed.pipeline != *plan.pipeline);
            let settled = moved || !reseal(&mut draft, &plan, None);
            if settled
                && (moved || draft.blockers().is_empty())
                && let Some(effect) = confirm(&draft.deployment)
            {
                draft.effect(effect);
            }
        }
    }
    let mut decision = draft.finish();
    if decision.facts.is_empty() {
        // Roles or the language may be others now, and the card says who can approve.
        decision.effects.extend(show_everywhere(open));
    }
    decision
}
