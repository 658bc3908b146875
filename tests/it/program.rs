//! The program as people run it: its answers, its exit codes, and what it leaves behind.

mod attacks;
mod discord;
mod discord_check;
mod discord_commands;
mod discord_run;
mod github_check;
mod github_run;
mod hooks;
mod pages;
mod proof;
mod running;
mod secrets;
mod slack;
mod slack_check;
mod slack_http;
mod slack_run;
mod talk;
mod webhook;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What a program said and how it ended.
struct Said {
    out: String,
    err: String,
    code: i32,
}

fn wilco(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wilco"));
    command.args(arguments).env_remove("WILCO_LOG").env_remove("RUST_BACKTRACE");
    command
}

/// Runs it to its end with this on its standard input.
fn run(command: &mut Command, input: &[u8]) -> Said {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    // A program that does not read to the end closes the pipe, and that is its right.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(!err.contains("panicked"), "{err}");
    Said { out, err, code: status.code().unwrap() }
}

fn ask(arguments: &[&str]) -> Said {
    run(&mut wilco(arguments), b"")
}

fn demo(data: &Path, input: &str) -> Said {
    run(wilco(&["demo", "--data"]).arg(data), input.as_bytes())
}

#[test]
fn it_says_its_version_and_helps_with_every_command() {
    let said = ask(&["--version"]);
    assert_eq!(
        (said.out.as_str(), said.code),
        (concat!("wilco ", env!("CARGO_PKG_VERSION"), "\n"), 0)
    );
    let help = ask(&["--help"]);
    assert!(
        help.code == 0 && help.out.contains("Exit codes: 0 fine, 1 failed, 2 "),
        "{}",
        help.out
    );
    for command in [
        "demo",
        "run",
        "check",
        "init",
        "audit",
        "backup",
        "deployments",
        "slack",
        "discord",
        "completions",
    ] {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command} is not in the help");
        let said = ask(&[command, "--help"]);
        assert!(said.code == 0 && said.out.contains("Usage: wilco "), "{command}: {}", said.out);
    }
    for action in ["verify", "export", "erase"] {
        let said = ask(&["audit", action, "--help"]);
        assert!(said.code == 0 && said.out.contains("Usage: wilco audit "), "{}", said.out);
    }
    assert!(!help.out.contains("runner"), "nobody starts that by hand");
}

#[test]
fn what_it_does_not_know_is_said_with_exit_code_2() {
    let wrong: [&[&str]; 6] = [
        &["deploi"],
        &[],
        &["check", "--ofline"],
        &["demo", "--locale", "fr"],
        &["audit", "export", "x.db", "--format", "xml"],
        &["completions", "dos"],
    ];
    for arguments in wrong {
        let said = ask(arguments);
        assert_eq!((said.out.as_str(), said.code), ("", 2), "{arguments:?}: {}", said.err);
        assert!(said.err.contains("Usage: wilco") || said.err.contains("--help"), "{}", said.err);
    }
    assert!(ask(&["demo", "--locale", "fr"]).err.contains("wilco speaks `en` and `ko`"));
}

#[test]
fn what_cannot_be_written_is_a_failure() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(demo(data.path(), "whoami\n").code, 0);
    let database = data.path().join("wilco.db");
    let database = database.to_str().unwrap();
    for arguments in [
        vec!["completions", "bash"],
        vec!["audit", "export", database, "--format", "jsonl"],
        vec!["audit", "verify", database],
        vec!["--help"],
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = wilco(&arguments).stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_reader_who_has_had_enough_is_no_fault() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(demo(data.path(), "deploy web to staging\n").code, 0);
    let database = data.path().join("wilco.db");
    let (database, data) = (database.to_str().unwrap(), data.path().to_str().unwrap());
    for arguments in [
        vec!["audit", "export", database, "--format", "jsonl"],
        vec!["audit", "export", database, "--format", "csv"],
        vec!["audit", "verify", database],
        vec!["deployments", "--data", data],
        vec!["completions", "bash"],
        vec!["check", "--config", "nowhere"],
        vec!["--help"],
        vec!["--version"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = wilco(&arguments).stdout(writer).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.as_str()), (Some(141), ""), "{arguments:?}");
    }
}

#[test]
fn every_command_has_an_example() {
    for command in [
        vec!["run"],
        vec!["check"],
        vec!["init"],
        vec!["audit"],
        vec!["audit", "verify"],
        vec!["audit", "export"],
        vec!["deployments"],
        vec!["slack", "manifest"],
        vec!["discord", "invite"],
        vec!["completions"],
    ] {
        let said = ask(&[command.as_slice(), &["--help"]].concat());
        let example = format!("Example: wilco {}", command.join(" "));
        assert!(said.out.contains(&example), "{command:?}: {}", said.out);
    }
    let run = ask(&["run", "--help"]).out;
    assert!(run.contains("stays when they end") && run.contains("SIGTERM"), "{run}");
    assert!(ask(&["deployments", "--help"]).out.contains("--most <N>"));
}

