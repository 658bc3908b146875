//! Secrets: from the environment or from a file that it names, and from nowhere else. They never show themselves.

use std::ffi::OsString;
use std::path::PathBuf;

use wilco_core::ids::secret::SecretName;

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
    Missing { name: String, what: &'static str },
    #[error("both {name} and {name}_FILE are set: unset one of them")]
    Twice { name: String },
    #[error("{name} is empty or not text: put {what} there")]
    Empty { name: String, what: &'static str },
    #[error("cannot read {}, which {name}_FILE names: {reason}", file.display())]
    File { name: String, file: PathBuf, reason: String },
}

/// A secret that wilco may need.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub name: &'a str,
    /// What it is and where one finds it.
    pub what: &'static str,
}

pub const SLACK_BOT_TOKEN: Wanted<'static> = Wanted {
    name: "WILCO_SLACK_BOT_TOKEN",
    what: "the token that begins with xoxb- from \"OAuth & Permissions\" of the Slack app",
};

pub const SLACK_APP_TOKEN: Wanted<'static> = Wanted {
    name: "WILCO_SLACK_APP_TOKEN",
    what: "an app-level token that begins with xapp- and has connections:write, from \"Basic \
           Information\" of the Slack app",
};

pub const SLACK_SIGNING_SECRET: Wanted<'static> = Wanted {
    name: "WILCO_SLACK_SIGNING_SECRET",
    what: "the signing secret from \"Basic Information\" of the Slack app",
};

pub const DISCORD_TOKEN: Wanted<'static> = Wanted {
    name: "WILCO_DISCORD_TOKEN",
    what: "the token of the bot from \"Bot\" of the application in Discord's developer portal",
};

pub const GITHUB_TOKEN: Wanted<'static> = Wanted {
    name: "WILCO_GITHUB_TOKEN",
    what: "a fine-grained token of GitHub for your repositories, with \"Contents\" and \"Actions\" to read \
           and write",
};

pub const GITHUB_APP_KEY: Wanted<'static> = Wanted {
    name: "WILCO_GITHUB_APP_KEY",
    what: "the private key from \"Private keys\" of the GitHub App",
};

pub const GITHUB_WEBHOOK_SECRET: Wanted<'static> = Wanted {
    name: "WILCO_GITHUB_WEBHOOK_SECRET",
    what: "the secret of the webhook, as it was typed into \"Secret\" of the webhook on GitHub",
};

pub const WEBHOOK_SECRET: Wanted<'static> = Wanted {
    name: "WILCO_WEBHOOK_SECRET",
    what: "the secret that wilco and the pipeline behind the webhook share, such as what `openssl rand -hex \
           32` prints",
};

/// Every name that may hold a secret, so that none is ever handed to a child.
pub const ALL: [Wanted<'static>; 8] = [
    SLACK_BOT_TOKEN,
    SLACK_APP_TOKEN,
    SLACK_SIGNING_SECRET,
    DISCORD_TOKEN,
    GITHUB_TOKEN,
    GITHUB_APP_KEY,
    GITHUB_WEBHOOK_SECRET,
    WEBHOOK_SECRET,
];

/// Reads a secret from the environment.
pub fn read(wanted: Wanted<'_>) -> Result<Secret, SecretError> {
    let file = format!("{}_FILE", wanted.name);
    from(wanted, std::env::var_os(wanted.name), std::env::var_os(file))
}

/// Reads a secret that need not be there.
pub fn read_if_any(wanted: Wanted<'_>) -> Result<Option<Secret>, SecretError> {
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

/// Reads the secret of webhooks, or the one of those that name theirs.
pub fn read_webhook(name: Option<&SecretName>) -> Result<Secret, SecretError> {
    let Some(name) = name else { return read(WEBHOOK_SECRET) };
    let ending = name.as_str().to_ascii_uppercase().replace(['-', '.'], "_");
    let Wanted { name, what } = WEBHOOK_SECRET;
    read(Wanted { name: &format!("{name}_{ending}"), what })
}

fn from(
    Wanted { name, what }: Wanted<'_>,
    value: Option<OsString>,
    file: Option<OsString>,
) -> Result<Secret, SecretError> {
    let name = name.to_owned();
    let text = match (value, file) {
        (None, None) => return Err(SecretError::Missing { name, what }),
        (Some(_), Some(_)) => return Err(SecretError::Twice { name }),
        (Some(value), None) => {
            value.into_string().map_err(|_| SecretError::Empty { name: name.clone(), what })?
        }
        (None, Some(file)) => {
            let file = PathBuf::from(file);
            std::fs::read_to_string(&file).map_err(|error| SecretError::File {
                name: name.clone(),
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

    const WANTED: Wanted<'static> = Wanted { name: "WILCO_CANARY", what: "a canary" };

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
        let (name, what) = (|| WANTED.name.to_owned(), WANTED.what);
        assert_eq!(read(None, None), Err(SecretError::Missing { name: name(), what }));
        assert_eq!(read(Some("a"), file.to_str()), Err(SecretError::Twice { name: name() }));
        assert_eq!(read(Some(" "), None), Err(SecretError::Empty { name: name(), what }));
        assert!(matches!(read(None, Some("/nowhere/at/all")), Err(SecretError::File { .. })));
    }
}
