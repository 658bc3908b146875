//! What Discord has in the configuration: its defaults, its faults, and that every key is shown where people
//! look.

use wilco::settings::discord::{API_URL, Discord};

use super::Configuration;
use super::slack::is_shown;

const WILCO: &str = "config/wilco.toml";
const PEOPLE: &str = "config/people.toml";
const COPY: &str = "copy the id from the menu of its name";
const PAIR: &str = "write the id of the workspace or guild, a slash and the id of the user, never a name: \
                    \"1122334455667788990/445566778899001122\"";

#[test]
fn discord_needs_a_guild_and_has_a_default_for_the_rest() {
    let short = "[discord]\nguilds = [\"1122334455667788990\"]\n\
                 [channel.deploys]\ndiscord = \"998877665544332211\"\n";
    let settings = Configuration::with(WILCO, short).load().unwrap();
    let guilds = vec!["1122334455667788990".to_owned()];
    let expected = Discord { guilds, prefix: None, api_url: API_URL.to_owned() };
    assert_eq!(settings.discord, Some(expected));
    assert_eq!(settings.catalog.channels["deploys"][0].channel, "998877665544332211");
    let largest = u64::MAX.to_string();
    let long = format!(
        "[discord]\nguilds = [\"1\", \"{largest}\"]\nprefix = \"!\"\napi_url = \"https://d.example/\""
    );
    let discord = Configuration::with(WILCO, &long).load().unwrap().discord.unwrap();
    assert_eq!(discord.guilds, ["1".to_owned(), largest]);
    assert_eq!((discord.prefix.as_deref(), &*discord.api_url), (Some("!"), "https://d.example"));
    assert_eq!(Configuration::with(WILCO, "").load().unwrap().discord, None);
}

#[test]
fn every_key_of_discord_is_in_the_example_and_on_the_page() {
    for key in ["guilds", "prefix", "api_url"] {
        is_shown("discord", key);
    }
    is_shown("channel.deploys", "discord");
}

#[test]
fn discord_says_what_is_wrong_with_it() {
    let api_url = |url: &str| format!("[discord]\nguilds = [\"1\"]\napi_url = {url}");
    let unsafe_for = |url: &str| {
        format!(
            "3:11: `{url}` is not a safe address for tokens; write an address that begins with \
             https://, such as \"https://discord.com\""
        )
    };
    let mut cases = vec![
        (
            "[discord]".to_owned(),
            "1:1: `guilds` is missing in discord; say which servers wilco is in: `guilds = ["
                .to_owned(),
        ),
        (
            "discord = \"1122334455667788990\"".into(),
            "1:11: `discord` takes a table, and this is a text; write it like".into(),
        ),
        (
            "[discord]\nguilds = [1122334455667788990]".into(),
            "2:11: `guilds` takes a text, and this is a whole number; write it like \
             \"1122334455667788990\""
                .into(),
        ),
        (
            "[discord]\nguilds = [99999999999999999999]".into(),
            "2:11: `guilds` takes a text, and this is a whole number".into(),
        ),
        (
            "[discord]\nguild = \"1\"".into(),
            "2:1: unknown key `guild` in discord; did you mean `guilds`?".into(),
        ),
        (
            "[discord]\nguilds = \"1\"".into(),
            "2:10: `guilds` takes a list, and this is a text; write it like [\"11223344".into(),
        ),
        ("[discord]\nguilds = []".into(), "2:10: `guilds` is empty; say which servers".into()),
        ("[discord]\nguilds = [\"1\", \"1\"]".into(), "2:16: `guilds` has this twice; take".into()),
        (
            "[discord]\nguilds = [\"1\"]\nprefix = \"/\"".into(),
            "3:10: `/` cannot be a prefix; write one to 8 characters without spaces".into(),
        ),
        (
            "[discord]\nguilds = [\"1\"]\nprefix = \"! \"".into(),
            "3:10: `! ` cannot be a prefix; write".into(),
        ),
        (
            "[discord]\nguilds = [\"1\"]\ntoken = \"hunter2\"".into(),
            "3:1: unknown key `token` in discord; secrets come from the environment".into(),
        ),
        (api_url("5"), "3:11: `api_url` takes a text, and this is a whole number".into()),
        (api_url("\"\""), "3:11: `api_url` is empty".into()),
        (
            "[channel.deploys]\ndiscord = 998877665544332211".into(),
            "2:11: `discord` takes a text, and this is a whole number".into(),
        ),
    ];
    for url in [
        "http://discord.com",
        "http://127.0.0.1:80@discord.example",
        "http://127.0.0.1.discord.example",
        "https://discord.com@discord.example",
        "https://discord.com\\\\@discord.example",
        "https:///discord.com",
        "discord.com",
        "file:///etc/passwd",
        "HTTP://127.0.0.1:80",
    ] {
        cases.push((api_url(&format!("\"{url}\"")), unsafe_for(&url.replace("\\\\", "\\"))));
    }
    for id in
        ["", "0", "-5", "01", "deploys", "#deploys", "1e5", "1 ", "١٢٣", "18446744073709551616"]
    {
        cases.push((
            format!("[discord]\nguilds = [\"{id}\"]"),
            format!(
                "2:11: `{id}` is not the id of a server, which Discord calls a guild; switch on"
            ),
        ));
        cases.push((
            format!("[channel.deploys]\ndiscord = \"{id}\""),
            format!("2:11: `{id}` is not the id of a channel; switch on \"Developer Mode\""),
        ));
    }
    for (text, said) in cases {
        let faults = Configuration::with(WILCO, &text).faults();
        assert!(faults.contains(&format!("{WILCO}:{said}")), "{text}: {faults}");
        assert!(!said.contains("is not the id") || faults.contains(COPY), "{text}: {faults}");
        assert!(!faults.contains("hunter2"), "a secret is shown: {faults}");
    }
}

