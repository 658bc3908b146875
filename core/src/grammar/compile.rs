//! Manifests → the forms of each command, with every fault at once.

use std::collections::{BTreeMap, BTreeSet};

use super::action::Action;
use super::form::{Form, Order};
use super::nearest::nearest;
use super::pattern::{self, Item, Slot, Verb};
use super::verbs::Verbs;
use super::{Grammar, Known, PatternFault, korean};
use crate::ids::CommandName;
use crate::manifest::{Does, Manifest};

/// One command, ready to be heard.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub action: Action,
    pub forms: Vec<Form>,
    /// Words of its forms that are never taken for a name: `deploy api to` lacks an environment.
    pub reserved: BTreeSet<String>,
}

/// A command whose forms are being added.
struct Adding {
    command: Command,
    aliases: Vec<Vec<Item>>,
    /// The verbs that the first form begins with.
    main_verbs: Option<Vec<Vec<String>>>,
}

/// What is being built, and what is wrong with it so far.
pub(super) struct Compiler {
    grammar: Grammar,
    faults: Vec<PatternFault>,
}

impl Compiler {
    pub fn new(known: &Known) -> Self {
        let grammar = Grammar {
            commands: BTreeMap::new(),
            first_verbs: Verbs::default(),
            last_verbs: Verbs::default(),
            openers: BTreeSet::new(),
            known: known.clone(),
        };
        Self { grammar, faults: Vec::new() }
    }

    pub fn finish(mut self) -> Result<Grammar, Vec<PatternFault>> {
        let names: Vec<CommandName> = self.grammar.commands.keys().cloned().collect();
        for name in names {
            korean::add_forms(&mut self.grammar, &name);
        }
        self.reserve_longer_verbs();
        if self.faults.is_empty() { Ok(self.grammar) } else { Err(self.faults) }
    }

    pub fn add(&mut self, manifest: &Manifest) {
        let Some(action) = self.action(manifest) else { return };
        if manifest.say.is_empty() {
            self.fault(&manifest.name, "", "a command needs at least one form in `say`".into());
        }
        let mut adding = Adding {
            command: Command { action, forms: Vec::new(), reserved: BTreeSet::new() },
            aliases: self.aliases(manifest),
            main_verbs: None,
        };
        for pattern in &manifest.say {
            let items = pattern::parse(pattern).and_then(|items| check(action, items));
            match items {
                Ok(items) => self.add_form(manifest, pattern, items, &mut adding),
                Err(message) => self.fault(&manifest.name, pattern, message),
            }
        }
        let Adding { command, aliases, main_verbs } = adding;
        if main_verbs.is_none() && !aliases.is_empty() {
            let message = "aliases need a form that begins with a word".to_owned();
            self.fault(&manifest.name, "", message);
        }
        self.grammar.commands.insert(manifest.name.clone(), command);
    }

    fn add_form(
        &mut self,
        manifest: &Manifest,
        pattern: &str,
        mut items: Vec<Item>,
        adding: &mut Adding,
    ) {
        let usage = pattern::usage(&items);
        let Some(verb) = pattern::verb(&items) else {
            let message = "it needs a word of its own that begins or ends the line, so that it can be told from others";
            return self.fault(&manifest.name, pattern, message.into());
        };
        let is_word = |item: &Item| matches!(item, Item::Word(_));
        let (index, order) = match verb {
            Verb::First(index) => (index, Order::VerbFirst),
            Verb::Last(index) => {
                let words = items[..index].iter().rev().take_while(|item| is_word(item)).count();
                (index - words, Order::VerbLast)
            }
        };
        let verbs = pattern::phrases(&items[index..]);
        for verb in &verbs {
            self.claim(manifest, pattern, verb, order);
        }
        match order {
            Order::VerbFirst => {
                self.grammar.openers.extend(pattern::all_words(&items[..index]));
                adding.command.reserved.extend(pattern::all_words(&items[index + 1..]));
                // The aliases stand for the verb that the first form begins with.
                if *adding.main_verbs.get_or_insert_with(|| verbs.clone()) == verbs {
                    let words = items[index..].iter().take_while(|item| is_word(item)).count();
                    let verb = items.drain(index..index + words.max(1)).collect();
                    items.insert(index, with_aliases(verb, &adding.aliases));
                }
            }
            Order::VerbLast => adding.command.reserved.extend(pattern::all_words(&items)),
        }
        adding.command.forms.push(Form::new(usage, order, &items));
    }

