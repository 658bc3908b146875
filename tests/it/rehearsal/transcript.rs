//! A scenario's file → what happens in it, step by step, and what is expected to be seen after each.

use std::fmt::Write as _;

/// A scenario as it is written down.
pub struct Transcript {
    /// Everything before the first step, as it stands.
    pub head: Vec<String>,
    /// Settings of the header, such as `locale = "ko"`.
    pub settings: Vec<String>,
    /// Where it takes place.
    pub chats: Chats,
    /// Where the code is.
    pub code: Code,
    pub channel: String,
    pub steps: Vec<Step>,
}

/// The chats in which a scenario takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chats {
    /// On the console, and in each other chat by itself.
    Each,
    /// In Slack and Discord at once.
    SlackAndDiscord,
}

/// Where the services of a scenario have their code, and what deploys it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A repository on this machine, and scripts.
    Here,
    /// A simulated GitHub, and its workflows.
    OnGithub,
    /// The same, and its webhooks reach wilco, which tells a channel of the news.
    OnGithubWithNews,
}

/// One thing that happens, with what is to be seen once everything is at rest again.
pub struct Step {
    /// Comments and empty lines before it, as they stand.
    pub before: Vec<String>,
    /// Where it stands in the file, from 1.
    pub line: usize,
    pub action: String,
    pub expected: Vec<String>,
}

/// A difference between what is expected and what was seen.
pub struct Difference {
    pub line: usize,
    pub action: String,
    pub expected: Vec<String>,
    pub seen: Vec<String>,
}

impl Transcript {
    /// Reads a scenario; what is wrong with it is said with its line.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut transcript = Self {
            head: vec![],
            settings: vec![],
            chats: Chats::Each,
            code: Code::Here,
            channel: String::new(),
            steps: vec![],
        };
        let mut before = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let (number, line) = (index + 1, line.trim_end());
            if transcript.channel.is_empty() {
                transcript.take_head(number, line)?;
                continue;
            }
            if is_output(line) {
                let step = transcript.steps.last_mut().filter(|_| before.is_empty());
                let step = step.ok_or(format!("line {number}: nothing happens before this"))?;
                step.expected.push(line.to_owned());
            } else if line.is_empty() || line.starts_with('#') {
                before.push(line.to_owned());
            } else {
                let action = line.to_owned();
                let before = std::mem::take(&mut before);
                transcript.steps.push(Step { before, line: number, action, expected: vec![] });
            }
        }
        if transcript.steps.is_empty() {
            return Err("nothing happens in it: begin with `# why`, then `console #deploys`".into());
        }
        Ok(transcript)
    }

    fn take_head(&mut self, number: usize, line: &str) -> Result<(), String> {
        self.head.push(line.to_owned());
        if number == 1 && !line.starts_with("# ") {
            return Err("line 1: a scenario begins with `# ` and why it exists".into());
        }
        if let Some(channel) = line.strip_prefix("console #") {
            channel.clone_into(&mut self.channel);
        } else if let Some(channel) = line.strip_prefix("slack+discord #") {
            channel.clone_into(&mut self.channel);
            self.chats = Chats::SlackAndDiscord;
        } else if line == "code on github" {
            self.code = Code::OnGithub;
        } else if line == "code and news on github" {
            self.code = Code::OnGithubWithNews;
        } else if line.contains(" = ") && !line.starts_with('#') {
            self.settings.push(line.to_owned());
        } else if !line.is_empty() && !line.starts_with('#') {
            return Err(format!("line {number}: `console #deploys` comes first"));
        }
        Ok(())
    }

    /// Writes the scenario down with what was seen in place of what was expected.
    pub fn with(&self, seen: &[Vec<String>]) -> String {
        let mut lines = self.head.clone();
        for (step, seen) in self.steps.iter().zip(seen) {
            lines.extend(step.before.iter().cloned());
            lines.push(step.action.clone());
            lines.extend(seen.iter().cloned());
        }
        lines.join("\n") + "\n"
    }
}

impl Difference {
    /// Returns the difference for people: `-` was expected, `+` was seen.
    pub fn text(&self, file: &str) -> String {
        let mut text = format!("{file}:{}: after `{}`\n", self.line, self.action);
        let mut add = |sign: char, line: &str| {
            writeln!(text, "  {sign} {line}").unwrap();
        };
        let same = self.expected.iter().zip(&self.seen).take_while(|(one, other)| one == other);
        let same = same.count();
        self.expected[..same].iter().for_each(|line| add(' ', line));
        self.expected[same..].iter().for_each(|line| add('-', line));
        self.seen[same..].iter().for_each(|line| add('+', line));
        text
    }
}

/// `<` is said by wilco, perhaps with where, `=` is what the test looked up, and `github` what GitHub saw.
fn is_output(line: &str) -> bool {
    let is_seen = line.starts_with("github ") && !line.starts_with("github > ");
    is_seen || line.starts_with('<') || line == "=" || line.starts_with("= ")
}
