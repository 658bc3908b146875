//! A conversation with the console, in which the test plays the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncWriteExt as _, DuplexStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use wilco::chat::console::session::{AtEnd, Ended, Options, run};
use wilco::chat::console::{Console, Input};
use wilco::chat::{Chat as _, ChatError, LogLine, ShownCard, Told};
use wilco::delivery::{Accepted, Activity, Deliveries, NotDelivered, Submission};
use wilco_core::card::{About, Card, Tone};
use wilco_core::catalog::{Catalog, Limits};
use wilco_core::event::{Event, Reaction};
use wilco_core::grammar::{Grammar, Known};
use wilco_core::ids::{Account, DeploymentId, Digest, MessageRef, PersonName};
use wilco_core::notice::Locale;
use wilco_core::person::{People, Person};

/// Everything that was said and done in one conversation.
pub struct Transcript {
    pub written: Written,
    pub events: Vec<Event>,
    pub ids: Vec<String>,
    pub ended: Ended,
}

impl Transcript {
    pub fn text(&self) -> String {
        self.written.text()
    }
}

pub async fn talk(script: impl AsRef<[u8]>) -> Transcript {
    let mut room = Room::open(Locale::En, AtEnd::Quit);
    room.write(script.as_ref()).await;
    room.close().await
}

pub struct Room {
    pub console: Console,
    pub input: Option<DuplexStream>,
    pub written: Written,
    pub running: JoinHandle<Ended>,
    pub engine: JoinHandle<()>,
    pub taken: Arc<Mutex<Vec<(String, Event)>>>,
    _catalog: watch::Sender<Arc<Catalog>>,
}

impl Room {
    pub fn open(locale: Locale, at_end: AtEnd) -> Self {
        let (input, reader) = tokio::io::duplex(100_000);
        let written = Written::default();
        let console = Console::plain("deploys", written.clone());
        let (deliveries, submissions, activity) = engine_parts();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let (console_, taken_) = (console.clone(), taken.clone());
        let open = BTreeSet::new();
        let engine = Engine { console: console_, activity, open, taken: taken_, count: 0 };
        let (sender, catalog) = watch::channel(catalog(locale));
        let running =
            run(console.clone(), Input::lines(reader), deliveries, catalog, options(at_end));
        Self {
            console,
            input: Some(input),
            written,
            running: tokio::spawn(running),
            engine: tokio::spawn(engine.work(submissions)),
            taken,
            _catalog: sender,
        }
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        // What comes after a `/quit` is not read.
        match self.input.as_mut().unwrap().write_all(bytes).await {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => panic!("{error}"),
            Ok(()) | Err(_) => {}
        }
    }

    pub async fn until_written(&self, text: &str) {
        while !self.written.text().contains(text) {
            tokio::task::yield_now().await;
        }
    }

    pub async fn close(mut self) -> Transcript {
        self.input = None;
        let ended = self.running.await.unwrap();
        self.engine.abort();
        let (ids, events) = self.taken.lock().unwrap().iter().cloned().unzip();
        Transcript { written: self.written, events, ids, ended }
    }
}

/// Plays the engine: what asks for prod waits for somebody else's yes, the rest runs at once.
struct Engine {
    console: Console,
    activity: watch::Sender<Activity>,
    open: BTreeSet<DeploymentId>,
    taken: Arc<Mutex<Vec<(String, Event)>>>,
    count: u64,
}

