//! How a scenario changes its configuration.

use std::fs;

use wilco::settings;
use wilco_core::catalog::Catalog;

use super::stage::Stage;

impl Stage {
    /// Puts the configuration in force anew; its faults are returned, and change nothing.
    pub async fn reload(&self) -> Result<(), String> {
        self.app().reload(self.catalog()?).await;
        Ok(())
    }

    pub fn catalog(&self) -> Result<Catalog, String> {
        match settings::load(&self.path("config")) {
            Ok(settings) => Ok(settings.catalog),
            Err(faults) => {
                let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
                Err(faults
                    .join("\n")
                    .replace(self.path("").display().to_string().trim_end_matches('/'), "…"))
            }
        }
    }

    /// Replaces a text in a file of the configuration; it must be there.
    pub fn edit(&self, file: &str, from: &str, to: &str) -> Result<(), String> {
        let path = self.path("config").join(file);
        let before = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        if !before.contains(from) {
            return Err(format!("{file} does not have `{from}`"));
        }
        fs::write(&path, before.replacen(from, to, 1)).map_err(|error| error.to_string())
    }

    /// Puts another policy in place of the one of a service in an environment.
    pub fn policy(&self, service: &str, environment: &str, policy: &str) -> Result<(), String> {
        let path = self.path("config/services.toml");
        let before = fs::read_to_string(&path).unwrap();
        let header = format!("[service.{service}.environment.{environment}]\npolicy");
        let (head, rest) = before.split_once(&header).ok_or("there is no such policy")?;
        let (_, rest) = rest.split_once('\n').unwrap();
        fs::write(&path, format!("{head}{header} = {policy}\n{rest}")).unwrap();
        Ok(())
    }

    /// Leaves a person this one role.
    pub fn role(&self, person: &str, role: &str) -> Result<(), String> {
        let path = self.path("config/people.toml");
        let before = fs::read_to_string(&path).unwrap();
        let (head, rest) =
            before.split_once(&format!("[person.{person}]")).ok_or("there is no such person")?;
        let (accounts, rest) = rest.split_once("roles").unwrap();
        let (_, rest) = rest.split_once('\n').unwrap();
        let entry = format!("[person.{person}]{accounts}roles = [\"{role}\"]");
        fs::write(&path, format!("{head}{entry}\n{rest}")).unwrap();
        Ok(())
    }

    /// Puts a line of wilco.toml in the place of the one with the same key; it counts from the next start.
    pub fn set(&self, setting: &str) {
        let key = setting.split_whitespace().next().unwrap();
        let path = self.path("config/wilco.toml");
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| match line.split_whitespace().next() {
            Some(word) if word == key => setting,
            _ => line,
        });
        fs::write(&path, lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
    }
}
