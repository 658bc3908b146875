//! Says the patterns of manifests, each in any of its ways.

use std::collections::BTreeMap;

use wilco_core::manifest::Manifest;

/// Says a pattern: each choice in it is made by the next number, each slot filled from the values.
pub struct Speaker<'a> {
    pub choices: std::iter::Cycle<std::slice::Iter<'a, u8>>,
    pub values: &'a BTreeMap<&'static str, String>,
    pub means: BTreeMap<String, String>,
}

impl Speaker<'_> {
    pub fn say(&mut self, pattern: &str) -> String {
        let mut said = String::new();
        let mut rest = pattern;
        while let Some(c) = rest.chars().next() {
            let end = match c {
                '[' | '(' => {
                    let end = closing(rest);
                    let mut ways: Vec<&str> = alternatives(&rest[1..end]);
                    if c == '[' {
                        ways.push("");
                    }
                    let choice = self.choices.next().map_or(0, |n| usize::from(*n) % ways.len());
                    said.push_str(&self.say(ways[choice]));
                    end + 1
                }
                '<' => {
                    let end = rest.find('>').expect("a slot is closed");
                    said.push_str(&self.fill(&rest[1..end]));
                    end + 1
                }
                c => {
                    said.push(c);
                    c.len_utf8()
                }
            };
            rest = &rest[end..];
        }
        said
    }

    fn fill(&mut self, slot: &str) -> String {
        match slot {
            "dry-run" => drop(self.means.insert("dry_run".into(), "true".into())),
            "request" => {
                let means = [("request", "deploy"), ("service", "api"), ("environment", "prod")];
                self.means.extend(means.map(|(slot, value)| (slot.into(), value.into())));
            }
            slot => drop(self.means.insert(slot.into(), self.values[slot].clone())),
        }
        self.values[slot].clone()
    }
}

fn closing(text: &str) -> usize {
    let mut depth = 0;
    for (index, c) in text.char_indices() {
        depth += i32::from("[(".contains(c)) - i32::from("])".contains(c));
        if depth == 0 {
            return index;
        }
    }
    text.len()
}

fn alternatives(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let split = |c: char| {
        depth += i32::from("[(".contains(c)) - i32::from("])".contains(c));
        c == '|' && depth == 0
    };
    text.split(split).collect()
}

/// Returns the forms that begin with the command's own verb, said with each alias instead.
pub fn aliased(manifest: &Manifest) -> Vec<String> {
    let bare = |pattern: &str| pattern.strip_prefix("[please] ").unwrap_or(pattern).to_owned();
    let verb = bare(&manifest.say[0]).split(' ').next().unwrap_or_default().to_owned();
    let rests: Vec<String> = manifest
        .say
        .iter()
        .filter_map(|pattern| bare(pattern).strip_prefix(&verb).map(str::to_owned))
        .filter(|rest| rest.is_empty() || rest.starts_with(' '))
        .collect();
    let said =
        |alias: &String| rests.iter().map(|rest| format!("{alias}{rest}")).collect::<Vec<_>>();
    manifest.aliases.iter().flat_map(said).collect()
}
