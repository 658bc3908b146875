//! What the slots of a form hold: typed text → checked names, numbers and moments. Nothing is corrected.

use chrono::NaiveDate;

use super::form::Take;
use super::pattern::Slot;
use super::words::{self, Token};
use crate::ids::{CommandName, DeploymentId, EnvironmentName, RefName, ServiceName};
use crate::language::Preference;
use crate::request::{Moment, Request};

/// A reason is cut after this many characters, so that it fits a card. Refusing it would cost more: somebody is stopping a deployment.
const REASON_LENGTH_MAX: usize = 500;

/// Everything that a line can say about a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Slots {
    pub service: Option<ServiceName>,
    pub environment: Option<EnvironmentName>,
    pub version: Option<RefName>,
    pub from: Option<EnvironmentName>,
    pub to: Option<EnvironmentName>,
    pub deployment: Option<DeploymentId>,
    pub reason: Option<String>,
    pub moment: Option<Moment>,
    pub command: Option<CommandName>,
    pub request: Option<Box<Request>>,
    pub language: Option<Preference>,
    pub dry_run: bool,
}

impl Slots {
    /// Fills a slot; `None` when the text is not what must stand there.
    ///
    /// `command_of` gives the command that a word begins. A `<request>` is filled by whoever can hear it.
    pub fn put(
        &mut self,
        slot: Slot,
        text: &str,
        command_of: impl Fn(&str) -> Option<CommandName>,
    ) -> Option<()> {
        match slot {
            Slot::Service => self.service = Some(service(text)?),
            Slot::Environment => self.environment = Some(environment(text)?),
            Slot::Version => self.version = Some(RefName::new(text).ok()?),
            Slot::ServiceVersion => {
                let (name, version) = text.split_once('@')?;
                self.service = Some(service(name)?);
                self.version = Some(RefName::new(version).ok()?);
            }
            Slot::Deployment => self.deployment = Some(deployment(text)?),
            Slot::From => self.from = Some(environment(text)?),
            Slot::To => self.to = Some(environment(text)?),
            Slot::Reason => self.reason = reason(text),
            Slot::Moment => self.moment = Some(moment(text)?),
            Slot::Command => self.command = Some(command(text, command_of)?),
            Slot::Request => {}
            Slot::Language => self.language = Some(Preference::heard(text)?),
            Slot::DryRun => self.dry_run = true,
        }
        Some(())
    }
}

/// Tells whether a word can be meant for a part of a slot, well formed or not.
///
/// A word with `@` is a service with a version, so that the right form names what is wrong with it.
pub(super) fn may_be_meant(take: Take, token: &Token) -> bool {
    match take {
        Take::One(Slot::ServiceVersion) => token.text.contains('@'),
        Take::One(Slot::Service) => !token.text.contains('@'),
        Take::One(_) | Take::Day | Take::Time | Take::Rest(_) => true,
    }
}

/// Tells whether a word is well formed for a part of a slot.
pub(super) fn fits(take: Take, token: &Token) -> bool {
    match take {
        Take::Rest(_) => true,
        Take::Day => is_yesterday(&token.word) || date(&token.word).is_some(),
        Take::Time => time(&token.word).is_some(),
        // Whether a Korean word begins a command is seen when the slot is filled.
        Take::One(Slot::Command) => {
            !token.text.is_ascii() || CommandName::new(&*token.word).is_ok()
        }
        Take::One(slot) => Slots::default().put(slot, &token.text, |_| None).is_some(),
    }
}

/// Names are lower case by definition, so the case that they are typed in says nothing.
fn service(text: &str) -> Option<ServiceName> {
    ServiceName::new(text.to_ascii_lowercase()).ok()
}

fn environment(text: &str) -> Option<EnvironmentName> {
    EnvironmentName::new(text.to_ascii_lowercase()).ok()
}

/// People write `reject #42: too risky`.
fn deployment(text: &str) -> Option<DeploymentId> {
    text.strip_suffix([':', ',']).unwrap_or(text).parse().ok()
}

