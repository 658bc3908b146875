//! Answers that lead to another address: the token goes nowhere but to GitHub.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wilco::backend::{Backend as _, BackendError, StartOrder};
use wilco_core::event::RunEnd;
use wilco_core::ids::RunRef;

use super::{Scene, deploying};
use crate::sim::github::{End, Fault, Job, Step, TOKEN, Times};

const DISPATCH: &str = "actions/create-workflow-dispatch";
const CLAIM: &str = "git/create-ref";
const LOG: &str = "actions/download-job-logs-for-workflow-run";

/// Somebody else's server, which keeps what it is asked and answers always the same.
struct Elsewhere {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Elsewhere {
    async fn answering(answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    match socket.read_u8().await {
                        Ok(byte) => head.push(byte),
                        Err(_) => break,
                    }
                }
                kept.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
                drop(socket.write_all(answer.as_bytes()).await);
            }
        });
        Self { url, heads }
    }

    /// The storage of logs.
    async fn with(log: &str) -> Self {
        let length = log.len();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close");
        Self::answering(format!("{head}\r\n\r\n{log}")).await
    }

    /// One that leads on to another.
    async fn leading_to(other: &Self) -> Self {
        let url = &other.url;
        let head = format!("HTTP/1.1 302 Found\r\nlocation: {url}/on\r\nconnection: close");
        Self::answering(format!("{head}\r\ncontent-length: 0\r\n\r\n")).await
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// A run that fails, whose log is at this address.
async fn failed(scene: &Scene, address: String) -> (StartOrder, RunRef) {
    let step = Step::named("Ship").ending(End::Failure);
    scene.at().workflow(deploying().doing(vec![Job::named("deploy", vec![step])]));
    scene.github.fail(LOG, Fault::RedirectedTo { status: 302, address }, Times::Always);
    let order = scene.order("42-k1", &scene.first).await;
    let run = scene.adapter.start(&order).await.unwrap().run;
    (order, run)
}

#[tokio::test]
async fn the_token_does_not_go_where_a_log_is_kept() {
    for of_app in [false, true] {
        let scene = if of_app { Scene::of_the_app().await } else { Scene::open().await };
        let storage = Elsewhere::with("##[error]no space left on device\n").await;
        let address = format!("{}/log?signature=of-the-address", storage.url);
        let (order, run) = failed(&scene, address).await;
        let (_, outcome) = scene.follow(&order, &run).await;
        assert_eq!(outcome.log_tail, "no space left on device");
        let heads = storage.heads();
        assert_eq!(heads.len(), 1);
        let head = heads[0].to_lowercase();
        assert!(head.starts_with("get /log?signature=of-the-address http/1.1"), "{head}");
        assert!(!head.contains("authorization") && !head.contains("cookie"), "{head}");
        for token in scene.github.tokens().iter().chain([&TOKEN.to_owned()]) {
            assert!(!heads[0].contains(token.as_str()), "{head}");
        }
    }
}

#[tokio::test]
async fn of_a_log_of_any_length_the_end_is_told() {
    let scene = Scene::open().await;
    let lines = "2026-11-21T12:00:03.0000000Z something that nobody reads\n".repeat(200_000);
    let storage = Elsewhere::with(&format!("{lines}##[error]no space left on device\n")).await;
    let (order, run) = failed(&scene, format!("{}/log", storage.url)).await;
    let (_, outcome) = scene.follow(&order, &run).await;
    assert!(outcome.log_tail.ends_with("nobody reads\nno space left on device"), "{outcome:?}");
}

#[tokio::test]
async fn what_keeps_a_log_leads_nowhere_else_and_the_end_is_known_without_it() {
    let scene = Scene::open().await;
    let trap = Elsewhere::with("never read").await;
    let storage = Elsewhere::leading_to(&trap).await;
    let (order, run) = failed(&scene, format!("{}/log", storage.url)).await;
    let (_, outcome) = scene.follow(&order, &run).await;
    assert_eq!((outcome.end, &*outcome.log_tail), (RunEnd::Failed { status: 1 }, ""));
    assert_eq!((storage.heads().len(), trap.heads().len()), (1, 0));
}

#[tokio::test]
async fn a_request_that_is_redirected_is_sent_nowhere_else() {
    for status in [300, 301, 302, 303, 307, 308] {
        let is_moved = matches!(status, 301 | 307 | 308);
        for (operation, changes) in
            [("git/get-ref", false), ("repos/get-content", false), (DISPATCH, true), (CLAIM, true)]
        {
            let scene = Scene::open().await;
            let trap = Elsewhere::with("{\"workflow_run_id\": 7}").await;
            let order = scene.order("42-k1", &scene.first).await;
            let before = scene.github.calls(operation).len();
            let address = format!("{}/repos/acme/api/anything", trap.url);
            scene.github.fail(operation, Fault::RedirectedTo { status, address }, Times::Always);
            let asked = match operation {
                "git/get-ref" => scene.resolve("main").await.map(drop),
                CLAIM => scene.adapter.cancel(&order).await,
                _ => scene.adapter.start(&order).await.map(drop),
            };
            match asked.unwrap_err() {
                BackendError::Refused(why) => assert!(is_moved && why.contains("another name now")),
                BackendError::Unknown(why) => assert!(!is_moved && changes, "{status} {why}"),
                BackendError::Unavailable(why) => assert!(!is_moved && !changes, "{status} {why}"),
                BackendError::TooFast { reason, .. } => panic!("{status} {operation}: {reason}"),
            }
            assert_eq!(trap.heads().len(), 0, "{status} {operation}");
            assert_eq!(scene.github.calls(operation).len(), before + 1, "{status} {operation}");
            assert_eq!(scene.at().runs_of("42-k1").len(), 0);
        }
    }
}

#[tokio::test]
async fn a_token_that_no_request_can_carry_is_not_told_in_the_error() {
    let scene = Scene::as_whom(|| {
        let odd = wilco::backend::github::auth::Token::new("canary\u{1}\u{7f}of-the-token");
        wilco::backend::github::auth::Auth::Token(odd)
    })
    .await;
    let Err(BackendError::Unavailable(reason)) = scene.resolve("main").await else { panic!() };
    assert!(reason.contains("the token has characters that no token has"), "{reason}");
    assert!(!reason.contains("canary") && !reason.contains("of-the-token"), "{reason}");
}
