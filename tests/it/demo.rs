//! The demo's preparation: the same everywhere, done once, whole or again.

use std::fs;
use std::path::Path;
use std::process::Command;

use wilco::demo::{Demo, prepare};

/// Stands in for what `wilco init` writes.
fn configure(folder: &Path) -> std::io::Result<()> {
    for (path, text) in [("config/wilco.toml", "locale = \"en\"\n"), ("commands/deploy.toml", "")] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap())?;
        fs::write(path, text)?;
    }
    Ok(())
}

fn prepared(data: &Path) -> Demo {
    prepare(data, configure).unwrap()
}

fn git(demo: &Demo, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(&demo.folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_commits_have_the_same_ids_on_every_machine() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let refs = |demo: &Demo| git(demo, &["for-each-ref", "--format=%(refname) %(objectname)"]);
    let first = refs(&prepared(one.path()));
    assert_eq!(first, refs(&prepared(other.path())));
    assert_eq!(first, EXPECTED_REFS);
}

const EXPECTED_REFS: &str = "\
refs/heads/feature-x 9255b2bd85312cb20c33f15b11c29a0c9767f74c
refs/heads/main fcde670e4299c9d7b4de10b858ec6f78a0cda268
refs/tags/v1.0.0 0a396271a54a44503f9d6df0e1d3399473730920
refs/tags/v1.1.0 e8051379a209bb3df1588ac969f42543713fb779
refs/tags/v1.2.0 68961e57c7b91e996cdd4230749a2c254727904a";

#[test]
fn versions_and_authors_are_there_and_the_configuration_is_not_committed() {
    let data = tempfile::tempdir().unwrap();
    let demo = prepared(data.path());
    for name in ["v1.0.0", "v1.1.0", "v1.2.0", "main", "feature-x", "HEAD"] {
        assert_eq!(git(&demo, &["rev-parse", &format!("{name}^{{commit}}")]).len(), 40);
    }
    assert_eq!(git(&demo, &["symbolic-ref", "HEAD"]), "refs/heads/main");
    let changes = git(&demo, &["log", "--format=%an: %s", "v1.0.0..v1.1.0"]);
    assert_eq!(
        changes,
        "ben: Answer an unknown language in English\n\
         ana: Let people choose the language\n\
         mina: Greet in Korean as well"
    );
    assert_eq!(git(&demo, &["status", "--porcelain"]), "");
    assert!(demo.config.join("wilco.toml").is_file() && demo.commands.is_dir());
    assert_eq!(git(&demo, &["fsck", "--strict"]), "");
}

#[test]
fn what_a_newcomer_changed_is_kept() {
    let data = tempfile::tempdir().unwrap();
    let demo = prepared(data.path());
    fs::write(demo.config.join("wilco.toml"), "locale = \"ko\"\n").unwrap();
    fs::write(demo.folder.join("web/index.html"), "mine\n").unwrap();
    fs::remove_dir_all(&demo.commands).unwrap();
    assert_eq!(prepared(data.path()), demo);
    let text = |path: &str| fs::read_to_string(demo.folder.join(path)).unwrap();
    assert_eq!(text("config/wilco.toml"), "locale = \"ko\"\n");
    assert_eq!(text("web/index.html"), "mine\n");
    assert!(demo.commands.join("deploy.toml").is_file());
}

#[test]
fn what_was_cut_short_is_made_again() {
    let data = tempfile::tempdir().unwrap();
    let demo = prepared(data.path());
    // Killed while it was made: a workshop, some files, and no repository yet.
    fs::remove_dir_all(demo.folder.join(".git")).unwrap();
    fs::remove_dir_all(demo.folder.join("api")).unwrap();
    fs::create_dir_all(data.path().join("demo.repository/.git")).unwrap();
    prepared(data.path());
    assert_eq!(git(&demo, &["status", "--porcelain"]), "");
    // A repository that lost what the demo needs.
    git(&demo, &["tag", "-d", "v1.1.0"]);
    prepared(data.path());
    assert_eq!(git(&demo, &["rev-parse", "v1.1.0"]).len(), 40);
    let names = |path: &Path| {
        let mut names: Vec<_> =
            fs::read_dir(path).unwrap().map(|it| it.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(data.path()), ["demo"]);
    assert_eq!(names(&demo.folder), [".git", "api", "commands", "config", "web"]);
}
