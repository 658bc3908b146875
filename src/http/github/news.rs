//! What GitHub tells of a thing → news of it; what is no news is `None`.

use std::collections::BTreeSet;

use wilco_core::ids::{CommitSha, NewsId, RepositoryName};
use wilco_core::news::{Line, News, NewsEnvironment, NewsKind, NewsState, Rank};
use wilco_core::person::Author;

use super::payload::{
    Commit, Pushed, ReleaseTold, Repository, RunTold, Signature, StatusTold, SuiteTold, time,
};
use crate::plain::{cut, plain};

const TEXT_LENGTH_MAX: usize = 200;
const URL_LENGTH_MAX: usize = 500;
/// As many authors of one push are told.
const AUTHORS_MAX: usize = 50;

/// Suites of this app are the same as its builds.
const ACTIONS: &str = "github-actions";

pub fn build(RunTold { workflow_run: run, repository }: RunTold) -> Option<News> {
    let state = state(run.status.as_deref()?, run.conclusion.as_deref())?;
    let is_own = run.head_repository.is_some_and(|head| head.full_name == repository.full_name);
    // What runs at night or by hand says nothing of what was pushed.
    let is_pushed = is_own && run.event.as_deref() == Some("push");
    let line = if is_pushed { line(run.head_branch.as_deref(), &repository) } else { Line::Other };
    Some(
        News {
            name: run.name.as_deref().map(short),
            branch: run.head_branch.as_deref().map(short),
            line,
            commit: commit(run.head_sha.as_deref()),
            attempt: run.attempt.unwrap_or(1),
            url: page(run.html_url.as_deref()),
            ..news(
                &repository,
                NewsKind::Build,
                &run.id.to_string(),
                state,
                run.updated_at.as_deref(),
            )?
        }
        .of_commit(run.head_commit.as_ref()),
    )
}

pub fn checks(SuiteTold { check_suite: suite, repository }: SuiteTold) -> Option<News> {
    let app = suite.app?;
    if app.slug.as_deref() == Some(ACTIONS) {
        return None;
    }
    let state = state(suite.status.as_deref()?, suite.conclusion.as_deref())?;
    let sha = commit(suite.head_sha.as_deref());
    // GitHub names no page of a suite, but the commit has one for all of its checks.
    let url = repository.html_url.as_deref().zip(sha.as_ref());
    let url = url.map(|(url, sha)| format!("{url}/commit/{sha}/checks"));
    let (id, at) = (suite.id.to_string(), suite.updated_at.as_deref());
    Some(
        News {
            name: app.name.or(app.slug).as_deref().map(short),
            branch: suite.head_branch.as_deref().map(short),
            line: line(suite.head_branch.as_deref(), &repository),
            commit: sha,
            url: page(url.as_deref()),
            ..news(&repository, NewsKind::Checks, &id, state, at)?
        }
        .of_commit(suite.head_commit.as_ref()),
    )
}

pub fn release(ReleaseTold { action, release, repository }: ReleaseTold) -> Option<News> {
    let state = match action.as_str() {
        "published" => NewsState::Succeeded,
        "deleted" | "unpublished" => NewsState::Cancelled,
        _ => return None, // What is no published release is no news.
    };
    // One that was withdrawn is a draft again.
    if release.draft && state == NewsState::Succeeded {
        return None;
    }
    let at = release.updated_at.as_deref().or(release.published_at.as_deref());
    let at = at.or(release.created_at.as_deref());
    Some(News {
        name: Some(short(&release.tag_name)),
        commit: commit(release.target_commitish.as_deref()),
        title: short(release.name.as_deref().unwrap_or_default()).into(),
        url: page(release.html_url.as_deref()),
        ..news(&repository, NewsKind::Release, &release.id.to_string(), state, at)?
    })
}

pub fn deployment(told: StatusTold) -> Option<News> {
    let StatusTold { deployment_status: status, deployment, repository, .. } = told;
    let state = match status.state.as_str() {
        "pending" | "queued" | "waiting" => NewsState::Waiting,
        "in_progress" => NewsState::Running,
        "success" => NewsState::Succeeded,
        "failure" | "error" => NewsState::Failed,
        _ => return None, // `inactive`: another one took its place.
    };
    let name = deployment.environment.as_deref().filter(|name| !name.is_empty());
    let name = short(name.unwrap_or(&status.environment));
    let is_production = deployment.production_environment == Some(true);
    let rank = if is_production { Rank::Production } else { Rank::Other };
    // Whatever was deployed may be named by a commit alone.
    let branch = deployment.reference.as_deref().filter(|name| CommitSha::new(*name).is_err());
    let id = deployment.id.to_string();
    Some(News {
        branch: branch.map(short),
        line: line(branch, &repository),
        environment: Some(NewsEnvironment { name, rank }),
        commit: commit(deployment.sha.as_deref()),
        url: page(status.log_url.as_deref()).or_else(|| page(status.target_url.as_deref())),
        ..news(&repository, NewsKind::GithubDeployment, &id, state, status.created_at.as_deref())?
    })
}

