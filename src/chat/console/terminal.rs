//! The terminal: line editing, history, and output that keeps out of the way of what is being typed.
//!
//! One thread edits lines. While it does, only it writes: whoever has something to show changes
//! the screen and wakes it, and it draws what is new together with the prompt. Between two lines
//! the screen is drawn by whoever changes it. So every frame begins at a known place.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::Signal;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{ColorMode, Config, Context, ExternalPrinter as _, Helper};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tracing::warn;

use super::input::{Fault, Taken};
use super::screen::{Colours, Row, Screen, Size};
use super::text::typed_rows;

const HISTORY_LINES_MAX: usize = 1000;

/// Terminals on which no line can be edited.
const POOR_TERMINALS: [&str; 4] = ["", "dumb", "emacs", "cons25"];

/// Tells whether a person sits at a terminal that can edit lines and move the cursor.
pub fn is_capable() -> bool {
    let name = std::env::var("TERM").unwrap_or_default().to_ascii_lowercase();
    io::stdin().is_terminal()
        && io::stdout().is_terminal()
        && !POOR_TERMINALS.contains(&name.as_str())
}

/// The screen, and whose turn it is to draw it.
pub struct Terminal {
    state: Mutex<State>,
    wake: SyncSender<()>,
}

struct State {
    screen: Screen,
    turn: Turn,
    colours: Colours,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// No line is being edited: whoever changes the screen draws it.
    Writers,
    /// A line is being edited: the editor draws.
    Editor,
}

impl Terminal {
    fn new(wake: SyncSender<()>) -> Self {
        // <https://no-color.org>
        let colours = match std::env::var_os("NO_COLOR") {
            Some(value) if !value.is_empty() => Colours::None,
            Some(_) | None => Colours::Ansi,
        };
        let screen = Screen::new(size(), colours);
        Self { state: Mutex::new(State { screen, turn: Turn::Writers, colours }), wake }
    }

    /// Changes what stands on the screen and gets it drawn.
    pub fn change(&self, change: impl FnOnce(&mut Screen)) -> io::Result<()> {
        let mut state = self.state();
        state.screen.resize(size());
        change(&mut state.screen);
        match state.turn {
            Turn::Writers => state.draw(),
            Turn::Editor => match self.wake.try_send(()) {
                // Full: the editor is about to wake anyway.
                Ok(()) | Err(TrySendError::Full(())) => Ok(()),
                Err(TrySendError::Disconnected(())) => Err(io::ErrorKind::BrokenPipe.into()),
            },
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_line(&self) {
        self.state().turn = Turn::Editor;
    }

    fn end_line(&self, prompt: &str, line: &str) -> io::Result<()> {
        let mut state = self.state();
        let columns = state.screen.size().columns;
        let rows = typed_rows(prompt, line, columns);
        state.screen.typed(rows.into_iter().map(Row::plain).collect());
        state.turn = Turn::Writers;
        state.draw()
    }
}

impl State {
    fn draw(&mut self) -> io::Result<()> {
        let frame = self.screen.frame();
        if frame.is_empty() {
            return Ok(());
        }
        let mut output = io::stdout().lock();
        output.write_all(frame.as_bytes())?;
        output.flush()
    }
}

fn size() -> Size {
    let (rows, columns) = tcgetwinsize(io::stdout())
        .map_or((0, 0), |size| (usize::from(size.ws_row), usize::from(size.ws_col)));
    let or = |number, otherwise| if number == 0 { otherwise } else { number };
    Size { rows: or(rows, 24), columns: or(columns, 80) }
}

/// Keeps what is typed between two lines for the next one, instead of showing it amid the cards.
///
/// Returns how the terminal was before.
fn quieten() -> rustix::io::Result<Termios> {
    let original = tcgetattr(io::stdin())?;
    let mut quiet = original.clone();
    quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON);
    tcsetattr(io::stdin(), OptionalActions::Now, &quiet)?;
    Ok(original)
}

/// The thread that edits lines. When this is dropped, the terminal is as it was before.
pub struct Editor {
    prompts: SyncSender<String>,
    typed: mpsc::Receiver<Typed>,
    restore: Restore,
}

/// What the line editor came back with.
pub enum Typed {
    Line(String),
    Other(Taken),
}

impl Editor {
    /// Prepares the terminal; lines are remembered in the history file.
    pub fn open(history: &Path) -> Result<(Arc<Terminal>, Self), ReadlineError> {
        let original = quieten().map_err(io::Error::from)?;
        // The prompt's hook is where the screen is drawn, and it is only called with colours on.
        let config = Config::builder()
            .max_history_size(HISTORY_LINES_MAX)?
            .color_mode(ColorMode::Forced)
            .build();
        let lines = FileHistory::with_config(&config);
        let mut editor = rustyline::Editor::with_history(config, lines)?;
        let mut printer = editor.create_external_printer()?;
        let (wake, woken) = sync_channel(1);
        let terminal = Arc::new(Terminal::new(wake));
        let last = Arc::new(Mutex::new(String::new()));
        editor.set_helper(Some(Pen { terminal: terminal.clone(), last: last.clone() }));
        std::thread::spawn(move || {
            while woken.recv().is_ok() {
                // Up and down again: it changes nothing and makes the editor draw its prompt.
                if printer.print("\x1bM\n".to_owned()).is_err() {
                    return;
                }
            }
        });
        let (prompts, orders) = sync_channel(1);
        let (sender, typed) = mpsc::channel(1);
        let history = history.to_owned();
        let desk = Desk { editor, terminal: terminal.clone(), last, history };
        std::thread::spawn(move || desk.edit(&orders, &sender));
        let restore = Restore { original, terminal: terminal.clone() };
        Ok((terminal, Self { prompts, typed, restore }))
    }

