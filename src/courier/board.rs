//! What is live where, and what goes on.

use wilco_core::deployment::Status;
use wilco_core::ids::{EnvironmentName, ServiceName};
use wilco_core::notice::{BoardRow, Notice, Summary};

use super::Tools;
use super::answer::blockers_of;
use crate::store::StoreError;

/// As many open deployments are listed at once; the rest is counted.
const OPEN_SHOWN: u32 = 30;

/// As many rows of what is live are listed at once; the rest is counted.
const BOARD_SHOWN: usize = 60;

/// Answers what is live, and what is going on.
pub async fn status(
    tools: &Tools,
    service: Option<&ServiceName>,
    environment: Option<&EnvironmentName>,
) -> Result<Notice, StoreError> {
    let mut open = tools.reader.open_summaries(service, environment, OPEN_SHOWN + 1).await?;
    let more_open = open.len() > OPEN_SHOWN as usize;
    open.truncate(OPEN_SHOWN as usize);
    for summary in &mut open {
        if summary.status == Status::Waiting {
            summary.blockers = blockers_of(tools, summary.deployment).await?;
        }
    }
    let board = board(tools, (service, environment)).await?;
    let more = board.more + usize::from(more_open);
    Ok(Notice::Status { board: board.rows, open, more: u64::try_from(more).unwrap_or(u64::MAX) })
}

/// What is live where.
pub struct Board {
    pub rows: Vec<BoardRow>,
    /// As many rows are left out.
    pub more: usize,
}

/// Returns what is live, of everything or of a part.
pub async fn board(
    tools: &Tools,
    (service, environment): (Option<&ServiceName>, Option<&EnvironmentName>),
) -> Result<Board, StoreError> {
    let catalog = std::sync::Arc::clone(&tools.catalog.borrow());
    let mut lanes = Vec::new();
    for (name, configured) in &catalog.services {
        if service.is_some_and(|wanted| wanted != name) {
            continue;
        }
        for place in configured.environments.keys() {
            if environment.is_none_or(|wanted| wanted == place) {
                lanes.push((name, place));
            }
        }
    }
    let more = lanes.len().saturating_sub(BOARD_SHOWN);
    lanes.truncate(BOARD_SHOWN);
    let live = match (lanes.first(), lanes.last()) {
        (Some((first, _)), Some((last, _))) => {
            tools.reader.live_summaries((first, last), environment).await?
        }
        (_, None) | (None, _) => vec![],
    };
    let mut live: std::collections::BTreeMap<(ServiceName, EnvironmentName), Summary> =
        live.into_iter().map(|s| ((s.service.clone(), s.environment.clone()), s)).collect();
    let rows = lanes
        .into_iter()
        .map(|(service, environment)| {
            let live = live.remove(&(service.clone(), environment.clone()));
            BoardRow { service: service.clone(), environment: environment.clone(), live }
        })
        .collect();
    Ok(Board { rows, more })
}
