//! Policy → blockers: what must hold before a run starts, and which of it does not hold now.
//!
//! Locks by people, freezes, an order of environments and schedules belong here too: each is one
//! more [`Blocker`] and one more line in [`blockers`]. Cards, `why` and `status` show it by themselves.

use serde::{Deserialize, Serialize};

use crate::checks::{Check, CheckState, read_of};
use crate::deployment::{Deployment, Sealed, Status};
use crate::fact::Mark;
use crate::ids::{DeploymentId, MessageRef, PersonName, RoleName};
use crate::person::People;
use crate::policy::{Concerned, Policy};

/// A gate that is shut now, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "blocker", rename_all = "snake_case")]
pub enum Blocker {
    /// The version is not known yet, so there is nothing to approve.
    VersionUnknown,
    ApprovalsMissing {
        have: u32,
        need: u32,
        from: Vec<RoleName>,
        /// Who could still give one.
        who: Vec<PersonName>,
    },
    /// So few people may approve that the gate cannot open, whoever says yes.
    ApprovalsOutOfReach {
        need: u32,
        /// As many at the most, with everybody who may.
        most: u32,
        from: Vec<RoleName>,
    },
    /// Those who wrote what ships may not approve it, and nobody knows who they all are.
    AuthorsUnknown,
    /// The policy wants these checks of the repository green, and they are not, or nobody can tell.
    ChecksNotGreen { checks: Vec<Check> },
    /// Another deployment starts or runs there.
    LaneHeld { by: DeploymentId },
    /// What would ship is on none of these branches; a request for it would end at once.
    BranchNotAllowed { allowed: Vec<String> },
}

/// Returns every gate that is shut for a deployment that has not started.
///
/// `holder` is the deployment that starts or runs in the same service × environment. Roles are
/// looked up in `people` as they are now: who lost the role since the vote no longer counts.
pub fn blockers(
    deployment: &Deployment,
    people: &People,
    holder: Option<DeploymentId>,
) -> Vec<Blocker> {
    let mut shut = Vec::new();
    match &deployment.sealed {
        None => shut.push(Blocker::VersionUnknown),
        Some(sealed) => {
            let counted = counted_approvers(deployment, &sealed.policy, people);
            let concerned = concerned(deployment, sealed);
            shut.extend(authors_unknown(&sealed.policy, concerned));
            shut.extend(approvals_missing(&counted, concerned, &sealed.policy, people));
            shut.extend(approvals_out_of_reach(&sealed.policy, concerned, people));
            shut.extend(checks_not_green(&sealed.policy, &deployment.checks));
        }
    }
    if let Some(by) = holder.filter(|holder| *holder != deployment.id) {
        shut.push(Blocker::LaneHeld { by });
    }
    shut
}

/// Returns whom a deployment concerns.
pub fn concerned<'a>(deployment: &'a Deployment, sealed: &'a Sealed) -> Concerned<'a> {
    Concerned { requester: deployment.requester.known(), authors: sealed.authors.as_deref() }
}

/// Returns the gates that would be shut for a request that concerns these people and does not exist yet.
pub fn rehearse(
    policy: &Policy,
    concerned: Concerned<'_>,
    people: &People,
    holder: Option<DeploymentId>,
) -> Vec<Blocker> {
    let mut shut: Vec<_> = authors_unknown(policy, concerned).into_iter().collect();
    shut.extend(approvals_missing(&[], concerned, policy, people));
    shut.extend(approvals_out_of_reach(policy, concerned, people));
    shut.extend(holder.map(|by| Blocker::LaneHeld { by }));
    shut
}

/// Says so where the policy bars those who wrote what ships, and it is not known who did.
fn authors_unknown(policy: &Policy, concerned: Concerned<'_>) -> Option<Blocker> {
    let asks = !policy.authors && policy.approvals() > 0;
    (asks && concerned.authors.is_none()).then_some(Blocker::AuthorsUnknown)
}

