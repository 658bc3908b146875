//! What is wrong with what is written: a place, a reason, a next step.

use super::{Configuration, DEPLOY, SERVICES};

#[test]
fn five_faults_in_three_files_are_said_in_one_go() {
    let configuration = Configuration::good();
    configuration.write("config/wilco.toml", "locale = \"en\"\ntimezone = \"Asia/Soul\"\n");
    configuration.write(
        "config/services.toml",
        "[service.api]\npath = 5\n\n[service.api.environment.prod]\n\
         pipeline = { backend = \"command\", run = [\"./deploy.sh\", \"{comit}\"] }\n\
         policy = { approvals = 1, aprovers = [\"approver\"], from = [\"approver\"] }\n",
    );
    configuration.write("commands/deploy.toml", "say = [\"deploy\"]\nwho = [\n");
    assert_eq!(
        configuration.faults(),
        "\
commands/deploy.toml:2:8: unclosed array, expected `]`
config/services.toml:2:8: `path` takes a text, and this is a whole number; write it like \"..\"
config/services.toml:5:57: unknown placeholder `{comit}`; did you mean `{commit}`?
config/services.toml:6:27: unknown key `aprovers` in policy; known here: approvals, from, groups, requester, authors, risky, checks, expires, reject
config/wilco.toml:2:12: `Asia/Soul` is not a time zone; did you mean \"Asia/Seoul\"?
"
    );
}

#[test]
fn a_typo_in_a_policy_is_a_fault_and_not_an_open_door() {
    for (policy, said) in [
        (
            "{ aprovals = 1, from = [\"approver\"] }",
            "3:12: unknown key `aprovals` in policy; did you mean `approvals`?",
        ),
        ("{ aprovers = 1 }", "3:12: unknown key `aprovers` in policy; did you mean `approvals`?"),
        (
            "{ approvals = 1, from = [\"approver\"], requried = true }",
            "3:48: unknown key `requried` in policy; known here: approvals, from, groups, \
             requester, authors, risky, checks, expires, reject",
        ),
        (
            "{ approvals = 1, form = [\"approver\"] }",
            "3:27: unknown key `form` in policy; did you mean `from`?",
        ),
    ] {
        let services = SERVICES.replace("{ approvals = 1, from = [\"approver\"] }", policy);
        let expected = format!("config/services.toml:{said}\n");
        assert_eq!(Configuration::with("config/services.toml", &services).faults(), expected);
    }
}

#[test]
fn checks_are_named_one_by_one_and_only_where_github_has_them() {
    let policy = |checks: &str| format!("{{ checks = {checks}, approvals = 1");
    let with = |checks: &str| SERVICES.replace("{ approvals = 1", &policy(checks));
    let elsewhere = Configuration::with("config/services.toml", &with("[\"build\"]"));
    elsewhere.has_one_fault("config/services.toml:3:", "on GitHub only; take it out, or say where");
    let there = "[service.api]\nrepository = \"acme/api\"\n";
    let many: Vec<String> = (0..21).map(|number| format!("build {number}")).collect();
    let many = format!("{many:?}");
    for (checks, said) in [
        ("\"required\"", "`checks` takes"),
        ("[]", "`checks` is empty; leave it out where no check has to be green"),
        ("[1]", "takes a text"),
        (&many, "21 checks are more than the 20 that wilco reads"),
    ] {
        let services = format!("{there}{}", with(checks));
        let on_github = Configuration::with("config/services.toml", &services);
        on_github.has_one_fault("config/services.toml:5:", said);
    }
    let command = format!(
        "{}pipeline = {{ backend = \"command\", run = [\"true\"] }}\npolicy = {{ approvals = 0, checks = [\"a\"] }}\n",
        DEPLOY.replace("deploy <", "smoke <").replace("action = \"deploy\"\n", "")
    );
    let faults = Configuration::with("commands/smoke.toml", &command).faults();
    assert!(faults.contains("a command ships nothing whose `checks` could be green"), "{faults}");
}

