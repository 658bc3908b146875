//! Blocks that cannot exceed what Slack takes: <https://docs.slack.dev/reference/block-kit>.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::chat::slack::text::{Called, Escaped};

/// Blocks of a message, and of a page.
const MESSAGE_BLOCKS_MAX: usize = 50;
const PAGE_BLOCKS_MAX: usize = 100;
/// All texts of all blocks together. Slack was seen to refuse a message from about 13,200 on.
pub const CHARACTERS_MAX: usize = 13_000;

pub const HEADER_MAX: usize = 150;
pub const SECTION_MAX: usize = 3_000;
const FIELDS_MAX: usize = 10;
const FIELD_MAX: usize = 2_000;
const BUTTONS_MAX: usize = 25;
const LABEL_MAX: usize = 75;
const VALUE_MAX: usize = 2_000;
/// Options of a list, the words of each, and what it stands for.
const OPTIONS_MAX: usize = 100;
pub const OPTION_MAX: usize = 75;
const OPTION_VALUE_MAX: usize = 75;
const QUESTION_TITLE_MAX: usize = 100;
const QUESTION_MAX: usize = 300;
const QUESTION_LABEL_MAX: usize = 30;

/// As many characters a button with its question takes at the most.
pub const BUTTON_MAX: usize =
    LABEL_MAX + QUESTION_TITLE_MAX + QUESTION_MAX + 2 * QUESTION_LABEL_MAX;

/// A button of an actions block.
pub struct Action<'a> {
    pub id: &'static str,
    pub label: &'a str,
    pub value: String,
    pub style: Option<&'static str>,
    /// A question before it counts, and the label of the way back.
    pub question: Option<(&'a str, &'a str)>,
}

/// A list from which one is picked.
pub struct Select<'a> {
    pub id: &'static str,
    /// What each option stands for, and its words.
    pub options: Vec<(&'a str, &'a str)>,
    /// What the one that is picked already stands for.
    pub present: &'a str,
}

/// Blocks in the making. What does not fit is cut, and left out where nothing of it fits.
pub struct Builder {
    blocks: Vec<Value>,
    ids: BTreeSet<String>,
    blocks_max: usize,
    characters_left: usize,
}

/// Returns a text object that Slack formats in no way.
pub fn plain(text: &Escaped) -> Value {
    json!({ "type": "plain_text", "text": text.as_str(), "emoji": false })
}

impl Builder {
    pub fn message() -> Self {
        Self::of(MESSAGE_BLOCKS_MAX)
    }

    pub fn page() -> Self {
        Self::of(PAGE_BLOCKS_MAX)
    }

    fn of(blocks_max: usize) -> Self {
        let (blocks, ids) = (Vec::new(), BTreeSet::new());
        Self { blocks, ids, blocks_max, characters_left: CHARACTERS_MAX }
    }

    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    pub fn finish(self) -> Value {
        Value::Array(self.blocks)
    }

    /// Adds a heading in large letters; one that is too long for that stays whole in small ones.
    pub fn header(&mut self, id: &str, text: Escaped) {
        if text.length() > HEADER_MAX {
            return self.section(id, text);
        }
        let Some(text) = self.fitting(text, HEADER_MAX) else { return };
        self.push(id, json!({ "type": "header", "text": plain(&text) }));
    }

    pub fn section(&mut self, id: &str, text: Escaped) {
        let Some(text) = self.fitting(text, SECTION_MAX) else { return };
        self.push(id, json!({ "type": "section", "text": plain(&text) }));
    }

    /// Adds a section that Slack reads: it mentions people, or leads to a page. All of it, or nothing.
    pub fn read(&mut self, id: &str, text: &Called) {
        let length = text.as_str().chars().count();
        if length == 0 || length > SECTION_MAX.min(self.characters_left) {
            return;
        }
        self.characters_left -= length;
        self.push(
            id,
            json!({ "type": "section", "text": { "type": "mrkdwn", "text": text.as_str() } }),
        );
    }

