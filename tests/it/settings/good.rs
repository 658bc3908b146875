//! What is written is what is read.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use wilco_core::catalog::{Limits, Rate, Recipe, Repository, Who};
use wilco_core::ids::{Account, EnvironmentName, Place, Platform, ServiceName};
use wilco_core::manifest::Does;
use wilco_core::notice::Locale;
use wilco_core::policy::EXPIRES_DEFAULT;
use wilco_core::time::Duration;

use super::{Configuration, DEPLOY, PEOPLE, SERVICES};

#[test]
fn what_is_left_out_has_its_default() {
    let configuration = Configuration::with("config/wilco.toml", "");
    let settings = configuration.load().unwrap();
    let catalog = &settings.catalog;
    assert_eq!((catalog.locale, catalog.timezone.name()), (Locale::En, "UTC"));
    assert_eq!((settings.console.channel.as_str(), settings.console.person), ("deploys", None));
    assert_eq!(catalog.limits, Limits::default());
    let api = &catalog.services["api"];
    let prod = &api.environments["prod"];
    assert_eq!((&api.repository, &api.channel), (&None, &None));
    assert_eq!(prod.pipeline.timeout, Duration::seconds(1800));
    assert_eq!(prod.policy.expires, EXPIRES_DEFAULT);
    assert!(!prod.policy.requester);
    assert_eq!(prod.policy.reject, prod.policy.groups[0].from);
    let Recipe::Command { directory, pass, .. } = &prod.pipeline.recipe else { panic!() };
    assert_eq!(Path::new(directory), configuration.path("config").canonicalize().unwrap());
    assert!(pass.is_empty());
}

#[test]
fn limits_are_those_that_are_written() {
    let text = "[limits]\nopen_per_person = 1\nopen_per_lane = 2\nburst = 3\nper_minute = 4";
    let limits = Configuration::with("config/wilco.toml", text).load().unwrap().catalog.limits;
    let rate = Rate { burst: 3, per_minute: 4 };
    assert_eq!(limits, Limits { open_per_person: 1, open_per_lane: 2, rate });
}

#[test]
fn languages_are_those_of_channels_and_people() {
    let text = "locale = \"en\"\n[channel.deploys]\nconsole = \"deploys\"\n\
                [channel.seoul]\nconsole = \"seoul\"\nslack = \"C0123456789\"\nlocale = \"ko\"\n\
                [channel.again]\nslack = \"C0123456789\"\nlocale = \"ko\"\n";
    let configuration = Configuration::with("config/wilco.toml", text);
    configuration.write(
        "config/people.toml",
        &format!("{PEOPLE}\n[person.mina]\nconsole = [\"mina\"]\nlocale = \"ko\"\n"),
    );
    let catalog = configuration.load().unwrap().catalog;
    let place = |platform, channel: &str| Place::in_channel(platform, channel);
    assert_eq!(catalog.locale_of(&place(Platform::Console, "deploys")), Locale::En);
    assert_eq!(catalog.locale_of(&place(Platform::Console, "seoul")), Locale::Ko);
    assert_eq!(catalog.locale_of(&place(Platform::Slack, "C0123456789")), Locale::Ko);
    assert_eq!(catalog.locales.len(), 2);
    assert_eq!(catalog.people.by_name(&"mina".parse().unwrap()).unwrap().locale, Some(Locale::Ko));
    assert!(catalog.people.iter().any(|person| person.locale.is_none()));
}

#[test]
fn who_is_everybody_known_for_what_acts_and_anybody_for_what_shows() {
    let who = |text: &str| {
        let configuration = Configuration::with("commands/deploy.toml", text);
        configuration.load().unwrap().catalog.commands["deploy"].who.clone()
    };
    assert_eq!(who(DEPLOY).roles().len(), 1);
    let everybody = DEPLOY.replace("who = [\"deployer\"]\n", "");
    assert_eq!(who(&everybody), Who::People);
    assert_eq!(who(&everybody.replace("\"deploy\"\n", "\"status\"\n")), Who::Anybody);
    let pipeline =
        "pipeline = { backend = \"command\", run = [\"a\"] }\npolicy = { approvals = 0 }";
    assert_eq!(who(&everybody.replace("action = \"deploy\"", pipeline)), Who::People);
}

