//! Typed ids and checked names: each is checked once, where it enters.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::hex::{hex, unhex};

use check::{check_commit, check_news, check_ref, check_repository};

/// Why a text is not the name it was meant to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("a name is empty")]
    Empty,
    #[error("a name has {length} characters; {most} is the most")]
    TooLong { length: usize, most: usize },
    #[error("`{found}` is not allowed in a name: {allowed}")]
    Character { found: String, allowed: &'static str },
    #[error("`{text}` is not a commit: 40 or 64 hexadecimal digits")]
    Commit { text: String },
    #[error("`{text}` is not a number of a deployment, such as #42")]
    Number { text: String },
    #[error("`{text}` is not a name that git allows for a ref")]
    Ref { text: String },
    #[error("`{text}` is not a repository on GitHub: its owner, a slash and its name")]
    Repository { text: String },
}

/// A name is at most this long, in characters, so that it fits a button, a branch and a file name.
pub const NAME_LENGTH_MAX: usize = 64;

const NAME_ALLOWED: &str =
    "lower-case letters, digits, `-`, `_` and `.`, beginning with a letter or a digit";

fn check_name(text: &str) -> Result<(), NameError> {
    let Some(first) = text.chars().next() else { return Err(NameError::Empty) };
    let length = text.chars().count();
    if length > NAME_LENGTH_MAX {
        return Err(NameError::TooLong { length, most: NAME_LENGTH_MAX });
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let wrong = if plain(first) {
        text.chars().find(|c| !(plain(*c) || matches!(c, '-' | '_' | '.')))
    } else {
        Some(first)
    };
    match wrong {
        Some(c) => {
            Err(NameError::Character { found: c.escape_debug().to_string(), allowed: NAME_ALLOWED })
        }
        // `..` in a name would climb out of a folder that is named after it.
        None if text.contains("..") => {
            Err(NameError::Character { found: "..".into(), allowed: NAME_ALLOWED })
        }
        None => Ok(()),
    }
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                $check(&text)?;
                Ok(Self(text))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}
mod check;
pub mod secret;

text_type!(
    /// Something that can be deployed.
    ServiceName,
    check_name
);
text_type!(
    /// Where a service runs.
    EnvironmentName,
    check_name
);
text_type!(
    /// A key of people.toml: one human, on any platform.
    PersonName,
    check_name
);
text_type!(
    /// What people.toml gives a person and a policy asks for.
    RoleName,
    check_name
);
text_type!(
    /// A logical channel of the configuration: a place on each platform.
    ChannelName,
    check_name
);
text_type!(
    /// The name of a command: the stem of its file in `commands/`.
    CommandName,
    check_name
);
text_type!(
    /// A parameter that a pipeline declares.
    ParameterName,
    check_name
);
text_type!(
    /// A ref as somebody typed it: branch, tag or commit, in the characters that git allows.
    RefName,
    check_ref
);
text_type!(
    /// A full commit id: 40 or 64 hexadecimal digits in lower case.
    CommitSha,
    check_commit
);
text_type!(
    /// A repository on GitHub: its owner and its name, such as `acme/api`.
    RepositoryName,
    check_repository
);
text_type!(
    /// Something of which there is news, by what its server calls it, such as `build/acme/api/7`.
    NewsId,
    check_news
);
text_type!(
    /// The stable key under which a backend is asked to run something at most once.
    OpKey,
    check_name
);
text_type!(
    /// What a backend calls a run.
    RunRef,
    check_name
);

impl CommitSha {
    /// Returns the first seven digits, as people quote a commit.
    pub fn short(&self) -> &str {
        &self.0[..7]
    }
}

impl RefName {
    /// Tells whether this can only be meant as a whole commit id.
    pub fn as_commit(&self) -> Option<CommitSha> {
        CommitSha::new(self.0.to_ascii_lowercase()).ok()
    }
}

/// The number of a deployment, from 1; people write `#42`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeploymentId(pub u64);

impl fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl FromStr for DeploymentId {
    type Err = NameError;
    /// Reads `#42` or `42`, up to what an SQLite integer holds.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        let wrong = || NameError::Number { text: text.chars().take(40).collect() };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        match digits.parse::<u64>() {
            Ok(number) if number >= 1 && i64::try_from(number).is_ok() => Ok(Self(number)),
            Ok(_) | Err(_) => Err(wrong()),
        }
    }
}

