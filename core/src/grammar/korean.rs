//! A team's command with a Korean verb is also said in Korean order, though its manifest has no form for that.

use super::Grammar;
use super::action::Action;
use super::form::{Form, Order};
use super::pattern;
use crate::ids::CommandName;

/// How Korean makes a noun an order: `점검` → `점검해줘`.
const ENDINGS: [&str; 6] = ["", "해", "해줘", "해주세요", "해 줘", "해 주세요"];

/// Adds the forms to a command that runs a pipeline, for each of its verbs that is Korean.
pub(super) fn add_forms(grammar: &mut Grammar, name: &CommandName) {
    let runs = |grammar: &Grammar| {
        grammar.commands.get(name).is_some_and(|command| command.action == Action::Run)
    };
    if !runs(grammar) {
        return;
    }
    let own = grammar.first_verbs.iter().filter(|(_, owner)| *owner == name);
    let verbs: Vec<String> = own.map(|(verb, _)| verb.join(" ")).collect();
    for verb in verbs.iter().filter(|verb| verb.ends_with(|c| ('가'..='힣').contains(&c))) {
        add_verb_first(grammar, name, verb);
        add_verb_last(grammar, name, verb);
    }
}

fn add_verb_first(grammar: &mut Grammar, name: &CommandName, verb: &str) {
    let form = format!("{verb} <service> [을|를] <environment> [에|에서|로|으로]");
    let Some(command) = grammar.commands.get_mut(name) else { return };
    let Ok(items) = pattern::parse(&form) else { return };
    // Its verb stands there for another one, so it is shown as that one is.
    let shown = command.forms.first().map(|form| form.usage.clone());
    let usage = shown.unwrap_or_else(|| pattern::usage(&items));
    command.forms.push(Form::new(usage, Order::VerbFirst, &items));
}

/// An ending that already ends the lines of another command stays with that one.
fn add_verb_last(grammar: &mut Grammar, name: &CommandName, verb: &str) {
    let mut said = Vec::new();
    for ending in ENDINGS {
        let text = format!("{verb}{ending}");
        let phrases = pattern::parse(&text).map(|items| pattern::phrases(&items));
        let mut phrases = phrases.into_iter().flatten();
        if phrases.all(|phrase| grammar.last_verbs.claim(&phrase, name).is_ok()) {
            said.push(text);
        }
    }
    let form =
        format!("<service> [을|를|의] <environment> [에|에서|로|으로|의] ({})", said.join("|"));
    let Some(command) = grammar.commands.get_mut(name) else { return };
    let Ok(items) = pattern::parse(&form) else { return };
    let shown = command.forms.iter().find(|form| form.order == Order::VerbLast);
    let usage = shown.map_or_else(|| pattern::usage(&items), |form| form.usage.clone());
    command.reserved.extend(pattern::all_words(&items));
    command.forms.push(Form::new(usage, Order::VerbLast, &items));
}
