//! What is drawn keeps within the limits, whatever it holds.

use std::collections::BTreeSet;

use proptest::prelude::*;

use wilco_core::card::{About, Button, Confirm, Press, StageLine, Tone};
use wilco_core::event::StageState;
use wilco_core::home::{Choice, Line, Part};
use wilco_core::time::Timestamp;

use super::*;
use crate::chat::slack::text::tests::{hostile, is_word_for_word};
use crate::chat::whatever;

/// Says everything about blocks that Slack would refuse, or show otherwise than it was meant.
fn faults(blocks: &Value, blocks_max: usize) -> Vec<String> {
    let mut faults = Vec::new();
    let all = blocks.as_array().expect("a list of blocks");
    let mut check = |holds: bool, fault: String| {
        if !holds {
            faults.push(fault);
        }
    };
    check(!all.is_empty() && all.len() <= blocks_max, format!("{} blocks", all.len()));
    let (mut ids, mut actions, mut total) = (BTreeSet::new(), BTreeSet::new(), 0);
    for block in all {
        let id = block["block_id"].as_str().unwrap_or_default();
        check(!id.is_empty() && id.len() <= 255 && ids.insert(id), format!("block {id:?}"));
        let (text, most) = match block["type"].as_str() {
            Some("header") => (&block["text"], 150),
            Some("section") => (&block["text"], 3_000),
            Some("context" | "actions") => (&Value::Null, 0),
            other => panic!("a block of the kind {other:?}"),
        };
        let mut texts = vec![(text, most)];
        texts.extend(list(&block["fields"], 10).map(|field| (field, 2_000)));
        for element in list(&block["elements"], 25) {
            if element["type"] != "button" {
                texts.push((element, 3_000));
                continue;
            }
            let action = element["action_id"].as_str().unwrap_or_default();
            check(action.len() <= 255 && actions.insert(action), format!("action {action:?}"));
            let value = element["value"].as_str().map_or(0, str::len);
            check((1..=2_000).contains(&value), format!("a value of {value}"));
            texts.push((&element["text"], 75));
            let confirm = &element["confirm"];
            for (part, most) in [("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)] {
                check(confirm.is_null() || confirm[part].is_object(), format!("no {part}"));
                texts.push((&confirm[part], most));
            }
        }
        let select = &block["accessory"];
        let options = list(&select["options"], 100).collect::<Vec<_>>();
        if !select.is_null() {
            check(select["type"] == "static_select", format!("{select} is no list"));
            let action = select["action_id"].as_str().unwrap_or_default();
            check(actions.insert(action), format!("action {action:?}"));
            let initial = options.iter().filter(|option| ***option == select["initial_option"]);
            check(initial.count() == 1, format!("picked already: {select}"));
        }
        for option in options {
            let value = option["value"].as_str().map_or(0, str::len);
            check((1..=75).contains(&value), format!("an option for {value} bytes"));
            texts.push((&option["text"], 75));
        }
        for (text, most) in texts.into_iter().filter(|(text, _)| !text.is_null()) {
            let said = text["text"].as_str().unwrap_or_default();
            let length = said.chars().count();
            total += length;
            check(text["type"] == "plain_text", format!("{text} is no plain text"));
            check((1..=most).contains(&length), format!("{length} of {most}: {said:?}"));
            check(!said.trim().is_empty() && is_word_for_word(said), format!("{said:?}"));
        }
    }
    check(total <= 13_000, format!("{total} characters in all"));
    faults
}

fn list(value: &Value, most: usize) -> impl Iterator<Item = &Value> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    assert!(list.len() <= most, "{} of {most}", list.len());
    list.iter()
}

fn check_content(content: &Content) {
    assert_eq!(faults(&content.blocks, 50), Vec::<String>::new());
    let length = content.text.chars().count();
    assert!(!content.text.trim().is_empty() && length <= 4_000, "{length} characters");
    assert!(is_word_for_word(&content.text), "{:?}", content.text);
}

fn texts() -> BoxedStrategy<String> {
    whatever::texts(&hostile().boxed(), "&")
}

prop_compose! {
    fn parts()(
        (title, none) in (texts(), texts()),
        lines in prop::collection::vec((texts(), prop::option::of(texts())), 0..30),
        more in any::<u64>(),
    ) -> Part {
        let line = |(text, detail)| Line { deployment: None, text, detail };
        Part { title, lines: lines.into_iter().map(line).collect(), more, none }
    }
}