#[test]
fn a_policy_that_nobody_could_satisfy_is_a_fault() {
    for (policy, said) in [
        ("{}", "`approvals` is missing in policy"),
        ("{ from = [\"approver\"] }", "`approvals` is missing in policy"),
        ("{ approvals = 1 }", "`from` is missing in policy"),
        ("{ approvals = 1, from = [] }", "`from` is empty; an empty list is nobody"),
        (
            "{ approvals = 0, from = [\"approver\"] }",
            "`approvals = 0` asks nobody, so `from` means",
        ),
        ("{ approvals = -1, from = [\"approver\"] }", "`approvals` takes a number from 0 to 100"),
        (
            "{ approvals = \"1\", from = [\"approver\"] }",
            "`approvals` takes a whole number, and this is a text; write it like 1",
        ),
        ("{ approvals = 1.0, from = [\"approver\"] }", "and this is a number with a fraction"),
        (
            "{ approvals = 1, from = \"approver\" }",
            "`from` takes a list, and this is a text; write it like [\"approver\"]",
        ),
        (
            "{ approvals = 1, from = [\"aprover\"] }",
            "nobody has the role `aprover`; did you mean `approver`?",
        ),
        ("{ approvals = 1, from = [\"sre\"] }", "nobody has the role `sre`; give it to somebody"),
        (
            "{ approvals = 2, from = [\"approver\"] }",
            "needs 2 approvals from approver, and only 1 person can",
        ),
        ("{ approvals = 1, from = [\"approver\", \"approver\"] }", "`from` has this twice"),
        ("{ approvals = 0, groups = [] }", "a policy has either `groups`, or"),
        (
            "{ groups = [] }",
            "`groups` is empty; for a policy that asks nobody, write `approvals = 0`",
        ),
        ("{ groups = [{ approvals = 0, from = [\"approver\"] }] }", "takes a number from 1 to 100"),
        (
            "{ groups = [{ approvals = 1, from = [\"approver\"] }, { approvals = 1, from = [\"approver\"] }] }",
            "needs 2 different people in all",
        ),
        (
            "{ approvals = 1, from = [\"approver\"], requester = \"no\" }",
            "`requester` takes true or false",
        ),
        (
            "{ approvals = 1, from = [\"approver\"], expires = \"4 hours\" }",
            "`4 hours` is not a length of time; write it like \"24h\"",
        ),
        ("{ approvals = 1, from = [\"approver\"], reject = [] }", "`reject` is empty"),
        ("{ approvals = 1, from = [\"approver\"], authors = 0 }", "`authors` takes true or false"),
    ] {
        let services = SERVICES.replace("{ approvals = 1, from = [\"approver\"] }", policy);
        let configuration = Configuration::with("config/services.toml", &services);
        configuration.has_one_fault("config/services.toml:3:", said);
    }
}

#[test]
fn a_pipeline_says_what_is_wrong_with_it() {
    for (pipeline, said) in [
        ("{ run = [\"a\"] }", "`backend` is missing in pipeline"),
        (
            "{ backend = \"comand\", run = [\"a\"] }",
            "unknown backend `comand`; did you mean \"command\"?",
        ),
        (
            "{ backend = \"jenkins\", run = [\"a\"] }",
            "unknown backend `jenkins`; wilco knows these so far: command",
        ),
        ("{ backend = \"command\" }", "`run` is missing in pipeline"),
        ("{ backend = \"command\", run = [] }", "`run` is empty; name a program"),
        ("{ backend = \"command\", run = [\"\"] }", "the program in `run` is empty"),
        (
            "{ backend = \"command\", run = \"a b\" }",
            "`run` takes a list, and this is a text; write it like [\"./deploy.sh\"",
        ),
        (
            "{ backend = \"command\", run = [\"a\", 1] }",
            "`run` takes a text, and this is a whole number",
        ),
        (
            "{ backend = \"command\", run = [\"a\", \"x\\ny\"] }",
            "`run` has a line break or a control character",
        ),
        (
            "{ backend = \"command\", run = [\"{version}\"] }",
            "the program `{version}` must be a fixed path or name",
        ),
        (
            "{ backend = \"command\", run = [\"a\", \"{parameters.region}\"] }",
            "unknown parameter `{parameters.region}`; declare it",
        ),
        (
            "{ backend = \"command\", run = [\"a\", \"{parameters.regoin}\"], parameters = { region = {} } }",
            "did you mean `{parameters.region}`?",
        ),
        ("{ backend = \"command\", run = [\"a\", \"${HOME}\"] }", "unknown placeholder `{HOME}`"),
        (
            "{ backend = \"command\", run = [\"a\"], timeout = 30 }",
            "`timeout` takes a text, and this is a whole number; write it like \"30m\"",
        ),
        (
            "{ backend = \"command\", run = [\"a\"], directory = \"nowhere\" }",
            "there is no directory ",
        ),
        (
            "{ backend = \"command\", run = [\"a\"], pass = [\"A=b\"] }",
            "`A=b` is not the name of a variable",
        ),
        (
            "{ backend = \"command\", run = [\"a\"], pass = [\"WILCO_SLACK_BOT_TOKEN\"] }",
            "`WILCO_SLACK_BOT_TOKEN` cannot be passed to a run",
        ),
        (
            "{ backend = \"command\", run = [\"a\"], stages = [\"a\", \"a\"] }",
            "`stages` has this twice",
        ),
        (
            "{ backend = \"command\", run = [\"a\"], parameters = { op-key = {} } }",
            "a parameter cannot be called `op-key`; WILCO_OP_KEY is",
        ),
        (
            "{ backend = \"command\", run = [\"a\"], parameters = { a-b = {}, a_b = {} } }",
            "would both be WILCO_A_B",
        ),
        (
            "{ backend = \"command\", run = [\"a\"], parameters = { a = { choices = [] } } }",
            "`choices` is empty; no value could be said",
        ),
        (
            "{ backend = \"command\", run = [\"a\"], parameters = { a = { default = \"eu1\", choices = [\"eu\"] } } }",
            "the default `eu1` is not among `choices`; did you mean \"eu\"?",
        ),
        (
            "{ backend = \"command\", run = [\"a\"], token = \"hunter2\" }",
            "unknown key `token` in pipeline; secrets come from the environment",
        ),
    ] {
        let services =
            SERVICES.replace("{ backend = \"command\", run = [\"./deploy.sh\"] }", pipeline);
        let configuration = Configuration::with("config/services.toml", &services);
        configuration.has_one_fault("config/services.toml:2:", said);
        assert!(!configuration.faults().contains("hunter2"), "a secret is shown");
    }
}

