//! Cards with whatever people and repositories could write into them, for properties.

use proptest::prelude::*;

use wilco_core::card::{About, Button, Card, Confirm, Press, StageLine, Tone};
use wilco_core::event::StageState;
use wilco_core::ids::DeploymentId;

/// Nothing at all, a little of what is hostile to a platform, or 10 kB of it, or of its mark.
pub fn texts(hostile: &BoxedStrategy<String>, mark: &str) -> BoxedStrategy<String> {
    prop_oneof![
        2 => Just(String::new()),
        8 => hostile.clone(),
        1 => (hostile.clone(), 1_usize..400).prop_map(|(text, times)| {
            text.repeat(times).chars().take(10_000).collect()
        }),
        1 => prop::sample::select(vec![mark.repeat(10_000), "가".repeat(10_000), "🚀".repeat(10_000)]),
    ]
    .boxed()
}

fn buttons(texts: &BoxedStrategy<String>) -> impl Strategy<Value = Vec<Button>> + use<> {
    let press = prop::sample::select(vec![
        Press::Approve,
        Press::Reject,
        Press::Abort,
        Press::RollBack,
        Press::Retry,
        Press::Deploy,
    ]);
    let confirm =
        (texts.clone(), texts.clone()).prop_map(|(question, no)| Confirm { question, no });
    let button = (press, texts.clone(), prop::option::of(confirm));
    let button = button.prop_map(|(press, label, confirm)| Button { press, label, confirm });
    prop::collection::vec(button, 0..40)
}

fn stages(texts: &BoxedStrategy<String>) -> impl Strategy<Value = Vec<StageLine>> + use<> {
    let state = prop::sample::select(vec![
        StageState::Running,
        StageState::Succeeded,
        StageState::Failed,
        StageState::Skipped,
    ]);
    let stage = (texts.clone(), state, texts.clone(), prop::option::of(texts.clone())).prop_map(
        |(name, state, label, took_label)| StageLine { name, state, label, took: None, took_label },
    );
    prop::collection::vec(stage, 0..130)
}

prop_compose! {
    pub fn cards(texts: BoxedStrategy<String>)(
        tone in prop::sample::select(vec![Tone::Waiting, Tone::Working, Tone::Good, Tone::Bad, Tone::Quiet]),
        (sentence, headline, state, footer) in (texts.clone(), texts.clone(), texts.clone(), texts.clone()),
        lines in prop::collection::vec(texts.clone(), 0..220),
        stages in stages(&texts),
        progress in prop::option::of((any::<u32>(), any::<u32>())),
        buttons in buttons(&texts),
        deployment in any::<u64>(),
    ) -> Card {
        let about = About::Deployment(DeploymentId(deployment));
        // What leads somewhere and who is called comes from nobody who writes.
        let (url, mentioned) = (None, vec![]);
        let (remaining, remaining_label) = (None, None);
        Card {
            about, url, mentioned, tone, sentence, headline, state, lines, stages, progress,
            remaining, remaining_label, buttons, footer,
        }
    }
}
