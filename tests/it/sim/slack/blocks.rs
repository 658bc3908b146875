//! Block Kit: what Slack refuses in messages, modals and home tabs.

use std::collections::BTreeSet;

use serde_json::Value;

use super::answer::Refusal;

const MESSAGE_BLOCKS: usize = 50;
const VIEW_BLOCKS: usize = 100;
/// Characters of text in all blocks of a message.
const MESSAGE_TEXT: usize = 13_200;
/// Bytes of a view.
const VIEW_BYTES: usize = 250_000;

/// Names of blocks, and which elements stand in those that have some.
const BLOCKS: &[(&str, &[&str])] = &[
    ("actions", ELEMENTS),
    ("context", &["mrkdwn", "plain_text", "image"]),
    ("divider", &[]),
    ("header", &[]),
    ("image", &[]),
    ("input", &[]),
    ("markdown", &[]),
    ("rich_text", RICH),
    ("section", &[]),
];
const RICH: &[&str] =
    &["rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"];
const ELEMENTS: &[&str] = &[
    "button",
    "checkboxes",
    "datepicker",
    "datetimepicker",
    "overflow",
    "radio_buttons",
    "static_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "timepicker",
];
const INPUTS: &[&str] =
    &["plain_text_input", "email_text_input", "number_input", "url_text_input", "rich_text_input"];

/// Holds the blocks of a message to what Slack takes.
pub fn check_message(blocks: &Value) -> Result<(), Refusal> {
    let mut look = Look::default();
    look.blocks(blocks, MESSAGE_BLOCKS, "/blocks");
    if !look.faults.is_empty() {
        return Err(Refusal::because("invalid_blocks", &look.faults));
    }
    if look.characters > MESSAGE_TEXT { Err("msg_blocks_too_long".into()) } else { Ok(()) }
}

/// Holds a view to what Slack takes.
pub fn check_view(view: &Value, kind: &str) -> Result<(), Refusal> {
    let mut look = Look::default();
    if view["type"] != kind {
        look.fault(&format!("must be {kind}"), "/view/type");
    }
    if kind == "modal" {
        look.plain(&view["title"], 24, "/view/title");
        for name in ["submit", "close"] {
            if !view[name].is_null() {
                look.plain(&view[name], 24, &format!("/view/{name}"));
            }
        }
        let blocks = view["blocks"].as_array().into_iter().flatten();
        let has_input = blocks.into_iter().any(|block| block["type"] == "input");
        if has_input && view["submit"].is_null() {
            look.fault("missing required field: submit", "/view");
        }
    }
    look.length(&view["private_metadata"], 3_000, "/view/private_metadata");
    look.length(&view["callback_id"], 255, "/view/callback_id");
    look.length(&view["external_id"], 255, "/view/external_id");
    look.blocks(&view["blocks"], VIEW_BLOCKS, "/view/blocks");
    if !look.faults.is_empty() {
        return Err(Refusal::because("invalid_arguments", &look.faults));
    }
    if view.to_string().len() > VIEW_BYTES { Err("view_too_large".into()) } else { Ok(()) }
}

#[derive(Default)]
struct Look {
    faults: Vec<String>,
    characters: usize,
    block_ids: BTreeSet<String>,
    action_ids: BTreeSet<String>,
}

impl Look {
    fn fault(&mut self, what: &str, at: &str) {
        self.faults.push(format!("{what} [json-pointer:{at}]"));
    }

    fn length(&mut self, value: &Value, most: usize, at: &str) {
        if value.as_str().is_some_and(|text| text.chars().count() > most) {
            self.fault(&format!("must be less than {} characters", most + 1), at);
        }
    }

