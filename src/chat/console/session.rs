//! One conversation on the console: lines in, deliveries out, one after another.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use wilco_core::card::About;
use wilco_core::catalog::Catalog;
use wilco_core::event::{Event, Reaction};
use wilco_core::ids::{DeploymentId, PersonName};
use wilco_core::person::{Speaker, Standing};

use super::input::{Fault, Lines, Taken, check};
use super::phrases::Phrase;
use super::slash::Slash;
use super::terminal::{Editor, Typed};
use super::{Console, Echo, Input, Source, card_message};
use crate::delivery::{Accepted, Activity, Deliveries, Delivery, NotDelivered};

/// The name under which the console delivers.
const SOURCE: &str = "console";

/// Lines pasted at once that are taken; a longer paste is cut here.
const PASTED_LINES_MAX: usize = 1000;

/// How a conversation begins and ends.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who speaks first.
    pub speaker: PersonName,
    pub at_end: AtEnd,
}

/// What happens when the input has ended and everything has come to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtEnd {
    Quit,
    /// The console stays to show what goes on, until wilco stops.
    Stay,
}

/// Why a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Somebody said `/quit`, or pressed Ctrl-C twice.
    Quit,
    EndOfInput,
    /// Nobody can read the answers any more.
    OutputClosed,
    /// The engine takes nothing any more.
    Stopping,
}

/// Takes lines until one of them, the input's end or wilco's own ends the conversation.
///
/// Lines of a pipe are taken one after another, each once what the one before set off has come
/// to rest; somebody at a terminal may speak at any time.
pub async fn run(
    console: Console,
    input: Input,
    deliveries: Deliveries,
    catalog: watch::Receiver<Arc<Catalog>>,
    options: Options,
) -> Ended {
    console.set_speaker(options.speaker.as_str());
    let mut session = Session {
        activity: deliveries.activity(),
        console,
        deliveries,
        catalog,
        speaker: options.speaker,
        start: start_id(),
        count: 0,
    };
    let reader = session.console.clone();
    let talk = async {
        match (session.take_all(input).await, options.at_end) {
            (Err(ended), _) => ended,
            (Ok(()), AtEnd::Quit) => Ended::EndOfInput,
            (Ok(()), AtEnd::Stay) => session.stay().await,
        }
    };
    tokio::select! {
        ended = talk => ended,
        () = reader.gone() => Ended::OutputClosed,
    }
}

struct Session {
    console: Console,
    deliveries: Deliveries,
    activity: watch::Receiver<Activity>,
    catalog: watch::Receiver<Arc<Catalog>>,
    speaker: PersonName,
    /// Makes delivery ids differ from those of any earlier start.
    start: String,
    count: u64,
}

fn start_id() -> String {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    // Without randomness the clock still tells one start from another.
    getrandom::u64().map_or_else(|_| format!("{:016x}", now()), |number| format!("{number:016x}"))
}

/// `Err` is an end that comes before the input's.
type Going = Result<(), Ended>;

impl Session {
    /// Takes everything that the input has, and returns once nothing changes by itself.
    async fn take_all(&mut self, input: Input) -> Going {
        match input.0 {
            Source::Lines { lines, echo } => {
                self.take_lines(lines, echo).await?;
                self.rest().await
            }
            Source::Editor(mut editor) => {
                let minds_suspension = editor.minds_suspension();
                let takes = async {
                    self.take_typed(&mut editor).await?;
                    // The editor is kept until then, so that the terminal shows nothing else amid the cards.
                    self.rest().await
                };
                tokio::select! {
                    going = takes => going,
                    () = minds_suspension => Ok(()),
                }
            }
        }
    }

    async fn take_lines(&mut self, mut lines: Lines, echo: Echo) -> Going {
        loop {
            match lines.next().await {
                Taken::Line(line) if is_nothing(&line) => continue,
                Taken::Line(line) => {
                    if echo == Echo::Written {
                        let said = format!("> {}: {}", self.speaker, line.trim());
                        self.console.say(&said).await.map_err(|_| Ended::OutputClosed)?;
                    }
                    self.take(line.trim()).await?;
                }
                Taken::Fault(fault) => self.say(&fault_phrase(fault, Some(lines.number()))).await?,
                // Only a terminal is interrupted.
                Taken::Interrupted | Taken::End => return Ok(()),
            }
            self.rest().await?;
        }
    }

    async fn take_typed(&mut self, editor: &mut Editor) -> Going {
        let mut pasted = VecDeque::new();
        let mut was_interrupted = false;
        loop {
            let taken = if let Some(taken) = pasted.pop_front() {
                taken
            } else {
                let prompt = format!("{} #{}> ", self.speaker, self.console.shared.channel);
                match editor.next(prompt).await {
                    Typed::Line(line) => {
                        pasted = line_by_line(&line);
                        continue;
                    }
                    Typed::Other(taken) => taken,
                }
            };
            let is_interrupted = taken == Taken::Interrupted;
            match taken {
                Taken::Line(line) if is_nothing(&line) => {}
                Taken::Line(line) => self.take(line.trim()).await?,
                Taken::Fault(fault @ Fault::Unreadable { .. }) => {
                    return self.say(&fault_phrase(fault, None)).await;
                }
                Taken::Fault(fault) => self.say(&fault_phrase(fault, None)).await?,
                Taken::Interrupted if was_interrupted => return Err(Ended::Quit),
                Taken::Interrupted => self.say(&Phrase::HowToLeave).await?,
                Taken::End => return Ok(()),
            }
            was_interrupted = is_interrupted;
        }
    }

