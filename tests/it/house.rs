//! The house rules that no compiler checks: who may know whom, where SQL may stand, what never is in a source.
//!
//! The tables here say the same as "Who may know whom" in `docs/ARCHITECTURE.md`.

mod size;
mod source;
mod threats;

use std::collections::BTreeSet;
use std::fs;

use source::{
    Source, absolute, first, paths, root, sources, tokens, within, within_any, without_texts,
};

/// What a part of `src/` may use of the others, beside itself and the core.
struct Part {
    name: &'static str,
    may_use: &'static [&'static str],
    never: &'static [&'static str],
}

/// The most particular row holds. Whoever is in no row may use nothing but itself and the core.
const PARTS: &[Part] = &[
    Part { name: "store", may_use: &[], never: &[] },
    Part { name: "delivery", may_use: &[], never: &[] },
    Part { name: "clock", may_use: &[], never: &[] },
    Part { name: "witness", may_use: &[], never: &[] },
    Part { name: "secrets", may_use: &[], never: &[] },
    Part { name: "settings", may_use: &[], never: &[] },
    Part { name: "telemetry", may_use: &[], never: &[] },
    Part { name: "token", may_use: &[], never: &[] },
    Part { name: "init", may_use: &[], never: &[] },
    Part { name: "demo", may_use: &[], never: &[] },
    Part { name: "audit", may_use: &["store"], never: &["store::write", "store::rows"] },
    Part {
        name: "chat",
        may_use: &["delivery", "clock", "http", "reach", "recall", "token"],
        never: &[],
    },
    Part { name: "plain", may_use: &[], never: &[] },
    Part { name: "backend", may_use: &["plain", "clock", "http"], never: &[] },
    Part {
        name: "http",
        may_use: &["delivery", "clock", "plain", "reach", "store"],
        never: &["store::write"],
    },
    Part { name: "reach", may_use: &[], never: &[] },
    Part { name: "recall", may_use: &["delivery", "store"], never: &["store::write"] },
    Part { name: "schedule", may_use: &["delivery", "clock", "store"], never: &["store::write"] },
    Part { name: "engine", may_use: &["store", "delivery", "clock", "witness"], never: &[] },
    Part {
        name: "courier",
        may_use: &["store", "delivery", "clock", "witness", "chat", "backend"],
        never: &["store::write", "store::open"],
    },
];

/// These know every part.
const WIRING: &[&str] = &["app", "command_line", "connect", "lib", "main"];

/// Folders whose files do not know each other, and whom only the wiring knows by name.
const ADAPTERS: &[&str] = &["chat", "backend"];

/// Crates that stay where they are wrapped, so that each can be replaced in one place.
const WRAPPED: &[(&str, &[&str])] = &[
    ("anyhow", &["app", "audit", "command_line", "connect"]),
    (
        "axum",
        &[
            "http",
            "chat::slack::hooks",
            "connect::outside",
            "backend::webhook::hooks",
            "backend::webhook::signature",
        ],
    ),
    ("base64", &["backend::github"]),
    ("clap", &["audit", "command_line"]),
    ("clap_complete", &["command_line"]),
    ("form_urlencoded", &["chat::slack::hooks"]),
    ("hmac", &["http"]),
    ("hyper", &["http", "chat::slack"]),
    ("http", &["backend::github"]),
    ("http_body_util", &["backend::github"]),
    ("hyper_util", &["http", "chat::slack", "backend::github"]),
    ("octocrab", &["backend::github"]),
    ("prometheus_client", &["http::metrics"]),
    ("reqwest", &["chat::discord", "backend::webhook::calls"]),
    ("rust_embed", &["init"]),
    ("rustix", &["backend::command", "chat::console"]),
    ("rustls", &["main", "backend::github"]),
    ("rustyline", &["chat::console"]),
    ("serenity", &["chat::discord"]),
    ("slack_morphism", &["chat::slack"]),
    ("sqlx", &["store"]),
    ("toml", &["settings"]),
    ("tracing_subscriber", &["telemetry"]),
];

