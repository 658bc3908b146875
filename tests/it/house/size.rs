//! A file is one idea, which it says at its top, and not longer than one idea needs.

use std::fs;

use super::assert_none;
use super::source::{before_tests, files, root};

/// Lines before a file's tests, of whatever kind; beyond it is split by meaning.
const LINES_MAX: usize = 400;

/// Everywhere that our own sources are, tests and measurements too.
const FOLDERS: [&str; 5] = ["src", "core/src", "core/tests", "tests", "benches"];

#[test]
fn a_file_is_one_idea() {
    let mut faults = Vec::new();
    for file in FOLDERS.into_iter().flat_map(files) {
        let text = fs::read_to_string(&file).unwrap();
        let path = file.strip_prefix(root()).unwrap().display();
        let lines = before_tests(&text).0.lines().count();
        if lines > LINES_MAX {
            faults.push(format!("{path} has {lines} lines before its tests"));
        }
        if !text.starts_with("//!") {
            faults.push(format!("{path} does not begin with `//!`"));
        }
    }
    assert_none(&faults);
}
