//! The fence: whose a key is, of which every start of a deployment has one.
//!
//! GitHub itself keeps nobody from starting a workflow twice. So the workflow's first step claims the key by making
//! `refs/wilco/op/KEY` in the repository, which only one can. The ref leads to a tag object whose message says
//! which run made it, and which commit that run really has. Where wilco made it itself, the message names no run:
//! nothing will ever run under that key.
//!
//! The tag is one of the default branch's head and not of the commit that is deployed: GitHub refuses a workflow's
//! token a ref to a commit whose own workflow files are others than those there, so nothing that is older than the
//! last change of a workflow could be deployed. <https://github.com/mathieudutour/github-tag-action/issues/138>

use serde_json::json;
use wilco_core::ids::{CommitSha, OpKey, RunRef};

use super::actions::Workflow;
use super::api::ApiError;
use super::paths::reference;
use super::shapes::{Named, Reference, Tag};
use crate::backend::BackendError;

/// What claims a key.
const CLAIM: &str = "wilco/op/";

/// Whose a key is, for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// This run's alone, which has this commit.
    Run { run: RunRef, commit: CommitSha },
    /// No run's.
    Nobody,
}

impl Claim {
    /// Reads what the first step of the workflow says: `run RUN commit COMMIT`.
    fn said(message: &str) -> Self {
        let words: Vec<&str> = message.split_whitespace().collect();
        let ["run", run, "commit", commit] = words[..] else { return Self::Nobody };
        match (run.parse::<u64>().map(|run| RunRef::new(run.to_string())), CommitSha::new(commit)) {
            (Ok(Ok(run)), Ok(commit)) => Self::Run { run, commit },
            _ => Self::Nobody,
        }
    }
}

impl Workflow<'_> {
    /// Returns whose a key is; `None` while whoever comes first may have it.
    pub async fn claim(&self, op_key: &OpKey) -> Result<Option<Claim>, BackendError> {
        let name = format!("{CLAIM}{op_key}");
        let path = format!("/git/matching-refs/{}", reference(&name));
        let found: Vec<Reference> = self.api.get(self.call("look for a key", path)).await?;
        let whole = format!("refs/{name}");
        let Some(found) = found.into_iter().find(|found| found.name == whole) else {
            return Ok(None);
        };
        if found.object.kind != "tag" {
            return Ok(Some(Claim::Nobody));
        }
        let path = format!("/git/tags/{}", found.object.sha);
        let tag: Tag = self.api.get(self.call("look whose a key is", path)).await?;
        Ok(Some(Claim::said(&tag.message)))
    }

    /// Keeps every run from working under a key from now on; returns whose it is, which may be a run's that was
    /// faster.
    pub async fn shut(&self, op_key: &OpKey) -> Result<Claim, BackendError> {
        if let Some(claim) = self.claim(op_key).await? {
            return Ok(claim);
        }
        let head: Named =
            self.api.get(self.call("look at a branch", "/commits/HEAD".into())).await?;
        let body = json!({
            "tag": format!("wilco-{op_key}"),
            "message": "Nothing runs under this key any more.",
            "object": head.sha,
            "type": "commit",
        });
        let made: Option<Named> =
            self.api.post(self.call("make what shuts a key", "/git/tags".into()), body).await?;
        let Some(Named { sha }) = made else {
            return Err(BackendError::Unknown("GitHub made a tag without a word".into()));
        };
        let body = json!({ "ref": format!("refs/{CLAIM}{op_key}"), "sha": sha });
        let call = self.call("claim a key", "/git/refs".into());
        match self.api.post::<serde_json::Value>(call, body).await {
            Ok(_) => Ok(Claim::Nobody),
            Err(ApiError::Refused { status: 422, message, .. })
                if message.contains("already exists") =>
            {
                let unseen = || {
                    BackendError::Unavailable(
                        "a key is taken, and GitHub does not say whose it is so far".into(),
                    )
                };
                self.claim(op_key).await?.ok_or_else(unseen)
            }
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn a_key_is_a_runs_only_where_the_tag_says_which_one_and_for_which_commit() {
        let run = RunRef::new("42").unwrap();
        let ours = Claim::Run { run, commit: CommitSha::new(COMMIT).unwrap() };
        for said in [format!("run 42 commit {COMMIT}"), format!("run 42\ncommit {COMMIT}\n")] {
            assert_eq!(Claim::said(&said), ours, "{said}");
        }
        for said in [
            String::new(),
            "Nothing runs under this key any more.".to_owned(),
            format!("run 42/cancel commit {COMMIT}"),
            format!("run -1 commit {COMMIT}"),
            "run 42 commit main".to_owned(),
            format!("run 42 commit {COMMIT} and more"),
        ] {
            assert_eq!(Claim::said(&said), Claim::Nobody, "{said}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_tag_says_is_read(said in any::<String>()) {
            prop_assert_eq!(Claim::said(&said), Claim::Nobody);
        }
    }
}
