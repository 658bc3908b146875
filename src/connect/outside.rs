//! The one server for everything that is called from outside.

use std::net::TcpListener;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use tracing::info;
use wilco_core::catalog::Catalog;
use wilco_core::event::Event;

use crate::app::App;
use crate::backend::github::hurry::Hurry;
use crate::clock::Clock;
use crate::delivery::{Accepted, Deliveries, Delivery, NotDelivered};
use crate::http::body::BodyLimits;
use crate::http::github::{self, Called, ChecksOf, Hooks};
use crate::http::signed::Key;
use crate::http::state::{self, Watched};
use crate::http::tally::Tally;
use crate::http::{Limits, Server, room};
use crate::reach::Reach;
use crate::settings::http::Http;

/// As many calls of chats and hooks are answered at one time.
const PLACES: usize = 64;

/// The source of deliveries of GitHub's.
const GITHUB: &str = "github";

/// The routes of whoever calls wilco, and what those are told who watch over it.
#[derive(Default)]
pub struct Routes {
    routers: Vec<Router>,
    chats: Vec<(&'static str, Reach)>,
    hooks: Vec<(&'static str, Arc<Tally>)>,
    limit: Option<Box<dyn Fn() -> Option<u64> + Send + Sync>>,
}

impl Routes {
    /// Has these taken, too. What has no route here is answered with 404.
    pub fn add(&mut self, router: Router) {
        self.routers.push(router);
    }

    /// Has the calls of a hook counted for those who watch.
    pub fn tally(&mut self, hook: &'static str) -> Arc<Tally> {
        let tally = Arc::new(Tally::default());
        self.hooks.push((hook, Arc::clone(&tally)));
        tally
    }

    pub fn watch_chat(&mut self, chat: &'static str, reach: Reach) {
        self.chats.push((chat, reach));
    }

    pub fn watch_limit(&mut self, remaining: impl Fn() -> Option<u64> + Send + Sync + 'static) {
        self.limit = Some(Box::new(remaining));
    }

    /// Has GitHub's webhooks taken: runs and checks are looked at sooner, and news are delivered.
    pub fn add_github(&mut self, key: Key, app: &App, hurry: Option<Hurry>, clock: Clock) {
        let (limits, tally) = (BodyLimits::default(), self.tally(GITHUB));
        let (deliveries, catalog) = (app.deliveries.clone(), app.catalog.clone());
        let sink = move |called: Called| {
            if let Some(hurry) = &hurry {
                hasten(&called, hurry, &catalog.borrow());
            }
            let deliveries = deliveries.clone();
            async move { hear(called, &deliveries).await }
        };
        self.add(github::router(Hooks { key, clock, limits, tally }, sink));
        info!("GitHub's webhooks are taken at {}", github::PATH);
    }

    /// Serves where the configuration has a table `[http]`, or somebody is to call.
    pub fn serve(self, app: &App, http: Option<Http>) -> anyhow::Result<Option<Server>> {
        if http.is_none() && self.routers.is_empty() {
            return Ok(None);
        }
        let watched = Watched {
            deliveries: app.deliveries.clone(),
            reader: app.reader.clone(),
            clock: Clock::System,
            sound: app.sound.clone(),
            chats: self.chats,
            hooks: self.hooks,
            github: self.limit,
        };
        let called = self.routers.into_iter().fold(Router::new(), Router::merge);
        let router = state::router(watched).merge(room::bounded(called, PLACES));
        let Http { listen } = http.unwrap_or_default();
        // Whoever waits for a place, and whoever only watches, need connections, too.
        let limits = Limits { connections: PLACES + 2 * room::WAITING, ..Limits::default() };
        let serve = || Server::start(TcpListener::bind(listen)?, router, limits);
        let server = serve().with_context(|| format!("cannot listen on {listen}"))?;
        info!("calls are taken at http://{}", server.address());
        Ok(Some(server))
    }
}

/// Has what was told of looked at, if anybody waits for it.
fn hasten(called: &Called, hurry: &Hurry, catalog: &Catalog) {
    if let Some(run) = &called.run {
        hurry.look_at(run);
    }
    if let Some(ChecksOf { repository, commit }) = &called.checks
        && catalog.looks_up_versions_in(repository)
    {
        hurry.look_at_checks(repository, commit);
    }
}

/// Puts news on record; what is only looked at sooner needs none.
async fn hear(called: Called, deliveries: &Deliveries) -> Result<Accepted, NotDelivered> {
    let Some(news) = called.news else { return Ok(Accepted::Applied) };
    let event = Event::NewsHeard { news };
    deliveries.deliver(Delivery { source: GITHUB, id: called.id, event }).await
}