/// What the core may stand on.
const CORE_STANDS_ON: &[&str] = &[
    "chrono",
    "chrono-tz",
    "cron",
    "fluent-bundle",
    "serde",
    "serde_json",
    "sha2",
    "strsim",
    "thiserror",
    "unic-langid",
];

/// What makes a function's answer depend on anything but its arguments.
const IMPURE: &[&str] = &[
    "HashMap",
    "HashSet",
    "Instant",
    "SystemTime",
    "getrandom",
    "rand",
    "sqlx",
    "thread_rng",
    "tokio",
];

#[test]
fn every_part_knows_only_whom_it_may() {
    let sources = sources("src");
    let adapters = adapters(&sources);
    let mut faults = Vec::new();
    for source in &sources {
        if within_any(&source.module, WIRING) {
            continue;
        }
        for path in paths(&source.tokens) {
            let Some(used) = absolute(&source.module, &path) else { continue };
            if let Some(why) = forbids(&source.module, &used, &adapters) {
                faults.push(format!("{} may not use {used}: {why}", source.path.display()));
            }
        }
    }
    assert_none(&faults);
}

/// Returns why a module may not use a path of the crate.
fn forbids(module: &str, used: &str, adapters: &BTreeSet<String>) -> Option<&'static str> {
    let adapter_of = |path: &str| adapters.iter().find(|name| within(path, name));
    if let Some(adapter) = adapter_of(used)
        && adapter_of(module) != Some(adapter)
        // The `mod.rs` beside adapters has the one match that names them.
        && adapter.rsplit_once("::").is_none_or(|(folder, _)| folder != module)
    {
        return Some("only the wiring knows a concrete chat or backend");
    }
    let top = first(module);
    if first(used) == top {
        return None;
    }
    let row = PARTS.iter().find(|part| part.name == top);
    let Some(row) = row else { return Some("no row of the table allows it") };
    if within_any(used, row.never) {
        return Some("its row of the table forbids it");
    }
    (!within_any(used, row.may_use)).then_some("its row of the table does not allow it")
}

/// Chats and backends: `chat::console`, `backend::command` and whoever comes.
fn adapters(sources: &[Source]) -> BTreeSet<String> {
    let names = sources.iter().filter_map(|source| {
        let mut parts = source.module.split("::");
        let (folder, name) = (parts.next()?, parts.next()?);
        ADAPTERS.contains(&folder).then(|| format!("{folder}::{name}"))
    });
    names.collect()
}

#[test]
fn every_file_of_the_house_is_in_a_row() {
    let known = |module: &str| {
        WIRING.contains(&first(module)) || PARTS.iter().any(|part| part.name == first(module))
    };
    let sources = sources("src");
    let unknown = sources.iter().filter(|source| !known(&source.module));
    let faults: Vec<_> =
        unknown.map(|source| format!("{} is in no row", source.path.display())).collect();
    assert_none(&faults);
}

