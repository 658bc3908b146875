//! Laws about a whole way rather than one step, each told from its beginning.

use std::sync::Arc;

use proptest::prelude::*;
use wilco_core::catalog::Rate;
use wilco_core::decide::{Decision, decide};
use wilco_core::deployment::{Deployment, Kind, Outcome, Status};
use wilco_core::effect::Effect;
use wilco_core::event::{Confirmation, Event, Posted, Reaction, RunEnd, RunReport};
use wilco_core::fact::What;
use wilco_core::flood::{Flood, Pace};
use wilco_core::gate::Blocker;
use wilco_core::ids::{DeploymentId, Digest, ParameterName, Platform};
use wilco_core::notice::Notice;
use wilco_core::person::Standing;
use wilco_core::refusal::Refusal;
use wilco_core::request::{Parameters, Request};
use wilco_core::seal::{Contents, seal};
use wilco_core::time::{Duration, Timestamp};
use wilco_core::working_set::scope;

use crate::again::live;
use crate::firm::{
    BEN_LOST_THE_ROLE, EXPIRES, catalogs, commit, environment, person, pipeline, policy, service,
    slack, speaker,
};
use crate::moves::{
    answered, confirmed, deploy, ended, reacted, reported, resolved, said, started,
};
use crate::world::{BEGIN, World};
use crate::{ONE, TWO, ask, asked, make};

pub const FIRST: DeploymentId = DeploymentId(1);

pub fn deployment(world: &World, id: DeploymentId) -> &Deployment {
    world.deployment(id).expect("a deployment of this story")
}

pub fn approve(world: &mut World, who: &str, id: DeploymentId) {
    make(world, reacted(slack(who), id, "✅", Reaction::Added));
}

pub fn current_seal(world: &World, id: DeploymentId) -> Digest {
    deployment(world, id).sealed.as_ref().expect("its version is known").seal
}

pub fn confirm(world: &mut World, id: DeploymentId) {
    let seal = current_seal(world, id);
    make(world, confirmed(id, seal));
}

pub fn report(world: &mut World, id: DeploymentId, news: RunReport) {
    let op_key = deployment(world, id).run.as_ref().expect("a run").op_key.clone();
    make(world, reported(id, &op_key, news));
}

pub fn succeed(world: &mut World, id: DeploymentId) {
    report(world, id, started());
    report(world, id, ended(RunEnd::Succeeded));
}

#[test]
fn a_vote_counts_until_the_last_millisecond() {
    for (late, counts) in [(-1, true), (0, false), (1, false)] {
        let mut world = asked(&policy(TWO));
        make(&mut world, resolved(FIRST, commit('a')));
        world.now = Timestamp(BEGIN.after(EXPIRES).0 + late);
        approve(&mut world, "ben", FIRST);
        let deployment = deployment(&world, FIRST);
        assert_eq!(deployment.approvals.len(), usize::from(counts), "{late} ms after the expiry");
        assert_eq!(deployment.outcome() == Some(Outcome::Expired), !counts, "{late} ms after");
    }
}

#[test]
fn what_expired_stays_so_when_the_clock_goes_back() {
    let mut world = asked(&policy(ONE));
    make(&mut world, resolved(FIRST, commit('a')));
    let other = ask(&mut world, "ana");
    make(&mut world, resolved(other, commit('a')));
    world.now = BEGIN.after(EXPIRES);
    make(&mut world, Event::LookAgain { deployment: FIRST });
    world.now = BEGIN;
    approve(&mut world, "ben", FIRST);
    // The other's time is over too, although nobody has looked at it.
    approve(&mut world, "ben", other);
    for id in [FIRST, other] {
        assert_eq!(deployment(&world, id).outcome(), Some(Outcome::Expired));
        assert_eq!(deployment(&world, id).approvals, []);
    }
}

#[test]
fn an_empty_list_of_roles_is_filled_by_nobody() {
    let mut world = asked(&policy(ONE));
    make(&mut world, resolved(FIRST, commit('a')));
    world.catalogs = Arc::new(catalogs(&policy(&[(1, &[])])));
    make(&mut world, Event::LookAgain { deployment: FIRST });
    make(
        &mut world,
        Event::CardShown {
            deployment: FIRST,
            message: crate::moves::card(FIRST),
            seal: None,
            posted: Posted::Now,
        },
    );
    for who in ["ana", "ben", "mina", "carl"] {
        approve(&mut world, who, FIRST);
        make(&mut world, said(slack(who), Request::Approve { deployment: FIRST }));
    }
    confirm(&mut world, FIRST);
    assert_eq!(deployment(&world, FIRST).approvals, []);
    assert_eq!(deployment(&world, FIRST).status, Status::Waiting);
}

