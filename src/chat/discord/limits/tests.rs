//! No order of calls goes beyond a limit, nothing waits that need not, and little is kept.

use proptest::prelude::*;
use reqwest::header::HeaderValue;
use serenity::http::Route;
use serenity::model::id::{ApplicationId, ChannelId, GuildId, InteractionId, MessageId};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn posts(channel: u32) -> Lane {
    Lane::of(&Method::POST, &format!("/channels/{channel}/messages"))
}

fn told(limit: u32, remaining: u32, reset_after: Duration) -> Told {
    let (limit, remaining) = (Some(limit), Some(remaining));
    Told { bucket: Some("abc".into()), limit, remaining, reset_after: Some(reset_after) }
}

fn is_now(turn: Turn) -> bool {
    turn == Turn::Now
}

/// Counts as Discord does: so many calls in a window, which begins with its first.
struct Counter {
    limit: u32,
    window: Duration,
    began: Option<Instant>,
    used: u32,
}

impl Counter {
    fn answer(&mut self, now: Instant) -> Told {
        let began = self.began.filter(|began| now < *began + self.window).unwrap_or_else(|| {
            self.used = 0;
            now
        });
        self.began = Some(began);
        self.used += 1;
        told(self.limit, self.limit.saturating_sub(self.used), began + self.window - now)
    }
}

proptest! {
    #[test]
    fn no_window_of_a_bucket_has_more_calls_than_its_limit(
        limit in 1u32..8,
        window in 100u64..5_000,
        gaps in prop::collection::vec((0u64..2_000, 1usize..12), 1..60),
    ) {
        let window = Duration::from_millis(window);
        let mut counter = Counter { limit, window, began: None, used: 0 };
        let (mut limits, mut now) = (Limits::default(), Instant::now());
        let lane = posts(1);
        // Nobody can know of a limit before the first answer.
        prop_assert_eq!(limits.turn(&lane, now), Turn::Now);
        limits.heard(&lane, &counter.answer(now), now);
        for (gap, at_once) in gaps {
            now += Duration::from_millis(gap);
            let made = (0..at_once).filter(|_| is_now(limits.turn(&lane, now))).count();
            let answers: Vec<Told> = (0..made).map(|_| counter.answer(now)).collect();
            prop_assert!(counter.used <= limit, "{} calls of {limit}", counter.used);
            // The last answer comes first.
            answers.iter().rev().for_each(|told| limits.heard(&lane, told, now));
        }
    }

    #[test]
    fn who_waits_as_told_gets_a_turn(limit in 1u32..8, calls in 1usize..60) {
        let mut counter = Counter { limit, window: SECOND, began: None, used: 0 };
        let (mut limits, mut now) = (Limits::default(), Instant::now());
        for _ in 0..calls {
            if let Turn::In(wait) = limits.turn(&posts(1), now) {
                prop_assert!(wait <= SECOND);
                now += wait;
                prop_assert_eq!(limits.turn(&posts(1), now), Turn::Now);
            }
            limits.heard(&posts(1), &counter.answer(now), now);
        }
    }

    #[test]
    fn no_second_has_fifty_calls_whatever_is_called(
        gaps in prop::collection::vec((0u64..60, 0u32..500), 1..400),
    ) {
        let (mut limits, mut now, mut made) = (Limits::default(), Instant::now(), Vec::new());
        for (gap, channel) in gaps {
            now += Duration::from_millis(gap);
            if is_now(limits.turn(&posts(channel), now)) {
                made.push(now);
            }
        }
        for (from, first) in made.iter().enumerate() {
            let within = made[from..].iter().take_while(|at| **at < *first + SECOND).count();
            prop_assert!(within < 50, "{within}");
        }
    }
}

proptest! {
    // Each is long, since the bound must be reached.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn little_is_kept_however_much_is_told(
        calls in prop::collection::vec((0u32..5_000, any::<u16>(), 0u64..100), 2_000..3_000),
    ) {
        let (mut limits, mut now) = (Limits::default(), Instant::now());
        for (channel, name, gap) in calls {
            now += Duration::from_millis(gap);
            let lane = Lane::of(&Method::GET, &format!("/{name}x/channels/{channel}"));
            let told = Told { bucket: Some(name.to_string()), ..told(5, 4, 60 * SECOND) };
            limits.heard(&lane, &told, now);
            limits.refused(&lane, (10 * SECOND, Scope::Bucket), now);
            limits.turn(&lane, now);
            prop_assert!(limits.buckets.len() <= BUCKETS_MAX);
            prop_assert!(limits.routes.len() <= ROUTES_MAX);
        }
        limits.heard(&posts(1), &told(5, 4, SECOND), now + LEARNED_MAX * 2);
        prop_assert_eq!(limits.buckets.len(), 1);
    }
}

