//! Korean particles, which depend on how the word before them ends when it is read aloud.

/// Returns `은` or `는`, whichever follows the word.
pub fn topic(word: &str) -> &'static str {
    if ends_in_consonant(word) { "은" } else { "는" }
}

/// Tells whether a word ends in a consonant as Korean readers say it.
///
/// Syllables and digits are certain; of foreign words it is what most of them do: `ben` and `web`
/// end in one, `yes` and `prod` are read with a vowel behind.
fn ends_in_consonant(word: &str) -> bool {
    let mut read = word.chars().rev().filter(|c| c.is_alphanumeric());
    match read.next() {
        // Syllables are in order of their final consonants, of which the first of 28 is none.
        Some(last @ '가'..='힣') => (u32::from(last) - u32::from('가')) % 28 != 0,
        Some(last) => match last.to_ascii_lowercase() {
            '0' | '1' | '3' | '6' | '7' | '8' | 'l' | 'm' | 'n' => true,
            'b' | 'c' | 'k' | 'p' | 't' => read.next().is_some_and(is_vowel),
            _ => false,
        },
        None => false,
    }
}

fn is_vowel(letter: char) -> bool {
    matches!(letter.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_particle_follows_from_the_end_of_the_word() {
        for word in ["배폰", "서울", "#1", "10", "v1.3", "ben", "web", "Seoul!", "`ben`"] {
            assert_eq!(topic(word), "은", "{word}");
        }
        for word in ["배포", "#2", "v1.1.5", "yes", "ana", "mina", "prod", "api", "?", "", "✅"]
        {
            assert_eq!(topic(word), "는", "{word}");
        }
    }
}
