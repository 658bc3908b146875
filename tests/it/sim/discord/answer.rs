//! What an answer of the API is made of, and the refusals that more than one route has.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Why Discord does not do it. Source: Opcodes and Status Codes, "JSON Error Codes".
#[derive(Debug)]
pub struct Refusal {
    pub status: u16,
    pub code: u32,
    pub message: String,
    /// Null, or the tree of what is wrong in a body.
    pub errors: Value,
}

impl Refusal {
    pub fn new(status: u16, code: u32, message: &str) -> Refusal {
        Refusal { status, code, message: message.to_owned(), errors: Value::Null }
    }

    pub fn unknown_channel() -> Refusal {
        Refusal::new(404, 10_003, "Unknown Channel")
    }

    pub fn unknown_guild() -> Refusal {
        Refusal::new(404, 10_004, "Unknown Guild")
    }

    pub fn unknown_message() -> Refusal {
        Refusal::new(404, 10_008, "Unknown Message")
    }

    pub fn missing_access() -> Refusal {
        Refusal::new(403, 50_001, "Missing Access")
    }

    pub fn missing_permissions() -> Refusal {
        Refusal::new(403, 50_013, "Missing Permissions")
    }

    /// Seen with 400 by those who met it, though it is about a state.
    pub fn archived() -> Refusal {
        Refusal::new(400, 50_083, "Thread is archived")
    }

    pub fn body(&self) -> Value {
        let mut body = json!({ "message": self.message, "code": self.code });
        if !self.errors.is_null() {
            body["errors"] = self.errors.clone();
        }
        body
    }
}

/// A body, or none with 204.
pub enum Reply {
    Body(Value),
    Created(Value),
    Empty,
}

pub type Answer = Result<Reply, Refusal>;

/// Somebody's request as it was read.
pub struct Call {
    /// What Discord's own description of its API calls the operation.
    pub operation: &'static str,
    pub parts: BTreeMap<&'static str, String>,
    pub query: Map<String, Value>,
    pub body: Value,
    pub is_authorised: bool,
}

impl Call {
    /// A part of the path; none is an empty text, as it is in routes without it.
    pub fn part(&self, name: &str) -> &str {
        self.parts.get(name).map_or("", String::as_str)
    }

    pub fn asked(&self, name: &str) -> Option<&str> {
        self.query.get(name).and_then(Value::as_str)
    }

    /// A number of the query that must be within bounds.
    pub fn limit(
        &self,
        unless_told: usize,
        (least, most): (usize, usize),
    ) -> Result<usize, Refusal> {
        let Some(asked) = self.asked("limit") else { return Ok(unless_told) };
        let limit = asked.parse().ok().filter(|limit| (least..=most).contains(limit));
        limit.ok_or_else(|| {
            let mut form = Form::default();
            let told = format!("int value should be between {least} and {most}.");
            form.fault("limit", "NUMBER_TYPE_RANGE", &told);
            form.refusal()
        })
    }
}

/// Collects what is wrong in a body; places are written `embeds.0.title`.
#[derive(Default)]
pub struct Form {
    faults: Vec<(String, String, String)>,
}

impl Form {
    pub fn fault(&mut self, at: &str, code: &str, message: &str) {
        self.faults.push((at.to_owned(), code.to_owned(), message.to_owned()));
    }

    /// Something whose own code nobody seems to have written down.
    pub fn invalid(&mut self, at: &str, message: &str) {
        self.fault(at, "COMPONENT_VALIDATION_FAILED", message);
    }

    pub fn required(&mut self, at: &str) {
        self.fault(at, "BASE_TYPE_REQUIRED", "This field is required");
    }

    /// A text of so many characters; null is none, which is fine unless one is needed.
    pub fn text(&mut self, value: &Value, (least, most): (usize, usize), at: &str) {
        if value.is_null() {
            return;
        }
        let Some(text) = value.as_str() else {
            let told = format!("Could not interpret \"{value}\" as string.");
            return self.fault(at, "STRING_TYPE_CONVERT", &told);
        };
        self.length(text.chars().count(), (least, most), at);
    }

    /// A text that must be there, with at least one character.
    pub fn needed(&mut self, value: &Value, most: usize, at: &str) {
        match value {
            Value::Null => self.required(at),
            Value::String(text) if text.trim().is_empty() => self.required(at),
            _ => self.text(value, (1, most), at),
        }
    }

    /// A list, which may be left out.
    pub fn items<'a>(
        &mut self,
        value: &'a Value,
        (least, most): (usize, usize),
        at: &str,
    ) -> &'a [Value] {
        if value.is_null() && least == 0 {
            return &[];
        }
        let Some(items) = value.as_array() else {
            self.fault(at, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
            return &[];
        };
        self.length(items.len(), (least, most), at);
        items
    }

    fn length(&mut self, length: usize, (least, most): (usize, usize), at: &str) {
        if least > 0 && !(least..=most).contains(&length) {
            let told = format!("Must be between {least} and {most} in length.");
            self.fault(at, "BASE_TYPE_BAD_LENGTH", &told);
        } else if length > most {
            let told = format!("Must be {most} or fewer in length.");
            self.fault(at, "BASE_TYPE_MAX_LENGTH", &told);
        }
    }

    /// One of some numbers.
    pub fn choice(&mut self, value: &Value, choices: &[u64], at: &str) {
        if value.is_null() {
            return self.required(at);
        }
        if !value.as_u64().is_some_and(|number| choices.contains(&number)) {
            let told: Vec<_> = choices.iter().map(u64::to_string).collect();
            let told = format!("Value must be one of {{{}}}.", told.join(", "));
            self.fault(at, "BASE_TYPE_CHOICES", &told);
        }
    }

    pub fn finish(self) -> Result<(), Refusal> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.refusal()) }
    }

    /// The faults as the tree in which Discord tells them.
    pub fn refusal(self) -> Refusal {
        let mut errors = json!({});
        for (at, code, message) in self.faults {
            let mut place = &mut errors;
            for step in at.split('.').filter(|step| !step.is_empty()) {
                place = &mut place[step];
            }
            let fault = json!({ "code": code, "message": message });
            match place["_errors"].as_array_mut() {
                Some(known) => known.push(fault),
                None => place["_errors"] = json!([fault]),
            }
        }
        Refusal { errors, ..Refusal::new(400, 50_035, "Invalid Form Body") }
    }
}
