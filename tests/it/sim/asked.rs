//! What a request says, as every simulated platform reads it.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

/// A header, where it is text.
pub fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A part of a path without its percent signs.
pub fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = part.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

/// Everything that was said, as tests look at it: the body, and what stood in path and query.
pub fn told(
    parts: &BTreeMap<&'static str, String>,
    query: &Map<String, Value>,
    body: &Value,
) -> Value {
    let mut told = json!({ "query": query, "body": body });
    for (name, value) in parts {
        told[*name] = value.as_str().into();
    }
    told
}
