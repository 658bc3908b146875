//! Somebody with the file in their hands changes it: `wilco audit verify` names the row.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sqlx::{Connection as _, Row as _};

use super::record::{Record, change, open_beside, place};
use wilco_core::event::{Event, Posted};
use wilco_core::ids::{DeploymentId, MessageRef};

/// Returns what the program says about a database, and its exit code.
fn verify(file: &Path) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wilco"));
    let output = command.args(["audit", "verify"]).arg(file).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

struct Evidence {
    _data: tempfile::TempDir,
    file: PathBuf,
    rows: usize,
}

impl Evidence {
    async fn gather() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut record = Record::open(data.path()).await;
        record.live_through_everything().await;
        let file = record.close().await;
        let drop = "drop trigger fact_only_appends; drop trigger fact_is_never_deleted;
                    drop trigger fact_is_never_changed";
        change(&file, drop).await.unwrap();
        let mut connection = open_beside(&file).await;
        let count = sqlx::query("select count(*) from fact").fetch_one(&mut connection).await;
        let rows = usize::try_from(count.unwrap().get::<i64, _>(0)).unwrap();
        connection.close().await.unwrap();
        Self { _data: data, file, rows }
    }

    /// Tampers with a copy; returns what the program says about it.
    async fn after(&self, sql: &str) -> String {
        let copy = self.file.with_extension("copy");
        fs::copy(&self.file, &copy).unwrap();
        change(&copy, sql).await.expect(sql);
        let (said, code) = verify(&copy);
        assert_eq!(code, 1, "{sql}: {said}");
        said
    }
}

#[tokio::test]
async fn an_untouched_record_is_whole() {
    let evidence = Evidence::gather().await;
    let (said, code) = verify(&evidence.file);
    assert!(said.starts_with(&format!("{} facts verified; the chain ends in ", evidence.rows)));
    assert_eq!((said.lines().count(), code), (1, 0));
    let erase = "update fact set private =
        json_array(json_array(private ->> '$[0][0]', null, null)) where json_array_length(private) = 1
            and kind <> 'language_chosen'";
    change(&evidence.file, erase).await.unwrap();
    let (said, code) = verify(&evidence.file);
    assert!(said.contains("private values were erased from them"), "{said}");
    assert_eq!((said.lines().count(), code), (2, 0));
}

#[tokio::test]
async fn one_changed_byte_is_named_by_its_row() {
    let evidence = Evidence::gather().await;
    for (change, what) in [
        ("body = replace(body, '\"web\"', '\"api\"')", "row 3 was changed: its content"),
        ("body = body || ' '", "row 3 was changed: its content"),
        ("at = at + 1", "row 3 was changed: its content"),
        ("kind = 'requester'", "row 3 was changed: its content"),
        ("deployment = 2", "row 3 was changed: its content"),
        ("deployment = -1", "row 3 was changed: its deployment"),
        ("leaf = zeroblob(32)", "row 3 was changed: its content"),
        ("chain = zeroblob(32)", "row 3 does not follow from the row before it"),
        ("private = replace(private, 'ana', 'anb')", "row 3 has a private value that is not"),
        ("private = json_remove(private, '$[0]')", "row 3 was changed: its content"),
        ("private = json_set(private, '$[0][2]', null)", "row 3 has a private value that is not"),
        ("private = '[1]'", "row 3 cannot be read"),
        ("private = json_set(private, '$[0][0]', 'no digest')", "row 3 cannot be read"),
    ] {
        let said = evidence.after(&format!("update fact set {change} where sequence = 3")).await;
        assert!(said.starts_with(&format!("the record is not whole: {what}")), "{change}: {said}");
    }
}

