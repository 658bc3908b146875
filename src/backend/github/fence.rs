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
use wilco_core::time::Timestamp;

use super::actions::{Workflow, began};
use super::api::ApiError;
use super::paths::reference;
use super::shapes::{Named, Reference, Tag};
use crate::backend::BackendError;

/// What claims a key.
const CLAIM: &str = "wilco/op/";

/// Whose a key is, for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// This run's alone, which has this commit, and began then if GitHub shows it.
    Run { run: RunRef, commit: CommitSha, began: Option<Timestamp> },
    /// No run's.
    Nobody,
}

/// Reads what the first step of the workflow says: `run RUN commit COMMIT`.
fn said(message: &str) -> Option<(RunRef, CommitSha)> {
    let words: Vec<&str> = message.split_whitespace().collect();
    let ["run", run, "commit", commit] = words[..] else { return None };
    let run = RunRef::new(run.parse::<u64>().ok()?.to_string()).ok()?;
    Some((run, CommitSha::new(commit).ok()?))
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
        let tag: Tag = match self.api.get(self.call("look whose a key is", path)).await {
            Ok(tag) => tag,
            // Made a moment ago, it may not be shown everywhere so far.
            Err(error) if error.is_absent() => return Err(unseen()),
            Err(error) => return Err(error.into()),
        };
        let Some((run, commit)) = said(&tag.message) else { return Ok(Some(Claim::Nobody)) };
        // Whoever may write to the repository may make such a ref: what it names must be a run of this workflow's.
        let began = match self.state(&run).await? {
            Some(found) if !self.is_ours(&found, op_key) => return Ok(Some(Claim::Nobody)),
            Some(found) => began(&found),
            None => None,
        };
        Ok(Some(Claim::Run { run, commit, began }))
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
                self.claim(op_key).await?.ok_or_else(unseen)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn unseen() -> BackendError {
    BackendError::Unavailable("a key is taken, and GitHub does not say whose it is so far".into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn a_key_is_a_runs_only_where_the_tag_says_which_one_and_for_which_commit() {
        let ours = Some((RunRef::new("42").unwrap(), CommitSha::new(COMMIT).unwrap()));
        for said in [format!("run 42 commit {COMMIT}"), format!("run 42\ncommit {COMMIT}\n")] {
            assert_eq!(super::said(&said), ours, "{said}");
        }
        for said in [
            String::new(),
            "Nothing runs under this key any more.".to_owned(),
            format!("run 42/cancel commit {COMMIT}"),
            format!("run -1 commit {COMMIT}"),
            "run 42 commit main".to_owned(),
            format!("run 42 commit {COMMIT} and more"),
        ] {
            assert_eq!(super::said(&said), None, "{said}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_tag_says_is_read(said in any::<String>()) {
            prop_assert_eq!(super::said(&said), None);
        }
    }
}
