//! Webhooks: who is told, in which order, how often, and what came of it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tokio::time::{sleep, timeout};

use super::clock::{Moment, written};
use super::news::News;
use super::state::{Progress, State};
use super::{Github, World};
use crate::sim::plain_http::{Request, send};

/// GitHub waits no longer for an answer. Source: "Best practices for using webhooks".
const ANSWER: Duration = Duration::from_secs(10);

struct Hook {
    id: u64,
    url: String,
    secret: String,
}

/// How a delivery is no delivery of GitHub's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Forgery {
    Unsigned,
    WrongSignature,
    /// Signed with another secret.
    OtherSecret,
    /// Signed for another body.
    AnotherBody,
}

/// One news for one listener.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What `X-GitHub-Delivery` says; the same when it is given again.
    pub id: String,
    pub event: &'static str,
    pub action: Option<&'static str>,
    pub body: Arc<str>,
    /// What was answered each time; none where nobody did.
    pub answers: Vec<Option<u16>>,
    url: String,
    secret: String,
    hook: u64,
}

/// What shall happen to the next news of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mishap {
    Never,
    Twice,
    Late(Duration),
}

#[derive(Default)]
pub struct Hooks {
    listeners: Vec<Hook>,
    /// What is to be told when; the place is one of `deliveries`.
    waiting: VecDeque<(Moment, usize)>,
    /// What is being told now.
    on_its_way: usize,
    pub deliveries: Vec<Delivery>,
    mishaps: Vec<(&'static str, Mishap)>,
    /// Of the next ones that many are kept back, to be given the other way round.
    to_hold: usize,
    held: Vec<usize>,
    is_silent: bool,
}

impl Hooks {
    /// Takes news in, for everybody who listens.
    pub fn take(&mut self, news: &mut Vec<News>, now: Moment) {
        for one in news.drain(..) {
            for at in 0..self.listeners.len() {
                let place = self.note(at, &one);
                self.plan(place, now);
            }
        }
    }

    fn note(&mut self, hook: usize, news: &News) -> usize {
        let hook = &self.listeners[hook];
        self.deliveries.push(Delivery {
            id: uuid::Uuid::new_v4().to_string(),
            event: news.event,
            action: news.action,
            body: news.body.clone(),
            answers: Vec::new(),
            url: hook.url.clone(),
            secret: hook.secret.clone(),
            hook: hook.id,
        });
        self.deliveries.len() - 1
    }

    fn plan(&mut self, place: usize, now: Moment) {
        let event = self.deliveries[place].event;
        let found = self.mishaps.iter().position(|(name, _)| *name == event);
        match found.map(|at| self.mishaps.remove(at).1) {
            _ if self.is_silent => {}
            Some(Mishap::Never) => {}
            Some(Mishap::Twice) => self.waiting.extend([(now, place), (now, place)]),
            Some(Mishap::Late(by)) => self.waiting.push_back((now + by, place)),
            None if self.to_hold > 0 => {
                self.held.push(place);
                self.to_hold -= 1;
                if self.to_hold == 0 {
                    self.waiting.extend(self.held.drain(..).rev().map(|place| (now, place)));
                }
            }
            None => self.waiting.push_back((now, place)),
        }
    }

    /// The next that is to be told by now.
    fn next(&mut self, now: Moment) -> Option<usize> {
        let at = self.waiting.iter().position(|(due, _)| *due <= now)?;
        self.on_its_way += 1;
        self.waiting.remove(at).map(|(_, place)| place)
    }

    /// Forgets what was told, unless something is still to be told.
    pub fn forget(&mut self) {
        if self.waiting.is_empty() && self.held.is_empty() && self.on_its_way == 0 {
            self.deliveries.clear();
        }
    }

