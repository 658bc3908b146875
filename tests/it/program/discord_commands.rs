//! Slash commands of the real program: more than Discord takes, and a server that takes none.

use std::fs;

use super::discord_check::{CHANNEL, Setup, table};
use super::running::Running;
use crate::sim::discord::{BOT_TOKEN, Discord, Fault, GUILD};

const ELSEWHERE: &str = "700000000000000009";
/// Discord takes as many in one server.
const MOST: usize = 100;

/// Writes so many commands of a team's own.
fn write(setup: &Setup, many: usize) {
    for number in 0..many {
        let text = format!(
            "summary = {{ en = \"Of a team\", ko = \"팀 명령\" }}\n\
             say = [\"team-{number:03} <service> <environment>\"]\n\
             policy = {{ approvals = 0 }}\n\
             [pipeline]\nbackend = \"command\"\nrun = [\"./pipelines/deploy.sh\"]\n"
        );
        let path = format!("commands/team-{number:03}.toml");
        fs::write(setup.folder.path().join(path), text).unwrap();
    }
}

fn names(discord: &Discord, guild: &str) -> Vec<String> {
    let commands = discord.commands(Some(guild)).into_iter();
    commands.map(|command| command["name"].as_str().unwrap().to_owned()).collect()
}

fn start(setup: &Setup) -> Running {
    Running::begin(&setup.folder, setup.command(&["run"]), "info")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_more_commands_than_discord_takes_the_same_hundred_are_there_and_the_rest_is_named() {
    let setup = Setup::new().await;
    let shipped = fs::read_dir(setup.folder.path().join("commands")).unwrap().count();
    let room = MOST - shipped;
    write(&setup, room);
    let said = setup.run(&["check"], Some(BOT_TOKEN));
    assert!(said.code == 0 && !said.out.contains("no slash command"), "{}{}", said.out, said.err);
    write(&setup, room + 2);
    // It is no fault, since everything can still be said in words.
    let said = setup.run(&["check"], Some(BOT_TOKEN));
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    for number in [room, room + 1] {
        let told = format!(
            "note: `team-{number:03}` has no slash command in Discord, which takes 100: wilco's own go first, \
             then the others by their names; say it to wilco in words, or take files out of commands/ that \
             nobody uses"
        );
        assert!(said.out.contains(&told), "{told} is not in\n{}", said.out);
    }
    assert_eq!(said.out.matches("has no slash command").count(), 2, "{}", said.out);
    let mut running = start(&setup);
    running.until(&format!("`team-{room:03}` has no slash command in Discord"));
    let all = |one: &Discord| Some(names(one, GUILD)).filter(|names| !names.is_empty());
    let known = setup.discord.until("the commands", all).await;
    assert_eq!(known.len(), MOST);
    let own: Vec<_> = known.iter().filter(|name| name.starts_with("team-")).cloned().collect();
    let first: Vec<_> = (0..room).map(|number| format!("team-{number:03}")).collect();
    assert_eq!(own, first);
    running.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_commands_is_named_with_what_to_do_and_holds_up_no_other() {
    let setup = Setup::new().await;
    setup.discord.guild(ELSEWHERE, "elsewhere");
    let api_url = setup.discord.api_url();
    setup.write(&format!("{}api_url = \"{api_url}\"\n", table(&[GUILD, ELSEWHERE])), CHANNEL);
    let no = Fault::Error { status: 403, code: 50_001, message: "Missing Access" };
    setup.discord.fail_in(GUILD, "list_guild_application_commands", no);
    let mut running = start(&setup);
    running.until(&format!(
        "slash commands in the guild {GUILD} of Discord are not those of the configuration yet, since wilco may \
         make none there: print the link with `wilco discord invite`, open it and choose that server once more"
    ));
    let all = |one: &Discord| (!names(one, ELSEWHERE).is_empty()).then_some(());
    setup.discord.until("the commands elsewhere", all).await;
    assert_eq!(names(&setup.discord, GUILD), Vec::<String>::new());
    let log = running.stop();
    assert!(!log.contains(&format!("in the guild {ELSEWHERE}")), "{log}");
}