#[test]
fn nobody_approves_their_own_from_any_account() {
    let mut world = asked(&policy(ONE));
    make(&mut world, resolved(FIRST, commit('a')));
    for platform in [Platform::Slack, Platform::Discord] {
        let ana = speaker(platform, "ana", Standing::Member);
        make(&mut world, reacted(ana.clone(), FIRST, "✅", Reaction::Added));
        make(&mut world, said(ana, Request::Approve { deployment: FIRST }));
    }
    let refused = |fact: &&Arc<wilco_core::fact::Fact>| matches!(&fact.what, What::VoteRefused { reason, .. } if reason == "own_deployment");
    assert_eq!(world.facts.iter().filter(refused).count(), 4);
    assert_eq!(deployment(&world, FIRST).approvals, []);
}

#[test]
fn two_accounts_and_two_signs_are_one_vote() {
    let mut world = asked(&policy(TWO));
    make(&mut world, resolved(FIRST, commit('a')));
    for platform in [Platform::Slack, Platform::Discord] {
        for emoji in ["✅", "👍", "👍🏿"] {
            let mina = speaker(platform, "mina", Standing::Member);
            make(&mut world, reacted(mina, FIRST, emoji, Reaction::Added));
        }
    }
    confirm(&mut world, FIRST);
    assert_eq!(deployment(&world, FIRST).approvers(), [&person("mina")]);
    assert_eq!(deployment(&world, FIRST).status, Status::Waiting);
    approve(&mut world, "ben", FIRST);
    confirm(&mut world, FIRST);
    assert_eq!(deployment(&world, FIRST).status, Status::Starting);
}

#[test]
fn a_role_lost_between_vote_and_start_stops_the_start() {
    let mut world = asked(&policy(ONE));
    make(&mut world, resolved(FIRST, commit('a')));
    approve(&mut world, "ben", FIRST);
    world.catalog = BEN_LOST_THE_ROLE;
    confirm(&mut world, FIRST);
    let blockers = world.blockers(deployment(&world, FIRST));
    assert!(matches!(blockers[..], [Blocker::ApprovalsMissing { have: 0, need: 1, .. }]));
    // With mina's vote it starts, and the record names only her.
    approve(&mut world, "mina", FIRST);
    confirm(&mut world, FIRST);
    let opened = world.facts.iter().find_map(|fact| match &fact.what {
        What::GatesOpened { approvers, .. } => Some(approvers.clone()),
        _ => None, // Only this fact has approvers.
    });
    assert_eq!(opened, Some(vec![person("mina").into()]));
}

/// Returns a lane that #1 just left, while #2 and #3 are approved and #2 had its last look ordered.
fn two_in_line() -> (World, DeploymentId, DeploymentId) {
    let mut world = crate::line();
    succeed(&mut world, FIRST);
    let (next, other) = (DeploymentId(2), DeploymentId(3));
    let seal = current_seal(&world, next);
    assert_eq!(world.confirms.iter().collect::<Vec<_>>(), [&(next, seal)]);
    (world, next, other)
}

#[test]
fn who_loses_their_turn_lets_the_next_go_on() {
    type Loss = fn(&mut World, DeploymentId);
    let losses: [(&str, Loss); 5] = [
        ("a vote was taken back", |world, next| {
            make(world, reacted(slack("mina"), next, "✅", Reaction::Removed));
        }),
        ("the script moved", |world, next| {
            let (seal, fingerprint) = (current_seal(world, next), Digest([9; 32]));
            let branches = vec!["main".into()];
            let answer =
                Ok(Confirmation { commit_exists: true, branches, fingerprint, checks: vec![] });
            make(world, answered(next, seal, answer));
        }),
        ("rejected", |world, next| {
            make(world, reacted(slack("mina"), next, "❌", Reaction::Added));
        }),
        ("cancelled", |world, next| {
            make(world, said(slack("ana"), Request::Cancel { deployment: next }));
        }),
        ("the last look failed", |world, next| {
            let (seal, answer) = (current_seal(world, next), Err("gone".into()));
            make(world, answered(next, seal, answer));
        }),
    ];
    for (loss, lose) in losses {
        let (mut world, next, other) = two_in_line();
        lose(&mut world, next);
        assert!(world.confirms.contains(&(other, current_seal(&world, other))), "{loss}");
        confirm(&mut world, other);
        assert_eq!(deployment(&world, other).status, Status::Starting, "{loss}");
    }
}

