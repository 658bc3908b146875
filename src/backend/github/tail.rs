//! The end of a text that may be of any length: what comes before it is forgotten while it is read.

use http_body_util::BodyExt;

/// More is never needed to say what went wrong.
const KEPT_MAX: usize = 1024 * 1024;

/// What came last, up to so many bytes.
struct Tail {
    kept_max: usize,
    bytes: Vec<u8>,
    is_cut: bool,
}

impl Tail {
    fn keeping(kept_max: usize) -> Self {
        Self { kept_max, bytes: Vec::new(), is_cut: false }
    }

    fn push(&mut self, piece: &[u8]) {
        // Not each time, so that few bytes are moved for each that comes.
        if self.bytes.len() > 2 * self.kept_max {
            self.cut();
        }
        let end = &piece[piece.len().saturating_sub(self.kept_max)..];
        if end.len() < piece.len() {
            self.bytes.clear();
            self.is_cut = true;
        }
        self.bytes.extend_from_slice(end);
    }

    /// Returns whole lines, unless there is only one.
    fn end(mut self) -> Vec<u8> {
        self.cut();
        if self.is_cut
            && let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n')
        {
            self.bytes.drain(..=end);
        }
        self.bytes
    }

    fn cut(&mut self) {
        let too_many = self.bytes.len().saturating_sub(self.kept_max);
        self.bytes.drain(..too_many);
        self.is_cut |= too_many > 0;
    }
}

/// Reads a body to its end; returns the end.
pub async fn read<B>(mut body: B) -> Result<Vec<u8>, B::Error>
where
    B: BodyExt<Data: AsRef<[u8]>> + Unpin,
{
    let mut tail = Tail::keeping(KEPT_MAX);
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            tail.push(data.as_ref());
        }
    }
    Ok(tail.end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAX: usize = 64;

    fn of(pieces: &[Vec<u8>]) -> Vec<u8> {
        let mut tail = Tail::keeping(MAX);
        for piece in pieces {
            tail.push(piece);
            assert!(tail.bytes.len() <= 3 * MAX);
        }
        tail.end()
    }

    #[test]
    fn a_text_that_fits_stays_whole_and_of_much_the_last_lines_are_kept() {
        assert_eq!(of(&[b"one\n".to_vec(), b"two".to_vec()]), b"one\ntwo");
        let many = vec![b"a line that nobody reads\n".to_vec(); 1_000];
        assert_eq!(
            of(&[many, vec![b"the end".to_vec()]].concat()),
            b"a line that nobody reads\na line that nobody reads\nthe end"
        );
        assert_eq!(of(&[vec![b'x'; 5 * MAX]]), vec![b'x'; MAX], "a line that never ends");
    }

    proptest! {
        #[test]
        fn however_it_comes_in_pieces_the_end_is_the_same(
            pieces in prop::collection::vec(
                prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'x'), Just(b'y')], 0..3 * MAX),
                0..9,
            ),
        ) {
            let whole = pieces.concat();
            let end = of(&pieces);
            prop_assert!(whole.ends_with(&end) && end.len() <= MAX);
            prop_assert_eq!(end, of(&[whole]));
        }
    }
}