#[test]
fn an_empty_bucket_waits_for_its_reset_and_holds_no_other_channel_back() {
    let (mut limits, now) = (Limits::default(), Instant::now());
    limits.heard(&posts(1), &told(5, 0, SECOND), now);
    assert_eq!(limits.turn(&posts(1), now), Turn::In(SECOND));
    assert_eq!(limits.turn(&posts(2), now), Turn::Now);
    assert_eq!(limits.turn(&posts(1), now + SECOND), Turn::Now);
}

#[test]
fn routes_that_share_a_bucket_share_its_room() {
    let (mut limits, now) = (Limits::default(), Instant::now());
    let edits = Lane::of(&Method::PATCH, "/channels/1/messages/7");
    limits.heard(&edits, &told(5, 5, SECOND), now);
    limits.heard(&posts(1), &told(5, 0, SECOND), now);
    assert_eq!(limits.turn(&edits, now), Turn::In(SECOND));
}

#[test]
fn a_wait_that_was_asked_for_is_not_cut_short_by_an_answer_that_comes_later() {
    let (mut limits, now) = (Limits::default(), Instant::now());
    limits.heard(&posts(1), &told(5, 4, SECOND), now);
    limits.refused(&posts(1), (60 * SECOND, Scope::Bucket), now);
    limits.heard(&posts(1), &told(5, 3, SECOND), now);
    assert_eq!(limits.turn(&posts(1), now + 2 * SECOND), Turn::In(58 * SECOND));
    assert_eq!(limits.turn(&posts(2), now), Turn::Now);
}

#[test]
fn answers_to_interactions_wait_for_nothing_and_leave_nothing_behind() {
    let (mut limits, now) = (Limits::default(), Instant::now());
    let (application_id, token) = (ApplicationId::new(1), "ab3.c");
    let answers = [
        Route::InteractionResponse { interaction_id: InteractionId::new(5), token },
        Route::WebhookOriginalInteractionResponse { application_id, token },
        Route::WebhookFollowupMessages { application_id, token },
        Route::WebhookFollowupMessage { application_id, token, message_id: MessageId::new(3) },
    ];
    limits.refused(&posts(1), (60 * SECOND, Scope::Everything), now);
    for answer in answers {
        let lane = Lane::of(&Method::POST, &answer.path());
        for _ in 0..200 {
            assert_eq!(limits.turn(&lane, now), Turn::Now);
            limits.heard(&lane, &told(5, 0, SECOND), now);
            limits.refused(&lane, (SECOND, Scope::Bucket), now);
        }
    }
    assert!(limits.buckets.is_empty() && limits.routes.is_empty());
    assert_eq!(limits.turn(&posts(2), now), Turn::In(60 * SECOND));
    assert_eq!(limits.turn(&posts(2), now + 60 * SECOND), Turn::Now);
}

#[test]
fn a_lane_is_the_route_without_ids_and_the_channel_or_guild_in_it() {
    let lane = |method: Method, route: Route<'_>| match Lane::of(&method, &route.path()) {
        Lane::Counted { route, place } => (route, place),
        Lane::Interaction => panic!("{route:?} is counted"),
    };
    let expected = |route: &str, place: &str| (route.to_owned(), place.to_owned());
    let (channel_id, message_id) = (ChannelId::new(12), MessageId::new(34));
    let route = Route::ChannelMessageReactionMe { channel_id, message_id, reaction: "%E2%9C%85" };
    let reacted = expected("PUT/channels/-/messages/-/reactions/-/@me", "12");
    assert_eq!(lane(Method::PUT, route), reacted);
    let (application_id, guild_id) = (ApplicationId::new(1), GuildId::new(2));
    let route = Route::GuildCommands { application_id, guild_id };
    let commands = expected("GET/applications/-/guilds/-/commands", "2");
    assert_eq!(lane(Method::GET, route), commands);
    assert_eq!(lane(Method::GET, Route::UserMe), expected("GET/users/@me", ""));
}

#[test]
fn headers_are_read_and_what_makes_no_sense_is_left_out() {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("x-ratelimit-bucket", "80c17d2f203122d936070c88c8d10f33"),
        ("x-ratelimit-limit", "5"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset-after", "1.250"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let (limit, remaining) = (Some(5), Some(0));
    let bucket = Some("80c17d2f203122d936070c88c8d10f33".into());
    let reset_after = Some(Duration::from_millis(1_250));
    assert_eq!(Told::read(&headers), Told { bucket, limit, remaining, reset_after });
    for value in ["-1", "NaN", "inf", "x", ""] {
        headers.insert("x-ratelimit-reset-after", HeaderValue::from_static(value));
        headers.insert("x-ratelimit-limit", HeaderValue::from_static(value));
        let read = Told::read(&headers);
        assert_eq!((read.limit, read.reset_after), (None, None), "{value}");
    }
}