    pub fn next_due(&self) -> Option<Moment> {
        self.waiting.iter().map(|(due, _)| *due).min()
    }
}

impl Delivery {
    async fn post(&self, forgery: Option<Forgery>) -> Option<u16> {
        let secret = if forgery == Some(Forgery::OtherSecret) { "another" } else { &self.secret };
        let signature = match forgery {
            Some(Forgery::WrongSignature) => format!("sha256={:064}", 0),
            _ => format!("sha256={}", signature(secret, &self.body)),
        };
        let mut headers: Vec<(String, String)> = [
            ("accept", "*/*"),
            ("content-type", "application/json"),
            ("user-agent", "GitHub-Hookshot/0123abc"),
            ("x-github-delivery", &self.id),
            ("x-github-event", self.event),
            ("x-github-hook-id", &self.hook.to_string()),
            ("x-github-hook-installation-target-id", "1"),
            ("x-github-hook-installation-target-type", "organization"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        if forgery != Some(Forgery::Unsigned) {
            headers.push(("x-hub-signature-256".to_owned(), signature));
        }
        let mut body = self.body.to_string();
        if forgery == Some(Forgery::AnotherBody) {
            // Still the same JSON.
            body.push(' ');
        }
        let request = Request { method: "POST", url: &self.url, headers, body };
        timeout(ANSWER, send(&request)).await.ok()?.ok().map(|response| response.status)
    }
}

/// Lets time do its work and delivers what is due, one after the other, as long as the server lives.
pub async fn keep_going(world: Arc<World>) {
    let mut changes = world.changes();
    loop {
        if world.look(State::advance) == Progress::Some {
            world.change(|_| ());
        }
        while let Some(place) = world.look(|state| state.hooks.next(state.clock.now())) {
            let delivery = world.look(|state| state.hooks.deliveries[place].clone());
            let answer = delivery.post(None).await;
            world.change(|state| {
                state.hooks.deliveries[place].answers.push(answer);
                state.hooks.on_its_way -= 1;
                state.advance();
            });
        }
        let next = world.look(|state| state.next_due().map(|due| state.until(due)));
        let rest = next.unwrap_or(Duration::from_hours(1));
        tokio::select! {
            changed = changes.changed() => changed.expect("the world outlives its server"),
            () = sleep(rest) => {
                world.change(State::advance);
            }
        }
    }
}

impl Github {
    /// From now on tells this address of everything, and of itself at once.
    pub fn hook(&self, url: &str, secret: &str) {
        self.world.change(|state| {
            let (id, now) = (state.numbers.next(), state.clock.now());
            let (url, secret) = (url.to_owned(), secret.to_owned());
            let config = json!({ "url": url, "content_type": "json", "insecure_ssl": "0", "secret": "********" });
            let body = json!({
                "zen": "Design for failure.",
                "hook_id": id,
                "hook": {
                    "type": "Organization", "id": id, "name": "web", "active": true,
                    "events": ["*"], "config": config,
                    "created_at": written(now), "updated_at": written(now),
                },
            });
            state.hooks.listeners.push(Hook { id, url, secret });
            let last = state.hooks.listeners.len() - 1;
            let news = News { event: "ping", action: None, body: body.to_string().into() };
            let place = state.hooks.note(last, &news);
            state.hooks.plan(place, now);
        });
    }

    /// Nobody is told of anything new any more; an address can be given anew after that.
    pub fn unhook(&self) {
        self.world.change(|state| state.hooks.listeners.clear());
    }

    /// What shall happen to the next news of an event; orders come true one after the other.
    pub fn mishap_next(&self, event: &'static str, mishap: Mishap) {
        self.world.change(|state| state.hooks.mishaps.push((event, mishap)));
    }

    /// Keeps the next news until there are that many, and tells them the other way round.
    pub fn reorder_next(&self, news: usize) {
        self.world.change(|state| state.hooks.to_hold = news);
    }

    /// Tells nobody of anything, from now on or no longer.
    pub fn webhooks(&self, webhooks: Webhooks) {
        self.world.change(|state| state.hooks.is_silent = webhooks == Webhooks::Silent);
    }

    /// Everything that was to be told, also what nobody got.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.world.look(|state| state.hooks.deliveries.clone())
    }

    /// Waits until everything is told that is due.
    pub async fn await_deliveries(&self) {
        self.world.change(State::advance);
        self.until("the deliveries", |github| github.has_told_all().then_some(())).await;
    }

    /// Tells whether nothing is to be told by now.
    pub fn has_told_all(&self) -> bool {
        self.world.look(|state| {
            let now = state.clock.now();
            let is_waiting = state.hooks.next_due().is_some_and(|due| due <= now);
            !is_waiting && state.hooks.on_its_way == 0
        })
    }

    /// Tells the same once more under the same id, as somebody can ask GitHub to; returns the answer.
    pub async fn redeliver(&self, delivery: &str) -> Option<u16> {
        self.delivery(delivery).post(None).await
    }

    /// Tells something that GitHub did not sign; returns the answer.
    pub async fn forge(&self, delivery: &str, forgery: Forgery) -> Option<u16> {
        self.delivery(delivery).post(Some(forgery)).await
    }

    fn delivery(&self, id: &str) -> Delivery {
        let found = self.deliveries().into_iter().find(|one| one.id == id);
        found.unwrap_or_else(|| panic!("there is no delivery {id}"))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Webhooks {
    Silent,
    Told,
}

/// What stands after `sha256=`.
pub fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(body.as_bytes());
    let bytes = mac.finalize().into_bytes();
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}