    fn action(&mut self, manifest: &Manifest) -> Option<Action> {
        let name = match &manifest.does {
            Does::Pipeline { .. } => return Some(Action::Run),
            Does::Action(name) => name,
        };
        let action = Action::named(name);
        if action.is_none() {
            let hint = nearest(name, Action::names())
                .map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
            self.fault(&manifest.name, "", format!("`{name}` is no action{hint}"));
        }
        action
    }

    /// Reads the aliases: words only, and not those of another command.
    fn aliases(&mut self, manifest: &Manifest) -> Vec<Vec<Item>> {
        let mut aliases = Vec::new();
        for alias in &manifest.aliases {
            let read = pattern::parse(alias);
            match read {
                Ok(items) if items.iter().all(|item| matches!(item, Item::Word(_))) => {
                    for verb in pattern::phrases(&items) {
                        self.claim(manifest, alias, &verb, Order::VerbFirst);
                    }
                    aliases.push(items);
                }
                Ok(_) => self.fault(&manifest.name, alias, "an alias is plain words".into()),
                Err(message) => self.fault(&manifest.name, alias, message),
            }
        }
        aliases
    }

    /// Gives a verb to a command; no other command may begin (or end) with the same.
    fn claim(&mut self, manifest: &Manifest, pattern: &str, verb: &[String], order: Order) {
        let (verbs, place) = match order {
            Order::VerbFirst => (&mut self.grammar.first_verbs, "begins"),
            Order::VerbLast => (&mut self.grammar.last_verbs, "ends"),
        };
        if let Err(owner) = verbs.claim(verb, &manifest.name) {
            let message = format!("`{}` already {place} the command `{owner}`", verb.join(" "));
            self.fault(&manifest.name, pattern, message);
        }
    }

    /// Where `배포 이력` is a verb, `이력` is never a name after the verb `배포` of another command.
    fn reserve_longer_verbs(&mut self) {
        let Grammar { first_verbs, commands, .. } = &mut self.grammar;
        for (verb, owner) in first_verbs.iter() {
            for length in 1..verb.len() {
                let shorter = first_verbs.owner(&verb[..length]).filter(|other| *other != owner);
                if let Some(command) = shorter.and_then(|name| commands.get_mut(name)) {
                    command.reserved.insert(verb[length].clone());
                }
            }
        }
    }

