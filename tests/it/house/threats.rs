//! The page of threats names tests; a name that is in no source protects nobody.

use std::fs;

use super::assert_none;
use super::source::{files, root};

/// The signs that stand before names, as the page explains them.
const SIGNS: [&str; 5] = ["u", "core", "law", "it", "s"];

#[test]
fn every_test_that_the_page_of_threats_names_is_there() {
    let page = fs::read_to_string(root().join("docs/threats.md")).unwrap();
    let mut tests = String::new();
    for folder in ["core/src", "core/tests", "src", "tests/it"] {
        tests.extend(files(folder).into_iter().map(|file| fs::read_to_string(file).unwrap()));
    }
    let named = names(&page);
    assert!(named.len() > 100, "the page names {} tests", named.len());
    let is_there = |sign: &str, name: &str| match sign {
        "law" => tests.contains(&format!("\"{name}\"")),
        "s" => root().join(format!("tests/scenarios/{name}.txt")).exists(),
        _ => tests.contains(&format!("fn {name}(")),
    };
    let missing = named.iter().filter(|(sign, name)| !is_there(sign, name));
    let faults: Vec<_> = missing.map(|(sign, name)| format!("{sign}: {name} is no test")).collect();
    assert_none(&faults);
}

#[test]
fn the_names_on_the_page_are_read_as_they_are_written() {
    let page = "| 1 | x | law: \"a b\", \"c\"; core: `one_two` (`not_this`); s: `a-b` (`../`); `.ci/run` |\n";
    let expected = [("law", "a b"), ("law", "c"), ("core", "one_two"), ("s", "a-b")];
    assert_eq!(names(page), expected.map(|(sign, name)| (sign.to_owned(), name.to_owned())));
}

/// Returns each name in the rows of the page, with the sign that stands before it.
fn names(page: &str) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for row in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| `")) {
        let cell = without_brackets(row);
        let mut sign = "";
        let mut rest = cell.as_str();
        while let Some(at) = rest.find([':', '`', '"']) {
            let (before, after) = (&rest[..at], &rest[at + 1..]);
            if rest[at..].starts_with(':') {
                let word = before.rsplit(|c: char| !c.is_ascii_alphabetic()).next();
                sign = word.filter(|word| SIGNS.contains(word)).unwrap_or(sign);
                rest = after;
                continue;
            }
            let quote = &rest[at..=at];
            let end = after.find(quote).unwrap_or(after.len());
            let name = &after[..end];
            let is_name =
                if sign == "law" { quote == "\"" } else { quote == "`" && is_plain(name) };
            if is_name && !sign.is_empty() {
                names.push((sign.to_owned(), name.to_owned()));
            }
            rest = after.get(end + 1..).unwrap_or_default();
        }
    }
    names
}

fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'))
}

/// What stands in brackets explains and names no test.
fn without_brackets(row: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::new();
    for c in row.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}
