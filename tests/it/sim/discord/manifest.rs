//! What Discord refuses in application commands.
//!
//! Sources: Application Commands, "Application Command Structure", "Application Command Naming",
//! "Application Command Option Structure" and "Limits"; Reference, "Locales".

use serde_json::Value;

use super::answer::Form;

const NAME: usize = 32;
const DESCRIPTION: usize = 100;
const OPTIONS: usize = 25;
const CHOICES: usize = 25;
/// Characters of a choice's name, and of its value if that is a text.
const CHOICE: usize = 100;
/// Characters of all names, descriptions and values of a command.
const ALL: usize = 8_000;

/// Slash commands, and those in the menus of users and of messages.
const KINDS: &[u64] = &[SLASH, 2, 3];
const SLASH: u64 = 1;
const SUB_COMMAND: u64 = 1;
const GROUP: u64 = 2;
pub const STRING: u64 = 3;
pub const INTEGER: u64 = 4;
pub const BOOLEAN: u64 = 5;
pub const NUMBER: u64 = 10;
const OPTION_TYPES: &[u64] =
    &[SUB_COMMAND, GROUP, STRING, INTEGER, BOOLEAN, 6, 7, 8, 9, NUMBER, 11];

const LOCALES: &[&str] = &[
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl",
    "no", "pl", "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th",
    "zh-CN", "ja", "zh-TW", "ko",
];

/// Holds a command to what Discord takes; places begin with `base`.
pub fn command(form: &mut Form, command: &Value, base: &str) {
    let kind = &command["type"];
    if !kind.is_null() && !kind.as_u64().is_some_and(|kind| KINDS.contains(&kind)) {
        return form.choice(kind, KINDS, &format!("{base}type"));
    }
    if kind.is_null() || *kind == SLASH {
        named(form, command, base);
        options(form, &command["options"], &format!("{base}options"), Inside::Command);
    } else {
        form.needed(&command["name"], NAME, &format!("{base}name"));
        if command["description"].as_str().is_some_and(|text| !text.is_empty()) {
            let told = "Context menu commands cannot have description";
            form.fault(
                &format!("{base}description"),
                "APPLICATION_COMMAND_DESCRIPTION_INVALID",
                told,
            );
        }
    }
    let permissions = &command["default_member_permissions"];
    let is_number = |text: &str| text.parse::<u64>().is_ok();
    if !permissions.is_null() && !permissions.as_str().is_some_and(is_number) {
        form.invalid(&format!("{base}default_member_permissions"), "Invalid permissions");
    }
    if characters(command) > ALL {
        let told = format!("Command exceeds maximum size ({ALL})");
        form.fault(base.trim_end_matches('.'), "APPLICATION_COMMAND_TOO_LARGE", &told);
    }
}

/// A name that is typed, and a description, with their translations.
fn named(form: &mut Form, thing: &Value, base: &str) {
    name(form, &thing["name"], &format!("{base}name"));
    form.needed(&thing["description"], DESCRIPTION, &format!("{base}description"));
    let place = format!("{base}name_localizations");
    for (locale, text) in translations(form, &thing["name_localizations"], &place) {
        name(form, text, &format!("{place}.{locale}"));
    }
    let place = format!("{base}description_localizations");
    for (locale, text) in translations(form, &thing["description_localizations"], &place) {
        form.text(text, (1, DESCRIPTION), &format!("{place}.{locale}"));
    }
}

/// Lower case, and letters, digits, `-`, `_` and `'` of any script, which may carry marks.
fn name(form: &mut Form, name: &Value, at: &str) {
    form.needed(name, NAME, at);
    let Some(name) = name.as_str().filter(|name| !name.is_empty()) else { return };
    let is_mark = |c: char| matches!(c, '\u{900}'..='\u{97f}' | '\u{e00}'..='\u{e7f}');
    let fits = |c: char| c.is_alphanumeric() || "-_'".contains(c) || is_mark(c);
    if !name.chars().all(fits) || name.to_lowercase() != name {
        form.fault(at, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
    }
}

fn translations<'a>(form: &mut Form, all: &'a Value, at: &str) -> Vec<(&'a String, &'a Value)> {
    if all.is_null() {
        return Vec::new();
    }
    let Some(all) = all.as_object() else {
        form.fault(at, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType");
        return Vec::new();
    };
    for locale in all.keys().filter(|locale| !LOCALES.contains(&locale.as_str())) {
        let told = format!("Value must be one of {{{}}}.", LOCALES.join(", "));
        form.fault(&format!("{at}.{locale}"), "BASE_TYPE_CHOICES", &told);
    }
    all.iter().collect()
}

/// Whose options they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Command,
    Group,
    SubCommand,
}

