//! What a repository's own checks say of a commit: builds and tests that a policy wants green before a start.

use serde::{Deserialize, Serialize};

/// One check by the name under which the repository shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub name: String,
    pub state: CheckState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    Green,
    Running,
    Failed,
    /// Nothing of that name was reported for the commit so far.
    Missing,
    /// Nobody could tell, which is no.
    Unknown,
}

impl CheckState {
    /// Returns the word by which the record names it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Running => "running",
            Self::Failed => "failed",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        }
    }
}

/// Returns each of these checks once, as it was read; one that was not read is unknown, and one that was
/// read twice is green only if it was both times.
pub fn read_of(names: &[String], read: &[Check]) -> Vec<Check> {
    let state = |name: &String| {
        let mut states = read.iter().filter(|check| check.name == *name).map(|check| check.state);
        let first = states.next().unwrap_or(CheckState::Unknown);
        states.find(|_| first == CheckState::Green).unwrap_or(first)
    };
    names.iter().map(|name| Check { name: name.clone(), state: state(name) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use CheckState::{Failed, Green, Running, Unknown};

    #[test]
    fn what_was_not_read_is_unknown_and_what_was_read_twice_is_green_only_twice() {
        let check = |name: &str, state| Check { name: name.into(), state };
        let names = ["build", "test", "lint"].map(String::from);
        let read = [check("test", Green), check("build", Running), check("other", Green)];
        let states =
            |read: &[Check]| read_of(&names, read).iter().map(|c| c.state).collect::<Vec<_>>();
        assert_eq!(states(&read), [Running, Green, Unknown]);
        let twice = [check("test", Green), check("test", Failed)];
        assert_eq!(states(&twice), [Unknown, Failed, Unknown]);
    }
}
