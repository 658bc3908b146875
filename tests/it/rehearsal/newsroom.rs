//! News for the channel of a scenario, delivered as GitHub's webhooks deliver them.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use wilco::delivery::Delivery;
use wilco_core::event::Event;
use wilco_core::fact::What;
use wilco_core::ids::{CommitSha, NewsId, RepositoryName};
use wilco_core::news::thing::Saying;
use wilco_core::news::{Line, News, NewsKind, NewsState};
use wilco_core::person::Author;
use wilco_core::time::Timestamp;

use super::spot::Channel;
use super::stage::{On, Stage};

const WANTED: &str = r#"
[[channel.deploys.news]]
kinds = ["build", "release"]
services = ["api"]
offer = { service = "api", environment = "staging" }
"#;

/// Adds the channel that a scenario's news go to.
pub fn subscribe(config: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let team = fs::read_to_string(root.join("tests/scenarios/github/news.toml")).unwrap();
    let path = config.join("wilco.toml");
    fs::write(&path, fs::read_to_string(&path).unwrap() + "\n" + &team).unwrap();
}

impl Stage {
    /// Counts the messages in the channel that has the news: on the console, what was told there for a first time.
    pub async fn count_news(&self) -> usize {
        if let Some(room) = &self.slack {
            return room.count(Channel::Team);
        }
        if let Some(room) = &self.discord {
            return room.count(Channel::Team);
        }
        let facts = self.app().reader.kept_news().await.unwrap();
        let is_there = |saying: &&Saying| saying.place.channel == Channel::Team.name();
        let said = facts.iter().filter_map(|fact| match &fact.what {
            What::NewsHeard { said, .. } => Some(said),
            _ => None,
        });
        said.flatten().filter(is_there).count()
    }

    /// Opens a channel that is told of the builds and releases of `api`, whose authors people.toml knows.
    pub async fn with_news(on: On) -> Self {
        let mut stage = Self::open(on, "deploys", &[]).await;
        stage.settle().await;
        stage.stop().await;
        let change = |file: &str, change: &dyn Fn(String) -> String| {
            let path = stage.path("config").join(file);
            fs::write(&path, change(fs::read_to_string(&path).unwrap())).unwrap();
        };
        change("wilco.toml", &|text| text + WANTED);
        change("people.toml", &|text| {
            let text = text.replace("\"ana\"\nroles", "\"ana-k\"\nroles");
            text.replace("\"ben\"\nroles", "\"ben-s\"\nroles")
        });
        change("services.toml", &|text| {
            let on_github = "[service.api]\nrepository = \"acme/api\"";
            text.replace("[service.api]\npath    = \"../repository\"", on_github)
        });
        stage.start().await.unwrap();
        stage.settle().await;
        stage
    }

    /// Delivers news, without waiting for what comes of it.
    pub async fn hear_news(&self, news: &News) {
        static DELIVERED: AtomicU64 = AtomicU64::new(0);
        let id = format!("github/{}", DELIVERED.fetch_add(1, Ordering::Relaxed));
        let event = Event::NewsHeard { news: Box::new(news.clone()) };
        let delivery = Delivery { source: "github", id, event };
        self.app().deliveries.deliver(delivery).await.unwrap();
    }

    /// Delivers news, and returns once everybody who wants to know was told.
    pub async fn tell(&self, news: &News) {
        self.hear_news(news).await;
        self.settle().await;
    }
}

/// News of a build of main by ana.
pub fn build(run: u64, attempt: u32, state: NewsState, at: i64) -> News {
    News {
        thing: NewsId::new(format!("build/acme/api/{run}")).unwrap(),
        kind: NewsKind::Build,
        repository: Some(RepositoryName::new("acme/api").unwrap()),
        service: None,
        name: Some("CI".into()),
        branch: Some("main".into()),
        line: Line::Default,
        environment: None,
        commit: Some(CommitSha::new("4f2c91a".to_owned() + &"0".repeat(33)).unwrap()),
        attempt,
        state,
        title: String::from("Faster search").into(),
        authors: vec![Author::github("ana-k"), Author::github("somebody")].into(),
        url: Some(format!("https://github.com/acme/api/actions/runs/{run}")),
        at: Timestamp(at),
    }
}

pub fn failed(run: u64, attempt: u32, at: i64) -> News {
    build(run, attempt, NewsState::Failed, at)
}

pub fn release() -> News {
    News {
        thing: NewsId::new("release/acme/api/1").unwrap(),
        kind: NewsKind::Release,
        name: Some("v1.1.0".into()),
        branch: None,
        line: Line::Other,
        ..build(1, 1, NewsState::Succeeded, 1)
    }
}
