//! `wilco check` with Discord: each fault is told apart from the others, with its mend.

use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{Said, run, wilco};
use crate::sim::discord::{
    ADMINISTRATOR, BOT_ROLE, BOT_TOKEN, BOT_USER, Discord, Fault, GUILD, MESSAGE_CONTENT,
    Overwrite, Role, Times, VIEW_CHANNEL,
};

pub const CHANNEL: &str = "200000000000000001";
pub const TOKEN_NAME: &str = "WILCO_DISCORD_TOKEN";
const OTHER_GUILD: &str = "700000000000000009";
const OTHER_CHANNEL: &str = "200000000000000009";

/// What wilco needs, by Discord's numbers, each with why.
const NEEDED: [(u64, &str, &str); 6] = [
    (1 << 11, "Send Messages", "to show cards and to answer"),
    (1 << 14, "Embed Links", "to show a card with its lines and stages"),
    (
        1 << 16,
        "Read Message History",
        "to read votes again, and to find a card that it lost sight of",
    ),
    (1 << 6, "Add Reactions", "to put ✅ and ❌ below a card for people to press"),
    (1 << 35, "Create Public Threads", "to keep the log below the card"),
    (1 << 38, "Send Messages in Threads", "to write into that log"),
];

/// A configuration for a guild in which everything is as it should be.
pub struct Setup {
    pub discord: Discord,
    pub folder: TempDir,
}

impl Setup {
    pub async fn new() -> Self {
        let discord = Discord::open().await;
        discord.channel(GUILD, CHANNEL, "deploys");
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(run(wilco(&["init", "."]).current_dir(&folder), b"").code, 0);
        super::commit(folder.path());
        let setup = Self { discord, folder };
        setup.write_at(&setup.discord.api_url());
        setup
    }

    /// Says where Discord is.
    pub fn write_at(&self, api_url: &str) {
        self.write(&format!("{}api_url = \"{api_url}\"\n", table(&[GUILD])), CHANNEL);
    }

    pub fn write(&self, table: &str, channel: &str) {
        let text = format!(
            "[channel.deploys]\nconsole = \"deploys\"\ndiscord = \"{channel}\"\n\n{table}\n"
        );
        fs::write(self.folder.path().join("config/wilco.toml"), text).unwrap();
    }

    /// The program in the folder, with the right token.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = wilco(arguments);
        command.env_remove(format!("{TOKEN_NAME}_FILE"));
        command.current_dir(&self.folder).env(TOKEN_NAME, BOT_TOKEN);
        command
    }

    /// Runs the program to its end, with this token.
    pub fn run(&self, arguments: &[&str], token: Option<&str>) -> Said {
        let mut command = self.command(arguments);
        match token {
            Some(token) => command.env(TOKEN_NAME, token),
            None => command.env_remove(TOKEN_NAME),
        };
        tokio::task::block_in_place(|| run(&mut command, b""))
    }

    fn check(&self) -> Said {
        self.run(&["check"], Some(BOT_TOKEN))
    }
}

/// The table of Discord, up to its address.
pub fn table(guilds: &[&str]) -> String {
    format!("[discord]\nguilds = {guilds:?}\n")
}

/// The one stage that is wrong, and its one line.
fn one_fault(said: &Said) -> (String, String) {
    let faults = faults(said);
    assert_eq!(faults.1.len(), 1, "{}{}", said.out, said.err);
    (faults.0, faults.1.join(""))
}

/// The one stage that is wrong, and its lines.
fn faults(said: &Said) -> (String, Vec<String>) {
    let wrong: Vec<&str> =
        said.out.lines().filter_map(|line| line.strip_prefix("wrong  ")).collect();
    assert_eq!((wrong.len(), said.code), (1, 1), "{}{}", said.out, said.err);
    let lines = said.out.lines().skip_while(|line| !line.starts_with("wrong  ")).skip(1);
    let lines = lines.map_while(|line| line.strip_prefix("       ")).map(str::to_owned);
    (wrong[0].to_owned(), lines.collect())
}

