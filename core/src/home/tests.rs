//! A page lists what waits for whom, and no more than fits.

use std::collections::BTreeSet;

use super::*;
use crate::card::samples::deployment;
use crate::deployment::{Kind, Outcome};
use crate::notice::Summary;
use crate::person::{Person, Standing};
use crate::refusal::Refusal;
use crate::wording::samples::{
    PLAIN, account, ago, commit, environment, id, person, role, service, voice,
};

/// Draws pages as text, for the snapshot.
pub(crate) fn draw(locale: Locale) -> String {
    let mut lines = Vec::new();
    for (name, page) in [
        ("of an approver", page_of("ben", &several(), locale)),
        ("of nobody's account", page_of("stranger", &several(), locale)),
        ("empty", page_of("ben", &[], locale)),
    ] {
        lines.extend([format!("== home {name}"), page.greeting]);
        lines.extend(page.answer);
        lines.extend(page.language.map(|choice| {
            let options: Vec<String> = choice.options.into_iter().map(|(_, name)| name).collect();
            format!("{} {}", choice.title, options.join(" | "))
        }));
        for part in [page.waits_for_you, page.running, page.waiting_for_others, page.board] {
            lines.push(part.title);
            if part.lines.is_empty() {
                lines.push(format!("  {}", part.none));
            }
            for line in part.lines {
                lines.push(format!("  {}", line.text));
                lines.extend(line.detail.map(|detail| format!("    {detail}")));
            }
        }
        lines.push(String::new());
    }
    for more in [1, 3] {
        lines.push(format!("== home left out\n{}\n", left_out(more, &voice(locale))));
    }
    lines.join("\n") + "\n"
}

fn people() -> People {
    let people = [("ana", "deployer"), ("ben", "sre"), ("mina", "sre")];
    let people = people.map(|(name, has)| Person {
        name: person(name),
        locale: None,
        accounts: BTreeSet::from([account_of(name)]),
        writes_as: BTreeSet::new(),
        roles: BTreeSet::from([role(has)]),
    });
    People::new(people).unwrap()
}

fn account_of(name: &str) -> Account {
    Account { user: format!("U0{}", name.to_uppercase()), ..account(PLAIN) }
}

fn waiting(number: u64, there: &str) -> Deployment {
    let mut waiting = deployment(Kind::Deploy, PLAIN);
    waiting.id = id(number);
    waiting.environment = environment(there);
    waiting
}

/// One of each: looking up, for ben's vote, for mina's after ben's, asked by ben, behind one that runs.
fn several() -> Vec<Deployment> {
    let mut resolving = waiting(1, "test");
    resolving.status = Status::Resolving;
    resolving.sealed = None;
    let mut of_ben = waiting(3, "prod");
    of_ben.requester = person("ben").into();
    let mut running = waiting(4, "staging");
    running.status = Status::Running;
    let mut next = waiting(5, "staging");
    next.sealed.iter_mut().for_each(|sealed| sealed.policy.groups.clear());
    vec![resolving, waiting(2, "prod"), of_ben, running, next]
}

fn many(count: u64) -> Vec<Deployment> {
    (1..=count).map(|number| waiting(number, "prod")).collect()
}

fn board() -> Vec<BoardRow> {
    let live = Summary {
        deployment: id(38),
        kind: Kind::Deploy,
        service: service("api"),
        environment: environment("prod"),
        status: Status::Ended(Outcome::Succeeded),
        commit: Some(commit("1a2b3c4")),
        reference: Some("v1.0.0".into()),
        requester: Some(person("ana")),
        requested_at: ago(300),
        ended_at: Some(ago(290)),
        blockers: vec![],
    };
    ["prod", "staging", "test"]
        .map(|there| BoardRow {
            service: service("api"),
            environment: environment(there),
            live: (there == "prod").then(|| live.clone()),
        })
        .into()
}

