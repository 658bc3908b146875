//! The connection through which wilco hears. It is made again whatever ends it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use serenity::client::{ClientBuilder, Context, RawEventHandler};
use serenity::gateway::{CollectorCallback, GatewayError, ShardManager, ShardMessenger};
use serenity::http::{LightMethod, Route};
use serenity::model::event::Event;
use serenity::model::gateway::GatewayIntents;
use serenity::model::user::OnlineStatus;
use tokio::sync::Mutex as TurnsMutex;
use tracing::{error, info, warn};

use super::api::{self, Call, Token};
use super::decode::Us;
use super::hear::Hearing;
use super::late::Watch;
use super::order::{Queue, hand_over};
use crate::reach::Reached;

/// None of these needs a permission in the developer portal: what names wilco, and what is said to it
/// directly, is told in full. Whoever wants a prefix has wilco read everything.
const INTENTS: GatewayIntents = GatewayIntents::GUILDS
    .union(GatewayIntents::GUILD_MESSAGES)
    .union(GatewayIntents::GUILD_MESSAGE_REACTIONS)
    .union(GatewayIntents::DIRECT_MESSAGES)
    .union(GatewayIntents::DIRECT_MESSAGE_REACTIONS);

/// How long to wait before the connection is made again: doubled each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// A connection that held so long was a good one.
const GOOD_AFTER: Duration = Duration::from_mins(1);

/// Why a connection ended. Each says what to do.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("Discord does not take the token any more")]
    Token,
    #[error(
        "Discord does not let wilco read every message, which `prefix` below [discord] takes: switch \
         on \"Message Content Intent\" under \"Bot\" in the developer portal, or take `prefix` out of \
         wilco.toml, and restart wilco"
    )]
    Intents,
    #[error("Discord does not say where to connect: {0}")]
    NoAddress(api::ApiError),
    #[error("Discord said at first {told} and then another address to connect to")]
    OtherAddress { told: String },
    #[error("the connection to Discord ended: {0}")]
    Other(String),
}

/// How soon a connection that the library makes again is let go on.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// What a connection needs.
pub struct Line {
    pub hearing: Arc<Hearing>,
    pub api_url: String,
    pub token: Token,
}

/// Stays connected for ever. Dropping the future ends the connection.
pub async fn keep_up(line: &Line) {
    let mut wait = FIRST_WAIT;
    let watch = Arc::new(Watch::new());
    loop {
        let began = tokio::time::Instant::now();
        let ended = connected(line, &watch).await;
        if began.elapsed() > GOOD_AFTER {
            wait = FIRST_WAIT;
        }
        match ended {
            // Asking again and again with a token that is wrong would have Discord block this address.
            Ended::Token => {
                wait = LONGEST_WAIT;
                line.hearing.shared.api.tell_of_the_token();
            }
            Ended::Intents => {
                wait = LONGEST_WAIT;
                error!("{ended}");
            }
            Ended::NoAddress(_) | Ended::OtherAddress { .. } | Ended::Other(_) => warn!("{ended}"),
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

#[derive(serde::Deserialize)]
struct Address {
    url: String,
}

fn intents(us: &Us) -> GatewayIntents {
    match us.prefix {
        Some(_) => INTENTS.union(GatewayIntents::MESSAGE_CONTENT),
        None => INTENTS,
    }
}

/// Connects, and returns why that is over.
async fn connected(line: &Line, watch: &Arc<Watch>) -> Ended {
    // The library would go to the real Discord where it is not told an address.
    let what = "say where to connect";
    let call = Call { what, method: LightMethod::Get, route: Route::Gateway, query: &[] };
    let told = match line.hearing.shared.api.get::<Address>(call).await {
        Ok(address) => address.url,
        Err(error) if error.is_about_the_token() => return Ended::Token,
        Err(error) => return Ended::NoAddress(error),
    };
    let (queue, waiting) = Queue::new(Arc::clone(watch));
    let is_over = Arc::new(AtomicBool::new(false));
    let shards = Arc::default();
    let reached = Arc::new(OnceLock::new());
    let ear = Ear {
        hearing: Arc::downgrade(&line.hearing),
        queue: Arc::new(queue),
        is_over: is_over.clone(),
        shards: Arc::clone(&shards),
        reached: Arc::downgrade(&reached),
    };
    let http = api::http(&line.api_url, &line.token);
    let intents = intents(&line.hearing.shared.us);
    let client = ClientBuilder::new_with_http(http, intents).raw_event_handler(ear).await;
    let mut client = match client {
        Ok(client) => client,
        Err(error) => return Ended::Other(reason(&error)),
    };
    if *client.ws_url.lock().await != told {
        return Ended::OtherAddress { told };
    }
    let address = Arc::clone(&client.ws_url);
    let _ending = Ending { shards, is_over, manager: client.shard_manager.clone() };
    let ended = tokio::select! {
        ended = client.start() => ended,
        () = hand_over(&line.hearing, waiting) => Ok(()),
        () = notice(address, watch) => Ok(()),
    };
    drop(reached);
    match ended {
        Ok(()) => Ended::Other("it was let go".into()),
        Err(serenity::Error::Gateway(
            GatewayError::InvalidAuthentication | GatewayError::NoAuthentication,
        )) => Ended::Token,
        Err(serenity::Error::Gateway(
            GatewayError::DisallowedGatewayIntents | GatewayError::InvalidGatewayIntents,
        )) => Ended::Intents,
        Err(error) => Ended::Other(reason(&error)),
    }
}

/// Notices each connection that the library makes, for ever, before anything can come over it.
///
/// The library tells of a session that goes on once everything that was missed has come, and not when that
/// begins. But each time it reads the address anew, and cannot while somebody else has it: so it is kept, and
/// given away for a moment again and again. Whoever waits for it then has it first.
async fn notice(address: Arc<TurnsMutex<String>>, watch: &Watch) {
    loop {
        let kept = address.lock().await;
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        drop(kept);
        if address.try_lock().is_err() {
            watch.connecting();
        }
    }
}

/// Addresses may hold what is secret, so only the kind of an error is told.
fn reason(error: &serenity::Error) -> String {
    match error {
        serenity::Error::Gateway(error) => error.to_string(),
        serenity::Error::Client(error) => error.to_string(),
        _ => "the library could not go on".into(),
    }
}

/// Ends a connection of which nobody hears any more.
///
/// The library's own way waits for the other side to say that it closed, and where that never says anything
/// again, it waits without ever letting another task run. So it is closed, and then made to fail.
fn close(shard: &ShardMessenger) {
    shard.shutdown_clean();
    // Nothing can be sent after a close, and what cannot send ends.
    shard.set_status(OnlineStatus::Online);
}

/// What the library is given to end by itself once its connections were closed.
const LETS_GO_WITHIN: Duration = Duration::from_secs(10);

/// Closes the connections that were made, and those that are still being made.
struct Ending {
    shards: Arc<Mutex<Vec<ShardMessenger>>>,
    is_over: Arc<AtomicBool>,
    manager: Arc<ShardManager>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        self.shards.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(close);
        let manager = Arc::clone(&self.manager);
        // What starts connections would otherwise wait for ever to start another.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // Late or in time, nobody hears of that connection any more.
                drop(tokio::time::timeout(LETS_GO_WITHIN, manager.shutdown_all()).await);
            });
        }
    }
}

