//! News: who is told what, once, whatever comes late, twice or in another order.

#[path = "news/firm.rs"]
mod firm;

use firm::{
    Firm, OTHER, SHOWN, account, build, deploys, failed, place, pushed, release, succeeded, wants,
};
use proptest::prelude::*;
use wilco_core::card::Press;
use wilco_core::decide::Decision;
use wilco_core::effect::Effect;
use wilco_core::event::{RunEnd, RunOutcome, RunReport};
use wilco_core::fact::What;
use wilco_core::ids::{DeploymentId, EnvironmentName, ServiceName};
use wilco_core::news::subscription::Subscription;
use wilco_core::news::thing::{KEPT_MAX, Offer};
use wilco_core::news::{Line, News, NewsEnvironment, NewsKind, NewsState, Rank};
use wilco_core::notice::Notice;
use wilco_core::person::Author;
use wilco_core::private::Private;
use wilco_core::time::Timestamp;

fn lines(effects: &[Effect]) -> Vec<(&Notice, usize)> {
    let mut lines = Vec::new();
    for effect in effects {
        if let Effect::LogNews { notice, mentioned, .. } = effect {
            lines.push((notice, mentioned.len()));
        }
    }
    lines
}

fn shows(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::ShowNews { .. })).count()
}

#[test]
fn a_failure_is_told_once_and_what_follows_stands_below_it() {
    let mut firm = Firm::new(vec![wants(&[NewsKind::Build])]);
    assert!(firm.hear(&build(7, 1, NewsState::Running, 1)).effects.is_empty(), "quiet");
    let first = firm.hear(&failed(7, 1, 2));
    assert_eq!((shows(&first.effects), lines(&first.effects)), (1, vec![]));
    assert_eq!(firm.hear(&failed(7, 1, 2)), Decision::default(), "the same once more");
    assert_eq!(firm.hear(&build(7, 1, NewsState::Running, 1)), Decision::default(), "late");
    let again = firm.hear(&build(7, 2, NewsState::Waiting, 3));
    assert_eq!(lines(&again.effects), [(&Notice::NewsAgain { attempt: 2 }, 0)]);
    let running = firm.hear(&build(7, 2, NewsState::Running, 4));
    assert_eq!((shows(&running.effects), lines(&running.effects)), (1, vec![]));
    let twice = firm.hear(&failed(7, 2, 5));
    assert_eq!(lines(&twice.effects), [(&Notice::NewsFailed { attempt: 2 }, 1)], "and mentioned");
    let works = firm.hear(&succeeded(7, 3, 6));
    assert_eq!(lines(&works.effects), [(&Notice::NewsMended { commit: None }, 0)]);
}

#[test]
fn the_authors_are_mentioned_where_the_failure_is_posted_and_not_where_it_is_edited() {
    let mut firm = Firm::new(vec![wants(&[NewsKind::Build])]);
    firm.hear(&failed(7, 1, 2));
    let mentioned = |firm: &Firm| {
        let id = failed(7, 1, 2).thing;
        let thing = firm.set.things().get(&id).expect("it is kept");
        thing.mentioned_in(&place(SHOWN), &firm.catalog.people)
    };
    assert_eq!(mentioned(&firm), [account("ana")]);
    firm.hear(&build(7, 2, NewsState::Running, 3));
    assert!(mentioned(&firm).is_empty());
    firm.hear(&failed(7, 2, 4));
    assert!(mentioned(&firm).is_empty(), "the line below mentions them");
}

#[test]
fn whoever_is_in_nobodys_entry_is_never_mentioned() {
    let mut news = failed(7, 1, 2);
    let unknown = ["ANA", "mina", "ana-"].map(|login| Author::Github(login.into()));
    news.authors = unknown.to_vec().into();
    let people = Firm::new(vec![]).catalog.people;
    assert!(news.mentioned(place(SHOWN).platform, &people).is_empty());
    news.authors = Private::Erased;
    assert!(news.mentioned(place(SHOWN).platform, &people).is_empty());
}

#[test]
fn what_nobody_subscribed_to_leaves_no_fact() {
    let others = [
        Subscription { branches: vec!["release/*".into()], ..wants(&[NewsKind::Build]) },
        Subscription { workflows: vec!["nightly".into()], ..wants(&[NewsKind::Build]) },
        Subscription {
            services: vec![ServiceName::new("web").expect("a name")],
            ..wants(&[NewsKind::Build])
        },
        wants(&[NewsKind::Release, NewsKind::Checks]),
    ];
    let mut firm = Firm::new(others.to_vec());
    assert_eq!(firm.hear(&failed(7, 1, 2)), Decision::default());
    assert_eq!(firm.set.things().iter().count(), 0);
}

