//! `wilco discord`, as somebody who sets it up types it.

use std::fs;

use super::discord_check::{Setup, TOKEN_NAME};
use super::{ask, run};
use crate::sim::discord::{APP, BOT_TOKEN};

/// View Channels, Send Messages, Embed Links, Read Message History, Add Reactions, Create Public Threads and
/// Send Messages in Threads, and no other.
const PERMISSIONS: u64 = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 16 | 1 << 6 | 1 << 35 | 1 << 38;

fn link(application: &str) -> String {
    format!(
        "https://discord.com/oauth2/authorize?client_id={application}\
         &scope=bot+applications.commands&permissions={PERMISSIONS}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_is_of_the_application_that_the_token_is_of() {
    let setup = Setup::new().await;
    let mut command = setup.command(&["discord", "invite"]);
    let said = tokio::task::block_in_place(|| run(&mut command, b""));
    assert_eq!((said.out, said.code), (link(APP), 0), "{}", said.err);
    assert_eq!(said.err, "next: open this address, and choose the server\n");
    // The token from a file does as well.
    let file = setup.folder.path().join("token");
    fs::write(&file, format!("{BOT_TOKEN}\n")).unwrap();
    let mut command = setup.command(&["discord", "invite"]);
    command.env_remove(TOKEN_NAME).env(format!("{TOKEN_NAME}_FILE"), &file);
    let said = tokio::task::block_in_place(|| run(&mut command, b""));
    assert_eq!((said.out, said.code), (link(APP), 0), "{}", said.err);
    assert_eq!(setup.discord.complaints(), Vec::<String>::new());
}

#[test]
fn an_application_by_hand_needs_no_token_and_no_network() {
    let said = ask(&["discord", "invite", "--application", "1122334455667788990"]);
    assert_eq!((said.out, said.code), (link("1122334455667788990"), 0), "{}", said.err);
    for wrong in ["wilco", "0", "-5", "18446744073709551616", ""] {
        let said = ask(&["discord", "invite", &format!("--application={wrong}")]);
        assert_eq!((said.out.as_str(), said.code), ("", 2), "{wrong:?}");
        assert!(said.err.contains("copy the number below \"Application ID\""), "{}", said.err);
    }
    let help = ask(&["discord", "invite", "--help"]).out;
    for words in
        ["--application <ID>", "no token is needed", "exactly the permissions", "Example: "]
    {
        assert!(help.contains(words), "{help}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_the_link_from_coming_is_told_with_the_way_around_it() {
    let setup = Setup::new().await;
    let wrong = "canary.token";
    for (token, said_so) in [
        (None, "WILCO_DISCORD_TOKEN is not set: put the token of the bot from \"Bot\""),
        (Some(wrong), "Discord does not take WILCO_DISCORD_TOKEN: copy it from \"Bot\""),
    ] {
        let said = setup.run(&["discord", "invite"], token);
        assert_eq!((said.out.as_str(), said.code), ("", 1), "{token:?}");
        assert!(said.err.contains(said_so) && !said.err.contains(wrong), "{}", said.err);
        let around = "or say `wilco discord invite --application ID`, with the \"Application ID\"";
        assert!(said.err.contains(around) && said.err.lines().count() == 1, "{}", said.err);
    }
    setup.write_at("http://127.0.0.1:1");
    let said = setup.run(&["discord", "invite"], Some(BOT_TOKEN));
    assert_eq!((said.out.as_str(), said.code), ("", 1));
    let told = "Discord did not say which application this is: the connection failed; look whether \
                this machine gets to http://127.0.0.1:1, or say `wilco discord invite --application";
    assert!(said.err.contains(told), "{}", said.err);
    // A token goes nowhere by a guess, and who names the application needs none.
    setup.write_at("http://discord.example.com");
    let said = setup.run(&["discord", "invite"], Some(BOT_TOKEN));
    assert_eq!((said.out.as_str(), said.code), ("", 2));
    assert!(said.err.contains("is not a safe address for tokens"), "{}", said.err);
    assert!(
        said.err.contains("so nobody can tell where Discord is: mend it, or say"),
        "{}",
        said.err
    );
    let said = setup.run(&["discord", "invite", "--application", APP], None);
    assert_eq!((said.out, said.code), (link(APP), 0));
}
