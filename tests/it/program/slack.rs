//! `wilco slack`, as somebody who sets it up types it.

use serde_json::Value;

use super::ask;

const CREATE: &str = "https://api.slack.com/apps?new_app=1&manifest_json=%7B";

#[test]
fn it_prints_a_manifest_to_paste_and_a_link_to_open() {
    let said = ask(&["slack", "manifest"]);
    let manifest: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &manifest["settings"]["socket_mode_enabled"]), (0, &true.into()));
    assert!(said.err.contains(CREATE), "{}", said.err);
    let link = ask(&["slack", "manifest", "--link"]);
    assert!(link.out.starts_with(CREATE) && link.out.lines().count() == 1, "{}", link.out);
    assert_eq!((link.code, link.err.as_str()), (0, ""));
}

#[test]
fn an_address_that_slack_cannot_call_is_refused() {
    let said = ask(&["slack", "manifest", "--http", "https://deploys.example.com/"]);
    let manifest: Value = serde_json::from_str(&said.out).unwrap();
    let events = &manifest["settings"]["event_subscriptions"]["request_url"];
    assert_eq!(events, "https://deploys.example.com/hooks/slack/events");
    for wrong in
        ["http://deploys.example.com", "deploys.example.com", "https://", "https://a b", ""]
    {
        let said = ask(&["slack", "manifest", "--http", wrong]);
        assert_eq!(said.code, 2, "{wrong:?}: {}", said.out);
        assert!(said.err.contains("write an address such as"), "{}", said.err);
    }
}
