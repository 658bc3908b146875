//! `wilco audit erase`: a person is gone from the whole file, and the record is as whole as before.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::record::{Record, change};
use wilco_core::event::RunEnd;

fn erase(data: &Path, arguments: &[&str]) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wilco"));
    command.args(["audit", "erase", "--data"]).arg(data).args(arguments);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

/// Counts how often a text is anywhere in the files of the database.
fn occurrences(data: &Path, text: &str) -> usize {
    let databases = fs::read_dir(data).unwrap().map(|entry| entry.unwrap());
    let databases = databases.filter(|entry| {
        entry.file_name().to_str().is_some_and(|name| name.starts_with("wilco.db"))
    });
    databases
        .map(|entry| {
            let bytes = fs::read(entry.path()).unwrap();
            bytes.windows(text.len()).filter(|window| *window == text.as_bytes()).count()
        })
        .sum()
}

async fn over(data: &Path) -> Record {
    let mut record = Record::open(data).await;
    let deployed = record.ask("deploy web to prod", 'a').await;
    record.react("ana", "✅", deployed).await;
    record.react("ben", "✅", deployed).await;
    record.confirm(deployed).await;
    record.start(deployed).await;
    record.end(deployed, RunEnd::Succeeded).await;
    let rejected = record.ask("deploy api to prod", 'c').await;
    record.say("mina", &format!("reject {rejected} not like this, ana")).await;
    record
}

async fn with_an_aside(record: Record) {
    let file = record.close().await;
    let aside =
        "insert into aside values ('x', 1, '{\"event\":\"said\",\"words\":\"I am ana\"}', 'no'),
                 ('y', 1, '{\"event\":\"said\",\"words\":\"I am ben\"}', 'no')";
    change(&file, aside).await.unwrap();
}

#[tokio::test]
async fn nothing_of_a_person_is_left_in_the_file() {
    let data = tempfile::tempdir().unwrap();
    with_an_aside(over(data.path()).await).await;
    assert!(occurrences(data.path(), "ana") > 10);
    let before = fs::read(data.path().join("wilco.db")).unwrap();

    let (out, err, code) = erase(data.path(), &["--person", "ana"]);
    assert_eq!((err.as_str(), code), ("", 0), "{out}");
    assert!(out.contains("would be erased, in "), "{out}");
    assert!(out.contains("2 requesters, 1 delivery kept aside and "), "{out}");
    assert!(out.contains("nothing was changed; stop wilco"), "{out}");
    assert!(
        fs::read(data.path().join("wilco.db")).unwrap() == before,
        "a dry run changed the file"
    );

    let (out, err, code) = erase(data.path(), &["--person", "ana", "--yes"]);
    assert_eq!((err.as_str(), code), ("", 0), "{out}");
    assert!(out.contains("2 requesters, 1 delivery kept aside and "), "{out}");
    assert!(out.contains(" facts verified; the chain ends in "), "{out}");
    assert!(out.contains("private values were erased from them"), "{out}");
    assert_eq!(occurrences(data.path(), "ana"), 0);
    assert!(occurrences(data.path(), "ben") > 1 && occurrences(data.path(), "mina") > 0);

    let (out, _, code) = erase(data.path(), &["--person", "ana", "--yes"]);
    assert!(code == 0 && out.starts_with("0 private values erased, in 0 facts\n"), "{out}");
    // The engine goes on from there.
    let mut record = Record::open_again(data.path()).await;
    record.say("ben", "deploy web to staging").await;
    record.close().await;
}

#[tokio::test]
async fn a_name_that_its_fact_has_no_more_is_taken_from_the_row() {
    let data = tempfile::tempdir().unwrap();
    let file = over(data.path()).await.close().await;
    let by_hand =
        "update fact set private = (select json_group_array(json_array(value ->> 0, null, null))
                   from json_each(fact.private)) where deployment = 1";
    change(&file, by_hand).await.unwrap();
    let (out, _, code) = super::evidence::wilco(&["audit", "verify"], &file);
    assert!(
        code == 1 && out.contains("#1 in the table `deployment` has another `requester`"),
        "{out}"
    );
    let (out, _, code) = erase(data.path(), &["--person", "ana"]);
    assert!(code == 0 && out.contains("2 requesters, "), "{out}");
    let (out, _, code) = erase(data.path(), &["--person", "ana", "--yes"]);
    assert!(code == 0 && out.contains("2 requesters, "), "{out}");
    assert_eq!(occurrences(data.path(), "ana"), 0);
}

