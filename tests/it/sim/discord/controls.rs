//! What Discord refuses in buttons, menus and modals.
//!
//! Sources: Component Reference, "Action Row", "Button", "String Select" and "Text Input"; Receiving and
//! Responding, "Modal".

use std::collections::BTreeSet;

use serde_json::Value;

use super::answer::{Form, Refusal};
use super::check;

const ROWS: usize = 5;
const BUTTONS: usize = 5;
const CUSTOM_ID: usize = 100;
const LABEL: usize = 80;
const PLACEHOLDER: usize = 150;
const OPTIONS: usize = 25;
/// Characters of an option's label, value and description.
const OPTION: usize = 100;
const MODAL_TITLE: usize = 45;
const INPUT_LABEL: usize = 45;
const INPUT_VALUE: usize = 4_000;
const INPUT_PLACEHOLDER: usize = 100;

/// Types of components. The newer ones need a flag that nobody here sets.
const ROW: u64 = 1;
const BUTTON: u64 = 2;
const STRING_SELECT: u64 = 3;
const TEXT_INPUT: u64 = 4;
const MENUS: &[u64] = &[STRING_SELECT, 5, 6, 7, 8];
/// Styles of buttons that are something else than a button to press.
const LINK: u64 = 5;
const PREMIUM: u64 = 6;

#[derive(Default)]
struct Seen {
    custom_ids: BTreeSet<String>,
}

impl Seen {
    fn custom_id(&mut self, form: &mut Form, id: &Value, at: &str) {
        form.needed(id, CUSTOM_ID, at);
        if let Some(id) = id.as_str()
            && !self.custom_ids.insert(id.to_owned())
        {
            let told = "Component custom id cannot be duplicated";
            form.fault(at, "COMPONENT_CUSTOM_ID_DUPLICATED", told);
        }
    }
}

/// Rows of buttons and menus.
pub fn of_message(form: &mut Form, components: &Value, at: &str) {
    let mut seen = Seen::default();
    for (index, row) in form.items(components, (0, ROWS), at).iter().enumerate() {
        let at = format!("{at}.{index}");
        if row["type"] != ROW {
            kind(form, &[ROW], &at);
            continue;
        }
        let inner = format!("{at}.components");
        let controls = form.items(&row["components"], (1, BUTTONS), &inner);
        for (index, control) in controls.iter().enumerate() {
            let at = format!("{inner}.{index}");
            match control["type"].as_u64().unwrap_or_default() {
                BUTTON => button(form, &mut seen, control, &at),
                menu if MENUS.contains(&menu) => {
                    self::menu(form, &mut seen, control, &at);
                    if controls.len() > 1 {
                        let told = "The specified component exceeds the maximum width";
                        form.fault(&at, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", told);
                    }
                }
                _ => kind(form, &[BUTTON, STRING_SELECT, 5, 6, 7, 8], &at),
            }
        }
    }
}

fn kind(form: &mut Form, kinds: &[u64], at: &str) {
    let kinds: Vec<_> = kinds.iter().map(u64::to_string).collect();
    let told = format!("Value of field \"type\" must be one of ({},).", kinds.join(", "));
    form.fault(&format!("{at}.type"), "UNION_TYPE_CHOICES", &told);
}

fn button(form: &mut Form, seen: &mut Seen, button: &Value, at: &str) {
    form.choice(&button["style"], &[1, 2, 3, 4, LINK, PREMIUM], &format!("{at}.style"));
    form.text(&button["label"], (0, LABEL), &format!("{at}.label"));
    match button["style"].as_u64().unwrap_or_default() {
        PREMIUM => return,
        LINK => {
            if button["url"].is_null() {
                form.required(&format!("{at}.url"));
            }
            check::link(form, &button["url"], &format!("{at}.url"));
            if !button["custom_id"].is_null() {
                form.invalid(at, "A custom id and url cannot both be specified");
            }
        }
        _ => {
            seen.custom_id(form, &button["custom_id"], &format!("{at}.custom_id"));
            if !button["url"].is_null() {
                form.invalid(at, "A custom id and url cannot both be specified");
            }
        }
    }
    let has_label = button["label"].as_str().is_some_and(|label| !label.is_empty());
    if !has_label && button["emoji"].is_null() {
        form.invalid(at, "A button needs a label or an emoji");
    }
}

fn menu(form: &mut Form, seen: &mut Seen, menu: &Value, at: &str) {
    seen.custom_id(form, &menu["custom_id"], &format!("{at}.custom_id"));
    form.text(&menu["placeholder"], (0, PLACEHOLDER), &format!("{at}.placeholder"));
    let mut most = OPTIONS as u64;
    if menu["type"] == STRING_SELECT {
        let place = format!("{at}.options");
        let options = form.items(&menu["options"], (1, OPTIONS), &place);
        most = options.len() as u64;
        for (index, option) in options.iter().enumerate() {
            let place = format!("{place}.{index}");
            form.needed(&option["label"], OPTION, &format!("{place}.label"));
            form.needed(&option["value"], OPTION, &format!("{place}.value"));
            form.text(&option["description"], (0, OPTION), &format!("{place}.description"));
            if options[..index].iter().any(|other| other["value"] == option["value"]) {
                let told = "The specified option value is already used";
                form.fault(&place, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", told);
            }
        }
    }
    let least = menu["min_values"].as_u64().unwrap_or(1);
    let wanted = menu["max_values"].as_u64().unwrap_or(1);
    if least > wanted || wanted > most || wanted == 0 {
        form.invalid(at, "min_values, max_values and the options do not go together");
    }
}

/// What a person is asked in a modal.
pub fn modal(data: &Value) -> Result<(), Refusal> {
    let mut form = Form::default();
    let mut seen = Seen::default();
    form.needed(&data["custom_id"], CUSTOM_ID, "data.custom_id");
    form.needed(&data["title"], MODAL_TITLE, "data.title");
    let rows = form.items(&data["components"], (1, ROWS), "data.components");
    for (index, row) in rows.iter().enumerate() {
        let at = format!("data.components.{index}");
        if row["type"] != ROW {
            kind(&mut form, &[ROW], &at);
            continue;
        }
        let place = format!("{at}.components");
        for (index, input) in form.items(&row["components"], (1, 1), &place).iter().enumerate() {
            self::input(&mut form, &mut seen, input, &format!("{place}.{index}"));
        }
    }
    form.finish()
}

fn input(form: &mut Form, seen: &mut Seen, input: &Value, at: &str) {
    if input["type"] != TEXT_INPUT {
        return kind(form, &[TEXT_INPUT], at);
    }
    seen.custom_id(form, &input["custom_id"], &format!("{at}.custom_id"));
    form.choice(&input["style"], &[1, 2], &format!("{at}.style"));
    form.needed(&input["label"], INPUT_LABEL, &format!("{at}.label"));
    form.text(&input["value"], (0, INPUT_VALUE), &format!("{at}.value"));
    form.text(&input["placeholder"], (0, INPUT_PLACEHOLDER), &format!("{at}.placeholder"));
    let least = input["min_length"].as_u64().unwrap_or(0);
    let most = input["max_length"].as_u64().unwrap_or(INPUT_VALUE as u64);
    if least > most || most > INPUT_VALUE as u64 || most == 0 {
        form.invalid(at, "min_length and max_length do not go together");
    }
}