#[test]
fn a_cancel_said_twice_is_on_record_once() {
    let mut world = crate::line();
    for _ in 0..2 {
        make(&mut world, said(slack("ana"), Request::Cancel { deployment: FIRST }));
    }
    let asked = world.facts_of(FIRST).filter(|fact| fact.kind() == "cancel_asked");
    assert_eq!(asked.count(), 1);
}

#[test]
fn a_card_shown_late_does_not_change_what_is_over() {
    let mut world = asked(&policy(ONE));
    make(&mut world, said(slack("ana"), Request::Cancel { deployment: FIRST }));
    let mut message = crate::moves::card(FIRST);
    message.message = "m-late".into();
    make(
        &mut world,
        Event::CardShown { deployment: FIRST, message, seal: None, posted: Posted::Now },
    );
    let fold = Deployment::fold(world.facts_of(FIRST));
    assert_eq!(fold.as_ref(), Some(deployment(&world, FIRST)));
}

#[test]
fn a_run_of_another_commit_is_no_success() {
    let mut world = World::new(catalogs(&policy(ONE)));
    make(&mut world, said(slack("ana"), deploy("staging")));
    make(&mut world, resolved(FIRST, commit('a')));
    report(&mut world, FIRST, started());
    report(&mut world, FIRST, RunReport::Working { commit: commit('b') });
    report(&mut world, FIRST, ended(RunEnd::Succeeded));
    assert_eq!(deployment(&world, FIRST).outcome(), Some(Outcome::Failed));
    assert_eq!(live(&world), None);
}

#[test]
fn nobody_fills_up_a_lane() {
    let mut world = World::new(catalogs(&policy(ONE)));
    for _ in 0..5 {
        make(&mut world, said(slack("ana"), deploy("prod")));
    }
    assert_eq!(world.set.open().count(), 2, "one person");
    for _ in 0..5 {
        make(&mut world, said(slack("ben"), deploy("prod")));
    }
    assert_eq!(world.set.open().count(), 3, "one lane");
    make(&mut world, said(slack("ana"), Request::Cancel { deployment: FIRST }));
    make(&mut world, said(slack("ben"), deploy("prod")));
    assert_eq!(world.set.open().count(), 3, "there is room again");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_part_that_moves_moves_the_seal(part in 0..11_usize, text in "[a-z]{1,8}", byte in 1..=u8::MAX) {
        let mut values = Parameters::new();
        values.insert(ParameterName::new("hosts").expect("a name"), "1".into());
        let mut other_values = values.clone();
        other_values.insert(ParameterName::new(text.as_str()).expect("a name"), "2".into());
        let (parameters, other_parameters) = (values.into(), other_values.into());
        let (kind, other_kind) = (Kind::Deploy, Kind::Rollback);
        let (one, other) = (policy(ONE), policy(&[(1, &["approver", text.as_str()])]));
        let (program, other_program) = (pipeline("deploy"), pipeline(&format!("deploy-{text}")));
        let (api, other_api) = (service(), wilco_core::ids::ServiceName::new(format!("api-{text}")).expect("a name"));
        let (prod, other_prod) = (environment("prod"), environment(&format!("prod-{text}")));
        let (ana, other_ana) = (person("ana").into(), person(&format!("ana-{text}")).into());
        let (sha, other_sha) = (commit('a'), commit('b'));
        let (plain, other_plain) = (Digest([0; 32]), Digest([byte; 32]));
        let (nonce, other_nonce) = (Digest([0; 32]).into(), Digest([byte; 32]).into());
        let contents = Contents {
            deployment: FIRST, kind: &kind, service: &api, environment: &prod, commit: &sha,
            parameters: &parameters, pipeline: &program, fingerprint: &plain, policy: &one,
            requester: &ana, nonce: &nonce,
        };
        let mut moved = contents;
        match part {
            0 => moved.deployment = DeploymentId(u64::from(byte) + 1),
            1 => moved.kind = &other_kind,
            2 => moved.service = &other_api,
            3 => moved.environment = &other_prod,
            4 => moved.commit = &other_sha,
            5 => moved.parameters = &other_parameters,
            6 => moved.pipeline = &other_program,
            7 => moved.fingerprint = &other_plain,
            8 => moved.policy = &other,
            9 => moved.requester = &other_ana,
            _ => moved.nonce = &other_nonce,
        }
        prop_assert_eq!(seal(&contents), seal(&contents));
        prop_assert_ne!(seal(&contents), seal(&moved), "part {}", part);
    }
}

