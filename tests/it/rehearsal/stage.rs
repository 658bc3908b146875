//! Where a scenario takes place: the real app with real scripts, a git repository, and a clock that the scenario moves.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};

use wilco::app::{App, Options};
use wilco::backend::command::CommandBackend;
use wilco::chat::console::session::{self, AtEnd};
use wilco::chat::console::{Console, Input};
use wilco::clock::Clock;
use wilco::courier::{Backends, Chats, Patience};
use wilco::delivery::{Activity, Deliveries, Submission};
use wilco::settings;
use wilco::store::StoreError;
use wilco::store::open::Directory;
use wilco::witness::Witness;
use wilco_core::catalog::Catalog;
use wilco_core::event::StageState;
use wilco_core::ids::{DeploymentId, PersonName};
use wilco_core::run::Run;
use wilco_core::time::Timestamp;

use super::discord_room::DiscordRoom;
use super::hearing::Hearing;
use super::repository::Repository;
use super::slack_room::SlackRoom;

/// Monday 9 March 2026, 09:00 UTC.
const BEGINS_AT: Timestamp = Timestamp(1_773_046_800_000);

/// Whatever is set off has come to rest by then, on a machine that is busy, too.
const RESTS_WITHIN: Duration = Duration::from_mins(1);

/// The stage in which a run waits while it is held.
const HELD_IN: &str = "release";

pub struct Stage {
    home: TempDir,
    pub repository: Repository,
    pub clock: Clock,
    pub hearing: Hearing,
    console: Console,
    room: Room,
    app: Option<App>,
}

/// Where a scenario takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Console,
    Slack,
    Discord,
}

enum Room {
    Console,
    Slack(SlackRoom),
    Discord(DiscordRoom),
}

impl Stage {
    /// Sets everything up and starts the app. `settings` take the place of those in wilco.toml.
    pub async fn open(on: On, channel: &str, settings: &[String]) -> Self {
        let home = TempDir::new().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy(&root.join("tests/scenarios/config"), &home.path().join("config"));
        copy(&root.join("commands"), &home.path().join("commands"));
        fs::create_dir(home.path().join("holds")).unwrap();
        let repository = Repository::make(home.path().join("repository"));
        let hearing = Hearing::default();
        let console = Console::plain(channel, hearing.clone());
        let clock = Clock::standing_at(BEGINS_AT);
        let room = match on {
            On::Console => Room::Console,
            On::Slack => Room::Slack(SlackRoom::open(&home.path().join("config")).await),
            On::Discord => Room::Discord(DiscordRoom::open(&home.path().join("config")).await),
        };
        let mut stage = Self { home, repository, clock, hearing, console, room, app: None };
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
        let Room::Slack(room) = &self.room else { panic!("it takes place elsewhere") };
        room
    }

