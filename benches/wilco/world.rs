//! A configuration of any size, and people who say things in it.

use std::fmt::Write as _;
use std::path::Path;

use wilco::delivery::Delivery;
use wilco::settings;
use wilco_core::catalog::{Catalog, Limits, Rate};
use wilco_core::event::Event;
use wilco_core::ids::{Account, Place, Platform};
use wilco_core::person::{Speaker, Standing};

/// Writes a configuration with so many services of two environments each.
pub fn write(directory: &Path, services: usize) {
    wilco::init::write(directory).unwrap();
    let mut text = String::new();
    for number in 0..services {
        for (environment, policy) in
            [("staging", "{ approvals = 0 }"), ("prod", "{ approvals = 1, from = [\"approver\"] }")]
        {
            write!(
                text,
                "[service.s{number}.environment.{environment}]\npolicy = {policy}\n\
                 pipeline = {{ backend = \"command\", run = [\"./pipelines/deploy.sh\", \
                 \"{{service}}\", \"{{environment}}\", \"{{commit}}\"] }}\n"
            )
            .unwrap();
        }
    }
    std::fs::write(directory.join("config/services.toml"), text).unwrap();
}

/// Reads that configuration, with limits that no benchmark reaches.
pub fn catalog(directory: &Path) -> Catalog {
    let mut catalog = settings::load(&directory.join("config")).unwrap().catalog;
    let rate = Rate { burst: u32::MAX, per_minute: u32::MAX };
    catalog.limits = Limits { open_per_person: usize::MAX, open_per_lane: usize::MAX, rate };
    catalog
}

pub fn place() -> Place {
    Place::in_channel(Platform::Console, "deploys")
}

pub fn ana() -> Speaker {
    let account =
        Account { platform: Platform::Console, workspace: "local".into(), user: "ana".into() };
    Speaker { account, standing: Standing::Member }
}

/// Returns what ana says as the delivery that a chat would make of it.
pub fn said(catalog: &Catalog, words: &str, id: String) -> Delivery {
    let heard = catalog.grammar.hear(words);
    let event = Event::Said { speaker: ana(), place: place(), words: words.to_owned(), heard };
    Delivery { source: "bench", id, event }
}

/// Returns a request for a deployment: one of so many services, in turn.
pub fn request(catalog: &Catalog, number: usize, services: usize) -> Delivery {
    let words =
        format!("deploy s{}@4f2c91a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6 to prod", number % services);
    said(catalog, &words, format!("request/{number}"))
}
