//! The library's client, put together so that it never sends anything twice.

use std::time::Duration;

use http::Uri;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};

use crate::plain::{cut, plain};

const CONNECTED_WITHIN: Duration = Duration::from_secs(10);
/// What went wrong is cut after so many bytes.
const REASON_LENGTH_MAX: usize = 300;

/// Builds a client that sends each request once. What octocrab builds by itself would send a POST four times
/// where the answer is 500, or lost.
///
/// # Errors
/// Fails when the system has no root certificates.
pub fn client(address: Uri) -> std::io::Result<Octocrab> {
    let mut sockets = HttpConnector::new();
    sockets.enforce_http(false);
    sockets.set_connect_timeout(Some(CONNECTED_WITHIN));
    let connector = HttpsConnectorBuilder::new()
        .with_native_roots()?
        .https_or_http()
        .enable_http1()
        .enable_http2()
        .wrap_connector(sockets);
    let hyper = Client::builder(TokioExecutor::new()).build::<_, OctoBody>(connector);
    let octocrab = OctocrabBuilder::new_empty()
        .with_service(hyper)
        .with_layer(&BaseUriLayer::new(address))
        .with_auth(AuthState::None)
        .build();
    match octocrab {
        Ok(octocrab) => Ok(octocrab),
        Err(never) => match never {},
    }
}

/// Tells whether no connection was made, so that nothing can have happened.
pub fn never_left(error: &octocrab::Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return error.is_connect();
        }
        next = error.source();
    }
    false
}

/// The library's errors hold traces and addresses; only what went wrong is told.
pub fn said(error: &octocrab::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    match error {
        octocrab::Error::Service { .. } | octocrab::Error::Hyper { .. } => {
            cut(&plain(&deepest.to_string()), REASON_LENGTH_MAX).into()
        }
        _ => "the library could not send it".into(),
    }
}
