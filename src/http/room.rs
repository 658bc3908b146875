//! Room for requests, so that however many come, some connections are left for those who watch over wilco.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

/// As many more may wait until one of those in the room is done.
pub const WAITING: usize = 8;

/// How many of these requests are under way, and wait to be.
struct Room {
    places: Semaphore,
    waiting: Semaphore,
}

/// Answers at most so many requests of these routes at one time. A few more wait; the rest is told to come again.
pub fn bounded(router: Router, places: usize) -> Router {
    let room = Room { places: Semaphore::new(places), waiting: Semaphore::new(WAITING) };
    router.layer(from_fn_with_state(Arc::new(room), enter))
}

async fn enter(State(room): State<Arc<Room>>, request: Request, next: Next) -> Response {
    let _place = match room.places.try_acquire() {
        Ok(place) => place,
        Err(_) => {
            let Ok(_waiting) = room.waiting.try_acquire() else {
                let later = [(header::RETRY_AFTER, "1")];
                return (StatusCode::SERVICE_UNAVAILABLE, later).into_response();
            };
            room.places.acquire().await.expect("nobody closes the semaphore")
        }
    };
    next.run(request).await
}
