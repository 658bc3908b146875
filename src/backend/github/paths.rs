//! Parts of addresses.

/// Returns a part of a path so that nothing in it means anything: only letters, digits and `-._~` stay.
pub fn part(text: &str) -> String {
    encoded(text, &[])
}

/// Returns the name of a ref as a part of a path; its slashes stay.
pub fn reference(text: &str) -> String {
    encoded(text, b"/")
}

/// <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>
fn encoded(text: &str, stays: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut path = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || stays.contains(&byte) {
            path.push(char::from(byte));
        } else {
            write!(path, "%{byte:02X}").expect("a text takes all that is written to it");
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_part_leads_elsewhere() {
        assert_eq!(reference("release/1.2"), "release/1.2");
        assert_eq!(part("release/1.2"), "release%2F1.2");
        assert_eq!(
            reference("zzz\";echo${IFS}?a=b#한"),
            "zzz%22%3Becho%24%7BIFS%7D%3Fa%3Db%23%ED%95%9C"
        );
    }
}
