//! What `wilco check` asks of Slack: harmless reads, each once and without a second try.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::chat::slack::api::{Api, ApiError, Token};
use crate::chat::slack::manifest::SCOPES;

/// Who a token is.
#[derive(Debug, Clone, Deserialize)]
pub struct Identity {
    pub team_id: Option<String>,
    /// A bot's token has one, a person's has none.
    pub bot_id: Option<String>,
}

/// What Slack says of a channel.
#[derive(Debug, Clone, Deserialize)]
pub struct Channel {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub is_archived: bool,
    #[serde(default)]
    pub is_member: bool,
    /// Shared with another organisation.
    #[serde(default)]
    pub is_ext_shared: bool,
}

#[derive(Deserialize)]
struct ChannelAnswer {
    channel: Channel,
}

/// Returns who the token is.
pub async fn identity(api: &Api) -> Result<Identity, ApiError> {
    api.post("auth.test", &json!({})).await
}

/// Returns the scopes that the app lacks; `None` when Slack does not say which it has.
///
/// Most of them cannot be tried without a trace. A method that wilco has no scope for is refused with a
/// list of those that it has, so one is called.
pub async fn missing_scopes(api: &Api) -> Result<Option<Vec<&'static str>>, ApiError> {
    let answer: Result<IgnoredAny, _> = api.get("team.info", &[]).await;
    match answer {
        Err(ApiError::MissingScope { provided, .. }) => {
            let provided: Vec<&str> = provided.split(',').map(str::trim).collect();
            let scopes = SCOPES.iter().map(|(scope, _)| *scope);
            Ok(Some(scopes.filter(|scope| !provided.contains(scope)).collect()))
        }
        Ok(_) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns what Slack says of a channel.
pub async fn channel(api: &Api, id: &str) -> Result<Channel, ApiError> {
    let answer: ChannelAnswer = api.get("conversations.info", &[("channel", Some(id))]).await?;
    Ok(answer.channel)
}

/// Asks for an address to connect to, which expires when nobody does.
pub async fn socket(api: &Api) -> Result<(), ApiError> {
    let _address: IgnoredAny = api.post("apps.connections.open", &json!({})).await?;
    Ok(())
}

/// Returns an API for a token.
///
/// # Errors
/// Fails when the system has no root certificates.
pub fn api(api_url: &str, secret: &str) -> std::io::Result<Api> {
    Ok(Api::new(super::api::client(api_url)?, Token::new(secret)))
}