    fn fault(&mut self, command: &CommandName, pattern: &str, message: String) {
        let fault = PatternFault { command: command.clone(), pattern: pattern.into(), message };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}

/// Checks that a form says what its action needs, and nothing that means nothing to it.
fn check(action: Action, items: Vec<Item>) -> Result<Vec<Item>, String> {
    let always = pattern::always(&items);
    if let Some(slot) = action.needs().iter().find(|slot| !always.contains(slot)) {
        return Err(format!("`<{}>` is missing, or can be left out", slot.name()));
    }
    for slot in Slot::NAMED {
        let count = pattern::count(&items, slot);
        if count > 0 && !action.takes(slot) {
            return Err(format!("`<{}>` has no meaning for this command", slot.name()));
        }
        if count > 1 && slot != Slot::DryRun {
            return Err(format!("`<{}>` stands there twice", slot.name()));
        }
        let last = matches!(items.last(), Some(Item::Slot(last)) if *last == slot);
        if count > 0 && slot.takes_the_rest() && !last {
            let name = slot.name();
            return Err(format!("`<{name}>` takes the rest of the line, so it must stand last"));
        }
    }
    Ok(items)
}

/// Returns an item that is said as the verb or as one of the aliases.
fn with_aliases(mut verb: Vec<Item>, aliases: &[Vec<Item>]) -> Item {
    let mut alternatives = match verb.as_mut_slice() {
        [Item::OneOf(alternatives)] => std::mem::take(alternatives),
        _ => vec![verb],
    };
    alternatives.extend_from_slice(aliases);
    Item::OneOf(alternatives)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Who;
    use crate::catalog::{Pipeline, Recipe};
    use crate::manifest::Localized;
    use crate::policy::Policy;
    use crate::time::Duration;

    fn manifest(name: &str, say: &[&str], aliases: &[&str], does: Does) -> Manifest {
        Manifest {
            name: CommandName::new(name).expect("a name"),
            summary: Localized { en: String::new(), ko: String::new() },
            say: say.iter().map(|text| (*text).into()).collect(),
            aliases: aliases.iter().map(|text| (*text).into()).collect(),
            who: Who::Anybody,
            does,
            examples: vec![],
        }
    }

    fn action(name: &str) -> Does {
        Does::Action(name.into())
    }

    fn pipeline() -> Does {
        let recipe =
            Recipe::Command { run: vec!["true".into()], directory: "/".into(), pass: vec![] };
        let (timeout, parameters) = (Duration::seconds(1), BTreeMap::new());
        let policy = Policy {
            groups: vec![],
            requester: false,
            authors: true,
            risky: vec![],
            checks: vec![],
            expires: timeout,
            reject: vec![],
        };
        let pipeline = Box::new(Pipeline { recipe, stages: vec![], timeout, parameters });
        Does::Pipeline { pipeline, policy }
    }

    fn faults(manifests: Vec<Manifest>) -> Vec<String> {
        let named = manifests.into_iter().map(|manifest| (manifest.name.clone(), manifest));
        let faults = Grammar::new(&named.collect(), &Known::default()).err().unwrap_or_default();
        faults.into_iter().map(|fault| format!("{}: {}", fault.pattern, fault.message)).collect()
    }

    #[test]
    fn a_form_must_say_what_its_action_needs_and_no_more() {
        for (does, say, expected) in [
            (action("deploy"), "go <service>", "`<environment>` is missing, or can be left out"),
            (
                action("deploy"),
                "go <service> [<environment>]",
                "`<environment>` is missing, or can be left out",
            ),
            (pipeline(), "go <environment>", "`<service>` is missing, or can be left out"),
            (pipeline(), "go <service>", "`<environment>` is missing, or can be left out"),
            (
                action("show"),
                "go <deployment> <reason>",
                "`<reason>` has no meaning for this command",
            ),
            (action("show"), "go <deployment> <deployment>", "`<deployment>` stands there twice"),
            (
                action("reject"),
                "go <reason> <deployment>",
                "`<reason>` takes the rest of the line, so it must stand last",
            ),
            (
                action("show"),
                "[please] <deployment>",
                "it needs a word of its own that begins or ends the line, so that it can be told from others",
            ),
            (
                action("show"),
                "go <deploymnt>",
                "`<deploymnt>` is no slot; did you mean `<deployment>`?",
            ),
        ] {
            let found = faults(vec![manifest("go", &[say], &[], does)]);
            assert_eq!(found, [format!("{say}: {expected}")]);
        }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let found = faults(vec![
            manifest("a", &["go <service", "go"], &["x <y>"], action("whoami")),
            manifest("b", &["stay"], &["go"], action("whoami")),
            manifest("c", &["c"], &[], action("deplyo")),
            manifest("d", &[], &[], action("run")),
            manifest("e", &["<deployment> 가"], &["e"], action("show")),
            manifest("f", &["<deployment> 가"], &[], action("show")),
        ]);
        assert_eq!(
            found,
            [
                "x <y>: `<y>` is no slot",
                "go <service: `>` is missing",
                "go: `go` already begins the command `a`",
                ": `deplyo` is no action; did you mean `deploy`?",
                ": `run` is no action",
                ": aliases need a form that begins with a word",
                "<deployment> 가: `가` already ends the command `e`",
            ]
        );
        assert_eq!(
            faults(vec![manifest("a", &[], &[], action("whoami"))]),
            [": a command needs at least one form in `say`"]
        );
    }

    #[test]
    fn a_team_command_needs_nothing_but_its_manifest() {
        let say = ["smoke <service> [in] <environment>"];
        assert_eq!(faults(vec![manifest("smoke", &say, &["스모크"], pipeline())]), [""; 0]);
    }
}
