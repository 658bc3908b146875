//! What lies between two commits.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answer::{Answer, Asked, Call, Refusal};
use super::history::{Commit, File};
use super::state::Repository;

/// Source: "Compare two commits": without pages these many, the last being the most recent.
const COMMITS_MAX: usize = 250;
const FILES_MAX: usize = 300;

impl Repository {
    pub fn compare(&self, call: &Call) -> Answer {
        let (base, head) =
            call.part("basehead").split_once("...").ok_or_else(Refusal::not_found)?;
        let found = (self.find(base), self.find(head));
        let (Some(base), Some(head)) = found else { return Err(Refusal::not_found()) };
        let (before, after) = (self.ancestors(&base.sha), self.ancestors(&head.sha));
        let common = self.in_order(before.intersection(&after).cloned());
        let none = || {
            let what = format!("No common ancestor between {} and {}.", base.sha, head.sha);
            Refusal::new(404, &what)
        };
        let merge_base = *common.last().ok_or_else(none)?;
        let ahead = self.in_order(after.difference(&before).cloned());
        let behind = before.difference(&after).count();
        let status = match (ahead.len(), behind) {
            (0, 0) => "identical",
            (_, 0) => "ahead",
            (0, _) => "behind",
            _ => "diverged",
        };
        let page = call.page();
        let commits = match page.is_asked {
            Asked::Yes => page.of(&ahead),
            Asked::No => &ahead[ahead.len().saturating_sub(COMMITS_MAX)..],
        };
        let between = format!("/compare/{}...{}", base.sha, head.sha);
        let mut shown = json!({
            "url": self.api(&between),
            "html_url": self.page(&between),
            "permalink_url": self.page(&between),
            "diff_url": self.page(&format!("{between}.diff")),
            "patch_url": self.page(&format!("{between}.patch")),
            "base_commit": self.show(base),
            "merge_base_commit": self.show(merge_base),
            "status": status,
            "ahead_by": ahead.len(),
            "behind_by": behind,
            "total_commits": ahead.len(),
            "commits": commits.iter().map(|commit| self.show(commit)).collect::<Vec<_>>(),
        });
        // Only the first page has the files.
        if page.number == 1 {
            shown["files"] = self.files_of(&ahead, &head.sha).into();
        }
        let all = if page.is_asked == Asked::Yes { ahead.len() } else { 1 };
        Ok(page.reply(shown, all))
    }

    /// What became of every file that these commits touched.
    fn files_of(&self, commits: &[&Commit], sha: &str) -> Vec<Value> {
        let mut files: BTreeMap<&str, File> = BTreeMap::new();
        for file in commits.iter().flat_map(|commit| &commit.change.files) {
            let was_added = files.get(file.name.as_str()).is_some_and(|one| one.status == "added");
            let mut file_now = file.clone();
            if was_added && file.status == "modified" {
                file_now.status = "added";
            }
            files.insert(&file.name, file_now);
        }
        files.values().take(FILES_MAX).map(|file| self.show_file(file, sha)).collect()
    }
}