    /// Does what a line asks for, and returns once it is on record.
    async fn take(&mut self, line: &str) -> Going {
        if !line.starts_with('/') {
            let heard = self.catalog.borrow().grammar.hear(line);
            let (speaker, place) = (self.speaking(), self.console.place());
            return self
                .deliver(Event::Said { speaker, place, words: line.to_owned(), heard })
                .await;
        }
        match Slash::read(line) {
            Err(phrase) => self.say(&phrase).await,
            Ok(Slash::Help) => self.say(&Phrase::SlashHelp).await,
            Ok(Slash::Quit) => Err(Ended::Quit),
            Ok(Slash::SpeakAs(name)) => self.speak_as(name).await,
            Ok(Slash::Wait(deployment)) => self.wait(deployment).await,
            Ok(Slash::React { deployment, .. }) if !self.is_here(deployment).await? => {
                self.say(&Phrase::NoCard { deployment }).await
            }
            Ok(Slash::React { deployment, change: Reaction::Removed, .. })
                if !self.is_open(deployment).await? =>
            {
                self.say(&Phrase::TakenBackTooLate { deployment }).await
            }
            Ok(Slash::React { emoji, deployment, change }) => {
                let message = card_message(&self.console.place(), &About::Deployment(deployment));
                let speaker = self.speaking();
                self.deliver(Event::Reacted { speaker, message, emoji, change }).await
            }
        }
    }

    async fn speak_as(&mut self, name: PersonName) -> Going {
        let account = Console::account(name.as_str());
        let is_known = self.catalog.borrow().people.by_account(&account).is_some();
        self.console.set_speaker(name.as_str());
        self.speaker = name.clone();
        self.say(&Phrase::Speaker { name, is_known }).await
    }

    /// Waits for a deployment's end, but not for people, who may be waiting for the next line.
    async fn wait(&mut self, deployment: DeploymentId) -> Going {
        if !self.is_open(deployment).await? {
            // What ended here was seen to end; waiting for it is no mistake.
            if self.console.has_shown(deployment) {
                return Ok(());
            }
            return self.say(&Phrase::NotOpen { deployment }).await;
        }
        loop {
            let at_rest = self.activity.borrow_and_update().is_at_rest();
            if !self.is_open(deployment).await? {
                return Ok(());
            }
            if at_rest {
                return self.say(&Phrase::WaitsForPeople { deployment }).await;
            }
            self.activity.changed().await.map_err(|_| Ended::Stopping)?;
        }
    }

    async fn deliver(&mut self, event: Event) -> Going {
        self.count += 1;
        let id = format!("{}/{}", self.start, self.count);
        match self.deliveries.deliver(Delivery { source: SOURCE, id, event }).await {
            Ok(Accepted::Applied | Accepted::Repeated) => Ok(()),
            Ok(Accepted::KeptAside) => self.say(&Phrase::KeptAside).await,
            Err(NotDelivered::Store(reason)) => self.say(&Phrase::NotRecorded { reason }).await,
            Err(NotDelivered::Stopping) => {
                self.say(&Phrase::Stopping).await?;
                Err(Ended::Stopping)
            }
        }
    }

    async fn say(&self, phrase: &Phrase) -> Going {
        let text = phrase.text(self.catalog.borrow().locale_of(&self.console.place()));
        self.console.say(&text).await.map_err(|_| Ended::OutputClosed)
    }

    /// Waits until nothing changes by itself. By then everything that was set off is written.
    async fn rest(&mut self) -> Going {
        self.until(Activity::is_at_rest).await
    }

    async fn until(&mut self, holds: impl FnMut(&Activity) -> bool) -> Going {
        self.activity.wait_for(holds).await.map(|_| ()).map_err(|_| Ended::Stopping)
    }

    async fn stay(mut self) -> Ended {
        while self.activity.changed().await.is_ok() {}
        Ended::Stopping
    }

    fn speaking(&self) -> Speaker {
        let account = Console::account(self.speaker.as_str());
        Speaker { account, standing: Standing::Member }
    }

    async fn is_open(&self, deployment: DeploymentId) -> Result<bool, Ended> {
        self.deliveries.is_open(deployment).await.map_err(|_| Ended::Stopping)
    }

    async fn is_here(&self, deployment: DeploymentId) -> Result<bool, Ended> {
        Ok(self.console.has_shown(deployment) || self.is_open(deployment).await?)
    }
}

/// An empty line, or a comment: `# `, so that `#1` stays a number.
fn is_nothing(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line == "#" || line.starts_with("# ")
}

/// Several lines that were pasted at once are taken one after another.
fn line_by_line(typed: &str) -> VecDeque<Taken> {
    typed.split('\n').take(PASTED_LINES_MAX).map(|line| check(line.as_bytes())).collect()
}

fn fault_phrase(fault: Fault, line: Option<u64>) -> Phrase {
    match fault {
        Fault::TooLong => Phrase::LineTooLong { line },
        Fault::NotUtf8 { byte } => Phrase::LineNotUtf8 { line, byte },
        Fault::ControlCharacter { byte, found } => {
            Phrase::LineControlCharacter { line, byte, found }
        }
        Fault::Unreadable { reason } => Phrase::InputFailed { reason },
    }
}