pub fn push(told: &Pushed) -> Option<News> {
    let branch = told.reference.strip_prefix("refs/heads/")?;
    if told.deleted || line(Some(branch), &told.repository) == Line::Other {
        return None;
    }
    let sha = commit(Some(&told.after))?;
    let head = told.head_commit.as_ref();
    let authors: BTreeSet<Author> =
        told.commits.iter().chain(head).filter_map(author_of).take(AUTHORS_MAX).collect();
    // The time of a commit is its author's word; that of the push is GitHub's.
    let at = told.repository.pushed_at.as_ref()?.at()?;
    Some(News {
        thing: thing(&told.repository, NewsKind::Push, sha.as_str())?,
        kind: NewsKind::Push,
        repository: RepositoryName::new(told.repository.full_name.as_str()).ok(),
        service: None,
        name: None,
        branch: Some(short(branch)),
        line: Line::Default,
        environment: None,
        commit: Some(sha),
        attempt: 1,
        state: NewsState::Succeeded,
        title: title(head).into(),
        authors: authors.into_iter().collect::<Vec<_>>().into(),
        url: page(head.and_then(|head| head.url.as_deref()).or(told.compare.as_deref())),
        at,
    })
}

/// What all news have, and nothing of what some have.
fn news(
    repository: &Repository,
    kind: NewsKind,
    id: &str,
    state: NewsState,
    at: Option<&str>,
) -> Option<News> {
    Some(News {
        thing: thing(repository, kind, id)?,
        kind,
        repository: Some(RepositoryName::new(repository.full_name.as_str()).ok()?),
        service: None,
        name: None,
        branch: None,
        line: Line::Other,
        environment: None,
        commit: None,
        attempt: 1,
        state,
        title: String::new().into(),
        authors: Vec::new().into(),
        url: None,
        at: time(at)?,
    })
}

trait OfCommit {
    fn of_commit(self, commit: Option<&Commit>) -> Self;
}

impl OfCommit for News {
    fn of_commit(self, commit: Option<&Commit>) -> Self {
        let authors: Vec<Author> = commit.and_then(author_of).into_iter().collect();
        Self { title: title(commit).into(), authors: authors.into(), ..self }
    }
}

fn thing(repository: &Repository, kind: NewsKind, id: &str) -> Option<NewsId> {
    let word = match kind {
        NewsKind::Build => "build",
        NewsKind::Checks => "checks",
        NewsKind::Release => "release",
        NewsKind::GithubDeployment => "github-deployment",
        NewsKind::Push => "push",
        NewsKind::Deployment => "deployment",
    };
    NewsId::new(format!("{word}/{}/{id}", repository.full_name)).ok()
}

fn state(status: &str, conclusion: Option<&str>) -> Option<NewsState> {
    Some(match (status, conclusion) {
        ("requested" | "queued" | "waiting" | "pending" | "action_required", _)
        | ("completed", Some("action_required")) => NewsState::Waiting,
        ("in_progress", _) => NewsState::Running,
        ("completed", Some("success" | "neutral")) => NewsState::Succeeded,
        ("completed", Some("cancelled" | "skipped" | "stale")) => NewsState::Cancelled,
        ("completed", Some("failure" | "timed_out" | "startup_failure")) => NewsState::Failed,
        _ => return None, // GitHub may have more words one day.
    })
}

fn line(branch: Option<&str>, repository: &Repository) -> Line {
    if branch.is_some() && branch == repository.default_branch.as_deref() {
        Line::Default
    } else {
        Line::Other
    }
}

fn commit(sha: Option<&str>) -> Option<CommitSha> {
    CommitSha::new(sha?).ok()
}

fn title(commit: Option<&Commit>) -> String {
    let subject = commit.and_then(|commit| commit.message.lines().next());
    short(subject.unwrap_or_default())
}

fn author_of(commit: &Commit) -> Option<Author> {
    let Signature { username, email } = commit.author.as_ref()?;
    let known = |text: &&str| !text.trim().is_empty();
    let login = username.as_deref().filter(known).map(|login| Author::github(&short(login)));
    let address = || email.as_deref().filter(known).map(|email| Author::email(&short(email)));
    login.or_else(address)
}

fn short(text: &str) -> String {
    cut(&plain(text), TEXT_LENGTH_MAX).to_owned()
}

/// A page that people may open; anything else that could stand there is left out.
fn page(url: Option<&str>) -> Option<String> {
    let url = url?;
    let is_page = url.starts_with("https://")
        && url.len() <= URL_LENGTH_MAX
        && url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'|' | b'"'));
    is_page.then(|| url.to_owned())
}
