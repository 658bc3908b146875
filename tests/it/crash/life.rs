//! One life of wilco inside the test, from a start to a rest or a cut, after which nothing of it goes on.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use wilco::app::{App, Options};
use wilco::backend::{Backend, Backends};
use wilco::chat::console::Console;
use wilco::clock::Clock;
use wilco::courier::{Chats, Patience};
use wilco::delivery::{Accepted, Activity, Delivery};
use wilco::settings;
use wilco::store::StoreError;
use wilco::witness::{Step, Witness};
use wilco_core::deployment::Deployment;
use wilco_core::emoji::Emoji;
use wilco_core::event::{Event, Reaction};
use wilco_core::ids::{DeploymentId, MessageRef};
use wilco_core::person::{Speaker, Standing};
use wilco_core::run::Run;

use super::premises::Premises;
use crate::wait::{until, until_seen};

/// Far longer than any life takes.
const LIFE_WITHIN: Duration = Duration::from_secs(90);

/// Between two looks at the same thing.
const PAUSE: Duration = Duration::from_millis(5);

/// One thing that happens in a scenario.
pub enum Act {
    Say(&'static str, String),
    Approve(&'static str, u64),
    /// Until nothing changes by itself.
    Rest,
    /// Until the run of the deployment is ordered.
    Ordered(u64),
    /// Until the run of the deployment says something.
    Running(u64),
}

/// Where a life is cut.
#[derive(Debug, Clone)]
pub enum Cut {
    Never,
    /// At the step with this number, counted from 1.
    At(usize),
    /// Where this step comes first.
    Where(Step),
}

/// What a life came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Lived {
    ToTheEnd,
    Until(Step),
}

/// What is remembered outside of wilco from one life to the next, as platforms do.
#[derive(Default)]
pub struct Memory {
    /// So many acts were reached; nobody waits again for what came before.
    reached: usize,
    /// Ids of deliveries that were acknowledged. They are delivered again nevertheless.
    acknowledged: BTreeSet<String>,
}

/// Watches the steps, and lets none return from the one where the cut is.
struct Knife {
    cut: Cut,
    steps: AtomicUsize,
    has_cut: AtomicBool,
    found: std::sync::Mutex<Option<Step>>,
    reached: Notify,
}

impl Knife {
    async fn step(&self, step: Step) {
        let number = self.steps.fetch_add(1, Ordering::SeqCst) + 1;
        let is_here = match &self.cut {
            Cut::Never => false,
            Cut::At(at) => number == *at,
            Cut::Where(place) => *place == step,
        };
        if is_here && !self.has_cut.swap(true, Ordering::SeqCst) {
            *self.found.lock().unwrap() = Some(step);
            self.reached.notify_one();
        }
        if self.has_cut.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }
}

/// Lives once: acts the scenario out until its end or the cut.
pub fn live(
    premises: &Premises,
    backend: &Arc<dyn Backend>,
    cut: Cut,
    scenario: &[Act],
    memory: &mut Memory,
) -> Lived {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let knife = Arc::new(Knife {
        cut,
        steps: AtomicUsize::new(0),
        has_cut: AtomicBool::new(false),
        found: std::sync::Mutex::default(),
        reached: Notify::new(),
    });
    let watching = Arc::clone(&knife);
    let witness = Witness::new(move |step| {
        let knife = Arc::clone(&watching);
        async move { knife.step(step).await }
    });
    let lived = runtime.block_on(async {
        let console = Console::plain("deploys", std::io::sink());
        let acting = async {
            let app =
                start(|| options(premises, Arc::clone(backend), console.clone(), witness.clone()))
                    .await;
            act(&app, scenario, memory).await;
            app.stop().await;
        };
        tokio::select! {
            biased;
            () = knife.reached.notified() => {
                Lived::Until(knife.found.lock().unwrap().clone().unwrap())
            }
            ended = tokio::time::timeout(LIFE_WITHIN, acting) => {
                ended.expect("a life comes to its end");
                Lived::ToTheEnd
            }
        }
    });
    end(premises, runtime);
    lived
}

/// Returns what an app is made of here; it waits for nothing long.
pub fn options(
    premises: &Premises,
    backend: Arc<dyn Backend>,
    console: Console,
    witness: Witness,
) -> Options {
    Options {
        data: premises.data(),
        catalog: settings::load(&premises.config()).unwrap().catalog,
        chats: Chats { console: Some(Arc::new(console)), ..Chats::default() },
        backends: Backends::local(backend),
        clock: Clock::System,
        patience: Patience {
            first: Duration::from_millis(20),
            longest: Duration::from_millis(200),
            tries: 8,
            call: Duration::from_secs(20),
        },
        witness,
    }
}

/// Drops every task where it stands, and waits until nothing of that life can write any more.
fn end(premises: &Premises, runtime: Runtime) {
    runtime.shutdown_timeout(Duration::from_secs(20));
    let data = premises.data().canonicalize().unwrap();
    until("the database was let go", || {
        let open = fs::read_dir("/proc/self/fd").unwrap();
        !open.filter_map(|file| fs::read_link(file.ok()?.path()).ok()).any(|path| {
            path.parent() == Some(&data) // The database, its companions, and the lock.
        })
    });
}

/// Starts an app. A process that another life is just beginning holds every lock until it is begun,
/// so the directory may seem taken for a moment.
async fn start(options: impl Fn() -> Options) -> App {
    let begin = async {
        loop {
            match App::start(options()).await {
                Err(StoreError::Directory { .. }) => tokio::time::sleep(PAUSE).await,
                started => return started.unwrap(),
            }
        }
    };
    tokio::time::timeout(LIFE_WITHIN, begin).await.expect("the directory is let go")
}

async fn act(app: &App, scenario: &[Act], memory: &mut Memory) {
    for (number, act) in scenario.iter().enumerate() {
        let was_reached = number < memory.reached;
        memory.reached = memory.reached.max(number);
        let id = format!("scenario/{number}");
        let accepted = match act {
            Act::Say(who, words) => say(app, who, words, id.clone()).await,
            Act::Approve(who, deployment) => approve(app, who, *deployment, id.clone()).await,
            Act::Rest | Act::Ordered(_) | Act::Running(_) if was_reached => continue,
            Act::Rest => {
                let mut activity = app.deliveries.activity();
                activity.wait_for(Activity::is_at_rest).await.unwrap();
                continue;
            }
            Act::Ordered(id) => {
                wait_for(app, *id, Deployment::holds_lane).await;
                continue;
            }
            Act::Running(id) => {
                let says = |run: &Run| !run.stages.is_empty();
                wait_for(app, *id, |deployment| deployment.run.as_ref().is_some_and(says)).await;
                continue;
            }
        };
        let is_new = memory.acknowledged.insert(id);
        assert!(accepted != Accepted::KeptAside, "{number} was kept aside");
        assert!(is_new || accepted == Accepted::Repeated, "{number} was applied twice");
    }
}

/// Waits until it is so for the deployment, or it is over.
pub async fn wait_for(app: &App, id: u64, is_so: impl Fn(&Deployment) -> bool) {
    until_seen("it comes about", async || {
        let deployment = app.reader.deployment(DeploymentId(id)).await.unwrap();
        deployment.filter(|deployment| deployment.is_over() || is_so(deployment))
    })
    .await;
}

/// Asks a chat of this kind for something, under this delivery id.
pub async fn say(app: &App, who: &str, words: &str, id: String) -> Accepted {
    let event = Event::Said {
        speaker: speaker(who),
        place: Console::plain("deploys", std::io::sink()).place(),
        words: words.to_owned(),
        heard: app.catalog.borrow().grammar.hear(words),
    };
    app.deliveries.deliver(Delivery { source: "scenario", id, event }).await.unwrap()
}

async fn approve(app: &App, who: &str, deployment: u64, id: String) -> Accepted {
    let place = Console::plain("deploys", std::io::sink()).place();
    let event = Event::Reacted {
        speaker: speaker(who),
        message: MessageRef { place, message: deployment.to_string() },
        emoji: Emoji::Unicode("✅".into()),
        change: Reaction::Added,
    };
    app.deliveries.deliver(Delivery { source: "scenario", id, event }).await.unwrap()
}

fn speaker(name: &str) -> Speaker {
    Speaker { account: Console::account(name), standing: Standing::Member }
}
