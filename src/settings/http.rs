//! The table `[http]`: where whoever calls wilco may call.

use std::net::SocketAddr;

use crate::settings::fault::{Reported, quote};
use crate::settings::reader::Value;

const KEYS: &[&str] = &["listen"];

/// Where calls are taken unless `[http]` says otherwise: nobody else gets there by accident.
const LISTEN: &str = "127.0.0.1:8080";

/// Where calls are taken, if any are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Http {
    pub listen: SocketAddr,
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: LISTEN.parse().expect("it is an address") }
    }
}

pub fn listening(value: Value<'_>) -> Result<Http, Reported> {
    let Some(listen) = value.table("http", KEYS)?.optional("listen") else {
        return Ok(Http::default());
    };
    let text = listen.text(LISTEN)?;
    let listen = text.parse().map_err(|_| {
        let next_step = format!("write an address and a port: \"{LISTEN}\"");
        listen.fault(&format!("{} is no address to listen on", quote(text)), Some(next_step))
    });
    Ok(Http { listen: listen? })
}
