//! What an answer of the API is made of, and how the bodies of requests are read.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Why GitHub does not do it.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: u16,
    pub message: String,
    /// Null, or a list of what is wrong in the fields.
    pub errors: Value,
    pub headers: Vec<(&'static str, String)>,
}

impl Refusal {
    pub fn new(status: u16, message: &str) -> Refusal {
        Refusal { status, message: message.to_owned(), errors: Value::Null, headers: Vec::new() }
    }

    /// There is none, or none that this token may see: GitHub does not tell which.
    pub fn not_found() -> Refusal {
        Refusal::new(404, "Not Found")
    }

    pub fn unprocessable(message: &str) -> Refusal {
        Refusal::new(422, message)
    }

    /// The body has not the shape that the route needs.
    pub fn misshapen(why: &str) -> Refusal {
        Refusal::new(422, &format!("Invalid request.\n\n{why}"))
    }

    /// A field has a value that cannot be. Source: "Troubleshooting the REST API", "Validation failed".
    pub fn invalid(resource: &str, field: &str, message: &str) -> Refusal {
        let error =
            json!({ "resource": resource, "code": "custom", "field": field, "message": message });
        Refusal { errors: json!([error]), ..Refusal::new(422, "Validation Failed") }
    }

    pub fn body(&self, operation: &str) -> Value {
        let mut body = json!({
            "message": self.message,
            "documentation_url": documentation(operation),
            "status": self.status.to_string(),
        });
        if !self.errors.is_null() {
            body["errors"] = self.errors.clone();
        }
        body
    }
}

fn documentation(operation: &str) -> String {
    let root = "https://docs.github.com/rest";
    operation
        .split_once('/')
        .map_or_else(|| root.to_owned(), |(group, name)| format!("{root}/{group}#{name}"))
}

pub enum Reply {
    /// 200.
    Body(Value),
    /// 201.
    Created(Value),
    /// 202.
    Accepted(Value),
    /// 204.
    Empty,
    /// 302, to this address.
    Elsewhere(String),
    /// 200 with something that is no JSON.
    Raw(String),
    /// 200, one of so many pages.
    Page { body: Value, number: usize, pages: usize },
}

pub type Answer = Result<Reply, Refusal>;

/// Which part of a list somebody wants.
#[derive(Clone, Copy)]
pub struct Page {
    pub number: usize,
    pub size: usize,
    pub is_asked: Asked,
}

/// Whether the request speaks of pages at all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Yes,
    No,
}

impl Page {
    pub fn of<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let begin = (self.number - 1).saturating_mul(self.size).min(all.len());
        &all[begin..all.len().min(begin + self.size)]
    }

    pub fn reply(&self, body: Value, all: usize) -> Reply {
        Reply::Page { body, number: self.number, pages: all.div_ceil(self.size).max(1) }
    }

    /// A list that stands by itself.
    pub fn bare(&self, all: &[Value]) -> Reply {
        self.reply(self.of(all).into(), all.len())
    }

    /// A list with its count.
    pub fn counted(&self, name: &str, all: &[Value]) -> Reply {
        self.reply(json!({ "total_count": all.len(), name: self.of(all) }), all.len())
    }
}

/// Somebody's request as it was read.
pub struct Call {
    /// What GitHub's own description of its API calls the operation.
    pub operation: &'static str,
    pub parts: BTreeMap<&'static str, String>,
    pub query: Map<String, Value>,
    pub body: Value,
    pub token: Option<String>,
    /// What it would like to get.
    pub accept: String,
}

impl Call {
    /// A part of the path; none is an empty text, as it is in routes without it.
    pub fn part(&self, name: &str) -> &str {
        self.parts.get(name).map_or("", String::as_str)
    }

    /// A number out of the path; GitHub has nothing where there is none.
    pub fn number(&self, name: &str) -> Result<u64, Refusal> {
        self.part(name).parse().map_err(|_| Refusal::not_found())
    }

    /// `owner/name`, or nothing where no repository is meant.
    pub fn repository(&self) -> String {
        match (self.part("owner"), self.part("repo")) {
            ("", _) => String::new(),
            (owner, name) => format!("{owner}/{name}"),
        }
    }

    pub fn asked(&self, name: &str) -> Option<&str> {
        self.query.get(name).and_then(Value::as_str)
    }

    /// GitHub takes what it cannot use for what it is unless told.
    pub fn page(&self) -> Page {
        let number = |name: &str| self.asked(name).and_then(|text| text.parse::<usize>().ok());
        let size = number("per_page").filter(|size| *size > 0).unwrap_or(30).min(100);
        let is_asked = self.asked("per_page").or(self.asked("page"));
        Page {
            number: number("page").unwrap_or(1).max(1),
            size,
            is_asked: if is_asked.is_some() { Asked::Yes } else { Asked::No },
        }
    }

    /// Refuses fields that the route does not know, and a body that is none.
    pub fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        let Some(fields) = self.body.as_object() else {
            let is_left_out = self.body.is_null();
            let none = || Refusal::new(400, "Body should be a JSON object");
            return if is_left_out { Ok(()) } else { Err(none()) };
        };
        match fields.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(Refusal::misshapen(&format!("\"{name}\" is not a permitted key."))),
            None => Ok(()),
        }
    }

    pub fn needed_text(&self, name: &str) -> Result<&str, Refusal> {
        let text = self.text(name)?;
        text.ok_or_else(|| Refusal::misshapen(&format!("\"{name}\" wasn't supplied.")))
    }

    pub fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match &self.body[name] {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            other => Err(wrong_type(name, other, "string")),
        }
    }

    /// A switch of the body, or what it is unless told.
    pub fn switch(&self, name: &str, unless_told: Switch) -> Result<Switch, Refusal> {
        match &self.body[name] {
            Value::Null => Ok(unless_told),
            Value::Bool(true) => Ok(Switch::On),
            Value::Bool(false) => Ok(Switch::Off),
            other => Err(wrong_type(name, other, "boolean")),
        }
    }

    /// A list of texts; none where it is left out.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<&str>>, Refusal> {
        let value = &self.body[name];
        if value.is_null() {
            return Ok(None);
        }
        let items = value.as_array().ok_or_else(|| wrong_type(name, value, "array"))?;
        let texts = items
            .iter()
            .map(|item| item.as_str().ok_or_else(|| wrong_type(name, item, "string")))
            .collect::<Result<_, _>>()?;
        Ok(Some(texts))
    }

    /// One of some words.
    pub fn choice(&self, name: &str, words: &[&str]) -> Result<&str, Refusal> {
        let word = self.needed_text(name)?;
        if words.contains(&word) {
            return Ok(word);
        }
        let told = format!("{word} is not a member of {words:?}.");
        Err(Refusal::misshapen(&format!("For 'properties/{name}', {told}")))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    On,
    Off,
}

pub fn wrong_type(name: &str, value: &Value, wanted: &str) -> Refusal {
    Refusal::misshapen(&format!("For 'properties/{name}', {value} is not a {wanted}."))
}
