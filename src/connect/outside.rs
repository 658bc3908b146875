//! The one server for everything that is called from outside.

use std::net::TcpListener;

use anyhow::Context as _;
use axum::Router;

use crate::http::{Limits, Server, state};
use crate::settings::http::Http;

/// The routes of whoever calls wilco.
#[derive(Default)]
pub struct Routes(Vec<Router>);

impl Routes {
    /// Has these taken, too. What has no route here is answered with 404.
    pub fn add(&mut self, router: Router) {
        self.0.push(router);
    }

    /// Serves where the configuration has a table `[http]`, or somebody is to call.
    pub fn serve(self, http: Option<Http>) -> anyhow::Result<Option<Server>> {
        if http.is_none() && self.0.is_empty() {
            return Ok(None);
        }
        let Http { listen } = http.unwrap_or_default();
        let router = self.0.into_iter().fold(state::router(), Router::merge);
        let serve = || Server::start(TcpListener::bind(listen)?, router, Limits::default());
        serve().map(Some).with_context(|| format!("cannot listen on {listen}"))
    }
}
