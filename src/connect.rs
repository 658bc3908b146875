//! The one place that knows which platforms there are, and connects those that the configuration names.

pub mod outside;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::app::App;
use crate::backend::github::auth::Auth;
use crate::backend::github::{self, Github};
use crate::backend::webhook::{self, Keys, Webhook};
use crate::chat::discord;
use crate::chat::discord::Discord;
use crate::chat::slack::api::Token;
use crate::chat::slack::hooks::{self, Hooks, SigningSecret};
use crate::chat::slack::socket::Heartbeat;
use crate::chat::slack::{Mode, Options, Slack, pace};
use crate::clock::Clock;
use crate::http::Server;
use crate::http::body::BodyLimits;
use crate::http::signed::Key;
use crate::secrets::{
    self, DISCORD_TOKEN, GITHUB_APP_KEY, GITHUB_TOKEN, GITHUB_WEBHOOK_SECRET, SLACK_APP_TOKEN,
    SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET,
};
use crate::settings::http::Http;
use crate::settings::{self, Settings, slack};
use outside::Routes;

/// The platforms that are connected, besides the console.
#[derive(Default)]
pub struct Platforms {
    pub slack: Option<Slack>,
    pub discord: Option<Discord>,
    pub github: Option<Github>,
    /// Where the outside may call, if that is said.
    http: Option<Http>,
    /// What Slack signs its calls with, where it calls.
    signing: Option<SigningSecret>,
    /// The same of GitHub's webhooks.
    webhook_key: Option<Key>,
    /// What webhooks are signed with, where there are any.
    keys: Option<Keys>,
    webhook: Option<Webhook>,
}

/// Connects what the configuration names. Every error says what to do.
pub async fn platforms(settings: &Settings) -> anyhow::Result<Platforms> {
    let discord = match &settings.discord {
        Some(configured) => Some(open_discord(configured).await?),
        None => None,
    };
    let (slack, signing) = match &settings.slack {
        Some(configured) => {
            let (slack, signing) = open_slack(configured).await?;
            (Some(slack), signing)
        }
        None => (None, None),
    };
    let github = github(settings)?;
    let webhook_key = secrets::read_if_any(GITHUB_WEBHOOK_SECRET)?;
    let webhook_key = webhook_key.map(|secret| Key::new(secret.expose())).transpose()?;
    let (keys, webhook) = (webhook_keys(settings)?, None);
    let http = settings.http;
    Ok(Platforms { slack, discord, github, http, signing, webhook_key, keys, webhook })
}

fn webhook_keys(settings: &Settings) -> anyhow::Result<Option<Keys>> {
    let mut keys = BTreeMap::new();
    for name in settings.catalog.webhook_secrets() {
        let key = Key::new(secrets::read_webhook(name.as_ref())?.expose())?;
        keys.insert(name, key);
    }
    Ok((!keys.is_empty()).then(|| Keys::new(keys)))
}

/// Opens GitHub where the configuration speaks of it.
pub fn github(settings: &Settings) -> anyhow::Result<Option<Github>> {
    let Some(configured) = settings
        .github
        .clone()
        .or_else(|| settings.catalog.speaks_of_github().then(Default::default))
    else {
        return Ok(None);
    };
    let auth = match configured.app {
        Some(id) => {
            Auth::App(github::auth::App::open(id, secrets::read(GITHUB_APP_KEY)?.expose())?)
        }
        None => Auth::Token(github::auth::Token::new(secrets::read(GITHUB_TOKEN)?.expose())),
    };
    Ok(Some(Github::new(github::api::Api::open(&configured.api_url, auth)?)))
}

async fn open_discord(configured: &settings::discord::Discord) -> anyhow::Result<Discord> {
    let token = discord::api::Token::new(secrets::read(DISCORD_TOKEN)?.expose());
    let discord = Discord::open(discord::Options {
        api_url: configured.api_url.clone(),
        token,
        guilds: configured.guilds.clone(),
        prefix: configured.prefix.clone(),
    });
    Ok(discord.await?)
}

async fn open_slack(configured: &slack::Slack) -> anyhow::Result<(Slack, Option<SigningSecret>)> {
    let token = Token::new(secrets::read(SLACK_BOT_TOKEN)?.expose());
    let (mode, signing) = match configured.mode {
        slack::Mode::Socket => {
            let token = Token::new(secrets::read(SLACK_APP_TOKEN)?.expose());
            let (connections, heartbeat) = (configured.connections, Heartbeat::default());
            (Mode::Socket { token, connections, heartbeat }, None)
        }
        slack::Mode::Http => {
            let secret = secrets::read(SLACK_SIGNING_SECRET)?;
            (Mode::Http, Some(SigningSecret::new(secret.expose())?))
        }
    };
    let slack = Slack::open(Options {
        api_url: configured.api_url.clone(),
        token,
        workspace: configured.workspace.clone(),
        mode,
        limits: pace::Limits::default(),
    });
    Ok((slack.await?, signing))
}

/// What listens to the platforms; dropping it ends every connection.
pub struct Listening {
    tasks: JoinSet<()>,
    server: Option<Server>,
}

impl Platforms {
    /// Opens webhooks where the configuration speaks of any, on what is kept of their runs in `data`.
    pub fn open_webhook(&mut self, data: &Path) -> anyhow::Result<Option<Webhook>> {
        if let Some(keys) = self.keys.take() {
            self.webhook = Some(Webhook::open(data.join("webhook"), keys, Clock::System)?);
        }
        Ok(self.webhook.clone())
    }

    /// Begins to listen; what people do is handed to the app.
    pub fn listen(self, app: &App) -> anyhow::Result<Listening> {
        let mut tasks = JoinSet::new();
        let mut routes = Routes::default();
        if let Some(key) = self.webhook_key {
            let hurry = self.github.as_ref().map(Github::hurry);
            routes.add_github(key, app, hurry, Clock::System);
        }
        if let Some(github) = self.github {
            routes.watch_limit(move || github.remaining());
        }
        if let Some(discord) = self.discord {
            routes.watch_chat("discord", discord.reach());
            let (deliveries, catalog) = (app.deliveries.clone(), app.catalog.clone());
            let recall = app.recall.clone();
            tasks.spawn(async move { discord.listen(deliveries, recall, catalog).await });
        }
        if let Some(slack) = self.slack {
            routes.watch_chat("slack", slack.reach());
            let hearing = slack.hearing(app.deliveries.clone(), app.catalog.clone());
            if let Some(secret) = self.signing {
                let us = slack.us().clone();
                let (clock, limits) = (Clock::System, BodyLimits::default());
                let tally = routes.tally("slack");
                let heard = Arc::clone(&hearing);
                let sink = move |what| {
                    let heard = Arc::clone(&heard);
                    async move { heard.accept(what).await }
                };
                routes.add(hooks::router(Hooks { secret, us, clock, limits, tally }, sink));
            }
            tasks.spawn(async move { slack.listen(hearing).await });
        }
        if let Some(webhook) = self.webhook {
            let tally = routes.tally("pipeline");
            routes.add(webhook::hooks::router(webhook, BodyLimits::default(), tally));
        }
        Ok(Listening { tasks, server: routes.serve(app, self.http)? })
    }
}

impl Listening {
    /// Hears nothing new; what was begun is answered.
    pub async fn stop(mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        self.tasks.shutdown().await;
    }
}
