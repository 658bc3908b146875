//! "Did you mean": the one known name that is close enough to be meant. It is only ever named, never used.

/// Returns the nearest of the names, if it is near enough: one slip in short names, two or three in long ones.
pub fn nearest<'a, T>(text: &str, names: impl IntoIterator<Item = &'a T>) -> Option<&'a T>
where
    T: AsRef<str> + ?Sized,
{
    let most = match text.chars().count() {
        0 => return None,
        1..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    names
        .into_iter()
        .map(|name| (strsim::osa_distance(text, name.as_ref()), name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let names = ["api".to_owned(), "web".to_owned(), "staging".to_owned()];
        assert_eq!(nearest("ap", &names), Some(&names[0]));
        assert_eq!(nearest("pai", &names), Some(&names[0]));
        assert_eq!(nearest("stagign", &names), Some(&names[2]));
        assert_eq!(nearest("prod", &names), None);
        assert_eq!(nearest("", &names), None);
    }
}
