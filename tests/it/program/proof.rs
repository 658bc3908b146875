//! An export can be verified by anybody who has nothing but the description of the record.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{ask, demo};

fn export(data: &Path, format: &str) -> String {
    let database = data.join("wilco.db");
    let said = ask(&["audit", "export", database.to_str().unwrap(), "--format", format]);
    assert_eq!((said.err.as_str(), said.code), ("", 0));
    said.out
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// Returns leaf and chain of a row as `core/src/audit.rs` describes them, from the exported line alone.
fn hashes(row: &Value, before: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut fields: Vec<Vec<u8>> = vec![
        row["sequence"].as_u64().unwrap().to_be_bytes().to_vec(),
        row["at"].as_i64().unwrap().to_be_bytes().to_vec(),
        row["deployment"].as_u64().map(|id| id.to_be_bytes().to_vec()).unwrap_or_default(),
        row["kind"].as_str().unwrap().into(),
        row["body"].as_str().unwrap().into(),
    ];
    let private: Vec<(String, String, String)> =
        serde_json::from_str(row["private"].as_str().unwrap()).unwrap();
    for (commitment, salt, value) in private {
        let made =
            Sha256::digest([b"wilco.private.1\n", &*unhex(&salt), value.as_bytes()].concat());
        assert_eq!(hex(&made), commitment);
        fields.push(unhex(&commitment));
    }
    let mut bytes = vec![0];
    bytes.extend(b"wilco.fact.1\n");
    for field in fields {
        bytes.extend((field.len() as u64).to_be_bytes());
        bytes.extend(field);
    }
    let leaf = Sha256::digest(bytes).to_vec();
    let chain = Sha256::digest([&[1], before, &leaf].concat()).to_vec();
    (leaf, chain)
}

#[test]
fn the_chain_can_be_followed_elsewhere() {
    let data = tempfile::tempdir().unwrap();
    let script = "deploy web to prod\n/react ✅ #1\n/as ben\nreject #1\nnonsense\n";
    assert_eq!(demo(data.path(), script).code, 0);
    let lines = export(data.path(), "jsonl");
    let (mut chain, mut count, mut kinds) = (vec![0; 32], 0, Vec::new());
    for line in lines.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let (leaf, next) = hashes(&row, &chain);
        assert_eq!(row["leaf"], hex(&leaf), "{line}");
        assert_eq!(row["chain"], hex(&next), "{line}");
        count += 1;
        assert_eq!(row["sequence"], count);
        kinds.push(row["kind"].as_str().unwrap().to_owned());
        chain = next;
    }
    for kind in ["founded", "requested", "sealed", "vote_refused", "rejected"] {
        assert!(kinds.iter().any(|known| known == kind), "{kind}: {kinds:?}");
    }
    let database = data.path().join("wilco.db");
    let said = ask(&["audit", "verify", database.to_str().unwrap()]);
    let expected = format!("{count} facts verified; the chain ends in {}\n", hex(&chain));
    assert_eq!((said.out, said.code), (expected, 0));
}

#[test]
fn a_spreadsheet_gets_a_table_that_runs_nothing() {
    let data = tempfile::tempdir().unwrap();
    let script =
        "deploy web to prod\nreject #1 =HYPERLINK(\"http://x\")\n/as ben\nreject #1 =1+1,\"a\"\n";
    assert_eq!(demo(data.path(), script).code, 0);
    let table = export(data.path(), "csv");
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("sequence,at,deployment,kind,by,detail,leaf,chain"));
    for line in lines {
        let mut rest = line;
        let mut cells = Vec::new();
        while !rest.is_empty() {
            let (cell, after) = match rest.strip_prefix('"') {
                None => rest.split_once(',').unwrap_or((rest, "")),
                Some(quoted) => {
                    let end = quoted.replace("\"\"", "..").find('"').unwrap();
                    (&quoted[..end], quoted[end + 1..].trim_start_matches(','))
                }
            };
            cells.push(cell);
            rest = after;
        }
        assert_eq!(cells.len(), 8, "{line}");
        assert!(cells.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{line}");
    }
    assert_eq!(table.lines().count(), export(data.path(), "jsonl").lines().count() + 1);
}