    /// Adds a section with a list beside it; without an option it is a section alone.
    pub fn select(&mut self, id: &str, text: Escaped, select: &Select<'_>) {
        let Some(text) = self.fitting(text, SECTION_MAX) else { return };
        let mut block = json!({ "type": "section", "text": plain(&text) });
        let options = select.options.iter().filter(|(value, _)| value.len() <= OPTION_VALUE_MAX);
        let mut shown = Vec::new();
        for (value, words) in options.take(OPTIONS_MAX) {
            if self.characters_left < OPTION_MAX {
                break;
            }
            shown.push(json!({ "text": self.words(words, OPTION_MAX), "value": value }));
        }
        if !shown.is_empty() {
            let initial = shown.iter().find(|option| option["value"] == select.present).cloned();
            let mut list = json!({ "type": "static_select", "action_id": select.id });
            list["options"] = shown.into();
            if let Some(initial) = initial {
                list["initial_option"] = initial;
            }
            block["accessory"] = list;
        }
        self.push(id, block);
    }

    /// Adds a section in two columns.
    pub fn columns(&mut self, id: &str, fields: Vec<Escaped>) {
        let mut fitting = Vec::new();
        for field in fields.into_iter().take(FIELDS_MAX) {
            fitting.extend(self.fitting(field, FIELD_MAX));
        }
        if !fitting.is_empty() {
            let fields: Vec<Value> = fitting.iter().map(plain).collect();
            self.push(id, json!({ "type": "section", "fields": fields }));
        }
    }

    /// Adds small words.
    pub fn context(&mut self, id: &str, text: Escaped) {
        let Some(text) = self.fitting(text, SECTION_MAX) else { return };
        self.push(id, json!({ "type": "context", "elements": [plain(&text)] }));
    }

    /// Adds a row of buttons; of two that do the same the first.
    pub fn actions(&mut self, id: &str, actions: &[Action<'_>]) {
        let mut ids = BTreeSet::new();
        let mut elements = Vec::new();
        for action in actions {
            if elements.len() < BUTTONS_MAX
                && self.characters_left >= BUTTON_MAX
                && ids.insert(action.id)
            {
                elements.push(self.button(action));
            }
        }
        if !elements.is_empty() {
            self.push(id, json!({ "type": "actions", "elements": elements }));
        }
    }

    fn button(&mut self, action: &Action<'_>) -> Value {
        let value: String = action.value.chars().take(VALUE_MAX).collect();
        let mut button = json!({
            "type": "button",
            "action_id": action.id,
            "text": self.words(action.label, LABEL_MAX),
            "value": value,
        });
        if let Some(style) = action.style {
            button["style"] = style.into();
        }
        if let Some((question, no)) = action.question {
            button["confirm"] = json!({
                "title": self.words(action.label, QUESTION_TITLE_MAX),
                "text": self.words(question, QUESTION_MAX),
                "confirm": self.words(action.label, QUESTION_LABEL_MAX),
                "deny": self.words(no, QUESTION_LABEL_MAX),
            });
            if let Some(style) = action.style {
                button["confirm"]["style"] = style.into();
            }
        }
        button
    }

    /// Returns words that must be there, for which there is room.
    fn words(&mut self, text: &str, most: usize) -> Value {
        let text = Escaped::line(text, most).or_dots();
        self.characters_left = self.characters_left.saturating_sub(text.length());
        plain(&text)
    }

    fn fitting(&mut self, text: Escaped, most: usize) -> Option<Escaped> {
        let text = text.shortened(most.min(self.characters_left));
        if text.is_blank() || self.blocks.len() >= self.blocks_max {
            return None;
        }
        self.characters_left -= text.length();
        Some(text)
    }

    fn push(&mut self, id: &str, mut block: Value) {
        if self.blocks.len() >= self.blocks_max {
            return;
        }
        let free = |id: &String| !self.ids.contains(id);
        let id = Some(id.to_owned())
            .filter(free)
            .unwrap_or_else(|| format!("{id}-{}", self.blocks.len() + 1));
        block["block_id"] = id.clone().into();
        self.ids.insert(id);
        self.blocks.push(block);
    }
}
