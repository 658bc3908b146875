//! People, apps and repositories as they stand inside other things.

use serde_json::{Value, json};

use super::clock::written;
use super::state::Repository;

/// The same number for the same name.
pub fn number(name: &str) -> u64 {
    name.bytes().fold(17, |number, byte| (number * 31 + u64::from(byte)) % 100_000_007)
}

/// A person, or a bot where the name ends with `[bot]`.
pub fn person(login: &str, base: &str) -> Value {
    let api = format!("{base}/users/{login}");
    json!({
        "login": login,
        "id": number(login),
        "node_id": format!("U_{}", number(login)),
        "avatar_url": format!("{base}/avatars/u/{}?v=4", number(login)),
        "gravatar_id": "",
        "url": api,
        "html_url": format!("{base}/{login}"),
        "followers_url": format!("{api}/followers"),
        "following_url": format!("{api}/following{{/other_user}}"),
        "gists_url": format!("{api}/gists{{/gist_id}}"),
        "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{api}/subscriptions"),
        "organizations_url": format!("{api}/orgs"),
        "repos_url": format!("{api}/repos"),
        "events_url": format!("{api}/events{{/privacy}}"),
        "received_events_url": format!("{api}/received_events"),
        "type": if login.ends_with("[bot]") { "Bot" } else { "User" },
        "site_admin": false,
    })
}

/// The app that runs workflows.
pub fn actions_app(base: &str) -> Value {
    json!({
        "id": 15_368,
        "slug": "github-actions",
        "node_id": "MDM6QXBwMTUzNjg=",
        "owner": person("github", base),
        "name": "GitHub Actions",
        "description": "Automate your workflow from idea to production",
        "external_url": "https://help.github.com/en/actions",
        "html_url": "https://github.com/apps/github-actions",
        "created_at": "2018-07-30T09:30:17Z",
        "updated_at": "2024-04-10T20:33:16Z",
        "permissions": { "actions": "write", "checks": "write", "deployments": "write" },
        "events": ["push", "workflow_dispatch"],
    })
}

impl Repository {
    pub fn owner(&self) -> &str {
        self.name.split_once('/').map_or("", |(owner, _)| owner)
    }

    /// The repository as it stands inside a run.
    pub fn minimal(&self) -> Value {
        let name = self.name.split_once('/').map_or("", |(_, name)| name);
        let mut owner = person(self.owner(), &self.base);
        owner["type"] = "Organization".into();
        json!({
            "id": self.id,
            "node_id": format!("R_{}", self.id),
            "name": name,
            "full_name": self.name,
            "private": true,
            "owner": owner,
            "html_url": self.page(""),
            "description": null,
            "fork": false,
            "url": self.api(""),
            "branches_url": self.api("/branches{/branch}"),
            "commits_url": self.api("/commits{/sha}"),
            "compare_url": self.api("/compare/{base}...{head}"),
            "deployments_url": self.api("/deployments"),
            "git_refs_url": self.api("/git/refs{/sha}"),
            "releases_url": self.api("/releases{/id}"),
            "statuses_url": self.api("/statuses/{sha}"),
        })
    }

    /// The repository by itself.
    pub fn full(&self) -> Value {
        let mut shown = self.minimal();
        shown["default_branch"] = self.default_branch.clone().into();
        shown["visibility"] = "private".into();
        shown["archived"] = false.into();
        shown["disabled"] = false.into();
        shown["clone_url"] = self.page(".git").into();
        shown["created_at"] = "2024-01-01T00:00:00Z".into();
        shown["updated_at"] = "2024-01-01T00:00:00Z".into();
        let pushed = self.pushed.map(written);
        shown["pushed_at"] = pushed.unwrap_or_else(|| "2024-01-01T00:00:00Z".to_owned()).into();
        shown
    }
}
