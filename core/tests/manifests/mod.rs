//! Reads `commands/*.toml` for tests; the bot's own reader also checks roles, pipelines and policies.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use wilco_core::catalog::{Pipeline, Recipe, Who};
use wilco_core::ids::{CommandName, RoleName};
use wilco_core::manifest::{Does, Example, Localized, Manifest};
use wilco_core::policy::Policy;
use wilco_core::time::Duration;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    summary: Localized,
    say: Vec<String>,
    #[serde(default)]
    aliases: Vec<String>,
    who: Option<Vec<RoleName>>,
    action: Option<String>,
    pipeline: Option<toml::Table>,
    policy: Option<toml::Table>,
    #[serde(default)]
    example: Vec<Example>,
}

/// Returns the manifests that come with the bot.
pub fn shipped() -> BTreeMap<CommandName, Manifest> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../commands");
    let mut manifests = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the folder of the manifests") {
        let path = entry.expect("a file of the folder").path();
        let shown = path.display();
        let text = std::fs::read_to_string(&path).expect("a manifest is text");
        assert!(text.starts_with("# "), "{shown} begins with what it is for");
        let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{shown}: {error}"));
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let name = CommandName::new(stem).expect("a file is named after its command");
        assert_eq!(file.pipeline.is_some(), file.policy.is_some(), "{shown}");
        assert_ne!(file.pipeline.is_some(), file.action.is_some(), "{shown}");
        manifests.insert(name.clone(), manifest(name, file));
    }
    manifests
}

fn manifest(name: CommandName, file: File) -> Manifest {
    Manifest {
        name,
        summary: file.summary,
        say: file.say,
        aliases: file.aliases,
        who: file.who.map_or(Who::Anybody, Who::Roles),
        does: file.action.map_or_else(pipeline, Does::Action),
        examples: file.example,
    }
}

/// Returns some pipeline: to the grammar they are all the same.
pub fn pipeline() -> Does {
    let recipe = Recipe::Command { run: vec!["true".into()], directory: "/".into(), pass: vec![] };
    let pipeline = Pipeline {
        recipe,
        stages: vec![],
        timeout: Duration::seconds(1),
        parameters: BTreeMap::new(),
    };
    let policy = Policy {
        groups: vec![],
        requester: false,
        authors: true,
        risky: vec![],
        checks: vec![],
        expires: Duration::seconds(1),
        reject: vec![],
    };
    Does::Pipeline { pipeline: Box::new(pipeline), policy }
}
