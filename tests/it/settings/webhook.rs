//! What a pipeline behind a webhook says, and where its requests may go.

use wilco_core::catalog::{Asked, Recipe};
use wilco_core::ids::{EnvironmentName, ServiceName};

use super::{Configuration, SERVICES};

/// The services with another pipeline in the place of the program's.
fn services(pipeline: &str) -> String {
    let line = SERVICES.lines().find(|line| line.trim_start().starts_with("pipeline")).unwrap();
    SERVICES.replace(line, &format!("pipeline = {pipeline}"))
}

#[test]
fn a_webhook_goes_nowhere_in_the_open() {
    for (rest, said) in [
        ("", "`url` is missing in pipeline"),
        ("url = \"http://ci.example.com/\"", "is no address that nobody on the way can read"),
        ("url = \"https://ana:hunter2@ci.example.com/\"", "without a name or password in it"),
        ("url = \"http://127.0.0.1:9000@ci.example.com/\"", "without a name or password in it"),
        ("url = \"ci.example.com\"", "write an address that begins with https://"),
        ("url = \"https://ci.example.com/a b\"", "has characters that no address has"),
        ("url = \"https://ci.example.com/#a\"", "has characters that no address has"),
        ("url = \"https://a/\", report_to = \"http://b/\"", "is no address that nobody"),
        ("url = \"https://a/\", secret = \"Hunter 2\"", "the name of a secret"),
        (
            "url = \"https://a/\", secret = \"0123456789abcdef0123456789abcdef\"",
            "the name of a secret",
        ),
        ("url = \"https://a/\", understands = [\"cancle\"]", "did you mean \"cancel\"?"),
        ("url = \"https://a/\", understands = \"status\"", "`understands` takes a list"),
        ("url = \"https://a/\", run = [\"a\"]", "`run` belongs to `backend = \"command\"`"),
        (
            "url = \"https://a/\", workflow = \"a.yml\"",
            "`workflow` belongs to `backend = \"github\"`",
        ),
    ] {
        let rest = if rest.is_empty() { String::new() } else { format!(", {rest}") };
        let services = services(&format!("{{ backend = \"webhook\"{rest} }}"));
        let configuration = Configuration::with("config/services.toml", &services);
        configuration.has_one_fault("config/services.toml:", said);
        assert!(!configuration.faults().contains("0123456789abcdef"), "a secret is shown");
    }
}

#[test]
fn a_webhook_says_where_it_is_and_what_it_can_be_asked() {
    let services = services(
        "{ backend = \"webhook\", url = \"http://127.0.0.1:9000/a?b=c\", secret = \"team-a\", \
         understands = [\"cancel\", \"status\"] }",
    );
    let catalog = Configuration::with("config/services.toml", &services);
    let catalog = catalog.load().ok().unwrap().catalog;
    let names = (ServiceName::new("api").unwrap(), EnvironmentName::new("prod").unwrap());
    let Recipe::Webhook { url, report_to, secret, understands } =
        &catalog.environment(&names.0, &names.1).unwrap().pipeline.recipe
    else {
        panic!()
    };
    assert_eq!((url.as_str(), report_to), ("http://127.0.0.1:9000/a?b=c", &None));
    assert_eq!(understands.iter().collect::<Vec<_>>(), [&Asked::Status, &Asked::Cancel]);
    assert_eq!(catalog.webhook_secrets(), [secret.clone()].into());
    assert_eq!(secret.as_ref().unwrap().as_str(), "team-a");
}