#[test]
fn only_failures_releases_and_production_are_loud_by_themselves() {
    let there = |name: &str, rank| Some(NewsEnvironment { name: name.into(), rank });
    let on_github = |rank, state| News {
        kind: NewsKind::GithubDeployment,
        environment: there("eu", rank),
        ..build(1, 1, state, 1)
    };
    for (news, is_loud) in [
        (failed(1, 1, 1), true),
        (succeeded(1, 1, 1), false),
        (build(1, 1, NewsState::Cancelled, 1), false),
        (release(1), true),
        (on_github(Rank::Production, NewsState::Succeeded), true),
        (on_github(Rank::Other, NewsState::Succeeded), false),
        (on_github(Rank::Other, NewsState::Failed), true),
        (pushed(&["ana-k"]), false),
    ] {
        let decision = Firm::new(vec![wants(&NewsKind::ALL)]).hear(&news);
        assert_eq!(shows(&decision.effects) > 0, is_loud, "{news:?}");
        let states = vec![news.state];
        let asked = Subscription { states, ..wants(&[news.kind]) };
        let told = shows(&Firm::new(vec![asked]).hear(&news).effects);
        assert_eq!(told > 0, news.kind != NewsKind::Push, "{news:?}");
    }
}

#[test]
fn a_push_to_the_default_branch_is_told_of_by_what_failed_at_it_with_all_its_authors() {
    let mut firm = Firm::new(vec![wants(&[NewsKind::Push])]);
    assert_eq!(shows(&firm.hear(&pushed(&["ben-s", "ana-k"])).effects), 0);
    let elsewhere = News { line: Line::Other, ..failed(6, 1, 2) };
    assert_eq!(firm.hear(&elsewhere), Decision::default());
    assert_eq!(shows(&firm.hear(&failed(7, 1, 2)).effects), 1);
    let thing = firm.set.things().get(&failed(7, 1, 2).thing).expect("it is kept");
    let mentioned = thing.mentioned_in(&place(SHOWN), &firm.catalog.people);
    assert_eq!(mentioned, [account("ana"), account("ben")]);
}

#[test]
fn the_next_success_on_the_branch_says_that_it_works_again_once() {
    let mut firm = Firm::new(vec![wants(&[NewsKind::Build])]);
    firm.hear(&failed(7, 1, 2));
    let elsewhere = News { branch: Some("x".into()), line: Line::Other, ..succeeded(8, 1, 3) };
    assert_eq!(lines(&firm.hear(&elsewhere).effects), []);
    assert_eq!(lines(&firm.hear(&succeeded(6, 1, 1)).effects), [], "it began before the failure");
    let commit = succeeded(9, 1, 4).commit;
    let mended = firm.hear(&succeeded(9, 1, 4));
    assert_eq!(lines(&mended.effects), [(&Notice::NewsMended { commit }, 0)]);
    assert_eq!(shows(&mended.effects), 1);
    assert_eq!(lines(&firm.hear(&succeeded(10, 1, 5)).effects), []);
}

#[test]
fn a_failure_that_is_heard_of_after_it_works_again_wakes_nobody() {
    let mut firm = Firm::new(vec![wants(&[NewsKind::Build])]);
    firm.hear(&succeeded(9, 1, 4));
    assert_eq!(firm.hear(&failed(7, 1, 2)).effects, []);
    firm.hear(&succeeded(11, 2, 9));
    assert_eq!(firm.hear(&failed(11, 1, 8)), Decision::default(), "of an earlier attempt");
}

#[test]
fn a_flood_of_things_is_bounded() {
    let mut firm = Firm::new(vec![wants(&[NewsKind::Build])]);
    for (run, at) in (1..=KEPT_MAX as u64 + 50).zip(1..) {
        firm.hear(&failed(run, 1, at));
    }
    assert_eq!(firm.set.things().iter().count(), KEPT_MAX);
    assert!(firm.set.things().get(&failed(1, 1, 1).thing).is_none(), "the oldest went");
}

#[test]
fn the_end_of_a_deployment_is_told_in_other_channels() {
    for (end, state) in [
        (RunEnd::Succeeded, NewsState::Succeeded),
        (RunEnd::Failed { status: 1 }, NewsState::Failed),
        (RunEnd::TimedOut, NewsState::Failed),
    ] {
        let loud = vec![NewsState::Succeeded, NewsState::Failed];
        let mut firm =
            Firm::new(vec![Subscription { states: loud, ..wants(&[NewsKind::Deployment]) }]);
        let outcome = RunOutcome { end, log_tail: String::new() };
        let ended = deploys(&mut firm, OTHER, &RunReport::Ended { outcome });
        let heard = ended.facts.iter().find_map(|fact| match &fact.what {
            What::NewsHeard { news, said } => Some((news.state, said.len())),
            _ => None,
        });
        assert_eq!(heard, Some((state, 1)));
        assert_eq!(shows(&ended.effects), 1);
        assert!(lines(&ended.effects).is_empty());
        // Where its card is, it is told of already.
        let mut firm = Firm::new(vec![wants(&[NewsKind::Deployment])]);
        let outcome = RunOutcome { end: RunEnd::Failed { status: 1 }, log_tail: String::new() };
        let ended = deploys(&mut firm, SHOWN, &RunReport::Ended { outcome });
        assert_eq!(shows(&ended.effects), 0);
    }
}

