//! One form of a command, compiled to steps that are walked side by side: never more work than steps × words.

use super::pattern::{DRY_RUN, Item, Slot};
use super::words::Token;

/// One way to say a command.
#[derive(Debug, Clone)]
pub(super) struct Form {
    pub usage: String,
    pub order: Order,
    steps: Vec<Step>,
}

/// Where the verb stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    VerbFirst,
    VerbLast,
}

/// The part of a slot that one word fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    One(Slot),
    /// The first word of a moment of two words.
    Day,
    /// The second.
    Time,
    /// The first word of the rest.
    Rest(Slot),
}

/// The words that filled a slot, by index, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Capture {
    pub slot: Slot,
    pub first: usize,
    pub last: usize,
}

/// How far a line went through a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trace {
    /// Set when the whole line fits.
    pub captures: Option<Vec<Capture>>,
    /// The first word that no way through the form takes; the number of words when some are missing.
    pub reached: usize,
}

#[derive(Debug, Clone)]
enum Step {
    Word(String),
    Take(Take),
    /// Records a slot that words of the pattern fill.
    Mark(Slot),
    /// Goes on at each of these, the earlier ones preferred. All lie ahead, so every walk ends.
    Fork(Vec<usize>),
    End,
}

struct Walker {
    step: usize,
    captures: Vec<Capture>,
}

impl Form {
    pub fn new(usage: String, order: Order, items: &[Item]) -> Self {
        let mut steps = Vec::new();
        compile(items, &mut steps);
        steps.push(Step::End);
        Self { usage, order, steps }
    }

    /// Walks the line through the form; `fits` says whether a word can fill a slot.
    pub fn hear(&self, tokens: &[Token], fits: impl Fn(Take, &Token) -> bool) -> Trace {
        let mut trace = Trace { captures: None, reached: 0 };
        let mut walkers = Vec::new();
        let mut seen = vec![false; self.steps.len()];
        self.enter(Walker { step: 0, captures: Vec::new() }, 0, &mut seen, &mut walkers);
        for at in 0..=tokens.len() {
            if walkers.is_empty() {
                break;
            }
            trace.reached = at;
            let mut found = None;
            let mut next = Vec::new();
            seen.fill(false);
            for walker in walkers {
                match (&self.steps[walker.step], tokens.get(at)) {
                    (Step::End, None) => found = found.or(Some(walker.captures)),
                    (Step::Word(word), Some(token)) if *word == token.word => {
                        self.enter(walker.on(None), at + 1, &mut seen, &mut next);
                    }
                    (Step::Take(Take::Rest(slot)), Some(token))
                        if fits(Take::Rest(*slot), token) =>
                    {
                        let rest = Capture { slot: *slot, first: at, last: tokens.len() - 1 };
                        found = found.or(Some(walker.on(Some(rest)).captures));
                    }
                    (Step::Take(take @ (Take::One(_) | Take::Day | Take::Time)), Some(token))
                        if fits(*take, token) =>
                    {
                        let walker = walker.on(capture(*take, at));
                        self.enter(walker, at + 1, &mut seen, &mut next);
                    }
                    _ => {}
                }
            }
            // A later beginning of the rest means that more words were recognised as words.
            trace.captures = found.or(trace.captures);
            walkers = next;
        }
        trace
    }

    /// Adds the walker at each step that needs a word, going through those that do not.
    fn enter(&self, walker: Walker, at: usize, seen: &mut [bool], walkers: &mut Vec<Walker>) {
        if std::mem::replace(&mut seen[walker.step], true) {
            return;
        }
        match &self.steps[walker.step] {
            Step::Word(_) | Step::Take(_) | Step::End => walkers.push(walker),
            Step::Mark(slot) => {
                let mark = Capture { slot: *slot, first: at, last: at };
                self.enter(walker.on(Some(mark)), at, seen, walkers);
            }
            Step::Fork(targets) => {
                for step in targets {
                    let captures = walker.captures.clone();
                    self.enter(Walker { step: *step, captures }, at, seen, walkers);
                }
            }
        }
    }
}

impl Walker {
    fn on(mut self, capture: Option<Capture>) -> Self {
        self.captures.extend(capture);
        self.step += 1;
        self
    }
}

fn capture(take: Take, at: usize) -> Option<Capture> {
    match take {
        Take::One(slot) | Take::Rest(slot) => Some(Capture { slot, first: at, last: at }),
        Take::Day => None,
        Take::Time => Some(Capture { slot: Slot::Moment, first: at - 1, last: at }),
    }
}

