//! What a script writes: lines out of bytes, the marks among them, a log that keeps its end, the last lines.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use wilco_core::ids::CommitSha;

use crate::backend::command::run_directory::RunDirectory;
use crate::plain::{cut, plain, text_of};

/// What one line of a script means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// `::stage NAME`: a stage begins, and the one before it is done.
    Stage(String),
    /// `::stage-skip NAME`
    StageSkipped(String),
    /// `::commit SHA`: what the script says that it works on.
    Commit(CommitSha),
    Text(String),
}

const STAGE_NAME_LENGTH_MAX: usize = 40;

impl Line {
    pub fn read(bytes: &[u8]) -> Self {
        let text = plain(&text_of(bytes));
        let mark = text.strip_prefix("::").and_then(|mark| mark.split_once(' '));
        let read = match mark {
            Some(("stage", name)) => stage_name(name).map(Self::Stage),
            Some(("stage-skip", name)) => stage_name(name).map(Self::StageSkipped),
            Some(("commit", sha)) => {
                CommitSha::new(sha.trim().to_ascii_lowercase()).ok().map(Self::Commit)
            }
            Some(_) | None => None,
        };
        read.unwrap_or(Self::Text(text))
    }
}

fn stage_name(text: &str) -> Option<String> {
    let name: String = text.trim().chars().take(STAGE_NAME_LENGTH_MAX).collect();
    let name = name.trim_end();
    (!name.is_empty()).then(|| name.into())
}

/// Cuts a stream of bytes into lines; what is too long loses its end.
#[derive(Debug, Default)]
pub struct Lines {
    open: Vec<u8>,
}

const LINE_LENGTH_MAX: usize = 8 * 1024;

impl Lines {
    pub fn feed(&mut self, bytes: &[u8], mut take: impl FnMut(&[u8])) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            let room = LINE_LENGTH_MAX.saturating_sub(self.open.len());
            self.open.extend_from_slice(&text[..text.len().min(room)]);
            if text.len() < piece.len() {
                take(&self.open);
                self.open.clear();
            }
        }
    }

    /// Gives the line that has no line feed, if there is one.
    pub fn finish(&mut self, mut take: impl FnMut(&[u8])) {
        if !self.open.is_empty() {
            take(&self.open);
            self.open.clear();
        }
    }
}

/// The last lines that a script wrote.
#[derive(Debug, Default)]
pub struct Tail {
    lines: VecDeque<String>,
    length: usize,
}

const TAIL_LINES_MAX: usize = 40;
const TAIL_LENGTH_MAX: usize = 4 * 1024;
/// One long line must not push out all the others.
const TAIL_LINE_LENGTH_MAX: usize = 1024;

impl Tail {
    pub fn push(&mut self, line: &str) {
        let line = cut(line.trim_end(), TAIL_LINE_LENGTH_MAX);
        if line.is_empty() {
            return;
        }
        self.length += line.len() + 1;
        self.lines.push_back(line.into());
        while self.lines.len() > TAIL_LINES_MAX || self.length > TAIL_LENGTH_MAX {
            let Some(oldest) = self.lines.pop_front() else { return };
            self.length -= oldest.len() + 1;
        }
    }

    pub fn text(&self) -> String {
        self.lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// The script's output on disk, byte for byte; of a long one the end.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    older: PathBuf,
    file: File,
    length: usize,
}

/// There are two halves, and the older is given up when the newer is full.
const LOG_HALF_LENGTH_MAX: usize = 128 * 1024;

impl Log {
    pub fn open(directory: &RunDirectory) -> io::Result<Self> {
        let path = directory.log_path();
        let older = directory.path().join("log.older");
        Ok(Self { file: directory.append_to("log")?, path, older, length: 0 })
    }

    pub fn write(&mut self, directory: &RunDirectory, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(LOG_HALF_LENGTH_MAX) {
            if self.length + piece.len() > LOG_HALF_LENGTH_MAX {
                fs::rename(&self.path, &self.older)?;
                self.file = directory.append_to("log")?;
                self.length = 0;
            }
            self.file.write_all(piece)?;
            self.length += piece.len();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.feed(piece, |line| found.push(line.to_vec()));
        }
        lines.finish(|line| found.push(line.to_vec()));
        found
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_arrive() {
        let text = b"a\n\nbc\nlast";
        let whole = lines(&[text]);
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(whole, lines(&bytes));
        assert_eq!(whole, [&b"a"[..], b"", b"bc", b"last"]);
    }

    #[test]
    fn a_long_line_loses_its_end_and_the_next_is_whole() {
        let long = [vec![b'x'; 3 * LINE_LENGTH_MAX], b"\nnext\n".to_vec()].concat();
        let found = lines(&[&long]);
        assert_eq!(found[0].len(), LINE_LENGTH_MAX);
        assert_eq!(found[1], b"next");
    }

    #[test]
    fn a_mark_is_read_and_anything_else_is_text() {
        let sha = "A".repeat(40);
        assert_eq!(Line::read(b"::stage build\r"), Line::Stage("build".into()));
        assert_eq!(Line::read("::stage 배\u{202e}포".as_bytes()), Line::Stage("배포".into()));
        assert_eq!(Line::read(b"::stage-skip e2e"), Line::StageSkipped("e2e".into()));
        let commit = CommitSha::new(sha.to_lowercase()).expect("a commit");
        assert_eq!(Line::read(format!("::commit {sha}").as_bytes()), Line::Commit(commit));
        for text in ["::stage", "::stage  ", "::commit main", " ::stage x", "::warn x"] {
            assert_eq!(Line::read(text.as_bytes()), Line::Text(text.into()));
        }
        let Line::Stage(name) = Line::read(format!("::stage {}", "é".repeat(99)).as_bytes())
        else {
            panic!("a stage");
        };
        assert_eq!(name.chars().count(), STAGE_NAME_LENGTH_MAX);
    }

    #[test]
    fn the_tail_is_bounded_by_lines_and_by_length() {
        let mut tail = Tail::default();
        for number in 0..1000 {
            tail.push(&format!("line {number}"));
        }
        assert_eq!(tail.text().lines().count(), TAIL_LINES_MAX);
        assert!(tail.text().ends_with("line 999"));
        for _ in 0..10 {
            tail.push(&"é".repeat(5000));
        }
        assert!(tail.text().len() <= TAIL_LENGTH_MAX);
    }
}
