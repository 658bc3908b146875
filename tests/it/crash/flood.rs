//! A chat that takes nothing for a while: what does not fit into memory waits in the outbox, and nothing is overtaken.

use std::io::Write;
use std::sync::mpsc::{Receiver, RecvError, Sender, channel};
use std::sync::{Arc, Mutex};

use wilco::app::App;
use wilco::chat::console::Console;
use wilco::clock::Clock;
use wilco::delivery::{Accepted, Activity};
use wilco::witness::Witness;
use wilco_core::catalog::{Limits, Rate};
use wilco_core::time::Timestamp;

use super::fence::{Fence, Fenced};
use super::life::{options, say};
use super::premises::Premises;

/// More than wait in memory for one chat.
const WORDS: usize = 700;

/// Far more than one account may say at once.
const FLOOD: usize = 2000;

/// Answers that are taken between the flood and what comes after it.
const TAKEN_BETWEEN: usize = 300;

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_was_stuck_gets_every_answer_in_order() {
    let premises = Premises::new("0");
    let (tap, written, console) = tap();
    let backend = Arc::new(Fenced::open(&premises, Fence::On));
    let app = App::start(options(&premises, backend, console, Witness::default())).await.unwrap();
    for number in 0..WORDS {
        ask(&app, number).await;
    }
    for _ in 0..TAKEN_BETWEEN {
        tap.send(()).unwrap();
    }
    crate::wait::until("some were taken", || lines(&written) >= TAKEN_BETWEEN);
    for number in WORDS..WORDS + 100 {
        ask(&app, number).await;
    }
    drop(tap);
    let mut activity = app.deliveries.activity();
    let rest = activity.wait_for(Activity::is_at_rest);
    // Sooner than a worker with nothing to do would be followed by another.
    tokio::time::timeout(std::time::Duration::from_secs(15), rest).await.unwrap().unwrap();
    app.stop().await;
    let answers = String::from_utf8(written.lock().unwrap().clone()).unwrap();
    let answered: Vec<usize> = answers.lines().filter_map(number_in).collect();
    assert_eq!(answered, (0..WORDS + 100).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_one_person_is_told_once_and_others_are_answered() {
    let premises = Premises::new("0");
    let (tap, written, console) = tap();
    let backend = Arc::new(Fenced::open(&premises, Fence::On));
    let mut options = options(&premises, backend, console, Witness::default());
    let clock = Clock::standing_at(Timestamp(1_800_000_000_000));
    options.clock = clock.clone();
    options.catalog.limits = Limits::default();
    let Rate { burst, .. } = options.catalog.limits.rate;
    let app = App::start(options).await.unwrap();
    let before = app.reader.head().await.unwrap();
    // The chat takes nothing meanwhile, so all of it is there when mina says her one line.
    for number in 0..FLOOD {
        let id = format!("flood/{number}");
        assert_eq!(say(&app, "ana", "deploy nowhere to prod", id).await, Accepted::Applied);
    }
    assert_eq!(say(&app, "mina", "zzqx0zzqx", "mina".into()).await, Accepted::Applied);
    let after = app.reader.head().await.unwrap();
    assert_eq!(after.rows - before.rows, u64::from(burst), "what is on record of it");
    assert_eq!(after.outbox - before.outbox, i64::from(burst) + 2, "what is done about it");
    // Once there is time again, she is heard again.
    clock.advance(1000);
    say(&app, "ana", "zzqx1zzqx", "later".into()).await;
    drop(tap);
    let mut activity = app.deliveries.activity();
    activity.wait_for(Activity::is_at_rest).await.unwrap();
    app.stop().await;
    let answers = String::from_utf8(written.lock().unwrap().clone()).unwrap();
    let refused = answers.lines().filter(|line| line.contains("no service `nowhere`")).count();
    assert_eq!(refused, usize::try_from(burst).unwrap());
    assert_eq!(answers.matches("Wait 1 second, then do it again.").count(), 1, "{answers}");
    assert_eq!(answers.lines().filter_map(number_in).collect::<Vec<_>>(), [0, 1], "{answers}");
}

async fn ask(app: &App, number: usize) {
    let words = format!("zzqx{number}zzqx");
    assert_eq!(say(app, "ana", &words, format!("flood/{number}")).await, Accepted::Applied);
}

fn number_in(line: &str) -> Option<usize> {
    line.split("zzqx").nth(1)?.parse().ok()
}

fn lines(written: &Mutex<Vec<u8>>) -> usize {
    String::from_utf8_lossy(&written.lock().unwrap()).lines().count()
}

/// Returns a console whose every write waits for a turn of the tap, until the tap is taken away.
fn tap() -> (Sender<()>, Arc<Mutex<Vec<u8>>>, Console) {
    let (tap, turns) = channel();
    let written = Arc::new(Mutex::new(Vec::new()));
    let pipe = Pipe { turns, written: Arc::clone(&written) };
    (tap, written, Console::plain("deploys", pipe))
}

struct Pipe {
    turns: Receiver<()>,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // Once nobody turns the tap any more it stays open.
        let (Ok(()) | Err(RecvError)) = self.turns.recv();
        self.written.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
