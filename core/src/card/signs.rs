//! What is drawn beside the words of a card. It only adds to them, and is the same in every chat.

use super::{Card, StageLine, Tone};
use crate::event::StageState;

const BAR_CELLS: u64 = 10;

impl Tone {
    /// Returns the sign in front of a card's headline.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Waiting => "⏳",
            Self::Working => "🔄",
            Self::Good => "✅",
            Self::Bad => "🚨",
            Self::Quiet => "⚪",
        }
    }
}

impl StageLine {
    /// Returns the mark in front of a stage.
    pub fn mark(&self) -> &'static str {
        match self.state {
            StageState::Running => "▸",
            StageState::Succeeded => "✔",
            StageState::Failed => "✘",
            StageState::Skipped => "–",
        }
    }

    /// Returns what became of it, and how long it took where that is known.
    pub fn standing(&self) -> String {
        let took = self.took_label.as_ref().map(|length| format!(" · {length}"));
        format!("· {}{}", self.label, took.unwrap_or_default())
    }
}

impl Card {
    /// Returns how far its run is: `██████░░░░ 3/5`; nothing before a run.
    pub fn bar(&self) -> Option<String> {
        let (done, all) = self.progress.filter(|(_, all)| *all > 0)?;
        let filled = (u64::from(done) * BAR_CELLS / u64::from(all)).min(BAR_CELLS);
        let bar: String =
            (0..BAR_CELLS).map(|cell| if cell < filled { '█' } else { '░' }).collect();
        Some(format!("{bar} {done}/{all}"))
    }
}
