//! Sources as the house rules look at them: without tests, comments and texts, and with their paths spread out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A source up to its tests.
pub struct Source {
    /// From the root of the project.
    pub path: PathBuf,
    pub module: String,
    pub tokens: Vec<String>,
    pub texts: Vec<String>,
}

impl Source {
    pub fn has(&self, words: &[&str]) -> bool {
        self.tokens.windows(words.len()).any(|window| window == words)
    }
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns every source below a folder but those that only tests have.
pub fn sources(folder: &str) -> Vec<Source> {
    let mut for_tests = BTreeSet::new();
    let mut sources = Vec::new();
    for file in files(folder) {
        let text = fs::read_to_string(&file).unwrap();
        let relative = file.strip_prefix(root().join(folder)).unwrap();
        let module = module_of(relative);
        let (kept, only_in_tests) = before_tests(&text);
        for_tests.extend(only_in_tests.into_iter().map(|name| join(&module, &name)));
        let (code, texts) = without_texts(&kept);
        sources.push(Source {
            path: Path::new(folder).join(relative),
            module,
            tokens: tokens(&code),
            texts,
        });
    }
    sources.retain(|source| !for_tests.iter().any(|name| within(&source.module, name)));
    assert!(sources.len() > 10, "the sources are in {folder}");
    sources
}

/// Returns every Rust file below a folder, in order.
pub fn files(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    gather(&root().join(folder), &mut files);
    files.sort();
    files
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn module_of(relative: &Path) -> String {
    let path = relative.with_extension("");
    let path = if path.ends_with("mod") { path.parent().unwrap() } else { &path };
    let parts: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).collect();
    parts.join("::")
}

fn join(module: &str, name: &str) -> String {
    if module == "lib" { name.to_owned() } else { format!("{module}::{name}") }
}

/// Returns the text before its tests, and the names of modules that only tests have.
pub fn before_tests(text: &str) -> (String, Vec<String>) {
    let (mut kept, mut only_in_tests) = (String::new(), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line != "#[cfg(test)]" {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        let Some(name) = lines.next().and_then(|next| next.strip_suffix(';')) else { break };
        only_in_tests.extend(name.rsplit(' ').next().map(str::to_owned));
    }
    (kept, only_in_tests)
}

/// Returns the code with its comments and texts taken out, and the texts.
pub fn without_texts(code: &str) -> (String, Vec<String>) {
    let (mut left, mut texts) = (String::new(), Vec::new());
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let raw = rest.strip_prefix('r').filter(|_| !left.ends_with(is_word));
        let hashes = raw.map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if let Some(raw) = raw.and_then(|raw| raw[hashes..].strip_prefix('"')) {
            let end = format!("\"{}", "#".repeat(hashes));
            let (text, after) = raw.split_once(&end).unwrap();
            texts.push(text.to_owned());
            rest = after;
        } else if let Some(text) = rest.strip_prefix('"') {
            let mut escaped = false;
            let end = text.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            let (text, after) = text.split_at(end.unwrap());
            texts.push(text.to_owned());
            rest = &after[1..];
        } else if let Some(length) = character(rest) {
            rest = &rest[length..];
        } else {
            left.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    (left, texts)
}

/// Returns how long the character literal is that this begins with; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    if inner.starts_with('\\') {
        return inner[2..].find('\'').map(|at| at + 4);
    }
    let c = inner.chars().next()?;
    inner[c.len_utf8()..].starts_with('\'').then(|| c.len_utf8() + 2)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

pub fn tokens(code: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(c) = rest.chars().next() {
        let length = match rest.find(|c| !is_word(c)).unwrap_or(rest.len()) {
            0 if rest.starts_with("::") => 2,
            0 => c.len_utf8(),
            length => length,
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

/// Returns every path of two parts or more, `use` groups spread out.
pub fn paths(tokens: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begins = tokens[at].starts_with(is_word)
            && (at == 0 || tokens[at - 1] != "::")
            && tokens.get(at + 1).is_some_and(|next| next == "::");
        at = if begins { spread(tokens, at, "", &mut found) } else { at + 1 };
    }
    found
}

/// Reads one path after a prefix; returns where it ends.
fn spread(tokens: &[String], mut at: usize, prefix: &str, found: &mut Vec<String>) -> usize {
    let mut path = prefix.to_owned();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    let is_name = tokens[at].starts_with(is_word) && tokens[at - 1] != "as";
                    let is_item = is_name && tokens[at] != "as";
                    at = if is_item { spread(tokens, at, &path, found) } else { at + 1 };
                }
                return at + 1;
            }
            Some(word) if word.starts_with(is_word) => {
                path = if path.is_empty() { word.to_owned() } else { format!("{path}::{word}") };
                at += 1;
            }
            _ => break,
        }
        if tokens.get(at).is_none_or(|next| next != "::") {
            break;
        }
        at += 1;
    }
    found.push(path);
    at
}

/// Returns the path from the crate's root; `None` for one that is not of this crate.
pub fn absolute(module: &str, path: &str) -> Option<String> {
    if let Some(rest) = path.strip_prefix("crate::") {
        return Some(rest.to_owned());
    }
    let mut base: Vec<&str> = module.split("::").collect();
    let mut rest = path;
    while let Some(above) = rest.strip_prefix("super::") {
        base.pop();
        rest = above;
    }
    let own = rest.strip_prefix("self::");
    if rest.len() == path.len() && own.is_none() {
        return None;
    }
    base.extend(own.unwrap_or(rest).split("::"));
    Some(base.join("::"))
}

pub fn first(path: &str) -> &str {
    path.split("::").next().unwrap_or_default()
}

pub fn within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

pub fn within_any(path: &str, modules: &[&str]) -> bool {
    modules.iter().any(|module| within(path, module))
}