fn page_of(name: &str, open: &[Deployment], locale: Locale) -> Home {
    let (people, board, account) = (people(), board(), account_of(name));
    let languages = if people.by_account(&account).is_some() { &Locale::ALL[..] } else { &[] };
    let refusal = Refusal::NotAMember { standing: Standing::Guest };
    let refused = Notice::Refused { refusal };
    home(&Sight {
        open,
        board: &board,
        board_more: 0,
        people: &people,
        account: &account,
        languages,
        answer: open.is_empty().then_some(&refused),
        voice: voice(locale),
    })
}

#[test]
fn what_is_left_out_of_the_board_is_counted_though_it_was_never_read() {
    let (people, board, account) = (people(), board(), account_of("ben"));
    let sight = Sight {
        open: &[],
        board: &board,
        board_more: 7,
        people: &people,
        account: &account,
        languages: &[],
        answer: None,
        voice: voice(Locale::En),
    };
    let page = home(&sight);
    assert_eq!((page.board.lines.len(), page.board.more), (3, 7));
}

fn numbers(part: &Part) -> Vec<u64> {
    part.lines.iter().filter_map(|line| line.deployment).map(|id| id.0).collect()
}

#[test]
fn what_waits_for_ones_approval_stands_apart_from_what_waits_for_others() {
    let ben = page_of("ben", &several(), Locale::En);
    assert_eq!(numbers(&ben.waits_for_you), [2], "their own they cannot approve");
    assert_eq!(numbers(&ben.running), [4]);
    assert_eq!(numbers(&ben.waiting_for_others), [1, 3, 5]);
    let mina = page_of("mina", &several(), Locale::En);
    assert_eq!(numbers(&mina.waits_for_you), [2, 3]);
    let ana = page_of("ana", &several(), Locale::En);
    assert_eq!(numbers(&ana.waits_for_you), [0; 0]);
}

#[test]
fn nothing_waits_for_an_account_that_is_in_nobodys_entry() {
    let page = page_of("stranger", &several(), Locale::En);
    assert_eq!((page.person, page.roles), (None, vec![]));
    assert!(page.waits_for_you.lines.is_empty());
    assert!(page.greeting.contains("T0123456789/U0STRANGER"), "{}", page.greeting);
}

#[test]
fn who_has_approved_is_not_asked_again() {
    let mut open = several();
    let approved = crate::card::samples::approved(waiting(2, "prod"));
    let mut two = approved.clone();
    two.sealed.iter_mut().for_each(|sealed| sealed.policy.groups[0].approvals = 2);
    open[1] = two;
    assert_eq!(numbers(&page_of("ben", &open, Locale::En).waits_for_you), [0; 0]);
    assert_eq!(numbers(&page_of("mina", &open, Locale::En).waits_for_you), [2, 3]);
    open[1] = approved;
    assert_eq!(numbers(&page_of("mina", &open, Locale::En).waits_for_you), [3]);
}

#[test]
fn what_waits_for_its_turn_says_behind_which() {
    let page = page_of("ben", &several(), Locale::En);
    let next = page.waiting_for_others.lines.last().unwrap();
    assert!(next.text.ends_with("waits for its turn behind #4."), "{}", next.text);
}

#[test]
fn a_long_list_is_cut_and_the_rest_counted() {
    let page = page_of("ben", &many(23), Locale::En);
    assert_eq!((page.waits_for_you.lines.len(), page.waits_for_you.more), (LINES_MAX, 3));
}

#[test]
fn the_board_says_what_goes_on_where() {
    let page = page_of("ben", &several(), Locale::En);
    let texts: Vec<&str> = page.board.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "api in prod: v1.0.0 (1a2b3c4) since 09:20 (#38). Going on: #2 (waiting), #3 (waiting).",
            "api in staging: nothing yet. Going on: #4 (running), #5 (waiting).",
            "api in test: nothing yet. Going on: #1 (looking up the version).",
        ]
    );
}
