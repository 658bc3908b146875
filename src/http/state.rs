//! What wilco says of itself to whoever watches over it.

use axum::Router;
use axum::routing::get;

/// Returns the routes for those who watch over wilco.
pub fn router() -> Router {
    Router::new().route("/healthz", get(async || "ok\n"))
}
