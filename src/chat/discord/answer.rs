//! Answers to interactions: the first one, which Discord waits for, and what is said below it.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use serenity::http::{LightMethod, Route};
use serenity::model::id::InteractionId;
use tokio::time::timeout;
use tracing::warn;

use super::Shared;
use super::api::{ApiError, Call};
use super::open::{Asked, Stand};

/// Kinds of a first answer.
/// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type>
pub const MESSAGE: u8 = 4;
pub const DEFERRED: u8 = 5;
pub const DEFERRED_QUIETLY: u8 = 6;
pub const IN_PLACE: u8 = 7;
const CHOICES: u8 = 8;
pub const FORM: u8 = 9;

/// Only the one who asked sees it.
const EPHEMERAL: u64 = 1 << 6;

/// Returns the message so that only the one who asked sees it, and nobody is waked by it.
pub fn alone(mut message: Value) -> Value {
    message["flags"] = EPHEMERAL.into();
    message["allowed_mentions"] = json!({ "parse": [] });
    message
}

/// Discord's number for an interaction that has its first answer.
const ALREADY_ANSWERED: i64 = 40_060;

/// Discord's numbers for an interaction that is over, or that nobody answered in time.
/// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json>
pub const OVER: [i64; 3] = [10_062, 50_027, 10_015];

/// What Discord is given to say whether it still waits, each time it is asked; it waits for three seconds itself.
const SAYS_WITHIN: Duration = Duration::from_secs(2);
/// As often is it asked.
const ASKED_MAX: u32 = 2;

/// What Discord says of a first answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// It waited, and has its first answer now.
    InTime,
    /// It had its answer before it was asked, so Discord tells of it a second time.
    Known,
    /// It told whoever did it that nobody answered.
    TooLate,
    /// It does not say.
    Unclear,
}

/// Whether whoever asked was answered there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    Told,
    /// What they asked is not carried out, and stays without an answer.
    Left,
}

#[derive(Deserialize)]
struct Done {}

impl Shared {
    /// Sends the first answer, and tells whether Discord took it.
    pub async fn answer(&self, asked: &Asked, kind: u8, data: &Value) -> bool {
        match self.judge(asked, kind, data).await {
            Judged::InTime => true,
            Judged::Known => false,
            Judged::TooLate | Judged::Unclear => {
                warn!("an interaction in Discord was not answered, although it may be carried out");
                false
            }
        }
    }

    /// Sends the first answer, and tells whether Discord still waited for it.
    ///
    /// Where nobody can tell whether Discord took it, it is sent once more: without an answer its person would read
    /// that there was none, and do again what is done.
    pub async fn judge(&self, asked: &Asked, kind: u8, data: &Value) -> Judged {
        let mut is_first = true;
        for _ in 0..ASKED_MAX {
            let answered = self.respond(asked.id, &asked.token, kind, data);
            let Ok(answered) = timeout(SAYS_WITHIN, answered).await else {
                is_first = false;
                continue;
            };
            match answered {
                Ok(()) => return Judged::InTime,
                // An earlier try was taken: of this answer, or of one that was given long ago and is forgotten here.
                Err(error) if error.is_any(&[ALREADY_ANSWERED]) => {
                    return if is_first { Judged::Known } else { Judged::InTime };
                }
                Err(error) if error.is_any(&OVER) => return Judged::TooLate,
                Err(error) => warn!(%error, "Discord does not say whether it waits for an answer"),
            }
            is_first = false;
        }
        Judged::Unclear
    }

    /// Offers choices for what is being typed; late ones are of no use, so a failure is only logged.
    pub async fn offer(&self, id: InteractionId, token: &str, choices: &Value) {
        let data = json!({ "choices": choices });
        if let Err(error) = self.respond(id, token, CHOICES, &data).await {
            warn!(%error, "nothing was offered for what somebody types");
        }
    }

    async fn respond(
        &self,
        interaction_id: InteractionId,
        token: &str,
        kind: u8,
        data: &Value,
    ) -> Result<(), ApiError> {
        let call = Call {
            what: "answer an interaction",
            method: LightMethod::Post,
            route: Route::InteractionResponse { interaction_id, token },
            query: &[],
        };
        let mut body = json!({ "type": kind });
        if data.as_object().is_some_and(|data| !data.is_empty()) {
            body["data"] = data.clone();
        }
        if kind == IN_PLACE || kind == MESSAGE {
            body["data"]["allowed_mentions"] = json!({ "parse": [] });
        }
        self.api.put(call, &body).await
    }

    /// Puts something in the place of the first answer.
    pub async fn replace(&self, asked: &Asked, message: &Value) {
        if let Err(error) = self.try_replace(asked, message).await {
            warn!(%error, "an answer in Discord was not replaced");
        }
    }

    /// Takes away that wilco thinks, where nothing is to be said.
    pub async fn say_nothing(&self, asked: &Asked) {
        let call = Call {
            what: "take an answer away",
            method: LightMethod::Delete,
            route: Route::WebhookOriginalInteractionResponse {
                application_id: self.us.application,
                token: &asked.token,
            },
            query: &[],
        };
        if let Err(error) = self.api.touch(call).await {
            warn!(%error, "somebody in Discord reads for a while that wilco thinks");
        }
    }

    async fn try_replace(&self, asked: &Asked, message: &Value) -> Result<(), ApiError> {
        let call = Call {
            what: "change an answer",
            method: LightMethod::Patch,
            route: Route::WebhookOriginalInteractionResponse {
                application_id: self.us.application,
                token: &asked.token,
            },
            query: &[],
        };
        let mut message = message.clone();
        message["allowed_mentions"] = json!({ "parse": [] });
        self.api.send::<Done>(call, &message).await.map(drop)
    }

    async fn say_below(&self, asked: &Asked, message: &Value) -> Result<(), ApiError> {
        let call = Call {
            what: "say something to somebody",
            method: LightMethod::Post,
            route: Route::WebhookFollowupMessages {
                application_id: self.us.application,
                token: &asked.token,
            },
            query: &[],
        };
        self.api.send::<Done>(call, &alone(message.clone())).await.map(drop)
    }

    /// Says something to whoever asked, so that only they see it.
    pub async fn tell_asked(&self, asked: &Asked, message: &Value) -> Result<Asker, ApiError> {
        let mut turn = asked.turn.lock().await;
        match *turn {
            Stand::Left => return Ok(Asker::Left),
            Stand::Unanswered => {
                match self.respond(asked.id, &asked.token, MESSAGE, &alone(message.clone())).await {
                    // Nobody else answers before the turn is over, so an earlier try said just this.
                    Err(error) if error.is_any(&[ALREADY_ANSWERED]) => {}
                    said => said?,
                }
            }
            Stand::Acknowledged if asked.is_fresh() => self.try_replace(asked, message).await?,
            Stand::Acknowledged | Stand::Answered => self.say_below(asked, message).await?,
        }
        asked.told();
        *turn = Stand::Answered;
        Ok(Asker::Told)
    }
}