fn compile(items: &[Item], steps: &mut Vec<Step>) {
    for item in items {
        match item {
            Item::Word(word) => steps.push(Step::Word(word.clone())),
            Item::Slot(slot) => compile_slot(*slot, steps),
            Item::OneOf(alternatives) => {
                let compiled = alternatives.iter().map(|items| {
                    let mut steps = Vec::new();
                    compile(items, &mut steps);
                    steps
                });
                fork(compiled.collect(), steps);
            }
            Item::Maybe(alternatives) => {
                let mut compiled = vec![];
                for items in alternatives {
                    let mut steps = Vec::new();
                    compile(items, &mut steps);
                    compiled.push(steps);
                }
                compiled.push(Vec::new());
                fork(compiled, steps);
            }
        }
    }
}

fn compile_slot(slot: Slot, steps: &mut Vec<Step>) {
    match slot {
        Slot::Reason | Slot::Request => steps.push(Step::Take(Take::Rest(slot))),
        Slot::Moment => {
            let two = vec![Step::Take(Take::Day), Step::Take(Take::Time)];
            fork(vec![two, vec![Step::Take(Take::One(slot))]], steps);
        }
        Slot::DryRun => {
            let spelling = |words: &&[&str]| {
                words.iter().map(|word| Step::Word((*word).into())).collect::<Vec<_>>()
            };
            fork(DRY_RUN.iter().map(spelling).collect(), steps);
            steps.push(Step::Mark(slot));
        }
        Slot::Service
        | Slot::Environment
        | Slot::Version
        | Slot::ServiceVersion
        | Slot::Deployment
        | Slot::From
        | Slot::To
        | Slot::Command
        | Slot::Language => steps.push(Step::Take(Take::One(slot))),
    }
}

/// Appends the branches, each of which goes on after the last of them.
fn fork(branches: Vec<Vec<Step>>, steps: &mut Vec<Step>) {
    let begin = steps.len() + 1;
    let after = branches.iter().fold(begin, |at, branch| at + branch.len() + 1);
    let starts = branches.iter().scan(begin, |at, branch| {
        let start = *at;
        *at += branch.len() + 1;
        Some(start)
    });
    steps.push(Step::Fork(starts.collect()));
    for branch in branches {
        let start = steps.len();
        steps.extend(branch.into_iter().map(|step| match step {
            Step::Fork(targets) => Step::Fork(targets.iter().map(|step| step + start).collect()),
            step @ (Step::Word(_) | Step::Take(_) | Step::Mark(_) | Step::End) => step,
        }));
        steps.push(Step::Fork(vec![after]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::{pattern, words};

    fn hear(pattern: &str, line: &str) -> Trace {
        let items = pattern::parse(pattern).expect("the pattern of a test");
        let form = Form::new(String::new(), Order::VerbFirst, &items);
        form.hear(&words::tokens(line), |_, token| token.word.is_ascii() && token.word != "to")
    }

    #[test]
    fn a_line_that_fits_fills_the_slots() {
        let pattern =
            "[please|be so kind] deploy <service> [to|[right] into] <environment> [<dry-run>]";
        for line in [
            "deploy api prod",
            "please deploy api to prod",
            "be so kind deploy api right into prod",
            "deploy api into prod dry run",
            "deploy api prod 시험",
        ] {
            let captures = hear(pattern, line).captures.expect(line);
            assert_eq!(captures[0].slot, Slot::Service);
            assert_eq!(captures[1].slot, Slot::Environment);
        }
    }

    #[test]
    fn the_first_word_that_does_not_fit_is_known() {
        let pattern = "deploy <service> [to] <environment>";
        for (line, reached) in
            [("", 0), ("x", 0), ("deploy", 1), ("deploy api to", 3), ("deploy api to prod now", 4)]
        {
            let trace = hear(pattern, line);
            assert_eq!((trace.captures, trace.reached), (None, reached), "{line}");
        }
    }

    #[test]
    fn the_rest_begins_after_the_words_that_lead_to_it() {
        let captures =
            hear("reject <deployment> [because] <reason>", "reject 1 because a b").captures;
        let rest = captures.and_then(|captures| captures.last().copied());
        assert_eq!(rest, Some(Capture { slot: Slot::Reason, first: 3, last: 4 }));
    }

    #[test]
    fn many_optional_groups_cost_no_more_than_their_number() {
        let trace = hear(&format!("a {}b", "[a|a a] ".repeat(40)), &"a ".repeat(1000));
        assert_eq!(trace.captures, None);
    }
}
