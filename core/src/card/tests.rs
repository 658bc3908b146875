//! Cards as people see them, in every state that a deployment can be in.

use std::collections::BTreeSet;

use crate::card::samples::{ENDINGS, PRESSES, cards, deployment, endings, press_name};
use crate::card::{Card, Press, Setting, Tone, card};
use crate::deployment::Kind;
use crate::notice::Locale;
use crate::wording::samples::{PLAIN, blockers, voice};

fn sample(name: &str) -> Card {
    let all = cards(PLAIN, &voice(Locale::En));
    all.into_iter().find(|(known, _)| known == name).expect("a sample of that name").1
}

fn presses(name: &str) -> Vec<Press> {
    sample(name).buttons.iter().map(|button| button.press).collect()
}

#[test]
fn every_ending_and_every_button_has_a_sample() {
    let endings: BTreeSet<&str> = endings(PLAIN).into_iter().collect();
    assert_eq!(endings, ENDINGS.iter().copied().collect());
    let cards = cards(PLAIN, &voice(Locale::En));
    let pressed: BTreeSet<&str> = cards
        .iter()
        .flat_map(|(_, card)| &card.buttons)
        .map(|button| press_name(&button.press))
        .collect();
    assert_eq!(pressed, PRESSES.iter().copied().collect());
}

#[test]
fn a_sentence_says_what_is_waited_for_and_who_can_give_it() {
    assert_eq!(
        sample("waiting for votes").sentence,
        "#1 api v1.1.0 (4f2c91a) → prod waits for 1 approval from sre (ben or mina): react ✅ or ❌."
    );
    assert_eq!(
        sample("waiting for its turn").sentence,
        "#1 api v1.1.0 (4f2c91a) → prod waits for its turn behind #7."
    );
    assert_eq!(
        sample("running").sentence,
        "#1 api v1.1.0 (4f2c91a) → prod is running: release (3 of 4)."
    );
    assert_eq!(
        sample("over, run Succeeded").sentence,
        "#1 api v1.1.0 (4f2c91a) is live in prod after 4m; asked by ana, approved by ben."
    );
}

#[test]
fn a_card_that_is_over_has_one_line_and_stages_only_where_it_failed() {
    let live = sample("over, run Succeeded");
    assert_eq!((live.lines.len(), live.stages.len()), (1, 0));
    let failed = sample("over, run Failed");
    assert_eq!((failed.lines.len(), failed.stages.len()), (1, 3));
    assert_eq!(failed.tone, Tone::Bad);
}

#[test]
fn a_card_offers_only_what_would_be_taken() {
    use Press::{Abort, Approve, Reject, Retry, RollBack};
    assert_eq!(presses("resolving a branch"), [Abort]);
    assert_eq!(presses("waiting for votes"), [Approve, Reject, Abort]);
    assert_eq!(presses("waiting for its turn"), [Reject, Abort]);
    assert_eq!(presses("waiting, nothing asked"), [Abort]);
    assert_eq!(presses("running"), [Abort]);
    assert_eq!(presses("running, being stopped"), []);
    assert_eq!(presses("over, run Succeeded"), [], "nothing was live before");
    assert_eq!(presses("over, with a way back"), [RollBack]);
    assert_eq!(presses("over, run Failed"), [Retry]);
    assert_eq!(presses("over, rejected"), []);
}

#[test]
fn a_parameter_that_is_empty_or_as_always_is_left_out() {
    let lines = sample("waiting with parameters").lines;
    let shown: Vec<_> = lines.iter().filter(|line| line.starts_with("Parameters")).collect();
    assert_eq!(shown, ["Parameters: note=deplyo region=eu."]);
    assert!(!sample("waiting for votes").lines.iter().any(|line| line.contains("Parameters")));
}

#[test]
fn what_another_deployment_replaced_is_no_longer_called_live() {
    let replaced = sample("over, with a way back and replaced");
    assert_eq!(
        replaced.sentence,
        "#1 api v1.1.0 (4f2c91a) went live in prod at 14:09; asked by ana. #7 has replaced it since."
    );
    assert_eq!((replaced.state.as_str(), replaced.tone), ("replaced", Tone::Quiet));
    assert_eq!(replaced.buttons, [], "going back starts from what is live");
}

#[test]
fn only_those_who_could_approve_and_the_requester_are_named() {
    let waiting = sample("waiting for votes");
    assert!(waiting.lines.iter().any(|line| line.contains("ana")));
    assert!(!sample("waiting for its turn").sentence.contains("mina"));
    assert!(!sample("over, run Failed").sentence.contains("ana"));
}

#[test]
fn an_estimate_that_has_passed_is_not_shown() {
    let now = voice(Locale::En);
    let all = cards(PLAIN, &now);
    let running = all.iter().find(|(name, _)| name == "running").expect("a sample");
    assert_eq!(running.1.remaining_label.as_deref(), Some("5m"));
    let mut late = now;
    late.now.0 += 3_600_000;
    let late = cards(PLAIN, &late);
    let running = late.iter().find(|(name, _)| name == "running").expect("a sample");
    assert_eq!(running.1.remaining, None);
}

#[test]
fn a_card_of_no_policy_and_no_run_is_whole() {
    let mut bare = deployment(Kind::Deploy, PLAIN);
    bare.sealed = None;
    let setting = Setting {
        voice: voice(Locale::En),
        blockers: &blockers(),
        progress: (0, 0),
        estimate: None,
        audit: 1,
        successor: None,
    };
    assert!(!card(&bare, &setting).sentence.is_empty());
}
