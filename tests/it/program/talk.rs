//! Conversations with the demo through a pipe.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{ask, demo, run, wilco};

#[test]
fn one_line_deploys_something() {
    // printf 'deploy web to staging\n' | wilco demo
    let folder = tempfile::tempdir().unwrap();
    let said = run(wilco(&["demo"]).env("TMPDIR", folder.path()), b"deploy web to staging\n");
    assert_eq!((said.err.as_str(), said.code), ("", 0));
    assert!(said.out.contains("is live in staging after "), "{}", said.out);
    assert!(said.out.contains("`wilco demo --data DIR` keeps them."), "{}", said.out);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "it leaves nothing behind");
}

#[test]
fn two_people_bring_something_to_prod_and_both_are_on_record() {
    let data = tempfile::tempdir().unwrap();
    let script = "deploy web to prod\n/react ✅ #1\n/as ben\n/react ✅ #1\naudit #1\n";
    let said = demo(data.path(), script);
    assert_eq!((said.err.as_str(), said.code), ("", 0));
    let own = "You asked for #1 yourself, so someone else must approve it";
    let live = "is live in prod after ";
    let order = ["waits for 1 approval", own, "ben approved #1", live, "On record about #1"];
    let places: Vec<_> = order.iter().map(|part| said.out.find(part)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}\n{}", said.out);
    let refused = said.out.lines().find(|line| line.contains("vote refused")).unwrap();
    assert!(refused.contains("ana") && refused.contains("own deployment"), "{refused}");
    let approved = said.out.lines().find(|line| line.contains("  approved  ")).unwrap();
    assert!(approved.contains("ben") && approved.contains("seal "), "{approved}");

    let listed = ask(&["deployments", "--data", data.path().to_str().unwrap()]);
    assert_eq!(listed.code, 0);
    let cells: Vec<&str> = listed.out.trim_end().split('\t').collect();
    assert_eq!(cells[..1], ["#1"]);
    assert_eq!(cells[2..], ["succeeded", "web", "main (fcde670)", "prod", "ana"]);

    // The next start goes on from there.
    let again = demo(data.path(), "status\ndeploy web to prod\n/as ben\nreject #2\n");
    assert_eq!(again.code, 0);
    assert!(again.out.contains("#2 web "), "{}", again.out);
    let listed = ask(&["deployments", "--data", data.path().to_str().unwrap(), "--most", "1"]);
    assert!(listed.out.starts_with("#2\t") && listed.out.contains("rejected"), "{}", listed.out);
}

#[test]
fn it_speaks_korean() {
    let data = tempfile::tempdir().unwrap();
    let mut command = wilco(&["demo", "--locale", "ko", "--data"]);
    let said = run(command.arg(data.path()), "api를 staging에 배포해줘\nnope\n".as_bytes());
    assert_eq!((said.err.as_str(), said.code), ("", 0));
    assert!(said.out.contains("배포"), "{}", said.out);
    assert!(said.out.contains("모르는 명령입니다"), "{}", said.out);
    assert!(!said.out.contains("is live in"), "{}", said.out);
}

#[test]
fn whatever_is_typed_is_answered() {
    let data = tempfile::tempdir().unwrap();
    let mut script = vec![b'x'; 10_000];
    script.extend_from_slice(
        b"\nst\x1b[2Jatus\nbroken \xff\xfe bytes\ndeploy nope to prod\ndeploy web to nowhere\nflibbertigibbet\n",
    );
    script.extend_from_slice(
        "deploy web@no-such-ref to staging\ndeploy web to staging fail_at=lunch\n\
         deploy web@--upload-pack=x to staging\n\u{202e}live web\n'; drop table fact; --\n\
         deploy ../../etc to prod\n/react ✅ #99\n/as Nobody!\napprove #99\ncancel #0\n\
         deploy web to staging <!channel> @everyone\n"
            .as_bytes(),
    );
    script.extend_from_slice("a".repeat(8000).as_bytes());
    script.extend_from_slice(b"\n(((((((((((((((((((((((((((((\n\"unclosed\nstatus");
    let said = run(wilco(&["demo", "--data"]).arg(data.path()), &script);
    assert_eq!((said.err.as_str(), said.code), ("", 0));
    for answer in [
        "Line 1 is longer than 8192 bytes and was not read",
        "Line 2 has a control character (U+001B)",
        "Line 3 is not valid UTF-8",
        "There is no service `nope` here. Name one of these exactly: api, web.",
        "I do not know `flibbertigibbet`",
        "`help` lists what you can say",
    ] {
        assert!(said.out.contains(answer), "{answer}\n{}", said.out);
    }
    assert!(!said.out.contains('\x1b') && !said.out.contains('\u{202e}'), "{}", said.out);
    assert!(!said.out.contains("is live in"), "{}", said.out);
    assert_eq!(said.out.lines().filter(|line| line.len() > 9000).count(), 0);
    // Every line that was read is answered before the next one is taken.
    let lines: Vec<&str> = said.out.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair[0].starts_with("> ")) {
        assert!(!pair[1].starts_with("> "), "{} was not answered", pair[0]);
    }
    let database = data.path().join("wilco.db");
    assert_eq!(ask(&["audit", "verify", database.to_str().unwrap()]).code, 0);
}

