//! `wilco audit`: proves a record offline, and writes it out for others to read.

use std::io::Write;
use std::path::Path;
use std::pin::pin;

use futures_core::Stream;
use serde_json::json;

use wilco_core::audit::{Fault, Verifier, read};
use wilco_core::record;

use crate::store::StoreError;
use crate::store::decode::stored;
use crate::store::open::read_only;

/// What a verification came to.
pub enum Verdict {
    /// Every row was verified; so many, of which so many private values were erased.
    Whole {
        rows: u64,
        erased: u64,
        chain: String,
    },
    Broken(Fault),
}

/// How a record is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One JSON object a line, with everything that is needed to verify it elsewhere.
    Jsonl,
    /// A table for a spreadsheet, without hashes of private values.
    Csv,
}

/// Follows the chain of the database in the file from its first row to its last.
pub async fn verify(file: &Path) -> Result<Verdict, StoreError> {
    let reader = read_only(file).await?;
    let head = reader.head().await?;
    let mut verifier = Verifier::default();
    {
        let mut rows = pin!(reader.every_fact());
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
                return Ok(Verdict::Broken(fault));
            }
        }
    }
    reader.close().await;
    Ok(match verifier.finish(head.rows, &head.chain) {
        Ok(()) => Verdict::Whole {
            rows: verifier.rows(),
            erased: verifier.erased(),
            chain: verifier.chain().to_string(),
        },
        Err(fault) => Verdict::Broken(fault),
    })
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
        let row = row.map_err(StoreError::of("read the record"))?;
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
                    "leaf": wilco_core::ids::hex(row.leaf),
                    "chain": wilco_core::ids::hex(row.chain),
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
                    (wilco_core::ids::hex(row.leaf), wilco_core::ids::hex(row.chain));
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
