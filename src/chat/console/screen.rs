//! What stands on the terminal above the prompt, and the bytes that bring it up to date.

use std::collections::VecDeque;
use std::fmt::Write as _;

use wilco_core::card::About;
use wilco_core::card::Tone;

/// Rows and columns of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub rows: usize,
    pub columns: usize,
}

/// How a row looks. The words say the same, so nothing is lost without colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Faint,
    Tone(Tone),
}

/// One row of the terminal; it never wraps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub text: String,
    pub style: Style,
}

impl Row {
    pub fn plain(text: String) -> Self {
        Self { text, style: Style::Plain }
    }
}

/// Whether a terminal is written to in colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    Ansi,
    None,
}

/// The rows above the prompt that can still be reached, and how much of them is drawn.
///
/// A frame moves up to the first row that changed, clears from there, and writes the rest anew.
/// The cursor stops at the top of the terminal, so even when rows were lost (the screen was
/// cleared) a frame leaves everything below that row right.
#[derive(Debug)]
pub struct Screen {
    rows: VecDeque<(Option<About>, Row)>,
    size: Size,
    colours: Colours,
    /// Rows on the terminal.
    drawn: usize,
    /// Rows from the first that stand on the terminal as they are here.
    clean: usize,
}

/// The prompt, and the row that the cursor is on after a line was entered.
const ROWS_RESERVED: usize = 2;

/// What waits to be drawn while the terminal does not take anything; older rows are dropped.
const ROWS_MAX: usize = 4096;

impl Screen {
    pub fn new(size: Size, colours: Colours) -> Self {
        Self { rows: VecDeque::new(), size, colours, drawn: 0, clean: 0 }
    }

    pub fn size(&self) -> Size {
        self.size
    }

    /// Takes note of the terminal's size. Rows that were drawn at another width have moved.
    pub fn resize(&mut self, size: Size) {
        if size.columns != self.size.columns {
            self.lose_place();
        }
        self.size = size;
    }

    /// Leaves alone what is drawn: something else may have moved it, so cards are printed anew.
    pub fn lose_place(&mut self) {
        self.rows = self.rows.split_off(self.clean.min(self.rows.len()));
        (self.drawn, self.clean) = (0, 0);
    }

    /// Adds rows below everything else.
    pub fn append(&mut self, rows: Vec<Row>) {
        self.extend(None, rows);
    }

    fn extend(&mut self, of: Option<&About>, rows: Vec<Row>) {
        self.rows.extend(rows.into_iter().map(|row| (of.cloned(), row)));
        self.forget(self.rows.len().saturating_sub(ROWS_MAX));
    }

    /// Drops rows from the top. Dirty ones among them are still on the terminal and still cleared.
    fn forget(&mut self, rows: usize) {
        self.rows.drain(..rows);
        let clean = rows.min(self.clean);
        self.clean -= clean;
        self.drawn -= clean;
    }

    /// Makes a card read so: in place while it can be reached, else below everything.
    pub fn show(&mut self, about: &About, rows: Vec<Row>) {
        let Some(rows) = self.redraw(about, rows) else { return };
        for (of, _) in &mut self.rows {
            of.take_if(|of| of == about);
        }
        self.extend(Some(about), rows);
    }

    /// Makes a card read so in place; gives the rows back where it can't be reached.
    pub fn redraw(&mut self, about: &About, rows: Vec<Row>) -> Option<Vec<Row>> {
        let is_of = |(of, _): &(Option<About>, Row)| of.as_ref() == Some(about);
        let Some(first) = self.rows.iter().position(is_of) else { return Some(rows) };
        let length = self.rows.iter().skip(first).take_while(|row| is_of(row)).count();
        let reachable = self.size.rows.saturating_sub(ROWS_RESERVED);
        let after = self.rows.len() - length + rows.len() - first;
        if (self.rows.len() - first).max(after) > reachable {
            return Some(rows);
        }
        let old = self.rows.range(first..first + length).map(|(_, row)| row);
        let same = old.zip(&rows).take_while(|(old, new)| old == new).count();
        if same == length && same == rows.len() {
            return None;
        }
        self.clean = self.clean.min(first + same);
        let below = self.rows.split_off(first + length);
        self.rows.truncate(first);
        self.rows.extend(rows.into_iter().map(|row| (Some(about.clone()), row)));
        self.rows.extend(below);
        None
    }

    /// Takes note of rows that the line editor left on the terminal below everything that is drawn.
    pub fn typed(&mut self, rows: Vec<Row>) {
        let was_clean = self.clean == self.drawn && self.clean == self.rows.len();
        self.drawn += rows.len();
        self.append(rows);
        if was_clean {
            self.clean = self.drawn;
        }
    }

    /// Returns what to write, with the cursor in the first column below the drawn rows; empty when all is drawn.
    pub fn frame(&mut self) -> String {
        let mut frame = String::new();
        let up = self.drawn.saturating_sub(self.clean);
        if up > 0 {
            frame = format!("\x1b[{up}A\r\x1b[J");
        }
        for (_, row) in self.rows.iter().skip(self.clean) {
            self.paint(row, &mut frame);
        }
        self.drawn = self.rows.len();
        self.clean = self.drawn;
        // Rows above the screen cannot be reached any more.
        self.forget(self.rows.len().saturating_sub(self.size.rows));
        frame
    }

