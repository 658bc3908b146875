//! What Discord refuses in a message: its text, its embeds, and whom it may wake.
//!
//! Sources: Message, "Create Message"; Message, "Embed Limits"; Message, "Allowed Mentions Object".

use serde_json::Value;

use super::answer::{Form, Refusal};
use super::controls;

const CONTENT: usize = 2_000;
const EMBEDS: usize = 10;
/// Characters of all embeds of a message together.
const EMBED_TEXT: usize = 6_000;
const TITLE: usize = 256;
const DESCRIPTION: usize = 4_096;
const FIELDS: usize = 25;
const FIELD_NAME: usize = 256;
const FIELD_VALUE: usize = 1_024;
const FOOTER: usize = 2_048;
const AUTHOR: usize = 256;
const NONCE: usize = 25;
/// Ids in each list of `allowed_mentions`.
const MENTIONS: usize = 100;
/// With this flag a message is made of nothing but components; wilco has no use for that.
const COMPONENTS_V2: u64 = 1 << 15;

/// What a message may say that is new, or in place of another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Create,
    Edit,
}

/// Holds the body of a message to what Discord takes; places begin with `base`.
pub fn message(body: &Value, base: &str, act: Act) -> Result<(), Refusal> {
    let mut form = Form::default();
    let at = |name: &str| format!("{base}{name}");
    form.text(&body["content"], (0, CONTENT), &at("content"));
    embeds(&mut form, &body["embeds"], &at("embeds"));
    controls::of_message(&mut form, &body["components"], &at("components"));
    mentions(&mut form, &body["allowed_mentions"], &at("allowed_mentions"));
    nonce(&mut form, &body["nonce"], &at("nonce"));
    if body["flags"].as_u64().is_some_and(|flags| flags & COMPONENTS_V2 != 0) {
        form.invalid(&at("flags"), "messages of components alone are not simulated");
    }
    form.finish()?;
    if act == Act::Create && is_empty(body) {
        return Err(Refusal::new(400, 50_006, "Cannot send an empty message"));
    }
    Ok(())
}

/// Whether a message would show nothing.
pub fn is_empty(body: &Value) -> bool {
    let says = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    let has = |value: &Value| value.as_array().is_some_and(|list| !list.is_empty());
    let mut embeds = body["embeds"].as_array().into_iter().flatten();
    !says(&body["content"]) && !has(&body["components"]) && !embeds.any(shows)
}

/// Whether an embed would show anything.
fn shows(embed: &Value) -> bool {
    let parts = ["title", "description", "fields", "author", "footer", "image", "thumbnail"];
    parts.iter().any(|part| match &embed[part] {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => true,
    })
}

fn embeds(form: &mut Form, embeds: &Value, at: &str) {
    let mut characters = 0;
    for (index, embed) in form.items(embeds, (0, EMBEDS), at).iter().enumerate() {
        let at = format!("{at}.{index}");
        characters += characters_of(embed);
        form.text(&embed["title"], (0, TITLE), &format!("{at}.title"));
        form.text(&embed["description"], (0, DESCRIPTION), &format!("{at}.description"));
        if !embed["footer"].is_null() {
            form.needed(&embed["footer"]["text"], FOOTER, &format!("{at}.footer.text"));
        }
        if !embed["author"].is_null() {
            form.needed(&embed["author"]["name"], AUTHOR, &format!("{at}.author.name"));
        }
        let fields = format!("{at}.fields");
        for (index, field) in form.items(&embed["fields"], (0, FIELDS), &fields).iter().enumerate()
        {
            form.needed(&field["name"], FIELD_NAME, &format!("{fields}.{index}.name"));
            form.needed(&field["value"], FIELD_VALUE, &format!("{fields}.{index}.value"));
        }
        link(form, &embed["url"], &format!("{at}.url"));
        let colour = &embed["color"];
        if !colour.is_null() && colour.as_u64().is_none_or(|colour| colour > 0xFF_FFFF) {
            let told = "int value should be less than or equal to 16777215.";
            form.fault(&format!("{at}.color"), "NUMBER_TYPE_MAX", told);
        }
        let time = &embed["timestamp"];
        let is_time = |text: &str| chrono::DateTime::parse_from_rfc3339(text).is_ok();
        if !time.is_null() && !time.as_str().is_some_and(is_time) {
            let told = format!("Could not parse {time}. Should be ISO8601.");
            form.fault(&format!("{at}.timestamp"), "DATE_TIME_TYPE_PARSE", &told);
        }
        if characters > EMBED_TEXT {
            let told = format!("Embed size exceeds maximum size of {EMBED_TEXT}");
            form.fault(&at, "MAX_EMBED_SIZE_EXCEEDED", &told);
        }
    }
}

fn characters_of(embed: &Value) -> usize {
    let count = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let fields = embed["fields"].as_array().into_iter().flatten();
    let of_fields: usize = fields.map(|field| count(&field["name"]) + count(&field["value"])).sum();
    let of_others: usize = ["title", "description"].iter().map(|part| count(&embed[part])).sum();
    of_fields + of_others + count(&embed["footer"]["text"]) + count(&embed["author"]["name"])
}

/// An address of the web, if there is one.
pub fn link(form: &mut Form, url: &Value, at: &str) {
    let is_web = |url: &str| url.starts_with("http://") || url.starts_with("https://");
    if !url.is_null() && !url.as_str().is_some_and(is_web) {
        form.fault(at, "URL_TYPE_INVALID_URL", "Not a well formed URL.");
    }
}

fn nonce(form: &mut Form, nonce: &Value, at: &str) {
    if !nonce.is_i64() && !nonce.is_u64() {
        form.text(nonce, (0, NONCE), at);
    }
}

fn mentions(form: &mut Form, allowed: &Value, at: &str) {
    let parse = form.items(&allowed["parse"], (0, 3), &format!("{at}.parse"));
    for (index, kind) in parse.iter().enumerate() {
        if !["roles", "users", "everyone"].iter().any(|known| kind == known) {
            let told = "Value must be one of {'everyone', 'roles', 'users'}.";
            form.fault(&format!("{at}.parse.{index}"), "BASE_TYPE_CHOICES", told);
        }
    }
    for kind in ["users", "roles"] {
        let place = format!("{at}.{kind}");
        let ids = form.items(&allowed[kind], (0, MENTIONS), &place);
        for (index, id) in ids.iter().enumerate() {
            let place = format!("{place}.{index}");
            if !id.as_str().is_some_and(is_id) && !id.is_u64() {
                let told = format!("Value {id} is not snowflake.");
                form.fault(&place, "NUMBER_TYPE_COERCE", &told);
            }
            if ids[..index].contains(id) {
                let told = "The set already contains this value";
                form.fault(&place, "SET_TYPE_ALREADY_CONTAINS_VALUE", told);
            }
        }
        if !ids.is_empty() && parse.iter().any(|known| known == kind) {
            let told = format!("parse:[\"{kind}\"] and {kind}: [ids...] are mutually exclusive.");
            form.fault(at, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", &told);
        }
    }
}

pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 20 && text.chars().all(|c| c.is_ascii_digit())
}
