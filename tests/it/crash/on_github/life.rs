//! One life of wilco in a process of its own, so that it can be killed as a power cut would.
//!
//! The program itself waits for GitHub as long as GitHub needs: five seconds from one look at a run to the next. So
//! the process is this test's own program, in which the app stands on the same parts and waits less.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::{mpsc, watch};
use wilco::app::{App, Options};
use wilco::backend::Backends;
use wilco::backend::command::CommandBackend;
use wilco::backend::github::api::Api;
use wilco::backend::github::auth::{Auth, Token};
use wilco::backend::github::{Github as Adapter, Paces};
use wilco::chat::console::session::{self, AtEnd};
use wilco::chat::console::{Console, Input};
use wilco::clock::Clock;
use wilco::courier::{Chats, Patience};
use wilco::delivery::{Accepted, Activity, Deliveries};
use wilco::http::body::BodyLimits;
use wilco::http::github::{Called, Hooks, PATH as HOOKS, router};
use wilco::http::signed::Key;
use wilco::http::{Limits, Server};
use wilco::settings;
use wilco::store::open::Directory;
use wilco::witness::Witness;
use wilco_core::ids::PersonName;

use super::hub::Hub;
use crate::rehearsal::stage::pass_on;
use crate::sim::github::TOKEN;

/// Where a life takes place, and where its GitHub is.
const PLACE: &str = "WILCO_LIFE_IN";
const GITHUB: &str = "WILCO_LIFE_ON";

/// Where a life says at which address it hears webhooks, and what they are signed with.
const HEARS_AT: &str = "hears-at";
const SECRET: &str = "of the webhook";

/// As usual, and sooner.
const PACES: Paces = Paces {
    answered_within: Duration::from_millis(700),
    settle: Duration::from_millis(500),
    look_every: Duration::from_millis(30),
    found_every: Duration::from_millis(60),
};
const PATIENCE: Patience = Patience {
    first: Duration::from_millis(20),
    longest: Duration::from_millis(200),
    tries: 8,
    call: Duration::from_secs(3),
};

/// A process that this test started.
pub struct Life {
    child: Child,
    input: ChildStdin,
    complaints: PathBuf,
    /// There until GitHub knows where this life hears it.
    hears_at: Option<PathBuf>,
}

impl Life {
    pub fn begin(hub: &Hub, name: &str) -> Self {
        let complaints = hub.premises.file(&format!("{name}.err"));
        let hears_at = hub.premises.file(HEARS_AT);
        drop(fs::remove_file(&hears_at));
        hub.github.unhook();
        let file = |path: &Path| OpenOptions::new().create(true).append(true).open(path).unwrap();
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["crash::on_github::life::a_life_that_another_test_begins_and_ends", "--exact"])
            .args(["--nocapture", "--quiet"])
            .env(PLACE, hub.premises.file(""))
            .env(GITHUB, hub.github.api_url())
            .stdin(Stdio::piped())
            .stdout(file(&hub.premises.file(&format!("{name}.out"))))
            .stderr(file(&complaints))
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        Self { child, input, complaints, hears_at: Some(hears_at) }
    }

    /// Tells GitHub where this life hears it, as soon as that is known.
    pub fn be_heard(&mut self, hub: &Hub) {
        let url = self.hears_at.as_ref().and_then(|path| fs::read_to_string(path).ok());
        if let Some(url) = url {
            hub.github.hook(&url, SECRET);
            self.hears_at = None;
        }
    }

    /// Types lines. One that has ended already does not hear them.
    pub fn say(&mut self, lines: &str) {
        drop(self.input.write_all(lines.as_bytes()).and_then(|()| self.input.flush()));
    }

    pub fn complaints(&self) -> String {
        fs::read_to_string(&self.complaints).unwrap()
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Kills it as a power cut would, and buries it. One that ended by itself has failed.
    pub fn kill(mut self) {
        assert!(!self.has_ended(), "it ended by itself: {}", self.complaints());
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // A test that fails leaves nothing behind.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Alone it says nothing: it is the process that the test of this folder starts and kills.
#[test]
fn a_life_that_another_test_begins_and_ends() {
    let (Some(home), Ok(url)) = (env::var_os(PLACE), env::var(GITHUB)) else { return };
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(live(Path::new(&home), &url));
    // Nobody waits for what still reads the input.
    runtime.shutdown_background();
}

/// Has GitHub's webhooks hasten what is asked about anyway.
fn hear(home: &Path, github: &Adapter) -> Server {
    let hooks = Hooks {
        key: Key::new(SECRET).unwrap(),
        clock: Clock::System,
        limits: BodyLimits::default(),
        tally: Arc::default(),
    };
    let hurry = github.hurry();
    let sink = move |called: Called| {
        called.run.iter().for_each(|run| hurry.look_at(run));
        async { Ok(Accepted::Applied) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::start(listener, router(hooks, sink), Limits::default()).unwrap();
    // Whole or not there.
    let written = home.join("hears-at-soon");
    fs::write(&written, format!("http://{}{HOOKS}", server.address())).unwrap();
    fs::rename(written, home.join(HEARS_AT)).unwrap();
    server
}

async fn live(home: &Path, url: &str) {
    let (data, config) = (home.join("data"), home.join("config"));
    // Made and closed to others first, so that the backend finds it so.
    drop(Directory::take(&data).unwrap());
    let auth = Auth::Token(Token::new(TOKEN));
    let github = Adapter::new(Api::open(url, auth).unwrap()).with_paces(PACES);
    let command = CommandBackend::open(data.join("runs"), "/no/such/wilco".into()).unwrap();
    let _server = hear(home, &github);
    let console = Console::plain("deploys", io::stdout());
    let app = App::start(Options {
        data,
        catalog: settings::load(&config).unwrap().catalog,
        chats: Chats { console: Some(Arc::new(console.clone())), ..Chats::default() },
        backends: Backends { github: Some(github), ..Backends::local(Arc::new(command)) },
        clock: Clock::System,
        patience: PATIENCE,
        witness: Witness::default(),
    });
    let app = app.await.unwrap();
    // It ends by itself should whoever began it be gone, since then its input has ended.
    let speaker = PersonName::new("ana").unwrap();
    let options = session::Options { speaker, at_end: AtEnd::Quit };
    let input = Input::lines(tokio::io::stdin());
    let (sender, submissions) = mpsc::channel(8);
    // To the console everything is at rest at once: it would wait with each line until no run goes on.
    let (_quiet, activity) = watch::channel(Activity::default());
    let deliveries = Deliveries::new(sender, activity, watch::channel(Arc::default()).1);
    let talk = session::run(console, input, deliveries, app.catalog.clone(), options);
    tokio::join!(talk, pass_on(submissions, app.deliveries.clone()));
    app.stop().await;
}
