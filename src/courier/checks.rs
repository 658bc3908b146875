//! Deployments that wait for checks of their repository: these are read again and again, until they stand otherwise.

use wilco_core::checks::read_of;
use wilco_core::event::Event;
use wilco_core::gate::waits_for_checks;
use wilco_core::ids::DeploymentId;

use super::worker::Attempt;
use super::{Tools, runs};

/// Waits until the checks that a deployment waits for are not as they are on record.
///
/// They were read right before this was ordered, so it begins with a wait: a repository whose answers come and go
/// is asked no more often than any other.
pub async fn read(tools: &Tools, id: DeploymentId) -> Attempt {
    let mut told = tools.backends.told_of_checks();
    loop {
        tools.backends.until_checks_may_differ(&mut told).await;
        let deployment = match runs::read(tools, id).await {
            Ok(deployment) => deployment,
            Err(attempt) => return attempt,
        };
        let catalog = tools.catalog.borrow().clone();
        let (Some(sealed), Some(mut lookup)) =
            (&deployment.sealed, runs::lookup(&catalog, &deployment))
        else {
            return Attempt::Done(None);
        };
        if !waits_for_checks(&deployment) {
            return Attempt::Done(None);
        }
        lookup.checks.clone_from(&sealed.policy.checks);
        let read = tools.backends.checks(&sealed.version.commit, &lookup).await;
        let checks = read_of(&lookup.checks, &read);
        if checks != deployment.checks {
            return Attempt::Done(Some(Event::ChecksRead { deployment: id, checks }));
        }
    }
}

/// Says that nobody could read them: they are unknown, which keeps everything shut, and are asked about again.
pub fn unread(deployment: DeploymentId) -> Event {
    Event::ChecksRead { deployment, checks: Vec::new() }
}