#[test]
fn whoever_is_too_fast_is_told_so_and_nothing_else_comes_of_it() {
    let mut world = asked(&policy(TWO));
    make(&mut world, resolved(FIRST, commit('a')));
    let wait = Duration::seconds(1);
    let add = reacted(slack("ben"), FIRST, "✅", Reaction::Added);
    for event in [said(slack("ben"), Request::Approve { deployment: FIRST }), add] {
        let view = world.set.view(&scope(&event), world.catalog(), world.now, Digest([7; 32]));
        assert!(!decide(&view, &event).facts.is_empty(), "{event:?}");
        let Decision { facts, effects } = decide(&view.at(Pace::FirstOver { wait }), &event);
        let [Effect::Tell { to, notice, .. }] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!(Some(to), event.speaker().map(|speaker| &speaker.account));
        assert_eq!(*notice, Notice::Refused { refusal: Refusal::TooFast { wait } });
        assert_eq!(facts, []);
        assert_eq!(decide(&view.at(Pace::Over), &event), Decision::default());
    }
}

#[test]
fn whatever_somebody_does_counts_as_fast_where_something_comes_of_it() {
    let rate = Rate { burst: 1, per_minute: 1 };
    let react = |emoji, change| reacted(slack("ben"), FIRST, emoji, change);
    let by_bot = |event: Event| event.by(Standing::Bot);
    let vote = react("✅", Reaction::Added);
    let line = said(slack("ben"), Request::Whoami);
    for (event, counts) in [
        (vote.clone(), true),
        (line.clone(), true),
        (vote.clone().by(Standing::Stranger), true),
        (vote.clone().by(Standing::Unknown), true),
        (react("❌", Reaction::Added), true),
        (react("✅", Reaction::Removed), true),
        (Event::HomeOpened { speaker: slack("ben") }, true),
        (react("❌", Reaction::Removed), false),
        (react("🎉", Reaction::Added), false),
        (by_bot(vote), false),
        (by_bot(line), false),
        (resolved(FIRST, commit('a')), false),
    ] {
        let mut flood = Flood::default();
        let mut take = || flood.take(&event, BEGIN, rate);
        assert_eq!(
            [take(), take()].map(|pace| pace == Pace::Allowed),
            [true, !counts],
            "{event:?}"
        );
    }
}

#[test]
fn whom_the_platform_is_to_tell_of_is_not_counted_twice() {
    // It comes in as said by nobody knows whom, and once more when the platform has told.
    let rate = Rate { burst: 1, per_minute: 1 };
    let mut flood = Flood::default();
    let line = said(slack("ben"), Request::Whoami);
    let unknown = line.clone().by(Standing::Unknown);
    assert_eq!(flood.take(&unknown, BEGIN, rate), Pace::Allowed);
    assert_eq!(flood.take(&line, BEGIN, rate), Pace::Allowed);
    assert_ne!(flood.take(&unknown, BEGIN, rate), Pace::Allowed);
    assert_ne!(flood.take(&line, BEGIN, rate), Pace::Allowed);
}

#[test]
fn whoever_opens_their_page_too_often_may_speak_and_is_told_nothing() {
    let rate = Rate { burst: 1, per_minute: 1 };
    let (mut flood, mut world) = (Flood::default(), World::new(catalogs(&policy(ONE))));
    let opened = Event::HomeOpened { speaker: slack("ben") };
    let paces = [0, 1, 2].map(|_| flood.take(&opened, BEGIN, rate));
    assert_eq!(flood.take(&said(slack("ben"), Request::Whoami), BEGIN, rate), Pace::Allowed);
    let pages = paces.map(|pace| world.decide_at(pace, &opened).effects.len());
    assert_eq!(pages, [1, 0, 0]);
    make(&mut world, opened);
}

#[test]
fn a_sign_that_is_put_on_and_taken_off_in_a_loop_costs_a_bounded_amount_and_stands_for_nothing() {
    let (rate, mut flood) = (Rate { burst: 5, per_minute: 1 }, Flood::default());
    for standing in [Standing::Member, Standing::Unknown] {
        let mut world = asked(&policy(TWO));
        make(&mut world, resolved(FIRST, commit('a')));
        let mut cost = 0;
        for turn in 0..1000 {
            let change = if turn % 2 == 0 { Reaction::Added } else { Reaction::Removed };
            let event = reacted(slack("ben"), FIRST, "✅", change).by(standing);
            let pace = flood.take(&event, BEGIN, rate);
            let decision = world.decide_at(pace, &event);
            cost += decision.facts.len() + decision.effects.len();
            world.take(&event, &decision);
        }
        assert!(cost < 50, "{standing:?}: {cost}");
        assert_eq!(deployment(&world, FIRST).approvals, []);
    }
}
