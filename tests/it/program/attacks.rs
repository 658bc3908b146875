//! What somebody types to make wilco do something else: the program over a pipe, and its record afterwards.

use std::path::Path;
use std::process::Command;

use super::{Said, ask, demo};

const DROP: &str = "'; drop table fact; --";

/// Returns what was answered to a line, up to the next one.
fn answer<'a>(said: &'a Said, line: &str) -> &'a str {
    let begin = said.out.find(line).unwrap_or_else(|| panic!("no {line} in {}", said.out));
    let rest = &said.out[begin + line.len()..];
    rest.split("\n> ").next().unwrap_or_default()
}

fn verified(data: &Path) -> bool {
    ask(&["audit", "verify", data.join("wilco.db").to_str().unwrap()]).code == 0
}

fn deployments(data: &Path) -> String {
    ask(&["deployments", "--data", data.to_str().unwrap()]).out
}

#[test]
fn sql_in_a_reason_is_kept_as_it_was_typed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let script = format!("deploy web to prod\n/as ben\nreject #1 {DROP}\nshow #1\naudit #1\n");
    let said = demo(data, &script);
    assert_eq!((said.err.as_str(), said.code), ("", 0));
    for line in ["show #1", "audit #1"] {
        assert!(answer(&said, line).contains(DROP), "{line}: {}", said.out);
    }
    assert!(verified(data));
    let database = data.join("wilco.db");
    let record = ask(&["audit", "export", database.to_str().unwrap(), "--format", "jsonl"]);
    assert!(record.out.contains(DROP), "{}", record.out);
    assert!(deployments(data).contains("rejected"), "{}", deployments(data));
}

#[test]
fn sql_in_any_other_field_is_text_that_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let lines = [
        ("deploy web';delete/from/fact;-- to staging", "`web';delete/from/fact;--`"),
        ("deploy web to staging');drop-table-fact;--", "`staging');drop-table-fact;--`"),
        ("deploy web@x');drop-table-fact;-- to staging", "`x');drop-table-fact;--`"),
        ("deploy web to staging fail_at=\"'; drop table fact; --\"", DROP),
        ("deploy web to staging x');--=1", "`x');--=1`"),
        ("history web' or '1'='1 staging", "`'1'='1`"),
        ("live web staging at 1'or'1'='1", "`1'or'1'='1`"),
        ("approve #1;drop-table-fact", "`#1;drop-table-fact`"),
        ("help x');drop-table-fact;--", "`x');drop-table-fact;--`"),
        ("'); drop table fact; --", "`');`"),
        ("/as ana';drop-table-fact;--", "ana';drop-table-fact;--"),
        ("/react ';drop-table-fact;-- #1", "#1"),
    ];
    let script = lines.map(|(line, _)| line).join("\n");
    let said = demo(data, &(script + "\ndeploy web to staging\n"));
    assert_eq!((said.err.as_str(), said.code), ("", 0));
    for (line, shown) in lines {
        assert!(answer(&said, line).contains(shown), "{line}: {}", said.out);
    }
    assert!(said.out.contains("is live in staging"), "it goes on: {}", said.out);
    assert!(verified(data));
    let again = demo(data, "show #1\n");
    assert!(again.out.contains("x');drop-table-fact;--"), "{}", again.out);
    assert!(verified(data));
}

#[test]
fn a_name_typed_in_chat_never_climbs_out_of_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let lines = [
        ("deploy ../etc to prod", "`../etc` cannot stand for <service>"),
        ("deploy web/../api to prod", "`web/../api` cannot stand for <service>"),
        ("deploy /etc/passwd to prod", "`/etc/passwd` cannot stand for <service>"),
        ("deploy .. to prod", "`..` cannot stand for <service>"),
        ("deploy web to ../prod", "`../prod` cannot stand for <environment>"),
        ("deploy web to /prod", "`/prod` cannot stand for <environment>"),
        ("deploy web@../../etc/passwd to staging", "cannot stand for <version>"),
        ("deploy web@/etc/passwd to staging", "cannot stand for <version>"),
        ("help ../deploy", "`../deploy` cannot stand for <command>"),
        ("smoke-test ../web staging", "`../web` cannot stand for <service>"),
        ("show ../1", "`../1` cannot stand for <deployment>"),
    ];
    let script = lines.map(|(line, _)| line).join("\n");
    let said = demo(&data, &(script + "\ndeploy we\0b to staging\n"));
    assert_eq!((said.err.as_str(), said.code), ("", 0));
    for (line, shown) in lines {
        assert!(answer(&said, line).contains(shown), "{line}: {}", said.out);
    }
    assert!(said.out.contains("has a control character (U+0000)"), "{}", said.out);
    assert_eq!(deployments(&data), "");
    let beside: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(beside.len(), 1, "{beside:?}");
}

#[test]
fn a_hidden_character_typed_in_chat_never_becomes_another_name() {
    let folder = tempfile::tempdir().unwrap();
    let script =
        "deploy w\u{200b}eb to staging\ndeploy web to \u{202e}staging\n배\u{ad}포 web staging\n";
    let said = demo(folder.path(), script);
    assert_eq!(said.code, 0);
    assert_eq!(said.out.matches("There is a hidden character in ").count(), 3, "{}", said.out);
    assert_eq!(deployments(folder.path()), "");
}

#[test]
fn a_branch_that_is_a_command_is_deployed_and_its_name_never_reaches_the_script() {
    let branch = "zzz\";echo${IFS}\"hello\";#";
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    assert_eq!(demo(data, "").code, 0);
    let root = data.join("demo");
    let made = Command::new("git").args(["branch", branch]).current_dir(&root).status().unwrap();
    assert!(made.success());
    let script = "#!/bin/sh\nprintf '%s\\n' \"$#\" \"$@\" > \"$0.got\"\n";
    std::fs::write(root.join("config/pipelines/deploy.sh"), script).unwrap();
    let services = root.join("config/services.toml");
    let text = std::fs::read_to_string(&services).unwrap().replace("{commit}", "{version}");
    std::fs::write(&services, text).unwrap();
    let said = demo(data, &format!("deploy web@{branch} to staging\n"));
    assert!(said.code == 0 && said.out.contains("is live in staging"), "{}", said.out);
    let got = std::fs::read_to_string(root.join("config/pipelines/deploy.sh.got")).unwrap();
    // A branch moves, so the script is given what it stood for.
    let [number, service, environment, version] = got.lines().collect::<Vec<_>>()[..] else {
        panic!("{got}")
    };
    assert_eq!([number, service, environment], ["3", "web", "staging"]);
    assert!(version.len() == 40 && version.bytes().all(|b| b.is_ascii_hexdigit()), "{version}");
}
