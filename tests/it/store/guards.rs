//! The record is only appended to, whoever holds the file.

use std::path::{Path, PathBuf};

use sqlx::{Connection as _, Row as _};

use super::record::{Record, change, open_beside};
use wilco::audit::{Verdict, verify};

const FACT: &str = "insert or replace into fact select sequence, at, deployment, kind, body, private, leaf, chain from fact";

async fn lived() -> (tempfile::TempDir, PathBuf) {
    let data = tempfile::tempdir().unwrap();
    let mut record = Record::open(data.path()).await;
    record.live_through_everything().await;
    let file = record.close().await;
    (data, file)
}

async fn all(file: &Path) -> Vec<String> {
    let mut connection = open_beside(file).await;
    let sql = "select json_array(sequence, at, deployment, kind, body, private, hex(leaf), hex(chain)) from fact order by sequence";
    let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn facts_are_never_changed_or_taken_out_or_put_in() {
    let (_data, file) = lived().await;
    let before = all(&file).await;
    let copy = |number: &str| {
        format!(
            "into fact select {number}, at, deployment, kind, body, private, leaf, chain from fact where sequence = 3"
        )
    };
    let next = before.len() + 1;
    let refused = [
        "update fact set sequence = sequence + 1000".to_owned(),
        "update fact set at = at + 1 where sequence = 3".into(),
        "update fact set deployment = null where sequence = 3".into(),
        "update fact set kind = 'approved' where sequence = 3".into(),
        "update fact set body = '{}' where sequence = 3".into(),
        "update fact set leaf = zeroblob(32)".into(),
        "update fact set chain = zeroblob(32)".into(),
        "delete from fact".into(),
        "delete from fact where sequence = (select max(sequence) from fact)".into(),
        "replace into fact select * from fact where sequence = 3".into(),
        format!("{FACT} where sequence = 3"),
        "update or replace fact set sequence = 2 where sequence = 3".into(),
        "insert into fact select * from fact where sequence = 3".into(),
        "insert into fact select * from fact where sequence = 3 on conflict do update set body = '{}'".into(),
        format!("insert {}", copy(&(next + 1).to_string())),
        format!("insert or ignore {}", copy(&(next + 1).to_string())),
        format!("insert or replace {}", copy(&(next + 1).to_string())),
        format!("insert {}", copy("0")),
        format!("insert {}", copy("-1")),
        format!("insert {}", copy("null")),
    ];
    for sql in refused {
        let said = change(&file, &sql).await.expect_err(&sql);
        assert!(said.contains("facts are "), "{sql}: {said}");
        assert_eq!(all(&file).await, before, "{sql}");
    }
}

#[tokio::test]
async fn erasing_private_values_is_the_one_change_and_the_record_still_verifies() {
    let (_data, file) = lived().await;
    let mut connection = open_beside(&file).await;
    let rows = sqlx::query("select sequence, private from fact where private <> '[]'");
    let rows = rows.fetch_all(&mut connection).await.unwrap();
    let mut count = 0;
    for row in &rows {
        let (sequence, private): (i64, String) = (row.get(0), row.get(1));
        let erased = wilco_core::audit::erase(&private).unwrap();
        let values: Vec<serde_json::Value> = serde_json::from_str(&private).unwrap();
        count += values.len() as u64;
        let update = sqlx::query("update fact set private = ? where sequence = ?");
        update.bind(erased).bind(sequence).execute(&mut connection).await.unwrap();
    }
    for folded in ["update deployment set requester = null", "delete from language"] {
        sqlx::query(folded).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    assert!(count > 20);
    match verify(&file).await.unwrap() {
        Verdict::Whole { rows, erased, .. } => {
            assert_eq!((usize::try_from(rows).unwrap(), erased), (all(&file).await.len(), count));
        }
        Verdict::Broken(fault) => panic!("{fault}"),
        Verdict::Differs(difference) => panic!("{difference}"),
    }
    // The engine goes on from there, and reads what was erased as such.
    let record = Record::open(file.parent().unwrap()).await;
    let id = wilco_core::ids::DeploymentId(1);
    let deployment = record.reader.deployment(id).await.unwrap().unwrap();
    assert!(deployment.requester.known().is_none() && deployment.is_over());
    record.close().await;
}

#[tokio::test]
async fn a_commitment_or_a_value_is_never_changed_under_the_name_of_erasing() {
    let (_data, file) = lived().await;
    let before = all(&file).await;
    for to in [
        "json_set(private, '$[0][0]', substr('ff', 1) || substr(private ->> '$[0][0]', 3))",
        "json_set(private, '$[0][2]', '\"eve\"')",
        "json_set(private, '$[0][1]', '00')",
        "json_set(private, '$[0][1]', null)",
        "json_set(private, '$[0][2]', null)",
        "json_remove(private, '$[0]')",
        "json_insert(private, '$[#]', json_array('00', null, null))",
        "json_set(private, '$[0]', json_array(null, null, null))",
        "json_set(private, '$[0]', json_array(private ->> '$[0][0]', null, null, 'more'))",
        "'{}'",
        "'[]'",
        "'null'",
        "'no json'",
        "null",
    ] {
        let sql = format!("update fact set private = {to} where sequence = 3");
        assert!(change(&file, &sql).await.is_err(), "{sql}");
        assert_eq!(all(&file).await, before, "{sql}");
    }
    for to in ["'{}'", "'null'", "'7'", "'[[]]'"] {
        let sql = format!("update fact set private = {to} where private = '[]'");
        assert!(change(&file, &sql).await.is_err(), "{sql}");
        assert_eq!(all(&file).await, before, "{sql}");
    }
}

#[tokio::test]
async fn what_was_erased_never_comes_back() {
    let (_data, file) = lived().await;
    let mut connection = open_beside(&file).await;
    let row = sqlx::query("select private from fact where sequence = 3").fetch_one(&mut connection);
    let private: String = row.await.unwrap().get(0);
    for (value, is_taken) in [(wilco_core::audit::erase(&private).unwrap(), true), (private, false)]
    {
        let update = sqlx::query("update fact set private = ? where sequence = 3").bind(value);
        assert_eq!(update.execute(&mut connection).await.is_ok(), is_taken);
    }
    connection.close().await.unwrap();
}