#[test]
fn a_service_says_what_is_wrong_with_it() {
    let good = &SERVICES["[service.api.environment.prod]\n".len()..];
    for (services, said) in [
        ("", "1:1: `service` is missing in this file"),
        ("[service.api]\n", "1:1: `environment` is missing in service"),
        ("[service.api]\nenvironment = {}\n", "1:1: the service has no environment"),
        ("[servce.api]\n", "1:2: unknown key `servce` in this file; did you mean `service`?"),
        (
            "service = 3\n",
            "1:11: `service` takes a table, and this is a whole number; write it like [service.NAME]",
        ),
        (&format!("[service.Api.environment.prod]\n{good}"), "1:10: `A` is not allowed in a name"),
        (
            &format!("[service.api.environment.\"a/b\"]\n{good}"),
            "1:26: `/` is not allowed in a name",
        ),
        (
            &format!("[service.api]\nrepository = \"api\"\n{SERVICES}"),
            "2:14: `api` is not a repository on GitHub; write its owner, a slash and its name",
        ),
        (
            &format!("[service.api]\nrepository = \"acme/api\"\npath = \"..\"\n{SERVICES}"),
            "2:14: a service has a `repository` or a `path`; take one of them out",
        ),
        (
            &format!("[service.api]\npath = \"../nowhere\"\n{SERVICES}"),
            "2:8: there is no directory ",
        ),
        (
            &format!("[service.api]\nchannel = \"deploy\"\n{SERVICES}"),
            "2:11: unknown channel `deploy`; did you mean \"deploys\"?",
        ),
        (
            &format!("[service.api]\nchannel = \"ops\"\n{SERVICES}"),
            "2:11: unknown channel `ops`; add `[channel.ops]` to wilco.toml",
        ),
        (&format!("{SERVICES}branches = []\n"), "4:12: `branches` is empty; leave it out"),
        (
            &format!("{SERVICES}branches = [\"main\", \"a b\"]\n"),
            "4:21: `a b` is not the name of a branch",
        ),
        (&format!("{SERVICES}ref = \"-f\"\n"), "4:7: `ref` cannot be `-f`"),
        (&format!("{SERVICES}policy = 1\n"), "4:1: duplicate key `policy`"),
        (
            "[service.api.environment.prod]\npolicy = { approvals = 0 }\n",
            "`pipeline` is missing in environment",
        ),
    ] {
        let configuration = Configuration::with("config/services.toml", services);
        configuration.has_one_fault("config/services.toml:", said);
    }
}

#[test]
fn a_service_in_two_files_is_a_fault_that_names_both() {
    let configuration = Configuration::with("config/services/team.toml", SERVICES);
    assert_eq!(
        configuration.faults(),
        "config/services.toml:1:10: the service `api` is also in config/services/team.toml:1; \
         keep it in one of the files\n"
    );
}

