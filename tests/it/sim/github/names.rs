//! Commits, branches and refs over REST.

use serde_json::{Value, json};

use super::answer::{Answer, Call, Refusal, Reply};
use super::clock::Moment;
use super::history::Commit;
use super::news::News;
use super::state::{Repository, TagObject};

impl Repository {
    pub fn get_commit(&self, call: &Call) -> Answer {
        let commit = self.commit_for(call.part("ref"))?;
        let mut shown = self.show(commit);
        let files: Vec<_> =
            commit.change.files.iter().map(|file| self.show_file(file, &commit.sha)).collect();
        let sum = |what: &str| files.iter().filter_map(|file| file[what].as_u64()).sum::<u64>();
        shown["stats"] = json!({
            "additions": sum("additions"), "deletions": sum("deletions"), "total": sum("changes"),
        });
        shown["files"] = files.into();
        Ok(Reply::Body(shown))
    }

    pub fn list_commits(&self, call: &Call) -> Answer {
        let from = call.asked("sha").unwrap_or(&self.default_branch);
        let head = self.find(from).ok_or_else(Refusal::not_found)?;
        let before = self.in_order(self.ancestors(&head.sha));
        let shown: Vec<_> = before.into_iter().rev().map(|commit| self.show(commit)).collect();
        Ok(call.page().bare(&shown))
    }

    pub fn list_branches(&self, call: &Call) -> Reply {
        let branches = self.refs.iter().filter_map(|(name, sha)| {
            Some(self.show_branch(name.strip_prefix("refs/heads/")?, sha))
        });
        call.page().bare(&branches.collect::<Vec<_>>())
    }

    /// A branch as it stands in lists.
    pub fn show_branch(&self, name: &str, sha: &str) -> Value {
        json!({
            "name": name,
            "commit": { "sha": sha, "url": self.api(&format!("/commits/{sha}")) },
            "protected": name == self.default_branch,
        })
    }

    pub fn get_branch(&self, call: &Call) -> Answer {
        let name = call.part("branch");
        let sha = self.refs.get(&format!("refs/heads/{name}"));
        let commit = sha.and_then(|sha| self.commits.get(sha));
        let commit = commit.ok_or_else(|| Refusal::new(404, "Branch not found"))?;
        let url = self.api(&format!("/branches/{name}"));
        Ok(Reply::Body(json!({
            "name": name,
            "commit": self.show(commit),
            "_links": { "self": url, "html": self.page(&format!("/tree/{name}")) },
            "protected": name == self.default_branch,
            "protection": { "enabled": name == self.default_branch },
            "protection_url": format!("{url}/protection"),
        })))
    }

    /// Source: "Get repository content".
    pub fn get_content(&self, call: &Call) -> Answer {
        let from = call.asked("ref").unwrap_or(&self.default_branch);
        let none = || Refusal::new(404, &format!("No commit found for the ref {from}"));
        let commit = self.find(from).ok_or_else(none)?;
        let path = call.part("path");
        let text = self.file(commit, path).ok_or_else(Refusal::not_found)?;
        if call.accept.contains("raw") {
            return Ok(Reply::Raw(text));
        }
        let sha = super::history::hash(&text);
        Ok(Reply::Body(json!({
            "type": "file",
            "encoding": "base64",
            "size": text.len(),
            "name": path.rsplit('/').next(),
            "path": path,
            "content": in_lines(&base64(text.as_bytes())),
            "sha": sha,
            "url": self.api(&format!("/contents/{path}?ref={from}")),
            "git_url": self.api(&format!("/git/blobs/{sha}")),
            "html_url": self.page(&format!("/blob/{from}/{path}")),
            "download_url": null,
        })))
    }

    pub fn get_ref(&self, call: &Call) -> Answer {
        let name = format!("refs/{}", call.part("ref"));
        let value = self.refs.get(&name).ok_or_else(Refusal::not_found)?;
        Ok(Reply::Body(self.show_ref(&name, value)))
    }

    pub fn matching_refs(&self, call: &Call) -> Reply {
        let begin = format!("refs/{}", call.part("ref"));
        let alike = self.refs.iter().filter(|(name, _)| name.starts_with(&begin));
        Reply::Body(alike.map(|(name, value)| self.show_ref(name, value)).collect())
    }

    fn show_ref(&self, name: &str, value: &str) -> Value {
        let is_tag = self.tag_objects.contains_key(value);
        let (kind, place) = if is_tag { ("tag", "tags") } else { ("commit", "commits") };
        json!({
            "ref": name,
            "node_id": format!("REF_{name}"),
            "url": self.api(&format!("/git/{name}")),
            "object": {
                "type": kind, "sha": value, "url": self.api(&format!("/git/{place}/{value}")),
            },
        })
    }

    pub fn create_ref(&mut self, call: &Call) -> Answer {
        call.only(&["ref", "sha"])?;
        let (name, sha) = (call.needed_text("ref")?, call.needed_text("sha")?);
        let is_full = sha.len() == 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_full {
            return Err(Refusal::unprocessable(
                "The sha parameter must be exactly 40 characters and contain only [0-9a-f].",
            ));
        }
        if !is_ref_name(name) {
            return Err(Refusal::unprocessable(&format!("{name} is not a valid ref name.")));
        }
        self.make_ref(name, sha)?;
        Ok(Reply::Created(self.show_ref(name, sha)))
    }