#[test]
fn what_is_written_is_what_is_read() {
    let configuration = Configuration::good();
    configuration.write("config/services/team.toml", "\
[service.web]
path = \"../..\"
channel = \"deploys\"
[service.web.environment.staging]
branches = [\"main\", \"release/*\"]
ref = \"main\"
policy = { groups = [{ approvals = 1, from = [\"approver\"] }, { approvals = 1, from = [\"deployer\"] }], requester = true, authors = false, risky = [\"migrations/*\"], expires = \"1h30m\", reject = [\"deployer\"] }
[service.web.environment.staging.pipeline]
backend = \"command\"
run = [\"./deploy.sh\", \"--to={environment}\", \"{parameters.fail_at}\", \"{{\\\"json\\\": {{}}}}\"]
directory = \"..\"
pass = [\"LANG\"]
stages = [\"one\", \"two\"]
timeout = \"90s\"
parameters = { fail_at = { default = \"\", choices = [\"one\"], summary = \"for practice\" } }
");
    let catalog = configuration.load().unwrap().catalog;
    let web = &catalog.services["web"];
    let root = configuration.path(".").canonicalize().unwrap();
    let above = root.parent().unwrap().to_str().unwrap().to_owned();
    assert_eq!(web.repository, Some(Repository::Path(above)));
    let staging = &web.environments["staging"];
    assert_eq!(staging.branches, ["main", "release/*"]);
    assert_eq!(staging.policy.approvals(), 2);
    assert!(staging.policy.requester && !staging.policy.authors);
    assert_eq!(staging.policy.risky, ["migrations/*"]);
    assert_eq!(staging.policy.expires, Duration::seconds(5400));
    assert_eq!(staging.pipeline.stages, ["one", "two"]);
    let Recipe::Command { run, directory, .. } = &staging.pipeline.recipe else { panic!() };
    assert_eq!((run.len(), directory.as_str()), (4, root.to_str().unwrap()));
    let slack = Account { platform: Platform::Slack, workspace: "T1".into(), user: "U2".into() };
    assert_eq!(catalog.people.by_account(&slack).unwrap().name.as_str(), "ben");
}

#[test]
fn the_digest_names_the_content_wherever_it_lies() {
    let (one, other) = (Configuration::good(), Configuration::good());
    let digest = |configuration: &Configuration| configuration.load().unwrap().catalog.digest;
    assert_eq!(digest(&one), digest(&other));
    for (name, text) in [
        ("config/people.toml", PEOPLE),
        ("commands/deploy.toml", DEPLOY),
        ("config/wilco.toml", ""),
    ] {
        let before = digest(&other);
        other.write(name, &format!("{text}\n# moved\n"));
        assert_ne!(digest(&other), before, "{name}");
    }
}

#[test]
fn the_configuration_of_this_repository_loads() {
    let configuration = Configuration::good();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["wilco.toml", "services.toml", "people.toml"] {
        configuration.copy(&repository.join("config").join(name), &format!("config/{name}"));
    }
    for entry in fs::read_dir(repository.join("commands")).into_iter().flatten() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        configuration.copy(&entry.path(), &format!("commands/{name}"));
    }
    let catalog = configuration.load().unwrap().catalog;
    let approvals = |service: &str, environment: &str| {
        let (service, environment) = (ServiceName::new(service), EnvironmentName::new(environment));
        let lane = catalog.environment(&service.unwrap(), &environment.unwrap());
        lane.unwrap().policy.approvals()
    };
    assert_eq!((approvals("web", "staging"), approvals("web", "prod")), (0, 1));
    assert_eq!((approvals("api", "staging"), approvals("api", "prod")), (0, 2));
    assert!(matches!(catalog.commands["deploy"].does, Does::Action(_)));
}

#[test]
fn a_thousand_services_load() {
    let mut text = String::new();
    for number in 0..1000 {
        for environment in ["staging", "prod"] {
            let section = SERVICES.replace("service.api.", &format!("service.s{number}."));
            write!(text, "{}", section.replace("prod", environment)).unwrap();
        }
    }
    let catalog = Configuration::with("config/services.toml", &text).load().unwrap().catalog;
    assert_eq!(catalog.services.len(), 1000);
    assert!(catalog.services.values().all(|service| service.environments.len() == 2));
}
