//! Every card, question, form and answer as Discord's JSON, compared with what was agreed in
//! `tests/wire/discord-cards`, with what Slack says, and with what Discord takes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use serenity::all::{ChannelId, MessageId, UserId};

use wilco::chat::discord::face::{
    Step, card, custom_id, naming, question, reason_modal, retired, words,
};
use wilco::chat::discord::text::as_read;
use wilco::chat::slack::blocks;
use wilco_core::card::{About, Card, Press, StageLine, Tone};
use wilco_core::event::StageState;
use wilco_core::ids::DeploymentId;
use wilco_core::notice::Locale;
use wilco_core::wording::surfaces;

use crate::agreed::{LOCALES, cards, compare, voice};
use crate::sim::discord::{refuses, refuses_modal};

const KEY: &str = "card-1-0123456789abcdef0123";

fn deployment(card: &Card) -> DeploymentId {
    match &card.about {
        About::Deployment(deployment) => *deployment,
        About::News(thing) => panic!("{thing} is no deployment"),
    }
}

fn named<'a>(cards: &'a [(String, Card)], name: &str) -> &'a Card {
    &cards.iter().find(|(known, _)| known == name).unwrap().1
}

fn asked(press: Press, card: &Card, locale: Locale) -> Value {
    let sure = surfaces::sure(press, deployment(card), locale).unwrap();
    let yes = custom_id(press, Step::Do, &format!("{KEY}/500000000000000001")).unwrap();
    let drawn = self::card(card, KEY);
    question(&sure.question, drawn["embeds"][0]["title"].as_str(), (&yes, &sure.yes), &sure.no)
}

fn form(locale: Locale) -> Value {
    let about = (ChannelId::new(u64::MAX), MessageId::new(u64::MAX));
    reason_modal(DeploymentId(42), about, &voice(locale))
}

/// Everything that is no card.
fn rest(language: &str, locale: Locale) -> BTreeMap<&'static str, Value> {
    let cards = cards(language);
    let lines = |count: u32| -> String {
        let lines = (1..=count).map(|number| format!("line {number} of a long answer"));
        lines.collect::<Vec<_>>().join("\n")
    };
    let hostile = "@everyone <@&1> **b** ||s|| [a](https://example.com) :tada:\n# h\n1. \u{202e}n";
    BTreeMap::from([
        ("an answer", words("#1 api v1.1.0 → prod waits for `approve #1`.", locale)),
        ("an answer to somebody", naming(UserId::new(7), words("Done.", locale))),
        ("a line with marks", words(hostile, locale)),
        ("a long answer", words(&lines(120), locale)),
        ("an answer that is too long", words(&lines(400), locale)),
        ("a line that is too long", words(&"@".repeat(10_000), locale)),
        ("nothing", words(" \n", locale)),
        ("heard", words(&surfaces::heard("deploy api to prod", locale), locale)),
        ("left alone", words(&surfaces::left_alone(locale), locale)),
        ("abort?", asked(Press::Abort, named(&cards, "running"), locale)),
        ("roll back?", asked(Press::RollBack, named(&cards, "over, with a way back"), locale)),
        ("why?", form(locale)),
    ])
}

#[test]
fn cards_look_as_agreed_in_every_language() {
    for (_, language) in LOCALES {
        let cards = cards(language);
        let drawn = cards.iter().map(|(name, shows)| (name.clone(), card(shows, KEY)));
        let mut all: BTreeMap<String, Value> = drawn.collect();
        let waiting = named(&cards, "waiting for votes");
        all.insert("waiting for votes, retired".into(), retired(waiting));
        compare(&format!("discord-cards/cards.{language}.json"), &json!(all));
    }
}

#[test]
fn answers_questions_and_forms_look_as_agreed_in_every_language() {
    for (locale, language) in LOCALES {
        let rest = rest(language, locale);
        compare(&format!("discord-cards/rest.{language}.json"), &json!(rest));
    }
}

/// Every line that people read on a card in Discord.
fn in_discord(message: &Value) -> BTreeSet<String> {
    let embed = &message["embeds"][0];
    let marked = [&message["content"], &embed["title"], &embed["description"]];
    let marked = marked.into_iter().filter_map(Value::as_str).map(as_read);
    // The heading leads there.
    let url = embed["url"].as_str().map(|url| format!("<{url}>"));
    let footer = embed["footer"]["text"].as_str().map(str::to_owned);
    let buttons = message["components"][0]["components"].as_array().into_iter().flatten();
    let labels = buttons.filter_map(|button| button["label"].as_str().map(str::to_owned));
    let all: Vec<String> = marked.chain(url).chain(footer).chain(labels).collect();
    let lines = all.iter().flat_map(|text| text.lines());
    lines.map(|line| line.trim_start_matches("• ").to_owned()).collect()
}

