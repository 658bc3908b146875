//! Where a scenario takes place: the real app with real scripts, a git repository, and a clock that the scenario moves.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use wilco::app::{App, Options};
use wilco::backend::Backends;
use wilco::backend::command::CommandBackend;
use wilco::chat::console::session::{self, AtEnd};
use wilco::chat::console::{Console, Input};
use wilco::clock::Clock;
use wilco::courier::{Chats, Patience};
use wilco::delivery::{Activity, Deliveries, Submission};
use wilco::http::Server;
use wilco::store::StoreError;
use wilco::store::open::Directory;
use wilco::witness::Witness;
use wilco_core::catalog::Catalog;
use wilco_core::deployment::Status;
use wilco_core::ids::{DeploymentId, MessageRef, PersonName, Platform};
use wilco_core::time::Timestamp;

use super::discord_room::DiscordRoom;
use super::github::Workshop;
use super::hearing::Hearing;
use super::newsroom;
use super::repository::Repository;
use super::sides::Sides;
use super::slack_room::SlackRoom;
use super::spot::{Channel, Chat, Spot};
use super::transcript::Code;
use super::venue::{copy, move_in};

/// Monday 9 March 2026, 09:00 UTC.
const BEGINS_AT: Timestamp = Timestamp(1_773_046_800_000);

/// Whatever is set off has come to rest by then, on a machine that is busy, too.
pub const RESTS_WITHIN: Duration = Duration::from_mins(1);

/// As often as usual, and sooner.
const PATIENCE: Patience = Patience {
    first: Duration::from_millis(10),
    longest: Duration::from_millis(200),
    tries: 8,
    call: Duration::from_secs(30),
};

pub struct Stage {
    home: TempDir,
    pub repository: Repository,
    pub clock: Clock,
    code: Code,
    pub(super) hearing: Hearing,
    /// What is heard in the channel that has the news.
    team: Hearing,
    sides: Sides,
    console: Console,
    pub(super) slack: Option<SlackRoom>,
    pub(super) discord: Option<DiscordRoom>,
    pub github: Option<Workshop>,
    /// What wilco does not get through to.
    pub(super) out_of_reach: Option<Chat>,
    pub(super) app: Option<App>,
    /// Where webhooks come in.
    called: Option<Server>,
}

/// Where a scenario takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Console,
    Slack,
    Discord,
    SlackAndDiscord,
}

impl Stage {
    /// Sets everything up and starts the app. `settings` take the place of those in wilco.toml.
    pub async fn open(on: On, channel: &str, settings: &[String]) -> Self {
        Self::open_with(on, Code::Here, channel, settings).await
    }

    /// The same, with the code of the services somewhere.
    pub async fn open_with(on: On, code: Code, channel: &str, settings: &[String]) -> Self {
        let home = TempDir::new().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let config = home.path().join("config");
        copy(&root.join("tests/scenarios/config"), &config);
        copy(&root.join("commands"), &home.path().join("commands"));
        let github = match code {
            Code::Here => None,
            Code::OnGithub | Code::OnGithubWithNews => {
                let services = root.join("tests/scenarios/github/services.toml");
                fs::copy(services, config.join("services.toml")).unwrap();
                Some(Workshop::open(BEGINS_AT).await)
            }
        };
        if code == Code::OnGithubWithNews {
            newsroom::subscribe(&config);
        }
        fs::create_dir(home.path().join("holds")).unwrap();
        let repository = Repository::make(home.path().join("repository"));
        let hearing = Hearing::default();
        let console = Console::plain(channel, hearing.clone());
        let clock = Clock::standing_at(BEGINS_AT);
        let (slack, discord) = match on {
            On::Console => (None, None),
            On::Slack => (Some(SlackRoom::open().await), None),
            On::Discord => (None, Some(DiscordRoom::open(&config).await)),
            On::SlackAndDiscord => {
                (Some(SlackRoom::open().await), Some(DiscordRoom::open(&config).await))
            }
        };
        let venues = slack.iter().map(SlackRoom::venue);
        let venues: Vec<_> = venues.chain(discord.iter().map(DiscordRoom::venue)).collect();
        if !venues.is_empty() {
            move_in(&home.path().join("config"), &venues);
        }
        let (sides, out_of_reach, app) = (Sides::default(), None, None);
        let (team, called) = (Hearing::default(), None);
        let mut stage = Self {
            home,
            repository,
            clock,
            code,
            hearing,
            team,
            sides,
            console,
            slack,
            discord,
            github,
            out_of_reach,
            app,
            called,
        };
        for setting in settings {
            stage.set(setting);
        }
        stage.start().await.unwrap();
        stage
    }

