//! Time → events: deployments that expire.

use tracing::warn;

use wilco_core::event::Event;
use wilco_core::time::Timestamp;

use crate::clock::Clock;
use crate::delivery::{Activity, Deliveries, Delivery, NotDelivered};
use crate::store::read::Reader;

/// After a failure of the store the next look comes after this.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

/// Delivers what time brings, until the engine is gone.
pub async fn run(deliveries: Deliveries, reader: Reader, clock: Clock) {
    let mut activity = deliveries.activity();
    loop {
        let Activity { deadline, last_at, .. } = *activity.borrow_and_update();
        // Decisions never see an earlier time than the newest fact; neither does this.
        let due = async {
            match deadline {
                Some(deadline) if deadline <= last_at => {}
                Some(deadline) => clock.sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {
                if let Err(NotDelivered::Stopping) = expire(&deliveries, &reader, clock.now().max(last_at)).await {
                    return;
                }
                // What is still due although it was looked at must not keep the engine busy.
                if activity.borrow().deadline == deadline {
                    tokio::time::sleep(PAUSE).await;
                }
            }
            changed = activity.changed() => if changed.is_err() { return },
        }
    }
}

async fn expire(
    deliveries: &Deliveries,
    reader: &Reader,
    now: Timestamp,
) -> Result<(), NotDelivered> {
    let due = match reader.due(now).await {
        Ok(due) => due,
        Err(error) => {
            warn!(%error, "what has expired cannot be read for now");
            tokio::time::sleep(PAUSE).await;
            return Ok(());
        }
    };
    for (deployment, at) in due {
        // Each look is a new one: a look that came too early must not keep a later one away.
        let look = getrandom::u64().unwrap_or_default();
        let id = format!("expiry/{}/{}/{look:016x}", deployment.0, at.0);
        let event = Event::LookAgain { deployment };
        match deliveries.deliver(Delivery { source: "schedule", id, event }).await {
            Ok(_) => {}
            Err(error @ NotDelivered::Stopping) => return Err(error),
            Err(error @ NotDelivered::Store(_)) => {
                warn!(%error, "an expiry cannot be recorded for now");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    Ok(())
}