/// A demo that goes on until its input is closed.
struct Open {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Open {
    fn start(data: &Path) -> Self {
        Self::begin(wilco(&["demo", "--data"]).arg(data))
    }

    fn begin(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut open = Self { child, out };
        open.until("the record is in ");
        open
    }

    fn until(&mut self, part: &str) -> String {
        let mut line = String::new();
        while !line.contains(part) {
            line.clear();
            assert!(self.out.read_line(&mut line).unwrap() > 0, "it ended before it said {part}");
        }
        line
    }

    fn say(&mut self, lines: &str) {
        self.child.stdin.as_mut().unwrap().write_all(lines.as_bytes()).unwrap();
    }

    /// The most memory that it ever had, in KiB.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

#[test]
fn a_second_one_on_the_same_data_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let mut first = Open::start(data.path());
    let second = demo(data.path(), "deploy web to staging\n");
    assert_eq!((second.out.as_str(), second.code), ("", 1));
    let sentence =
        "another wilco runs on it; stop that one, or give this one a directory of its own";
    assert!(second.err.contains(sentence), "{}", second.err);
    // The first one is not disturbed, and may be asked about from beside.
    first.say("whoami\n");
    first.until("ana");
    assert_eq!(ask(&["deployments", "--data", data.path().to_str().unwrap()]).code, 0);
    let database = data.path().join("wilco.db");
    assert_eq!(ask(&["audit", "verify", database.to_str().unwrap()]).code, 0);
    first.end();
    assert_eq!(demo(data.path(), "status\n").code, 0);
}

#[test]
fn a_demo_that_is_stopped_during_a_run_keeps_what_the_run_needs() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = Open::begin(wilco(&["demo"]).env("TMPDIR", folder.path()));
    open.say("deploy web to staging\n");
    open.until("is running: build");
    let id = open.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let said = open.until("a run still goes on, so this is kept: ");
    open.end();
    let (_, kept) = said.trim_end().split_once("kept: ").unwrap();
    let runs = fs::read_dir(Path::new(kept).join("runs")).unwrap();
    let run = runs.map(|run| run.unwrap().path()).find(|run| run.is_dir()).unwrap();
    while !run.join("end.json").exists() {
        std::thread::yield_now();
    }
}

/// Configures a demo in which one person may say as much at once as they can.
fn as_fast_as_one_types(data: &Path) {
    assert_eq!(demo(data, "").code, 0);
    let settings = data.join("demo/config/wilco.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let wide = text.replace("burst           = 20", "burst           = 10000");
    assert_ne!(text, wide);
    fs::write(&settings, wide).unwrap();
}

#[test]
fn a_flood_of_one_person_meets_a_limit_and_costs_bounded_memory() {
    const LIMIT: &str = "ana has 20 deployments that are not over, and 20 is the most";
    let data = tempfile::tempdir().unwrap();
    as_fast_as_one_types(data.path());
    let mut open = Open::start(data.path());
    open.say(&"deploy web to prod\n".repeat(70));
    (0..50).for_each(|_| drop(open.until(LIMIT)));
    let before = open.memory();
    open.say(&"deploy web to prod\n".repeat(250));
    (0..250).for_each(|_| drop(open.until(LIMIT)));
    let grown = open.memory() - before;
    assert!(grown < 8 * 1024, "250 lines cost {grown} KiB");
    // Others are served.
    open.say("/as mina\ndeploy api to prod\n");
    open.until("#21 api");
    open.end();
}

#[test]
fn a_demo_whose_reader_went_away_ends_so_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut child = wilco(&["demo", "--data", data.to_str().unwrap()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut typed = child.stdin.take().unwrap();
    // It stays open: what ends the demo is that nobody reads.
    typed.write_all(b"deploy web to staging\n").unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().starts_with("#1 ")));
    drop(said);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(141));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    drop(typed);
    let again = demo(&data, "");
    assert!(again.out.contains("is live in staging"), "{}", again.out);
    let record =
        ask(&["audit", "export", "--format", "csv", data.join("wilco.db").to_str().unwrap()]);
    assert!(record.code == 0 && !record.out.contains("given_up"), "{}", record.out);
}