    fn items<'a>(&mut self, value: &'a Value, most: usize, at: &str) -> &'a [Value] {
        let Some(items) = value.as_array() else {
            self.fault("must be an array", at);
            return &[];
        };
        if items.len() > most {
            self.fault(&format!("no more than {most} items allowed"), at);
        }
        items
    }

    /// An id that occurs once.
    fn id(&mut self, value: &Value, is_new: fn(&mut Look, &str) -> bool, at: &str) {
        self.length(value, 255, at);
        if let Some(id) = value.as_str()
            && !is_new(self, id)
        {
            self.fault(&format!("`{id}` occurs twice"), at);
        }
    }

    fn blocks(&mut self, blocks: &Value, most: usize, at: &str) {
        for (index, block) in self.items(blocks, most, at).iter().enumerate() {
            let at = format!("{at}/{index}");
            let unique = |look: &mut Look, id: &str| look.block_ids.insert(id.to_owned());
            self.id(&block["block_id"], unique, &format!("{at}/block_id"));
            let name = block["type"].as_str().unwrap_or_default();
            match BLOCKS.iter().find(|(known, _)| *known == name) {
                Some((_, elements)) => self.block(block, elements, &at),
                None => self.fault(&format!("unsupported type: {name}"), &format!("{at}/type")),
            }
        }
    }

    fn block(&mut self, block: &Value, elements: &[&str], at: &str) {
        let text = format!("{at}/text");
        match block["type"].as_str().unwrap_or_default() {
            "section" => self.section(block, at),
            "header" => self.plain(&block["text"], 150, &text),
            "markdown" => {
                self.length(&block["text"], 12_000, &text);
                self.count(&block["text"]);
            }
            "input" => {
                self.plain(&block["label"], 2_000, &format!("{at}/label"));
                self.element(&block["element"], &[ELEMENTS, INPUTS].concat(), at);
            }
            "image" if block["image_url"].is_null() || block["alt_text"].is_null() => {
                self.fault("missing required field: image_url and alt_text", at);
            }
            "actions" => self.elements(block, 25, elements, at),
            "context" => self.elements(block, 10, elements, at),
            "rich_text" => self.elements(block, usize::MAX, elements, at),
            _ => {}
        }
    }

    fn section(&mut self, block: &Value, at: &str) {
        if block["text"].is_null() && block["fields"].is_null() {
            self.fault("must provide text or fields", at);
        }
        if !block["text"].is_null() {
            self.text(&block["text"], 3_000, &format!("{at}/text"));
        }
        if !block["fields"].is_null() {
            let fields = self.items(&block["fields"], 10, &format!("{at}/fields"));
            for field in fields {
                self.text(field, 2_000, &format!("{at}/fields"));
            }
        }
        if !block["accessory"].is_null() {
            self.element(&block["accessory"], &[ELEMENTS, &["image"]].concat(), at);
        }
    }

    fn elements(&mut self, block: &Value, most: usize, known: &[&str], at: &str) {
        let at = format!("{at}/elements");
        let elements = self.items(&block["elements"], most, &at);
        if elements.is_empty() {
            self.fault("must have at least one item", &at);
        }
        for (index, element) in elements.iter().enumerate() {
            self.element(element, known, &format!("{at}/{index}"));
        }
    }

    fn element(&mut self, element: &Value, known: &[&str], at: &str) {
        let name = element["type"].as_str().unwrap_or_default();
        if !known.contains(&name) {
            self.fault(&format!("unsupported type: {name}"), &format!("{at}/type"));
            return;
        }
        let unique = |look: &mut Look, id: &str| look.action_ids.insert(id.to_owned());
        self.id(&element["action_id"], unique, &format!("{at}/action_id"));
        match name {
            "mrkdwn" | "plain_text" => self.text(element, 2_000, at),
            "button" => self.button(element, at),
            "static_select" | "overflow" | "checkboxes" | "radio_buttons" => {
                let most = match name {
                    "overflow" => 5,
                    "static_select" => 100,
                    _ => 10,
                };
                let options = self.items(&element["options"], most, &format!("{at}/options"));
                if options.is_empty() {
                    self.fault("must have at least one item", &format!("{at}/options"));
                }
                for option in options {
                    self.text(&option["text"], 75, &format!("{at}/options/text"));
                    self.length(&option["value"], 150, &format!("{at}/options/value"));
                }
                if name == "static_select" {
                    self.select(element, options, at);
                }
            }
            _ => {}
        }
    }

    /// <https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element>
    fn select(&mut self, select: &Value, options: &[Value], at: &str) {
        for option in options.iter().filter(|option| option["text"]["type"] != "plain_text") {
            self.fault(&format!("must be plain_text: {option}"), &format!("{at}/options/text"));
        }
        let initial = &select["initial_option"];
        if !initial.is_null() && !options.contains(initial) {
            self.fault("must be one of the options", &format!("{at}/initial_option"));
        }
        if !select["placeholder"].is_null() {
            self.plain(&select["placeholder"], 150, &format!("{at}/placeholder"));
        }
    }

    fn button(&mut self, button: &Value, at: &str) {
        self.plain(&button["text"], 75, &format!("{at}/text"));
        self.length(&button["value"], 2_000, &format!("{at}/value"));
        self.length(&button["url"], 3_000, &format!("{at}/url"));
        let style = button["style"].as_str();
        if style.is_some_and(|style| style != "primary" && style != "danger") {
            self.fault("must be primary or danger", &format!("{at}/style"));
        }
        let confirm = &button["confirm"];
        if !confirm.is_null() {
            self.plain(&confirm["title"], 100, &format!("{at}/confirm/title"));
            self.text(&confirm["text"], 300, &format!("{at}/confirm/text"));
            self.plain(&confirm["confirm"], 30, &format!("{at}/confirm/confirm"));
            self.plain(&confirm["deny"], 30, &format!("{at}/confirm/deny"));
        }
    }

    fn plain(&mut self, value: &Value, most: usize, at: &str) {
        if value["type"] != "plain_text" {
            self.fault("must be plain_text", &format!("{at}/type"));
        }
        self.text(value, most, at);
    }

    fn text(&mut self, value: &Value, most: usize, at: &str) {
        if value["type"] != "plain_text" && value["type"] != "mrkdwn" {
            self.fault("must be plain_text or mrkdwn", &format!("{at}/type"));
        }
        if value["text"].as_str().is_none_or(str::is_empty) {
            self.fault("must be more than 0 characters", &format!("{at}/text"));
        }
        self.length(&value["text"], most, &format!("{at}/text"));
        self.count(&value["text"]);
    }

    fn count(&mut self, text: &Value) {
        self.characters += text.as_str().map_or(0, |text| text.chars().count());
    }
}
