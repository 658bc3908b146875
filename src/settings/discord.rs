//! The table `[discord]`: which guilds wilco is in.
//!
//! The token is never written here: see [`crate::secrets`].

use crate::settings::fault::{Reported, quote};
use crate::settings::people::snowflake;
use crate::settings::reader::Value;
use crate::settings::slack::address_for_tokens;

/// Where Discord is, unless the configuration says otherwise.
pub const API_URL: &str = "https://discord.com";

const KEYS: &[&str] = &["guilds", "prefix", "api_url"];
const GUILDS_EXAMPLE: &str = "[\"1122334455667788990\"]";
const GUILD_EXAMPLE: &str = "1122334455667788990";
const PREFIX_EXAMPLE: &str = "!";
const PREFIX_MAX: usize = 8;
const CHANNEL_EXAMPLE: &str = "998877665544332211";
const COPY: &str = "switch on \"Developer Mode\" under \"Advanced\" of Discord's settings, and copy \
                    the id from the menu of its name";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discord {
    /// The only guilds in which anybody is heard; at least one.
    pub guilds: Vec<String>,
    /// By what a line is for wilco, besides its name.
    pub prefix: Option<String>,
    pub api_url: String,
}

pub fn discord(value: Value<'_>) -> Result<Discord, Reported> {
    let table = value.table("discord", KEYS)?;
    let why = "say which servers wilco is in: `guilds = [\"1122334455667788990\"]`";
    let guilds = table.required("guilds", why).and_then(|value| {
        value.each_of_some(GUILDS_EXAMPLE, why, |item| {
            id(item, GUILD_EXAMPLE, "is not the id of a server, which Discord calls a guild")
        })
    });
    let prefix = table.optional("prefix").map(prefix).transpose();
    let api_url = table.optional("api_url");
    let api_url = api_url.map_or(Ok(API_URL.to_owned()), |url| address_for_tokens(url, API_URL));
    let (guilds, prefix, api_url) = (guilds?, prefix?, api_url?);
    Ok(Discord { guilds, prefix, api_url })
}

/// Discord itself takes what begins with a slash, and shows what begins with `<` or `@` as something else.
fn prefix(value: Value<'_>) -> Result<String, Reported> {
    let text = value.text(PREFIX_EXAMPLE)?;
    let is_short = (1..=PREFIX_MAX).contains(&text.chars().count());
    let is_seen = text.chars().all(|c| c.is_ascii_graphic());
    if is_short && is_seen && !text.starts_with(['/', '<', '@']) {
        return Ok(text.to_owned());
    }
    let next_step = format!(
        "write one to {PREFIX_MAX} characters without spaces that do not begin with /, < or @: \
         \"{PREFIX_EXAMPLE}\""
    );
    Err(value.fault(&format!("{} cannot be a prefix", quote(text)), Some(next_step)))
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
