//! `wilco check` with GitHub: each fault is told apart from the others, with its mend; and docs/github.md.

mod permissions;

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use super::running::Running;
use super::{Said, ask, run, wilco};
use crate::sim::github::{
    APP_ID, APP_KEY, Change, Dispatch, Fault, Github, Input, TOKEN, Workflow,
};

const API: &str = "acme/api";
const FILE: &str = ".github/workflows/deploy.yml";
const TOKEN_NAME: &str = "WILCO_GITHUB_TOKEN";
const KEY_NAME: &str = "WILCO_GITHUB_APP_KEY";
const OTHER_KEY: &str = include_str!("github_check/other.pem");
const PAGE: &str = include_str!("../../../docs/github.md");

#[test]
fn the_printed_workflow_lets_no_input_become_a_part_of_a_script() {
    let printed = ask(&["github", "workflow"]).out;
    let taken = printed.lines().filter(|line| line.contains("${{")).map(str::trim);
    let (mut scripts, mut values) = (0, 0);
    for line in taken {
        let (key, value) = line.split_once(": ").unwrap();
        // A value of its own: what is in it is data wherever it goes.
        let is_value = key == "ref" || key.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        assert!(is_value || key == "run-name", "{line}");
        assert!(value.starts_with("${{") || key == "run-name", "{line}");
        values += 1;
    }
    let mut lines = printed.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim() == "run: |" {
            scripts += 1;
            let depth = line.len() - line.trim_start().len();
            let is_in = |line: &&str| line.len() - line.trim_start().len() > depth;
            while let Some(line) = lines.next_if(is_in) {
                assert!(!line.contains("${{"), "{line}");
            }
        }
    }
    assert_eq!((scripts, values > 8), (2, true));
    // Nothing may be done that a job does not name.
    assert!(printed.contains("\npermissions: {}\n"));
}

/// The block of TOML of the page that begins so.
fn block(begins: &str) -> &'static str {
    let mut blocks = PAGE.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.find(|block| block.starts_with(begins)).unwrap()
}

/// What the page says to write, and a GitHub in which everything is as it should be.
struct Setup {
    github: Github,
    folder: TempDir,
}

impl Setup {
    async fn new() -> Self {
        let github = Github::open().await;
        github.repository(API);
        let printed = ask(&["github", "workflow"]).out;
        let change = Change::by("ana", "Let wilco deploy").with("added", FILE, &printed);
        github.at(API).commit("main", change);
        github.at(API).workflow(deploying());
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(run(wilco(&["init", "."]).current_dir(&folder), b"").code, 0);
        let setup = Self { github, folder };
        setup.write("services.toml", block("[service.api]"));
        let others = ["ben", "mina"].map(|name| {
            format!(
                "[person.{name}]\nconsole = [\"{name}\"]\nroles = [\"deployer\", \"approver\"]\n"
            )
        });
        setup.write("people.toml", &format!("{}\n{}", block("[person.ana]"), others.join("\n")));
        setup.github_table("");
        setup
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.folder.path().join("config").join(file), text).unwrap();
    }

    fn github_table(&self, more: &str) {
        let url = self.github.api_url();
        let table = format!("[github]\napi_url = \"{url}\"\n{more}");
        self.write("wilco.toml", &format!("[channel.deploys]\nconsole = \"deploys\"\n\n{table}"));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = wilco(arguments);
        let secrets = ["WILCO_GITHUB_WEBHOOK_SECRET", "WILCO_WEBHOOK_SECRET"];
        for name in [TOKEN_NAME, KEY_NAME].into_iter().chain(secrets) {
            command.env_remove(name).env_remove(format!("{name}_FILE"));
        }
        command.current_dir(&self.folder);
        command
    }

    fn check_with(&self, secrets: &[(&str, &str)]) -> Said {
        let mut command = self.command(&["check"]);
        command.envs(secrets.iter().copied());
        tokio::task::block_in_place(|| run(&mut command, b""))
    }

    fn check(&self) -> Said {
        self.check_with(&[(TOKEN_NAME, TOKEN)])
    }
}

