//! News of every kind in every state, for the tests.

use crate::card::Card;
use crate::card::news::news;
use crate::fact::{Fact, What};
use crate::ids::{Account, NewsId, Place, Platform, RepositoryName};
use crate::news::thing::{Offer, Saying, Thing};
use crate::news::{Line, News, NewsEnvironment, NewsKind, NewsState, Rank};
use crate::person::{Author, People, Person};
use crate::wording::Voice;
use crate::wording::samples::{NOW, Texts, commit, environment, person, service};

/// All states, the loudest last.
const STATES: [NewsState; 5] = [
    NewsState::Waiting,
    NewsState::Running,
    NewsState::Succeeded,
    NewsState::Cancelled,
    NewsState::Failed,
];

/// Returns a message for every kind and state, each with what it is.
pub(crate) fn cards(texts: Texts, voice: &Voice) -> Vec<(String, Card)> {
    let mut all = Vec::new();
    let mut add = |name: String, thing: &Thing| {
        all.push((name, news(thing, &place(), &people(), voice)));
    };
    for kind in NewsKind::ALL {
        for state in STATES {
            add(
                format!("news {} {}", kind.code(), state.code()),
                &thing(heard(kind, state, texts)),
            );
        }
    }
    let again = News { attempt: 2, ..heard(NewsKind::Build, NewsState::Running, texts) };
    add("news of a second attempt".into(), &thing(again));
    let bare = News {
        repository: None,
        name: None,
        branch: None,
        commit: None,
        environment: None,
        title: crate::private::Private::Erased,
        authors: crate::private::Private::Erased,
        url: Some("javascript:alert(1)".into()),
        ..heard(NewsKind::Checks, NewsState::Failed, texts)
    };
    add("news of which little is known".into(), &thing(bare));
    for known in [Some(commit("5d3e002")), None] {
        let failed = heard(NewsKind::Build, NewsState::Failed, texts);
        let mended = What::NewsMended { thing: failed.thing.clone(), commit: known };
        let facts = [heard_fact(failed), fact(mended)];
        add("news of what works again".into(), &Thing::fold(&facts).expect("it was heard of"));
    }
    all
}

fn thing(heard: News) -> Thing {
    Thing::fold(&[heard_fact(heard)]).expect("it was heard of")
}

fn heard_fact(news: News) -> Fact {
    let offer = (news.kind == NewsKind::Release)
        .then(|| Offer { service: service("api"), environment: environment("staging") });
    let said = vec![Saying { place: place(), offer }];
    fact(What::NewsHeard { news: Box::new(news), said })
}

fn fact(what: What) -> Fact {
    Fact { at: NOW, deployment: None, what }
}

fn heard(kind: NewsKind, state: NewsState, texts: Texts) -> News {
    let is_own = kind == NewsKind::Deployment;
    let name = match kind {
        NewsKind::Build | NewsKind::Push => Some(texts.word),
        NewsKind::Checks => None,
        NewsKind::Release | NewsKind::Deployment => Some(texts.reference),
        NewsKind::GithubDeployment => Some("deploy"),
    };
    let there = NewsEnvironment { name: "prod".into(), rank: Rank::Production };
    News {
        thing: NewsId::new(format!("{}/acme/api/7", kind.code())).expect("a name"),
        kind,
        repository: (!is_own).then(|| RepositoryName::new("acme/api").expect("a repository")),
        service: is_own.then(|| service("api")),
        name: name.map(str::to_owned),
        branch: (kind != NewsKind::Release).then(|| "main".to_owned()),
        line: Line::Default,
        environment: matches!(kind, NewsKind::Deployment | NewsKind::GithubDeployment)
            .then_some(there),
        commit: Some(commit("4f2c91a")),
        attempt: 1,
        state,
        title: texts.subject.to_owned().into(),
        authors: vec![
            Author::github("ana-k"),
            Author::email("ana@acme.example"),
            Author::Github(texts.author.into()),
            Author::email("x@y.example"),
        ]
        .into(),
        url: Some("https://github.com/acme/api/actions/runs/7".into()),
        at: NOW,
    }
}

fn place() -> Place {
    Place::in_channel(Platform::Slack, "C0123456789")
}

fn people() -> People {
    let account =
        Account { platform: Platform::Slack, workspace: "T0123456789".into(), user: "U1".into() };
    let ana = Person {
        name: person("ana"),
        locale: None,
        accounts: [account].into(),
        writes_as: [Author::github("ana-k"), Author::email("ana@acme.example")].into(),
        roles: [].into(),
    };
    People::new([ana]).expect("one person")
}
