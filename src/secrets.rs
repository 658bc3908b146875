//! Secrets: from the environment or from a file that it names, and from nowhere else. They never show themselves.

use std::ffi::OsString;
use std::path::PathBuf;

/// A token or the like. It has no `Debug`, so that no log can have it by accident.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Returns what it is, for whoever has to send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Why a secret cannot be had. Each says what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("{name} is not set: put {what} there, or name a file that holds it in {name}_FILE")]
    Missing { name: &'static str, what: &'static str },
    #[error("both {name} and {name}_FILE are set: unset one of them")]
    Twice { name: &'static str },
    #[error("{name} is empty or not text: put {what} there")]
    Empty { name: &'static str, what: &'static str },
    #[error("cannot read {}, which {name}_FILE names: {reason}", file.display())]
    File { name: &'static str, file: PathBuf, reason: String },
}

/// A secret that wilco may need.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub name: &'static str,
    /// What it is and where one finds it.
    pub what: &'static str,
}

pub const SLACK_BOT_TOKEN: Wanted = Wanted {
    name: "WILCO_SLACK_BOT_TOKEN",
    what: "the token that begins with xoxb- from \"OAuth & Permissions\" of the Slack app",
};

pub const SLACK_APP_TOKEN: Wanted = Wanted {
    name: "WILCO_SLACK_APP_TOKEN",
    what: "an app-level token that begins with xapp- and has connections:write, from \"Basic \
           Information\" of the Slack app",
};

pub const SLACK_SIGNING_SECRET: Wanted = Wanted {
    name: "WILCO_SLACK_SIGNING_SECRET",
    what: "the signing secret from \"Basic Information\" of the Slack app",
};

pub const DISCORD_TOKEN: Wanted = Wanted {
    name: "WILCO_DISCORD_TOKEN",
    what: "the token of the bot from \"Bot\" of the application in Discord's developer portal",
};

pub const GITHUB_TOKEN: Wanted = Wanted {
    name: "WILCO_GITHUB_TOKEN",
    what: "a fine-grained token of GitHub for your repositories, with \"Contents\" and \"Actions\" to read \
           and write",
};

pub const GITHUB_APP_KEY: Wanted = Wanted {
    name: "WILCO_GITHUB_APP_KEY",
    what: "the private key from \"Private keys\" of the GitHub App",
};

pub const GITHUB_WEBHOOK_SECRET: Wanted = Wanted {
    name: "WILCO_GITHUB_WEBHOOK_SECRET",
    what: "the secret of the webhook, as it was typed into \"Secret\" of the webhook on GitHub",
};

/// Every name that may hold a secret, so that none is ever handed to a child.
pub const ALL: [Wanted; 7] = [
    SLACK_BOT_TOKEN,
    SLACK_APP_TOKEN,
    SLACK_SIGNING_SECRET,
    DISCORD_TOKEN,
    GITHUB_TOKEN,
    GITHUB_APP_KEY,
    GITHUB_WEBHOOK_SECRET,
];

/// Reads a secret from the environment.
pub fn read(wanted: Wanted) -> Result<Secret, SecretError> {
    let file = format!("{}_FILE", wanted.name);
    from(wanted, std::env::var_os(wanted.name), std::env::var_os(file))
}

/// Reads a secret that need not be there.
pub fn read_if_any(wanted: Wanted) -> Result<Option<Secret>, SecretError> {
    match read(wanted) {
        Ok(secret) => Ok(Some(secret)),
        Err(SecretError::Missing { .. }) => Ok(None),
        Err(
            error @ (SecretError::Twice { .. }
            | SecretError::Empty { .. }
            | SecretError::File { .. }),
        ) => Err(error),
    }
}

fn from(
    Wanted { name, what }: Wanted,
    value: Option<OsString>,
    file: Option<OsString>,
) -> Result<Secret, SecretError> {
    let text = match (value, file) {
        (None, None) => return Err(SecretError::Missing { name, what }),
        (Some(_), Some(_)) => return Err(SecretError::Twice { name }),
        (Some(value), None) => {
            value.into_string().map_err(|_| SecretError::Empty { name, what })?
        }
        (None, Some(file)) => {
            let file = PathBuf::from(file);
            std::fs::read_to_string(&file).map_err(|error| SecretError::File {
                name,
                file,
                reason: error.to_string(),
            })?
        }
    };
    // Editors end a file with a newline, which is no part of a token.
    match text.trim() {
        "" => Err(SecretError::Empty { name, what }),
        text => Ok(Secret(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Wanted = Wanted { name: "WILCO_CANARY", what: "a canary" };

    #[test]
    fn a_secret_comes_from_the_environment_or_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "  canary\n").unwrap();
        let read = |value: Option<&str>, file: Option<&str>| {
            from(WANTED, value.map(Into::into), file.map(Into::into))
                .map(|secret| secret.expose().to_owned())
        };
        assert_eq!(read(Some("canary"), None).as_deref(), Ok("canary"));
        assert_eq!(read(None, file.to_str()).as_deref(), Ok("canary"));
        let (name, what) = (WANTED.name, WANTED.what);
        assert_eq!(read(None, None), Err(SecretError::Missing { name, what }));
        assert_eq!(read(Some("a"), file.to_str()), Err(SecretError::Twice { name }));
        assert_eq!(read(Some(" "), None), Err(SecretError::Empty { name, what }));
        assert!(matches!(read(None, Some("/nowhere/at/all")), Err(SecretError::File { .. })));
    }
}
