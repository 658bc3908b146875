//! Figures for Prometheus. Labels are words of wilco's own, never anything that somebody wrote.
//! <https://prometheus.github.io/docs/specs/om/open_metrics_spec/>

use std::fmt;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::state::Watched;
use super::tally::Ended;
use crate::store::StoreError;
use wilco_core::time::Timestamp;

pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Label = [(&'static str, &'static str); 1];
type Labels = [(&'static str, &'static str); 2];

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum NoFigures {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the figures cannot be written: {0}")]
    Written(#[from] fmt::Error),
}

/// Returns all figures as they are now.
pub async fn figures(watched: &Watched, now: Timestamp) -> Result<String, NoFigures> {
    let mut registry = Registry::with_prefix("wilco");
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    registry.register("build", "Which wilco this is", Info::new(version));
    store(&mut registry, watched, now).await?;
    deliveries(&mut registry, watched);
    outside(&mut registry, watched);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

async fn store(
    registry: &mut Registry,
    watched: &Watched,
    now: Timestamp,
) -> Result<(), StoreError> {
    let open = Family::<Label, Gauge>::default();
    for (state, number) in watched.reader.open_by_state().await? {
        open.get_or_create(&[("state", state)]).set(number);
    }
    registry.register("deployments_open", "Deployments that are not over", open);
    let waiting = watched.reader.waiting_effects().await?;
    let (length, age) = (Gauge::<i64>::default(), Gauge::<i64>::default());
    length.set(waiting.number);
    age.set(waiting.oldest_at.map_or(0, |oldest| now.since(oldest).0 / 1_000));
    registry.register("outbox_effects", "Effects that have not been carried out", length);
    registry.register("outbox_oldest_seconds", "How long the oldest of them has waited", age);
    let aside = Gauge::<i64>::default();
    aside.set(i64::try_from(watched.reader.aside().await?).unwrap_or(i64::MAX));
    registry.register("deliveries_aside", "Deliveries that people have to look at", aside);
    let sound = Gauge::<i64>::default();
    sound.set(i64::from(*watched.sound.borrow()));
    registry.register("database_sound", "Whether the file was checked and is sound", sound);
    Ok(())
}

fn deliveries(registry: &mut Registry, watched: &Watched) {
    let taken = watched.deliveries.taken();
    let family = Family::<Label, Counter>::default();
    for (result, number) in [
        ("applied", taken.applied),
        ("repeated", taken.repeated),
        ("kept_aside", taken.kept_aside),
        ("refused", taken.refused),
    ] {
        family.get_or_create(&[("result", result)]).inc_by(number);
    }
    registry.register("deliveries", "What was delivered to the engine, since the start", family);
}

fn outside(registry: &mut Registry, watched: &Watched) {
    let chats = Family::<Label, Gauge>::default();
    for (chat, reach) in &watched.chats {
        chats.get_or_create(&[("chat", *chat)]).set(i64::from(reach.is_reached()));
    }
    registry.register("chat_connected", "Whether a chat is connected", chats);
    let hooks = Family::<Labels, Counter>::default();
    for (hook, tally) in &watched.hooks {
        for ended in Ended::ALL {
            let labels = [("hook", *hook), ("result", ended.code())];
            hooks.get_or_create(&labels).inc_by(tally.of(ended));
        }
    }
    registry.register("webhooks", "Calls from outside, since the start", hooks);
    if let Some(left) = watched.github.as_ref().and_then(|left| left()) {
        let gauge = Gauge::<i64>::default();
        gauge.set(i64::try_from(left).unwrap_or(i64::MAX));
        let help = "Calls that remain of GitHub's limit, as it said last";
        registry.register("github_rate_limit_remaining", help, gauge);
    }
}
