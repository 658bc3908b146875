//! Which request is which operation; the names are those of Discord's own OpenAPI description.

use std::collections::BTreeMap;

use crate::sim::asked::decoded;

const CHANNEL: &str = "/channels/{channel_id}";
const MESSAGE: &str = "/channels/{channel_id}/messages/{message_id}";
const REACTIONS: &str = "/channels/{channel_id}/messages/{message_id}/reactions";
const GUILD: &str = "/guilds/{guild_id}";
const COMMANDS: &str = "/applications/{application_id}/commands";
const GUILD_COMMANDS: &str = "/applications/{application_id}/guilds/{guild_id}/commands";
const WEBHOOK: &str = "/webhooks/{application_id}/{token}";
const INTERACTION: &str = "/interactions/{interaction_id}/{token}";

/// Method, the path's beginning and its end, and the operation.
const ROUTES: &[(&str, &str, &str, &str)] = &[
    ("GET", "/gateway", "", "get_gateway"),
    ("GET", "/gateway", "/bot", "get_bot_gateway"),
    ("GET", "/applications", "/@me", "get_my_application"),
    ("GET", "/oauth2/applications", "/@me", "get_my_oauth2_application"),
    ("GET", "/users", "/@me", "get_my_user"),
    ("GET", "/users", "/@me/guilds", "list_my_guilds"),
    ("POST", "/users", "/@me/channels", "create_dm"),
    ("GET", "/users", "/{user_id}", "get_user"),
    ("GET", GUILD, "", "get_guild"),
    ("GET", GUILD, "/channels", "list_guild_channels"),
    ("GET", GUILD, "/roles", "list_guild_roles"),
    ("GET", GUILD, "/members", "list_guild_members"),
    ("GET", GUILD, "/members/{user_id}", "get_guild_member"),
    ("GET", GUILD, "/threads/active", "get_active_guild_threads"),
    ("GET", CHANNEL, "", "get_channel"),
    ("PATCH", CHANNEL, "", "update_channel"),
    ("GET", CHANNEL, "/messages", "list_messages"),
    ("POST", CHANNEL, "/messages", "create_message"),
    ("POST", CHANNEL, "/messages/bulk-delete", "bulk_delete_messages"),
    ("POST", CHANNEL, "/typing", "trigger_typing_indicator"),
    ("PUT", CHANNEL, "/thread-members/@me", "join_thread"),
    ("GET", MESSAGE, "", "get_message"),
    ("PATCH", MESSAGE, "", "update_message"),
    ("DELETE", MESSAGE, "", "delete_message"),
    ("POST", MESSAGE, "/threads", "create_thread_from_message"),
    ("DELETE", REACTIONS, "", "delete_all_message_reactions"),
    ("GET", REACTIONS, "/{emoji_name}", "list_message_reactions_by_emoji"),
    ("DELETE", REACTIONS, "/{emoji_name}", "delete_all_message_reactions_by_emoji"),
    ("PUT", REACTIONS, "/{emoji_name}/@me", "add_my_message_reaction"),
    ("DELETE", REACTIONS, "/{emoji_name}/@me", "delete_my_message_reaction"),
    ("DELETE", REACTIONS, "/{emoji_name}/{user_id}", "delete_user_message_reaction"),
    ("GET", COMMANDS, "", "list_application_commands"),
    ("PUT", COMMANDS, "", "bulk_set_application_commands"),
    ("POST", COMMANDS, "", "create_application_command"),
    ("DELETE", COMMANDS, "/{command_id}", "delete_application_command"),
    ("GET", GUILD_COMMANDS, "", "list_guild_application_commands"),
    ("PUT", GUILD_COMMANDS, "", "bulk_set_guild_application_commands"),
    ("POST", GUILD_COMMANDS, "", "create_guild_application_command"),
    ("DELETE", GUILD_COMMANDS, "/{command_id}", "delete_guild_application_command"),
    ("POST", INTERACTION, "/callback", "create_interaction_response"),
    ("POST", WEBHOOK, "", "execute_webhook"),
    ("GET", WEBHOOK, "/messages/@original", "get_original_webhook_message"),
    ("PATCH", WEBHOOK, "/messages/@original", "update_original_webhook_message"),
    ("DELETE", WEBHOOK, "/messages/@original", "delete_original_webhook_message"),
    ("GET", WEBHOOK, "/messages/{message_id}", "get_webhook_message"),
    ("PATCH", WEBHOOK, "/messages/{message_id}", "update_webhook_message"),
    ("DELETE", WEBHOOK, "/messages/{message_id}", "delete_webhook_message"),
];

/// What a path leads to.
pub enum Found {
    Operation { name: &'static str, parts: BTreeMap<&'static str, String> },
    WrongMethod,
    Nothing,
}

/// Looks a request up; the path is without `/api/v10`.
pub fn find(method: &str, path: &str) -> Found {
    let mut is_known = false;
    for (known, begin, end, name) in ROUTES {
        let Some(parts) = parts(begin, end, path) else { continue };
        if *known == method {
            return Found::Operation { name, parts };
        }
        is_known = true;
    }
    if is_known { Found::WrongMethod } else { Found::Nothing }
}

/// Whether there is such an operation.
pub fn is_known(operation: &str) -> bool {
    ROUTES.iter().any(|(_, _, _, name)| *name == operation)
}

/// The parts of a path of this shape.
fn parts(
    begin: &'static str,
    end: &'static str,
    path: &str,
) -> Option<BTreeMap<&'static str, String>> {
    let pattern = begin.split('/').chain(end.split('/').skip(1));
    let mut steps = path.split('/');
    let mut parts = BTreeMap::new();
    for wanted in pattern {
        let step = steps.next()?;
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(_) if step.is_empty() || step.starts_with('@') => return None,
            Some(name) => {
                parts.insert(name, decoded(step)?);
            }
            None if wanted == step => {}
            None => return None,
        }
    }
    steps.next().is_none().then_some(parts)
}