/// Commits everything in a folder.
fn commit(folder: &Path) {
    for arguments in [
        vec!["init", "--quiet", "."],
        vec!["add", "."],
        vec!["-c", "user.name=ana", "-c", "user.email=ana@example.com", "commit", "-qm", "Start"],
    ] {
        let done = Command::new("git").args(&arguments).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

#[test]
fn one_fault_is_said_once_with_its_mend() {
    let folder = tempfile::tempdir().unwrap();
    let written = run(wilco(&["init", "."]).current_dir(&folder), b"");
    assert!(written.out.contains("git init"), "{}", written.out);
    let check = |arguments: &[&str]| run(wilco(arguments).current_dir(&folder), b"");
    let faults = |out: &str| -> Vec<String> {
        out.lines().filter_map(|line| line.strip_prefix("       ")).map(str::to_owned).collect()
    };

    let said = check(&["check"]);
    let found = faults(&said.out);
    assert_eq!((found.len(), said.code), (1, 1), "{}", said.out);
    for part in ["is not a git repository", "service api, service web", "; make a git repository"] {
        assert!(found[0].contains(part), "{found:?}");
    }
    let json: serde_json::Value = serde_json::from_str(&check(&["check", "--json"]).out).unwrap();
    let listed = json["stages"][2]["faults"].as_array().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["used_by"], serde_json::json!(["service api", "service web"]));
    assert!(listed[0]["next_step"].as_str().is_some_and(|step| step.contains("git init")));

    commit(folder.path());
    assert_eq!(check(&["check"]).code, 0);

    let services = folder.path().join("config/services.toml");
    let text = fs::read_to_string(&services).unwrap();
    let policy = "policy = { approvals = 0 }\n";
    let text = text.replacen(policy, &format!("{policy}ref = \"nope\"\n"), 1);
    fs::write(&services, &text).unwrap();
    let found = faults(&check(&["check"]).out);
    assert!(found.len() == 1 && found[0].contains("`nope`"), "{found:?}");
    assert!(found[0].contains("(used by web in staging); let `ref` name"), "{found:?}");
}

#[test]
fn what_cannot_be_checked_is_said_and_the_rest_is() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(wilco(&["init", "."]).current_dir(&folder), b"").code, 0);
    let services = folder.path().join("config/services.toml");
    let text = fs::read_to_string(&services).unwrap();
    let kept = |line: &&str| !line.starts_with("path ");
    fs::write(&services, text.lines().filter(kept).collect::<Vec<_>>().join("\n")).unwrap();
    let said = run(wilco(&["check"]).current_dir(&folder), b"");
    assert_eq!(said.code, 0, "{}", said.out);
    for service in ["api", "web"] {
        let line = format!("       not checked: service {service} names no repository");
        assert!(said.out.contains(&line), "{}", said.out);
    }
    fs::remove_file(folder.path().join("config/pipelines/deploy.sh")).unwrap();
    let said = run(wilco(&["check"]).current_dir(&folder), b"");
    assert_eq!((said.out.matches("cannot read").count(), said.code), (1, 1), "{}", said.out);
    let lanes = "used by api in prod, api in staging, web in prod, web in staging";
    assert!(said.out.contains(lanes), "{}", said.out);
}

#[test]
fn who_could_never_get_approvals_is_told_before_anybody_asks() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(wilco(&["init", "."]).current_dir(&folder), b"").code, 0);
    let people = folder.path().join("config/people.toml");
    let text = fs::read_to_string(&people).unwrap();
    let both = "[\"deployer\", \"approver\"]";
    // ana may no longer approve, so ben and mina have only each other for a policy of two.
    fs::write(&people, text.replacen(both, "[\"deployer\"]", 1)).unwrap();
    let said = run(wilco(&["check", "--offline"]).current_dir(&folder), b"");
    let note = "       note: ben, mina may ask for api in prod, which takes 2 approvals, but too few \
                others may give one; give approver to more people in people.toml\n";
    assert_eq!(said.code, 0, "{}", said.out);
    assert!(said.out.contains(note), "{}", said.out);
    // Where nobody at all could, it is a fault.
    let commands = folder.path().join("commands/deploy.toml");
    let text = fs::read_to_string(&commands).unwrap();
    fs::write(&commands, text.replace("[\"deployer\"]", "[\"approver\"]")).unwrap();
    let said = run(wilco(&["check", "--offline"]).current_dir(&folder), b"");
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(said.out.contains("wrong  approvals"), "{}", said.out);
}

#[test]
fn a_shell_learns_to_complete_it() {
    for shell in ["bash", "zsh", "fish"] {
        let said = ask(&["completions", shell]);
        assert!(said.code == 0 && said.out.contains("deployments"), "{shell}");
    }
}

