//! What `wilco check`, and a connection that does not come about, ask of Slack: harmless, and each once.

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

/// Why there is no connection, in a sentence that ends with what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It stays so until somebody does something.
    Persists(String),
    /// It may be otherwise at the next try.
    MayPass(String),
}

/// Returns why there is no connection, by what Slack said when it was asked for an address.
pub fn why_no_socket(asked: &Result<(), ApiError>) -> Why {
    const MEND: &str = "make an app-level token with connections:write under \"Basic Information\" of \
                        the app's settings, put it there, and start wilco again";
    match asked {
        Ok(()) => Why::MayPass(
            "Slack offers a connection, but none comes about: look whether this machine gets to \
             Slack's WebSocket address, also through its proxy"
                .into(),
        ),
        Err(ApiError::MissingScope { .. }) => {
            Why::Persists(format!("WILCO_SLACK_APP_TOKEN has no connections:write: {MEND}"))
        }
        Err(ApiError::Refused { code, .. }) if code == "too_many_websockets" => Why::Persists(
            "Slack takes no more connections of this app: stop other programs that run with it, or \
             lower `connections` under [slack] in wilco.toml"
                .into(),
        ),
        Err(ApiError::Refused { code, .. } | ApiError::NoToken { code, .. }) => {
            Why::Persists(format!("Slack does not take WILCO_SLACK_APP_TOKEN ({code}): {MEND}"))
        }
        Err(error @ ApiError::TooFast { .. }) => {
            Why::MayPass(format!("{error}: wilco tries again by itself"))
        }
        Err(error @ ApiError::Unknown { .. }) => Why::MayPass(format!(
            "Slack gives no connection ({error}): look whether this machine gets to its address"
        )),
    }
}

/// Returns an API for a token.
///
/// # Errors
/// Fails when the system has no root certificates.
pub fn api(api_url: &str, secret: &str) -> std::io::Result<Api> {
    Ok(Api::new(super::api::client(api_url)?, Token::new(secret)))
}
