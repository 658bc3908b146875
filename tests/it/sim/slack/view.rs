//! Modals and home tabs.

use serde_json::{Value, json};

use super::answer::{Answer, Args, Refusal};
use super::blocks;
use super::state::{OpenView, State};

impl State {
    pub fn open_view(&mut self, args: &Args) -> Answer {
        let trigger = args.needed("trigger_id")?;
        let asked = checked(args, "modal")?;
        let user = self.take_trigger(trigger)?;
        Ok(self.show(user, &asked))
    }

    fn show(&mut self, user: String, asked: &Value) -> Value {
        let view = self.dressed(asked);
        let id = view["id"].as_str().unwrap_or_default().to_owned();
        self.views.insert(id, OpenView { user, view: view.clone() });
        json!({ "view": view })
    }

    pub fn update_view(&mut self, args: &Args) -> Answer {
        let id = args.needed("view_id")?.to_owned();
        let asked = checked(args, "modal")?;
        let Some(open) = self.views.get(&id) else { return Err("not_found".into()) };
        if args.text("hash").is_some_and(|hash| open.view["hash"] != hash) {
            return Err("hash_conflict".into());
        }
        Ok(json!({ "view": self.exchange(&id, &asked) }))
    }

    /// Shows something else in an open modal.
    fn exchange(&mut self, id: &str, asked: &Value) -> Value {
        let mut view = self.dressed(asked);
        view["id"] = id.into();
        if let Some(open) = self.views.get_mut(id) {
            open.view = view.clone();
        }
        view
    }

    pub fn publish_home(&mut self, args: &Args) -> Answer {
        let user = args.needed("user_id")?.to_owned();
        let asked = checked(args, "home")?;
        if !self.users.contains_key(&user) {
            return Err("user_not_found".into());
        }
        let view = self.dressed(&asked);
        self.homes.insert(user, view.clone());
        Ok(json!({ "view": view }))
    }

    /// A modal that was sent off closes, unless the answer says otherwise.
    pub fn answer_submission(&mut self, payload: &Value, answer: &Value) {
        if payload["type"] != "view_submission" {
            return;
        }
        let id = payload["view"]["id"].as_str().unwrap_or_default();
        match answer["response_action"].as_str() {
            Some("errors") => {}
            Some(action @ ("update" | "push")) => {
                if let Err(refusal) = blocks::check_view(&answer["view"], "modal") {
                    self.complaints.push(format!("{action} of {id}: {refusal:?}"));
                } else if action == "update" {
                    self.exchange(id, &answer["view"]);
                } else {
                    let user = payload["user"]["id"].as_str().unwrap_or_default();
                    self.show(user.to_owned(), &answer["view"]);
                }
            }
            _ => {
                self.views.remove(id);
            }
        }
    }
}

fn checked(args: &Args, kind: &str) -> Result<Value, Refusal> {
    args.needed_parts("view").and_then(|view| blocks::check_view(&view, kind).map(|()| view))
}

impl Args {
    fn needed_parts(&self, name: &str) -> Result<Value, Refusal> {
        let reason = format!("missing required field: {name}");
        self.parts(name).ok_or_else(|| Refusal::because("invalid_arguments", &[reason]))
    }
}
