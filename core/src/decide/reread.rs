//! The reactions on a card are read anew: what came and went while nobody listened is made good.

use super::draft::Draft;
use super::vote::{Sign, count};
use super::{Decision, View, run};
use crate::deployment::{Deployment, Status};
use crate::effect::Effect;
use crate::emoji::Emoji;
use crate::event::Reaction;
use crate::fact::Mark;
use crate::ids::{Account, MessageRef, Platform};
use crate::person::{Speaker, Standing};

/// Has the reactions of every card on a platform read on which votes may have come or gone.
pub fn all(view: &View<'_>, platform: Platform) -> Decision {
    let cards = view.open.iter().flat_map(|open| open.cards.iter().map(move |card| (open, card)));
    let cards = cards.filter(|(_, card)| card.place.platform == platform);
    let effects = cards.filter_map(|(open, card)| one(open, card)).collect();
    Decision { facts: vec![], effects }
}

/// Has the reactions of one card read, where votes may have come or gone unseen.
pub fn one(open: &Deployment, message: &MessageRef) -> Option<Effect> {
    match open.status {
        Status::Resolving | Status::Waiting => {}
        Status::Starting | Status::Running | Status::Ended(_) => return None,
    }
    match message.place.platform {
        Platform::Slack | Platform::Discord => {}
        // There, nothing comes or goes unseen.
        Platform::Console => return None,
    }
    Some(Effect::ReadReactions { deployment: open.id, message: message.clone() })
}

/// Decides on what stands on a card now. Signs that are known already, also refused ones, change nothing.
pub fn read(view: &View<'_>, message: &MessageRef, seen: &[(Speaker, Emoji)]) -> Decision {
    let Some(open) = view.deployment else { return Decision::default() };
    match open.status {
        Status::Resolving | Status::Waiting => {}
        Status::Starting | Status::Running | Status::Ended(_) => return Decision::default(),
    }
    let mut draft = Draft::new(view, open.clone());
    if run::expire(&mut draft) {
        return draft.finish();
    }
    for (speaker, emoji) in gone(&draft, message, seen) {
        let change = Reaction::Removed;
        vote(&mut draft, &Sign { speaker: &speaker, message, emoji: &emoji, change });
    }
    for (speaker, emoji) in seen {
        let sign = Sign { speaker, message, emoji, change: Reaction::Added };
        if may_be_somebody(speaker) && !is_known(&draft, &sign) {
            vote(&mut draft, &sign);
        }
    }
    draft.finish()
}

/// Who the platform cannot tell now is left for the next time.
fn may_be_somebody(speaker: &Speaker) -> bool {
    match speaker.standing {
        Standing::Member | Standing::Guest | Standing::Stranger | Standing::Deactivated => true,
        Standing::Bot | Standing::Unverified | Standing::Unknown => false,
    }
}

fn vote(draft: &mut Draft<'_>, sign: &Sign<'_>) {
    let Some(verdict) = sign.emoji.verdict() else { return };
    let person = draft.view.catalog.people.by_account(&sign.speaker.account);
    count(draft, sign, (verdict, person));
}

/// Tells whether somebody who may have been one of the firm is none now: what they said counts no longer.
///
/// Whom the platform cannot tell now is no reason to take anything back.
fn has_left(speaker: &Speaker) -> bool {
    match speaker.standing {
        Standing::Bot | Standing::Guest | Standing::Stranger | Standing::Deactivated => true,
        Standing::Member | Standing::Unverified | Standing::Unknown => false,
    }
}

/// Returns the signs on record that do not stand on the message any more, or not of somebody who may.
fn gone(
    draft: &Draft<'_>,
    message: &MessageRef,
    seen: &[(Speaker, Emoji)],
) -> Vec<(Speaker, Emoji)> {
    let stands = |account: &Account, emoji: &Emoji| {
        seen.iter().any(|(speaker, seen)| {
            speaker.account == *account && seen == emoji && !has_left(speaker)
        })
    };
    let marks = draft.deployment.approvals.iter().filter_map(|a| a.approved.mark.known());
    marks
        .filter_map(|mark| match mark {
            Mark::Reaction { account, emoji, message: on } if on == message => {
                let emoji = Emoji::Unicode(emoji.clone());
                // Whose it was is on record, and that they may take it back.
                let speaker = Speaker { account: account.clone(), standing: Standing::Member };
                (!stands(account, &emoji)).then_some((speaker, emoji))
            }
            Mark::Reaction { .. } | Mark::Words { .. } => None,
        })
        .collect()
}

fn is_known(draft: &Draft<'_>, sign: &Sign<'_>) -> bool {
    let Some(mark) = sign.mark() else { return true };
    let approved = draft.deployment.approvals.iter().map(|approval| &approval.approved.mark);
    approved.chain(&draft.deployment.refused).any(|known| known.known() == Some(&mark))
}
