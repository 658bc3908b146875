//! A WebSocket with nothing in between, so that each frame is seen in its order.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::sim::discord::{BOT_TOKEN, Discord};
use crate::sim::plain_http::PATIENCE;

/// Intents that are not privileged and that wilco could want.
pub const INTENTS: u64 = 1 | 1 << 9 | 1 << 10 | 1 << 12 | 1 << 13;

pub struct Socket {
    stream: TcpStream,
    pub session: String,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    Frame(Value),
    Closed(u16),
    /// Reset, or ended without a word.
    Gone,
}

impl Socket {
    /// Connects and hears hello.
    pub async fn open(discord: &Discord) -> Socket {
        let mut socket = Socket::reach(discord, "/socket?v=10&encoding=json").await.unwrap();
        assert_eq!(socket.frame().await["op"], 10);
        socket
    }

    /// Connects; none when the other side does not want that.
    pub async fn reach(discord: &Discord, path: &str) -> Option<Socket> {
        let base = discord.api_url();
        let host = base.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).await.unwrap();
        let hello = format!(
            "GET {path} HTTP/1.1\r\nhost: {host}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(hello.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let is_open = head.starts_with(b"HTTP/1.1 101");
        is_open.then_some(Socket { stream, session: String::new() })
    }

    /// Connects, identifies, and hears of the guild.
    pub async fn enter(discord: &Discord, intents: u64) -> Socket {
        let mut socket = Socket::open(discord).await;
        socket.identify(BOT_TOKEN, intents).await;
        let ready = socket.frame().await;
        assert_eq!(ready["t"], "READY", "{ready}");
        socket.session = ready["d"]["session_id"].as_str().unwrap().to_owned();
        assert_eq!(socket.frame().await["t"], "GUILD_CREATE");
        socket
    }

    pub async fn identify(&mut self, token: &str, intents: u64) {
        let properties = json!({ "os": "linux", "browser": "test", "device": "test" });
        let data = json!({ "token": token, "intents": intents, "properties": properties });
        self.send(&json!({ "op": 2, "d": data })).await;
    }

    pub async fn resume(&mut self, session: &str, sequence: u64) {
        let data = json!({ "token": BOT_TOKEN, "session_id": session, "seq": sequence });
        self.send(&json!({ "op": 6, "d": data })).await;
    }

    pub async fn send(&mut self, frame: &Value) {
        self.send_text(&frame.to_string()).await;
    }

    /// Frames of a client are masked; a mask of zeros is one.
    pub async fn send_text(&mut self, text: &str) {
        let length = u16::try_from(text.len()).unwrap().to_be_bytes();
        let head = [0x81, 0xFE, length[0], length[1], 0, 0, 0, 0];
        self.stream.write_all(&[&head, text.as_bytes()].concat()).await.unwrap();
    }

    pub async fn next(&mut self) -> Next {
        timeout(PATIENCE, self.read()).await.expect("a frame").unwrap_or(Next::Gone)
    }

    async fn read(&mut self) -> std::io::Result<Next> {
        let kind = self.stream.read_u8().await? & 0x0F;
        let length = match self.stream.read_u8().await? {
            126 => u64::from(self.stream.read_u16().await?),
            127 => self.stream.read_u64().await?,
            short => u64::from(short),
        };
        let mut bytes = vec![0; usize::try_from(length).unwrap()];
        self.stream.read_exact(&mut bytes).await?;
        Ok(match kind {
            8 => Next::Closed(u16::from_be_bytes([bytes[0], bytes[1]])),
            _ => Next::Frame(serde_json::from_slice(&bytes).unwrap()),
        })
    }

    pub async fn frame(&mut self) -> Value {
        match self.next().await {
            Next::Frame(frame) => frame,
            other => panic!("{other:?} in place of a frame"),
        }
    }

    /// The close code that must come next.
    pub async fn closed(&mut self) -> u16 {
        match self.next().await {
            Next::Closed(code) => code,
            other => panic!("{other:?} in place of a close"),
        }
    }

    /// The next dispatch, which must be that event.
    pub async fn event(&mut self, name: &str) -> Value {
        let frame = self.frame().await;
        assert_eq!(frame["t"], name, "{frame}");
        frame["d"].clone()
    }

    /// Says that it has everything up to a number, and hears that it was heard.
    pub async fn beat(&mut self, sequence: u64) {
        self.send(&json!({ "op": 1, "d": sequence })).await;
        assert_eq!(self.frame().await["op"], 11);
    }
}
