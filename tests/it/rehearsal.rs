//! Runs every conversation in `tests/scenarios` with the real app, and compares what is seen.
//!
//! `WILCO_BLESS=1 cargo test -p wilco --test it rehearsal` rewrites what is expected.

mod changes;
pub mod discord_room;
mod github;
mod github_faults;
pub mod hearing;
pub mod newsroom;
pub mod record;
mod repository;
mod rest;
mod sides;
pub mod slack_room;
pub mod spot;
pub mod stage;
mod transcript;
mod venue;

use std::fs;
use std::path::{Path, PathBuf};

use wilco_core::fact::Fact;
use wilco_core::time::Duration;

use spot::Chat;
use stage::{On, Stage};
use transcript::{Chats, Difference, Transcript};

/// Gives each scenario a test of its own; its file has the same name with dashes.
macro_rules! scenarios {
    ([$($name:ident)*] in both: [$($mixed:ident)*]) => {
        $(#[tokio::test]
        async fn $name() {
            rehearse(&stringify!($name).replace('_', "-"), On::Console).await;
        })*

        /// The same conversations in Slack; they must not differ in meaning.
        mod in_slack {
            $(#[tokio::test]
            async fn $name() {
                super::rehearse(&stringify!($name).replace('_', "-"), super::On::Slack).await;
            })*
        }

        /// And in Discord.
        mod in_discord {
            $(#[tokio::test]
            async fn $name() {
                super::rehearse(&stringify!($name).replace('_', "-"), super::On::Discord).await;
            })*
        }

        /// One deployment that is in Slack and in Discord.
        mod in_both {
            $(#[tokio::test]
            async fn $mixed() {
                let name = stringify!($mixed).replace('_', "-");
                super::rehearse(&name, super::On::SlackAndDiscord).await;
            })*
        }

        const SCENARIOS: &[&str] = &[$(stringify!($name),)* $(stringify!($mixed),)*];
    };
}

scenarios! {
    [
        asking
        branch_not_allowed
        cancel
        clock_goes_back
        code_moves_after_the_vote
        did_you_mean
        dry_run
        expired
        failure_and_retry
        flood
        github_branch_moves
        github_cancel
        github_failure
        github_korean
        github_lists_lag
        github_news
        github_news_in_korean
        github_no_workflow
        github_nothing_began
        github_other_commit
        github_out_of_reach
        github_own_commits
        github_restart
        github_risky
        github_storm
        github_whole_way
        help_is_for_you
        hostile_text
        korean
        korean_record
        korean_refusals
        language
        one_human_is_one_vote
        parameters
        policy_changed_after_the_vote
        promote
        rejected_with_a_reason
        replaced
        restart_during_a_run
        restart_while_waiting
        role_lost_before_the_start
        rollback
        script_changed_after_the_vote
        staging_needs_nobody
        strangers_and_people_without_the_role
        team_command
        too_fast
        too_few_to_approve
        two_people_before_prod
        typed_in_a_hurry
        vote_too_late
        waiting_for_its_turn
        withdrawn_vote
    ]
    in both: [
        asked_elsewhere
        discord_out_of_reach
        linked_in_one_chat_only
        one_human_in_two_chats
        one_quorum_in_two_chats
        own_deployment_in_another_chat
        rejected_in_another_chat
        role_lost_between_two_chats
        slack_out_of_reach
        two_channels_two_languages
        two_languages_in_threads
        vote_on_a_chat_out_of_reach
        votes_in_two_chats_while_away
        withdrawn_in_one_chat_while_away
    ]
}

#[test]
fn every_scenario_is_rehearsed() {
    let mut files: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().replace('-', "_"))
        .collect();
    files.sort();
    let mut named = SCENARIOS.to_vec();
    named.sort_unstable();
    assert_eq!(files, named, "tests/scenarios and the list in tests/it/rehearsal.rs differ");
}

#[tokio::test]
async fn a_wrong_line_is_found_and_shown_where_it_stands() {
    let text = "# A line that is not said.\nconsole #deploys\n\n> ana: whoami\n< You are ben.\n";
    let transcript = Transcript::read(text).unwrap();
    let seen = play(&transcript, On::Console).await.unwrap();
    let differences = compare(&transcript, &seen);
    assert_eq!(differences.len(), 1);
    let shown = differences[0].text("wrong.txt");
    assert!(shown.starts_with("wrong.txt:4: after `> ana: whoami`\n  - < You are ben.\n  + < "));
    assert_eq!(compare(&Transcript::read(&transcript.with(&seen)).unwrap(), &seen).len(), 0);
}