#[tokio::test]
async fn an_account_that_is_nobodys_can_be_erased() {
    let data = tempfile::tempdir().unwrap();
    let mut record = over(data.path()).await;
    record.say("eve", "deploy web to prod").await;
    record.close().await;
    assert!(occurrences(data.path(), "eve") > 0);
    let (out, err, code) = erase(data.path(), &["--account", "eve", "--yes"]);
    assert_eq!((err.as_str(), code), ("", 0), "{out}");
    assert!(occurrences(data.path(), "\"eve\"") == 0 && occurrences(data.path(), "ana") > 0);
}

#[tokio::test]
async fn nothing_is_erased_while_wilco_runs_or_something_is_open() {
    let data = tempfile::tempdir().unwrap();
    let mut record = over(data.path()).await;
    let (_, err, code) = erase(data.path(), &["--person", "ana", "--yes"]);
    assert_eq!(code, 1);
    assert!(err.contains("nothing is erased while wilco runs on "), "{err}");
    assert!(err.contains("; stop it, run this again, and start it then"), "{err}");
    let open = record.ask("deploy api to prod", 'd').await;
    record.close().await;
    for arguments in [&["--person", "ana"][..], &["--person", "ana", "--yes"][..]] {
        let (out, err, code) = erase(data.path(), arguments);
        assert_eq!((out.as_str(), code), ("", 1));
        assert!(err.contains(&format!("{open} is not over and names them; cancel it")), "{err}");
    }
    assert!(occurrences(data.path(), "ana") > 10);
}

#[test]
fn somebody_must_be_named_and_only_one() {
    let data = tempfile::tempdir().unwrap();
    for arguments in [&[][..], &["--person", "ana", "--account", "U1"], &["--person", "A B"]] {
        let (_, err, code) = erase(data.path(), arguments);
        assert_eq!(code, 2, "{err}");
    }
}

#[tokio::test]
async fn the_language_that_a_person_chose_is_erased_with_them() {
    let data = tempfile::tempdir().unwrap();
    let mut record = Record::open(data.path()).await;
    record.say("ana", "language ko").await;
    record.say("ben", "language ko").await;
    record.close().await;
    let (out, err, code) = erase(data.path(), &["--person", "ana"]);
    assert!(code == 0 && out.contains("\n1 chosen language would be erased\n"), "{out}{err}");
    let (out, err, code) = erase(data.path(), &["--person", "ana", "--yes"]);
    assert_eq!((err.as_str(), code), ("", 0), "{out}");
    assert!(out.contains("\n1 chosen language erased\n"), "{out}");
    assert!(out.contains(" facts verified; the chain ends in "), "{out}");
    assert_eq!(occurrences(data.path(), "ana"), 0);
    // On the console an account is called as its person is: it leads to the same row.
    let (out, err, code) = erase(data.path(), &["--account", "ben", "--yes"]);
    assert_eq!((err.as_str(), code), ("", 0), "{out}");
    assert!(out.contains("\n1 chosen language erased\n"), "{out}");
    let record = Record::open_again(data.path()).await;
    assert!(record.reader.origin().await.unwrap().unwrap().chosen.is_empty());
    record.close().await;
}

#[tokio::test]
async fn what_is_still_to_be_shown_to_a_person_is_erased_with_them() {
    let data = tempfile::tempdir().unwrap();
    let file = over(data.path()).await.close().await;
    let account = "{\"platform\":\"slack\",\"workspace\":\"T1\",\"user\":\"ana\"}";
    let waits = format!(
        "insert into outbox values
            (901, 'homes/x', 'pending', '{{\"effect\":\"show_home\",\"to\":{account}}}', 1),
            (902, 'people/x', 'pending', '{{\"effect\":\"identify\",\"event\":{{\"event\":
                \"home_opened\",\"speaker\":{{\"account\":{account},\"standing\":\"unknown\"}}}}}}', 1)"
    );
    change(&file, &waits).await.unwrap();
    let (out, err, code) = erase(data.path(), &["--person", "ana", "--yes"]);
    assert_eq!((err.as_str(), code), ("", 0), "{out}");
    assert_eq!(occurrences(data.path(), "ana"), 0);
}
