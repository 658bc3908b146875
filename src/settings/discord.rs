//! The table `[discord]`: which guild wilco is in.
//!
//! The token is never written here: see [`crate::secrets`].

use crate::settings::fault::{Reported, quote};
use crate::settings::people::snowflake;
use crate::settings::reader::Value;
use crate::settings::slack::address_for_tokens;

/// Where Discord is, unless the configuration says otherwise.
pub const API_URL: &str = "https://discord.com";

const KEYS: &[&str] = &["guild", "api_url"];
const GUILD_EXAMPLE: &str = "1122334455667788990";
const CHANNEL_EXAMPLE: &str = "998877665544332211";
const COPY: &str = "switch on \"Developer Mode\" under \"Advanced\" of Discord's settings, and copy \
                    the id from the menu of its name";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discord {
    /// The only guild in which anybody is heard.
    pub guild: String,
    pub api_url: String,
}

pub fn discord(value: Value<'_>) -> Result<Discord, Reported> {
    let table = value.table("discord", KEYS)?;
    let why = "say which server wilco is in: `guild = \"1122334455667788990\"`";
    let guild = table.required("guild", why).and_then(|value| {
        id(value, GUILD_EXAMPLE, "is not the id of a server, which Discord calls a guild")
    });
    let api_url = table.optional("api_url");
    let api_url = api_url.map_or(Ok(API_URL.to_owned()), |url| address_for_tokens(url, API_URL));
    let (guild, api_url) = (guild?, api_url?);
    Ok(Discord { guild, api_url })
}

/// Reads the channel that a logical channel is in Discord.
pub fn channel(value: Value<'_>) -> Result<String, Reported> {
    id(value, CHANNEL_EXAMPLE, "is not the id of a channel")
}

fn id(value: Value<'_>, example: &'static str, wrong: &str) -> Result<String, Reported> {
    let text = value.text(example)?;
    // A number of 20 digits may be more than an id can be; zero is none.
    if snowflake(text) && text.parse::<u64>().is_ok_and(|id| id > 0) {
        return Ok(text.to_owned());
    }
    let next_step = format!("{COPY}: \"{example}\"");
    Err(value.fault(&format!("{} {wrong}", quote(text)), Some(next_step)))
}
