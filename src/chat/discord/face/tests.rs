//! What is drawn keeps within Discord's limits, and can be read back, whatever it holds.

use proptest::prelude::*;

use wilco_core::card::{About, Confirm};
use wilco_core::event::StageState;
use wilco_core::time::Timestamp;

use super::*;
use crate::chat::discord::text::tests::{hostile, is_word_for_word};
use crate::chat::whatever;

/// As long as Discord could find a text at the most.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Says everything about a message or a form that Discord would refuse, or show otherwise than it was meant.
struct Faults(Vec<String>);

impl Faults {
    fn check(&mut self, holds: bool, fault: impl Into<String>) {
        if !holds {
            self.0.push(fault.into());
        }
    }

    /// A text that must say something.
    fn needed(&mut self, text: &Value, most: usize, what: &str) -> usize {
        let text = text.as_str().unwrap_or_default();
        self.check(length(text) <= most, format!("{what}: {} of {most}", length(text)));
        self.check(!text.trim().is_empty(), format!("{what}: nothing to see"));
        length(text)
    }

    fn marked(&mut self, text: &Value, most: usize, what: &str) -> usize {
        let is_said = text.as_str().is_some_and(is_word_for_word);
        self.check(is_said, format!("{what}: {text}"));
        self.needed(text, most, what)
    }

