//! The checks of the repository that a policy wants green: what was read of them, and whether to ask again.

use super::draft::{Draft, confirm};
use super::{Decision, View, run};
use crate::checks::{Check, read_of};
use crate::deployment::Status;
use crate::effect::Effect;
use crate::fact::What;
use crate::gate::waits_for_checks;

/// Puts on record how the checks stand, where that is news. What was not read of those that are asked for is
/// unknown from now on, whatever was known before.
pub fn take(draft: &mut Draft<'_>, asked: &[String], read: &[Check]) {
    let checks = read_of(asked, read);
    if checks != draft.deployment.checks {
        draft.record(What::ChecksRead { checks });
    }
}

/// Decides on checks that were read while a deployment waits for them.
pub fn read(view: &View<'_>, checks: &[Check]) -> Decision {
    let Some(open) = view.deployment.filter(|open| open.status == Status::Waiting) else {
        return Decision::default(); // Late news changes nothing.
    };
    let Some(sealed) = &open.sealed else { return Decision::default() };
    let mut draft = Draft::new(view, open.clone());
    if run::expire(&mut draft) {
        return draft.finish();
    }
    take(&mut draft, &sealed.policy.checks, checks);
    if waits_for_checks(open) && waits_for_checks(&draft.deployment) {
        draft.effect(Effect::ReadChecks { deployment: open.id });
    } else if draft.blockers().is_empty()
        && let Some(effect) = confirm(&draft.deployment)
    {
        draft.effect(effect);
    }
    draft.finish()
}
