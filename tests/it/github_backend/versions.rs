//! What a ref stands for, on which branches it is, and what would ship.

use wilco::backend::{Backend, BackendError, Lookup};
use wilco_core::deployment::PathsRead;
use wilco_core::person::Author;

use super::{API, Scene, commit};
use crate::sim::github::{Change, Stage};

#[tokio::test]
async fn whatever_people_call_a_version_is_looked_up() {
    let scene = Scene::open().await;
    let at = scene.at();
    let second = at.commit("main", Change::by("ben", "Second\u{1b}[31m \u{202e}red"));
    let third = at.commit("feature/x", Change::by("mina", "Third"));
    at.tag("v1.0.0", scene.first.as_str());
    at.annotated_tag("v1.1.0", &second);
    at.release("v1.0.0", "ana", Stage::Published);
    for (said, expected, name) in [
        ("main", second.as_str(), Some("main")),
        ("feature/x", &third, Some("feature/x")),
        ("v1.0.0", scene.first.as_str(), Some("v1.0.0")),
        ("v1.1.0", &second, Some("v1.1.0")),
        ("latest", scene.first.as_str(), Some("v1.0.0")),
        (&second, &second, None),
        (&second[..7], &second, None),
    ] {
        let found = scene.resolve(said).await.unwrap().version;
        assert_eq!(found.commit.as_str(), expected, "{said}");
        assert_eq!(found.reference.as_deref(), name, "{said}");
    }
    let main = scene.backends().resolve(&Scene::lookup(None)).await.unwrap().version;
    assert_eq!(main.reference.as_deref(), Some("main"));
    assert_eq!(main.subject.known().unwrap(), "Second red");
    assert_eq!(scene.github.refused_requests(), 0);
}

#[tokio::test]
async fn what_is_not_there_is_said_and_never_guessed() {
    let scene = Scene::open().await;
    for said in ["mian", "v9", "zzz\";echo${IFS}\"hello\";#", "abcdef0", "heads/main"] {
        let reason = scene.refusal(said).await;
        assert!(reason.starts_with("there is no tag, branch or commit `"), "{reason}");
        assert!(reason.ends_with("` in acme/api"), "{reason}");
    }
    let mut lookup = Scene::lookup(Some("main"));
    let other = wilco_core::ids::RepositoryName::new("acme/absent").unwrap();
    lookup.repository = Some(wilco_core::catalog::Repository::Github(other));
    let Err(BackendError::Refused(reason)) = scene.backends().resolve(&lookup).await else {
        panic!()
    };
    assert!(reason.contains("no repository acme/absent on GitHub that wilco may see"), "{reason}");
}

#[tokio::test]
async fn a_branch_that_is_a_command_is_only_a_name_on_github() {
    let scene = Scene::open().await;
    let name = "zzz\";echo${IFS}\"hello\";#";
    let head = scene.at().commit(name, Change::by("eve", "On a strange branch"));
    let version = scene.resolve(name).await.unwrap().version;
    assert_eq!((version.commit.as_str(), version.reference.as_deref()), (&*head, Some(name)));
    // What the workflow is given is the commit, and the name is in none of its inputs.
    let order = scene.order("42-k1", &version.commit).await;
    scene.adapter.start(&order).await.unwrap();
    let run = &scene.at().runs_of("42-k1")[0];
    assert!(run.inputs.values().all(|value| !value.contains("echo")), "{:?}", run.inputs);
    assert!(!run.title.contains("echo"), "{}", run.title);
}

#[tokio::test]
async fn the_branches_that_contain_a_commit_are_those_that_count() {
    let scene = Scene::open().await;
    let at = scene.at();
    let second = at.commit("main", Change::by("ben", "Second"));
    at.branch("release/1.0", scene.first.as_str(), "ben");
    at.branch("release/2.0", &second, "ben");
    let of = |reference: &str, patterns: &[&str]| Lookup {
        branches: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
        ..Scene::lookup(Some(reference))
    };
    for (reference, patterns, expected) in [
        (second.as_str(), &["main"][..], &["main"][..]),
        (&second, &["release/*"], &["release/2.0"]),
        (scene.first.as_str(), &["release/*", "main"], &["main", "release/1.0", "release/2.0"]),
        (&second, &["gone", "none/*"], &[]),
    ] {
        let found = scene.backends().resolve(&of(reference, patterns)).await.unwrap();
        assert_eq!(found.branches, expected, "{reference} {patterns:?}");
        let stands = scene.backends().confirm(&commit(reference), &of("main", patterns)).await;
        assert_eq!(stands.unwrap().branches, expected);
    }
    let absent = commit(&"0".repeat(40));
    let stands = scene.backends().confirm(&absent, &Scene::lookup(None)).await.unwrap();
    assert!(!stands.commit_exists);
}

#[tokio::test]
async fn what_ships_who_wrote_it_and_what_is_risky_is_known() {
    let scene = Scene::open().await;
    let at = scene.at();
    for number in 1..=120 {
        at.commit("main", Change::by("ben", &format!("Change {number}")));
    }
    let risky = Change::by("mina", "Add a column (#7)").with("added", "migrations/7.sql", "alter");
    at.commit("main", risky);
    let message = "Last\n\nCo-authored-by: Carl <Carl@example.com>";
    at.commit("main", Change::by("ana", message).with("modified", "src/main.rs", "fn main() {}"));
    let lookup = Lookup {
        live: Some(scene.first.clone()),
        risky: vec!["migrations/*".into()],
        ..Scene::lookup(Some("main"))
    };
    let found = scene.backends().resolve(&lookup).await.unwrap();
    assert_eq!((found.changes_total, found.changes.len()), (Some(122), 20));
    assert_eq!((found.changes[0].subject.as_str(), found.changes[1].pull), ("Last", Some(7)));
    assert_eq!(found.risky, ["migrations/7.sql"]);
    let authors = found.authors.unwrap();
    for login in ["ana", "ben", "mina"] {
        assert!(authors.contains(&Author::github(login)), "{login} in {authors:?}");
    }
    assert!(authors.contains(&Author::email("carl@example.com")), "{authors:?}");
    let strange = Lookup { live: Some(commit(&"0".repeat(40))), ..lookup };
    let unknown = scene.backends().resolve(&strange).await.unwrap();
    assert_eq!((unknown.authors, unknown.changes_total), (None, None), "nobody knows what ships");
}

