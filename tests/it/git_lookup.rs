//! Lookups of versions in a real git repository: exact, never guessed, and inert whatever a ref is called.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use tempfile::TempDir;

use wilco::backend::command::CommandBackend;
use wilco::backend::{BackendError, Backends, Lookup, Purpose};
use wilco_core::catalog::{Recipe, Repository};
use wilco_core::event::Resolution;
use wilco_core::ids::{CommitSha, EnvironmentName, ParameterName, RefName, ServiceName};
use wilco_core::person::Author;

const NASTY: &str = "zzz\";echo${IFS}\"hello\";#";

#[tokio::test]
async fn a_branch_a_tag_and_a_commit_are_resolved() {
    let clone = Clone::new();
    let first = clone.commit("first");
    clone.git(&["tag", "-a", "-m", "one", "v1.9"]);
    clone.git(&["tag", "v1.10"]);
    let second = clone.commit("second \u{1b}[31m\u{202e}red");

    let main = clone.resolve("main").await.unwrap();
    assert_eq!(main.version.commit, second);
    assert_eq!(main.version.reference.as_deref(), Some("main"));
    assert_eq!(main.version.subject.known().unwrap(), "second red");
    assert_eq!(main.version.author.known().unwrap(), "Ana K");

    for (said, reference) in [
        ("v1.9", "v1.9"),
        ("v1.10", "v1.10"),
        (first.as_str(), "v1.10"),
        (&first.as_str()[..7], "v1.10"),
    ] {
        let found = clone.resolve(said).await.unwrap();
        assert_eq!(found.version.commit, first, "{said}");
        assert_eq!(found.version.reference.as_deref(), Some(reference), "{said}");
    }

    let head = clone.look(&Lookup { reference: None, ..clone.lookup("main") }).await.unwrap();
    assert_eq!(head.version, main.version);
    assert_eq!((head.branches, head.changes, head.changes_total), (vec![], vec![], None));
}

#[tokio::test]
async fn branches_and_changes_are_named_where_they_are_asked_for() {
    let clone = Clone::new();
    let live = clone.commit("live");
    for number in 1..=25 {
        clone.commit(&format!("change {number}"));
    }
    clone.git(&["branch", "release/1.0"]);
    clone.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    clone.git(&["update-ref", "refs/remotes/origin/only-there", "HEAD"]);
    clone.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    let lookup =
        Lookup { live: Some(live.clone()), branches: vec!["*".into()], ..clone.lookup("main") };
    let found = clone.look(&lookup).await.unwrap();
    assert_eq!(found.branches, ["main", "only-there", "release/1.0"]);
    assert_eq!(found.changes_total, Some(25));
    assert_eq!(found.changes.len(), 20);
    assert_eq!(found.changes[0].subject, "change 25");
    assert_eq!(found.changes[0].author, "Ana K");

    let strange = Some(CommitSha::new("0".repeat(40)).unwrap());
    let found = clone.look(&Lookup { live: strange, ..lookup }).await.unwrap();
    assert_eq!((found.changes, found.changes_total), (vec![], None));
    assert!(clone.resolve("only-there").await.is_ok());
    assert!(clone.resolve("origin/only-there").await.is_ok());
}

#[tokio::test]
async fn a_name_that_means_two_commits_is_not_guessed() {
    let clone = Clone::new();
    let first = clone.commit("first");
    clone.git(&["tag", "release"]);
    clone.git(&["branch", "release"]);
    assert_eq!(clone.resolve("release").await.unwrap().version.commit, first);
    let second = clone.commit("second");
    clone.git(&["update-ref", "refs/heads/release", "HEAD"]);
    let refusal = clone.refusal("release").await;
    assert!(refusal.contains("ambiguous"), "{refusal}");
    assert!(refusal.contains(first.as_str()) && refusal.contains(second.as_str()), "{refusal}");

    clone.git(&["tag", &first.as_str()[..8], second.as_str()]);
    assert!(clone.refusal(&first.as_str()[..8]).await.contains("ambiguous"));
}