fn in_discord(said: &Said) -> Vec<&str> {
    said.out.lines().filter(|line| line.contains("discord")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_right_in_discord_is_said_in_four_stages() {
    let setup = Setup::new().await;
    let said = setup.check();
    let stages = [
        "ok     discord token (1 checked)",
        "ok     discord guilds (1 checked)",
        "ok     discord commands (1 checked)",
        "ok     discord channels (1 checked)",
    ];
    assert_eq!((in_discord(&said), said.code), (stages.to_vec(), 0), "{}", said.out);
    assert_eq!(setup.discord.complaints(), Vec::<String>::new());
    // It leaves nothing behind, and calls nobody when it is to stay offline.
    assert_eq!(setup.discord.conversation(CHANNEL).len(), 0);
    assert_eq!(setup.discord.commands(Some(GUILD)), Vec::<Value>::new());
    assert_eq!(setup.discord.greetings().identified, 0);
    let before = setup.discord.calls("get_my_user").len();
    let said = setup.run(&["check", "--offline"], None);
    assert!(said.code == 0 && in_discord(&said).is_empty(), "{}", said.out);
    assert_eq!(setup.discord.calls("get_my_user").len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_of_discord_is_told_with_where_the_right_one_is() {
    let setup = Setup::new().await;
    let cases: [(Option<&str>, &str); 3] = [
        (None, "WILCO_DISCORD_TOKEN is not set: put the token of the bot from \"Bot\" of the"),
        (Some(" "), "WILCO_DISCORD_TOKEN is empty or not text: put the token of the bot"),
        (Some("canary.x"), "Discord does not take WILCO_DISCORD_TOKEN; copy it from \"Bot\" of"),
    ];
    for (token, said_so) in cases {
        let said = setup.run(&["check"], token);
        let (stage, fault) = one_fault_before_what_waits(&said);
        assert!(stage == "discord token" && fault.starts_with(said_so), "{token:?}: {fault}");
        assert!(!said.out.contains("canary") && !said.err.contains("canary"), "{}", said.out);
    }
    let file = setup.folder.path().join("token");
    let with_file = |more: Option<&str>| {
        let mut command = setup.command(&["check"]);
        command.env(format!("{TOKEN_NAME}_FILE"), &file);
        match more {
            Some(token) => command.env(TOKEN_NAME, token),
            None => command.env_remove(TOKEN_NAME),
        };
        tokio::task::block_in_place(|| run(&mut command, b""))
    };
    let (_, fault) = one_fault_before_what_waits(&with_file(None));
    let unread = format!("cannot read {}, which WILCO_DISCORD_TOKEN_FILE names: ", file.display());
    assert!(fault.starts_with(&unread), "{fault}");
    fs::write(&file, format!("{BOT_TOKEN}\n")).unwrap();
    assert_eq!(with_file(None).code, 0);
    let (_, fault) = one_fault_before_what_waits(&with_file(Some(BOT_TOKEN)));
    let twice = "both WILCO_DISCORD_TOKEN and WILCO_DISCORD_TOKEN_FILE are set: unset one of them";
    assert_eq!(fault, twice);
}

/// The fault of the token; all the rest is said to wait for one.
fn one_fault_before_what_waits(said: &Said) -> (String, String) {
    let why =
        "       not checked: without a token that Discord takes nothing of it can be asked for";
    assert_eq!(said.out.matches(why).count(), 3, "{}", said.out);
    one_fault(said)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guild_in_which_wilco_is_not_is_told() {
    let setup = Setup::new().await;
    setup.discord.leave(GUILD, BOT_USER);
    let said = setup.check();
    let (stage, fault) = one_fault(&said);
    assert_eq!(stage, "discord guilds");
    let expected = format!(
        "wilco is not in the guild {GUILD}; print the link with `wilco discord invite`, open it and \
         choose that server"
    );
    assert_eq!(fault, expected);
    let waits = said.out.matches("not checked: wilco is in no guild in which to look");
    assert_eq!(waits.count(), 2, "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guild_where_wilco_may_make_no_commands_is_told() {
    let setup = Setup::new().await;
    let refused = Fault::Error { status: 403, code: 50_001, message: "Missing Access" };
    setup.discord.fail("list_guild_application_commands", refused, Times::Always);
    let (stage, fault) = one_fault(&setup.check());
    assert_eq!(stage, "discord commands");
    let expected = format!(
        "wilco may make no slash commands in the guild {GUILD}; print the link with `wilco discord \
         invite`, open it and choose that server once more; wilco need not leave it before"
    );
    assert_eq!(fault, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_permission_that_is_lacking_is_named_with_why_and_who_denies_it() {
    let setup = Setup::new().await;
    let all = NEEDED.iter().fold(VIEW_CHANNEL, |all, (bit, _, _)| all | bit);
    let role = |id: &str, name: &str, permissions| {
        setup.discord.role(GUILD, id, Role { name: name.into(), permissions });
    };
    role(GUILD, "@everyone", 0);
    role(BOT_ROLE, "wilco", all);
    assert_eq!(setup.check().code, 0);
    for (bit, name, why) in NEEDED {
        setup.discord.overwrite(CHANNEL, BOT_ROLE, Overwrite::deny(bit));
        let (stage, fault) = one_fault(&setup.check());
        assert_eq!(stage, "discord channels");
        let expected = format!(
            "wilco lacks \"{name}\" in #deploys ({CHANNEL}), needed {why} (used by channel deploys); \
             allow it to wilco under \"Permissions\" of the channel"
        );
        assert_eq!(fault, expected);
    }
    setup.discord.overwrite(CHANNEL, BOT_ROLE, Overwrite::default());
    role(BOT_ROLE, "wilco", VIEW_CHANNEL);
    let (_, lines) = faults(&setup.check());
    assert_eq!(lines.len(), NEEDED.len(), "{lines:?}");
    let mend = "; allow it to wilco's role under \"Roles\" of the server's settings, or invite wilco \
                anew with `wilco discord invite`";
    for (line, (_, name, _)) in lines.iter().zip(NEEDED) {
        assert!(line.contains(&format!("lacks \"{name}\"")) && line.ends_with(mend), "{line}");
    }
    role(BOT_ROLE, "wilco", ADMINISTRATOR);
    assert_eq!(setup.check().code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_hidden_elsewhere_or_of_another_kind_is_told() {
    let setup = Setup::new().await;
    let unseen = |id: &str| {
        format!(
            "Discord shows wilco no channel {id} (used by channel deploys); copy its id from the menu \
             of its name in Discord; where the channel is private, add wilco under its \"Permissions\""
        )
    };
    setup.discord.overwrite(CHANNEL, GUILD, Overwrite::deny(VIEW_CHANNEL));
    assert_eq!(one_fault(&setup.check()), ("discord channels".into(), unseen(CHANNEL)));
    setup.discord.overwrite(CHANNEL, GUILD, Overwrite::default());
    for (number, kind) in [
        (2, "a voice channel"),
        (4, "a category"),
        (13, "a stage"),
        (15, "a forum"),
        (16, "a media channel"),
    ] {
        setup.discord.channel_type(CHANNEL, number);
        let expected = format!(
            "#deploys ({CHANNEL}) is {kind}, which takes no cards (used by channel deploys); let \
             `discord` name a text channel in wilco.toml"
        );
        assert_eq!(one_fault(&setup.check()).1, expected);
    }
    setup.discord.channel_type(CHANNEL, 5);
    assert_eq!(setup.check().code, 0, "cards can be in a channel of announcements");
    // One of another guild that wilco is in, too, and one that nobody knows.
    setup.discord.guild(OTHER_GUILD, "Another");
    setup.discord.channel(OTHER_GUILD, OTHER_CHANNEL, "foreign");
    let table = format!("{}api_url = \"{}\"\n", table(&[GUILD]), setup.discord.api_url());
    setup.write(&table, OTHER_CHANNEL);
    let (_, fault) = one_fault(&setup.check());
    let expected = format!(
        "#foreign ({OTHER_CHANNEL}) is in no guild of [discord] (used by channel deploys); let \
         `discord` name a channel of one of those in wilco.toml"
    );
    assert_eq!(fault, expected);
    setup.write(&table, "5");
    assert_eq!(one_fault(&setup.check()).1, unseen("5"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discord_that_does_not_answer_is_no_wrong_token() {
    let setup = Setup::new().await;
    let gets =
        |address: &str| format!("; look whether this machine gets to {address}, and check again");
    setup.discord.fail_next("get_my_user", Fault::BadGateway);
    let (stage, fault) = one_fault_before_what_waits(&setup.check());
    let expected =
        format!("Discord did not say who wilco is: status 502{}", gets(&setup.discord.api_url()));
    assert_eq!((stage.as_str(), fault), ("discord token", expected));
    // What fails in one place leaves the rest to be looked at.
    setup.discord.fail_next("get_channel", Fault::ServerErrorBefore);
    let (stage, fault) = one_fault(&setup.check());
    assert!(stage == "discord channels" && fault.contains("not show a channel: status 500"));
    setup.write_at("http://127.0.0.1:1");
    let (_, fault) = one_fault_before_what_waits(&setup.check());
    let expected = "Discord did not say which application this is: the connection failed";
    assert_eq!(fault, format!("{expected}{}", gets("http://127.0.0.1:1")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_that_a_prefix_needs_and_that_is_off_is_told() {
    let setup = Setup::new().await;
    let table =
        format!("{}api_url = \"{}\"\nprefix = \"!\"", table(&[GUILD]), setup.discord.api_url());
    setup.write(&table, CHANNEL);
    let expected = "\"Message Content Intent\" is off, without which `prefix` of [discord] is not heard; \
                    switch it on under \"Bot\" in the developer portal, or take `prefix` out of wilco.toml";
    assert_eq!(one_fault(&setup.check()), ("discord intents".into(), expected.into()));
    setup.discord.privileged_intents(MESSAGE_CONTENT);
    let said = setup.check();
    assert_eq!(said.code, 0, "{}", said.out);
    assert!(said.out.contains("ok     discord intents (1 checked)\n"), "{}", said.out);
    setup.discord.fail_next("get_my_application", Fault::AnswerWithout("flags"));
    let said = setup.check();
    let skipped = "not checked: Discord does not say which intents of the application are on; look";
    assert!(said.code == 0 && said.out.contains(skipped), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_several_guilds_is_looked_at() {
    let setup = Setup::new().await;
    let api_url = setup.discord.api_url();
    let guilds = [GUILD, OTHER_GUILD];
    setup.write(&format!("{}api_url = \"{api_url}\"", table(&guilds)), CHANNEL);
    let (stage, fault) = one_fault(&setup.check());
    assert_eq!(stage, "discord guilds");
    assert!(fault.contains(&format!("wilco is not in the guild {OTHER_GUILD}; ")), "{fault}");
    setup.discord.guild(OTHER_GUILD, "Another");
    setup.discord.channel(OTHER_GUILD, OTHER_CHANNEL, "foreign");
    setup.write(&format!("{}api_url = \"{api_url}\"", table(&guilds)), OTHER_CHANNEL);
    let said = setup.check();
    assert_eq!(said.code, 0, "{}", said.out);
    for stage in ["guilds", "commands"] {
        assert!(said.out.contains(&format!("ok     discord {stage} (2 checked)")), "{}", said.out);
    }
    // What a role may in one of them says nothing about the other.
    let nothing = Role { name: "@everyone".into(), permissions: VIEW_CHANNEL };
    setup.discord.role(OTHER_GUILD, OTHER_GUILD, nothing);
    setup.discord.overwrite(OTHER_CHANNEL, BOT_USER, Overwrite::deny(1 << 11));
    let (_, fault) = one_fault(&setup.check());
    assert!(fault.contains("lacks \"Send Messages\" in #foreign"), "{fault}");
}
