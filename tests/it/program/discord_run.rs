//! `wilco run` in Discord: what it tells nobody, and what it says and does when Discord does not want it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::discord_check::{CHANNEL, Setup, TOKEN_NAME, table};
use super::running::Running;
use super::secrets::files;
use super::slack_check;
use crate::sim::discord::{
    BOT_TOKEN, BOT_USER, Discord, Fault, GUILD, Member, Message, Slash, User,
};
use crate::sim::slack;

const ANA: &str = "100000000000000001";
const TAKEN_NO_MORE: &str = "Discord does not take the token any more: make a new one under";

/// Gives ana an account in Discord.
fn link_ana(setup: &Setup) {
    let people = setup.folder.path().join("config/people.toml");
    let text = fs::read_to_string(&people).unwrap();
    let account = format!("[person.ana]\ndiscord = [\"{GUILD}/{ANA}\"]");
    assert!(text.contains("[person.ana]"), "{text}");
    fs::write(&people, text.replacen("[person.ana]", &account, 1)).unwrap();
    setup.discord.user(ANA, User::named("ana"));
    setup.discord.member(GUILD, ANA, Member::default());
}

fn start(setup: &Setup, log: &str) -> Running {
    Running::begin(&setup.folder, setup.command(&["run"]), log)
}

/// Waits until a message in the channel says this.
async fn until_said(discord: &Discord, words: &str) -> Message {
    let said = |message: &Message| format!("{}{}", message.content, message.embeds).contains(words);
    discord.until(words, |one| one.messages(CHANNEL).into_iter().find(said)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_of_discord_reaches_a_child_a_log_a_file_or_the_chat() {
    let setup = Setup::new().await;
    link_ana(&setup);
    let (root, discord) = (setup.folder.path(), &setup.discord);
    let seen = root.join("seen");
    let script = root.join("config/pipelines/deploy.sh");
    let text = format!(
        "#!/bin/sh\nenv | tee {0}\ntr '\\0' '\\n' < /proc/$PPID/environ | tee -a {0}\n",
        seen.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let log = "trace,serenity=trace,serenity::http::client=trace,serenity::gateway=trace,reqwest=trace,\
               hyper_util=trace,tungstenite=trace";
    let mut command = setup.command(&["run"]);
    command.env("RUST_LOG", "trace");
    let mut running = Running::begin(&setup.folder, command, log);
    running.until("connected to Discord");
    let are_known = |one: &Discord| (!one.commands(Some(GUILD)).is_empty()).then_some(());
    discord.until("the commands", are_known).await;
    let slash =
        |command, options| discord.slash(Slash { user: ANA, channel: CHANNEL, command, options });
    let deploy: &[(&str, &str)] = &[("service", "web"), ("environment", "staging")];
    let mut secrets = vec![BOT_TOKEN.to_owned()];
    // Also what goes wrong with the address of an interaction, which has its token, tells nobody.
    discord.fail_next("create_interaction_response", Fault::BadGateway);
    secrets.push(discord.token_of(&slash("status", &[])));
    secrets.push(discord.token_of(&slash("deploy", deploy)));
    until_said(discord, "is live in staging").await;
    for fault in [Fault::BadGateway, Fault::GarbledAnswer, Fault::ConnectionCutAfterEffect] {
        discord.fail_next("execute_webhook", fault);
        secrets.push(discord.token_of(&slash("whoami", &[])));
    }
    secrets.push(discord.token_of(&slash("help", &[])));
    let greeted = |one: &Discord| one.greetings().identified + one.greetings().resumed;
    let before = greeted(discord);
    discord.cut_connections();
    let is_back = |one: &Discord| (greeted(one) > before).then_some(());
    discord.until("another connection", is_back).await;
    let log = running.stop();
    assert!(log.contains("\"TRACE\""), "{log}");
    assert!(fs::read_to_string(&seen).unwrap().contains("PATH="));
    let said = format!("{:?}{:?}", discord.conversation(CHANNEL), discord.ephemerals(None, None));
    for secret in secrets {
        assert!(!log.contains(&secret), "the log has {secret}");
        assert!(!said.contains(&secret), "the chat has {secret}");
        let mut found = Vec::new();
        files(root, &mut found);
        assert!(found.iter().any(|path| path.ends_with("wilco.db")));
        for path in found {
            let bytes = fs::read(&path).unwrap();
            let has = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!has, "{} has {secret}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_discord_refuses_says_what_to_do_and_asks_once() {
    let setup = Setup::new().await;
    let said = setup.run(&["run"], None);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(
        said.err.contains("wilco: WILCO_DISCORD_TOKEN is not set: put the token"),
        "{}",
        said.err
    );
    let said = setup.run(&["run"], Some("canary.token"));
    assert_eq!(said.code, 1, "{}", said.err);
    let told = "wilco: Discord does not take the token: copy it from \"Bot\" of the application in the \
                developer portal into WILCO_DISCORD_TOKEN\n";
    assert!(said.err.ends_with(told) && !said.err.contains("canary"), "{}", said.err);
    assert_eq!(setup.discord.refused_requests(), 1);
    setup.discord.leave(GUILD, BOT_USER);
    let said = setup.run(&["run"], Some(BOT_TOKEN));
    assert_eq!(said.code, 1, "{}", said.err);
    let told = format!(
        "wilco: wilco is not in the guild {GUILD}: print the link with `wilco discord invite`, open it \
         and choose that server\n"
    );
    assert!(said.err.ends_with(&told), "{}", said.err);
    assert_eq!(setup.discord.calls("get_guild").len(), 1);
    // Nothing was begun: neither a record nor a connection.
    assert!(!setup.folder.path().join("data").exists());
    assert_eq!(setup.discord.greetings().identified, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_cannot_be_reached_at_the_start_is_named_and_nothing_is_begun() {
    let setup = Setup::new().await;
    let slack = slack_check::Setup::new().await;
    let socket = format!(
        "{}api_url = \"http://127.0.0.1:1\"\n[slack]\nworkspace = \"{}\"\napi_url = \"{}\"\n",
        table(&[GUILD]),
        slack::TEAM,
        slack.slack.api_url()
    );
    setup.write(&socket, CHANNEL);
    let mut command = slack.command(&["run"]);
    command.current_dir(&setup.folder).env(TOKEN_NAME, BOT_TOKEN);
    let said = tokio::task::block_in_place(|| super::run(&mut command, b"status\n"));
    assert_eq!((said.out.as_str(), said.code), ("", 1), "{}", said.err);
    let told = "the connection failed; look whether this machine gets to its address\n";
    assert!(said.err.contains("wilco: Discord cannot be reached: "), "{}", said.err);
    assert!(said.err.ends_with(told), "{}", said.err);
    assert!(!setup.folder.path().join("data").exists());
    assert_eq!(slack.slack.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_reset_is_told_once_and_the_rest_goes_on() {
    let setup = Setup::new().await;
    let slack = slack_check::Setup::new().await;
    super::slack_run::link_ana(&slack);
    link_ana(&setup);
    // Both platforms, and the console, in one channel.
    let people = setup.folder.path().join("config/people.toml");
    let text = fs::read_to_string(&people).unwrap();
    let both = format!("[person.ana]\nslack = [\"{}/{}\"]", slack::TEAM, super::slack_run::ANA);
    fs::write(&people, text.replacen("[person.ana]", &both, 1)).unwrap();
    let tables = format!(
        "slack = \"{}\"\n\n{}api_url = \"{}\"\n[slack]\nworkspace = \"{}\"\napi_url = \"{}\"\n",
        slack_check::CHANNEL,
        table(&[GUILD]),
        setup.discord.api_url(),
        slack::TEAM,
        slack.slack.api_url()
    );
    let text =
        format!("[channel.deploys]\nconsole = \"deploys\"\ndiscord = \"{CHANNEL}\"\n{tables}");
    fs::write(setup.folder.path().join("config/wilco.toml"), text).unwrap();
    let mut command = slack.command(&["run"]);
    command.current_dir(&setup.folder).env(TOKEN_NAME, BOT_TOKEN);
    let mut running = Running::begin(&setup.folder, command, "info");
    running.until("connected to Discord");
    slack.slack.await_connections(2).await;
    setup.discord.reset_token();
    running.until(TAKEN_NO_MORE);
    let (before, greeted) = (setup.discord.refused_requests(), setup.discord.greetings());
    // In Slack and in the terminal a deployment goes its way meanwhile.
    slack.slack.mention(super::slack_run::ANA, slack_check::CHANNEL, "deploy web to staging").await;
    let is_live = |message: &slack::Message| message.text.contains("is live in staging");
    let card = |one: &slack::Slack| {
        one.messages(slack_check::CHANNEL).iter().find(|one| is_live(one)).map(drop)
    };
    slack.slack.until("the end", card).await;
    running.say("flibbertigibbet");
    running.until_out("I do not know `flibbertigibbet`");
    let refused = setup.discord.refused_requests() - before;
    assert!(refused <= 40, "{refused} requests that Discord refuses for one deployment");
    assert_eq!(setup.discord.greetings(), greeted);
    let log = running.stop();
    let told: Vec<&str> = log.lines().filter(|line| line.contains(TAKEN_NO_MORE)).collect();
    assert!(told.len() == 1 && told[0].contains("\"ERROR\""), "{log}");
    assert!(told[0].contains("put it into WILCO_DISCORD_TOKEN and restart wilco"), "{}", told[0]);
    assert!(!log.contains(BOT_TOKEN), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_that_is_off_is_told_once_and_the_terminal_goes_on() {
    let setup = Setup::new().await;
    let table = format!("{}api_url = \"{}\"\n", table(&[GUILD]), setup.discord.api_url());
    setup.write(&format!("{table}prefix = \"!\""), CHANNEL);
    let mut running = start(&setup, "info");
    running.until("Discord does not let wilco read every message, which `prefix` below [discord]");
    running.say("deploy web to staging");
    running.until_out("is live in staging");
    // What it says it still says: only its ears are shut.
    until_said(&setup.discord, "is live in staging").await;
    assert_eq!(setup.discord.greetings().identified, 1);
    let log = running.stop();
    let told = log.lines().filter(|line| line.contains("does not let wilco read"));
    assert_eq!(told.count(), 1, "{log}");
}