#[test]
fn wilco_toml_says_what_is_wrong_with_it() {
    for (text, said) in [
        ("local = \"en\"", "1:1: unknown key `local` in this file; did you mean `locale`?"),
        ("locale = \"fr\"", "1:10: wilco does not speak `fr`; choose \"en\" or \"ko\""),
        ("timezone = \"seoul\"", "`seoul` is not a time zone; did you mean \"Asia/Seoul\"?"),
        ("timezone = \"here\"", "`here` is not a time zone; "),
        ("commands = \"nowhere\"", "has no file of a command"),
        ("[limits]\nopen_per_person = 0", "2:19: `open_per_person` takes a number from 1 to 10000"),
        ("[limits]\nburst = 10001", "2:9: `burst` takes a number from 1 to 10000"),
        ("[limits]\nper_minute = 0", "2:14: `per_minute` takes a number from 1 to 10000"),
        ("[limits]\nper_second = 1", "2:1: unknown key `per_second` in limits; known here:"),
        ("[channel.ops]", "1:1: `console` is missing in channel"),
        (
            "[channel.ops]\nconsole = \"ops\"\nlocale = \"kr\"",
            "3:10: wilco does not speak `kr`; choose \"en\" or",
        ),
        (
            "[channel.ops]\nconsole = \"ops\"\nlocale = 1",
            "3:10: `locale` takes a text, and this is a whole number",
        ),
        (
            "[channel.a]\nconsole = \"x\"\nlocale = \"en\"\n[channel.b]\nconsole = \"x\"\nlocale = \"ko\"",
            "6:10: the place `x` of `b` has another language in `a`; one place has one language",
        ),
        ("[channel.ops]\nirc = \"x\"", "unknown key `irc` in channel"),
        ("[console]\nperson = \"anna\"", "2:10: unknown person `anna`; did you mean \"ana\"?"),
        (
            "[slack]\nworkspace = \"T0123456789\"\nbot_token = \"xoxb-hunter2\"",
            "3:1: unknown key `bot_token` in slack; secrets come from the environment",
        ),
        (
            "bot_token = \"xoxb-hunter2\"",
            "unknown key `bot_token` in this file; secrets come from the environment",
        ),
    ] {
        let configuration = Configuration::with("config/wilco.toml", text);
        let faults = configuration.faults();
        assert!(faults.contains(said), "{text}: {faults}");
        assert!(!faults.contains("hunter2"), "a secret is shown: {faults}");
    }
}

#[test]
fn a_command_says_what_is_wrong_with_it() {
    let pipeline = "pipeline = { backend = \"command\", run = [\"a\"] }";
    for (from, to, said) in [
        (
            "[\"deployer\"]",
            "[]",
            "3:7: `who` is empty; nobody could use it: name a role, or leave `who` out",
        ),
        (
            "[\"deployer\"]",
            "[\"deploier\"]",
            "3:8: nobody has the role `deploier`; did you mean `deployer`?",
        ),
        ("\"deploy\"\n", "\"deplay\"\n", "4:10: unknown action `deplay`; did you mean \"deploy\"?"),
        ("\"deploy\"\n", "\"run\"\n", "4:10: unknown action `run`"),
        ("action = \"deploy\"", "", "1:1: `action` is missing in this file"),
        ("action", "acton", "4:1: unknown key `acton` in this file; did you mean `action`?"),
        ("action = \"deploy\"", pipeline, "1:1: `policy` is missing in this file"),
        (
            "action",
            &format!("{pipeline}\naction"),
            "a command has an `action` or a `pipeline`, not both",
        ),
        ("action", "policy = {}\naction", "`policy` belongs to a command with a `pipeline`"),
        (", ko = \"배포합니다\"", "", "1:11: `ko` is missing in summary"),
        ("[\"deploy <service> to <environment>\"]", "[]", "2:7: `say` is empty"),
        (
            "who",
            "alias = [\"ship\"]\nwho",
            "3:1: unknown key `alias` in this file; did you mean `aliases`?",
        ),
        ("who", "example = [{ means = {} }]\nwho", "`say` is missing in example"),
    ] {
        assert!(DEPLOY.contains(from), "{from}");
        let manifest = DEPLOY.replacen(from, to, 1);
        let configuration = Configuration::with("commands/deploy.toml", &manifest);
        configuration.has_one_fault("commands/deploy.toml:", said);
    }
    let configuration = Configuration::with("commands/Deploy It.toml", DEPLOY);
    configuration.has_one_fault("commands/Deploy It.toml:1:1:", "is named after its command");
}

#[test]
fn faults_in_one_file_do_not_hide_those_of_another() {
    let configuration = Configuration::good();
    configuration.write("config/people.toml", "[person.ana\n");
    configuration.write("config/services.toml", "[service.api]\nname = 1\n");
    let faults = configuration.faults();
    assert_eq!(faults.lines().count(), 3, "{faults}");
    assert!(faults.contains("config/people.toml:1:12: "), "{faults}");
    assert!(faults.contains("config/services.toml:2:1: unknown key `name`"), "{faults}");
}
