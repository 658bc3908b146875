//! Wilco's configuration in simulated platforms, where everybody is ana.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::load::CHANNELS;
use crate::world;

/// A platform that wilco is in.
pub struct Joined {
    /// As `people.toml` calls it.
    pub platform: &'static str,
    /// Everybody's, each in quotes.
    pub accounts: Vec<String>,
    /// What `wilco.toml` says of it.
    pub table: String,
}

/// Writes a configuration with a service for each channel.
pub fn configure(directory: &Path, platforms: &[Joined]) {
    world::write(directory, CHANNELS);
    let config = directory.join("config");
    let (mut accounts, mut tables) = (String::new(), String::new());
    for joined in platforms {
        writeln!(accounts, "{} = [{}]", joined.platform, joined.accounts.join(", ")).unwrap();
        tables += &joined.table;
    }
    let people = config.join("people.toml");
    let text = fs::read_to_string(&people).unwrap();
    let line = "console = [\"ana\"]\n";
    assert!(text.contains(line));
    fs::write(&people, text.replacen(line, &format!("{line}{accounts}"), 1)).unwrap();
    let root = config.join("wilco.toml");
    // Nobody types as fast as a load generator does.
    let text = fs::read_to_string(&root).unwrap();
    let text = text.replace("burst           = 20", "burst           = 10000");
    assert!(text.contains("= 10000"));
    fs::write(&root, text + &tables).unwrap();
}