#[tokio::test]
async fn a_row_that_is_not_what_the_facts_make_of_it_is_named() {
    let evidence = Evidence::gather().await;
    for (sql, what) in [
        (
            "update deployment set outcome = 'succeeded' where id = 3",
            "#3 in the table `deployment` has another `outcome`",
        ),
        (
            "update deployment set requester = 'mina' where id = 1",
            "#1 in the table `deployment` has another `requester`",
        ),
        (
            "update deployment set commit_sha = null where id = 2",
            "#2 in the table `deployment` has another `commit_sha`",
        ),
        (
            "update deployment set started_at = started_at + 1 where id = 1",
            "#1 in the table `deployment` has another `started_at`",
        ),
        (
            "update deployment set status = 'waiting' where status = 'running'",
            "in the table `deployment` has another `status`",
        ),
        (
            "update deployment set expires_at = 0 where status = 'waiting'",
            "in the table `deployment` has another `expires_at`",
        ),
        (
            "update deployment set status = 'waiting', outcome = null, ended_at = null where id = 4",
            "#4 in the table `deployment` has another `status`",
        ),
        ("delete from deployment where id = 5", "#5 is missing from the table `deployment`"),
        (
            "delete from deployment where status = 'waiting'",
            "is missing from the table `deployment`",
        ),
        (
            "insert into deployment select 99, service, environment, kind, command, status, outcome, reference, commit_sha, requester, requested_at, expires_at, started_at, ended_at, rolls_back_to from deployment where id = 1",
            "#99 in the table `deployment` has no fact that made it",
        ),
        (
            "update live set deployment = 1 where service = 'web' and environment = 'prod'",
            "web in prod in the table `live` has another `deployment`",
        ),
        (
            "delete from live where service = 'web' and environment = 'prod'",
            "web in prod is missing from the table `live`",
        ),
        (
            "insert into live values ('api', 'prod', 1)",
            "api in prod in the table `live` has no fact that made it",
        ),
        (
            "update card set deployment = 1 where message = '2'",
            "message 2 in deploys in the table `card` has another `deployment`",
        ),
        (
            "delete from card where message = '2'",
            "message 2 in deploys is missing from the table `card`",
        ),
        (
            "insert into card values ('console', 'deploys', '\u{1b}[2Jred', 1)",
            "message red for #1 in the table `card` has no fact that made it",
        ),
        (
            "update language set locale = 'en' where person = 'ana'",
            "ana in the table `language` has another `locale`",
        ),
        ("delete from language where person = 'ana'", "ana is missing from the table `language`"),
        (
            "insert into language values ('\u{1b}[2Jred', 'ko')",
            "red in the table `language` has no fact that made it",
        ),
        (
            "update head set catalog = null",
            "the record's end in the table `head` has another `catalog`",
        ),
    ] {
        let said = evidence.after(sql).await;
        assert!(said.starts_with("the facts are whole, but the row of "), "{sql}: {said}");
        assert!(said.contains(what), "{sql}: {said}");
        assert!(said.ends_with("restore a backup\n"), "{said}");
    }
}

#[tokio::test]
async fn a_message_that_became_the_card_of_another_deployment_is_no_difference() {
    let data = tempfile::tempdir().unwrap();
    let mut record = Record::open(data.path()).await;
    record.live_through_everything().await;
    let message = |number: &str| MessageRef { place: place(), message: number.into() };
    for (deployment, number) in [(1, "2"), (2, "1"), (1, "again"), (1, "again"), (3, "2")] {
        let (deployment, message) = (DeploymentId(deployment), message(number));
        record
            .deliver(Event::CardShown { deployment, message, seal: None, posted: Posted::Now })
            .await;
    }
    let file = record.close().await;
    assert_eq!(verify(&file).1, 0, "{}", verify(&file).0);
}

#[tokio::test]
async fn rows_taken_out_swapped_or_put_in_are_named() {
    let evidence = Evidence::gather().await;
    let (last, next) = (evidence.rows, evidence.rows + 1);
    let columns = "at, deployment, kind, body, private, leaf, chain";
    let close_gap = "update fact set sequence = sequence - 1 where sequence > 5";
    let make_gap = "update fact set sequence = -sequence where sequence >= 5;
                    update fact set sequence = 1 - sequence where sequence < 0";
    for (sql, what) in [
        ("delete from fact where sequence = 5".to_owned(), "row 5 is missing: row 6 stands".to_owned()),
        (format!("delete from fact where sequence = 5; {close_gap}"), "row 5 was changed".into()),
        ("delete from fact where sequence = 1".into(), "row 1 is missing: row 2 stands".into()),
        (
            format!("delete from fact where sequence = {last}"),
            format!("the record ends at row {}, but {last} rows were recorded", last - 1),
        ),
        ("delete from fact".into(), format!("the record ends at row 0, but {last} rows")),
        (
            "update fact set sequence = -5 where sequence = 5;
             update fact set sequence = 5 where sequence = 6;
             update fact set sequence = 6 where sequence = -5"
                .into(),
            "row 5 was changed".into(),
        ),
        (
            format!("{make_gap}; insert into fact select 5, {columns} from fact where sequence = 4"),
            "row 5 was changed".into(),
        ),
        (
            format!("insert into fact select {next}, {columns} from fact where sequence = 4"),
            format!("row {next} was changed"),
        ),
        ("insert into fact select 0, at, null, kind, body, private, leaf, chain from fact where sequence = 1".into(), "row 1 is missing: row 0 stands".into()),
        ("update head set chain = zeroblob(32)".into(), "the record ends with another chain".into()),
        (
            "update head set rows = rows - 1".into(),
            format!("the record goes on to row {last}, but {} rows were recorded", last - 1),
        ),
    ] {
        let said = evidence.after(&sql).await;
        assert!(said.starts_with(&format!("the record is not whole: {what}")), "{sql}: {said}");
    }
}

#[tokio::test]
async fn a_record_cut_off_is_not_continued_as_if_nothing_were() {
    let evidence = Evidence::gather().await;
    let last = evidence.rows;
    change(&evidence.file, &format!("delete from fact where sequence = {last}")).await.unwrap();
    let (said, code) = verify(&evidence.file);
    assert!(said.contains("the last ones were taken out"), "{said}");
    assert_eq!(code, 1);
}
