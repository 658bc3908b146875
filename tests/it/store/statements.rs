//! Every statement is one that the migrated database understands.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Executor as _, Row as _};

use super::record::{Record, open_beside};
use wilco::store::read::{self, deployments, news, outbox, record};
use wilco::store::{erase, file, folds, open, write};

/// The statements of every question that wilco asks while it runs.
const QUESTIONS: [&[&str]; 5] = [
    read::STATEMENTS,
    deployments::STATEMENTS,
    news::STATEMENTS,
    outbox::STATEMENTS,
    record::STATEMENTS,
];

#[tokio::test]
async fn every_statement_can_be_prepared() {
    let data = tempfile::tempdir().unwrap();
    let file = Record::open(data.path()).await.close().await;
    let mut connection = open_beside(&file).await;
    let beside = [erase::STATEMENTS, file::STATEMENTS, folds::STATEMENTS, open::STATEMENTS];
    let beside = beside.into_iter().flatten();
    connection.execute(write::PREPARE).await.unwrap();
    let prepared = |all: &&&str| **all != write::PREPARE;
    let questions = QUESTIONS.into_iter().flatten();
    let all = questions.chain(write::STATEMENTS.iter().filter(prepared)).chain(beside);
    for statement in all.flat_map(|all| all.split(';')) {
        explain(&mut connection, statement).await;
    }
    connection.close().await.unwrap();
}

async fn explain(connection: &mut SqliteConnection, statement: &str) {
    let explained = sqlx::AssertSqlSafe(format!("explain {statement}"));
    let rows = sqlx::query(explained).fetch_all(connection).await;
    assert!(rows.is_ok_and(|rows| !rows.is_empty()), "{statement}");
}

#[tokio::test]
async fn no_question_reads_more_the_more_ever_happened() {
    // What grows for ever is read through an index. These read what is bounded, or are asked offline.
    let bounded = [record::EVERY_FACT, deployments::RECENT_DEPLOYMENTS];
    let data = tempfile::tempdir().unwrap();
    let file = Record::open(data.path()).await.close().await;
    let mut connection = open_beside(&file).await;
    let questions = QUESTIONS.into_iter().flatten();
    for statement in questions.filter(|statement| !bounded.contains(statement)) {
        let plan = sqlx::AssertSqlSafe(format!("explain query plan {statement}"));
        for row in sqlx::query(plan).fetch_all(&mut connection).await.unwrap() {
            let step: String = row.get("detail");
            let scans = ["fact", "deployment", "f", "d", "card", "delivery"];
            let is_scan = scans.iter().any(|table| step == format!("SCAN {table}"));
            let is_cut = statement.contains("limit 1") && statement.contains("desc");
            assert!(!is_scan || is_cut, "{statement}: {step}");
        }
    }
    connection.close().await.unwrap();
}

#[test]
fn every_statement_is_listed() {
    for (file, listed) in [
        ("folds", folds::STATEMENTS),
        ("read", read::STATEMENTS),
        ("read/deployments", deployments::STATEMENTS),
        ("read/news", news::STATEMENTS),
        ("read/outbox", outbox::STATEMENTS),
        ("read/record", record::STATEMENTS),
        ("write", write::STATEMENTS),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/store/{file}.rs"));
        let source = fs::read_to_string(path).unwrap();
        let constants =
            source.split("pub const ").skip(1).filter_map(|rest| rest.split_once(": &str"));
        let names: BTreeSet<&str> = constants.map(|(name, _)| name).collect();
        let list = source.split_once("pub const STATEMENTS: &[&str] =").unwrap().1;
        let list = list.split_once("];").unwrap().0.trim_start().trim_start_matches("&[");
        let in_list: BTreeSet<&str> =
            list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        assert_eq!(names, in_list, "{file}");
        assert_eq!(listed.len(), names.len(), "{file}");
    }
}

#[tokio::test]
async fn every_reference_between_tables_has_an_index() {
    // Without one, every new row of the one table reads all of the other.
    let data = tempfile::tempdir().unwrap();
    let file = Record::open(data.path()).await.close().await;
    let mut connection = open_beside(&file).await;
    let sql = "select t.name, k.\"from\" from sqlite_schema t join pragma_foreign_key_list(t.name) k \
               where t.type = 'table'";
    let references = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
    assert!(!references.is_empty());
    for row in references {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        let sql = "select count(*) from pragma_index_list(?) i, pragma_index_info(i.name) c \
                   where c.seqno = 0 and c.name = ?";
        let found = sqlx::query(sql).bind(&table).bind(&column).fetch_one(&mut connection).await;
        assert!(found.unwrap().get::<i64, _>(0) > 0, "{table}.{column} has no index");
    }
    connection.close().await.unwrap();
}
