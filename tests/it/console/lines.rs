//! Which lines are taken when, and what becomes of those that cannot be.

use std::collections::BTreeSet;

use wilco::chat::console::session::{AtEnd, Ended};
use wilco_core::notice::Locale;

use super::room::{Room, card, show, talk};

#[tokio::test]
async fn each_line_is_taken_once_the_one_before_has_come_to_rest() {
    let transcript = talk("deploy web to staging\r\ndeploy api to staging\nstatus").await;
    let expected = "\
> ana: deploy web to staging
#1 runs
  · one
    two
#1 is live
> ana: deploy api to staging
#2 runs
  · one
    two
#2 is live
> ana: status
heard status
";
    assert_eq!(transcript.text(), expected);
    assert_eq!(transcript.ended, Ended::EndOfInput);
}

#[tokio::test]
async fn what_is_no_text_is_answered_and_the_next_line_is_taken() {
    let mut script = vec![b'x'; 10_000];
    script.extend_from_slice(
        b"\nab\xff\xfe\nst\0atus\n\x1b[2Jstatus\n\n  \n# a comment\n#\nstatus\n#1\n",
    );
    let transcript = talk(script).await;
    let expected = "\
Line 1 is longer than 8192 bytes and was not read. Say it in fewer words.
Line 2 is not valid UTF-8 from byte 3 on and was not read. Send it again as UTF-8 text.
Line 3 has a control character (U+0000) at byte 3 and was not read. Send it again without it.
Line 4 has a control character (U+001B) at byte 1 and was not read. Send it again without it.
> ana: status
heard status
> ana: #1
heard #1
";
    assert_eq!(transcript.text(), expected);
}

#[tokio::test]
async fn quit_ends_before_the_rest_of_the_input() {
    let transcript = talk("/quit\nstatus\n").await;
    assert_eq!(transcript.ended, Ended::Quit);
    assert_eq!(transcript.text(), "> ana: /quit\n");
}

#[tokio::test]
async fn an_open_pipe_is_waited_for_and_its_end_is_the_end() {
    let mut room = Room::open(Locale::En, AtEnd::Quit);
    room.write(b"sta").await;
    room.write(b"tus\n").await;
    room.until_written("heard status\n").await;
    assert!(!room.running.is_finished());
    assert_eq!(room.close().await.ended, Ended::EndOfInput);
}

#[tokio::test]
async fn a_console_that_stays_shows_what_goes_on_after_the_input_has_ended() {
    let mut room = Room::open(Locale::En, AtEnd::Stay);
    room.write(b"status\n").await;
    let (console, written) = (room.console.clone(), room.written.clone());
    room.input = None;
    room.until_written("heard status\n").await;
    show(&console, &card(9, "#9 runs"), None).await.unwrap();
    assert!(written.text().ends_with("#9 runs\n"));
    assert!(!room.running.is_finished());
    room.engine.abort();
    assert_eq!(room.running.await.unwrap(), Ended::Stopping);
}

#[tokio::test]
async fn delivery_ids_differ_from_start_to_start() {
    let (first, second) = (talk("status\nstatus\n").await, talk("status\n").await);
    let ids: BTreeSet<_> = first.ids.iter().chain(&second.ids).collect();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn what_was_not_recorded_is_said_not_to_count() {
    let transcript = talk("break the store\nbreak the rules\nstatus\nstop\nstatus\n").await;
    let expected = "\
> ana: break the store
That was not recorded and does not count (disk full). Mend the cause, then say it again.
> ana: break the rules
wilco could not work with that and kept it aside, and nothing was changed. \
Look into its log for the reason, then say it in another way.
> ana: status
heard status
> ana: stop
wilco is stopping, so that was not taken. Start it again and say it once more.
";
    assert_eq!(transcript.text(), expected);
    assert_eq!(transcript.ended, Ended::Stopping);
}