    fn keys(&mut self, value: &Value, known: &[&str], what: &str) {
        let keys = value.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
        let strange: Vec<&str> = keys.filter(|key| !known.contains(key)).collect();
        self.check(strange.is_empty(), format!("{what}: {strange:?}"));
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn faults(message: &Value) -> Vec<String> {
    let mut faults = Faults(Vec::new());
    faults.keys(message, &["content", "embeds", "components"], "message");
    faults.marked(&message["content"], 2_000, "content");
    let embeds = list(&message["embeds"]);
    faults.check(message["embeds"].is_array() && embeds.len() <= 10, "embeds");
    let mut all = 0;
    for embed in embeds {
        faults.keys(embed, &["title", "description", "color", "footer", "url"], "embed");
        let is_something = !embed["title"].is_null() || !embed["description"].is_null();
        faults.check(is_something, "an embed without words");
        if !embed["title"].is_null() {
            all += faults.marked(&embed["title"], 256, "title");
        }
        if !embed["description"].is_null() {
            all += faults.marked(&embed["description"], 4_096, "description");
        }
        if !embed["footer"].is_null() {
            all += faults.needed(&embed["footer"]["text"], 2_048, "footer");
        }
        let colour = &embed["color"];
        let is_colour = colour.as_u64().is_some_and(|colour| colour <= 0xff_ffff);
        faults.check(colour.is_null() || is_colour, format!("colour {colour}"));
    }
    faults.check(all <= 6_000, format!("{all} in all embeds"));
    let rows = list(&message["components"]);
    faults.check(rows.len() <= 5, format!("{} rows", rows.len()));
    let mut known = BTreeSet::new();
    for row in rows {
        let buttons = list(&row["components"]);
        faults.check(row["type"] == 1 && (1..=5).contains(&buttons.len()), format!("{row}"));
        for button in buttons {
            faults.keys(button, &["type", "style", "label", "custom_id"], "button");
            faults.check(button["type"] == 2, format!("{button}"));
            faults.check((1..=4).contains(&button["style"].as_u64().unwrap_or(9)), "style");
            faults.needed(&button["label"], 80, "label");
            faults.needed(&button["custom_id"], 100, "custom_id");
            let id = button["custom_id"].to_string();
            faults.check(known.insert(id.clone()), format!("{id} twice"));
        }
    }
    faults.0
}

fn texts() -> BoxedStrategy<String> {
    whatever::texts(&hostile().boxed(), "*")
}

/// As the core makes them, the longest among them.
fn key(deployment: DeploymentId) -> String {
    format!("card-{}-{}", deployment.0, "f".repeat(20))
}

fn buttons(message: &Value) -> Vec<&Value> {
    list(&message["components"]).iter().flat_map(|row| list(&row["components"])).collect()
}

fn voice(locale: Locale) -> Voice {
    Voice { locale, timezone: chrono_tz::Asia::Seoul, now: Timestamp(0) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_card_exceeds_what_discord_takes(full in whatever::cards(texts())) {
        let shown = card(&full, &full.about.code());
        prop_assert_eq!(faults(&shown), Vec::<String>::new());
        let presses: BTreeSet<&str> = full.buttons.iter().map(|button| word(button.press)).collect();
        prop_assert_eq!(buttons(&shown).len(), presses.len());
        let retired = retired(&full);
        prop_assert_eq!(faults(&retired), Vec::<String>::new());
        prop_assert!(buttons(&retired).is_empty());
    }

    #[test]
    fn no_answer_exceeds_what_discord_takes(text in texts(), times in 1_usize..5, user in 1_u64..) {
        for locale in Locale::ALL {
            let said = words(&text.repeat(times), locale);
            prop_assert_eq!(faults(&said), Vec::<String>::new());
            let named = naming(UserId::new(user), said.clone());
            let content = named["content"].as_str().unwrap();
            prop_assert!(length(content) <= 2_000);
            // The name goes before it, and nothing of it is lost.
            let words = content.strip_prefix(&format!("<@{user}> "));
            prop_assert_eq!(words, said["content"].as_str());
            prop_assert_eq!(&named["embeds"], &said["embeds"]);
        }
    }

    #[test]
    fn no_question_exceeds_what_discord_takes(
        (asked, heading, yes, no) in (texts(), prop::option::of(texts()), texts(), texts()),
        press in prop::sample::select(PRESSES.to_vec()),
    ) {
        let id = custom_id(press, Step::Do, &key(DeploymentId(u64::MAX))).unwrap();
        let question = question(&asked, heading.as_deref(), (&id, &yes), &no);
        prop_assert_eq!(faults(&question), Vec::<String>::new());
    }

    #[test]
    fn what_is_pressed_is_what_was_drawn(
        press in prop::sample::select(PRESSES.to_vec()),
        step in prop::sample::select(vec![Step::Ask, Step::Do]),
        about in "[a-z0-9?/.가🚀-]{0,120}",
    ) {
        match custom_id(press, step, &about) {
            Some(id) => {
                prop_assert!(length(&id) <= 100);
                prop_assert_eq!(pressed(&id), Some((press, step, about.as_str())));
            }
            // Nothing is cut, and so nothing is about something else.
            None => prop_assert!(about.len() > 80),
        }
    }

    #[test]
    fn any_id_of_a_button_is_read(id in "(wilco\\.)?[a-z_?/.]{0,40}|\\PC{0,20}") {
        if let Some((press, step, about)) = pressed(&id) {
            prop_assert_eq!(custom_id(press, step, about), Some(id.clone()));
        }
    }

    #[test]
    fn every_form_is_within_what_discord_takes(deployment in any::<u64>(), ids in (1_u64.., 1_u64..)) {
        for locale in Locale::ALL {
            let about = (ChannelId::new(ids.0), MessageId::new(ids.1));
            let form = reason_modal(DeploymentId(deployment), about, &voice(locale));
            let mut faults = Faults(Vec::new());
            faults.needed(&form["custom_id"], 100, "custom_id");
            faults.needed(&form["title"], 45, "title");
            let input = &form["components"][0]["components"][0];
            faults.needed(&input["label"], 45, "label");
            faults.needed(&input["placeholder"], 100, "placeholder");
            prop_assert_eq!(faults.0, Vec::<String>::new());
            // Words of ours are never cut.
            prop_assert!(!form.to_string().contains('…'), "{}", form);
            let id = form["custom_id"].as_str().unwrap();
            prop_assert_eq!(id, format!("{REASON_FORM}/{}/{}", ids.0, ids.1));
        }
    }
}

#[test]
fn the_longest_id_that_wilco_makes_is_not_too_long() {
    let most = u64::MAX;
    for press in PRESSES {
        for step in [Step::Ask, Step::Do] {
            // The question carries the message that it is about.
            let about = format!("{}/{most}", key(DeploymentId(most)));
            let id = custom_id(press, step, &about).unwrap();
            assert_eq!(pressed(&id), Some((press, step, about.as_str())));
        }
    }
}

#[test]
fn a_button_that_nobody_could_read_back_is_not_drawn() {
    let shown = card(&plain_card(), &"x".repeat(85));
    // `wilco.approve/` with 85 is 99, `wilco.abort?/` is even shorter.
    assert_eq!(buttons(&shown).len(), 2);
    let shown = card(&plain_card(), &"x".repeat(87));
    assert_eq!(buttons(&shown)[0]["label"], "Abort");
    assert_eq!(faults(&card(&plain_card(), &"x".repeat(200))), [""; 0]);
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
        lines: vec!["Asked by ana.".into(), "1 commit:".into(), "  4f2c91a # fix (ana)".into()],
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

#[test]
fn the_state_is_said_in_words_beside_its_sign_and_what_is_set_in_stays_so() {
    let said = card(&plain_card(), "card-42-ff");
    assert_eq!(said["content"], "#42 api is running.");
    assert_eq!(said["embeds"][0]["title"], "🔄 api → prod · #42 · running");
    let lines = "Asked by ana.\n1 commit:\n• 4f2c91a # fix (ana)\n██░░░░░░░░ 1/4";
    assert_eq!(said["embeds"][0]["description"], lines);
}

#[test]
fn what_does_not_fit_is_counted() {
    let lines = (1..=200).map(|number| format!("commit {number:03} {}", "x".repeat(60))).collect();
    let stage = |number| StageLine {
        name: format!("stage {number}"),
        state: StageState::Succeeded,
        label: "done".into(),
        took: None,
        took_label: Some("3.0s".into()),
    };
    let stages = (1..=100).map(stage).collect();
    let said = card(&Card { lines, stages, ..plain_card() }, "card-42-ff");
    let text = said["embeds"][0]["description"].as_str().unwrap();
    let shown = text.lines().filter(|line| line.starts_with("commit")).count();
    assert!(text.contains(&format!("\n… +{}\n", 200 - shown)), "{text}");
    let shown = text.lines().filter(|line| line.starts_with('✔')).count();
    assert!(text.contains(&format!("\n… +{}\n✔", 100 - shown)), "{text}");
    assert!(text.ends_with("✔ stage 100 · done · 3.0s"), "{text}");
}

#[test]
fn a_long_answer_says_where_the_rest_is() {
    let said = words(&"one line of an answer\n".repeat(1_000), Locale::En);
    let last = list(&said["embeds"]).last().unwrap();
    let rest = last["description"].as_str().unwrap();
    assert!(rest.starts_with("The rest does not fit here"), "{rest}");
    assert_eq!(list(&words("one line", Locale::En)["embeds"]).len(), 0);
}

#[test]
fn a_question_shows_which_card_it_is_about() {
    let drawn = card(&Card { headline: "a_b → prod · #42".into(), ..plain_card() }, "card-42-ff");
    let heading = drawn["embeds"][0]["title"].as_str();
    let asked = question("Abort #42?", heading, ("wilco.abort/card-42-ff", "Abort"), "Leave it");
    assert_eq!(asked["embeds"][0]["title"].as_str(), heading);
    assert_eq!(asked["content"], "Abort #42?");
}