#[test]
fn the_example_configuration_is_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let said = run(wilco(&["check", "--offline"]).current_dir(root), b"");
    assert_eq!(
        (said.out.as_str(), said.code),
        ("ok     configuration (22 checked)\nok     approvals (4 checked)\n", 0)
    );
    // What is checked beyond the files needs a git repository there, as the demo's has one.
    let data = tempfile::tempdir().unwrap();
    assert_eq!(demo(data.path(), "").code, 0);
    let said = run(wilco(&["check"]).current_dir(data.path().join("demo")), b"");
    assert_eq!(said.code, 0, "{}", said.out);
    assert!(said.out.lines().count() == 3 && said.out.lines().all(|line| line.starts_with("ok ")));
}

#[test]
fn every_fault_of_a_configuration_is_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(wilco(&["init", "."]).current_dir(&folder), b"");
    assert_eq!(said.code, 0, "{}", said.err);
    for (file, right, wrong) in [
        ("wilco.toml", "timezone = \"UTC\"", "timezone = \"Mars/Olympus\""),
        ("wilco.toml", "locale = \"en\"", "locale = \"fr\""),
        ("people.toml", "roles   = [", "rolez   = ["),
        ("services.toml", "timeout = \"10m\" ", "timeout = \"soon\" "),
        ("services.toml", "{ approvals = 2,", "{ approvals = 2, aprovers = 1,"),
    ] {
        let path = folder.path().join("config").join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(right), "{file} has no {right}");
        fs::write(&path, text.replacen(right, wrong, 1)).unwrap();
    }
    let plain = run(wilco(&["check"]).current_dir(&folder), b"");
    let faults: Vec<&str> =
        plain.out.lines().filter_map(|line| line.strip_prefix("       ")).collect();
    assert_eq!((faults.len(), plain.code), (5, 2), "{}", plain.out);
    for word in ["Mars/Olympus", "fr", "rolez", "soon", "aprovers"] {
        assert!(faults.iter().any(|fault| fault.contains(word)), "{word}: {faults:?}");
    }
    let json = run(wilco(&["check", "--offline", "--json"]).current_dir(&folder), b"");
    assert_eq!(json.code, 2);
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(report["ok"], false);
    let found = report["stages"][0]["faults"].as_array().unwrap();
    assert_eq!(found.len(), 5);
    for (fault, said) in found.iter().zip(faults) {
        let text = |key: &str| fault[key].as_str().unwrap_or_default().to_owned();
        let step = fault["next_step"].as_str().map(|step| format!("; {step}")).unwrap_or_default();
        let place = format!("{}:{}:{}", text("file"), fault["line"], fault["column"]);
        assert_eq!(format!("{place}: {}{step}", text("message")), said);
    }
    // Nothing is started on it either.
    let said = run(wilco(&["run"]).current_dir(&folder), b"");
    assert!(
        said.code == 2 && said.err.ends_with("the configuration has 5 faults\n"),
        "{}",
        said.err
    );
    assert!(!folder.path().join("data").exists());
}

#[test]
fn a_configuration_is_written_once_and_never_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let first = run(wilco(&["init", "."]).current_dir(&folder), b"");
    assert!(first.code == 0 && first.out.contains("config/services.toml"), "{}", first.out);
    let services = folder.path().join("config/services.toml");
    fs::write(&services, "mine").unwrap();
    let again = run(wilco(&["init", "."]).current_dir(&folder), b"");
    assert_eq!((again.out.as_str(), again.code), ("", 1));
    for name in ["config/services.toml", "config/people.toml", "commands/deploy.toml"] {
        assert!(again.err.contains(name), "{}", again.err);
    }
    assert_eq!(fs::read_to_string(&services).unwrap(), "mine");
}

#[test]
fn a_damaged_database_is_said_to_be_one_and_left_as_it_is() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(demo(data.path(), &"whoami\nnonsense\n".repeat(30)).code, 0);
    let database = data.path().join("wilco.db");
    let whole = fs::read(&database).unwrap();
    let mut middle = whole.clone();
    let half = middle.len() / 2 / 4096 * 4096;
    middle[half..half + 4096].fill(0xa5);
    let text = b"This is a text, and long enough to be taken for something.".repeat(99);
    let config = data.path().join("demo/config");
    for bytes in [middle, text] {
        fs::write(&database, &bytes).unwrap();
        let run = run(wilco(&["run", "--config"]).arg(&config).arg("--data").arg(data.path()), b"");
        for said in [demo(data.path(), "deploy web to staging\n"), run] {
            assert_eq!(said.code, 1, "{}", said.err);
            assert!(said.err.contains("is damaged: "), "{}", said.err);
            assert!(said.err.contains("restore a backup, and start again"), "{}", said.err);
            assert!(!said.out.contains("#1"), "{}", said.out);
            assert!(fs::read(&database).unwrap() == bytes, "a damaged file was changed");
        }
    }
    fs::write(&database, &whole).unwrap();
    assert_eq!(demo(data.path(), "status\n").code, 0);
}
