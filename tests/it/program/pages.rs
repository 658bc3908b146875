//! docs/slack.md and docs/discord.md, followed to the letter by somebody who begins with `wilco init`.

use std::fs;

use tempfile::TempDir;

use super::discord_check::TOKEN_NAME;
use super::running::Running;
use super::{commit, run, wilco};
use crate::sim::discord::{BOT_TOKEN, Discord, Member, User};

const SLACK: &str = include_str!("../../../docs/slack.md");
const DISCORD: &str = include_str!("../../../docs/discord.md");

/// The blocks of TOML of a page, in their order.
fn blocks(page: &'static str) -> Vec<&'static str> {
    let begun = page.split("```toml\n").skip(1);
    begun.map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

/// Writes what a page says to write over what `wilco init` wrote: a channel, a table and the people.
fn follow(channel: &str, table: &str, people: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(wilco(&["init", "."]).current_dir(&folder), b"").code, 0);
    let config = folder.path().join("config");
    let example = fs::read_to_string(config.join("wilco.toml")).unwrap();
    let (before, after) = example.split_once("[channel.deploys]\n").unwrap();
    let (_, after) = after.split_once("\n\n").unwrap();
    let written = format!("{before}{channel}\n\n{after}\n{table}");
    fs::write(config.join("wilco.toml"), written).unwrap();
    fs::write(config.join("people.toml"), people).unwrap();
    commit(folder.path());
    let said = run(wilco(&["check", "--offline"]).current_dir(&folder), b"");
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    folder
}

#[test]
fn what_the_page_says_to_write_is_a_configuration_that_is_right() {
    let blocks = blocks(SLACK);
    let [channel_and_slack, people, over_http] = blocks.as_slice() else {
        panic!("the page has other blocks than these: {blocks:?}");
    };
    let (channel, slack) = channel_and_slack.split_once("\n\n").unwrap();
    for slack in [slack, *over_http] {
        follow(channel, slack, people);
    }
}

/// Returns what stands between quotes after these words.
fn quoted<'a>(text: &'a str, words: &str) -> &'a str {
    let (_, after) = text.split_once(words).unwrap_or_else(|| panic!("no {words} in {text}"));
    after.split('"').nth(1).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_about_discord_leads_to_a_deployment() {
    let blocks = blocks(DISCORD);
    let [channel_and_discord, people] = blocks.as_slice() else {
        panic!("the page has other blocks than these: {blocks:?}");
    };
    let (channel, table) = channel_and_discord.split_once("\n\n").unwrap();
    let (guild, id) = (quoted(table, "guilds"), quoted(channel, "discord"));
    // The server, the channel and the people that the page speaks of.
    let discord = Discord::open().await;
    discord.guild(guild, "Example");
    discord.channel(guild, id, "deploys");
    let mut users = Vec::new();
    for (name, accounts) in ["ana", "ben", "mina"].into_iter().zip(people.split("discord").skip(1))
    {
        let (of, user) = quoted(accounts, "=").split_once('/').unwrap();
        assert_eq!(of, guild, "{name}");
        discord.user(user, User::named(name));
        discord.member(guild, user, Member::default());
        users.push(user);
    }
    let table = format!("{}\napi_url = \"{}\"\n", table.trim_end(), discord.api_url());
    let folder = follow(channel, &table, people);
    let command = |line: &str| {
        assert!(DISCORD.contains(line), "the page does not say `{line}`");
        let words: Vec<&str> = line.split(' ').skip(1).collect();
        let mut command = wilco(&words);
        command.current_dir(&folder).env(TOKEN_NAME, BOT_TOKEN);
        command
    };
    for line in ["wilco discord invite", "wilco check"] {
        let said = tokio::task::block_in_place(|| run(&mut command(line), b""));
        assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    }
    let mut running = Running::begin(&folder, command("wilco run"), "info");
    running.until("connected to Discord");
    let said = |words: &str| {
        let words = words.to_owned();
        let id = id.to_owned();
        let discord = &discord;
        async move {
            let has_it = |message: &crate::sim::discord::Message| {
                format!("{}{}", message.content, message.embeds).contains(&words)
            };
            let look = |one: &Discord| one.messages(&id).into_iter().find(|one| has_it(one));
            discord.until(&words, look).await
        }
    };
    for line in ["deploy web to staging", "deploy web to prod"] {
        assert!(DISCORD.contains(&format!("@wilco {line}")), "the page does not say {line}");
        discord.mention(users[0], id, line);
    }
    said("is live in staging").await;
    let card = said("waits for 1 approval").await;
    discord.react(users[1], (id, &card.id), "✅");
    said("is live in prod").await;
    running.stop();
    assert_eq!(discord.complaints(), Vec::<String>::new());
}
