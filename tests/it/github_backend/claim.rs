//! The step that claims a key, as `wilco github workflow` prints it: its script is run against the simulated GitHub,
//! and wilco reads what it left there.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use tempfile::TempDir;
use wilco::backend::Backend as _;
use wilco_core::event::{RunEnd, RunReport};
use wilco_core::ids::RunRef;

use super::{API, Scene, deploying};
use crate::sim::github::{Change, TOKEN};

const PRINTED: &str = include_str!("../../../src/command_line/github/deploy.yml");

/// As much of GitHub's own `gh api` as the script uses.
const GH: &str = r#"#!/usr/bin/env python3
import json, os, sys
from urllib import error, request
words = sys.argv[1:]
if words.pop(0) != "api":
    sys.exit("only `gh api` is known here")
path, fields, shown = words.pop(0), {}, None
while words:
    option, value = words.pop(0), words.pop(0)
    if option == "-f":
        name, _, text = value.partition("=")
        fields[name] = text
    elif option == "--jq":
        shown = value.removeprefix(".")
    else:
        sys.exit("unknown option " + option)
asked = request.Request(
    os.environ["SIMULATED"] + "/" + path,
    data=json.dumps(fields).encode() if fields else None,
    headers={
        "authorization": "Bearer " + os.environ["GH_TOKEN"],
        "content-type": "application/json",
        "user-agent": "gh",
    },
)
try:
    answer = json.load(request.build_opener(request.ProxyHandler({})).open(asked))
except error.HTTPError as refused:
    sys.exit(refused.read().decode())
print(answer[shown] if shown else json.dumps(answer))
"#;

/// What the checkout has.
const GIT: &str = "#!/bin/sh\ntest \"$*\" = 'rev-parse HEAD' && echo \"$HAVE\"\n";

/// Where the script finds the two programs that it uses.
struct Runner(TempDir);

impl Runner {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for (name, text) in [("gh", GH), ("git", GIT)] {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(folder)
    }

    /// Runs the step in this run, whose checkout has one commit and whose inputs name another or the same.
    async fn claim(&self, scene: &Scene, run: &str, [have, approved]: [&str; 2]) -> Output {
        let path = std::env::var("PATH").unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", &script()]).env_clear().envs([
            ("PATH", format!("{}:{path}", self.0.path().display()).as_str()),
            ("SIMULATED", &scene.github.api_url()),
            ("HAVE", have),
            ("GH_TOKEN", TOKEN),
            ("OP_KEY", "42-k1"),
            ("COMMIT", approved),
            ("GITHUB_RUN_ID", run),
            ("GITHUB_REPOSITORY", API),
            ("GITHUB_SERVER_URL", "https://github.example.com"),
        ]);
        tokio::task::spawn_blocking(move || shell.output().expect("there are sh and python3"))
            .await
            .unwrap()
    }
}

/// The script of the step "Claim the key".
fn script() -> String {
    let (_, step) = PRINTED.split_once("- name: Claim the key\n").expect("there is such a step");
    let (_, lines) = step.split_once("run: |\n").expect("it runs a script");
    let indent = " ".repeat(10);
    lines.lines().map_while(|line| line.strip_prefix(&indent)).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_printed_step_claims_the_key_once_and_says_which_run_and_commit_it_is() {
    let scene = Scene::open().await;
    // The commit is from before the workflows changed, as it is in a rollback.
    let other =
        Change::by("ana", "Test, too").with("added", ".github/workflows/ci.yml", "on: push");
    scene.at().commit("main", other);
    scene.at().workflow(deploying().without_fence().by_hand());
    let order = scene.order("42-k1", &scene.first).await;
    let [first, second] = [(); 2].map(|()| scene.adapter.start(&order));
    let [first, second]: [RunRef; 2] = [first.await.unwrap().run, second.await.unwrap().run];
    let (sealed, runner) = (scene.first.as_str(), Runner::new());

    let elsewhere = "f".repeat(40);
    let other = runner.claim(&scene, second.as_str(), [&elsewhere, sealed]).await;
    assert!(!other.status.success(), "{other:?}");
    assert_eq!(scene.at().said_by("refs/wilco/op/42-k1"), None);

    let claimed = runner.claim(&scene, second.as_str(), [sealed, sealed]).await;
    assert!(claimed.status.success(), "{claimed:?}");
    let late = runner.claim(&scene, first.as_str(), [sealed, sealed]).await;
    let why = String::from_utf8_lossy(&late.stderr);
    assert!(!late.status.success() && why.contains("already exists"), "{late:?}");

    // Wilco finds the one that has the key, which is not the one that began first.
    assert_eq!(scene.adapter.find(&order).await.unwrap().unwrap().run, second);
    for _ in 0..2 {
        scene.at().move_on(second.as_str().parse().unwrap());
    }
    let (reports, outcome) = scene.follow(&order, &second).await;
    assert_eq!(outcome.end, RunEnd::Succeeded);
    assert!(reports.contains(&RunReport::Working { commit: scene.first.clone() }), "{reports:?}");
}
