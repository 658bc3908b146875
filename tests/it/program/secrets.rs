//! A secret of wilco's own environment is nowhere but there.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{demo, run, wilco};

const CANARY: &str = "canary-5e1f8c0d7b";

pub fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn no_secret_reaches_an_answer_a_log_a_file_or_a_child() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(demo(data.path(), "").code, 0);
    // A pipeline that writes down all that it and the one that started it can see of an environment.
    let script = data.path().join("demo/config/pipelines/deploy.sh");
    let seen = data.path().join("seen");
    let text = format!(
        "#!/bin/sh\nenv | tee {0}\ntr '\\0' '\\n' < /proc/$PPID/environ | tee -a {0}\n[ \"$2\" = staging ]\n",
        seen.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let input = "deploy web to staging\ndeploy web to prod\n/as ben\n/react ✅ #2\naudit #2\nshow #2\nnope\n";
    let mut command = wilco(&["demo", "--data"]);
    let said = run(
        command
            .arg(data.path())
            .env("WILCO_LOG", "trace")
            .env("WILCO_SLACK_BOT_TOKEN", CANARY)
            .env("WILCO_DATABASE_PASSWORD", CANARY)
            .env("AWS_SECRET_ACCESS_KEY", CANARY)
            .env("GITHUB_TOKEN", CANARY)
            .env("GIT_ASKPASS", CANARY),
        input.as_bytes(),
    );
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("is live in staging") && said.err.contains("step"), "{}", said.out);
    assert!(!said.out.contains(CANARY), "an answer has it");
    assert!(!said.err.contains(CANARY), "a log has it");
    let text = fs::read_to_string(&seen).unwrap();
    assert!(text.contains("PATH="), "{text}");
    let mut found = Vec::new();
    files(data.path(), &mut found);
    assert!(found.iter().any(|path| path.ends_with("wilco.db")) && found.len() > 20);
    for path in found {
        let bytes = fs::read(&path).unwrap();
        let has = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
        assert!(!has, "{} has it", path.display());
    }
}