fn voice(locale: Locale) -> Voice {
    Voice { locale, timezone: chrono_tz::Asia::Seoul, now: Timestamp(0) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_card_exceeds_what_slack_takes(full in whatever::cards(texts())) {
        check_content(&card(&full));
        let retired = retired(&full);
        check_content(&retired);
        prop_assert!(!retired.blocks.to_string().contains("action_id"));
    }

    #[test]
    fn no_line_exceeds_what_slack_takes(text in texts(), times in 1_usize..5) {
        for locale in [Locale::En, Locale::Ko] {
            check_content(&line(&text.repeat(times), locale));
        }
    }

    #[test]
    fn no_page_exceeds_what_slack_takes(
        (greeting, answer, title) in (texts(), texts(), texts()),
        parts in (parts(), parts(), parts(), parts()),
    ) {
        let (waits_for_you, running, waiting_for_others, board) = parts;
        let (locale, person, roles) = (Locale::En, None, vec![]);
        let options = Locale::ALL.map(|locale| (locale, title.clone())).into();
        let language = Some(Choice { title: title.clone(), options });
        let answer = Some(answer);
        let page = Home {
            locale, person, roles, greeting, answer, language, waits_for_you, running,
            waiting_for_others, board,
        };
        let view = home(&page, &voice(Locale::En));
        prop_assert_eq!(faults(&view["blocks"], 100), Vec::<String>::new());
    }
}

fn plain_card() -> Card {
    let button = |press, label: &str, confirm| Button { press, label: label.into(), confirm };
    let confirm = Confirm { question: "Abort #42?".into(), no: "Leave it".into() };
    Card {
        about: About::Deployment(DeploymentId(42)),
        tone: Tone::Working,
        sentence: "#42 api is running.".into(),
        headline: "api → prod · #42".into(),
        state: "running".into(),
        lines: vec!["Asked by ana.".into()],
        stages: vec![],
        progress: Some((1, 4)),
        remaining: None,
        remaining_label: None,
        buttons: vec![
            button(Press::Approve, "Approve", None),
            button(Press::Abort, "Abort", Some(confirm)),
        ],
        footer: "audit 17".into(),
        url: None,
        mentioned: vec![],
    }
}

fn block<'a>(content: &'a Content, id: &str) -> &'a Value {
    let blocks = content.blocks.as_array().unwrap();
    blocks.iter().find(|block| block["block_id"] == id).unwrap_or(&Value::Null)
}

#[test]
fn the_state_is_said_in_words_beside_its_sign() {
    let said = card(&plain_card());
    assert_eq!(block(&said, "headline")["text"]["text"], "🔄 api → prod · #42 · running");
    assert_eq!(block(&said, "progress")["text"]["text"], "██░░░░░░░░ 1/4");
    assert_eq!(said.text, "#42 api is running.");
}

#[test]
fn a_button_carries_the_number_and_asks_where_a_slip_would_cost_much() {
    let said = card(&plain_card());
    let elements = &block(&said, "actions")["elements"];
    assert_eq!(elements[0]["action_id"], "wilco.approve");
    assert_eq!((&elements[0]["value"], &elements[0]["style"]), (&json!("42"), &json!("primary")));
    assert!(elements[0]["confirm"].is_null());
    assert_eq!(elements[1]["style"], "danger");
    assert_eq!(elements[1]["confirm"]["text"]["text"], "Abort #42?");
    assert_eq!(elements[1]["confirm"]["deny"]["text"], "Leave it");
}

#[test]
fn sixty_stages_stand_in_columns_and_more_are_counted() {
    let stage = |number| StageLine {
        name: format!("stage {number}"),
        state: StageState::Succeeded,
        label: "done".into(),
        took: None,
        took_label: Some("3.0s".into()),
    };
    let with = |count| card(&Card { stages: (1..=count).map(stage).collect(), ..plain_card() });
    let sixty = with(60);
    let columns = block(&sixty, "stages")["fields"].as_array().unwrap();
    assert_eq!(columns.len(), 6);
    assert!(columns[5]["text"].as_str().unwrap().ends_with("✔ stage 60 · done · 3.0s"));
    assert!(columns[0]["text"].as_str().unwrap().starts_with("✔ stage 1 · "));
    let more = with(100);
    let columns = block(&more, "stages")["fields"].as_array().unwrap();
    assert!(columns[0]["text"].as_str().unwrap().starts_with("… +41\n✔ stage 42 · "));
    assert_eq!(with(10).blocks.to_string().matches("fields").count(), 0);
}

#[test]
fn lines_that_do_not_fit_are_counted() {
    let lines = (1..=200).map(|number| format!("commit {number:03} {}", "x".repeat(60))).collect();
    let said = card(&Card { lines, ..plain_card() });
    let text = block(&said, "lines")["text"]["text"].as_str().unwrap();
    assert!(text.ends_with("\n… +170"), "{text}");
}

#[test]
fn a_long_answer_says_where_the_rest_is() {
    let said = line(&"one line of an answer\n".repeat(1_000), Locale::En);
    let last = said.blocks.as_array().unwrap().last().unwrap();
    let rest = last["elements"][0]["text"].as_str().unwrap();
    assert!(rest.starts_with("The rest does not fit here"), "{rest}");
    let short = line("one line", Locale::En);
    assert_eq!(short.blocks.as_array().unwrap().len(), 1);
}

#[test]
fn the_form_for_a_reason_fits_every_number() {
    for locale in [Locale::En, Locale::Ko] {
        let view = reason_modal(DeploymentId(u64::MAX), &"x".repeat(3_000), &voice(locale));
        for part in ["title", "submit", "close"] {
            let text = view[part]["text"].as_str().unwrap();
            assert!((1..=24).contains(&text.chars().count()), "{text}");
        }
        assert_eq!(view["private_metadata"].as_str().map(str::len), Some(3_000));
        assert_eq!(view["blocks"][0]["optional"], true);
    }
    let view = reason_modal(DeploymentId(1), &"x".repeat(3_001), &voice(Locale::En));
    assert_eq!(view["private_metadata"], "");
}
