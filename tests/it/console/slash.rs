//! The console's own commands, and what it says itself.

use std::path::Path;

use wilco::chat::console::phrases::{Phrase, Stay};
use wilco::chat::console::session::AtEnd;
use wilco_core::emoji::Emoji;
use wilco_core::event::{Event, Reaction};
use wilco_core::ids::{DeploymentId, PersonName};
use wilco_core::notice::Locale;
use wilco_core::request::Heard;

use super::room::{Room, talk};

#[tokio::test]
async fn one_person_can_be_several_and_react() {
    let script = "\
deploy api to prod
/react ✅ #1
/as ben
/unreact 👎 #1
/react :+1: 1
/as eve
";
    let transcript = talk(script).await;
    let expected = "\
> ana: deploy api to prod
#1 waits
> ana: /react ✅ #1
You cannot approve your own.
> ana: /as ben
You speak as ben now.
> ben: /unreact 👎 #1
> ben: /react :+1: 1
(to ana) Approved by ben.
#1 is live
> ben: /as eve
You speak as eve now. people.toml does not know eve, so this is a stranger; `/as NAME` changes back.
";
    assert_eq!(transcript.text(), expected);
    let reactions: Vec<_> = transcript
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Reacted { speaker, message, emoji: Emoji::Unicode(emoji), change } => {
                assert_eq!(message.message, "1");
                assert_eq!(message.place.channel, "deploys");
                Some((speaker.account.to_string(), emoji.clone(), *change))
            }
            _ => None,
        })
        .collect();
    let expected = [
        ("console:local/ana".to_owned(), "✅".to_owned(), Reaction::Added),
        ("console:local/ben".to_owned(), "👎".to_owned(), Reaction::Removed),
        ("console:local/ben".to_owned(), "👍".to_owned(), Reaction::Added),
    ];
    assert_eq!(reactions, expected);
}

#[tokio::test]
async fn taking_a_reaction_back_from_what_is_over_is_said_to_change_nothing() {
    let script = "deploy web to staging\n/unreact ✅ #1\ndeploy api to prod\n/unreact ✅ #2\n";
    let transcript = talk(script).await;
    let expected = "\
> ana: deploy web to staging
#1 runs
  · one
    two
#1 is live
> ana: /unreact ✅ #1
#1 is over, so taking a reaction away changes nothing any more. `show #1` tells how it went.
> ana: deploy api to prod
#2 waits
> ana: /unreact ✅ #2
";
    assert_eq!(transcript.text(), expected);
    assert_eq!(transcript.events.len(), 3, "nothing that changes nothing is delivered");
}

#[tokio::test]
async fn waiting_never_waits_for_people() {
    let transcript = talk("deploy api to prod\n/wait #1\n/wait #7\n/react ✅ #7\nstatus\n").await;
    let expected = "\
> ana: deploy api to prod
#1 waits
> ana: /wait #1
#1 waits for people or for its time, and nothing here will end it by itself. `why #1` tells for whom.
> ana: /wait #7
#7 is not going on: it is over, or there never was one. `show #7` tells which.
> ana: /react ✅ #7
There is no card of #7 here to react to. `status` shows what is going on.
> ana: status
heard status
";
    assert_eq!(transcript.text(), expected);
}

#[tokio::test]
async fn waiting_for_what_is_over_goes_on_at_once() {
    let transcript = talk("deploy web to staging\n/wait #1\n/wait 1\n").await;
    assert!(transcript.text().ends_with("#1 is live\n> ana: /wait #1\n> ana: /wait 1\n"));
}

#[tokio::test]
async fn an_unknown_command_of_the_console_is_answered() {
    let transcript = talk("/raect ✅ #1\n/as\n/as Ana!\n/react yes #1\n/wait soon\n").await;
    let expected = "\
> ana: /raect ✅ #1
The console has no `/raect`. Did you mean `/react ✅ #1`? It knows /as, /react, /unreact, /wait, /quit, /help.
> ana: /as
That command is written `/as NAME`.
> ana: /as Ana!
`Ana!` cannot be a name. Use lower-case letters, digits, `-`, `_` and `.`, such as `/as ben`.
> ana: /react yes #1
`yes` is not an emoji. Use one, such as `/react ✅ #1`; `:+1:` works too.
> ana: /wait soon
`soon` is not the number of a deployment. Numbers look like #1; `status` shows them.
";
    assert_eq!(transcript.text(), expected);
    assert_eq!(transcript.events.len(), 0);
}

#[tokio::test]
async fn the_console_speaks_korean() {
    let mut room = Room::open(Locale::Ko, AtEnd::Quit);
    room.write("/as ben\n/as eve\n".as_bytes()).await;
    let transcript = room.close().await;
    let expected = "\
> ana: /as ben
이제 ben 님으로 말합니다.
> ben: /as eve
이제 eve 님으로 말합니다. people.toml에 eve 님이 없으므로 모르는 사람으로 다룹니다. `/as NAME`으로 되돌릴 수 있습니다.
";
    assert_eq!(transcript.text(), expected);
}

#[test]
fn what_the_console_tells_people_to_say_can_be_said() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let grammar = wilco::settings::load(&root.join("config")).unwrap().catalog.grammar;
    let deployment = DeploymentId(7);
    let phrases = [
        Phrase::SlashHelp,
        Phrase::NotANumber { text: "x".into() },
        Phrase::NoCard { deployment },
        Phrase::TakenBackTooLate { deployment },
        Phrase::NotOpen { deployment },
        Phrase::WaitsForPeople { deployment },
    ];
    let greeting = Phrase::Greeting {
        speaker: PersonName::new("ana").unwrap(),
        files: "demo".into(),
        database: "wilco.db".into(),
        stay: Stay::Kept,
    };
    for locale in [Locale::En, Locale::Ko] {
        let greeting = greeting.text(locale);
        let offers = greeting.lines().filter_map(|line| line.strip_prefix("  "));
        let offers = offers.filter_map(|line| line.split("  ").next());
        let (slash, offers): (Vec<_>, Vec<_>) = offers.partition(|offer| offer.starts_with('/'));
        assert_eq!((slash.len(), offers.len()), (1, 4));
        for offer in offers {
            assert!(matches!(grammar.hear(offer), Heard::Understood { .. }), "{offer}");
        }
        let mut said = 0;
        for text in phrases.iter().map(|phrase| phrase.text(locale)) {
            // What begins with a slash is the console's, and `x` is what somebody said.
            let quotes = text.split('`').skip(1).step_by(2);
            for quote in quotes.filter(|quote| !quote.starts_with('/') && *quote != "x") {
                assert!(matches!(grammar.hear(quote), Heard::Understood { .. }), "{text}");
                said += 1;
            }
        }
        assert_eq!(said, phrases.len(), "{locale:?}");
    }
}