    pub fn app(&self) -> &App {
        self.app.as_ref().unwrap()
    }

    /// Returns the room in Slack, where the scenario takes place in one.
    pub fn room(&self) -> &SlackRoom {
        self.slack.as_ref().expect("it takes place in Slack")
    }

    /// Returns the room in Discord, where the scenario takes place in one.
    pub fn discord_room(&self) -> &DiscordRoom {
        self.discord.as_ref().expect("it takes place in Discord")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Says a line as the owner of this account, where the one chat is.
    pub async fn say(&self, account: &str, line: &str) {
        match (&self.slack, &self.discord) {
            (None, None) => self.say_to_console(account, line).await,
            (Some(room), None) => room.say(account, line).await,
            (None, Some(room)) => room.say(account, line).await,
            (Some(_), Some(_)) => panic!("`{account}` is in two chats: `{account}@slack`?"),
        }
    }

    /// Says a line there, where there are two chats.
    pub async fn say_at(&self, (chat, spot): (Chat, Spot), account: &str, line: &str) {
        let (slack, discord) = (self.room(), self.discord_room());
        slack.speaks("");
        discord.speaks("");
        match chat {
            Chat::Slack => slack.say_at(spot, account, line).await,
            Chat::Discord => discord.say_at(spot, account, line).await,
        }
    }

    /// Keeps wilco from getting through to a chat; people still get there.
    pub async fn break_off(&mut self, chat: Chat) {
        self.out_of_reach = Some(chat);
        match chat {
            Chat::Slack => self.room().break_off(),
            Chat::Discord => self.discord_room().break_off().await,
        }
    }

    /// Lets wilco get through again, and returns once it has.
    pub async fn mend(&mut self, chat: Chat) {
        self.out_of_reach = None;
        match chat {
            Chat::Slack => {
                let reads = self.room().reads();
                self.room().mend().await;
                self.await_reading(self.room(), reads).await;
            }
            Chat::Discord => self.discord_room().mend().await,
        }
    }

    async fn say_to_console(&self, account: &str, line: &str) {
        let deliveries = self.app().deliveries.clone();
        let (sender, submissions) = mpsc::channel(8);
        // To the console everything is at rest at once: when it really is, `settle` tells.
        let (_quiet, activity) = watch::channel(Activity::default());
        let talk = session::run(
            self.console.clone(),
            Input::lines(Cursor::new(line.as_bytes().to_vec())),
            Deliveries::new(sender, activity, watch::channel(Arc::default()).1),
            self.app().catalog.clone(),
            session::Options { speaker: PersonName::new(account).unwrap(), at_end: AtEnd::Quit },
        );
        tokio::join!(talk, pass_on(submissions, deliveries));
    }

    pub(super) fn hear(&self) {
        match (&self.slack, &self.discord) {
            (None, None) => self.hearing.move_from(Channel::Team, &self.team),
            (Some(room), None) => {
                room.hear(&self.hearing);
                room.hear_in(Channel::Team, &self.team);
            }
            (None, Some(room)) => {
                room.hear(&self.hearing);
                room.hear_in(Channel::Team, &self.team);
            }
            (Some(slack), Some(discord)) => self.sides.hear(slack, discord),
        }
    }

    /// Returns what was heard since the last time.
    pub fn take(&self) -> Vec<String> {
        let seen = self.github.as_ref().map(Workshop::take);
        let mut team = self.team.take();
        // Which message is edited or posted first is chance; the lines below them are in order.
        team.sort_by_key(|line| {
            let is_below = line.starts_with("<   · ");
            (is_below, if is_below { String::new() } else { line.clone() })
        });
        let team =
            team.iter().map(|line| format!("<#{}{}", Channel::Team.name(), &line[1..])).collect();
        [self.hearing.take(), team, self.sides.take(), seen.unwrap_or_default()].concat()
    }

    /// Lets time go by, everywhere.
    pub fn wait(&self, milliseconds: i64) {
        self.clock.advance(milliseconds);
        if let Some(github) = &self.github {
            github.wait(milliseconds);
        }
    }

    pub fn hold(&self, service: &str, environment: &str) {
        fs::write(self.path("holds").join(format!("{service}-{environment}")), "").unwrap();
    }

    pub fn release(&self, service: &str, environment: &str) {
        fs::remove_file(self.path("holds").join(format!("{service}-{environment}"))).unwrap();
    }

    /// Presses the button of a message in the channel that has the news; on the console one types what the
    /// message says.
    pub async fn press(&self, account: &str, words: &str) {
        match (&self.slack, &self.discord) {
            (None, None) => self.say_to_console(account, words).await,
            (Some(room), None) => room.press(Channel::Team, account, words).await,
            (None, Some(room)) => room.press(Channel::Team, account, words).await,
            (Some(_), Some(_)) => panic!("`[{words}]` is in two chats"),
        }
    }

    pub async fn stop(&mut self) {
        if let Some(called) = self.called.take() {
            called.stop().await;
        }
        if let Some(room) = &self.slack {
            room.leave().await;
        }
        if let Some(room) = &self.discord {
            room.leave().await;
        }
        self.app.take().unwrap().stop().await;
    }

    /// Starts the app on the data that is there.
    pub async fn start(&mut self) -> Result<(), String> {
        let catalog = self.catalog()?;
        let deadline = Instant::now() + RESTS_WITHIN;
        loop {
            match self.try_to_start(catalog.clone()).await {
                Ok(app) => {
                    let github = self.github.as_ref();
                    let github = github.filter(|_| self.code == Code::OnGithubWithNews);
                    self.called = github.map(|github| github.tell(&app, &self.clock));
                    self.app = Some(app);
                    self.listen().await;
                    return Ok(());
                }
                // A process that another test just forked holds the lock until it runs its program.
                Err(StoreError::Directory { .. }) if Instant::now() < deadline => {
                    tokio::task::yield_now().await;
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// Connects to one chat after the other, so that what was missed in each is read in that order.
    async fn listen(&self) {
        if let Some(room) = &self.discord {
            room.speaks("");
            room.listen(self.app()).await;
            self.settle().await;
        }
        if let Some(room) = &self.slack {
            room.speaks("");
            let reads = room.reads();
            room.listen(self.app()).await;
            self.await_reading(room, reads).await;
        }
    }

    /// Returns once reactions were read that often, and once more, where a card in Slack takes votes.
    async fn await_reading(&self, room: &SlackRoom, reads: usize) {
        let reader = &self.app().reader;
        for id in reader.open_ids().await.unwrap() {
            let deployment = reader.deployment(id).await.unwrap().unwrap();
            let is_in_slack = |card: &MessageRef| card.place.platform == Platform::Slack;
            if deployment.status == Status::Waiting && deployment.cards.iter().any(is_in_slack) {
                return room.await_more_reads(reads).await;
            }
        }
    }

    async fn try_to_start(&self, catalog: Catalog) -> Result<App, StoreError> {
        let data = self.path("data");
        // Made and closed to others first, so that the backend finds it so.
        drop(Directory::take(&data)?);
        let runner = env!("CARGO_BIN_EXE_wilco").into();
        let command = CommandBackend::open(data.join("runs"), runner).unwrap();
        let command = command.with_grace(Duration::from_millis(300));
        let mut chats = Chats::default();
        if let Some(room) = &self.slack {
            chats.slack = Some(Arc::new(room.connect().await));
        }
        if let Some(room) = &self.discord {
            chats.discord = Some(Arc::new(room.connect().await));
        }
        if self.slack.is_none() && self.discord.is_none() {
            chats.console = Some(Arc::new(self.console.clone()));
        }
        App::start(Options {
            data,
            catalog,
            chats,
            backends: Backends {
                github: self.github.as_ref().map(Workshop::connect),
                ..Backends::local(Arc::new(command))
            },
            clock: self.clock.clone(),
            patience: PATIENCE,
            witness: Witness::default(),
        })
        .await
    }

    pub async fn facts(&self, id: u64) -> Vec<wilco_core::fact::Fact> {
        let facts = self.app().reader.facts_of(DeploymentId(id)).await.unwrap();
        facts.into_iter().map(|recorded| recorded.fact).collect()
    }
}

/// Hands the console's deliveries to the app, until the console has no more.
pub async fn pass_on(mut submissions: mpsc::Receiver<Submission>, deliveries: Deliveries) {
    while let Some(submission) = submissions.recv().await {
        match submission {
            Submission::Apply { delivery, mark, acknowledge } => {
                drop(acknowledge.send(deliveries.submit(delivery, mark).await));
            }
            Submission::IsOpen { deployment, answer } => {
                let is_open = deliveries.is_open(deployment).await.unwrap();
                answer.send(is_open).expect("the console waits for the answer");
            }
        }
    }
}
