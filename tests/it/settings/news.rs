//! What channels are told: `[[channel.NAME.news]]`, its faults, and the page about it.

use std::fs;
use std::path::Path;

use wilco_core::news::{NewsKind, NewsState};

use super::Configuration;

const BEGIN: &str = "[channel.deploys]\nconsole = \"deploys\"\n[[channel.deploys.news]]\n";

#[test]
fn a_channel_is_told_what_it_asks_for() {
    let all = "kinds = [\"build\", \"release\"]\nservices = [\"api\"]\n\
               repositories = [\"acme/web\"]\nbranches = [\"main\", \"release/*\"]\n\
               environments = [\"prod*\"]\nworkflows = [\"CI\"]\ntags = [\"v*\"]\n\
               states = [\"failed\", \"succeeded\"]\n\
               offer = { service = \"api\", environment = \"prod\" }\n\
               [[channel.deploys.news]]\nkinds = [\"deployment\"]\n";
    let settings = Configuration::with("config/wilco.toml", &(BEGIN.to_owned() + all)).load();
    let news = settings.unwrap().catalog.news;
    let [(channel, first), (_, second)] = news.as_slice() else { panic!("{news:?}") };
    assert_eq!(channel.as_str(), "deploys");
    assert_eq!(first.kinds, [NewsKind::Build, NewsKind::Release]);
    assert_eq!(first.states, [NewsState::Failed, NewsState::Succeeded]);
    assert_eq!(first.offer.as_ref().unwrap().environment.as_str(), "prod");
    assert_eq!(second.kinds, [NewsKind::Deployment]);
}

#[test]
fn every_fault_of_news_is_said_where_it_is() {
    for (line, said) in [
        ("kinds = [\"biuld\"]", "`biuld` is none of them; did you mean \"build\"?"),
        ("kinds = []", "`kinds` is empty; name at least one kind"),
        ("states = [\"failed\"]", "kinds"),
        ("kinds = [\"build\"]\nkind = 1", "unknown key `kind` in news; known here: kinds, "),
        ("kinds = [\"build\"]\nstates = [\"broken\"]", "`broken` is none of them"),
        (
            "kinds = [\"build\"]\nservices = [\"apo\"]",
            "unknown service `apo`; did you mean \"api\"?",
        ),
        ("kinds = [\"build\"]\nrepositories = [\"acme\"]", "acme"),
        (
            "kinds = [\"build\"]\noffer = { service = \"api\", environment = \"prod\" }",
            "only a release can be offered",
        ),
        (
            "kinds = [\"release\"]\noffer = { service = \"api\", environment = \"prdo\" }",
            "api has no environment `prdo`; did you mean \"prod\"?",
        ),
    ] {
        let faults = Configuration::with("config/wilco.toml", &format!("{BEGIN}{line}\n")).faults();
        assert_eq!(faults.lines().count(), 1, "{faults}");
        assert!(faults.contains("wilco.toml:") && faults.contains(said), "{line}: {faults}");
    }
}

#[test]
fn every_key_of_news_is_in_the_example_and_on_the_pages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap();
    let example = read("config/wilco.toml");
    let after = example.split_once("[[channel.deploys.news]]").unwrap().1;
    let (page, chapter) = (read("docs/configuration.md"), read("docs/news.md"));
    for key in [
        "kinds",
        "services",
        "repositories",
        "branches",
        "environments",
        "workflows",
        "tags",
        "states",
        "offer",
    ] {
        let is_shown = |line: &str| line.trim_start_matches(['#', ' ']).starts_with(key);
        assert!(after.lines().any(is_shown), "config/wilco.toml does not show {key}");
        assert!(
            page.contains(&format!("| `channel.NAME.news.{key}` |")),
            "configuration.md: {key}"
        );
    }
    for kind in NewsKind::ALL {
        assert!(chapter.contains(&format!("| `{}` |", kind.code())), "news.md: {}", kind.code());
    }
}
