//! The console on a pipe: which lines are taken when, and what is answered. The test plays the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncWriteExt as _, DuplexStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use wilco::chat::console::session::{AtEnd, Ended, Options, run};
use wilco::chat::console::{Console, Input};
use wilco::chat::{Chat as _, LogLine};
use wilco::delivery::{Accepted, Activity, Deliveries, NotDelivered, Submission};
use wilco_core::card::{Card, Tone};
use wilco_core::catalog::{Catalog, Limits};
use wilco_core::emoji::Emoji;
use wilco_core::event::{Event, Reaction};
use wilco_core::grammar::{Grammar, Known};
use wilco_core::ids::{DeploymentId, Digest, PersonName};
use wilco_core::notice::Locale;
use wilco_core::person::{People, Person};

#[tokio::test]
async fn each_line_is_taken_once_the_one_before_has_come_to_rest() {
    let transcript = talk("deploy web to staging\r\ndeploy api to staging\nstatus").await;
    let expected = "\
> ana: deploy web to staging
#1 runs
  · one
    two
#1 is live
> ana: deploy api to staging
#2 runs
  · one
    two
#2 is live
> ana: status
heard status
";
    assert_eq!(transcript.text(), expected);
    assert_eq!(transcript.ended, Ended::EndOfInput);
}

#[tokio::test]
async fn one_person_can_be_several_and_react() {
    let script = "\
deploy api to prod
/react ✅ #1
/as ben
/unreact 👎 #1
/react :+1: 1
/as eve
";
    let transcript = talk(script).await;
    let expected = "\
> ana: deploy api to prod
#1 waits
> ana: /react ✅ #1
You cannot approve your own.
> ana: /as ben
You speak as ben now.
> ben: /unreact 👎 #1
> ben: /react :+1: 1
(to ana) Approved by ben.
#1 is live
> ben: /as eve
You speak as eve now. people.toml does not know eve, so this is a stranger; `/as NAME` changes back.
";
    assert_eq!(transcript.text(), expected);
    let reactions: Vec<_> = transcript
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Reacted { speaker, message, emoji: Emoji::Unicode(emoji), change } => {
                assert_eq!(message.message, "1");
                assert_eq!(message.place.channel, "deploys");
                Some((speaker.account.to_string(), emoji.clone(), *change))
            }
            _ => None,
        })
        .collect();
    let expected = [
        ("console:local/ana".to_owned(), "✅".to_owned(), Reaction::Added),
        ("console:local/ben".to_owned(), "👎".to_owned(), Reaction::Removed),
        ("console:local/ben".to_owned(), "👍".to_owned(), Reaction::Added),
    ];
    assert_eq!(reactions, expected);
}

#[tokio::test]
async fn waiting_never_waits_for_people() {
    let transcript = talk("deploy api to prod\n/wait #1\n/wait #7\n/react ✅ #7\nstatus\n").await;
    let expected = "\
> ana: deploy api to prod
#1 waits
> ana: /wait #1
#1 waits for people or for its time, and nothing here will end it by itself. `why #1` tells for whom.
> ana: /wait #7
#7 is not going on: it is over, or there never was one. `show #7` tells which.
> ana: /react ✅ #7
There is no card of #7 here to react to. `status` shows what is going on.
> ana: status
heard status
";
    assert_eq!(transcript.text(), expected);
}

#[tokio::test]
async fn waiting_for_what_is_over_goes_on_at_once() {
    let transcript = talk("deploy web to staging\n/wait #1\n/wait 1\n").await;
    assert!(transcript.text().ends_with("#1 is live\n> ana: /wait #1\n> ana: /wait 1\n"));
}

#[tokio::test]
async fn what_is_no_text_is_answered_and_the_next_line_is_taken() {
    let mut script = vec![b'x'; 10_000];
    script.extend_from_slice(
        b"\nab\xff\xfe\nst\0atus\n\x1b[2Jstatus\n\n  \n# a comment\n#\nstatus\n#1\n",
    );
    let transcript = talk(script).await;
    let expected = "\
Line 1 is longer than 8192 bytes and was not read. Say it in fewer words.
Line 2 is not valid UTF-8 from byte 3 on and was not read. Send it again as UTF-8 text.
Line 3 has a control character (U+0000) at byte 3 and was not read. Send it again without it.
Line 4 has a control character (U+001B) at byte 1 and was not read. Send it again without it.
> ana: status
heard status
> ana: #1
heard #1
";
    assert_eq!(transcript.text(), expected);
}

