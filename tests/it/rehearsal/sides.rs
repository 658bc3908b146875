//! What is said in two chats at once → lines that say in which of them, and once where both say the same.

use super::discord_room::DiscordRoom;
use super::hearing::Hearing;
use super::slack_room::SlackRoom;
use super::spot::Channel;

/// What was heard in two chats since the last time.
#[derive(Default)]
pub struct Sides {
    /// What only one person saw.
    alone: Pair,
    channels: [Pair; Channel::ALL.len()],
}

#[derive(Default)]
struct Pair {
    slack: Hearing,
    discord: Hearing,
}

impl Sides {
    /// Notes what is new.
    pub fn hear(&self, slack: &SlackRoom, discord: &DiscordRoom) {
        slack.hear_alone(&self.alone.slack);
        discord.hear_alone(&self.alone.discord);
        for (channel, pair) in Channel::ALL.into_iter().zip(&self.channels) {
            slack.hear_in(channel, &pair.slack);
            discord.hear_in(channel, &pair.discord);
        }
    }

    /// Returns it: what one person saw, then channel by channel.
    pub fn take(&self) -> Vec<String> {
        let mut lines = self.alone.take("");
        for (channel, pair) in Channel::ALL.into_iter().zip(&self.channels) {
            let place = match channel {
                Channel::Deploys => String::new(),
                Channel::Seoul | Channel::Random | Channel::Team => format!("#{}", channel.name()),
            };
            lines.extend(pair.take(&place));
        }
        lines
    }
}

impl Pair {
    fn take(&self, place: &str) -> Vec<String> {
        side_by_side(&self.slack.take(), &self.discord.take(), place)
    }
}

/// Puts two lists together: each stands there in its order, and what both have in common once.
fn side_by_side(slack: &[String], discord: &[String], place: &str) -> Vec<String> {
    let said = |chat: &str, line: &String| format!("<{chat}{place}{}", &line[1..]);
    let (Some((first, slack_rest)), Some((other, discord_rest))) =
        (slack.split_first(), discord.split_first())
    else {
        let slack = slack.iter().map(|line| said("slack", line));
        return slack.chain(discord.iter().map(|line| said("discord", line))).collect();
    };
    let (line, rest) = if first == other {
        (said("", first), side_by_side(slack_rest, discord_rest, place))
    } else if slack_rest.contains(other) && !discord_rest.contains(first) {
        (said("slack", first), side_by_side(slack_rest, discord, place))
    } else if discord_rest.contains(first) && !slack_rest.contains(other) {
        (said("discord", other), side_by_side(slack, discord_rest, place))
    } else {
        (said("slack", first), side_by_side(slack_rest, discord, place))
    };
    [vec![line], rest].concat()
}

#[test]
fn what_both_chats_say_stands_once_and_everything_else_says_where() {
    let lines = |lines: &[&str]| lines.iter().map(|line| format!("< {line}")).collect::<Vec<_>>();
    let put = |slack: &[&str], discord: &[&str]| {
        side_by_side(&lines(slack), &lines(discord), "").join("|")
    };
    assert_eq!(put(&["a", "b"], &["a", "b"]), "< a|< b");
    assert_eq!(put(&["a", "b"], &["b"]), "<slack a|< b");
    assert_eq!(put(&["b"], &["a", "b", "c"]), "<discord a|< b|<discord c");
    assert_eq!(put(&["a"], &["b"]), "<slack a|<discord b");
    assert_eq!(put(&["a", "b"], &["b", "a"]), "<slack a|< b|<discord a");
    assert_eq!(put(&[], &["a"]), "<discord a");
    assert_eq!(side_by_side(&lines(&["a"]), &[], "#seoul"), ["<slack#seoul a"]);
}
