//! The data directory: ours alone, one process at a time, sound or not opened.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::record::{Record, change};
use wilco::store::StoreError;
use wilco::store::open::{Check, DATABASE, Store};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn refusal(data: &Path) -> String {
    match Store::open(data).await {
        Ok(Store { check: Check::GoingOn(going_on), .. }) => {
            going_on.await.unwrap().expect_err("it is damaged").to_string()
        }
        Ok(Store { check: Check::Sound, .. }) => panic!("{} was opened", data.display()),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn nobody_else_may_look_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("some/where/data");
    let mut record = Record::open(&data).await;
    record.say("ana", "deploy web to staging").await;
    record.reader.head().await.unwrap();
    assert_eq!(mode(&data), 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    names.sort();
    assert_eq!(names, ["lock", DATABASE, "wilco.db-shm", "wilco.db-wal"]);
    record.close().await;
}

#[tokio::test]
async fn one_that_stands_open_is_closed_if_it_is_ours_or_empty() {
    let data = tempfile::tempdir().unwrap();
    let opened = || fs::set_permissions(data.path(), Permissions::from_mode(0o755)).unwrap();
    opened();
    Record::open(data.path()).await.close().await;
    assert_eq!(mode(data.path()), 0o700);
    opened();
    Record::open(data.path()).await.close().await;
    assert_eq!(mode(data.path()), 0o700);
}

#[tokio::test]
async fn one_that_is_plainly_somebody_elses_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    fs::write(data.path().join("thesis.txt"), "mine").unwrap();
    fs::set_permissions(data.path(), Permissions::from_mode(0o755)).unwrap();
    let said = refusal(data.path()).await;
    assert!(said.contains("open to other users and holds other files"), "{said}");
    assert!(said.contains("name an empty directory"), "{said}");
    assert_eq!(mode(data.path()), 0o755);
    assert_eq!(fs::read_dir(data.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn two_never_work_on_the_same() {
    let data = tempfile::tempdir().unwrap();
    let record = Record::open(data.path()).await;
    let said = refusal(data.path()).await;
    assert!(said.contains("another wilco runs on it; stop that one"), "{said}");
    record.close().await;
    Record::open(data.path()).await.close().await;
}

#[tokio::test]
async fn a_migrated_database_is_migrated_no_further() {
    let data = tempfile::tempdir().unwrap();
    let mut record = Record::open(data.path()).await;
    record.live_through_everything().await;
    let head = record.reader.head().await.unwrap();
    let file = record.close().await;
    let before = fs::read(&file).unwrap();
    let Store { writer, reader, .. } = Store::open(data.path()).await.unwrap();
    assert_eq!(reader.head().await.unwrap(), head);
    reader.close().await;
    writer.close().await.unwrap();
    assert!(fs::read(&file).unwrap() == before, "opening changed the file");
}

#[tokio::test]
async fn a_database_of_a_newer_wilco_is_not_touched() {
    let data = tempfile::tempdir().unwrap();
    let file = Record::open(data.path()).await.close().await;
    let newer =
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 values (9999, 'the future', 1, x'00', 0)";
    change(&file, newer).await.unwrap();
    let said = refusal(data.path()).await;
    assert!(said.contains("a newer wilco wrote it (its tables have version 9999"), "{said}");
    assert!(said.contains("use that newer wilco, or restore a backup"), "{said}");
}

#[tokio::test]
async fn a_database_of_something_else_is_not_touched() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join(DATABASE);
    fs::write(&file, "").unwrap();
    change(&file, "create table thesis (chapter text)").await.unwrap();
    let before = fs::read(&file).unwrap();
    let said = refusal(data.path()).await;
    assert!(said.contains("though none of wilco's; name another data directory"), "{said}");
    let mut connection = super::record::open_beside(&file).await;
    let count = sqlx::query("select count(*) from sqlite_schema").fetch_one(&mut connection).await;
    assert_eq!(sqlx::Row::get::<i64, _>(&count.unwrap(), 0), 1);
    assert_eq!(before.len(), fs::read(&file).unwrap().len());
}

#[tokio::test]
async fn a_damaged_database_is_not_opened() {
    let data = tempfile::tempdir().unwrap();
    let mut record = Record::open(data.path()).await;
    record.live_through_everything().await;
    let file = record.close().await;
    let whole = fs::read(&file).unwrap();
    assert!(whole.len() > 20 * 4096, "the file is too small to be worth damaging");
    let page = |number: usize| {
        let mut bytes = whole.clone();
        bytes[number * 4096..][..4096].fill(0x5a);
        bytes
    };
    let mut damaged: Vec<Vec<u8>> = (0..whole.len() / 4096).step_by(3).map(page).collect();
    damaged.push(b"This is a text, and long enough to be taken for something.".repeat(99));
    damaged.push(whole[..whole.len() / 2 / 4096 * 4096].to_vec());
    for bytes in damaged {
        fs::write(&file, &bytes).unwrap();
        let said = refusal(data.path()).await;
        assert!(said.contains("is damaged: "), "{said}");
        assert!(said.contains("restore a backup, and start again"), "{said}");
        assert!(fs::read(&file).unwrap() == bytes, "a damaged file was changed");
    }
    fs::write(&file, &whole).unwrap();
    Record::open(data.path()).await.close().await;
}

#[test]
fn only_rows_that_were_turned_down_are_kept_aside() {
    let gone = StoreError::Database { doing: "write", source: sqlx::Error::PoolClosed };
    assert!(!gone.is_about_the_rows());
}