#[test]
fn libraries_of_the_outside_stay_where_they_are_wrapped() {
    let mut faults = Vec::new();
    for source in &sources("src") {
        for (name, homes) in WRAPPED {
            let uses = paths(&source.tokens).iter().any(|path| first(path) == *name);
            if uses && !within_any(&source.module, homes) {
                faults.push(format!("{} uses {name}", source.path.display()));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn sql_stands_in_the_store_and_nowhere_else() {
    let mut faults = Vec::new();
    for source in sources("src").into_iter().chain(sources("core/src")) {
        let is_store = within(&source.module, "store") && source.path.starts_with("src");
        for text in source.texts.iter().filter(|text| !is_store && is_sql(text)) {
            faults.push(format!("{} says {text:?}", source.path.display()));
        }
    }
    assert_none(&faults);
    assert!(is_sql("\n  SELECT a\n from b") && is_sql("update a set b = 1"));
    assert!(!is_sql("select a version") && !is_sql("update your shell to set it"));
}

fn is_sql(text: &str) -> bool {
    let text = text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let words: Vec<&str> = text.split(' ').collect();
    let begins = |first: &str, later: &str, at: usize| {
        words.first() == Some(&first) && words.iter().skip(at).any(|word| *word == later)
    };
    let update = words.first() == Some(&"update") && words.get(2) == Some(&"set");
    let starts =
        ["insert into ", "insert or ", "delete from ", "create table ", "pragma ", "begin "];
    update || begins("select", "from", 2) || starts.iter().any(|start| text.starts_with(start))
}

#[test]
fn the_core_answers_from_its_arguments_alone() {
    let mut faults = Vec::new();
    for source in &sources("core/src") {
        let mut fault = |what: &str| faults.push(format!("{} uses {what}", source.path.display()));
        for word in source.tokens.iter().filter(|word| IMPURE.contains(&word.as_str())) {
            fault(word);
        }
        for path in paths(&source.tokens) {
            let outside = ["env", "fs", "io", "net", "process", "thread", "time"];
            if outside.iter().any(|name| within(&path, &format!("std::{name}"))) {
                fault(&path);
            }
        }
        if source.has(&["::", "now", "("]) || source.has(&[".", "now", "("]) {
            fault("now()");
        }
    }
    assert_none(&faults);
}

#[test]
fn the_core_stands_on_few_crates() {
    let manifest = fs::read_to_string(root().join("core/Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap();
    let more = dependencies.keys().filter(|name| !CORE_STANDS_ON.contains(&name.as_str()));
    let faults: Vec<_> = more.map(|name| format!("core depends on {name}")).collect();
    assert_none(&faults);
}

#[test]
fn rustls_has_one_provider() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let lock: toml::Table = toml::from_str(&lock).unwrap();
    let packages = lock["package"].as_array().unwrap();
    let names: Vec<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    assert!(names.contains(&"ring"), "the provider that main chooses");
    let others = ["aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls"];
    let found = names.iter().filter(|name| others.contains(name));
    assert_none(&found.map(|name| format!("{name} is in Cargo.lock")).collect::<Vec<_>>());
}

#[test]
fn nothing_gives_up_without_saying_why_or_goes_round_the_compiler() {
    let mut faults = Vec::new();
    for source in sources("src").into_iter().chain(sources("core/src")) {
        let never: [&[&str]; 6] = [
            &[".", "unwrap", "("],
            &["panic", "!"],
            &["todo", "!"],
            &["unimplemented", "!"],
            &["dbg", "!"],
            &["unsafe"],
        ];
        for words in never.into_iter().filter(|words| source.has(words)) {
            faults.push(format!("{} has {}", source.path.display(), words.concat()));
        }
    }
    assert_none(&faults);
}

#[test]
fn this_reads_paths_as_the_compiler_does() {
    let code = "use crate::{a::{self, B}, c}; use super::super::d::E as F; fn f() { self::g::h(crate::i::J::<K>) }";
    let (code, texts) = without_texts(&format!("{code} // crate::not\n let x = r#\"crate::no\"#;"));
    let mut found = Vec::new();
    for path in paths(&tokens(&code)) {
        found.extend(absolute("x::y::z", &path));
    }
    assert_eq!(found, ["a::self", "a::B", "c", "x::d::E", "x::y::z::g::h", "i::J"]);
    assert_eq!(texts, ["crate::no"]);
    let none = BTreeSet::from(["chat::one".to_owned(), "chat::two".to_owned()]);
    assert!(forbids("chat::one::wire", "chat::two::Card", &none).is_some());
    assert!(forbids("chat", "chat::two::Card", &none).is_none());
    assert!(forbids("chat::one::wire", "chat::Chat", &none).is_none());
    assert!(forbids("courier::speak", "chat::one", &none).is_some());
    assert!(forbids("courier::speak", "chat::Chat", &none).is_none());
    assert!(forbids("engine", "courier", &none).is_some());
    assert!(forbids("schedule", "store::write::Writer", &none).is_some());
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
