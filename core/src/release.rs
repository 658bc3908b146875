//! Names of releases, the only names of a version that a script is told.

use crate::deployment::Version;

impl Version {
    /// Returns the release that a script is told of, such as `v1.4.2`; `None` for any other name.
    ///
    /// A branch is at another commit tomorrow, and a script that checks it out would ship what nobody
    /// agreed to. What is sealed is the commit.
    pub fn release(&self) -> Option<&str> {
        self.reference.as_deref().filter(|name| is_release(name))
    }
}

/// Tells whether a name reads like `1.4`, `v1.4.2` or `v2.0.0-rc.1`.
fn is_release(name: &str) -> bool {
    let numbered = name.strip_prefix('v').unwrap_or(name);
    let end = numbered.find(['-', '+']).unwrap_or(numbered.len());
    let (numbers, suffix) = numbered.split_at(end);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+');
    numbers.contains('.')
        && numbers.split('.').all(is_number)
        && suffix.len() != 1
        && suffix.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_a_release_is_told_to_a_script() {
        for name in ["1.4", "v1.4.2", "v2.0.0-rc.1", "1.0.0+build-7", "2026.11.3"] {
            assert!(is_release(name), "{name}");
        }
        for name in ["main", "release/1.4", "v1", "1", "v", "", "1.x", "1.4.", "v1.4-", "-1.4"] {
            assert!(!is_release(name), "{name}");
        }
        assert!(!is_release("v1.4.2-$(id)") && !is_release("v1.4.2-a b"));
    }
}