#[tokio::test]
async fn an_unknown_ref_is_refused_with_the_nearest() {
    let clone = Clone::new();
    let commit = clone.commit("first");
    clone.git(&["tag", "v1.4.2"]);
    let refusal = clone.refusal("mian").await;
    assert!(refusal.contains("no tag, branch or commit `mian`"), "{refusal}");
    assert!(refusal.contains("`main`"), "{refusal}");
    assert!(clone.refusal("v1.4.3").await.contains("`v1.4.2`"));
    assert!(!clone.refusal("something-else-entirely").await.contains("nearest"));
    assert!(clone.refusal(&"0".repeat(40)).await.contains("there is no commit"));
    // Six digits are too few, and a tree is no commit.
    clone.refusal(&commit.as_str()[..6]).await;
    let tree = clone.git(&["rev-parse", "HEAD^{tree}"]);
    clone.refusal(tree.trim()).await;
    clone.refusal(&tree[..10]).await;
}

#[tokio::test]
async fn a_ref_with_a_nasty_name_is_only_a_name() {
    let clone = Clone::new();
    let first = clone.commit("first");
    clone.git(&["branch", NASTY]);
    clone.git(&["update-ref", "refs/heads/refs/tags/v9", "HEAD"]);
    let second = clone.commit("second");
    assert_eq!(clone.resolve(NASTY).await.unwrap().version.commit, first);
    for name in ["HEAD", "FETCH_HEAD", "v9", "$(id)", "`id`", "main;id", "--all", "refs/heads/main"]
    {
        if let Ok(name) = RefName::new(name) {
            clone.refusal(name.as_str()).await;
        }
    }
    assert_eq!(clone.resolve("main").await.unwrap().version.commit, second);
}

#[tokio::test]
async fn a_repository_cannot_make_a_lookup_run_programs() {
    let clone = Clone::new();
    clone.commit("first");
    let trap = clone.home.path().join("trap");
    fs::write(&trap, format!("#!/bin/sh\ntouch {}/sprung\n", clone.home.path().display())).unwrap();
    clone.git(&["update-index", "--refresh"]);
    for key in ["core.fsmonitor", "core.pager", "core.sshCommand", "gpg.program", "core.editor"] {
        clone.git(&["config", key, &format!("sh {}", trap.display())]);
    }
    clone.git(&["config", "log.showSignature", "true"]);
    clone.resolve("main").await.unwrap();
    assert!(!clone.home.path().join("sprung").exists());
}

#[tokio::test]
async fn who_wrote_what_ships_is_known_and_which_paths_are_risky() {
    let clone = Clone::new();
    let live = clone.commit("live");
    let write = |path: &str, author: &str, message: &str| {
        let file = clone.home.path().join("repository").join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, message).unwrap();
        clone.git(&["add", "--all"]);
        let author = format!("--author={author}");
        clone.git(&["commit", "--quiet", &author, "-m", message]);
    };
    write("migrations/7.sql", "Ben <Ben@Example.org>", "one");
    write(
        "src/api.rs",
        "Ana K <ana@example.org>",
        "two\n\nCo-authored-by: Mina <mina@example.org>",
    );
    let mut lookup = Lookup { live: Some(live.clone()), ..clone.lookup("main") };
    lookup.risky = vec!["migrations/*".into(), "*.lock".into()];
    let found = clone.look(&lookup).await.unwrap();
    let written = |names: &[&str]| {
        Some(names.iter().map(|name| Author::email(&format!("{name}@example.org"))).collect())
    };
    assert_eq!(found.authors, written(&["ana", "ben", "mina"]));
    assert_eq!(found.risky, ["migrations/7.sql"]);
    // A name that the repository itself maps to another does not make somebody another.
    write(".mailmap", "Ben <ben@example.org>", "Carl <carl@example.org> <ben@example.org>\n");
    assert_eq!(clone.look(&lookup).await.unwrap().authors, written(&["ana", "ben", "mina"]));
    let first = clone.look(&Lookup { live: None, ..lookup.clone() }).await.unwrap();
    assert_eq!((first.authors, first.risky), (written(&["ben"]), vec![]));
    let strange = Some(CommitSha::new("0".repeat(40)).unwrap());
    let unknown = clone.look(&Lookup { live: strange, ..lookup }).await.unwrap();
    assert_eq!(unknown.authors, None, "nobody knows what ships");
}