    /// Returns the room in Discord, where the scenario takes place in one.
    pub fn discord_room(&self) -> &DiscordRoom {
        let Room::Discord(room) = &self.room else { panic!("it takes place elsewhere") };
        room
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Says a line as the owner of this account.
    pub async fn say(&self, account: &str, line: &str) {
        match &self.room {
            Room::Console => {}
            Room::Slack(room) => return room.say(account, line).await,
            Room::Discord(room) => return room.say(account, line).await,
        }
        let deliveries = self.app().deliveries.clone();
        let (sender, submissions) = mpsc::channel(8);
        // To the console everything is at rest at once: when it really is, `settle` tells.
        let (_quiet, activity) = watch::channel(Activity::default());
        let talk = session::run(
            self.console.clone(),
            Input::lines(Cursor::new(line.as_bytes().to_vec())),
            Deliveries::new(sender, activity),
            self.app().catalog.clone(),
            session::Options { speaker: PersonName::new(account).unwrap(), at_end: AtEnd::Quit },
        );
        tokio::join!(talk, pass_on(submissions, deliveries));
    }

    /// Returns once nothing changes any more, but for people, for time, or for a hold that is released.
    pub async fn settle(&self) {
        let Some(app) = &self.app else { return };
        match &self.room {
            Room::Console => {}
            Room::Slack(room) => room.slack.await_all_acknowledged().await,
            Room::Discord(room) => room.await_taken().await,
        }
        let deadline = Instant::now() + RESTS_WITHIN;
        let mut activity = app.deliveries.activity();
        loop {
            let now = *activity.borrow_and_update();
            let held = self.held().await;
            // The engine answers once what it was doing is done, so what `held` saw is in the activity.
            app.deliveries.is_open(DeploymentId(1)).await.unwrap();
            let due = now.deadline.is_some_and(|deadline| deadline <= self.clock.now());
            let rests = now.unsettled == 0 && !due && now.moving <= held;
            if rests && !activity.has_changed().unwrap() {
                match &self.room {
                    Room::Console => {}
                    Room::Slack(room) => room.hear(&self.hearing),
                    Room::Discord(room) => room.hear(&self.hearing),
                }
                return;
            }
            let changed = timeout_at(deadline, activity.changed()).await;
            assert!(
                changed.is_ok(),
                "it does not come to rest: {now:?}, heard {:?}",
                self.hearing.take()
            );
        }
    }

    /// Counts the runs that wait in their last stage until they are released.
    async fn held(&self) -> usize {
        let reader = &self.app().reader;
        let mut held = 0;
        for id in reader.open_ids().await.unwrap() {
            let deployment = reader.deployment(id).await.unwrap().unwrap();
            let lane = format!("{}-{}", deployment.service, deployment.environment);
            let is_stopped = |run: &Run| run.cancel_asked_by.is_some();
            if deployment.run.as_ref().is_some_and(is_stopped) {
                continue;
            }
            let stages = deployment.run.iter().flat_map(|run| &run.stages);
            let waits = stages
                .last()
                .is_some_and(|stage| stage.name == HELD_IN && stage.state == StageState::Running);
            held += usize::from(waits && self.path("holds").join(lane).exists());
        }
        held
    }

    pub fn hold(&self, service: &str, environment: &str) {
        fs::write(self.path("holds").join(format!("{service}-{environment}")), "").unwrap();
    }

    pub fn release(&self, service: &str, environment: &str) {
        fs::remove_file(self.path("holds").join(format!("{service}-{environment}"))).unwrap();
    }

    pub async fn stop(&mut self) {
        match &self.room {
            Room::Console => {}
            Room::Slack(room) => room.leave().await,
            Room::Discord(room) => room.leave().await,
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
                    match &self.room {
                        Room::Console => {}
                        Room::Slack(room) => room.listen(&app).await,
                        Room::Discord(room) => room.listen(&app).await,
                    }
                    self.app = Some(app);
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

    async fn try_to_start(&self, catalog: Catalog) -> Result<App, StoreError> {
        let data = self.path("data");
        // Made and closed to others first, so that the backend finds it so.
        drop(Directory::take(&data)?);
        let runner = env!("CARGO_BIN_EXE_wilco").into();
        let command = CommandBackend::open(data.join("runs"), runner).unwrap();
        let command = command.with_grace(Duration::from_millis(300));
        let mut chats = Chats::default();
        match &self.room {
            Room::Console => chats.console = Some(Arc::new(self.console.clone())),
            Room::Slack(room) => chats.slack = Some(Arc::new(room.connect().await)),
            Room::Discord(room) => chats.discord = Some(Arc::new(room.connect().await)),
        }
        App::start(Options {
            data,
            catalog,
            chats,
            backends: Backends { command: Arc::new(command) },
            clock: self.clock.clone(),
            patience: Patience { first: Duration::from_millis(10), ..Patience::default() },
            witness: Witness::default(),
        })
        .await
    }

    /// Puts the configuration in force anew; its faults are returned, and change nothing.
    pub async fn reload(&self) -> Result<(), String> {
        self.app().reload(self.catalog()?).await;
        Ok(())
    }

    fn catalog(&self) -> Result<Catalog, String> {
        match settings::load(&self.path("config")) {
            Ok(settings) => Ok(settings.catalog),
            Err(faults) => {
                let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
                Err(faults.join("\n").replace(&self.home.path().display().to_string(), "…"))
            }
        }
    }

    /// Replaces a text in a file of the configuration; it must be there.
    pub fn edit(&self, file: &str, from: &str, to: &str) -> Result<(), String> {
        let path = self.path("config").join(file);
        let before = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        if !before.contains(from) {
            return Err(format!("{file} does not have `{from}`"));
        }
        fs::write(&path, before.replacen(from, to, 1)).map_err(|error| error.to_string())
    }

    /// Puts another policy in place of the one of a service in an environment.
    pub fn policy(&self, service: &str, environment: &str, policy: &str) -> Result<(), String> {
        let path = self.path("config/services.toml");
        let before = fs::read_to_string(&path).unwrap();
        let header = format!("[service.{service}.environment.{environment}]\npolicy");
        let (head, rest) = before.split_once(&header).ok_or("there is no such policy")?;
        let (_, rest) = rest.split_once('\n').unwrap();
        fs::write(&path, format!("{head}{header} = {policy}\n{rest}")).unwrap();
        Ok(())
    }

    /// Leaves a person this one role.
    pub fn role(&self, person: &str, role: &str) -> Result<(), String> {
        let path = self.path("config/people.toml");
        let before = fs::read_to_string(&path).unwrap();
        let (head, rest) =
            before.split_once(&format!("[person.{person}]")).ok_or("there is no such person")?;
        let (accounts, rest) = rest.split_once("roles").unwrap();
        let (_, rest) = rest.split_once('\n').unwrap();
        let entry = format!("[person.{person}]{accounts}roles = [\"{role}\"]");
        fs::write(&path, format!("{head}{entry}\n{rest}")).unwrap();
        Ok(())
    }

    /// Puts a line of wilco.toml in the place of the one with the same key; it counts from the next start.
    pub fn set(&self, setting: &str) {
        let key = setting.split_whitespace().next().unwrap();
        let path = self.path("config/wilco.toml");
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| match line.split_whitespace().next() {
            Some(word) if word == key => setting,
            _ => line,
        });
        fs::write(&path, lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
    }

    pub async fn facts(&self, id: u64) -> Vec<wilco_core::fact::Fact> {
        let facts = self.app().reader.facts_of(DeploymentId(id)).await.unwrap();
        facts.into_iter().map(|recorded| recorded.fact).collect()
    }
}

/// Hands the console's deliveries to the app, until the console has no more.
async fn pass_on(mut submissions: mpsc::Receiver<Submission>, deliveries: Deliveries) {
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

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() { copy(&from, &to) } else { fs::copy(&from, &to).map(drop).unwrap() }
    }
}