/// Names the checks that a policy wants green and that are not, as far as they were read. What was not read
/// is not green.
pub fn checks_not_green(policy: &Policy, read: &[Check]) -> Option<Blocker> {
    let mut checks = read_of(&policy.checks, read);
    checks.retain(|check| check.state != CheckState::Green);
    (!checks.is_empty()).then_some(Blocker::ChecksNotGreen { checks })
}

/// Tells whether a deployment waits for checks, so that they have to be asked about.
pub fn waits_for_checks(deployment: &Deployment) -> bool {
    let policy = deployment.sealed.as_ref().map(|sealed| &sealed.policy);
    deployment.status == Status::Waiting
        && policy.is_some_and(|policy| checks_not_green(policy, &deployment.checks).is_some())
}

fn approvals_missing(
    counted: &[&PersonName],
    concerned: Concerned<'_>,
    policy: &Policy,
    people: &People,
) -> Vec<Blocker> {
    policy
        .tally(counted.iter().copied(), people)
        .into_iter()
        .filter(|tally| tally.have < tally.need)
        .map(|tally| {
            let who = people
                .with_any_role(&tally.from)
                .map(|person| &person.name)
                .filter(|name| !counted.contains(name))
                .filter(|name| !policy.bars(name, concerned))
                .cloned()
                .collect();
            Blocker::ApprovalsMissing { have: tally.have, need: tally.need, from: tally.from, who }
        })
        .collect()
}

/// Says so where all who may approve a request that concerns these people are too few.
pub fn approvals_out_of_reach(
    policy: &Policy,
    concerned: Concerned<'_>,
    people: &People,
) -> Option<Blocker> {
    let (need, most) = (policy.approvals(), policy.reach(concerned, people));
    (most < need).then(|| Blocker::ApprovalsOutOfReach {
        need,
        most,
        from: policy.approver_roles(),
    })
}

/// Returns those whose approval of the current seal counts: each once, not the requester nor those who
/// wrote what ships unless the policy says so, and nobody who has lost the role since the vote.
pub fn counted_approvers<'a>(
    deployment: &'a Deployment,
    policy: &Policy,
    people: &People,
) -> Vec<&'a PersonName> {
    let roles = policy.approver_roles();
    let seal = deployment.sealed.as_ref().map(|sealed| sealed.seal);
    let authors = deployment.sealed.as_ref().and_then(|sealed| sealed.authors.as_deref());
    let concerned = Concerned { requester: None, authors };
    let mut counted: Vec<&PersonName> = Vec::new();
    for approval in &deployment.approvals {
        let Some(name) = approval.approved.by.known() else { continue };
        let holds_role = people.by_name(name).is_some_and(|person| person.has_any_role(&roles));
        let is_another = policy.requester || deployment.requester.is_not(name);
        let may = holds_role && is_another && !policy.bars(name, concerned);
        if may && Some(approval.approved.seal) == seal && !counted.contains(&name) {
            counted.push(name);
        }
    }
    counted
}

/// Returns the deployment as it stands without what was signed on these messages.
pub fn without_signs_on(deployment: &Deployment, messages: &[MessageRef]) -> Deployment {
    let mut deployment = deployment.clone();
    deployment.approvals.retain(|approval| match approval.approved.mark.known() {
        Some(Mark::Reaction { message, .. }) => !messages.contains(message),
        Some(Mark::Words { .. }) => true,
        // Where an erased one stood, nobody knows any more.
        None => messages.is_empty(),
    });
    deployment
}

/// Tells whether there are approvals enough, whatever became of the signs on these messages.
pub fn is_approved_without(
    deployment: &Deployment,
    people: &People,
    messages: &[MessageRef],
) -> bool {
    let (have, need) = progress(&without_signs_on(deployment, messages), people);
    deployment.sealed.is_some() && have >= need
}

/// Returns how many approvals count and how many are needed, over all groups.
pub fn progress(deployment: &Deployment, people: &People) -> (u32, u32) {
    let Some(sealed) = &deployment.sealed else { return (0, 0) };
    let tallies =
        sealed.policy.tally(counted_approvers(deployment, &sealed.policy, people), people);
    (tallies.iter().map(|tally| tally.have).sum(), sealed.policy.approvals())
}