#[tokio::test]
async fn a_sealed_commit_stays_confirmed_when_its_branch_moves() {
    let clone = Clone::new();
    let first = clone.commit("first");
    let sealed = clone.resolve("main").await.unwrap();
    clone.git(&["commit", "--quiet", "--amend", "--allow-empty", "-m", "other"]);
    let lookup = Lookup { branches: vec!["*".into()], ..clone.lookup("main") };
    let backend = clone.backend();
    let confirmed = backend.confirm(&first, &lookup).await.unwrap();
    assert!(confirmed.commit_exists);
    assert!(confirmed.branches.is_empty(), "no branch contains it any more");
    assert_eq!(confirmed.fingerprint, sealed.fingerprint);
    let absent = CommitSha::new("0".repeat(40)).unwrap();
    assert!(!backend.confirm(&absent, &lookup).await.unwrap().commit_exists);
}

#[tokio::test]
async fn the_fingerprint_follows_the_scripts_bytes() {
    let clone = Clone::new();
    clone.commit("first");
    let before = clone.resolve("main").await.unwrap().fingerprint;
    assert_eq!(clone.resolve("main").await.unwrap().fingerprint, before);
    fs::write(clone.home.path().join("deploy.sh"), "echo changed\n").unwrap();
    let after = clone.resolve("main").await.unwrap().fingerprint;
    assert_ne!(after, before);
    let Recipe::Command { directory, pass, .. } = clone.lookup("main").recipe else { panic!() };
    let by_shell = Recipe::Command {
        run: vec!["sh".into(), "deploy.sh".into(), "{commit}".into()],
        directory: directory.clone(),
        pass: pass.clone(),
    };
    let by_shell = Lookup { recipe: by_shell, ..clone.lookup("main") };
    let before = clone.look(&by_shell).await.unwrap().fingerprint;
    fs::write(clone.home.path().join("deploy.sh"), "echo changed again\n").unwrap();
    assert_ne!(clone.look(&by_shell).await.unwrap().fingerprint, before);

    let missing = Recipe::Command { run: vec!["./absent".into()], directory, pass };
    let lookup = Lookup { recipe: missing, ..clone.lookup("main") };
    let Err(BackendError::Refused(reason)) = clone.look(&lookup).await else { panic!() };
    assert!(reason.contains("absent"), "{reason}");
}

#[tokio::test]
async fn the_fingerprint_follows_files_that_a_filled_in_argument_names() {
    let clone = Clone::new();
    clone.commit("first");
    let inside = clone.home.path().join("envs");
    fs::create_dir(&inside).unwrap();
    let outside = TempDir::new().unwrap();
    let secret = outside.path().join("prod.yml");
    let Recipe::Command { directory, pass, .. } = clone.lookup("main").recipe else { panic!() };
    let run = ["./deploy.sh", "envs/{environment}.yml", "--values=envs/{service}.yml"];
    let more = ["{commit}/notes", "{op_key}", "{parameters.file}"];
    let run = run.iter().chain(&more).map(|word| (*word).into()).collect();
    let mut lookup =
        Lookup { recipe: Recipe::Command { run, directory, pass }, ..clone.lookup("main") };
    let file = ParameterName::new("file").unwrap();
    lookup.purpose.parameters.insert(file, secret.to_str().unwrap().into());
    let commit = clone.resolve("main").await.unwrap().version.commit;
    let backend = clone.backend();
    let now = async || {
        let found = backend.resolve(&lookup).await.unwrap().fingerprint;
        // The last look sees the same.
        assert_eq!(backend.confirm(&commit, &lookup).await.unwrap().fingerprint, found);
        found
    };
    let mut before = now().await;
    for name in ["prod.yml", "api.yml"] {
        for text in ["one", "two"] {
            fs::write(inside.join(name), text).unwrap();
            let after = now().await;
            assert_ne!(after, before, "{name} is {text}");
            before = after;
        }
    }
    fs::write(inside.join("staging.yml"), "another environment's").unwrap();
    fs::write(&secret, "a value does not lead out of the directory").unwrap();
    assert_eq!(now().await, before);
}

#[tokio::test]
async fn the_branch_that_counts_may_be_the_last_of_very_many() {
    let clone = Clone::new();
    let commit = clone.commit("first");
    let names = (0..1500).map(|number| format!("a/{number}"));
    let many = names.chain(["zz/release".into()]);
    let lines: Vec<_> = many.map(|name| format!("create refs/heads/{name} {commit}\n")).collect();
    clone.git_with(&["update-ref", "--stdin"], &lines.concat());
    let of = |pattern: &str| Lookup { branches: vec![pattern.into()], ..clone.lookup("main") };
    let backend = clone.backend();
    let found = backend.resolve(&of("zz/*")).await.unwrap();
    assert_eq!(found.branches, ["zz/release"]);
    assert_eq!(backend.confirm(&commit, &of("zz/*")).await.unwrap().branches, ["zz/release"]);
    assert_eq!(backend.confirm(&commit, &of("b/*")).await.unwrap().branches, Vec::<String>::new());
    assert!(!backend.confirm(&commit, &of("*")).await.unwrap().branches.is_empty());
}