struct Ear {
    /// The library may keep this longer than the connection, and must not keep wilco from stopping.
    hearing: Weak<Hearing>,
    queue: Arc<Queue>,
    is_over: Arc<AtomicBool>,
    /// Connections that were made; a new one takes the place of the one before it.
    shards: Arc<Mutex<Vec<ShardMessenger>>>,
    /// Whoever keeps the connection keeps this; the library may keep the ear for longer.
    reached: Weak<OnceLock<Reached>>,
}

impl Ear {
    /// Takes events where they are in order, from now on until this connection is over.
    fn attach(&self, context: &Context) {
        *self.shards.lock().unwrap_or_else(PoisonError::into_inner) = vec![context.shard.clone()];
        let (queue, is_over) = (Arc::clone(&self.queue), self.is_over.clone());
        let hearing = Weak::clone(&self.hearing);
        context.shard.add_collector(CollectorCallback(Box::new(move |event| {
            if is_over.load(Ordering::Acquire) {
                return false;
            }
            if let Some(hearing) = hearing.upgrade() {
                hearing.note(event);
            }
            queue.take(event);
            !queue.is_closed()
        })));
    }
}

#[serenity::async_trait]
impl RawEventHandler for Ear {
    async fn raw_event(&self, context: Context, event: Event) {
        if self.is_over.load(Ordering::Acquire) {
            close(&context.shard);
            return;
        }
        let Some(hearing) = self.hearing.upgrade() else { return };
        hearing.note(&event);
        match event {
            Event::Ready(_) => {
                info!("connected to Discord");
                if let Some(reached) = self.reached.upgrade() {
                    reached.get_or_init(|| hearing.shared.reach.reached());
                }
                // A new session tells of nothing that was before it.
                self.queue.caught_up();
                hearing.shared.api.token_was_taken();
                // First they are heard, then read: so none falls in between.
                self.attach(&context);
                if self.is_over.load(Ordering::Acquire) {
                    close(&context.shard);
                    return;
                }
                hearing.ready().await;
            }
            Event::Unknown(unknown) => hearing.undecoded(&unknown.kind).await,
            // Only what came before there was somebody to take it in order.
            other => self.queue.take_late(&other),
        }
    }
}
