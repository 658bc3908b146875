//! `wilco run` with an address for the outside: what it says of itself, and what it takes from GitHub.

use std::net::SocketAddr;
use std::process::Command;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use wilco_core::hex::hex;

use super::running::Running;
use super::{ask, run, wilco};
use crate::agreed::payload;
use crate::wire::hooked::{Answer, answer, call};

const CANARY: &str = "canary-of-the-webhook";

struct Setup {
    folder: TempDir,
    address: SocketAddr,
}

impl Setup {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(ask(&["init", folder.path().to_str().unwrap()]).code, 0);
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let file = folder.path().join("config/wilco.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{text}\n[http]\nlisten = \"{address}\"\n")).unwrap();
        Self { folder, address }
    }

    fn command(&self) -> Command {
        let mut command = wilco(&["run", "--config"]);
        command.arg(self.folder.path().join("config")).arg("--data");
        command.arg(self.folder.path().join("data"));
        command
    }

    fn run(&self, secret: Option<&str>) -> Running {
        let mut command = self.command();
        command.env_remove("WILCO_GITHUB_WEBHOOK_SECRET");
        command.envs(secret.map(|secret| ("WILCO_GITHUB_WEBHOOK_SECRET", secret)));
        let mut running = Running::begin(&self.folder, command, "debug");
        running.until("\"ready\"");
        running
    }

    async fn get(&self, path: &str) -> Answer {
        get(self.address, path).await
    }

    async fn told(&self, (event, id): (&str, &str), body: &str, secret: &str) -> u16 {
        let mut code = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        code.update(body.as_bytes());
        let headers = [
            ("Content-Type", "application/json".to_owned()),
            ("X-GitHub-Event", event.to_owned()),
            ("X-GitHub-Delivery", id.to_owned()),
            ("X-Hub-Signature-256", format!("sha256={}", hex(&code.finalize().into_bytes()))),
        ];
        call(self.address, "/hooks/github", &headers, body.as_bytes()).await.status
    }
}

/// A completed build of a moment ago, whose title and author are canaries, too.
fn build() -> String {
    let mut told = payload("github", "workflow_run.completed");
    let run = &mut told["workflow_run"];
    run["updated_at"] = chrono::Utc::now().to_rfc3339().into();
    run["head_commit"]["message"] = CANARY.into();
    run["head_commit"]["author"]["email"] = format!("{CANARY}@example.com").into();
    run["name"] = CANARY.into();
    told.to_string()
}

/// Asks as those do who watch.
pub async fn get(address: SocketAddr, path: &str) -> Answer {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let get = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    socket.write_all(get.as_bytes()).await.unwrap();
    answer(&mut socket).await
}

/// Returns the value of a figure, with its labels as they are written.
pub fn figure(text: &str, name: &str) -> Option<i64> {
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.map(|value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_learns_how_it_is_and_no_secret_nor_what_somebody_wrote() {
    let setup = Setup::new();
    let running = setup.run(Some(CANARY));
    let health = setup.get("/healthz").await;
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
    let ready = setup.get("/readyz").await;
    assert_eq!(ready.status, 200, "{}", ready.body);
    let said: Value = serde_json::from_str(&ready.body).unwrap();
    assert_eq!((&said["ready"], &said["database"]), (&true.into(), &"sound".into()), "{said}");
    assert_eq!(
        (&said["engine"], &said["chats"]),
        (&"takes deliveries".into(), &Value::Object(serde_json::Map::new()))
    );
    let body = build();
    assert_eq!(setup.told(("workflow_run", "1"), &body, CANARY).await, 202);
    assert_eq!(setup.told(("workflow_run", "1"), &body, CANARY).await, 202);
    assert_eq!(setup.told(("workflow_run", "2"), &body, "another").await, 401);
    let metrics = setup.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(
        metrics.head.contains("application/openmetrics-text; version=1.0.0"),
        "{}",
        metrics.head
    );
    let text = &metrics.body;
    assert!(text.ends_with("# EOF\n"), "{text}");
    for (name, value) in [
        ("wilco_webhooks_total{hook=\"github\",result=\"taken\"}", 1),
        ("wilco_webhooks_total{hook=\"github\",result=\"repeated\"}", 1),
        ("wilco_webhooks_total{hook=\"github\",result=\"unsigned\"}", 1),
        ("wilco_deployments_open{state=\"waiting\"}", 0),
        ("wilco_outbox_effects", 0),
        ("wilco_outbox_oldest_seconds", 0),
        ("wilco_deliveries_total{result=\"refused\"}", 0),
        ("wilco_deliveries_aside", 0),
        ("wilco_database_sound", 1),
        (concat!("wilco_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), 1),
    ] {
        assert_eq!(figure(text, name), Some(value), "{name} in\n{text}");
    }
    // One for the configuration, one for the news.
    let applied = figure(text, "wilco_deliveries_total{result=\"applied\"}");
    assert!(applied >= Some(2), "{text}");
    for path in ["/", "/hooks", "/hooks/slack/events", "/metrics/x", "/healthz/"] {
        assert_eq!(setup.get(path).await.status, 404, "{path}");
    }
    assert_eq!(call(setup.address, "/healthz", &[], b"").await.status, 405);
    let log = running.stop();
    assert!(log.contains("/hooks/github"), "it says where webhooks are taken: {log}");
    let all = [&health.body, &ready.body, text, &log];
    for (what, text) in ["health", "readiness", "metrics", "log"].iter().zip(all) {
        assert!(!text.contains(CANARY), "{what}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_secret_there_is_no_route_and_with_an_empty_one_no_start() {
    let setup = Setup::new();
    let running = setup.run(None);
    assert_eq!(setup.told(("ping", "1"), "{}", "").await, 404);
    let log = running.stop();
    assert!(!log.contains("/hooks/github"), "{log}");
    for empty in ["", " "] {
        let mut command = setup.command();
        let said = run(command.env("WILCO_GITHUB_WEBHOOK_SECRET", empty), b"");
        assert_eq!(said.code, 1, "{}", said.err);
        assert!(said.err.contains("WILCO_GITHUB_WEBHOOK_SECRET is empty"), "{}", said.err);
    }
}
