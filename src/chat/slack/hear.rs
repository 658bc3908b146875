//! What people do in Slack → deliveries. A payload is acknowledged once it is durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;
use tracing::{debug, warn};
use uuid::Uuid;
use wilco_core::catalog::Catalog;
use wilco_core::event::Event;
use wilco_core::ids::{Account, Platform};
use wilco_core::person::{Speaker, Standing};

use super::Shared;
use super::decode::{self, Heard};
use crate::delivery::{Accepted, Deliveries, Delivery, NotDelivered};

/// The source of everything that comes from Slack.
const SOURCE: &str = "slack";

/// Takes in what people do.
pub struct Hearing {
    shared: Arc<Shared>,
    deliveries: Deliveries,
    catalog: watch::Receiver<Arc<Catalog>>,
    /// Makes the ids of what has none of Slack's, with what is unique to this process.
    process: Uuid,
    count: AtomicU64,
}

impl Hearing {
    pub(super) fn new(
        shared: Arc<Shared>,
        deliveries: Deliveries,
        catalog: watch::Receiver<Arc<Catalog>>,
    ) -> Self {
        Self { shared, deliveries, catalog, process: Uuid::new_v4(), count: AtomicU64::new(0) }
    }

    /// Takes a payload as it came over the wire. Tells whether it may be acknowledged.
    pub async fn take(&self, body: &str) -> bool {
        match decode::event(body, &self.shared.us) {
            Ok(heard) => self.accept(heard).await.is_ok(),
            Err(malformed) => {
                // It would be no better the next time.
                warn!(%malformed, "a payload of Slack's was left out");
                true
            }
        }
    }

    /// Delivers what was heard.
    pub async fn accept(&self, heard: Heard) -> Result<Accepted, NotDelivered> {
        let Some((id, event)) = self.event(heard) else { return Ok(Accepted::Applied) };
        let delivery = Delivery { source: SOURCE, id, event };
        self.deliveries
            .deliver(delivery)
            .await
            .inspect_err(|error| warn!(%error, "what somebody did in Slack is left unacknowledged"))
    }

    /// Has everything made good that came and went before the connection.
    pub(super) async fn connected(&self) {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let id = format!("connected/{}/{number}", self.process);
        let event = Event::Connected { platform: Platform::Slack };
        let delivery = Delivery { source: SOURCE, id, event };
        if let Err(error) = self.deliveries.deliver(delivery).await {
            warn!(%error, "reactions that came and went are not read anew for now");
        }
    }

    fn event(&self, heard: Heard) -> Option<(String, Event)> {
        Some(match heard {
            Heard::Said { account, place, words, id, .. } => {
                let heard = self.catalog.borrow().grammar.hear(&words);
                let speaker = self.speaker(account);
                (id, Event::Said { speaker, place, words, heard })
            }
            Heard::Reacted { account, message, emoji, change, id } => {
                let speaker = self.speaker(account);
                (id, Event::Reacted { speaker, message, emoji, change })
            }
            Heard::Pressed { account, message, press, trigger, id } => {
                let speaker = self.speaker(account);
                (id, Event::Pressed { speaker, message, press, reason: None, trigger })
            }
            Heard::Reason { account, message, reason, id } => {
                let (speaker, press) = (self.speaker(account), wilco_core::card::Press::Reject);
                (id, Event::Pressed { speaker, message, press, reason, trigger: None })
            }
            Heard::HomeOpened { account, id } => {
                (id, Event::HomeOpened { speaker: self.speaker(account) })
            }
            Heard::LanguagePicked { account, locale, id } => {
                (id, Event::LanguagePicked { speaker: self.speaker(account), locale })
            }
            Heard::Ignored(reason) => {
                debug!(reason, "a payload of Slack's says nothing to wilco");
                return None;
            }
        })
    }

    /// Who is not remembered is looked up before anything is decided, and not before the acknowledgement.
    fn speaker(&self, account: Account) -> Speaker {
        let standing = self.shared.users.remembered(&account.user).unwrap_or(Standing::Unknown);
        Speaker { account, standing }
    }
}