#[tokio::test]
async fn what_is_no_repository_is_said_so() {
    let clone = Clone::new();
    clone.commit("first");
    let inside = clone.home.path().join("repository/inside");
    fs::create_dir(&inside).unwrap();
    let absent = clone.home.path().join("absent");
    for (path, expected) in [(&inside, "is not a git repository"), (&absent, "does not exist")] {
        let repository = Some(Repository::Path(path.to_str().unwrap().into()));
        let found = clone.look(&Lookup { repository, ..clone.lookup("main") }).await;
        let Err(BackendError::Refused(reason)) = found else { panic!("{found:?}") };
        assert!(reason.contains(expected), "{reason}");
    }
}

#[tokio::test]
async fn without_a_repository_only_a_full_commit_is_a_version() {
    let clone = Clone::new();
    let commit = "A".repeat(40);
    let found = clone.look(&Lookup { repository: None, ..clone.lookup(&commit) }).await.unwrap();
    assert_eq!(found.version.commit.as_str(), commit.to_lowercase());
    for reference in [Some(RefName::new("main").unwrap()), None] {
        let lookup = Lookup { repository: None, reference, ..clone.lookup("main") };
        let Err(BackendError::Refused(reason)) = clone.look(&lookup).await else { panic!() };
        assert!(reason.contains("full commit id"), "{reason}");
    }
}

/// A git repository of its own, and a script beside it.
struct Clone {
    home: TempDir,
}

impl Clone {
    fn new() -> Self {
        let clone = Self { home: TempDir::new().unwrap() };
        fs::create_dir(clone.home.path().join("repository")).unwrap();
        fs::write(clone.home.path().join("deploy.sh"), "echo deploy\n").unwrap();
        clone.git(&["init", "--quiet", "--initial-branch=main"]);
        clone.git(&["config", "user.name", "Ana K"]);
        clone.git(&["config", "user.email", "ana@example.org"]);
        clone
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.git_with(arguments, "")
    }

    /// Asks git, which reads this from its standard input.
    fn git_with(&self, arguments: &[&str], input: &str) -> String {
        let mut git = Command::new("git")
            .arg("-C")
            .arg(self.home.path().join("repository"))
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        git.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = git.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    fn commit(&self, subject: &str) -> CommitSha {
        self.git(&["commit", "--quiet", "--allow-empty", "-m", subject]);
        CommitSha::new(self.git(&["rev-parse", "HEAD"]).trim()).unwrap()
    }

    fn backend(&self) -> Backends {
        let runs = self.home.path().join("runs");
        let command = CommandBackend::open(runs, Path::new("/no/such/wilco").into()).unwrap();
        Backends::local(Arc::new(command))
    }

    fn lookup(&self, reference: &str) -> Lookup {
        let path = self.home.path().join("repository");
        Lookup {
            repository: Some(Repository::Path(path.to_str().unwrap().into())),
            reference: Some(RefName::new(reference).unwrap()),
            live: None,
            branches: vec![],
            risky: vec![],
            checks: vec![],
            recipe: Recipe::Command {
                run: vec!["./deploy.sh".into()],
                directory: self.home.path().to_str().unwrap().into(),
                pass: vec![],
            },
            purpose: Purpose::none(
                &ServiceName::new("api").unwrap(),
                &EnvironmentName::new("prod").unwrap(),
            ),
        }
    }

    async fn look(&self, lookup: &Lookup) -> Result<Resolution, BackendError> {
        self.backend().resolve(lookup).await
    }

    async fn resolve(&self, reference: &str) -> Result<Resolution, BackendError> {
        self.look(&self.lookup(reference)).await
    }

    async fn refusal(&self, reference: &str) -> String {
        match self.resolve(reference).await {
            Err(BackendError::Refused(reason)) => reason,
            other => panic!("{reference}: {other:?}"),
        }
    }
}