fn options(form: &mut Form, options: &Value, at: &str, inside: Inside) {
    let all = form.items(options, (0, OPTIONS), at);
    let mut had_optional = false;
    let mut nested = 0;
    for (index, option) in all.iter().enumerate() {
        let place = format!("{at}.{index}");
        named(form, option, &format!("{place}."));
        form.choice(&option["type"], OPTION_TYPES, &format!("{place}.type"));
        let kind = option["type"].as_u64().unwrap_or_default();
        let is_nested = kind == SUB_COMMAND || kind == GROUP;
        if is_nested {
            nested += 1;
            let fits = inside == Inside::Command || inside == Inside::Group && kind == SUB_COMMAND;
            if !fits {
                let told = "Sub-command option type is not allowed here";
                form.fault(
                    &format!("{place}.type"),
                    "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                    told,
                );
            }
            let inner = if kind == GROUP { Inside::Group } else { Inside::SubCommand };
            self::options(form, &option["options"], &format!("{place}.options"), inner);
        }
        if option["required"] == true && had_optional {
            let told = "Required options must be placed before non-required options";
            form.fault(&place, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", told);
        }
        had_optional |= option["required"] != true && !is_nested;
        if all[..index].iter().any(|other| other["name"] == option["name"]) {
            let told = "The option name is not unique";
            form.fault(&place, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", told);
        }
        choices(form, option, &place);
    }
    if nested > 0 && nested < all.len() {
        let told = "Sub-command and sub-command group option types are mutually exclusive to all other types";
        form.fault(at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", told);
    }
}

fn choices(form: &mut Form, option: &Value, at: &str) {
    let place = format!("{at}.choices");
    let all = form.items(&option["choices"], (0, CHOICES), &place);
    let kind = option["type"].as_u64().unwrap_or_default();
    let completes = option["autocomplete"] == true;
    if (completes || !all.is_empty()) && ![STRING, INTEGER, NUMBER].contains(&kind) {
        form.invalid(at, "Only texts and numbers have choices");
    }
    if completes && !all.is_empty() {
        let told = "Autocomplete options cannot have choices";
        form.fault(&place, "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES_INVALID", told);
    }
    for (index, choice) in all.iter().enumerate() {
        self::choice(form, choice, kind, &format!("{place}.{index}"));
        if all[..index].iter().any(|other| other["name"] == choice["name"]) {
            let told = "The choice name is not unique";
            form.fault(&place, "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", told);
        }
    }
}

/// A choice, whose value must be what the option is.
pub fn choice(form: &mut Form, choice: &Value, kind: u64, at: &str) {
    form.needed(&choice["name"], CHOICE, &format!("{at}.name"));
    let place = format!("{at}.name_localizations");
    for (locale, text) in translations(form, &choice["name_localizations"], &place) {
        form.text(text, (1, CHOICE), &format!("{place}.{locale}"));
    }
    let (value, place) = (&choice["value"], format!("{at}.value"));
    match kind {
        INTEGER if !value.is_i64() => {
            form.fault(&place, "NUMBER_TYPE_COERCE", "Value is not an integer.");
        }
        NUMBER if !value.is_number() => {
            form.fault(&place, "NUMBER_TYPE_COERCE", "Value is not a number.");
        }
        STRING => form.needed(value, CHOICE, &place),
        _ => {}
    }
}

/// The longest of each text's translations counts.
fn characters(thing: &Value) -> usize {
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let longest = |name: &str| {
        let translated = thing[format!("{name}_localizations")].as_object().into_iter().flatten();
        translated.map(|(_, text)| length(text)).chain([length(&thing[name])]).max().unwrap_or(0)
    };
    let inner = ["options", "choices"].iter();
    let inner = inner.flat_map(|name| thing[*name].as_array().into_iter().flatten());
    let of_inner: usize = inner.map(characters).sum();
    longest("name") + longest("description") + length(&thing["value"]) + of_inner
}
