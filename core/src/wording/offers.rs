//! Words around the filling in of a command: what its fields ask for, and what is offered there.

use crate::grammar::fields::FieldName;
use crate::ids::CommitSha;
use crate::language::Preference;
use crate::notice::{Locale, Summary};
use crate::text::inert;
use crate::wording::Voice;
use crate::wording::language;
use crate::wording::surfaces::timeless;
use crate::wording::words::REFERENCE_MAX;

/// Returns what a field is called.
pub fn field_name(field: FieldName, locale: Locale) -> String {
    timeless(locale).word(match field {
        FieldName::Service => "slot-service",
        FieldName::Environment => "slot-environment",
        FieldName::Version => "slot-version",
        FieldName::Deployment => "slot-deployment",
        FieldName::From => "slot-from",
        FieldName::To => "slot-to",
        FieldName::Reason => "slot-reason",
        FieldName::Moment => "slot-moment",
        FieldName::Command => "slot-command",
        FieldName::Request => "slot-request",
        FieldName::Language => "slot-language",
        FieldName::DryRun => "form-dry-run",
        FieldName::Parameters => "slot-parameters",
    })
}

/// Returns what a field asks for, in a few words.
pub fn field_description(field: FieldName, locale: Locale) -> String {
    timeless(locale).word(match field {
        FieldName::Service => "field-service",
        FieldName::Environment => "field-environment",
        FieldName::Version => "field-version",
        FieldName::Deployment => "field-deployment",
        FieldName::From => "field-from",
        FieldName::To => "field-to",
        FieldName::Reason => "field-reason",
        FieldName::Moment => "field-moment",
        FieldName::Command => "field-command",
        FieldName::Request => "field-request",
        FieldName::Language => "field-language",
        FieldName::DryRun => "field-dry-run",
        FieldName::Parameters => "field-parameters",
    })
}

/// What an offered deployment has to do with what is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Live,
    Other,
}

/// Returns a deployment among others, with what it is and how it stands.
pub(crate) fn deployment(summary: &Summary, standing: Standing, locale: Locale) -> String {
    let voice = timeless(locale);
    let version = summary.commit.as_ref().map(|c| voice.version(summary.reference.as_deref(), c));
    let status = match standing {
        Standing::Live => voice.word("card-state-live"),
        Standing::Other => voice.status(summary.status),
    };
    let phrase = match &version {
        Some(version) => voice.phrase("offer-deployment-version").with("version", version),
        None => voice.phrase("offer-deployment"),
    };
    phrase
        .with("deployment", summary.deployment)
        .with("kind", voice.kind(&summary.kind))
        .with("service", &summary.service)
        .with("environment", &summary.environment)
        .with("status", status)
        .say()
}

/// Returns a branch or a tag, with the deployment that it is known by.
pub(crate) fn reference(
    reference: &str,
    summary: &Summary,
    standing: Standing,
    locale: Locale,
) -> String {
    let voice = timeless(locale);
    known_by(inert(reference, REFERENCE_MAX), summary, standing, &voice)
}

/// Returns a commit, with its name if it has one, and the deployment that it is known by.
pub(crate) fn commit(
    commit: &CommitSha,
    summary: &Summary,
    standing: Standing,
    locale: Locale,
) -> String {
    let voice = timeless(locale);
    let reference = summary.reference.as_deref().filter(|name| !name.eq_ignore_ascii_case("head"));
    let version = match reference {
        Some(reference) => voice
            .phrase("offer-commit-named")
            .with("commit", commit.short())
            .text("reference", reference, REFERENCE_MAX)
            .say(),
        None => commit.short().to_owned(),
    };
    known_by(version, summary, standing, &voice)
}

fn known_by(version: String, summary: &Summary, standing: Standing, voice: &Voice) -> String {
    let phrase = match standing {
        Standing::Live => voice.phrase("offer-version-live"),
        Standing::Other => voice.phrase("offer-version").with("deployment", summary.deployment),
    };
    phrase
        .with("version", version)
        .with("service", &summary.service)
        .with("environment", &summary.environment)
        .say()
}

/// Returns a language, as those who speak it call it, or that the configuration decides.
pub(crate) fn language(preference: Preference, locale: Locale) -> String {
    let voice = timeless(locale);
    match preference {
        Preference::Locale(language) => language::name(language, &voice),
        Preference::Configured => voice.word("offer-language-configured"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::deployment::{Kind, Status};
    use crate::wording::samples;

    /// Draws the fields, and one of everything that is offered.
    pub(crate) fn draw(locale: Locale) -> String {
        let mut text = String::from("\n== fields\n");
        for field in FieldName::ALL {
            let (name, description) = (field_name(field, locale), field_description(field, locale));
            writeln!(text, "{name}: {description}").expect("a text takes everything");
        }
        let known = Summary {
            deployment: samples::id(42),
            kind: Kind::Deploy,
            service: "api".parse().expect("a name"),
            environment: "prod".parse().expect("a name"),
            status: Status::Waiting,
            commit: Some(samples::commit("4f2c91a")),
            reference: Some("v1.4.2".into()),
            requester: None,
            requested_at: samples::NOW,
            ended_at: None,
            blockers: vec![],
        };
        let unknown = Summary { commit: None, reference: None, ..known.clone() };
        let bare = Summary { reference: None, ..known.clone() };
        let named = samples::commit("4f2c91a");
        let offered = [
            deployment(&known, Standing::Other, locale),
            deployment(&known, Standing::Live, locale),
            deployment(&unknown, Standing::Other, locale),
            reference("v1.4.2", &known, Standing::Other, locale),
            reference("v1.4.2", &known, Standing::Live, locale),
            commit(&named, &known, Standing::Other, locale),
            commit(&named, &bare, Standing::Live, locale),
            language(Preference::Configured, locale),
        ];
        text + "\n== offered\n" + &offered.join("\n") + "\n"
    }
}
