//! The console: a terminal, or a pipe, that behaves like a chat channel.
//!
//! On a terminal cards are redrawn in place. Otherwise everything is a line: `> ana: …` is what
//! somebody said, `  · …` belongs to the log of a deployment, `(to ben) …` is an answer to
//! somebody who is not the one speaking now, and everything else are cards and answers. What goes to another
//! channel than the console's own begins with it: `#builds …`.

pub mod face;
pub mod input;
pub mod phrases;
pub mod screen;
pub mod session;
pub mod slash;
pub mod terminal;
pub mod text;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::io::AsyncRead;
use tokio::sync::{Mutex as OrderedMutex, watch};
use tracing::warn;

use wilco_core::card::{About, Card};
use wilco_core::emoji::Emoji;
use wilco_core::home::Home;
use wilco_core::ids::{Account, DeploymentId, MessageRef, Place, Platform};
use wilco_core::person::{Speaker, Standing};
use wilco_core::wording::Voice;

use super::{Chat, ChatError, LogLine, ReasonForm, Said, ShownCard, Told};
use input::{Lines, StandardInput};
use screen::Row;
use terminal::{Editor, Terminal};
use text::{inert, wrap};

/// The workspace of every account on the console.
pub const WORKSPACE: &str = "local";

const LOG_LEAD: &str = "  · ";
const LOG_HANG: &str = "    ";

/// Cards whose last reading is remembered, so that no line is printed twice.
const CARDS_MAX: usize = 1024;

/// The console as a chat platform. Cheap to clone.
#[derive(Clone)]
pub struct Console {
    shared: Arc<Shared>,
}

struct Shared {
    channel: String,
    view: View,
    room: Mutex<Room>,
    /// Whether nobody reads any more what is written.
    gone: watch::Sender<bool>,
}

/// How things are shown.
enum View {
    /// Line by line. The lock is fair, so lines come out in the order in which they were said.
    Plain(Arc<OrderedMutex<Box<dyn Write + Send>>>),
    Terminal(Arc<Terminal>),
}

/// Who is in the room, and what they have seen.
#[derive(Default)]
struct Room {
    /// The account that speaks now; answers to others say whom they are for.
    speaker: String,
    /// The last reading of each card, by its channel and what it is about.
    cards: BTreeMap<(String, About), String>,
}

/// Where lines come from.
pub struct Input(Source);

/// How one sees what was typed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Echo {
    /// The terminal shows it.
    OnTerminal,
    /// It is written out again, between what is said to it.
    Written,
}

enum Source {
    Lines { lines: Lines, echo: Echo },
    Editor(Editor),
}

impl Input {
    /// Takes lines from bytes; each is repeated in the output, so that it reads like a conversation.
    pub fn lines(reader: impl AsyncRead + Send + Unpin + 'static) -> Self {
        Self(Source::Lines { lines: Lines::new(Box::new(reader)), echo: Echo::Written })
    }
}

impl Console {
    /// Makes a console that prints line by line.
    pub fn plain(channel: impl Into<String>, output: impl Write + Send + 'static) -> Self {
        let output: Box<dyn Write + Send> = Box::new(output);
        Self::new(channel.into(), View::Plain(Arc::new(OrderedMutex::new(output))))
    }

    /// Takes standard input and output: with line editing where both are a capable terminal.
    pub fn standard(channel: impl Into<String>, history: &Path) -> (Self, Input) {
        if terminal::is_capable() {
            match Editor::open(history) {
                Ok((terminal, editor)) => {
                    let console = Self::new(channel.into(), View::Terminal(terminal));
                    return (console, Input(Source::Editor(editor)));
                }
                Err(error) => warn!("cannot edit lines on this terminal: {error}"),
            }
        }
        // A terminal that is read and written already shows what is typed.
        let echo = if io::stdin().is_terminal() && io::stdout().is_terminal() {
            Echo::OnTerminal
        } else {
            Echo::Written
        };
        let lines = Lines::new(Box::new(StandardInput::open()));
        (Self::plain(channel, io::stdout()), Input(Source::Lines { lines, echo }))
    }