impl Engine {
    async fn work(mut self, mut submissions: mpsc::Receiver<Submission>) {
        while let Some(submission) = submissions.recv().await {
            let (delivery, acknowledge) = match submission {
                Submission::Apply { delivery, acknowledge, .. } => (delivery.unwrap(), acknowledge),
                Submission::IsOpen { deployment, answer } => {
                    answer.send(self.open.contains(&deployment)).unwrap();
                    continue;
                }
            };
            assert!(self.activity.borrow().is_at_rest(), "taken too early: {:?}", delivery.event);
            assert_eq!(delivery.source, "console");
            let answer = match &delivery.event {
                Event::Said { words, .. } if words == "stop" => Err(NotDelivered::Stopping),
                Event::Said { words, .. } if words == "break the store" => {
                    Err(NotDelivered::Store("disk full".into()))
                }
                Event::Said { words, .. } if words == "break the rules" => Ok(Accepted::KeptAside),
                _ => Ok(Accepted::Applied),
            };
            self.taken.lock().unwrap().push((delivery.id, delivery.event.clone()));
            let goes_on = matches!(answer, Ok(Accepted::Applied));
            if goes_on {
                self.activity.send_modify(|activity| activity.unsettled += 1);
            }
            acknowledge.send(answer).unwrap();
            if goes_on {
                // Long enough for a console that does not wait to take the next line.
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                }
                self.carry_out(delivery.event).await;
                self.activity.send_modify(|activity| activity.unsettled -= 1);
            }
        }
    }

    async fn carry_out(&mut self, event: Event) {
        match event {
            Event::Said { speaker, words, .. } if !words.starts_with("deploy") => {
                let text = format!("heard {words}");
                tell(&self.console, &speaker.account, &text).await;
            }
            Event::Said { words, .. } => {
                self.count += 1;
                if words.ends_with("prod") {
                    self.set_open([DeploymentId(self.count)].into());
                    self.show("waits").await;
                } else {
                    self.show("runs").await;
                    self.log("one\ntwo\n").await;
                    self.show("is live").await;
                }
            }
            Event::Reacted { speaker, change: Reaction::Added, .. } => {
                let ana = Console::account("ana");
                if speaker.account == ana {
                    let text = "You cannot approve your own.";
                    tell(&self.console, &ana, text).await;
                } else {
                    tell(&self.console, &ana, "Approved by ben.").await;
                    self.set_open(BTreeSet::new());
                    self.show("is live").await;
                }
            }
            _ => {}
        }
    }

    fn set_open(&mut self, open: BTreeSet<DeploymentId>) {
        self.open = open;
    }

    async fn show(&self, state: &str) {
        let card = card(self.count, &format!("#{} {state}", self.count));
        show(&self.console, &card, None).await.unwrap();
    }

    async fn log(&self, text: &str) {
        let place = self.console.place();
        let deployment = DeploymentId(self.count);
        let locale = Locale::En;
        let (topic, mentioned) = (deployment.to_string(), &[]);
        let (topic, key) = (topic.as_str(), "k");
        let line = LogLine { place: &place, topic, card: None, text, locale, mentioned, key };
        self.console.log(&line).await.unwrap();
    }
}

pub fn engine_parts() -> (Deliveries, mpsc::Receiver<Submission>, watch::Sender<Activity>) {
    let (sender, submissions) = mpsc::channel(4);
    let (activity, receiver) = watch::channel(Activity::default());
    let chosen = watch::channel(Arc::default()).1;
    (Deliveries::new(sender, receiver, chosen), submissions, activity)
}

pub fn options(at_end: AtEnd) -> Options {
    Options { speaker: PersonName::new("ana").unwrap(), at_end }
}

/// Says something to one person.
pub async fn tell(console: &Console, to: &Account, text: &str) {
    let (place, locale) = (console.place(), Locale::En);
    console.tell(&Told { place: &place, to, text, locale, key: "k" }).await.unwrap();
}

/// Shows a card where there is one so far, or none.
pub async fn show(
    console: &Console,
    card: &Card,
    shown: Option<&MessageRef>,
) -> Result<MessageRef, ChatError> {
    let (place, key) = (console.place(), "card");
    let wanted = ShownCard { place: &place, card, shown, key, maybe_done: false };
    console.show_card(&wanted).await
}

pub fn card(deployment: u64, sentence: &str) -> Card {
    Card {
        about: About::Deployment(DeploymentId(deployment)),
        tone: Tone::Working,
        sentence: sentence.into(),
        headline: String::new(),
        state: String::new(),
        lines: Vec::new(),
        stages: Vec::new(),
        progress: None,
        remaining: None,
        remaining_label: None,
        buttons: Vec::new(),
        footer: String::new(),
        url: None,
        mentioned: vec![],
    }
}

pub fn catalog(locale: Locale) -> Arc<Catalog> {
    let person = |name: &str| Person {
        name: PersonName::new(name).unwrap(),
        locale: None,
        accounts: [Console::account(name)].into(),
        writes_as: BTreeSet::new(),
        roles: BTreeSet::new(),
    };
    Arc::new(Catalog {
        locale,
        locales: BTreeMap::new(),
        timezone: chrono_tz::UTC,
        people: People::new([person("ana"), person("ben")]).unwrap(),
        services: BTreeMap::new(),
        channels: BTreeMap::new(),
        news: Vec::new(),
        commands: BTreeMap::new(),
        grammar: Grammar::new(&BTreeMap::new(), &Known::default()).unwrap(),
        limits: Limits::default(),
        digest: Digest([0; 32]),
    })
}

#[derive(Clone, Default)]
pub struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
