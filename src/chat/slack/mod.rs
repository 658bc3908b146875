//! Slack: Socket Mode or signed requests in, the Web API out.

pub mod api;
pub mod blocks;
pub mod decode;
pub mod emoji;
mod hear;
pub mod hooks;
pub mod manifest;
mod outward;
pub mod pace;
pub mod probe;
pub mod socket;
pub mod text;
mod users;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use slack_morphism::hyper_tokio::SlackHyperClient;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use wilco_core::catalog::Catalog;
use wilco_core::ids::MessageRef;

use crate::chat::slack::api::{Api, ApiError, Token};
use crate::chat::slack::decode::Us;
use crate::chat::slack::hear::Hearing;
use crate::chat::slack::pace::{Limits, Pace};
use crate::chat::slack::socket::Heartbeat;
use crate::chat::slack::users::Users;
use crate::delivery::Deliveries;
use crate::reach::Reach;

/// How wilco hears what people do.
pub enum Mode {
    /// Wilco connects to Slack, with an app-level token.
    Socket { token: Token, connections: u32, heartbeat: Heartbeat },
    /// Slack calls wilco; the routes are in [`hooks`].
    Http,
}

/// What is needed to be in a workspace.
pub struct Options {
    pub api_url: String,
    pub token: Token,
    /// The id of the workspace; another one is refused.
    pub workspace: String,
    pub mode: Mode,
    /// How fast wilco may call there.
    pub limits: Limits,
}

/// Why Slack cannot be used. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "this system has no root certificates to trust Slack with: {0}; install ca-certificates"
    )]
    Certificates(std::io::Error),
    #[error(
        "Slack does not take the bot token ({code}): copy the one that begins with xoxb- from \
         \"OAuth & Permissions\" of the app's settings into WILCO_SLACK_BOT_TOKEN"
    )]
    Token { code: String },
    #[error(
        "the bot token is of workspace {found} and not of {wanted}: put `workspace = \"{found}\"` \
         under [slack] in wilco.toml, or use the token of the other workspace"
    )]
    Workspace { found: String, wanted: String },
    #[error("Slack cannot be reached: {0}; look whether this machine gets to its address")]
    Unreachable(String),
}

/// A workspace that wilco is in. Cheap to clone.
#[derive(Clone)]
pub struct Slack {
    shared: Arc<Shared>,
}

/// As many cards are remembered as having their ✅ and ❌; beyond that they are put there once more.
const SEEDED_MAX: usize = 4096;

struct Shared {
    client: Arc<SlackHyperClient>,
    api: Api,
    us: Us,
    users: Users,
    mode: Mode,
    /// Cards that have their ✅ and ❌.
    seeded: Mutex<HashSet<MessageRef>>,
    pace: Mutex<Pace>,
    reach: Reach,
}

/// As often is Slack tried at the start, a second apart and more.
const TRIES: u32 = 5;

#[derive(Deserialize)]
struct Identity {
    #[serde(rename = "team_id")]
    team: String,
    #[serde(rename = "user_id")]
    user: String,
    #[serde(rename = "bot_id")]
    bot: Option<String>,
    #[serde(rename = "app_id")]
    app: Option<String>,
}

impl Slack {
    /// Finds out who wilco is there.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let client = api::client(&options.api_url).map_err(OpenError::Certificates)?;
        let api = Api::new(client.clone(), options.token);
        let identity = identify(&api).await?;
        if identity.team != options.workspace {
            let (found, wanted) = (identity.team, options.workspace);
            return Err(OpenError::Workspace { found, wanted });
        }
        let us = Us {
            team: identity.team,
            bot_user: identity.user,
            bot_id: identity.bot,
            app: identity.app,
        };
        let (users, mode) = (Users::default(), options.mode);
        let (seeded, pace) = (Mutex::default(), Mutex::new(Pace::new(options.limits)));
        let reach = Reach::default();
        let shared = Shared { client, api, us, users, mode, seeded, pace, reach };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Returns who wilco is there, for what reads payloads.
    pub fn us(&self) -> &Us {
        &self.shared.us
    }

    /// Returns whether wilco is connected there.
    pub fn reach(&self) -> Reach {
        self.shared.reach.clone()
    }

    /// Returns what takes in what people do; the routes of the HTTP mode hand it on.
    pub fn hearing(
        &self,
        deliveries: Deliveries,
        catalog: watch::Receiver<Arc<Catalog>>,
    ) -> Arc<Hearing> {
        Arc::new(Hearing::new(self.shared.clone(), deliveries, catalog))
    }

    /// Listens for ever. Dropping the future ends every connection.
    pub async fn listen(&self, hearing: Arc<Hearing>) {
        let connected = Arc::new(Notify::new());
        let mut tasks = JoinSet::new();
        // Where Slack calls there is no connection that could end.
        let mut _called = None;
        match &self.shared.mode {
            Mode::Http => {
                _called = Some(self.shared.reach.reached());
                connected.notify_one();
            }
            Mode::Socket { token, connections, heartbeat } => {
                for number in 1..=*connections {
                    let hearing = hearing.clone();
                    let sink: socket::Sink = Arc::new(move |body| {
                        let hearing = hearing.clone();
                        Box::pin(async move { hearing.take(&body).await })
                    });
                    let (client, token) = (self.shared.client.clone(), token.clone());
                    let connected = connected.clone();
                    let heartbeat = *heartbeat;
                    let reach = self.shared.reach.clone();
                    let line = socket::Line { client, token, heartbeat, sink, connected, reach };
                    tasks.spawn(socket::keep_up(line, number));
                }
            }
        }
        loop {
            connected.notified().await;
            hearing.connected().await;
        }
    }
}

async fn identify(api: &Api) -> Result<Identity, OpenError> {
    let mut attempt = 1;
    loop {
        match api.post::<Identity>("auth.test", &serde_json::json!({})).await {
            Ok(identity) => return Ok(identity),
            Err(ApiError::Refused { code, .. } | ApiError::NoToken { code, .. }) => {
                return Err(OpenError::Token { code });
            }
            // It asks for no scope, so this does not come.
            Err(ApiError::MissingScope { needed, .. }) => {
                return Err(OpenError::Token { code: format!("missing_scope {needed}") });
            }
            Err(error) if attempt >= TRIES => {
                return Err(OpenError::Unreachable(error.to_string()));
            }
            Err(ApiError::TooFast { .. } | ApiError::Unknown { .. }) => {
                tokio::time::sleep(Duration::from_secs(1) * attempt).await;
                attempt += 1;
            }
        }
    }
}
