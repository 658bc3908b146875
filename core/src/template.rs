//! Arguments with values to be put in: `--to={environment}`. `{{` and `}}` stand for braces.

/// A part of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    /// The name between braces.
    Value(&'a str),
}

/// A brace without its partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a brace has no partner; write `{{{{` and `}}}}` for braces that are meant")]
pub struct Unbalanced;

/// Takes an argument apart. Values are never read again, so one cannot bring in another.
pub fn pieces(argument: &str) -> Result<Vec<Piece<'_>>, Unbalanced> {
    let mut pieces = Vec::new();
    let mut rest = argument;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        if brace.starts_with("{{") || brace.starts_with("}}") {
            pieces.push(Piece::Text(&brace[..1]));
            rest = &brace[2..];
            continue;
        }
        let inside = brace.strip_prefix('{').ok_or(Unbalanced)?;
        let (name, after) = inside.split_once('}').ok_or(Unbalanced)?;
        pieces.push(Piece::Value(name));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_falls_into_texts_and_values() {
        use Piece::{Text, Value};
        assert_eq!(
            pieces("--to={environment}!"),
            Ok(vec![Text("--to="), Value("environment"), Text("!")])
        );
        assert_eq!(pieces("{{a}}"), Ok(vec![Text("{"), Text("a"), Text("}")]));
        assert_eq!(pieces(""), Ok(vec![]));
        for wrong in ["{", "}", "a{b", "a}b", "{a}}"] {
            assert_eq!(pieces(wrong), Err(Unbalanced), "{wrong}");
        }
    }
}
