//! Releases.

use serde_json::{Value, json};

use super::answer::{Answer, Call, Refusal, Reply};
use super::clock::{Moment, written, written_if};
use super::person::person;
use super::state::Repository;

/// How far a release is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    Draft,
    Prerelease,
    Published,
}

#[derive(Clone, Debug)]
pub struct Release {
    pub id: u64,
    pub tag: String,
    pub login: String,
    pub stage: Stage,
    pub at: Moment,
}

impl Repository {
    /// The one that was published last; drafts and those before a release do not count.
    pub fn latest_release(&self) -> Answer {
        let published = self.releases.iter().rev().find(|one| one.stage == Stage::Published);
        let release = published.ok_or_else(Refusal::not_found)?;
        Ok(Reply::Body(self.show_release(release)))
    }

    pub fn release_by_tag(&self, call: &Call) -> Answer {
        let is_it = |one: &&Release| one.tag == call.part("tag") && one.stage != Stage::Draft;
        let release = self.releases.iter().find(is_it).ok_or_else(Refusal::not_found)?;
        Ok(Reply::Body(self.show_release(release)))
    }

    pub fn show_release(&self, release: &Release) -> Value {
        let Release { id, tag, .. } = release;
        let is_out = release.stage != Stage::Draft;
        json!({
            "url": self.api(&format!("/releases/{id}")),
            "html_url": self.page(&format!("/releases/tag/{tag}")),
            "assets_url": self.api(&format!("/releases/{id}/assets")),
            "upload_url": self.api(&format!("/releases/{id}/assets{{?name,label}}")),
            "tarball_url": self.api(&format!("/tarball/{tag}")),
            "zipball_url": self.api(&format!("/zipball/{tag}")),
            "id": id,
            "node_id": format!("RE_{id}"),
            "tag_name": tag,
            "target_commitish": self.default_branch,
            "name": tag,
            "body": "",
            "draft": release.stage == Stage::Draft,
            "prerelease": release.stage == Stage::Prerelease,
            "immutable": false,
            "created_at": written(release.at),
            "published_at": written_if(is_out.then_some(release.at)),
            "author": person(&release.login, &self.base),
            "assets": [],
        })
    }
}
