//! What only some configurations need: to read checks, to read and change deployments, and secrets of webhooks.

use super::{API, KEY_NAME, Setup, TOKEN_NAME, block, of_github};
use crate::program::Said;
use crate::sim::github::{APP_ID, APP_KEY, Fault};

const SECRET_NAME: &str = "WILCO_GITHUB_WEBHOOK_SECRET";
const PIPELINE_NAME: &str = "WILCO_WEBHOOK_SECRET";

/// The page's services, with checks, deployments and reviews in prod.
fn asking() -> String {
    let services = block("[service.api]");
    let policy = services.replace("requester = false,", "requester = false, checks = [\"build\"],");
    let more = "deployments = \"production\", reviews = [\"production\"], timeout";
    let asking = policy.replace("timeout", more);
    assert!(asking.contains("checks") && asking.contains("reviews"), "{asking}");
    asking
}

/// The lines of one stage.
fn of_stage<'a>(said: &'a Said, stage: &str) -> Vec<&'a str> {
    let mut lines = said.out.lines().skip_while(|line| !line.contains(stage));
    let first = lines.next().into_iter();
    first.chain(lines.take_while(|line| line.starts_with("       ")).map(str::trim)).collect()
}

const ALL: [(&str, &str); 6] = [
    ("metadata", "read"),
    ("contents", "write"),
    ("actions", "write"),
    ("checks", "read"),
    ("statuses", "read"),
    ("deployments", "write"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_only_some_policies_and_pipelines_need_is_named() {
    let setup = Setup::new().await;
    let token = "github_pat_some";
    let check = |may: &[(&str, &str)]| {
        setup.github.token(token, "wilco", &[API], may);
        setup.check_with(&[(TOKEN_NAME, token)])
    };
    let few: Vec<_> = ALL.into_iter().take(3).collect();
    assert_eq!(check(&few).code, 0, "nobody asks for more");
    setup.write("services.toml", &asking());
    let said = check(&ALL);
    assert_eq!(of_stage(&said, "github permissions"), ["ok     github permissions (4 checked)"]);
    assert_eq!(said.code, 0, "{}", said.out);
    assert_eq!(setup.github.at(API).deployments().len(), 0, "it only asked whether it may");
    let checks = "GitHub does not let wilco look at the checks of a commit in acme/api, so nothing starts that waits \
                  for checks (used by api in prod); let wilco come as a GitHub App with the permission \"Checks: \
                  read\": fine-grained tokens see the checks of public repositories alone";
    let statuses = "GitHub does not let wilco look at the statuses of a commit in acme/api, so nothing starts that \
                    waits for checks (used by api in prod); give the token the permission \"Commit statuses: \
                    read\"";
    let read = "GitHub does not let wilco look at deployments in acme/api, so its pages show none of what is deployed \
                (used by api in prod); give the token the permission \"Deployments: read\"";
    let write = "GitHub does not let wilco change deployments in acme/api, so its pages show none, and no environment \
                 is approved there (used by api in prod); give the token the permission \"Deployments: read and \
                 write\"";
    for (name, level, wrong) in [
        ("checks", "none", &[checks][..]),
        ("statuses", "none", &[statuses]),
        ("deployments", "none", &[read, write]),
        ("deployments", "read", &[write]),
    ] {
        let may = ALL.map(|(one, usual)| (one, if one == name { level } else { usual }));
        let said = check(&may);
        let lines = of_stage(&said, "github permissions");
        assert_eq!((&lines[1..], said.code), (wrong, 1), "{name}: {}", said.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_without_a_permission_is_told_to_be_given_it_and_what_cannot_be_asked_is_put_off() {
    let setup = Setup::new().await;
    setup.write("services.toml", &asking());
    setup.github_table(&format!("app = {APP_ID}\n"));
    let lets = Fault::Error { status: 403, message: "Resource not accessible by integration" };
    setup.github.fail_in(API, "checks/list-for-ref", lets);
    let said = setup.check_with(&[(KEY_NAME, APP_KEY)]);
    let mend = format!(
        "give app {APP_ID} the permission \"Checks: read\", and accept it where the app is installed"
    );
    assert!(of_stage(&said, "github permissions")[1].ends_with(&mend), "{}", said.out);
    // A GitHub that fails is no permission that lacks.
    setup.github.heal("checks/list-for-ref");
    setup.github.fail_in(API, "repos/list-deployments", Fault::ServerErrorBefore(502));
    let said = setup.check_with(&[(KEY_NAME, APP_KEY)]);
    let line = of_stage(&said, "github permissions")[1];
    assert!(line.contains("502") && line.ends_with("; check again"), "{line}");
    setup.github_table("");
    let services = asking().replace("acme/api", "acme/apj");
    setup.write("services.toml", &services);
    let said = setup.check();
    let lines = of_stage(&said, "github permissions");
    assert_eq!(lines.len(), 5, "{}", said.out);
    assert_eq!(lines[1], "not checked: Checks: read: wilco is not let into acme/apj");
    let said = setup.check_with(&[(TOKEN_NAME, "github_pat_other")]);
    let put_off = of_github(&said).into_iter().filter(|line| line.contains("cannot be asked for"));
    assert_eq!(put_off.count(), 3, "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_a_webhook_that_is_missing_is_told_with_what_is_lost() {
    let setup = Setup::new().await;
    let check = |secrets: &[(&str, &str)]| {
        let token = [(TOKEN_NAME, crate::sim::github::TOKEN)];
        let said = setup.check_with(&[&token, secrets].concat());
        let lines: Vec<_> =
            of_stage(&said, "webhook secrets").into_iter().map(str::to_owned).collect();
        (lines, said.code)
    };
    assert_eq!(check(&[]), (vec![], 0), "nobody is to call");
    let next = "put the secret of a webhook on GitHub there, as docs/operations.md says";
    setup.github_table("\n[http]\nlisten = \"127.0.0.1:0\"\n");
    let right = "ok     webhook secrets (1 checked)".to_owned();
    let slower = format!(
        "note: {SECRET_NAME} is not set, so runs and checks are only looked at every so often; {next}"
    );
    assert_eq!(check(&[]), (vec![right.clone(), slower], 0));
    assert_eq!(check(&[(SECRET_NAME, "s3cret")]), (vec![right.clone()], 0));
    let (lines, code) = check(&[(SECRET_NAME, " ")]);
    assert!(lines[1].starts_with("WILCO_GITHUB_WEBHOOK_SECRET is empty"), "{lines:?}");
    assert_eq!((lines[0].as_str(), code), ("wrong  webhook secrets", 1));
    // What nobody hears of does not depend on where wilco would listen.
    let url = setup.github.api_url();
    let news = |kinds: &str| {
        setup.write(
            "wilco.toml",
            &format!(
                "[channel.deploys]\nconsole = \"deploys\"\n[[channel.deploys.news]]\nkinds = [{kinds}]\n\
                 [github]\napi_url = \"{url}\"\n"
            ),
        );
    };
    news("\"build\", \"deployment\"");
    let silent = format!(
        "note: {SECRET_NAME} is not set, so #deploys gets none of the news that GitHub tells; {next}"
    );
    assert_eq!(check(&[]), (vec![right, silent], 0));
    news("\"deployment\"");
    assert_eq!(check(&[]), (vec![], 0), "that is wilco's own");
    // Pipelines behind a webhook; without their secrets wilco does not start.
    let services = block("[service.api]").replacen(
        "{ backend = \"github\", workflow = \"deploy.yml\" }",
        "{ backend = \"webhook\", url = \"http://127.0.0.1:9/start\", secret = \"ci\" }",
        1,
    );
    setup.write("services.toml", &services);
    let (lines, code) = check(&[]);
    assert_eq!((lines[0].as_str(), code), ("wrong  webhook secrets", 1), "{lines:?}");
    let missing = format!("{PIPELINE_NAME}_CI is not set: put");
    assert!(lines[1].starts_with(&missing), "{lines:?}");
    assert!(lines[1].ends_with("(used by api in staging)"), "{lines:?}");
    let secret = format!("{PIPELINE_NAME}_CI");
    assert_eq!(check(&[(&secret, "s3cret")]).1, 0);
}
