//! "Did you mean": the known word that is close enough to be meant. It is named, never acted on.

use super::words;

/// Returns the closest of the known words, if the slip is small for a word of that length.
///
/// Korean is compared letter by letter, not syllable by syllable. The first of equals wins.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = words::letters(&words::clip(word, 40));
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in known {
        let letters = words::letters(candidate);
        let slips = strsim::damerau_levenshtein(&typed, &letters);
        let shorter = typed.chars().count().min(letters.chars().count());
        if slips <= slips_allowed(shorter) && best.is_none_or(|(fewest, _)| slips < fewest) {
            best = Some((slips, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// A third of a word may be wrong; in one or two letters every word is close to every other.
fn slips_allowed(letters: usize) -> usize {
    match letters {
        0..=2 => 0,
        3..=5 => 1,
        6..=8 => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_slip_is_recognised_and_a_large_one_is_not() {
        let known = ["can", "deploy", "live", "rollback", "왜", "롤백", "배포", "배포해줘", "상태"];
        for (word, expected) in [
            ("deplyo", Some("deploy")),
            ("rolback", Some("rollback")),
            ("lvie", Some("live")),
            ("cna", Some("can")),
            ("베포", Some("배포")),
            ("베포해줘", Some("배포해줘")),
            ("상테", Some("상태")),
            ("destroy", None),
            ("do", None),
            ("hello", None),
            ("감사합니다", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known.into_iter()), expected, "{word}");
        }
    }
}
