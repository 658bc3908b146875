//! Bytes from a pipe or a file → lines, each checked before anything is made of it.

use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader, ReadBuf};
use tokio::sync::mpsc;

/// A line is at most this long, in bytes; the rest of a longer one is thrown away unread.
pub const LINE_BYTES_MAX: usize = 8 * 1024;

/// What was taken from the input.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    Line(String),
    /// There was a line, and it is no text that can be worked with.
    Fault(Fault),
    /// Somebody pressed Ctrl-C.
    Interrupted,
    End,
}

/// What is wrong with a line. Bytes are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    TooLong,
    NotUtf8 {
        byte: usize,
    },
    ControlCharacter {
        byte: usize,
        found: char,
    },
    /// The input itself failed; it counts as ended afterwards.
    Unreadable {
        reason: String,
    },
}

/// The lines of a pipe, a file, or anything else that gives bytes.
pub struct Lines {
    reader: BufReader<Box<dyn AsyncRead + Send + Unpin>>,
    number: u64,
    has_failed: bool,
}

impl Lines {
    pub fn new(reader: Box<dyn AsyncRead + Send + Unpin>) -> Self {
        Self { reader: BufReader::new(reader), number: 0, has_failed: false }
    }

    /// Returns which line was taken last, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    pub async fn next(&mut self) -> Taken {
        if self.has_failed {
            return Taken::End;
        }
        self.number += 1;
        match self.bytes().await {
            Ok(None) => Taken::End,
            Ok(Some(bytes)) => {
                // Some editors begin a file with a byte order mark.
                let mark: &[u8] = if self.number == 1 { b"\xef\xbb\xbf" } else { b"" };
                check(bytes.strip_prefix(mark).unwrap_or(&bytes))
            }
            Err(error) => {
                self.has_failed = true;
                Taken::Fault(Fault::Unreadable { reason: error.to_string() })
            }
        }
    }

    /// Returns the next line without its newline, at most one byte more than allowed; `None` at the end.
    async fn bytes(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let mut is_there = false;
        loop {
            let piece = self.reader.fill_buf().await?;
            if piece.is_empty() {
                return Ok(is_there.then_some(line));
            }
            is_there = true;
            let newline = piece.iter().position(|byte| *byte == b'\n');
            let content = &piece[..newline.unwrap_or(piece.len())];
            // Two bytes more: the `\r` of a line end, and one that shows that it is too long.
            let room = (LINE_BYTES_MAX + 2).saturating_sub(line.len());
            line.extend_from_slice(&content[..content.len().min(room)]);
            let used = newline.map_or(piece.len(), |at| at + 1);
            self.reader.consume(used);
            if newline.is_some() {
                return Ok(Some(line));
            }
        }
    }
}

/// Checks one line without its newline, from wherever it comes; tabs become spaces.
pub fn check(bytes: &[u8]) -> Taken {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    if bytes.len() > LINE_BYTES_MAX {
        return Taken::Fault(Fault::TooLong);
    }
    let line = match str::from_utf8(bytes) {
        Ok(line) => line.replace('\t', " "),
        Err(error) => return Taken::Fault(Fault::NotUtf8 { byte: error.valid_up_to() + 1 }),
    };
    match line.char_indices().find(|(_, c)| c.is_control()) {
        Some((at, found)) => Taken::Fault(Fault::ControlCharacter { byte: at + 1, found }),
        None => Taken::Line(line),
    }
}

/// Standard input, read by a thread that nobody waits for.
///
/// The runtime's own standard input would keep the process from ending while a pipe stays open.
pub struct StandardInput {
    pieces: mpsc::Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
}

impl StandardInput {
    pub fn open() -> Self {
        let (sender, pieces) = mpsc::channel(2);
        std::thread::spawn(move || {
            let mut buffer = vec![0; LINE_BYTES_MAX];
            loop {
                let piece = match io::stdin().lock().read(&mut buffer) {
                    Ok(0) => return,
                    Ok(length) => Ok(buffer[..length].to_vec()),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let is_last = piece.is_err();
                if sender.blocking_send(piece).is_err() || is_last {
                    return;
                }
            }
        });
        Self { pieces, piece: Vec::new() }
    }
}

impl AsyncRead for StandardInput {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.piece.is_empty() {
            match ready!(self.pieces.poll_recv(context)) {
                Some(piece) => self.piece = piece?,
                None => return Poll::Ready(Ok(())),
            }
        }
        let length = self.piece.len().min(buffer.remaining());
        buffer.put_slice(&self.piece[..length]);
        self.piece.drain(..length);
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn taken(bytes: &[u8]) -> Vec<Taken> {
        let mut lines = Lines::new(Box::new(io::Cursor::new(bytes.to_vec())));
        let mut taken = Vec::new();
        loop {
            match lines.next().await {
                Taken::End => return taken,
                other => taken.push(other),
            }
        }
    }

    fn line(text: &str) -> Taken {
        Taken::Line(text.into())
    }

    #[tokio::test]
    async fn lines_end_in_any_of_the_usual_ways() {
        let all = taken(b"\xef\xbb\xbfone\r\ntwo\n\nthree").await;
        assert_eq!(all, [line("one"), line("two"), line(""), line("three")]);
        assert_eq!(taken(b"").await, []);
    }

    #[tokio::test]
    async fn a_line_may_have_exactly_the_most_bytes() {
        let most = "x".repeat(LINE_BYTES_MAX);
        assert_eq!(taken(format!("{most}\r\n").as_bytes()).await, [line(&most)]);
        for ending in ["x\n", "x\r\n", "x"] {
            let more = taken(format!("{most}{ending}").as_bytes()).await;
            assert_eq!(more, [Taken::Fault(Fault::TooLong)], "{ending:?}");
        }
    }

    #[tokio::test]
    async fn the_rest_of_a_long_line_is_not_another_line() {
        let mut bytes = vec![b'x'; 1_000_000];
        bytes.extend_from_slice(b"\nstatus\n");
        assert_eq!(taken(&bytes).await, [Taken::Fault(Fault::TooLong), line("status")]);
    }

    #[tokio::test]
    async fn broken_bytes_are_named_by_their_place() {
        assert_eq!(taken(b"ab\xff\n").await, [Taken::Fault(Fault::NotUtf8 { byte: 3 })]);
        let control = |byte, found| Taken::Fault(Fault::ControlCharacter { byte, found });
        assert_eq!(taken(b"a\0\n\x1b[2J\n").await, [control(2, '\0'), control(1, '\x1b')]);
        assert_eq!(taken(b"a\tb\n").await, [line("a b")]);
    }
}