#[tokio::test]
async fn an_unknown_command_of_the_console_is_answered() {
    let transcript = talk("/raect ✅ #1\n/as\n/as Ana!\n/react yes #1\n/wait soon\n").await;
    let expected = "\
> ana: /raect ✅ #1
The console has no `/raect`. Did you mean `/react ✅ #1`? It knows /as, /react, /unreact, /wait, /quit, /help.
> ana: /as
That command is written `/as NAME`.
> ana: /as Ana!
`Ana!` cannot be a name. Use lower-case letters, digits, `-`, `_` and `.`, such as `/as ben`.
> ana: /react yes #1
`yes` is not an emoji. Use one, such as `/react ✅ #1`; `:+1:` works too.
> ana: /wait soon
`soon` is not the number of a deployment. Numbers look like #1; `status` shows them.
";
    assert_eq!(transcript.text(), expected);
    assert_eq!(transcript.events.len(), 0);
}

#[tokio::test]
async fn quit_ends_before_the_rest_of_the_input() {
    let transcript = talk("/quit\nstatus\n").await;
    assert_eq!(transcript.ended, Ended::Quit);
    assert_eq!(transcript.text(), "> ana: /quit\n");
}

#[tokio::test]
async fn an_open_pipe_is_waited_for_and_its_end_is_the_end() {
    let mut room = Room::open(Locale::En, AtEnd::Quit);
    room.write(b"sta").await;
    room.write(b"tus\n").await;
    room.until_written("heard status\n").await;
    assert!(!room.running.is_finished());
    assert_eq!(room.close().await.ended, Ended::EndOfInput);
}

#[tokio::test]
async fn a_console_that_stays_shows_what_goes_on_after_the_input_has_ended() {
    let mut room = Room::open(Locale::En, AtEnd::Stay);
    room.write(b"status\n").await;
    let (console, written) = (room.console.clone(), room.written.clone());
    room.input = None;
    room.until_written("heard status\n").await;
    console.show_card(&console.place(), &card(9, "#9 runs"), None).await.unwrap();
    assert!(written.text().ends_with("#9 runs\n"));
    assert!(!room.running.is_finished());
    room.engine.abort();
    assert_eq!(room.running.await.unwrap(), Ended::Stopping);
}

#[tokio::test]
async fn what_was_not_recorded_is_said_not_to_count() {
    let transcript = talk("break the store\nbreak the rules\nstatus\nstop\nstatus\n").await;
    let expected = "\
> ana: break the store
That was not recorded and does not count (disk full). Mend the cause, then say it again.
> ana: break the rules
wilco could not work with that and kept it aside, and nothing was changed. \
Look into its log for the reason, then say it in another way.
> ana: status
heard status
> ana: stop
wilco is stopping, so that was not taken. Start it again and say it once more.
";
    assert_eq!(transcript.text(), expected);
    assert_eq!(transcript.ended, Ended::Stopping);
}

#[tokio::test]
async fn the_console_speaks_korean() {
    let mut room = Room::open(Locale::Ko, AtEnd::Quit);
    room.write("/as ben\n/as eve\n".as_bytes()).await;
    let transcript = room.close().await;
    let expected = "\
> ana: /as ben
이제 ben 님으로 말합니다.
> ben: /as eve
이제 eve 님으로 말합니다. people.toml에 eve 님이 없으므로 모르는 사람으로 다룹니다. `/as NAME`으로 되돌릴 수 있습니다.
";
    assert_eq!(transcript.text(), expected);
}

#[tokio::test]
async fn nothing_that_steers_a_terminal_is_written() {
    let written = Written::default();
    let console = Console::plain("deploys", written.clone());
    let place = console.place();
    let nasty = "a\u{1b}[2J\u{9b}1m\r\u{7}b\nc";
    console.show_card(&place, &card(1, nasty), None).await.unwrap();
    console.tell(&place, &Console::account(nasty), nasty, "k").await.unwrap();
    let line =
        LogLine { place: &place, deployment: DeploymentId(1), card: None, text: nasty, key: "k" };
    console.log(&line).await.unwrap();
    assert!(written.text().chars().all(|c| c == '\n' || !c.is_control()));
    assert!(!console.was_said(&place, "k").await.unwrap());
}

#[tokio::test]
async fn a_card_that_reads_the_same_is_one_line_and_keeps_its_message() {
    let written = Written::default();
    let console = Console::plain("deploys", written.clone());
    let place = console.place();
    let first = console.show_card(&place, &card(3, "#3 runs"), None).await.unwrap();
    let again = console.show_card(&place, &card(3, "#3 runs"), Some(&first)).await.unwrap();
    console.show_card(&place, &card(3, "#3 is live"), Some(&again)).await.unwrap();
    assert_eq!(first.message, "3");
    assert_eq!(first, again);
    assert_eq!(written.text(), "#3 runs\n#3 is live\n");
}

