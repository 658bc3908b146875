//! `wilco run` and `wilco demo`: the app with a console, until it ends or somebody ends it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, info, warn};

use wilco_core::ids::PersonName;
use wilco_core::notice::Locale;

use super::{Places, UNREAD, complain_of};
use crate::app::{self, App};
use crate::chat::Chat;
use crate::chat::console::phrases::{Phrase, Stay};
use crate::chat::console::session::{self, AtEnd, Ended};
use crate::chat::console::{Console, Input};
use crate::clock::Clock;
use crate::connect::{self, Listening, Platforms};
use crate::courier::{Chats, Patience};
use crate::settings::discord::Discord;
use crate::settings::github::Github;
use crate::settings::http::Http;
use crate::settings::slack::Slack;
use crate::settings::{self, Settings};
use crate::store::open::{DATABASE, Directory};
use crate::witness::Witness;
use crate::{demo, init, telemetry};

/// As many lines may be pasted into the demo at once.
const DEMO_BURST: u32 = 100_000;

/// Runs the bot until it is stopped.
pub async fn run(places: &Places) -> anyhow::Result<ExitCode> {
    telemetry::start("info");
    let settings = match settings::load(&places.config) {
        Ok(settings) => settings,
        Err(faults) => return Ok(complain_of(&faults)),
    };
    let conversation = Conversation::open(&settings, &places.data);
    let mut platforms = connect::platforms(&settings).await?;
    let bound = Bound::of(&settings);
    let app = start(settings, &places.data, &mut platforms, &conversation).await?;
    let listening = platforms.listen(&app)?;
    let outside = Outside { config: &places.config, bound, listening };
    conversation.hold(app, AtEnd::Stay, Some(outside)).await
}

/// Runs the demo until its input ends or somebody quits.
///
/// Without a directory of its own it leaves nothing behind, unless something there still goes on.
pub async fn demo(data: Option<PathBuf>, locale: Option<Locale>) -> anyhow::Result<ExitCode> {
    telemetry::start("error");
    let Some(data) = data else {
        let temporary = tempfile::Builder::new().prefix("wilco-demo-").tempdir()?;
        let stay = Stay::Temporary;
        let (code, is_over) = demo_in(temporary.path().to_owned(), locale, stay).await?;
        if is_over {
            temporary.close().context("cannot remove what the demo stood on")?;
        } else {
            let kept = temporary.keep();
            super::tell(&format!("a run still goes on, so this is kept: {}", kept.display()))?;
        }
        return Ok(code);
    };
    Ok(demo_in(data, locale, Stay::Kept).await?.0)
}

/// Runs the demo on a directory. Tells also whether everything there is over.
async fn demo_in(
    data: PathBuf,
    locale: Option<Locale>,
    stay: Stay,
) -> anyhow::Result<(ExitCode, bool)> {
    // Makes it, and closes it to other users, before anything is written there.
    drop(Directory::take(&data)?);
    let data = data.canonicalize()?;
    let prepared = demo::prepare(&data, |folder| {
        init::write(folder).map(drop).map_err(std::io::Error::other)
    })?;
    let mut settings = match settings::load(&prepared.config) {
        Ok(settings) => settings,
        Err(faults) => return Ok((complain_of(&faults), true)),
    };
    settings.catalog.locale = locale.unwrap_or(settings.catalog.locale);
    // One person speaks for everybody here, and may paste a whole conversation.
    settings.catalog.limits.rate.burst = DEMO_BURST;
    let locale = settings.catalog.locale;
    let conversation = Conversation::open(&settings, &data);
    let app = start(settings, &data, &mut Platforms::default(), &conversation).await?;
    let greeting = Phrase::Greeting {
        speaker: conversation.speaker.clone(),
        files: prepared.folder,
        database: data.join(DATABASE),
        stay,
    };
    conversation.console.say(&greeting.text(locale)).await?;
    let activity = app.deliveries.activity();
    let code = conversation.hold(app, AtEnd::Quit, None).await?;
    let is_over = activity.borrow().moving == 0;
    Ok((code, is_over))
}

