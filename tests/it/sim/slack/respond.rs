//! What comes to a response URL, or stands in the acknowledgement of a slash command.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::BOT_USER;
use super::answer::Args;
use super::chat::Content;
use super::state::{Ephemeral, Message, ResponseUrl, State};

impl ResponseUrl {
    pub fn of(channel: &str, user: &str, ts: Option<&str>) -> ResponseUrl {
        let (channel, user) = (channel.to_owned(), user.to_owned());
        ResponseUrl { channel, user, ts: ts.map(str::to_owned), uses_left: 0 }
    }
}

impl State {
    /// Answers through a response URL: status and body.
    pub fn respond(&mut self, path: &str, args: &Args) -> (StatusCode, String) {
        let Some(url) = self.response_urls.get_mut(path) else {
            return (StatusCode::NOT_FOUND, "expired_url".to_owned());
        };
        if url.uses_left == 0 {
            return (StatusCode::NOT_FOUND, "used_url".to_owned());
        }
        url.uses_left -= 1;
        let url = ResponseUrl::of(&url.channel, &url.user, url.ts.as_deref());
        match self.say_in_answer(&url, args) {
            Ok(()) => (StatusCode::OK, "ok".to_owned()),
            Err(error) => {
                let body = json!({ "ok": false, "error": error });
                (StatusCode::BAD_REQUEST, body.to_string())
            }
        }
    }

    fn say_in_answer(&mut self, url: &ResponseUrl, args: &Args) -> Result<(), String> {
        if args.is_set("delete_original") {
            let ts = url.ts.as_deref().unwrap_or_default();
            self.ephemerals.retain(|one| one.ts != ts);
            self.room(&url.channel).messages.retain(|message| message.ts != ts);
            return Ok(());
        }
        let content = Content::of(args).map_err(|refusal| refusal.error)?;
        if args.is_set("replace_original") {
            return self.replace(url, content);
        }
        let thread_ts = args.text("thread_ts").map(str::to_owned);
        if args.text("response_type") == Some("in_channel") {
            let mut message = Message::of(BOT_USER, self.next_ts(), &content.text);
            message.thread_ts = thread_ts;
            message.blocks = content.blocks;
            message.metadata = args.parts("metadata").unwrap_or_default();
            self.post(&url.channel, message);
            return Ok(());
        }
        self.whisper(Ephemeral {
            ts: String::new(),
            channel: url.channel.clone(),
            user: url.user.clone(),
            thread_ts,
            text: content.text,
            blocks: content.blocks,
        });
        Ok(())
    }

    fn replace(&mut self, url: &ResponseUrl, content: Content) -> Result<(), String> {
        let ts = url.ts.as_deref().ok_or("no_original")?;
        if let Some(whispered) = self.ephemerals.iter_mut().find(|one| one.ts == ts) {
            whispered.text = content.text;
            whispered.blocks = content.blocks;
            return Ok(());
        }
        let message = self.room(&url.channel).messages.iter_mut().find(|message| message.ts == ts);
        message.ok_or("message_not_found")?.revise(content);
        Ok(())
    }

    /// An acknowledgement of a slash command may say something at once.
    pub fn answer_command(&mut self, payload: &Value, answer: &Value) {
        let Value::Object(answer) = answer else { return };
        let args = Args(answer.clone());
        if args.text("text").is_none() && args.parts("blocks").is_none() {
            return;
        }
        self.listen_for_shouts("an acknowledgement", &args);
        let part = |name: &str| payload[name].as_str().unwrap_or_default();
        let url = ResponseUrl::of(part("channel_id"), part("user_id"), None);
        if let Err(error) = self.say_in_answer(&url, &args) {
            self.complaints.push(format!("an acknowledgement says what Slack refuses: {error}"));
        }
    }
}
