//! A file that is looked at stays as it was, with nothing new beside it; a wrong one gets good words.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::record::{Record, change, open_beside};
use wilco::store::open::DATABASE;

/// Runs the program; returns its output, its errors and its exit code.
pub fn wilco(arguments: &[&str], path: &Path) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wilco"));
    let output = command.args(arguments).arg(path).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let said = (text(output.stdout), text(output.stderr), output.status.code().unwrap());
    assert!(!said.1.contains("panicked"), "{}", said.1);
    said
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let name = |entry: &fs::DirEntry| entry.file_name().into_string().unwrap();
    entries.map(|entry| (name(&entry), fs::read(entry.path()).unwrap())).collect()
}

async fn lived(data: &Path) -> PathBuf {
    let mut record = Record::open(data).await;
    record.live_through_everything().await;
    record.close().await
}

#[tokio::test]
async fn nothing_is_left_beside_a_copy_that_is_verified() {
    let data = tempfile::tempdir().unwrap();
    let mut record = Record::open(data.path()).await;
    record.live_through_everything().await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("a copy? 100%.db");
    let log = folder.path().join("a copy? 100%.db-wal");
    fs::copy(data.path().join(DATABASE), &copy).unwrap();
    fs::copy(data.path().join("wilco.db-wal"), &log).unwrap();
    let crashed = tempfile::tempdir().unwrap();
    for name in [DATABASE, "wilco.db-wal", "wilco.db-shm"] {
        fs::copy(data.path().join(name), crashed.path().join(name)).unwrap();
    }
    let before = files(crashed.path());
    let (out, err, code) = wilco(&["audit", "verify"], &crashed.path().join(DATABASE));
    assert_eq!((err.as_str(), code), ("", 0), "{out}");
    let after = files(crashed.path());
    assert!(after.keys().eq(before.keys()), "{:?}", after.keys());
    assert!([DATABASE, "wilco.db-wal"].iter().all(|name| after[*name] == before[*name]));
    let head = record.reader.head().await.unwrap();
    assert!(fs::metadata(&log).unwrap().len() > 0);
    let file = record.close().await;
    let look = |expected: &str| {
        let before = files(folder.path());
        for arguments in [&["audit", "verify"][..], &["audit", "export", "--format", "csv"][..]] {
            let (out, err, code) = wilco(arguments, &copy);
            assert_eq!((err.as_str(), code), ("", 0));
            assert!(out.contains(expected), "{out}");
            assert!(files(folder.path()) == before, "{arguments:?} changed the evidence");
        }
    };
    look(&head.chain.to_string());
    fs::remove_file(&log).unwrap();
    fs::copy(&file, &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o400)).unwrap();
    look(&head.chain.to_string());
}

#[tokio::test]
async fn a_file_that_is_none_of_ours_is_named_as_what_it_is() {
    let data = tempfile::tempdir().unwrap();
    let file = lived(data.path()).await;
    let whole = fs::read(&file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("text.db"), "This is a text, and long enough. ".repeat(99)).unwrap();
    fs::write(at("empty.db"), "").unwrap();
    fs::write(at("other.db"), "").unwrap();
    change(&at("other.db"), "create table thesis (chapter text)").await.unwrap();
    fs::copy(&file, at("newer.db")).unwrap();
    let newer =
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 values (9999, 'the future', 1, x'00', 0)";
    change(&at("newer.db"), newer).await.unwrap();
    fs::write(at("cut.db"), &whole[..whole.len() / 2 / 4096 * 4096]).unwrap();
    let mut damaged = whole.clone();
    damaged[100..4096].fill(0x5a);
    fs::write(at("damaged.db"), damaged).unwrap();
    symlink("/dev/zero", at("device.db")).unwrap();
    let name_one = "name a database of wilco's, such as data/wilco.db";
    for (path, what, next) in [
        (at("text.db"), "it is no SQLite database", name_one),
        (at("empty.db"), "it is empty", name_one),
        (at("none.db"), "there is no such file", name_one),
        (at("device.db"), "it is no regular file", name_one),
        (
            folder.path().to_owned(),
            "it is a directory without a wilco.db",
            "name wilco's data directory",
        ),
        (data.path().to_owned(), "it is a directory;", "name the database in it, "),
        (at("other.db"), "an SQLite database, though none of wilco's", "name one of wilco's"),
        (at("newer.db"), "a newer wilco wrote it", "use that newer wilco, or restore a backup"),
        (at("cut.db"), "is damaged: ", "restore a backup"),
        (at("damaged.db"), "is damaged: ", "restore a backup"),
    ] {
        for arguments in [&["audit", "verify"][..], &["audit", "export", "--format", "jsonl"][..]] {
            let (_, err, code) = wilco(arguments, &path);
            assert_eq!(code, 1, "{}: {err}", path.display());
            assert!(err.starts_with("wilco: ") && err.lines().count() == 1, "{err}");
            assert!(err.contains(what) && err.contains(next), "{}: {err}", path.display());
        }
    }
}

#[tokio::test]
async fn it_is_verified_while_it_is_written() {
    let data = tempfile::tempdir().unwrap();
    let mut record = Record::open(data.path()).await;
    record.live_through_everything().await;
    let file = data.path().join(DATABASE);
    let verifying = std::thread::spawn(move || {
        (0..5).map(|_| wilco(&["audit", "verify"], &file)).collect::<Vec<_>>()
    });
    while !verifying.is_finished() {
        record.say("eve", "deploy web to prod").await;
    }
    for (out, err, code) in verifying.join().unwrap() {
        assert_eq!((err.as_str(), code), ("", 0), "{out}");
    }
    let file = record.close().await;
    open_beside(&file).await;
}