#[tokio::test]
async fn what_is_taken_back_is_as_risky_as_what_comes() {
    let scene = Scene::open().await;
    let at = scene.at();
    let risky = Change::by("mina", "Add a column").with("added", "migrations/7.sql", "alter");
    let newer = commit(&at.commit("main", risky));
    at.branch("fix", scene.first.as_str(), "ben");
    let fix = Change::by("ben", "Fix").with("added", "migrations/6b.sql", "alter");
    let beside = commit(&at.commit("fix", fix));
    let marked = vec!["migrations/*".to_owned()];
    for (wanted, risky) in [
        (&newer, vec![]),
        (&scene.first, vec!["migrations/7.sql"]),
        (&beside, vec!["migrations/6b.sql", "migrations/7.sql"]),
    ] {
        let lookup = Scene::lookup(Some(wanted.as_str()));
        let lookup = Lookup { live: Some(newer.clone()), risky: marked.clone(), ..lookup };
        let found = scene.backends().resolve(&lookup).await.unwrap();
        assert_eq!(
            (found.risky, found.paths),
            (risky.iter().map(ToString::to_string).collect(), PathsRead::Whole)
        );
    }
}

#[tokio::test]
async fn what_github_cuts_is_unknown_and_never_nothing() {
    let scene = Scene::open().await;
    let at = scene.at();
    let many = (0..320).fold(Change::by("ben", "Many"), |change, number| {
        change.with("added", &format!("src/{number:03}.rs"), "fn f() {}")
    });
    at.commit("main", many);
    at.commit("main", Change::by("ben", "Hidden").with("added", "zz/migrations/1.sql", "drop"));
    let lookup = Lookup {
        live: Some(scene.first.clone()),
        risky: vec!["zz/*".into()],
        ..Scene::lookup(Some("main"))
    };
    let found = scene.backends().resolve(&lookup).await.unwrap();
    assert_eq!((found.risky, found.paths), (vec![], PathsRead::Cut), "GitHub names 300 files");
    let few = Lookup { live: None, ..lookup.clone() };
    assert_eq!(scene.backends().resolve(&few).await.unwrap().paths, PathsRead::Whole);
    let strange = Lookup { live: Some(commit(&"0".repeat(40))), ..lookup.clone() };
    assert_eq!(scene.backends().resolve(&strange).await.unwrap().paths, PathsRead::Cut);
    for number in 0..1_000 {
        at.commit("main", Change::by("mina", &format!("Change {number}")));
    }
    let found = scene.backends().resolve(&lookup).await.unwrap();
    assert_eq!((found.changes_total, found.authors), (Some(1_002), None), "not all were read");
}

#[tokio::test]
async fn what_a_commit_says_of_its_own_time_decides_nothing() {
    let scene = Scene::open().await;
    let at = scene.at();
    at.release("v1.0.0", "ana", Stage::Published);
    let mut shown = Vec::new();
    for date in ["1970-01-01T00:00:00Z", "2026-11-20T05:10:00Z", "2999-12-31T23:59:59Z"] {
        let sha = at.commit("main", Change::by("eve", "Backdated").dated(date));
        at.check(&sha, "build", Some("success"));
        let lookup = Lookup {
            live: Some(scene.first.clone()),
            branches: vec!["main".into()],
            checks: vec!["build".into()],
            ..Scene::lookup(Some("main"))
        };
        let found = scene.backends().resolve(&lookup).await.unwrap();
        assert_eq!(
            found.version.commit.as_str(),
            sha,
            "the head of the branch is what it points to"
        );
        assert_eq!(
            found.changes[0].commit.as_str(),
            sha,
            "the newest is that which the others are before"
        );
        let confirmed = scene.backends().confirm(&commit(&sha), &lookup).await.unwrap();
        shown.push((found.branches, found.checks, confirmed));
    }
    assert!(shown.iter().all(|one| *one == shown[0]), "{shown:?}");
}

#[tokio::test]
async fn an_app_is_given_a_token_once_and_another_when_it_ends() {
    let scene = Scene::of_the_app().await;
    scene.resolve("main").await.unwrap();
    scene.resolve("main").await.unwrap();
    let given = || scene.github.calls("apps/create-installation-access-token").len();
    assert_eq!(given(), 1);
    scene.github.skip(std::time::Duration::from_mins(61));
    assert!(scene.resolve("main").await.is_err(), "the token has ended");
    scene.resolve("main").await.unwrap();
    assert_eq!(given(), 2);
}

#[tokio::test]
async fn asking_again_costs_nothing_of_the_limit_where_nothing_changed() {
    let scene = Scene::open().await;
    scene.resolve("main").await.unwrap();
    let used = scene.github.used();
    scene.resolve("main").await.unwrap();
    // What was refused the first time is asked again: there is no tag of that name.
    assert!(scene.github.used() - used <= 1, "{} and then {}", used, scene.github.used());
    assert_eq!(API, "acme/api");
}
