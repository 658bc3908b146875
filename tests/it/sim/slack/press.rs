//! Buttons that people press, lists that they pick from, and modals that they send off.

use serde_json::{Value, json};

use super::deliver::{Envelope, Kind};
use super::state::{ResponseUrl, State};
use super::{APP, BOT, Slack, TEAM};

/// A button as it was pressed.
pub struct Press<'a> {
    pub user: &'a str,
    pub channel: &'a str,
    /// Of the message with the button, which may be one that only this person sees.
    pub ts: &'a str,
    pub action_id: &'a str,
    pub value: &'a str,
}

impl Slack {
    /// Presses a button that must be there.
    pub async fn press(&self, press: Press<'_>) -> Option<String> {
        let payload = self.world.change(|state| state.pressed(&press));
        self.world.hand_over(Envelope { kind: Kind::Interactive, payload }).await
    }

    /// Presses a button of the person's home tab, which must be there.
    pub async fn press_at_home(&self, user: &str, action_id: &str) -> Option<String> {
        let payload = self.world.change(|state| {
            let home = state.home_of(user);
            let action = action(&home["blocks"], action_id, None);
            state.done_at_home(user, home, action)
        });
        self.world.hand_over(Envelope { kind: Kind::Interactive, payload }).await
    }

    /// Picks an option of a list on the person's home tab, which must be there and offer it.
    pub async fn pick_at_home(&self, user: &str, action_id: &str, value: &str) -> Option<String> {
        let payload = self.world.change(|state| {
            let mut home = state.home_of(user);
            let mut action = element(&home["blocks"], action_id, |one| one["type"] != "button");
            let options = action["options"].as_array().into_iter().flatten();
            let mut found = options.filter(|option| option["value"] == value);
            let option = found.next().cloned();
            let option = option.unwrap_or_else(|| panic!("{action_id} does not offer {value}"));
            // An action has what was picked, and not what there was to pick from.
            action.as_object_mut().map(|action| action.remove("options"));
            action["selected_option"] = option.clone();
            let block = action["block_id"].as_str().unwrap_or_default();
            home["state"]["values"][block][action_id] =
                json!({ "type": action["type"], "selected_option": option });
            state.done_at_home(user, home, action)
        });
        self.world.hand_over(Envelope { kind: Kind::Interactive, payload }).await
    }

    /// Sends an open modal off with what was filled in: block ids → action ids → elements.
    pub async fn submit_view(&self, user: &str, view_id: &str, values: Value) -> Option<String> {
        let payload = self.world.change(|state| {
            let open = state.views.get(view_id);
            let open = open.unwrap_or_else(|| panic!("the view {view_id} is not open"));
            assert_eq!(open.user, user, "the view {view_id} is before somebody else");
            let mut view = open.view.clone();
            view["state"] = json!({ "values": values });
            let mut payload = state.interaction("view_submission", user);
            payload["view"] = view;
            payload["response_urls"] = json!([]);
            payload
        });
        self.world.hand_over(Envelope { kind: Kind::Interactive, payload }).await
    }
}

impl State {
    fn home_of(&self, user: &str) -> Value {
        let home = self.homes.get(user).cloned();
        home.unwrap_or_else(|| panic!("{user} has no home tab"))
    }

    /// What Slack sends of something that somebody did on their home tab.
    fn done_at_home(&mut self, user: &str, home: Value, action: Value) -> Value {
        let mut payload = self.interaction("block_actions", user);
        payload["container"] = json!({ "type": "view", "view_id": home["id"] });
        payload["view"] = home;
        payload["actions"] = Value::Array(vec![action]);
        payload
    }

    fn pressed(&mut self, press: &Press<'_>) -> Value {
        let Press { user, channel, ts, .. } = press;
        let whispered =
            self.ephemerals.iter().find(|one| one.ts == *ts && one.channel == *channel).cloned();
        let blocks = match &whispered {
            Some(ephemeral) => {
                assert_eq!(ephemeral.user, *user, "only who sees a button can press it");
                ephemeral.blocks.clone()
            }
            None => self.said(channel, ts).blocks.clone(),
        };
        let action = action(&blocks, press.action_id, Some(press.value));
        let channel_name = self.channel_name(channel);
        let answers = ResponseUrl::of(channel, user, Some(ts));
        let response_url = self.new_response_url("actions", answers);
        let mut payload = self.interaction("block_actions", user);
        payload["container"] = json!({
            "type": "message", "message_ts": ts, "channel_id": channel,
            "is_ephemeral": whispered.is_some(),
        });
        payload["channel"] = json!({ "id": channel, "name": channel_name });
        payload["response_url"] = response_url.into();
        payload["state"] = json!({ "values": {} });
        payload["actions"] = json!([action]);
        // Slack does not show what an ephemeral message says.
        if whispered.is_none() {
            payload["message"] = self.said(channel, ts).shown();
        }
        payload
    }

    /// A view as Slack hands it out.
    pub fn dressed(&mut self, asked: &Value) -> Value {
        let mut view = asked.clone();
        let defaults = json!({
            "id": format!("V{:010}", self.next()), "team_id": TEAM, "app_id": APP, "bot_id": BOT,
            "app_installed_team_id": TEAM, "state": { "values": {} }, "previous_view_id": null,
            "root_view_id": null, "hash": format!("1700000000.{:08x}", self.next()),
        });
        for (name, value) in defaults.as_object().into_iter().flatten() {
            view[name] = value.clone();
        }
        for name in ["private_metadata", "callback_id", "external_id"] {
            if view[name].is_null() {
                view[name] = "".into();
            }
        }
        view
    }
}

/// The button with an action id as an action; it must carry that value, if one is named.
fn action(blocks: &Value, action_id: &str, value: Option<&str>) -> Value {
    element(blocks, action_id, |one| {
        one["type"] == "button" && value.is_none_or(|value| one["value"] == value)
    })
}

/// The element with an action id as an action.
fn element(blocks: &Value, action_id: &str, is_meant: impl Fn(&Value) -> bool) -> Value {
    let mut found = None;
    for block in blocks.as_array().into_iter().flatten() {
        let elements = block["elements"].as_array().into_iter().flatten();
        let mut elements = elements.chain([&block["accessory"]]);
        let element = elements.find(|one| one["action_id"] == action_id && is_meant(one));
        found = found.or(element.map(|element| (&block["block_id"], element)));
    }
    let Some((block_id, element)) = found else {
        panic!("there is nothing {action_id} as it is meant in {blocks:#}")
    };
    let mut action = element.clone();
    action["block_id"] = block_id.as_str().unwrap_or("unnamed").into();
    action["action_ts"] = "1700000000.000001".into();
    action
}
