//! `wilco audit`: proves a record offline, and writes it out for others to read.

use std::io::Write;
use std::path::Path;
use std::pin::pin;

use futures_core::Stream;
use serde_json::json;
use tokio::sync::mpsc;

use wilco_core::audit::verifier::Verifier;
use wilco_core::audit::{Fault, read};
use wilco_core::record;

use crate::store::StoreError;
use crate::store::decode::stored;
use crate::store::folds::{Comparison, Difference, Ended, Page, every_fact};
use crate::store::open::read_only;
use crate::store::read::{Reader, Snapshot, head_of};

/// What a verification came to.
pub enum Verdict {
    /// Every row was verified; so many, of which so many private values were erased.
    Whole {
        rows: u64,
        erased: u64,
        chain: String,
    },
    Broken(Fault),
    /// The facts are whole, and a table beside them says something else.
    Differs(Difference),
}

/// How a record is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One JSON object a line, with everything that is needed to verify it elsewhere.
    Jsonl,
    /// A table for a spreadsheet, without hashes of private values.
    Csv,
}

/// So many rows are handed on to the comparison together.
const PAGE: usize = 256;

/// So many pages wait for the comparison; memory is bounded by them.
const PAGES: usize = 8;

/// Follows the chain of the database in the file from its first row to its last, and compares the
/// tables beside it with what the facts make of them.
pub async fn verify(file: &Path) -> Result<Verdict, StoreError> {
    let reader = read_only(file).await?;
    let verdict = verify_through(&reader).await;
    reader.close().await;
    verdict.map_err(|error| error.of_file(file))
}

async fn verify_through(reader: &Reader) -> Result<Verdict, StoreError> {
    // One transaction: the head belongs to these very rows, whatever is written meanwhile.
    let mut snapshot = reader.snapshot().await?;
    let head = head_of(&mut *snapshot).await?;
    let (pages, mut received) = mpsc::channel::<Page>(PAGES);
    // The chain is followed on one processor while the rows are compared on another.
    let comparing = tokio::spawn(async move {
        let mut comparison = Comparison::default();
        while let Some(page) = received.recv().await {
            page.iter().try_for_each(|row| comparison.take(row))?;
        }
        Ok::<_, Ended>(comparison)
    });
    let verifier = match follow(&mut snapshot, pages).await? {
        Ok(verifier) => verifier,
        Err(fault) => return Ok(Verdict::Broken(fault)),
    };
    if let Err(fault) = verifier.finish(head.rows, &head.chain) {
        return Ok(Verdict::Broken(fault));
    }
    let compared = match comparing.await.expect("nobody aborts the comparison") {
        Ok(comparison) => comparison.finish(&mut snapshot, &head).await,
        Err(ended) => Err(ended),
    };
    match compared {
        Ok(()) => Ok(Verdict::Whole {
            rows: verifier.rows(),
            erased: verifier.erased(),
            chain: verifier.chain().to_string(),
        }),
        Err(Ended::Fact(fault)) => Ok(Verdict::Broken(fault)),
        Err(Ended::Row(difference)) => Ok(Verdict::Differs(difference)),
        Err(Ended::Store(error)) => Err(error),
    }
}

/// Follows the chain through every row, and hands the rows on a page at a time.
async fn follow(
    snapshot: &mut Snapshot,
    pages: mpsc::Sender<Page>,
) -> Result<Result<Verifier, Fault>, StoreError> {
    let mut verifier = Verifier::default();
    let mut rows = pin!(every_fact(snapshot));
    let mut page = Page::with_capacity(PAGE);
    while let Some(row) = next(&mut rows).await {
        let row = row.map_err(StoreError::of("read the record"))?;
        let taken = match stored(&row) {
            Ok(row) => verifier.take(&row),
            Err(error) => {
                let (sequence, reason) = (verifier.rows() + 1, error.to_string());
                Err(Fault::Unreadable { sequence, reason })
            }
        };
        if let Err(fault) = taken {
            return Ok(Err(fault));
        }
        page.push(row);
        if page.len() == PAGE {
            let full = std::mem::replace(&mut page, Page::with_capacity(PAGE));
            // A comparison that found a difference takes no more; the chain may still be broken.
            drop(pages.send(full).await);
        }
    }
    drop(pages.send(page).await);
    Ok(Ok(verifier))
}

/// Writes every fact of the database in the file; returns how many there were.
pub async fn export(
    file: &Path,
    format: Format,
    out: &mut (impl Write + Send),
) -> anyhow::Result<u64> {
    let reader = read_only(file).await?;
    let mut rows = pin!(reader.every_fact());
    let mut count = 0;
    if format == Format::Csv {
        writeln!(out, "sequence,at,deployment,kind,by,detail,leaf,chain")?;
    }
    while let Some(row) = next(&mut rows).await {
        let row = row.map_err(StoreError::of("read the record"));
        let row = row.map_err(|error| error.of_file(file))?;
        let row = stored(&row)?;
        match format {
            Format::Jsonl => {
                let line = json!({
                    "sequence": row.sequence,
                    "at": row.at,
                    "deployment": row.deployment,
                    "kind": row.kind,
                    "body": row.body,
                    "private": row.private,
                    "leaf": wilco_core::hex::hex(row.leaf),
                    "chain": wilco_core::hex::hex(row.chain),
                });
                writeln!(out, "{line}")?;
            }
            Format::Csv => {
                let fact = read(&row)?;
                let sequence = u64::try_from(row.sequence)?;
                let told = record::audit_row(sequence, wilco_core::audit::ORIGIN, &fact);
                let detail = record::exported(&fact.what);
                let by = told.by.map(|name| name.to_string()).unwrap_or_default();
                let deployment = fact.deployment.map(|id| id.to_string()).unwrap_or_default();
                let at = chrono::DateTime::from_timestamp_millis(row.at)
                    .map(|at| at.to_rfc3339())
                    .unwrap_or_default();
                let (leaf, chain) =
                    (wilco_core::hex::hex(row.leaf), wilco_core::hex::hex(row.chain));
                let sequence = sequence.to_string();
                let cells = [&sequence, &at, &deployment, &told.kind, &by, &detail, &leaf, &chain];
                let cells: Vec<String> = cells.into_iter().map(|cell| quoted(cell)).collect();
                writeln!(out, "{}", cells.join(","))?;
            }
        }
        count += 1;
    }
    // What is left in a buffer would fail unseen when that is dropped.
    out.flush()?;
    Ok(count)
}

/// Returns a cell as RFC 4180 quotes it. One that a spreadsheet would take for a formula is made text.
fn quoted(cell: &str) -> String {
    let inert = wilco_core::text::inert(cell, 4000);
    let formula = inert.starts_with(['=', '+', '-', '@']);
    let cell = if formula { format!("'{inert}") } else { inert };
    if cell.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell
}

async fn next<S: Stream>(stream: &mut std::pin::Pin<&mut S>) -> Option<S::Item> {
    std::future::poll_fn(|context| stream.as_mut().poll_next(context)).await
}
