//! Answers about what can be said, who somebody is, what they may do, and why something waits.

use crate::deployment::Status;
use crate::ids::{Account, PersonName, RoleName};
use crate::manifest::Localized;
use crate::notice::{HelpEntry, Locale, Notice, PolicySummary};
use crate::refusal::Refusal;
use crate::text::inert;
use crate::wording::refusals::{not_a_person, refusal};
use crate::wording::words::{NAME_MAX, REASON_MAX, TITLE_MAX};
use crate::wording::{Voice, columns, forms, log};

/// Lists what this person can say.
pub(crate) fn help(commands: &[HelpEntry], voice: &Voice) -> String {
    if commands.is_empty() {
        return voice.word("help-nothing");
    }
    let rows: Vec<Vec<String>> = commands
        .iter()
        .map(|entry| {
            let form = forms::of(entry, voice).into_iter().next().unwrap_or_default();
            vec![form, localized(&entry.summary, voice)]
        })
        .collect();
    let mut lines = vec![voice.word("help-all")];
    lines.extend(columns(&rows));
    lines.extend(commands.first().map(|entry| {
        voice.phrase("help-more").with("command", word_for(entry, voice.locale)).say()
    }));
    lines.join("\n")
}

/// Explains one command with its forms and examples.
pub(crate) fn help_command(entry: &HelpEntry, examples: &[String], voice: &Voice) -> String {
    let summary = localized(&entry.summary, voice);
    let first = voice.phrase("help-command").with("command", word_for(entry, voice.locale));
    let mut lines = vec![first.with("summary", summary).say()];
    lines.extend(forms::of(entry, voice).into_iter().map(|form| format!("  {form}")));
    if !examples.is_empty() {
        lines.push(voice.word("help-examples"));
        lines.extend(
            forms::in_order(examples, voice).into_iter().map(|example| format!("  {example}")),
        );
    }
    lines.join("\n")
}

/// Returns the word for a command in the reader's language.
fn word_for(entry: &HelpEntry, locale: Locale) -> String {
    let own = match locale {
        Locale::En => None,
        Locale::Ko => entry.aliases.iter().find(|alias| forms::is_korean(alias)),
    };
    own.map_or_else(|| entry.command.to_string(), |alias| inert(alias, NAME_MAX))
}

/// Says whom wilco takes this account for.
pub(crate) fn whoami(
    account: &Account,
    person: Option<&PersonName>,
    roles: &[RoleName],
    voice: &Voice,
) -> String {
    let Some(person) = person else {
        return not_a_person("whoami-nobody", account, voice);
    };
    let phrase = if roles.is_empty() {
        voice.phrase("whoami-without-roles")
    } else {
        voice.phrase("whoami").with("roles", voice.listed(roles))
    };
    phrase.with("person", person).text("account", &account.to_string(), 2 * NAME_MAX).say()
}

/// Says whether somebody may do something, and what it would wait for.
pub(crate) fn can(
    refused: Option<&Refusal>,
    command: &str,
    policy: Option<&PolicySummary>,
    voice: &Voice,
) -> String {
    let phrase = match (refused, policy.map(|policy| (policy, voice.policy(policy)))) {
        (Some(refused), _) => voice.phrase("can-not").with("refusal", refusal(refused, voice)),
        (None, None) => voice.phrase("can"),
        (None, Some((_, None))) => voice.phrase("can-at-once"),
        (None, Some((policy, Some(what)))) => voice
            .phrase("can-after")
            .with("what", what)
            .with("expires", voice.duration(policy.expires)),
    };
    phrase.quoted("command", command, TITLE_MAX).say()
}

/// Says what a deployment waits for, and who can change that.
pub(crate) fn why(notice: &Notice, voice: &Voice) -> String {
    let Notice::Why { deployment, status, unknown, blockers, expires_at } = notice else {
        return String::new();
    };
    let about = |id| log::about(id, *deployment, voice);
    if let Some(reason) = unknown {
        return about("log-start-unknown").with("reason", voice.private_reason(reason)).say();
    }
    match status {
        Status::Resolving => about("why-resolving").say(),
        Status::Waiting if blockers.is_empty() => about("why-ready").say(),
        Status::Waiting => {
            let mut lines = vec![about("why-waiting").say()];
            lines.extend(blockers.iter().map(|blocker| format!("  {}", voice.blocker(blocker))));
            let expires = voice.phrase("why-expires").with("at", voice.time(*expires_at));
            lines.push(expires.say());
            lines.join("\n")
        }
        Status::Starting => about("why-starting").say(),
        Status::Running => about("why-running").say(),
        Status::Ended(_) => about("why-over").with("status", voice.status(*status)).say(),
    }
}

fn localized(text: &Localized, voice: &Voice) -> String {
    inert(text.in_locale(voice.locale), REASON_MAX)
}
