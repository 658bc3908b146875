//! `wilco backup`: a whole copy while wilco writes, and never over anything.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::record::Record;

fn back_up(data: &std::path::Path, file: &std::path::Path) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wilco"));
    let output = command.arg("backup").arg(file).arg("--data").arg(data).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

#[tokio::test]
async fn a_copy_made_while_wilco_writes_is_whole_and_private() {
    let data = tempfile::tempdir().unwrap();
    let mut record = Record::open(data.path()).await;
    record.live_through_everything().await;
    let rows = record.reader.head().await.unwrap().rows;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.db");
    let (from, to) = (data.path().to_owned(), file.clone());
    let copying = std::thread::spawn(move || back_up(&from, &to));
    while !copying.is_finished() {
        record.say("eve", "deploy web to prod").await;
    }
    let (out, err, code) = copying.join().unwrap();
    assert_eq!((err.as_str(), code), ("", 0), "{out}");
    let count: u64 = out.split(' ').next().unwrap().parse().unwrap();
    assert!(count >= rows && count <= record.reader.head().await.unwrap().rows, "{out}");
    assert!(out.contains(" facts verified; the chain ends in "), "{out}");
    assert!(out.ends_with(&format!("the backup {} is complete\n", file.display())), "{out}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    record.close().await;

    // It is a data directory's database as it stands.
    let restored = tempfile::tempdir().unwrap();
    fs::copy(&file, restored.path().join("wilco.db")).unwrap();
    let mut record = Record::open_again(restored.path()).await;
    assert_eq!(record.reader.head().await.unwrap().rows, count);
    record.say("eve", "deploy web to prod").await;
    record.close().await;
}

#[tokio::test]
async fn nothing_is_overwritten_and_nothing_half_is_left() {
    let data = tempfile::tempdir().unwrap();
    let mut record = Record::open(data.path()).await;
    record.live_through_everything().await;
    record.close().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.db");
    fs::write(&file, "mine").unwrap();
    let (out, err, code) = back_up(data.path(), &file);
    assert_eq!((out.as_str(), code), ("", 1));
    assert!(err.contains("there is something already; name a file that is not there yet"), "{err}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    let (_, err, code) = back_up(data.path(), &folder.path().join("none/backup.db"));
    assert!(code == 1 && err.contains("name a file in a directory"), "{err}");
    let (_, err, code) = back_up(folder.path(), &folder.path().join("backup.db"));
    assert!(code == 1 && err.contains("there is no such file"), "{err}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
