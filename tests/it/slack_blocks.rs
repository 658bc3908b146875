//! Every card, page and form as Slack's blocks, compared with what was agreed in `tests/wire/slack-blocks`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use wilco::chat::slack::blocks::{Content, card, home, line, reason_modal, retired};
use wilco::chat::slack::manifest::{Mode, manifest};
use wilco_core::home::{Sight, home as page};
use wilco_core::ids::{
    Account, DeploymentId, EnvironmentName, PersonName, Platform, RoleName, ServiceName,
};
use wilco_core::notice::{BoardRow, Locale};
use wilco_core::person::{People, Person};
use wilco_core::wording::Voice;

use crate::agreed::{LOCALES, cards, compare, voice};

fn shown(content: &Content) -> Value {
    json!({ "text": content.text, "blocks": content.blocks })
}

#[test]
fn cards_look_as_agreed_in_every_language() {
    for (_, language) in LOCALES {
        let cards = cards(language);
        let mut all: BTreeMap<String, Value> =
            cards.iter().map(|(name, shows)| (name.clone(), shown(&card(shows)))).collect();
        let (name, waiting) = cards.iter().find(|(name, _)| name == "waiting for votes").unwrap();
        all.insert(format!("{name}, retired"), shown(&retired(waiting)));
        compare(&format!("slack-blocks/cards.{language}.json"), &json!(all));
    }
}

#[test]
fn lines_forms_and_pages_look_as_agreed_in_every_language() {
    for (locale, language) in LOCALES {
        let voice = voice(locale);
        compare(
            &format!("slack-blocks/rest.{language}.json"),
            &json!({
                "line": shown(&line("#1 starts, approved by ben & mina <!channel>.", locale)),
                "reason": reason_modal(DeploymentId(1), "C0123456789/1795151400.000100", &voice),
                "home": home(&page_of("ben", voice), &voice),
                "home of nobody": home(&page_of("stranger", voice), &voice),
            }),
        );
    }
}

#[test]
fn manifests_are_as_agreed() {
    let base_url = "https://deploys.example.com".to_owned();
    compare("slack-blocks/manifest.socket.json", &manifest(&Mode::Socket, "wilco"));
    compare("slack-blocks/manifest.http.json", &manifest(&Mode::Http { base_url }, "wilco"));
}

fn account(name: &str) -> Account {
    let user = format!("U0{}", name.to_uppercase());
    Account { platform: Platform::Slack, workspace: "T0123456789".into(), user }
}

fn page_of(name: &str, voice: Voice) -> wilco_core::home::Home {
    let ben = Person {
        name: PersonName::new("ben").unwrap(),
        locale: None,
        accounts: BTreeSet::from([account("ben")]),
        writes_as: BTreeSet::new(),
        roles: BTreeSet::from([RoleName::new("sre").unwrap()]),
    };
    let people = People::new([ben]).unwrap();
    let board = ["prod", "staging"].map(|there| BoardRow {
        service: ServiceName::new("api").unwrap(),
        environment: EnvironmentName::new(there).unwrap(),
        live: None,
    });
    let account = account(name);
    let languages = if people.by_account(&account).is_some() { &Locale::ALL[..] } else { &[] };
    let sight = Sight {
        open: &[],
        board: &board,
        board_more: 0,
        people: &people,
        account: &account,
        languages,
        answer: None,
        voice,
    };
    page(&sight)
}
