//! Events of channels that are shared, of other workspaces, and of apps that a whole organisation installed.

use serde_json::{Value, json};

use super::Scene;
use crate::rehearsal::slack_room::{CHANNEL, user};
use crate::sim::slack::{APP, BOT_USER, Bot, TEAM, User};

const OTHER_TEAM: &str = "T0987654321";
const NOT_IN: &str = "C0ELSEWHERE";

/// A tick of ben's on a message, as an event of which parts are told otherwise.
fn tick(number: u32, ts: &str, change: &[(&str, Value)]) -> Value {
    let mut payload = json!({
        "token": "", "team_id": TEAM, "api_app_id": APP, "type": "event_callback",
        "event_id": format!("Ev0FOREIGN{number}"), "event_time": 1_700_000_000,
        "is_ext_shared_channel": false,
        "authorizations": [{
            "enterprise_id": null, "team_id": TEAM, "user_id": BOT_USER, "is_bot": true,
            "is_enterprise_install": false,
        }],
        "event": {
            "type": "reaction_added", "user": user("ben"), "reaction": "white_check_mark",
            "item_user": BOT_USER, "event_ts": "1700000001.000100",
            "item": { "type": "message", "channel": CHANNEL, "ts": ts },
        },
    });
    for (place, value) in change {
        let (parent, name) = place.rsplit_once('/').unwrap();
        payload.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    payload
}

/// Gives an event to wilco, and returns once it is acknowledged and all is at rest.
async fn deliver(scene: &Scene, payload: &Value) {
    let id = format!("envelope-{}", payload["event_id"].as_str().unwrap());
    let frame = json!({ "type": "events_api", "envelope_id": id, "payload": payload });
    assert!(scene.slack.send_envelope(&frame));
    scene.stage.settle().await;
}

#[tokio::test]
async fn a_foreign_event_counts_for_nothing_and_one_of_an_organisations_app_does() {
    let scene = Scene::open().await;
    scene.slack.channel(NOT_IN, "elsewhere", Bot::Out);
    scene.say("ana", "deploy api to prod").await;
    let ts = scene.card(1).ts;
    let null = || Value::Null;
    let foreign: [&[(&str, Value)]; 7] = [
        // Slack Connect: wilco is not in that channel, and no message there is its card.
        &[("/event/item/channel", NOT_IN.into())],
        &[("/event/item/channel", NOT_IN.into()), ("/event/item_user", null())],
        &[("/is_ext_shared_channel", true.into())],
        &[("/team_id", OTHER_TEAM.into())],
        &[("/event/user_team", OTHER_TEAM.into())],
        &[("/event/source_team", OTHER_TEAM.into())],
        &[("/team_id", null())],
    ];
    for (number, change) in (0..).zip(foreign) {
        deliver(&scene, &tick(number, &ts, change)).await;
        let record = scene.record(1).await;
        assert!(!record.contains("approved by"), "{change:?}: {record}");
    }
    // The platform says of mina what it would say of somebody of another organisation.
    let stranger = User { is_stranger: true, team_id: OTHER_TEAM.into(), ..User::named("mina") };
    scene.slack.user(&user("mina"), stranger);
    deliver(&scene, &tick(20, &ts, &[("/event/user", user("mina").into())])).await;
    assert!(!scene.record(1).await.contains("approved by"));
    // Installed for a whole organisation, the app is told of no workspace beside the event.
    let of_all = json!([{
        "enterprise_id": "E0ORGANISATION", "team_id": null, "user_id": BOT_USER, "is_bot": true,
        "is_enterprise_install": true,
    }]);
    deliver(&scene, &tick(30, &ts, &[("/authorizations", of_all)])).await;
    let record = scene.record(1).await;
    assert!(record.ends_with("approved by ben"), "{record}");
}
