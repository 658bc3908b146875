//! What is on record → one line of a transcript, fact by fact.

use super::hearing::by_name;
use wilco_core::fact::{Fact, What};
use wilco_core::ids::PersonName;
use wilco_core::language;
use wilco_core::private::Private;

/// Describes what a reader of a scenario wants to know: what, by whom, and why not.
///
/// What depends on the platform, or on how fast a script is, is left out.
pub fn describe(facts: &[Fact]) -> String {
    let kinds: Vec<String> = facts.iter().filter_map(one).collect();
    format!("= {}", if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(" · ") })
}

fn one(fact: &Fact) -> Option<String> {
    let kind = fact.kind().replace('_', " ");
    Some(match &fact.what {
        What::CardShown { .. }
        | What::NewsShown { .. }
        | What::StageChanged { .. }
        | What::ChecksRead { .. }
        | What::CatalogLoaded { .. }
        | What::Founded { .. } => return None,
        What::Requested(requested) => format!("{kind} by {}", name(&requested.by)),
        What::Approved(approved) => format!("{kind} by {}", name(&approved.by)),
        What::Rejected { by, .. }
        | What::VoteWithdrawn { by, .. }
        | What::CancelAsked { by }
        | What::Cancelled { by } => format!("{kind} by {}", name(by)),
        What::RequestRefused { account, reason, .. }
        | What::VoteRefused { account, reason, .. } => {
            let account = account.known().map_or("nobody", |account| account.user.as_str());
            let account = by_name(account);
            format!("{kind} to {account} ({reason})")
        }
        What::Resealed { moved, voided, .. } => {
            let moved: Vec<_> = moved.iter().map(|part| part.code()).collect();
            format!("{kind} ({} moved, {voided} void)", moved.join(", "))
        }
        What::GatesOpened { approvers, .. } => {
            let approvers: Vec<_> = approvers.iter().map(name).collect();
            format!(
                "{kind} ({})",
                if approvers.is_empty() { "nobody asked".into() } else { approvers.join(", ") }
            )
        }
        What::LanguageChosen { person, locale } => {
            format!("{kind} by {} ({})", name(person), language::code(*locale))
        }
        What::RunEnded { end, .. } => format!("{kind} ({})", end.code()),
        What::GivenUp { effect, .. } => format!("{kind} ({effect})"),
        What::Sealed(sealed) => format!("{kind} {}", sealed.version.commit.short()),
        What::NewsHeard { news, .. } => format!("{kind} ({} {})", news.thing, news.state.code()),
        What::NewsMended { thing, .. } => format!("{kind} ({thing})"),
        What::Obstructed { .. }
        | What::RunStarted { .. }
        | What::StartUnknown { .. }
        | What::WrongCommit { .. }
        | What::Expired => kind,
    })
}

fn name(person: &Private<PersonName>) -> String {
    person.known().map_or_else(|| "somebody".to_owned(), ToString::to_string)
}