#[tokio::test]
async fn a_pipe_that_nobody_reads_any_more_ends_the_conversation() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let console = Console::plain("deploys", Closed);
    let refused = console.show_card(&console.place(), &card(1, "#1 runs"), None).await;
    assert!(!refused.unwrap_err().is_transient());
    let (deliveries, _submissions, _activity) = engine_parts();
    let (_sender, catalog) = watch::channel(catalog(Locale::En));
    let input = Input::lines(io::Cursor::new("status\n"));
    let ended = run(console, input, deliveries, catalog, options(AtEnd::Quit)).await;
    assert_eq!(ended, Ended::OutputClosed);
}

#[tokio::test]
async fn delivery_ids_differ_from_start_to_start() {
    let (first, second) = (talk("status\nstatus\n").await, talk("status\n").await);
    let ids: BTreeSet<_> = first.ids.iter().chain(&second.ids).collect();
    assert_eq!(ids.len(), 3);
}

/// Everything that was said and done in one conversation.
struct Transcript {
    written: Written,
    events: Vec<Event>,
    ids: Vec<String>,
    ended: Ended,
}

impl Transcript {
    fn text(&self) -> String {
        self.written.text()
    }
}

async fn talk(script: impl AsRef<[u8]>) -> Transcript {
    let mut room = Room::open(Locale::En, AtEnd::Quit);
    room.write(script.as_ref()).await;
    room.close().await
}

struct Room {
    console: Console,
    input: Option<DuplexStream>,
    written: Written,
    running: JoinHandle<Ended>,
    engine: JoinHandle<()>,
    taken: Arc<Mutex<Vec<(String, Event)>>>,
    _catalog: watch::Sender<Arc<Catalog>>,
}

impl Room {
    fn open(locale: Locale, at_end: AtEnd) -> Self {
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

    async fn write(&mut self, bytes: &[u8]) {
        // What comes after a `/quit` is not read.
        match self.input.as_mut().unwrap().write_all(bytes).await {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => panic!("{error}"),
            Ok(()) | Err(_) => {}
        }
    }

    async fn until_written(&self, text: &str) {
        while !self.written.text().contains(text) {
            tokio::task::yield_now().await;
        }
    }

    async fn close(mut self) -> Transcript {
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
            Event::Said { speaker, words, place, .. } if !words.starts_with("deploy") => {
                let text = format!("heard {words}");
                self.console.tell(&place, &speaker.account, &text, "k").await.unwrap();
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
            Event::Reacted { speaker, message, change: Reaction::Added, .. } => {
                let (place, ana) = (message.place, Console::account("ana"));
                if speaker.account == ana {
                    let text = "You cannot approve your own.";
                    self.console.tell(&place, &ana, text, "k").await.unwrap();
                } else {
                    self.console.tell(&place, &ana, "Approved by ben.", "k").await.unwrap();
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
        self.console.show_card(&self.console.place(), &card, None).await.unwrap();
    }

    async fn log(&self, text: &str) {
        let place = self.console.place();
        let deployment = DeploymentId(self.count);
        let line = LogLine { place: &place, deployment, card: None, text, key: "k" };
        self.console.log(&line).await.unwrap();
    }
}

fn engine_parts() -> (Deliveries, mpsc::Receiver<Submission>, watch::Sender<Activity>) {
    let (sender, submissions) = mpsc::channel(4);
    let (activity, receiver) = watch::channel(Activity::default());
    (Deliveries::new(sender, receiver), submissions, activity)
}

fn options(at_end: AtEnd) -> Options {
    Options { speaker: PersonName::new("ana").unwrap(), at_end }
}

fn card(deployment: u64, sentence: &str) -> Card {
    Card {
        deployment: DeploymentId(deployment),
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
    }
}

fn catalog(locale: Locale) -> Arc<Catalog> {
    let person = |name: &str| Person {
        name: PersonName::new(name).unwrap(),
        accounts: [Console::account(name)].into(),
        roles: BTreeSet::new(),
    };
    Arc::new(Catalog {
        locale,
        timezone: chrono_tz::UTC,
        people: People::new([person("ana"), person("ben")]).unwrap(),
        services: BTreeMap::new(),
        channels: BTreeMap::new(),
        commands: BTreeMap::new(),
        grammar: Grammar::new(&BTreeMap::new(), &Known::default()).unwrap(),
        limits: Limits::default(),
        digest: Digest([0; 32]),
    })
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
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