/// The same in Slack.
fn in_slack(content: &blocks::Content) -> BTreeSet<String> {
    let mut texts = vec![content.text.clone()];
    for block in content.blocks.as_array().unwrap() {
        let mut parts = vec![&block["text"]];
        parts.extend(block["fields"].as_array().into_iter().flatten());
        for element in block["elements"].as_array().into_iter().flatten() {
            parts.push(if element["type"] == "button" { &element["text"] } else { element });
        }
        texts.extend(parts.iter().filter_map(|part| part["text"].as_str().map(str::to_owned)));
    }
    let read = |text: &String| text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let read: Vec<String> = texts.iter().map(read).collect();
    read.iter().flat_map(|text| text.lines()).map(str::to_owned).collect()
}

#[test]
fn a_card_says_the_same_in_both_chats() {
    for (_, language) in LOCALES {
        for (name, shows) in cards(language) {
            // Whom a card calls is another id on each.
            let shows = Card { mentioned: vec![], ..shows };
            let slack = in_slack(&blocks::card(&shows));
            assert_eq!(in_discord(&card(&shows, KEY)), slack, "{name} in {language}");
        }
    }
}

#[test]
fn the_state_and_the_sentence_are_said_in_words_on_every_card() {
    for (_, language) in LOCALES {
        for (name, shows) in cards(language) {
            let drawn = card(&shows, KEY);
            let content = as_read(drawn["content"].as_str().unwrap());
            assert_eq!(content, shows.sentence, "{name} in {language}");
            let title = as_read(drawn["embeds"][0]["title"].as_str().unwrap());
            assert!(title.ends_with(&format!(" · {}", shows.state)), "{name}: {title}");
        }
    }
}

/// As much of one text as a card could hold.
fn full_of(text: &str) -> Card {
    let text = text.to_owned();
    let stage = StageLine {
        name: text.clone(),
        state: StageState::Failed,
        label: text.clone(),
        took: None,
        took_label: Some(text.clone()),
    };
    let shown = cards("en");
    let mut buttons = named(&shown, "waiting for votes").buttons.clone();
    buttons.extend(named(&shown, "over, with a way back").buttons.clone());
    buttons.extend(named(&shown, "over, run Failed").buttons.clone());
    for button in &mut buttons {
        button.label.clone_from(&text);
    }
    Card {
        about: About::Deployment(DeploymentId(u64::MAX)),
        tone: Tone::Bad,
        sentence: text.clone(),
        headline: text.clone(),
        state: text.clone(),
        lines: vec![text.clone(); 50],
        stages: vec![stage; 50],
        progress: Some((u32::MAX, u32::MAX)),
        remaining: None,
        remaining_label: None,
        buttons,
        footer: text,
        url: None,
        mentioned: vec![],
    }
}

#[test]
fn discord_takes_whatever_is_drawn() {
    let key = format!("card-{}-{}", u64::MAX, "f".repeat(20));
    let texts = ["", "a", "가", "🚀", "@everyone ", "*", "\\", "||a||\n", "\u{202e}", "\0", "1. "];
    for text in texts {
        let full = full_of(&text.repeat(10_000));
        assert_eq!(refuses(&card(&full, &key)), None, "a card full of {text:?}");
        assert_eq!(refuses(&retired(&full)), None, "a retired card full of {text:?}");
        for (locale, _) in LOCALES {
            let said = words(&text.repeat(10_000), locale);
            assert_eq!(refuses(&said), None, "an answer full of {text:?}");
            assert_eq!(refuses(&naming(UserId::new(u64::MAX), said)), None, "{text:?}");
        }
    }
    for (locale, language) in LOCALES {
        assert_eq!(refuses_modal(&form(locale)), None);
        for (name, shows) in cards(language) {
            assert_eq!(refuses(&card(&shows, KEY)), None, "{name} in {language}");
        }
        for (name, message) in rest(language, locale) {
            let refused = if name == "why?" { refuses_modal(&message) } else { refuses(&message) };
            assert_eq!(refused, None, "{name} in {language}");
        }
    }
}

#[test]
fn discord_refuses_what_is_one_too_long() {
    let drawn = card(&full_of("a"), KEY);
    let text = |most: usize| Value::from("a".repeat(most + 1));
    for (place, most) in [
        ("/content", 2_000),
        ("/embeds/0/title", 256),
        ("/embeds/0/description", 4_096),
        ("/embeds/0/footer/text", 2_048),
        ("/components/0/components/0/label", 80),
        ("/components/0/components/0/custom_id", 100),
    ] {
        let mut longer = drawn.clone();
        *longer.pointer_mut(place).unwrap() = text(most);
        assert!(refuses(&longer).is_some(), "{place}");
    }
    let mut all = drawn.clone();
    all["embeds"] = json!([{ "description": text(2_999) }, { "description": text(3_000) }]);
    assert!(refuses(&all).is_some(), "all embeds");
    let mut wide = drawn;
    let twice = wide["components"][0]["components"][0].clone();
    wide["components"][0]["components"].as_array_mut().unwrap().push(twice);
    assert!(refuses(&wide).is_some(), "six buttons, two of one name");
    for (place, most) in [
        ("/custom_id", 100),
        ("/title", 45),
        ("/components/0/components/0/label", 45),
        ("/components/0/components/0/placeholder", 100),
    ] {
        let mut longer = form(Locale::En);
        *longer.pointer_mut(place).unwrap() = text(most);
        assert!(refuses_modal(&longer).is_some(), "{place}");
    }
}