    /// Lets the person edit one line behind the prompt.
    pub async fn next(&mut self, prompt: String) -> Typed {
        if self.prompts.try_send(prompt).is_err() {
            return Typed::Other(Taken::End);
        }
        self.typed.recv().await.unwrap_or(Typed::Other(Taken::End))
    }

    /// Returns what sees to it, for as long as it is polled, that a shell's output stays when wilco was suspended.
    pub fn minds_suspension(&self) -> impl Future<Output = ()> + use<> {
        let terminal = self.restore.terminal.clone();
        async move {
            match signal(SignalKind::from_raw(Signal::CONT.as_raw())) {
                Ok(mut continued) => {
                    while continued.recv().await.is_some() {
                        terminal.state().screen.lose_place();
                    }
                }
                Err(error) => warn!("cannot learn of being suspended: {error}"),
            }
            std::future::pending::<()>().await;
        }
    }
}

/// What the editing thread works with.
struct Desk {
    editor: rustyline::Editor<Pen, FileHistory>,
    terminal: Arc<Terminal>,
    last: Arc<Mutex<String>>,
    history: std::path::PathBuf,
}

impl Desk {
    fn edit(mut self, prompts: &Receiver<String>, typed: &mpsc::Sender<Typed>) {
        if self.history.exists()
            && let Err(error) = self.editor.load_history(&self.history)
        {
            warn!("cannot read the history of lines {}: {error}", self.history.display());
        }
        while let Ok(prompt) = prompts.recv() {
            self.terminal.begin_line();
            let result = self.editor.readline(&prompt);
            let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let line = result.as_ref().unwrap_or(&last);
            let ended = self.terminal.end_line(&prompt, line);
            let answer = match (result, ended) {
                (Ok(line), Ok(())) => {
                    self.remember(&line);
                    Typed::Line(line)
                }
                (Err(ReadlineError::Interrupted), Ok(())) => Typed::Other(Taken::Interrupted),
                (Err(ReadlineError::Eof), _) | (_, Err(_)) => Typed::Other(Taken::End),
                (Err(error), Ok(())) => {
                    let reason = error.to_string();
                    Typed::Other(Taken::Fault(Fault::Unreadable { reason }))
                }
            };
            if typed.blocking_send(answer).is_err() {
                return;
            }
        }
    }

    fn remember(&mut self, line: &str) {
        let added = self.editor.add_history_entry(line);
        if matches!(added, Ok(true))
            && let Err(error) = self.editor.append_history(&self.history)
        {
            warn!("cannot write the history of lines {}: {error}", self.history.display());
        }
    }
}

/// The line editor's hooks.
struct Pen {
    terminal: Arc<Terminal>,
    /// The line as it stands; the editor does not give back one that was interrupted.
    last: Arc<Mutex<String>>,
}

impl Highlighter for Pen {
    /// Puts whatever is new before the prompt.
    ///
    /// The editor calls this whenever it draws its line anew, and writes the result with the
    /// cursor where the prompt begins and the old line cleared, which is where a frame belongs.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        let mut state = self.terminal.state();
        let frame = state.screen.frame();
        if state.colours == Colours::Ansi {
            return format!("{frame}\x1b[1m{prompt}\x1b[0m").into();
        }
        if frame.is_empty() { prompt.into() } else { format!("{frame}{prompt}").into() }
    }
}

impl Hinter for Pen {
    type Hint = String;

    fn hint(&self, line: &str, _: usize, _: &Context<'_>) -> Option<String> {
        line.clone_into(&mut self.last.lock().unwrap_or_else(PoisonError::into_inner));
        None
    }
}

impl Completer for Pen {
    type Candidate = String;
}

impl Validator for Pen {}
impl Helper for Pen {}

/// Gives the terminal back as it was, also when a line is still being edited.
struct Restore {
    original: Termios,
    terminal: Arc<Terminal>,
}

impl Drop for Restore {
    fn drop(&mut self) {
        if self.terminal.state().turn == Turn::Editor {
            // Ends bracketed paste, which the editor began with the line.
            let mut output = io::stdout().lock();
            let written = output.write_all(b"\x1b[?2004l\n").and_then(|()| output.flush());
            if let Err(error) = written {
                warn!("cannot write to the terminal: {error}");
            }
        }
        if let Err(error) = tcsetattr(io::stdin(), OptionalActions::Now, &self.original) {
            warn!("cannot give the terminal back as it was: {error}");
        }
    }
}