fn offering() -> Firm {
    let offer = Offer {
        service: ServiceName::new("api").expect("a name"),
        environment: EnvironmentName::new("staging").expect("a name"),
    };
    let mut firm =
        Firm::new(vec![Subscription { offer: Some(offer), ..wants(&[NewsKind::Release]) }]);
    firm.hear(&release(1));
    firm.show(&release(1), SHOWN);
    firm
}

fn told(effects: &[Effect]) -> Option<&Notice> {
    effects.iter().find_map(|effect| match effect {
        Effect::Tell { notice, .. } => Some(notice),
        _ => None,
    })
}

#[test]
fn the_button_of_a_release_deploys_it_as_the_words_would_and_only_once() {
    let mut firm = offering();
    let decision = firm.press("ana", Press::Deploy, SHOWN);
    let asked = decision.facts.iter().find_map(|fact| match &fact.what {
        What::Requested(requested) => requested.words.known(),
        _ => None,
    });
    assert_eq!(asked.map(String::as_str), Some("deploy api@v1.4.2 to staging"));
    let number = DeploymentId(1);
    for who in ["ana", "ben"] {
        let again = firm.press(who, Press::Deploy, SHOWN);
        assert!(again.facts.is_empty());
        assert_eq!(told(&again.effects), Some(&Notice::OfferTaken { deployment: number }));
    }
}

#[test]
fn the_button_gives_nobody_a_right_that_they_do_not_have() {
    let mut firm = offering();
    let decision = firm.press("mallory", Press::Deploy, SHOWN);
    let refused = |fact: &wilco_core::fact::Fact| matches!(fact.what, What::RequestRefused { .. });
    assert!(decision.facts.iter().all(refused) && !decision.facts.is_empty());
    assert!(matches!(told(&decision.effects), Some(Notice::Refused { .. })));
}

#[test]
fn what_was_withdrawn_is_deployed_by_no_button() {
    let mut firm = offering();
    let gone = News { state: NewsState::Cancelled, at: Timestamp(9), ..release(1) };
    assert_eq!(lines(&firm.hear(&gone).effects), [(&Notice::NewsWithdrawn, 0)]);
    let decision = firm.press("ana", Press::Deploy, SHOWN);
    assert_eq!(told(&decision.effects), Some(&Notice::OfferOver));
}

fn any_news() -> impl Strategy<Value = News> {
    let state = prop::sample::select(vec![
        NewsState::Waiting,
        NewsState::Running,
        NewsState::Succeeded,
        NewsState::Cancelled,
        NewsState::Failed,
    ]);
    (7_u64..9, 1_u32..3, state, 0_i64..4)
        .prop_map(|(run, attempt, state, at)| build(run, attempt, state, at))
}

proptest! {
    #[test]
    fn in_whatever_order_news_come_everything_ends_as_it_ended(
        told in prop::collection::vec(any_news(), 1..10),
        order in prop::collection::vec(any::<u32>(), 20),
    ) {
        let mut ends = Vec::new();
        let twice: Vec<News> = told.iter().chain(&told).cloned().collect();
        let mut keyed: Vec<_> = order.into_iter().zip(twice).collect();
        keyed.sort_by_key(|(key, _)| *key);
        let shuffled: Vec<News> = keyed.into_iter().map(|(_, news)| news).collect();
        // Everything is wanted, so that everything leaves its facts.
        let states = vec![
            NewsState::Waiting, NewsState::Running, NewsState::Succeeded, NewsState::Cancelled,
            NewsState::Failed,
        ];
        let all = Subscription { states, ..wants(&[NewsKind::Build]) };
        let some = told.len();
        let every = [&told[..], if shuffled.len() >= 2 * some { &shuffled[..] } else { &told[..] }];
        for order in every {
            let mut firm = Firm::new(vec![all.clone()]);
            let mut first = 0;
            for news in order {
                let decision = firm.hear(news);
                first += decision.facts.iter().filter(|fact| {
                    matches!(&fact.what, What::NewsHeard { said, .. } if !said.is_empty())
                }).count();
            }
            let things: Vec<_> = firm.set.things().iter()
                .map(|thing| (thing.news.thing.clone(), thing.news.attempt, thing.news.state))
                .collect();
            prop_assert!(first <= things.len(), "no thing is said anew");
            ends.push(things);
        }
        prop_assert_eq!(&ends[0], &ends[1]);
    }
}
