//! What a name stands for in a repository on GitHub. Wherever GitHub takes a name for a ref, it guesses as git does: a
//! tag goes before a branch of that name, and `tags/v1` may be a branch. So a ref is asked for by its whole name,
//! and from there on its commit.

use wilco_core::ids::RefName;

use super::api::ApiError;
use super::paths::reference;
use super::shapes::{Commit, Object, Reference, Release, Repository};
use super::versions::There;
use crate::backend::BackendError;
use crate::plain::plain;

/// GitHub wants four digits of a commit; so few are too easily somebody else's.
const DIGITS_MIN: usize = 7;
/// What people call the newest release.
const LATEST: &str = "latest";
/// Where git keeps each kind of name, below `refs/`.
const TAG: &str = "tags";
pub const BRANCH: &str = "heads";

impl There<'_> {
    pub async fn default_branch(&self) -> Result<String, BackendError> {
        let found = self.api.get::<Repository>(self.call("look at a repository", String::new()));
        match found.await {
            Ok(found) => Ok(found.default_branch),
            Err(error) if error.is_absent() => Err(BackendError::Refused(format!(
                "there is no repository {} on GitHub that wilco may see; let its token, or its app, into \
                 that repository",
                self.repository
            ))),
            Err(error) => Err(error.into()),
        }
    }

    pub async fn newest_of_default(&self) -> Result<(Commit, Option<String>), BackendError> {
        let branch = self.default_branch().await?;
        match self.at_ref(BRANCH, &branch).await? {
            Some(commit) => Ok((commit, Some(branch))),
            None => {
                let reason = format!("{} has no commit on `{}`", self.repository, plain(&branch));
                Err(BackendError::Refused(reason))
            }
        }
    }

    /// A name that means two commits is not guessed; what is neither a tag nor a branch may be a commit.
    pub async fn named(&self, said: &RefName) -> Result<(Commit, Option<String>), BackendError> {
        if said.as_str() == LATEST
            && let Some(tag) = self.latest().await?
        {
            return match self.at_ref(TAG, &tag).await? {
                Some(commit) => Ok((commit, Some(plain(&tag)))),
                None => self.nothing_called("tag", &tag).await,
            };
        }
        let name = said.as_str();
        if said.as_commit().is_none() {
            match (self.at_ref(TAG, name).await?, self.at_ref(BRANCH, name).await?) {
                (Some(tag), Some(branch)) if tag.sha != branch.sha => {
                    return Err(ambiguous(name, &tag, &branch));
                }
                (Some(commit), _) | (None, Some(commit)) => {
                    return Ok((commit, Some(plain(name))));
                }
                (None, None) => {}
            }
        }
        let digits = name.to_ascii_lowercase();
        let may_be = digits.len() >= DIGITS_MIN && digits.bytes().all(|b| b.is_ascii_hexdigit());
        if may_be
            && let Some(commit) = self.commit(&digits).await?.filter(|c| c.sha.starts_with(&digits))
        {
            return Ok((commit, None));
        }
        self.nothing_called("tag, branch or commit", name).await
    }

    /// Whoever may not see the repository is told that, and not that a name is wrong.
    async fn nothing_called<T>(&self, what: &str, name: &str) -> Result<T, BackendError> {
        self.default_branch().await?;
        let (name, repository) = (plain(name), self.repository);
        Err(BackendError::Refused(format!("there is no {what} `{name}` in {repository}")))
    }

    async fn latest(&self) -> Result<Option<String>, BackendError> {
        let call = self.call("look for the newest release", "/releases/latest".into());
        match self.api.get::<Release>(call).await {
            Ok(release) => Ok(Some(release.tag_name)),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the commit of exactly this ref.
    async fn at_ref(&self, kind: &str, name: &str) -> Result<Option<Commit>, BackendError> {
        match self.full_ref(kind, name).await? {
            None => Ok(None),
            // An object of its own stands between a tag and its commit. There is such a tag, so it is what is found.
            Some(object) if object.kind == "tag" => self.commit(&format!("{kind}/{name}")).await,
            Some(object) => self.commit(&object.sha).await,
        }
    }

    pub async fn full_ref(&self, kind: &str, name: &str) -> Result<Option<Object>, BackendError> {
        let path = format!("/git/ref/{kind}/{}", reference(name));
        let found = self.api.get::<Reference>(self.call("look for a branch or a tag", path)).await;
        Ok(if_any(found)?.map(|found| found.object))
    }

    pub async fn commit(&self, name: &str) -> Result<Option<Commit>, BackendError> {
        let call = self.call("look at a commit", format!("/commits/{}", reference(name)));
        if_any(self.api.get::<Commit>(call).await)
    }
}

/// `None` for what is not there: 422 for what is no commit, 409 for a repository without any.
fn if_any<T>(found: Result<T, ApiError>) -> Result<Option<T>, BackendError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_absent() || matches!(error.status(), Some(409 | 422)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn ambiguous(name: &str, tag: &Commit, branch: &Commit) -> BackendError {
    BackendError::Refused(format!(
        "`{}` is ambiguous: the tag is {}, the branch is {}; say the full commit id",
        plain(name),
        plain(&tag.sha),
        plain(&branch.sha)
    ))
}