    fn new(channel: String, view: View) -> Self {
        let (room, gone) = (Mutex::default(), watch::Sender::new(false));
        Self { shared: Arc::new(Shared { channel, view, room, gone }) }
    }

    /// Returns the place that this console is.
    pub fn place(&self) -> Place {
        Place::in_channel(Platform::Console, self.shared.channel.as_str())
    }

    /// Returns the account of whoever speaks under this name.
    pub fn account(name: &str) -> Account {
        Account {
            platform: Platform::Console,
            workspace: WORKSPACE.to_owned(),
            user: name.to_owned(),
        }
    }

    /// Says something that is for everybody here, such as a greeting.
    pub async fn say(&self, text: &str) -> io::Result<()> {
        self.write("", "", text).await
    }

    /// Returns once nobody reads any more what is written here.
    pub async fn gone(&self) {
        // The sender lives as long as the console does.
        drop(self.shared.gone.subscribe().wait_for(|gone| *gone).await);
    }

    /// Tells whether a card of the deployment was shown since the console was opened.
    pub fn has_shown(&self, deployment: DeploymentId) -> bool {
        let wanted = About::Deployment(deployment);
        self.room().cards.keys().any(|(_, about)| *about == wanted)
    }

    fn set_speaker(&self, name: &str) {
        name.clone_into(&mut self.room().speaker);
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.shared.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a text: `lead` before its first line, `hang` before the others. Done means written.
    async fn write(&self, lead: &str, hang: &str, text: &str) -> io::Result<()> {
        match &self.shared.view {
            View::Plain(output) => {
                let lines = indented(lead, hang, text);
                let mut output = output.clone().lock_owned().await;
                // A pipe that nobody reads blocks, and must not hold up everything else.
                let written = tokio::task::spawn_blocking(move || {
                    output.write_all(lines.as_bytes())?;
                    output.flush()
                });
                let written = written.await.map_err(io::Error::other)?;
                if written.as_ref().is_err_and(is_unread) {
                    self.shared.gone.send_replace(true);
                }
                written
            }
            View::Terminal(terminal) => terminal.change(|screen| {
                let rows = wrap(text, lead, hang, screen.size().columns);
                screen.append(rows.into_iter().map(Row::plain).collect());
            }),
        }
    }

    /// Returns what stands before words for another channel, since those of all come out here.
    fn elsewhere(&self, place: &Place) -> String {
        if place.channel == self.shared.channel {
            return String::new();
        }
        format!("#{} ", inert(&place.channel))
    }

    /// Returns a card as it reads here: with its channel if that is another, and with whom it mentions.
    fn as_read_here(&self, place: &Place, card: &Card) -> Card {
        let channel = self.elsewhere(place);
        Card {
            sentence: format!("{channel}{}{}", card.sentence, calling(&card.mentioned)),
            headline: format!("{channel}{}", card.headline),
            ..card.clone()
        }
    }

    /// Remembers how a card reads now in a channel; false when it read so before.
    fn note_card(&self, place: &Place, card: &Card) -> bool {
        let mut room = self.room();
        let place = (place.channel.clone(), card.about.clone());
        let before = room.cards.insert(place, card.sentence.clone());
        if room.cards.len() > CARDS_MAX {
            room.cards.pop_first();
        }
        before.as_ref() != Some(&card.sentence)
    }
}

/// Writes each line of the text with what comes before it.
fn indented(lead: &str, hang: &str, text: &str) -> String {
    let text = inert(text);
    let mut lines = String::with_capacity(text.len() + lead.len() + 1);
    for (index, line) in text.trim_end_matches('\n').split('\n').enumerate() {
        lines.push_str(if index == 0 { lead } else { hang });
        lines.push_str(line);
        lines.push('\n');
    }
    lines
}

/// Mentions people: nobody is waked here, but the name stands where a chat would have it.
fn calling(mentioned: &[Account]) -> String {
    let names = mentioned.iter().map(|account| format!(" @{}", inert(&account.user)));
    names.collect::<Vec<_>>().concat()
}

/// Tells whether something could not be written because nobody reads it.
pub fn is_unread(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

#[expect(clippy::needless_pass_by_value, reason = "it is what an error is mapped with")]
fn not_written(error: io::Error) -> ChatError {
    // Whoever went away may be back after the next start, and nothing is to be lost until then.
    if is_unread(&error) {
        return ChatError::Unavailable("nobody reads the console".into());
    }
    // A terminal that is gone does not come back.
    ChatError::Refused(format!("cannot write to the console: {error}"))
}

#[async_trait]
impl Chat for Console {
    async fn show_card(&self, shown: &ShownCard<'_>) -> Result<MessageRef, ChatError> {
        let place = shown.place;
        let card = &self.as_read_here(place, shown.card);
        let reads_anew = self.note_card(place, card);
        match &self.shared.view {
            View::Plain(_) if !reads_anew => {}
            View::Plain(_) => self.write("", "", &card.sentence).await.map_err(not_written)?,
            View::Terminal(terminal) => terminal
                .change(|screen| screen.show(&card.about, face::rows(card, screen.size())))
                .map_err(not_written)?,
        }
        Ok(card_message(place, &card.about))
    }

    /// On a terminal, what scrolled away stays as it was.
    async fn redraw_card(
        &self,
        message: &MessageRef,
        card: &Card,
        _key: &str,
    ) -> Result<(), ChatError> {
        let card = &self.as_read_here(&message.place, card);
        let reads_anew = self.note_card(&message.place, card);
        match &self.shared.view {
            View::Plain(_) if !reads_anew => Ok(()),
            View::Plain(_) => self.write("", "", &card.sentence).await.map_err(not_written),
            View::Terminal(terminal) => terminal
                .change(|screen| {
                    drop(screen.redraw(&card.about, face::rows(card, screen.size())));
                })
                .map_err(not_written),
        }
    }

    /// What stands on a terminal is drawn anew as the current card, and a pipe keeps what was printed.
    async fn retire_card(&self, _message: &MessageRef, _card: &Card) -> Result<(), ChatError> {
        Ok(())
    }

    async fn log(&self, line: &LogLine<'_>) -> Result<(), ChatError> {
        let lead = format!("{LOG_LEAD}{}", self.elsewhere(line.place));
        let text = format!("{}{}", line.text.trim_end_matches('\n'), calling(line.mentioned));
        self.write(&lead, LOG_HANG, &text).await.map_err(not_written)
    }

    async fn tell(&self, told: &Told<'_>) -> Result<(), ChatError> {
        let Told { to, text, .. } = *told;
        let is_speaking = self.room().speaker == to.user;
        let lead = if is_speaking { String::new() } else { format!("(to {}) ", inert(&to.user)) };
        self.write(&lead, "", text).await.map_err(not_written)
    }

    /// A console that was just opened is an empty channel, so nothing was said there.
    async fn was_said(&self, _said: &Said<'_>) -> Result<bool, ChatError> {
        Ok(false)
    }

    /// Reactions are typed, and everything that is typed is heard.
    async fn reactions(
        &self,
        _message: &MessageRef,
    ) -> Result<Option<Vec<(Speaker, Emoji)>>, ChatError> {
        Ok(None)
    }

    /// Whoever can type here may speak as anybody.
    async fn standing(&self, _account: &Account) -> Result<Standing, ChatError> {
        Ok(Standing::Member)
    }

    /// A reason is said together with the rejection.
    async fn ask_reason(&self, _form: &ReasonForm<'_>) -> Result<(), ChatError> {
        Err(ChatError::Refused("the console has no forms".into()))
    }

    async fn show_home(
        &self,
        _to: &Account,
        _home: &Home,
        _voice: &Voice,
    ) -> Result<(), ChatError> {
        Err(ChatError::Refused("the console has no pages".into()))
    }
}

/// Returns the message that is a card: what it is about, the same after a restart.
fn card_message(place: &Place, about: &About) -> MessageRef {
    MessageRef { place: place.clone(), message: about.code() }
}
