//! No order of calls goes beyond a limit, and nobody who asks again waits for ever.

use proptest::prelude::*;

use super::*;

const CALL: Paced<'static> = Paced::Post("C1");

/// Asks at these times, in milliseconds each after the one before, and returns when calls were made.
fn made(pace: &mut Pace, call: Paced<'_>, gaps: &[u64]) -> Vec<Duration> {
    let start = Instant::now();
    let mut at = Duration::ZERO;
    let mut made = Vec::new();
    for gap in gaps {
        at += Duration::from_millis(*gap);
        match pace.turn(call, start + at) {
            Turn::In(wait) => made.push(at + wait),
            Turn::NotBefore(_) => {}
        }
    }
    made
}

fn calls() -> impl Strategy<Value = Paced<'static>> {
    prop_oneof![Just(CALL), Just(Paced::Update)]
}

proptest! {
    #[test]
    fn no_stretch_of_time_has_more_calls_than_the_limit(
        call in calls(),
        gaps in prop::collection::vec(0u64..2500, 1..200),
    ) {
        let limits = Limits::default();
        let rate = call.rate(&limits).unwrap();
        let made = made(&mut Pace::new(limits), call, &gaps);
        for (from, first) in made.iter().enumerate() {
            for (calls, last) in (1u32..).zip(&made[from..]) {
                let earliest = *first + rate.every * calls.saturating_sub(rate.burst);
                prop_assert!(*last >= earliest);
            }
        }
    }

    #[test]
    fn turns_come_in_the_order_in_which_they_were_asked_for(
        call in calls(),
        gaps in prop::collection::vec(0u64..2500, 1..200),
    ) {
        prop_assert!(made(&mut Pace::new(Limits::default()), call, &gaps).is_sorted());
    }

    #[test]
    fn who_keeps_the_pace_never_waits(call in calls(), slower in 0u64..1000) {
        let limits = Limits::default();
        let gap = call.rate(&limits).unwrap().every + Duration::from_millis(slower);
        let (start, mut pace) = (Instant::now(), Pace::new(limits));
        for number in 0..100 {
            prop_assert_eq!(pace.turn(call, start + gap * number), Turn::In(Duration::ZERO));
        }
    }

    #[test]
    fn nobody_calls_before_slack_said(asked in 1u64..10_000, earlier in 1u64..10_000) {
        let (start, mut pace) = (Instant::now(), Pace::new(Limits::default()));
        let asked = Duration::from_millis(asked);
        pace.learn(CALL, asked, start);
        // A shorter wait that is learned later takes nothing back.
        pace.learn(CALL, asked / 2, start);
        let at = start + asked.saturating_sub(Duration::from_millis(earlier));
        prop_assert_eq!(pace.turn(CALL, at), Turn::NotBefore(start + asked - at));
        prop_assert_eq!(pace.turn(CALL, start + asked), Turn::In(Duration::ZERO));
    }
}

#[test]
fn a_burst_is_let_through_and_then_one_each_second_as_long_as_one_waits() {
    let (now, mut pace) = (Instant::now(), Pace::new(Limits::default()));
    let seconds = [0; 10].into_iter().chain(1..=10);
    for wait in seconds.map(Duration::from_secs) {
        assert_eq!(pace.turn(CALL, now), Turn::In(wait));
    }
    // Who is sent away has taken no turn.
    for _ in 0..3 {
        assert_eq!(pace.turn(CALL, now), Turn::NotBefore(Duration::from_secs(1)));
    }
    assert_eq!(pace.turn(CALL, now + Duration::from_secs(1)), Turn::In(TURN_WITHIN));
}

#[test]
fn channels_share_no_limit_but_changes_do() {
    let (now, mut pace) = (Instant::now(), Pace::new(Limits::default()));
    let asked = Duration::from_secs(7);
    pace.learn(CALL, asked, now);
    assert_eq!(pace.turn(Paced::Post("C2"), now), Turn::In(Duration::ZERO));
    assert_eq!(pace.turn(Paced::PostEphemeral("C1"), now), Turn::In(Duration::ZERO));
    assert_eq!(pace.turn(Paced::Update, now), Turn::In(Duration::ZERO));
    pace.learn(Paced::PostEphemeral("C2"), asked, now);
    assert_eq!(pace.turn(Paced::PostEphemeral("C2"), now), Turn::NotBefore(asked));
    pace.learn(Paced::Update, asked, now);
    assert_eq!(pace.turn(Paced::Update, now), Turn::NotBefore(asked));
}

#[test]
fn a_wait_without_end_is_no_end() {
    let (now, mut pace) = (Instant::now(), Pace::new(Limits::default()));
    pace.learn(CALL, Duration::MAX, now);
    assert_eq!(pace.turn(CALL, now), Turn::NotBefore(LEARNED_MAX));
}

#[test]
fn what_has_had_its_rest_is_forgotten() {
    let (now, mut pace) = (Instant::now(), Pace::new(Limits::default()));
    for number in 0..LANES_MAX {
        pace.turn(Paced::Post(&number.to_string()), now);
    }
    pace.turn(CALL, now + Duration::from_secs(1));
    assert_eq!(pace.lanes.len(), 1);
}
