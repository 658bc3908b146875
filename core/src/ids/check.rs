//! What texts must be to be names.

use super::NameError;

/// Owners have up to 39 letters, digits and dashes, names up to 100 of these and `_` and `.`.
pub fn check_repository(text: &str) -> Result<(), NameError> {
    let of = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_right = text.split_once('/').is_some_and(|(owner, name)| {
        (1..=39).contains(&owner.len())
            && owner.chars().all(of)
            && (1..=100).contains(&name.len())
            && name.chars().all(|c| of(c) || c == '.')
            && !matches!(name, "." | "..")
    });
    let wrong = || NameError::Repository { text: text.chars().take(80).collect() };
    if is_right { Ok(()) } else { Err(wrong()) }
}

pub fn check_news(text: &str) -> Result<(), NameError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
    let is_right = (1..=255).contains(&text.len()) && text.chars().all(plain);
    let (found, allowed) = (text.chars().take(80).collect(), "letters, digits, /, -, _ and .");
    if is_right { Ok(()) } else { Err(NameError::Character { found, allowed }) }
}

/// <https://git-scm.com/docs/git-check-ref-format>, and stricter: no `@{`, no leading dash.
pub fn check_ref(text: &str) -> Result<(), NameError> {
    let wrong = || NameError::Ref { text: text.chars().take(80).collect() };
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > 255 {
        return Err(NameError::TooLong { length: text.len(), most: 255 });
    }
    let bad_character = text.chars().any(|c| {
        c.is_control() || c.is_whitespace() || matches!(c, '~' | '^' | ':' | '?' | '*' | '[' | '\\')
    });
    let bad_part = text.split('/').any(|part| {
        part.is_empty()
            || part.starts_with('.')
            || part.to_ascii_lowercase().ends_with(".lock")
            || part.ends_with('.')
    });
    if bad_character
        || bad_part
        || text.starts_with('-')
        || text.contains("..")
        || text.contains("@{")
        || text == "@"
    {
        return Err(wrong());
    }
    Ok(())
}

pub fn check_commit(text: &str) -> Result<(), NameError> {
    let digits = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if matches!(text.len(), 40 | 64) && digits {
        return Ok(());
    }
    Err(NameError::Commit { text: text.chars().take(80).collect() })
}