fn deploying() -> Workflow {
    let more = ["service", "environment", "version"].map(|name| Input::optional(name, ""));
    more.into_iter().fold(Workflow::deploying("deploy.yml"), Workflow::taking)
}

/// The lines of the stages that concern GitHub.
fn of_github(said: &Said) -> Vec<&str> {
    let mut lines = said.out.lines().peekable();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if line.contains(" github ") {
            found.push(line);
            while let Some(more) = lines.next_if(|line| line.starts_with("       ")) {
                found.push(more.trim());
            }
        }
    }
    found
}

const RIGHT: [&str; 3] = [
    "ok     github token (1 checked)",
    "ok     github repositories (1 checked)",
    "ok     github workflows (1 checked)",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_the_page_says_is_right_and_leads_to_a_deployment() {
    let setup = Setup::new().await;
    let said = setup.check();
    assert_eq!((of_github(&said), said.code), (RIGHT.to_vec(), 0), "{}{}", said.out, said.err);
    // It asked whether it may, and nothing came of it.
    assert_eq!((setup.github.at(API).runs().len(), setup.github.dispatches()), (0, 1));
    assert!(setup.github.at(API).refs().keys().all(|name| !name.starts_with("refs/wilco")));
    let mut command = setup.command(&["run", "--data", "data"]);
    command.env(TOKEN_NAME, TOKEN);
    let mut running = Running::begin(&setup.folder, command, "info");
    running.say("deploy api to staging");
    running.until_out("is live in staging");
    running.stop();
    assert_eq!(setup.github.at(API).runs().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_checked_as_a_token_is() {
    let setup = Setup::new().await;
    setup.github_table(&format!("app = {APP_ID}\n"));
    let said = setup.check_with(&[(KEY_NAME, APP_KEY)]);
    assert_eq!((of_github(&said), said.code), (RIGHT.to_vec(), 0), "{}{}", said.out, said.err);
    setup.github_table("app = 77\n");
    let said = setup.check_with(&[(KEY_NAME, APP_KEY)]);
    let wrong = "GitHub knows no app 77; compare it with the App ID in the app's settings";
    assert_eq!((of_github(&said)[1], said.code), (wrong, 1), "{}", said.out);
    setup.github_table(&format!("app = {APP_ID}\n"));
    let said = setup.check_with(&[(KEY_NAME, OTHER_KEY)]);
    let wrong = format!("GitHub does not take WILCO_GITHUB_APP_KEY as the key of app {APP_ID}");
    assert!(of_github(&said)[1].starts_with(&wrong), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_wrong_or_missing_is_said_once() {
    let setup = Setup::new().await;
    for (secrets, message) in [
        (&[][..], "WILCO_GITHUB_TOKEN is not set: put"),
        (
            &[(TOKEN_NAME, "github_pat_other")],
            "GitHub does not take WILCO_GITHUB_TOKEN; make a new",
        ),
    ] {
        let said = setup.check_with(secrets);
        let lines = of_github(&said);
        assert_eq!((said.code, lines[0]), (1, "wrong  github token"), "{}", said.out);
        assert!(lines[1].starts_with(message), "{}", said.out);
        let put_off =
            "not checked: they cannot be asked for until GitHub takes what wilco comes with";
        assert_eq!(lines.iter().filter(|line| **line == put_off).count(), 2, "{}", said.out);
    }
    // A machine that does not get there is no wrong token.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let table = format!("[github]\napi_url = \"http://{closed}\"\n");
    setup.write("wilco.toml", &format!("[channel.deploys]\nconsole = \"deploys\"\n\n{table}"));
    let said = setup.check();
    let line = of_github(&said)[1];
    assert!(line.starts_with("GitHub cannot be reached to look at a repository"), "{line}");
    assert!(
        line.ends_with(&format!("look whether this machine gets to http://{closed}")),
        "{line}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_or_a_ref_that_is_not_there_is_told_with_who_uses_it() {
    let setup = Setup::new().await;
    let services = block("[service.api]");
    setup.write("services.toml", &services.replace("acme/api", "acme/apj"));
    let said = setup.check();
    let lines = of_github(&said);
    let wrong = "GitHub shows wilco no repository acme/apj (used by api in prod, api in staging, service api); \
                 give the token access to it, or write the name as GitHub does";
    assert_eq!((lines[1], lines[2]), ("wrong  github repositories", wrong), "{}", said.out);
    assert!(lines[4].starts_with("not checked: deploy.yml of acme/apj"), "{}", said.out);

    let with_ref = services.replace("branches =", "ref = \"mian\"\nbranches =");
    setup.write("services.toml", &with_ref);
    let said = setup.check();
    let line = of_github(&said)[2];
    assert!(line.starts_with("there is no tag, branch or commit `mian` in acme/api"), "{line}");
    assert!(line.contains("(used by api in prod); let `ref` name what is in acme/api"), "{line}");

    setup.write("services.toml", services);
    let moved = Fault::Error { status: 301, message: "Moved Permanently" };
    setup.github.fail_in(API, "repos/get", moved);
    let said = setup.check();
    let line = of_github(&said)[2];
    assert!(line.contains("the repository has another name now; write that one"), "{}", said.out);
}

/// The one line that is wrong with the workflows.
fn of_workflows(said: &Said) -> String {
    let lines = of_github(said);
    let at = lines.iter().position(|line| *line == "wrong  github workflows");
    let at = at.unwrap_or_else(|| panic!("{}{}", said.out, said.err));
    assert_eq!(lines.len(), at + 2, "{}", said.out);
    lines[at + 1].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_that_wilco_cannot_use_is_told_before_anybody_deploys() {
    let setup = Setup::new().await;
    let at = setup.github.at(API);
    let printed = ask(&["github", "workflow"]).out;
    let put = |text: &str| {
        at.commit("main", Change::by("ana", "Change it").with("modified", FILE, text));
        of_workflows(&setup.check())
    };
    let line = put(&printed.replace("refs/wilco/op/", "refs/other/"));
    let wrong = "deploy.yml of acme/api says nowhere `refs/wilco/op/`: it claims no key, and could work twice \
                 (used by api in prod, api in staging); compare it with what `wilco github workflow` prints";
    assert_eq!(line, wrong);
    let line = put(&printed.replace("${{ inputs.op_key }}", "${{ github.run_id }}"));
    assert!(line.contains("`inputs.op_key`: wilco would not find its run again"), "{line}");
    let line = put(&printed.replace("      version:\n", "      release:\n"));
    assert!(line.contains("takes no input `version`, which wilco gives it"), "{line}");
    at.commit("main", Change::by("ana", "As printed").with("modified", FILE, &printed));
    at.workflow(Workflow { dispatch: Dispatch::Disabled, ..deploying() });
    let line = of_workflows(&setup.check());
    assert!(line.contains("deploy.yml of acme/api is switched off (disabled_manually)"), "{line}");
    at.remove_workflow("deploy.yml");
    let line = of_workflows(&setup.check());
    assert!(line.starts_with("GitHub knows no workflow deploy.yml of acme/api"), "{line}");
    at.commit("main", Change::by("ana", "Remove it").with("removed", FILE, ""));
    let line = of_workflows(&setup.check());
    assert!(line.contains("no .github/workflows/deploy.yml on `main` of acme/api"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_is_missing_is_named() {
    let setup = Setup::new().await;
    let all = [("contents", "write"), ("actions", "write"), ("metadata", "read")];
    for (lacking, named) in [("actions", "Actions"), ("contents", "Contents")] {
        let may = all.map(|(name, level)| (name, if name == lacking { "read" } else { level }));
        setup.github.token("github_pat_less", "wilco", &[API], &may);
        let line = of_workflows(&setup.check_with(&[(TOKEN_NAME, "github_pat_less")]));
        let mend =
            format!("give the token, or the app, the permission \"{named}: read and write\"");
        assert!(line.contains("(403)") && line.ends_with(&mend), "{line}");
    }
}