/// Which chat something came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    Console,
    Slack,
    Discord,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Console => "console",
            Self::Slack => "slack",
            Self::Discord => "discord",
        })
    }
}

/// An account on a platform. It is compared whole: the same user id elsewhere is somebody else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Account {
    pub platform: Platform,
    /// The workspace or guild id; `local` on the console.
    pub workspace: String,
    /// The platform's id of the user, never a name that its owner can choose.
    pub user: String,
}

impl Account {
    /// Returns the account as it stands in people.toml below its platform.
    pub fn entry(&self) -> String {
        match self.platform {
            Platform::Console => self.user.clone(),
            Platform::Slack | Platform::Discord => format!("{}/{}", self.workspace, self.user),
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.platform, self.workspace, self.user)
    }
}

/// A conversation on a platform, in the platform's own ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    pub platform: Platform,
    pub channel: String,
    /// The thread of the channel, where a platform takes one for a conversation of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
}

impl Place {
    pub fn in_channel(platform: Platform, channel: impl Into<String>) -> Self {
        Self { platform, channel: channel.into(), thread: None }
    }

    /// Returns the channel that this is, or is a thread of.
    #[must_use]
    pub fn whole(&self) -> Self {
        Self::in_channel(self.platform, self.channel.as_str())
    }

    /// Returns where something is written that goes here: the thread in a thread, else the channel.
    pub fn conversation(&self) -> &str {
        self.thread.as_deref().unwrap_or(&self.channel)
    }
}

/// One message of ours in a place, in the platform's own ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageRef {
    pub place: Place,
    pub message: String,
}

/// A SHA-256 digest; written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Returns the first ten digits, enough to compare by eye.
    pub fn short(&self) -> String {
        hex(&self.0[..5])
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.short())
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        hex(&digest.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let bytes = unhex(&text).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| format!("`{text}` is not a SHA-256 digest in hexadecimal"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_takes_only_what_fits_a_path_and_a_button() {
        assert!(ServiceName::new("api-2.eu_west").is_ok());
        for wrong in ["", "Api", "-api", "a/b", "a..b", "ap\u{456}", "a b", "a\u{200b}b", ".a"] {
            assert!(ServiceName::new(wrong).is_err(), "{wrong:?}");
        }
        assert!(ServiceName::new("a".repeat(64)).is_ok());
        assert!(ServiceName::new("a".repeat(65)).is_err());
    }

    #[test]
    fn a_ref_is_what_git_allows_and_never_an_option() {
        for right in ["main", "release/1.2", "v1.4.2", "feature-x", "zzz\";echo${IFS}\"hello\";#"] {
            assert!(RefName::new(right).is_ok(), "{right:?}");
        }
        for wrong in ["-f", "a b", "a..b", "a\nb", "x.lock", "a//b", "/a", "a^", "@{u}", "a:b", "@"]
        {
            assert!(RefName::new(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_number_is_read_with_and_without_its_sign() {
        assert_eq!("#42".parse(), Ok(DeploymentId(42)));
        assert_eq!("42".parse(), Ok(DeploymentId(42)));
        for wrong in ["#", "#0", "0", "#-1", "+1", "#9223372036854775808", "#1a", "##1"] {
            assert!(wrong.parse::<DeploymentId>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn hexadecimal_goes_there_and_back() {
        assert_eq!(unhex(&hex(&[0, 1, 254, 255])), Some(vec![0, 1, 254, 255]));
        assert_eq!(unhex("0"), None);
        assert_eq!(unhex("zz"), None);
        assert_eq!(unhex("é0"), None);
    }
}
