//! One of everything that can be said.

use crate::event::RunEnd;
use crate::fact::{Obstacle, Part};
use crate::notice::Notice;
use crate::private::Private;
use crate::wording::samples::{
    Texts, answers, commit, effect_kinds, every_end, id, person, refusals,
};

/// Returns at least one of everything that can be said.
pub(crate) fn notices(texts: Texts) -> Vec<Notice> {
    let mut all: Vec<Notice> =
        refusals::refusals(texts).into_iter().map(|refusal| Notice::Refused { refusal }).collect();
    all.extend(refusals::errors(texts).into_iter().map(|error| Notice::NotUnderstood { error }));
    all.extend(votes(texts));
    all.extend(runs(texts));
    all.extend(news());
    all.extend(answers::about_commands(texts));
    all.extend(answers::boards(texts));
    all.extend(answers::shipping(texts));
    all.extend(answers::reasons(texts));
    all.extend(answers::records(texts));
    all
}

fn votes(texts: Texts) -> Vec<Notice> {
    let (deployment, ben) = (id(1), || person("ben"));
    let parts = [vec![Part::Pipeline], vec![Part::Policy, Part::Pipeline, Part::Script]];
    let [one, all] = parts;
    vec![
        Notice::Approved { deployment, by: ben(), have: 1, need: 1 },
        Notice::Approved { deployment, by: ben(), have: 1, need: 2 },
        Notice::VoteWithdrawn { deployment, by: ben(), have: 0, need: 1 },
        Notice::VoteWithdrawn { deployment, by: ben(), have: 0, need: 2 },
        Notice::VotesVoided { deployment, moved: one.clone(), voided: 0 },
        Notice::VotesVoided { deployment, moved: one, voided: 1 },
        Notice::VotesVoided { deployment, moved: all, voided: 2 },
        Notice::GatesOpened { deployment, approvers: vec![ben(), person("mina")] },
        Notice::GatesOpened { deployment, approvers: Vec::new() },
        Notice::Rejected { deployment, by: ben(), reason: None },
        Notice::Rejected { deployment, by: ben(), reason: Some(texts.reason.into()) },
        Notice::Cancelled { deployment, by: ben() },
        Notice::CancelAsked { deployment, by: ben() },
        Notice::Expired { deployment },
        Notice::Noted { deployment },
        Notice::StillApproved { deployment },
    ]
}

fn news() -> Vec<Notice> {
    let deployment = id(1);
    vec![
        Notice::NewsAgain { attempt: 2 },
        Notice::NewsFailed { attempt: 1 },
        Notice::NewsFailed { attempt: 2 },
        Notice::NewsMended { commit: None },
        Notice::NewsMended { commit: Some(commit("5d3e002")) },
        Notice::NewsWithdrawn,
        Notice::OfferOver,
        Notice::OfferTaken { deployment },
        Notice::OfferLive { deployment },
    ]
}

fn runs(texts: Texts) -> Vec<Notice> {
    let deployment = id(1);
    let reason = || texts.reason.to_owned();
    let obstructed = |obstacle| Notice::Obstructed { deployment, obstacle };
    let mut all = vec![
        obstructed(Obstacle::Unresolved { reason: Private::Known(reason()) }),
        obstructed(Obstacle::Unresolved { reason: Private::Known(String::new()) }),
        obstructed(Obstacle::NotStarted { reason: Private::Known(reason()) }),
        obstructed(Obstacle::CommitGone),
        obstructed(Obstacle::BranchNotAllowed { allowed: vec!["main".into(), "release/*".into()] }),
        obstructed(Obstacle::NotConfigured),
        Notice::StartUnknown { deployment, reason: reason() },
        Notice::WrongCommit { deployment, sealed: commit("4f2c91a"), reported: commit("0badc0d") },
        Notice::LookupFailed { reason: reason() },
        Notice::ReasonNotAsked { deployment },
    ];
    for effect in effect_kinds().into_iter().chain([texts.word]) {
        let effect = effect.to_owned();
        all.push(Notice::GaveUp { deployment: Some(deployment), effect, reason: reason() });
    }
    all.push(Notice::GaveUp { deployment: None, effect: "tell".into(), reason: reason() });
    for end in every_end(texts) {
        for stage in [None, Some(texts.stage.to_owned())] {
            let over_well = end == RunEnd::Succeeded;
            let log_tail = if over_well { String::new() } else { texts.log.into() };
            all.push(Notice::RunEnded { deployment, end: end.clone(), stage, log_tail });
        }
    }
    all
}
