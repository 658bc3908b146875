//! Bodies of requests, as much and as long as one may take.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::StatusCode;
use futures_core::Stream;

/// How much of a body is taken.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    pub bytes_max: usize,
    /// From the head to the last byte.
    pub within: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { bytes_max: 1024 * 1024, within: Duration::from_secs(10) }
    }
}

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    #[error("the body is too large")]
    TooLarge,
    #[error("the body did not come in time")]
    TooSlow,
    #[error("the body broke off")]
    Broken,
}

impl Unread {
    /// Returns what the caller is told.
    pub fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }
}

/// Reads a whole body. One that says that it is too large is not begun.
pub async fn read(body: Body, limits: BodyLimits) -> Result<Vec<u8>, Unread> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limits.bytes_max {
        return Err(Unread::TooLarge);
    }
    let read = gather(body, limits.bytes_max);
    tokio::time::timeout(limits.within, read).await.unwrap_or(Err(Unread::TooSlow))
}

async fn gather(body: Body, bytes_max: usize) -> Result<Vec<u8>, Unread> {
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(piece) = poll_fn(|context| Pin::new(&mut pieces).poll_next(context)).await {
        let piece = piece.map_err(|_| Unread::Broken)?;
        if piece.len() > bytes_max - bytes.len() {
            return Err(Unread::TooLarge);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}
