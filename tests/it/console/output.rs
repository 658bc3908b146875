//! What is written, and what happens when nobody reads it.

use std::io::{self, Write};

use tokio::sync::watch;

use wilco::chat::console::session::{AtEnd, Ended, run};
use wilco::chat::console::{Console, Input};
use wilco::chat::{Chat as _, LogLine, Said};
use wilco_core::notice::Locale;

use super::room::{Written, card, catalog, engine_parts, options, show, tell};

#[tokio::test]
async fn nothing_that_steers_a_terminal_is_written() {
    let written = Written::default();
    let console = Console::plain("deploys", written.clone());
    let place = console.place();
    let nasty = "a\u{1b}[2J\u{9b}1m\r\u{7}b\nc";
    show(&console, &card(1, nasty), None).await.unwrap();
    tell(&console, &Console::account(nasty), nasty).await;
    let line = LogLine {
        place: &place,
        topic: "#1",
        mentioned: &[],
        card: None,
        text: nasty,
        locale: Locale::En,
        key: "k",
    };
    console.log(&line).await.unwrap();
    assert!(written.text().chars().all(|c| c == '\n' || !c.is_control()));
    let (text, locale) = (nasty, Locale::En);
    let said = Said { place: &place, below: None, to: None, text, locale, key: "k" };
    assert!(!console.was_said(&said).await.unwrap());
}

#[tokio::test]
async fn a_card_that_reads_the_same_is_one_line_and_keeps_its_message() {
    let written = Written::default();
    let console = Console::plain("deploys", written.clone());
    let first = show(&console, &card(3, "#3 runs"), None).await.unwrap();
    let again = show(&console, &card(3, "#3 runs"), Some(&first)).await.unwrap();
    show(&console, &card(3, "#3 is live"), Some(&again)).await.unwrap();
    assert_eq!(first.message, "3");
    assert_eq!(first, again);
    assert_eq!(written.text(), "#3 runs\n#3 is live\n");
}

#[tokio::test]
async fn a_pipe_that_nobody_reads_any_more_ends_the_conversation() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let console = Console::plain("deploys", Closed);
    let refused = show(&console, &card(1, "#1 runs"), None).await;
    // Somebody may read again after the next start, and nothing is to be lost until then.
    assert!(refused.unwrap_err().is_transient());
    let (deliveries, _submissions, _activity) = engine_parts();
    let (_sender, catalog) = watch::channel(catalog(Locale::En));
    let input = Input::lines(io::Cursor::new("status\n"));
    let ended = run(console, input, deliveries, catalog, options(AtEnd::Quit)).await;
    assert_eq!(ended, Ended::OutputClosed);
}