#[test]
fn an_account_of_discord_that_could_never_be_anybodys_is_a_fault() {
    let entry = |list: &str| {
        format!(
            "[person.ana]\ndiscord = {list}\nroles = [\"deployer\"]\n\
             [person.ben]\nslack = [\"T1/U2\"]\nroles = [\"deployer\", \"approver\"]\n"
        )
    };
    let good = Configuration::with(PEOPLE, &entry("[\"1/2\", \"18446744073709551615/3\"]"));
    assert_eq!(good.load().unwrap().catalog.people.iter().next().unwrap().accounts.len(), 2);
    for account in [
        "",
        "/",
        "1",
        "1/",
        "/2",
        "1/2/3",
        "ana#1234",
        "1/@ana",
        "0/2",
        "1/0",
        "01/2",
        "1/02",
        "-1/2",
        "1/18446744073709551616",
        "99999999999999999999/2",
        "T1/U2",
        "1 / 2",
    ] {
        let faults = Configuration::with(PEOPLE, &entry(&format!("[\"{account}\"]"))).faults();
        let said = format!("{PEOPLE}:2:12: `{account}` is not an account of discord; {PAIR}");
        assert!(faults.contains(&said), "{account}: {faults}");
    }
    for (list, said) in [
        ("\"1/2\"", "2:11: `discord` takes a list, and this is a text; write it like [\"1122334"),
        (
            "[2]",
            "2:12: `discord` takes a text, and this is a whole number; write it like \"11223344",
        ),
        ("[\"1/2\", \"1/2\"]", "2:19: `discord` has this twice; take one of them out"),
    ] {
        let faults = Configuration::with(PEOPLE, &entry(list)).faults();
        assert!(faults.contains(&format!("{PEOPLE}:{said}")), "{list}: {faults}");
    }
}

#[test]
fn two_persons_who_claim_one_account_of_discord_are_told_who_they_are() {
    let people = "[person.ana]\ndiscord = [\"1/2\"]\nroles = [\"deployer\"]\n\
                  [person.ben]\nslack = [\"T1/U2\"]\ndiscord = [\"1/3\", \"1/2\"]\n\
                  roles = [\"deployer\", \"approver\"]\n";
    Configuration::with(PEOPLE, people).has_one_fault(
        &format!("{PEOPLE}:6:19: "),
        "the account discord:1/2 is claimed by `ana` and by `ben`; an account belongs to one person: \
         take it out of one of them",
    );
    // The same number in another guild is somebody else's account.
    let people = people.replace("\"1/3\", \"1/2\"", "\"1/3\", \"4/2\"");
    assert!(Configuration::with(PEOPLE, &people).load().is_ok());
}
