//! Text that a chat shows word for word, whatever its marks are: escaped, and cut to what it takes.

use crate::text::inert;

/// How a chat reads a text.
pub trait Marks {
    /// Takes the meaning of everything that means something.
    fn escape(text: &str) -> String;

    /// Returns how long the chat finds a text.
    fn length(text: &str) -> usize;

    /// Returns where at most `most` of an escaped text end, outside of its escapes.
    fn boundary(escaped: &str, most: usize) -> usize;
}

/// A text that can stand in a message of such a chat as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Escaped<M> {
    text: String,
    marks: std::marker::PhantomData<M>,
}

impl<M: Marks> Escaped<M> {
    /// Takes a text that was escaped already.
    pub fn of(text: String) -> Self {
        Self { text, marks: std::marker::PhantomData }
    }

    /// Returns the text on one line, at most `most` long.
    pub fn line(text: &str, most: usize) -> Self {
        Self::of(M::escape(&inert(text, most))).shortened(most)
    }

    /// Returns the texts as lines of one, with as many as fit into `most`, and how many did.
    pub fn joined(lines: &[Self], most: usize) -> (Self, usize) {
        let (mut text, mut length) = (String::new(), 0);
        for (number, line) in lines.iter().enumerate() {
            let added = line.length() + usize::from(number > 0);
            if length + added > most {
                return (Self::of(text), number);
            }
            if number > 0 {
                text.push('\n');
            }
            text.push_str(&line.text);
            length += added;
        }
        (Self::of(text), lines.len())
    }

    /// Returns the same, cut to at most `most`.
    #[must_use]
    pub fn shortened(self, most: usize) -> Self {
        if self.length() <= most {
            return self;
        }
        let end = M::boundary(&self.text, most.saturating_sub(1));
        let mut kept = self.text[..end].to_owned();
        if most > 0 {
            kept.push('…');
        }
        Self::of(kept)
    }

    /// Returns this, a space, and that.
    #[must_use]
    pub fn followed_by(mut self, next: &Self) -> Self {
        self.text.push(' ');
        self.text.push_str(&next.text);
        self
    }

    /// Returns the same, or dots where nothing is to see. Chats refuse what is empty.
    #[must_use]
    pub fn or_dots(self) -> Self {
        if self.is_blank() { Self::of("…".into()) } else { self }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn length(&self) -> usize {
        M::length(&self.text)
    }

    /// Tells whether there is nothing to see.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}
