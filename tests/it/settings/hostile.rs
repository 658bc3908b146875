//! Files that cannot be read, or that nobody in their senses would write.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use wilco::settings;

use super::{Configuration, DEPLOY, PEOPLE, SERVICES};

#[test]
fn files_that_cannot_be_read_say_why() {
    let missing = settings::load(Path::new("nowhere/config")).unwrap_err();
    assert_eq!(
        missing[0].to_string(),
        "nowhere/config: does not exist; `wilco init DIR` writes a configuration to start from"
    );
    for name in ["config/wilco.toml", "config/people.toml", "config/services.toml"] {
        let configuration = Configuration::good();
        fs::remove_file(configuration.path(name)).unwrap();
        configuration.has_one_fault(name, "does not exist; `wilco init DIR`");
    }
    let configuration = Configuration::good();
    fs::remove_dir_all(configuration.path("commands")).unwrap();
    configuration.has_one_fault("commands:", "has no file of a command");

    let configuration = Configuration::good();
    fs::write(configuration.path("config/people.toml"), b"[person.ana]\n# \xff\n").unwrap();
    configuration.has_one_fault("config/people.toml:", "is not UTF-8 text, from line 2 on");
    configuration.write("config/people.toml", &"#".repeat((1 << 20) + 1));
    configuration.has_one_fault("config/people.toml:", "is longer than 1 MiB");
    configuration
        .write("config/people.toml", &format!("{PEOPLE}{}", "#".repeat((1 << 20) - PEOPLE.len())));
    configuration.load().unwrap();

    fs::remove_file(configuration.path("config/people.toml")).unwrap();
    std::os::unix::fs::symlink("gone.toml", configuration.path("config/people.toml")).unwrap();
    configuration
        .has_one_fault("config/people.toml:", "is a symbolic link to gone.toml, which does");
    fs::remove_file(configuration.path("config/people.toml")).unwrap();
    fs::create_dir(configuration.path("config/people.toml")).unwrap();
    configuration.has_one_fault("config/people.toml:", "is not a file");
}

#[test]
fn nesting_without_end_is_a_fault_and_not_a_crash() {
    let dotted = "a.".repeat(250_000);
    for text in [
        "[".repeat(500_000),
        format!("a = {}", "[".repeat(200_000)),
        format!("a = {}", "{a=".repeat(200_000)),
        format!("{dotted}a = 1"),
        format!("[{dotted}a]"),
    ] {
        let configuration = Configuration::with("config/services.toml", &text);
        assert!(!configuration.faults().is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in damaged(), file in 0..FILES.len()) {
        let configuration = Configuration::good();
        fs::write(configuration.path(FILES[file]), bytes).unwrap();
        if let Err(faults) = configuration.load() {
            prop_assert!(!faults.is_empty());
            prop_assert!(faults.iter().all(|fault| !fault.to_string().contains(char::is_control)));
        }
    }
}

const FILES: [&str; 4] =
    ["config/wilco.toml", "config/people.toml", "config/services.toml", "commands/deploy.toml"];

/// Bytes out of nowhere, and good files with some of their bytes changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let good = prop_oneof![Just(PEOPLE), Just(SERVICES), Just(DEPLOY)];
    let holes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
    let changed = (good, holes).prop_map(|(text, holes)| {
        let mut bytes = text.as_bytes().to_vec();
        for (index, byte) in holes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    });
    prop_oneof![proptest::collection::vec(any::<u8>(), 0..300), changed]
}

#[test]
fn a_name_in_the_configuration_never_climbs_out_of_its_folder() {
    for name in ["../etc", "web/../api", "/etc/passwd", "..", ".web", "a..b", "we\\u0000b", "-rf"] {
        for (file, text) in [
            ("config/services.toml", SERVICES.replace(".api.", &format!(".\"{name}\"."))),
            ("config/services.toml", SERVICES.replace(".prod]", &format!(".\"{name}\"]"))),
            ("config/people.toml", PEOPLE.replace("person.ana", &format!("person.\"{name}\""))),
            ("config/people.toml", PEOPLE.replace("[\"deployer\"]", &format!("[\"{name}\"]"))),
            ("config/wilco.toml", format!("[channel.\"{name}\"]\nconsole = \"x\"\n")),
        ] {
            let configuration = Configuration::with(file, &text);
            let faults = configuration.faults();
            assert!(faults.contains(file), "{name} in {file}: {faults}");
        }
    }
    for file in ["commands/-rf.toml", "commands/a..b.toml", "commands/a b.toml"] {
        let configuration = Configuration::with(file, DEPLOY);
        assert!(configuration.load().is_err(), "{file}");
    }
}