fn reason(text: &str) -> Option<String> {
    let shown = words::visible(text);
    (!shown.is_empty()).then(|| words::clip(&shown, REASON_LENGTH_MAX))
}

/// A word that begins no command is passed on as it is: that it names none is for others to say.
fn command(text: &str, command_of: impl Fn(&str) -> Option<CommandName>) -> Option<CommandName> {
    let word = text.to_lowercase();
    command_of(&word).or_else(|| CommandName::new(word).ok())
}

fn moment(text: &str) -> Option<Moment> {
    let text = text.to_lowercase();
    let Some((day, clock)) = text.split_once(' ') else {
        if let Some((hour, minute)) = time(&text) {
            return Some(Moment::Time { hour, minute });
        }
        let (year, month, day) = date(&text)?;
        return Some(Moment::Date { year, month, day, hour: 23, minute: 59 });
    };
    let (hour, minute) = time(clock)?;
    if is_yesterday(day) {
        return Some(Moment::Yesterday { hour, minute });
    }
    let (year, month, day) = date(day)?;
    Some(Moment::Date { year, month, day, hour, minute })
}

fn is_yesterday(word: &str) -> bool {
    matches!(word, "yesterday" | "어제")
}

fn time(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (number(hour, 1..=2)?, number(minute, 2..=2)?);
    (hour < 24 && minute < 60).then_some((hour, minute))
}

fn date(text: &str) -> Option<(i32, u8, u8)> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !whole {
        return None;
    }
    let (month, day) = (number(month, 1..=2)?, number(day, 1..=2)?);
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month.into(), day.into())?;
    Some((chrono::Datelike::year(&date), month, day))
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u8> {
    let plain = digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Writes a moment as people say it.
pub(super) fn moment_text(moment: Moment) -> String {
    match moment {
        Moment::Time { hour, minute } => format!("{hour:02}:{minute:02}"),
        Moment::Yesterday { hour, minute } => format!("yesterday {hour:02}:{minute:02}"),
        Moment::Date { year, month, day, hour, minute } => {
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_people_write_it() {
        for (text, expected) in [
            ("14:05", Some("14:05")),
            ("9:00", Some("09:00")),
            ("Yesterday 09:00", Some("yesterday 09:00")),
            ("어제 09:00", Some("yesterday 09:00")),
            ("2026-11-19 14:05", Some("2026-11-19 14:05")),
            ("2026-11-19", Some("2026-11-19 23:59")),
            ("2024-02-29", Some("2024-02-29 23:59")),
            ("2026-02-29", None),
            ("24:00", None),
            ("14:60", None),
            ("14:5", None),
            ("+1:05", None),
            ("yesterday", None),
            ("tomorrow 09:00", None),
            ("14", None),
        ] {
            let read = moment(text).map(moment_text);
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_long_reason_is_cut_and_an_invisible_one_is_none() {
        assert_eq!(reason(&"x".repeat(600)).map(|text| text.chars().count()), Some(501));
        assert_eq!(reason(" \u{200b}\u{202e} "), None);
        assert_eq!(reason(" a=“b” \u{202e}— C ").as_deref(), Some("a=“b” — C"));
    }

    #[test]
    fn a_name_is_taken_in_any_case_and_a_ref_in_its_own() {
        let mut slots = Slots::default();
        assert_eq!(slots.put(Slot::ServiceVersion, "API@Feature/X", |_| None), Some(()));
        assert_eq!(slots.service, ServiceName::new("api").ok());
        assert_eq!(slots.version, RefName::new("Feature/X").ok());
        for wrong in ["api@", "@v1", "api", "../x@v1", "api@a..b"] {
            assert_eq!(slots.put(Slot::ServiceVersion, wrong, |_| None), None, "{wrong}");
        }
        // The Kelvin sign looks like `K`; lower-casing must not make it one.
        assert_eq!(slots.put(Slot::Service, "\u{212a}8s", |_| None), None);
    }
}