    fn paint(&self, row: &Row, frame: &mut String) {
        let code = match row.style {
            Style::Plain => None,
            Style::Faint => Some("2"),
            Style::Tone(Tone::Waiting) => Some("1;33"),
            Style::Tone(Tone::Working) => Some("1;36"),
            Style::Tone(Tone::Good) => Some("1;32"),
            Style::Tone(Tone::Bad) => Some("1;31"),
            Style::Tone(Tone::Quiet) => Some("1"),
        };
        let written = match code.filter(|_| self.colours == Colours::Ansi) {
            Some(code) => writeln!(frame, "\x1b[{code}m{}\x1b[0m", row.text),
            None => writeln!(frame, "{}", row.text),
        };
        debug_assert!(written.is_ok(), "writing to a string does not fail");
    }
}

#[cfg(test)]
mod tests {
    use wilco_core::ids::DeploymentId;

    use super::*;

    const ONE: About = About::Deployment(DeploymentId(1));
    const TWO: About = About::Deployment(DeploymentId(2));

    fn rows(texts: &[&str]) -> Vec<Row> {
        texts.iter().map(|text| Row::plain((*text).to_owned())).collect()
    }

    fn screen(rows: usize) -> Screen {
        Screen::new(Size { rows, columns: 80 }, Colours::None)
    }

    #[test]
    fn a_card_is_redrawn_in_place_from_the_first_row_that_changed() {
        let mut screen = screen(24);
        screen.show(&ONE, rows(&["one", "waiting"]));
        screen.append(rows(&["below"]));
        assert_eq!(screen.frame(), "one\nwaiting\nbelow\n");
        screen.show(&ONE, rows(&["one", "running", "bar"]));
        assert_eq!(screen.frame(), "\x1b[2A\r\x1b[Jrunning\nbar\nbelow\n");
        screen.show(&ONE, rows(&["one"]));
        assert_eq!(screen.frame(), "\x1b[3A\r\x1b[Jbelow\n");
        assert_eq!(screen.frame(), "");
    }

    #[test]
    fn two_cards_keep_their_places() {
        let mut screen = screen(24);
        screen.show(&ONE, rows(&["one"]));
        screen.show(&TWO, rows(&["two"]));
        screen.frame();
        screen.show(&ONE, rows(&["one!"]));
        assert_eq!(screen.frame(), "\x1b[2A\r\x1b[Jone!\ntwo\n");
        screen.show(&TWO, rows(&["two!"]));
        assert_eq!(screen.frame(), "\x1b[1A\r\x1b[Jtwo!\n");
    }

    #[test]
    fn what_reads_the_same_is_not_drawn_again() {
        let mut screen = screen(24);
        screen.show(&ONE, rows(&["one", "more"]));
        screen.frame();
        screen.show(&ONE, rows(&["one", "more"]));
        assert_eq!(screen.frame(), "");
    }

    #[test]
    fn changes_collapse_until_they_are_drawn() {
        let mut screen = screen(24);
        screen.show(&ONE, rows(&["a"]));
        screen.show(&ONE, rows(&["b"]));
        screen.show(&ONE, rows(&["c"]));
        assert_eq!(screen.frame(), "c\n");
    }

    #[test]
    fn a_card_that_has_scrolled_away_is_printed_anew_and_lives_there() {
        let mut screen = screen(6);
        screen.show(&ONE, rows(&["one"]));
        screen.append(rows(&["1", "2", "3", "4"]));
        screen.frame();
        screen.show(&ONE, rows(&["one!"]));
        assert_eq!(screen.frame(), "one!\n");
        screen.show(&ONE, rows(&["one!!"]));
        assert_eq!(screen.frame(), "\x1b[1A\r\x1b[Jone!!\n");
    }

    #[test]
    fn a_typed_line_counts_as_drawn() {
        let mut screen = screen(24);
        screen.show(&ONE, rows(&["one"]));
        screen.frame();
        screen.typed(rows(&["> line"]));
        assert_eq!(screen.frame(), "");
        screen.show(&ONE, rows(&["one!"]));
        assert_eq!(screen.frame(), "\x1b[2A\r\x1b[Jone!\n> line\n");
    }

    #[test]
    fn a_line_typed_before_the_last_change_was_drawn_keeps_the_count_right() {
        let mut screen = screen(24);
        screen.show(&ONE, rows(&["one"]));
        screen.frame();
        screen.show(&ONE, rows(&["one!", "more"]));
        screen.typed(rows(&["> line"]));
        assert_eq!(screen.frame(), "\x1b[2A\r\x1b[Jone!\nmore\n> line\n");
    }

    #[test]
    fn after_a_change_of_width_nothing_is_taken_for_in_place() {
        let mut screen = screen(24);
        screen.show(&ONE, rows(&["one"]));
        screen.frame();
        screen.resize(Size { rows: 24, columns: 40 });
        screen.show(&ONE, rows(&["one!"]));
        assert_eq!(screen.frame(), "one!\n");
    }

    #[test]
    fn memory_is_bounded_even_if_nothing_is_ever_drawn() {
        let mut screen = screen(24);
        for _ in 0..10_000 {
            screen.append(rows(&["x"]));
            assert!(screen.rows.len() <= ROWS_MAX);
        }
        assert_eq!(screen.frame().lines().count(), ROWS_MAX);
        assert!(screen.rows.len() <= 24);
    }

    #[test]
    fn colours_only_add_to_the_words() {
        let mut colourful = Screen::new(Size { rows: 24, columns: 80 }, Colours::Ansi);
        colourful.append(vec![Row { text: "failed".into(), style: Style::Tone(Tone::Bad) }]);
        assert_eq!(colourful.frame(), "\x1b[1;31mfailed\x1b[0m\n");
        let mut sober = screen(24);
        sober.append(vec![Row { text: "failed".into(), style: Style::Tone(Tone::Bad) }]);
        assert_eq!(sober.frame(), "failed\n");
    }
}
