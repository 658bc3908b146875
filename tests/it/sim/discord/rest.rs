//! REST: who may ask what, and which part answers.

use serde_json::json;

use super::answer::{Answer, Call, Form, Refusal, Reply};
use super::check;
use super::server::OPEN;
use super::state::State;
use super::{APP, BOT_USER};

/// Source: Gateway, "Get Gateway Bot".
const SESSIONS_A_DAY: usize = 1_000;

impl State {
    pub fn answer(&mut self, call: &Call) -> Answer {
        let is_known = !self.has_other_token || OPEN.contains(&call.operation);
        if !call.is_authorised || !is_known {
            return Err(Refusal::new(401, 0, "401: Unauthorized"));
        }
        for (name, value) in &call.parts {
            if name.ends_with("_id") && !check::is_id(value) {
                let mut form = Form::default();
                let told = format!("Value \"{value}\" is not snowflake.");
                form.fault(name, "NUMBER_TYPE_COERCE", &told);
                return Err(form.refusal());
            }
        }
        let application = call.part("application_id");
        if !application.is_empty() && application != APP {
            return Err(match call.part("token") {
                "" => Refusal::new(
                    403,
                    20_012,
                    "You are not authorized to perform this action on this application",
                ),
                _ => Refusal::new(404, 10_015, "Unknown Webhook"),
            });
        }
        self.carry_out(call)
    }

    fn carry_out(&mut self, call: &Call) -> Answer {
        match call.operation {
            "get_gateway" => Ok(Reply::Body(json!({ "url": self.gateway_url() }))),
            "get_bot_gateway" => Ok(self.bot_gateway()),
            "get_my_application" | "get_my_oauth2_application" => {
                Ok(Reply::Body(self.application()))
            }
            "get_my_user" => Ok(Reply::Body(self.own_user())),
            "list_my_guilds" => Ok(self.my_guilds()),
            "create_dm" => self.create_dm(call),
            "get_user" => self.get_user(call),
            "get_guild" => self.get_guild(call),
            "list_guild_channels" => self.guild_channels(call),
            "list_guild_roles" => self.guild_roles(call),
            "list_guild_members" => self.guild_members(call),
            "get_guild_member" => self.guild_member(call),
            "get_active_guild_threads" => self.active_threads(call),
            "get_channel" => self.get_channel(call),
            "update_channel" => self.update_channel(call),
            "list_messages" => self.list_messages(call),
            "create_message" => self.create_message(call),
            "bulk_delete_messages" => self.bulk_delete(call),
            "trigger_typing_indicator" => self.typing(call),
            "join_thread" => self.join_thread(call),
            "get_message" => self.get_message(call),
            "update_message" => self.update_message(call),
            "delete_message" => self.delete_message(call),
            "create_thread_from_message" => self.create_thread(call),
            "delete_all_message_reactions" => self.delete_all_reactions(call),
            "list_message_reactions_by_emoji" => self.list_reactions(call),
            "delete_all_message_reactions_by_emoji" => self.delete_emoji(call),
            "add_my_message_reaction" => self.add_own_reaction(call),
            "delete_my_message_reaction" => self.delete_reaction(call, BOT_USER),
            "delete_user_message_reaction" => self.delete_reaction(call, call.part("user_id")),
            "list_application_commands" | "list_guild_application_commands" => {
                self.list_commands(call)
            }
            "bulk_set_application_commands" | "bulk_set_guild_application_commands" => {
                self.set_commands(call)
            }
            "create_application_command" | "create_guild_application_command" => {
                self.create_command(call)
            }
            "delete_application_command" | "delete_guild_application_command" => {
                self.delete_command(call)
            }
            "create_interaction_response" => self.respond(call),
            "execute_webhook" => self.follow_up(call),
            "get_original_webhook_message" | "get_webhook_message" => self.get_follow_up(call),
            "update_original_webhook_message" | "update_webhook_message" => {
                self.edit_follow_up(call)
            }
            "delete_original_webhook_message" | "delete_webhook_message" => {
                self.delete_follow_up(call)
            }
            other => panic!("{other} leads nowhere"),
        }
    }

    fn gateway_url(&self) -> String {
        format!("ws://{}/socket", self.base.trim_start_matches("http://"))
    }

    fn bot_gateway(&self) -> Reply {
        let remaining = SESSIONS_A_DAY.saturating_sub(self.link.identified);
        Reply::Body(json!({
            "url": self.gateway_url(), "shards": 1,
            "session_start_limit": {
                "total": SESSIONS_A_DAY, "remaining": remaining, "reset_after": 14_400_000,
                "max_concurrency": 1,
            },
        }))
    }
}