#[tokio::test]
async fn a_line_that_is_said_and_not_expected_is_found() {
    let transcript = Transcript::read("# Silence.\nconsole #deploys\n> ana: whoami\n").unwrap();
    let seen = play(&transcript, On::Console).await.unwrap();
    assert_eq!(compare(&transcript, &seen).len(), 1);
}

#[tokio::test]
async fn what_no_scenario_can_do_is_an_error_with_its_line() {
    let transcript = Transcript::read("# A slip.\nconsole #deploys\nwiat 3m\n").unwrap();
    assert_eq!(
        play(&transcript, On::Console).await.unwrap_err(),
        "line 3: a scenario has no `wiat 3m`"
    );
    assert!(Transcript::read("console #deploys\n").is_err());
    assert!(Transcript::read("# Why\nconsole #deploys\n< hello\n").is_err());
}

async fn rehearse(name: &str, on: On) {
    let path = folder().join(format!("{name}.txt"));
    let file = format!("tests/scenarios/{name}.txt");
    let text = fs::read_to_string(&path).unwrap();
    let transcript = Transcript::read(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let (chats, writes) = match on {
        On::Console => (Chats::Each, true),
        On::Slack | On::Discord => (Chats::Each, false),
        On::SlackAndDiscord => (Chats::SlackAndDiscord, true),
    };
    assert_eq!(transcript.chats, chats, "{file} takes place elsewhere");
    let seen = play(&transcript, on).await.unwrap_or_else(|error| panic!("{file}: {error}"));
    if std::env::var_os("WILCO_BLESS").is_some() && writes {
        fs::write(&path, transcript.with(&seen)).unwrap();
        return;
    }
    let differences: Vec<_> =
        compare(&transcript, &seen).iter().map(|difference| difference.text(&file)).collect();
    assert!(
        differences.is_empty(),
        "\n{}\n`-` was expected, `+` was seen. If it should read so, run it again with WILCO_BLESS=1.",
        differences.join("\n")
    );
}

fn compare(transcript: &Transcript, seen: &[Vec<String>]) -> Vec<Difference> {
    let pairs = transcript.steps.iter().zip(seen);
    let differing = pairs.filter(|(step, seen)| step.expected != **seen);
    differing
        .map(|(step, seen)| Difference {
            line: step.line,
            action: step.action.clone(),
            expected: step.expected.clone(),
            seen: seen.clone(),
        })
        .collect()
}

/// Plays a scenario; returns what was seen after each step.
async fn play(transcript: &Transcript, on: On) -> Result<Vec<Vec<String>>, String> {
    let Transcript { code, channel, settings, .. } = transcript;
    let mut stage = Stage::open_with(on, *code, channel, settings).await;
    stage.settle().await;
    let mut seen = Vec::new();
    for step in &transcript.steps {
        let looked_up = act(&mut stage, &step.action).await;
        let looked_up = looked_up.map_err(|error| format!("line {}: {error}", step.line))?;
        stage.settle().await;
        let mut lines = stage.take();
        lines.extend(looked_up);
        seen.push(lines);
    }
    stage.stop().await;
    Ok(seen)
}

/// Does one step; returns what was looked up for it.
async fn act(stage: &mut Stage, action: &str) -> Result<Vec<String>, String> {
    let unknown = || format!("a scenario has no `{action}`");
    if let Some(said) = action.strip_prefix("> ") {
        let (who, line) = said.split_once(": ").ok_or_else(unknown)?;
        if let Some(words) = line.strip_prefix('[').and_then(|words| words.strip_suffix(']')) {
            stage.press(who, words).await;
        } else if who.contains('@') {
            let (account, chat, spot) = spot::read(who).ok_or_else(unknown)?;
            stage.say_at((chat, spot), account, &spoken(line)).await;
        } else {
            stage.say(who, &spoken(line)).await;
        }
        return Ok(vec![]);
    }
    let (verb, rest) = action.split_once(' ').unwrap_or((action, ""));
    let words: Vec<&str> = rest.split(' ').collect();
    match (verb, words.as_slice()) {
        ("wait", [length]) => stage.wait(milliseconds(length).ok_or_else(unknown)?),
        ("github", [">", ..]) => {
            let github = stage.github.as_ref().ok_or_else(unknown)?;
            github.act(rest.trim_start_matches("> ")).ok_or_else(unknown)?;
        }
        ("clock", ["back", length]) => {
            stage.clock.advance(-milliseconds(length).ok_or_else(unknown)?);
        }
        ("push", [branch, subject @ ..]) => stage.repository.push(branch, &subject_of(subject)),
        ("force-push", [branch, subject @ ..]) => {
            stage.repository.force_push(branch, &subject_of(subject));
        }
        ("tag", [name]) => stage.repository.tag(name),
        ("delete", ["branch", branch]) => stage.repository.delete_branch(branch),
        ("hold", [service, environment]) => stage.hold(service, environment),
        ("release", [service, environment]) => stage.release(service, environment),
        ("policy", [service, environment, policy @ ..]) => {
            stage.policy(service, environment, &policy.join(" "))?;
        }
        ("role", [person, role]) => stage.role(person, role)?,
        ("edit", [file, ..]) => {
            let change = rest.strip_prefix(*file).and_then(|change| change.strip_prefix(" s/"));
            let change = change.and_then(|change| change.strip_suffix('/'));
            let (from, to) =
                change.and_then(|change| change.split_once('/')).ok_or_else(unknown)?;
            stage.edit(file, from, to)?;
        }
        ("reload", [""]) => {
            if let Err(faults) = stage.reload().await {
                return Ok(faults.lines().map(|line| format!("= {line}")).collect());
            }
        }
        ("restart", [""]) => {
            stage.stop().await;
            stage.start().await?;
        }
        ("unreachable", [chat]) => stage.break_off(Chat::read(chat).ok_or_else(unknown)?).await,
        ("reachable", [chat]) => stage.mend(Chat::read(chat).ok_or_else(unknown)?).await,
        ("stop", [""]) => stage.stop().await,
        ("start", [""]) => stage.start().await?,
        ("record", [number]) => {
            let number = number.strip_prefix('#').and_then(|number| number.parse().ok());
            let facts: Vec<Fact> = stage.facts(number.ok_or_else(unknown)?).await;
            return Ok(vec![record::describe(&facts)]);
        }
        ("count", ["#team"]) => {
            return Ok(vec![format!("= messages: {}", stage.count_news().await)]);
        }
        ("ran", [""]) => {
            let ran = fs::read_to_string(stage.path("ran")).unwrap_or_default();
            return Ok(ran.lines().map(|line| format!("= {}", hearing::shown(line))).collect());
        }
        _ => return Err(unknown()),
    }
    Ok(vec![])
}

/// Returns the line as it is typed on the console: reactions are made with a command there.
fn spoken(line: &str) -> String {
    let reaction = |sign: char, command: &str| {
        let (emoji, number) = line.strip_prefix(sign)?.split_once(" #")?;
        Some(format!("{command} {emoji} #{number}"))
    };
    let reaction = reaction('+', "/react").or_else(|| reaction('-', "/unreact"));
    reaction.unwrap_or_else(|| unescaped(line))
}

/// Puts a character in place of each `\u{…}`, by which a scenario writes what cannot be seen.
fn unescaped(text: &str) -> String {
    let mut pieces = text.split("\\u{");
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (code, rest) = piece.split_once('}').unwrap();
        whole.push(u32::from_str_radix(code, 16).ok().and_then(char::from_u32).unwrap());
        whole.push_str(rest);
    }
    whole
}

fn subject_of(words: &[&str]) -> String {
    if words.is_empty() { "Change something".to_owned() } else { unescaped(&words.join(" ")) }
}

/// Reads `3m12s`, piece by piece.
fn milliseconds(text: &str) -> Option<i64> {
    if text == "1ms" {
        return Some(1);
    }
    let ends = text.char_indices().filter(|(_, c)| c.is_ascii_alphabetic());
    let mut from = 0;
    let mut whole = 0;
    for (at, _) in ends {
        whole += Duration::read(&text[from..=at])?.0;
        from = at + 1;
    }
    (from == text.len()).then_some(whole)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}