async fn start(
    settings: Settings,
    data: &Path,
    platforms: &mut Platforms,
    conversation: &Conversation,
) -> anyhow::Result<App> {
    // Made and closed to others first, so that the backends find it so.
    drop(Directory::take(data)?);
    let runner = std::env::current_exe().context("cannot tell where this program is")?;
    let data = data.canonicalize()?;
    let mut backends = app::backends(&data, runner).context("cannot open the directory of runs")?;
    backends.github = platforms.github.clone();
    backends.webhook = platforms.open_webhook(&data)?;
    let app = App::start(app::Options {
        data,
        catalog: settings.catalog,
        chats: conversation.chats(platforms),
        backends,
        clock: Clock::System,
        patience: Patience::default(),
        witness: Witness::default(),
    });
    Ok(app.await?)
}

/// What is not the console's: where the configuration is, and what listens as it said at the start.
struct Outside<'a> {
    config: &'a Path,
    bound: Bound,
    listening: Listening,
}

/// What holds from the start to the end, since connections were made by it.
#[derive(PartialEq, Eq)]
struct Bound {
    slack: Option<Slack>,
    discord: Option<Discord>,
    github: Option<Github>,
    http: Option<Http>,
}

impl Bound {
    fn of(settings: &Settings) -> Self {
        Self {
            slack: settings.slack.clone(),
            discord: settings.discord.clone(),
            github: settings.github.clone(),
            http: settings.http,
        }
    }
}

/// The console with who sits at it.
struct Conversation {
    console: Console,
    input: Input,
    speaker: PersonName,
}

impl Conversation {
    fn chats(&self, platforms: &Platforms) -> Chats {
        let slack = platforms.slack.clone().map(|slack| Arc::new(slack) as Arc<dyn Chat>);
        let discord = platforms.discord.clone().map(|discord| Arc::new(discord) as Arc<dyn Chat>);
        Chats { console: Some(Arc::new(self.console.clone())), slack, discord }
    }

    fn open(settings: &Settings, data: &Path) -> Self {
        let channel = settings.catalog.channels.get(&settings.console.channel);
        let place = channel.into_iter().flatten().next();
        let name = place.map_or(settings.console.channel.as_str(), |place| place.channel.as_str());
        let (console, input) = Console::standard(name, &data.join("history"));
        let first = settings.catalog.people.iter().next().map(|person| person.name.clone());
        let nobody = || PersonName::new("nobody").expect("it is a name");
        let speaker = settings.console.person.clone().or(first).unwrap_or_else(nobody);
        Self { console, input, speaker }
    }

    /// Talks until the conversation or the process is to end, then stops the app.
    async fn hold(
        self,
        mut app: App,
        at_end: AtEnd,
        outside: Option<Outside<'_>>,
    ) -> anyhow::Result<ExitCode> {
        let options = session::Options { speaker: self.speaker, at_end };
        let talk = session::run(
            self.console,
            self.input,
            app.deliveries.clone(),
            app.catalog.clone(),
            options,
        );
        let mut stop = Stop::listen()?;
        let mut hang_up = signal(SignalKind::hangup())?;
        // Not before: whoever waits for it may ask it to stop right then.
        match (&outside, &app.clock_fault) {
            (None, _) => {}
            (Some(_), None) => info!("ready"),
            (Some(_), Some(_)) => info!("ready, though the newest fact on record is in the future"),
        }
        let mut talk = Box::pin(talk);
        let ended = loop {
            tokio::select! {
                ended = &mut talk => break Ok(ended),
                () = stop.asked() => break Ok(Ended::Stopping),
                failure = app.failed() => break Err(failure),
                _ = hang_up.recv() => if let Some(outside) = &outside {
                    reload(&app, outside).await;
                } else {
                    break Ok(Ended::Stopping);
                },
            }
        };
        drop(talk);
        if let Some(outside) = outside {
            outside.listening.stop().await;
        }
        app.stop().await;
        match ended {
            Ok(Ended::Quit | Ended::EndOfInput | Ended::Stopping) => Ok(ExitCode::SUCCESS),
            Ok(Ended::OutputClosed) => Ok(ExitCode::from(UNREAD)),
            Err(failure) => Err(failure),
        }
    }
}

/// Puts the configuration in force anew, unless it has a fault.
async fn reload(app: &App, outside: &Outside<'_>) {
    match settings::load(outside.config) {
        Ok(settings) => {
            if Bound::of(&settings) != outside.bound {
                warn!(
                    "[slack], [discord], [github] or [http] is another than at the start: restart \
                     wilco for that"
                );
            }
            app.reload(settings.catalog).await;
            info!("the configuration was read again");
        }
        Err(faults) => {
            for fault in &faults {
                error!(%fault, "the configuration was not read again");
            }
        }
    }
}

/// The signals that ask a process to end.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> std::io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { terminate, interrupt })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