    /// What becomes of a ref that wilco or a run makes; neither has the permission for workflows.
    pub fn make_ref(&mut self, name: &str, sha: &str) -> Result<(), Refusal> {
        if self.refs.contains_key(name) {
            return Err(Refusal::unprocessable("Reference already exists"));
        }
        if !self.commits.contains_key(sha) && !self.tag_objects.contains_key(sha) {
            return Err(Refusal::unprocessable("Object does not exist"));
        }
        if self.brings_workflows(self.peeled(sha)) {
            return Err(Refusal::new(403, "Resource not accessible by integration"));
        }
        self.refs.insert(name.to_owned(), sha.to_owned());
        Ok(())
    }

    /// Source: "Create a tag object": no ref leads to it so far.
    pub fn create_tag(&mut self, call: &Call) -> Answer {
        call.only(&["tag", "message", "object", "type", "tagger"])?;
        let (tag, message) = (call.needed_text("tag")?, call.needed_text("message")?);
        let (object, kind) = (call.needed_text("object")?, call.needed_text("type")?);
        if kind != "commit" || !self.commits.contains_key(object) {
            return Err(Refusal::unprocessable("Object does not exist"));
        }
        let (tag, message, object) = (tag.to_owned(), message.to_owned(), object.to_owned());
        let sha = self.add_tag(TagObject { tag, message, object });
        Ok(Reply::Created(self.show_tag(&sha, &self.tag_objects[&sha])))
    }

    pub fn get_tag(&self, call: &Call) -> Answer {
        let sha = call.part("tag_sha");
        let tag = self.tag_objects.get(sha).ok_or_else(Refusal::not_found)?;
        Ok(Reply::Body(self.show_tag(sha, tag)))
    }

    fn show_tag(&self, sha: &str, tag: &TagObject) -> Value {
        let TagObject { tag, message, object } = tag;
        let to = self.api(&format!("/git/commits/{object}"));
        json!({
            "node_id": format!("TA_{sha}"),
            "tag": tag,
            "sha": sha,
            "url": self.api(&format!("/git/tags/{sha}")),
            "message": message,
            "object": { "type": "commit", "sha": object, "url": to },
        })
    }

    pub fn delete_ref(&mut self, call: &Call) -> Answer {
        let removed = self.refs.remove(&format!("refs/{}", call.part("ref")));
        let none = || Refusal::unprocessable("Reference does not exist");
        removed.map(|_| Reply::Empty).ok_or_else(none)
    }

    /// Lets a branch stand for another commit, with whatever listens told of the push.
    pub fn push(&mut self, branch: &str, sha: &str, login: &str, now: Moment) {
        self.pushed = Some(now);
        let name = format!("refs/heads/{branch}");
        let before = self.refs.insert(name.clone(), sha.to_owned());
        let zero = "0".repeat(40);
        let before = before.unwrap_or_else(|| zero.clone());
        let old = self.ancestors(&before);
        let new = self.ancestors(sha).into_iter().filter(|sha| !old.contains(sha));
        let new = self.in_order(new);
        let commits: Vec<_> = new.iter().map(|commit| self.show_pushed(commit)).collect();
        let is_forced = before != zero && !self.ancestors(sha).contains(&before);
        let body = json!({
            "ref": name,
            "before": before,
            "after": sha,
            "created": before == zero,
            "deleted": false,
            "forced": is_forced,
            "base_ref": null,
            "compare": self.page(&format!("/compare/{}...{}", &before[..12], &sha[..12])),
            "commits": commits,
            "head_commit": commits.last(),
            "pusher": { "name": login, "email": format!("{login}@example.com") },
        });
        let news = News::new("push", None, body, self, login);
        self.news.push(news);
    }

    /// A commit as a push tells of it.
    fn show_pushed(&self, commit: &Commit) -> Value {
        let shown = self.show(commit);
        let mut by = shown["commit"]["author"].clone();
        if let Some(login) = &commit.change.login {
            by["username"] = login.as_str().into();
        }
        let touched = |status: &str| {
            let files = commit.change.files.iter().filter(|file| file.status == status);
            files.map(|file| file.name.as_str()).collect::<Vec<_>>()
        };
        json!({
            "id": commit.sha,
            "tree_id": shown["commit"]["tree"]["sha"],
            "distinct": true,
            "message": commit.change.message,
            "timestamp": shown["commit"]["author"]["date"],
            "url": shown["html_url"],
            "author": by,
            "committer": by,
            "added": touched("added"),
            "removed": touched("removed"),
            "modified": touched("modified"),
        })
    }
}

/// `refs/heads/main`; git refuses what has blanks, dots in a row and the like.
fn is_ref_name(name: &str) -> bool {
    let has_shape = name.starts_with("refs/") && name.matches('/').count() >= 2;
    let is_strange = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    let steps_are_good = name.split('/').all(|step| {
        !step.is_empty() && !step.starts_with('.') && step.strip_suffix(".lock").is_none()
    });
    has_shape && steps_are_good && !name.contains("..") && !name.contains(is_strange)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = (0..3).fold(0_usize, |number, at| {
            (number << 8) | usize::from(three.get(at).copied().unwrap_or(0))
        });
        for digit in 0..4 {
            let value = (number >> (18 - 6 * digit)) & 63;
            text.push(if digit <= three.len() { char::from(DIGITS[value]) } else { '=' });
        }
    }
    text
}

/// GitHub breaks what it encodes after 60 characters.
fn in_lines(text: &str) -> String {
    let lines: Vec<_> = text.as_bytes().chunks(60).map(String::from_utf8_lossy).collect();
    lines.join("\n") + "\n"
}
