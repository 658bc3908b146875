//! docs/slack.md, followed to the letter by somebody who begins with `wilco init`.

use std::fs;

use super::{commit, run, wilco};

const PAGE: &str = include_str!("../../../docs/slack.md");

/// The blocks of TOML of the page, in their order.
fn blocks() -> Vec<&'static str> {
    let begun = PAGE.split("```toml\n").skip(1);
    begun.map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

#[test]
fn what_the_page_says_to_write_is_a_configuration_that_is_right() {
    let blocks = blocks();
    let [channel_and_slack, people, over_http] = blocks.as_slice() else {
        panic!("the page has other blocks than these: {blocks:?}");
    };
    let (channel, slack) = channel_and_slack.split_once("\n\n").unwrap();
    for slack in [slack, *over_http] {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(run(wilco(&["init", "."]).current_dir(&folder), b"").code, 0);
        let config = folder.path().join("config");
        let example = fs::read_to_string(config.join("wilco.toml")).unwrap();
        let (before, after) = example.split_once("[channel.deploys]\n").unwrap();
        let (_, after) = after.split_once("\n\n").unwrap();
        let written = format!("{before}{channel}\n\n{after}\n{slack}");
        fs::write(config.join("wilco.toml"), written).unwrap();
        fs::write(config.join("people.toml"), people).unwrap();
        commit(folder.path());
        let said = run(wilco(&["check", "--offline"]).current_dir(&folder), b"");
        assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    }
}
