//! wilco's own meanings: which slots each needs and takes, and the request that they make.

use std::collections::BTreeMap;

use super::pattern::Slot;
use super::slots::{Slots, moment_text};
use crate::ids::{CommandName, EnvironmentName, ServiceName};
use crate::language::Preference;
use crate::request::{Parameters, Request};

/// A meaning, as [`Request::action`] names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Deploy,
    Rollback,
    Promote,
    Run,
    Status,
    Live,
    Changes,
    History,
    Show,
    Why,
    Approve,
    Reject,
    Cancel,
    Retry,
    Audit,
    Timeline,
    Help,
    Whoami,
    Language,
    Can,
}

/// What manifests write in `action = "…"`; a pipeline of a team's own has no such word.
const NAMED: [(&str, Action); 19] = [
    ("approve", Action::Approve),
    ("audit", Action::Audit),
    ("can", Action::Can),
    ("cancel", Action::Cancel),
    ("changes", Action::Changes),
    ("deploy", Action::Deploy),
    ("help", Action::Help),
    ("history", Action::History),
    ("language", Action::Language),
    ("live", Action::Live),
    ("promote", Action::Promote),
    ("reject", Action::Reject),
    ("retry", Action::Retry),
    ("rollback", Action::Rollback),
    ("show", Action::Show),
    ("status", Action::Status),
    ("timeline", Action::Timeline),
    ("whoami", Action::Whoami),
    ("why", Action::Why),
];

impl Action {
    pub fn named(name: &str) -> Option<Self> {
        NAMED.into_iter().find(|(known, _)| *known == name).map(|(_, action)| action)
    }

    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.into_iter().map(|(name, _)| name)
    }

    /// Returns the slots that every form must fill.
    pub fn needs(self) -> &'static [Slot] {
        match self {
            Self::Deploy
            | Self::Rollback
            | Self::Run
            | Self::Live
            | Self::Changes
            | Self::History => &[Slot::Service, Slot::Environment],
            Self::Promote => &[Slot::Service, Slot::From, Slot::To],
            Self::Show
            | Self::Why
            | Self::Approve
            | Self::Reject
            | Self::Cancel
            | Self::Retry
            | Self::Audit
            | Self::Timeline => &[Slot::Deployment],
            Self::Can => &[Slot::Request],
            Self::Status | Self::Help | Self::Whoami | Self::Language => &[],
        }
    }

    /// Tells whether a form may have the slot.
    pub fn takes(self, slot: Slot) -> bool {
        let optional: &[Slot] = match self {
            Self::Deploy => &[Slot::Version, Slot::DryRun],
            Self::Rollback => &[Slot::Deployment],
            Self::Status => &[Slot::Service, Slot::Environment],
            Self::Live => &[Slot::Moment],
            Self::Changes => &[Slot::Version],
            Self::Reject => &[Slot::Reason],
            Self::Help => &[Slot::Command],
            Self::Language => &[Slot::Language],
            Self::Promote
            | Self::Run
            | Self::History
            | Self::Show
            | Self::Why
            | Self::Approve
            | Self::Cancel
            | Self::Retry
            | Self::Audit
            | Self::Timeline
            | Self::Whoami
            | Self::Can => &[],
        };
        self.needs().contains(&slot) || optional.contains(&slot)
    }

    /// Tells whether `key=value` has a meaning for it.
    pub fn takes_parameters(self) -> bool {
        matches!(self, Self::Deploy | Self::Rollback | Self::Promote | Self::Run)
    }

    /// Makes the request; `None` only if a slot that it needs is empty.
    pub fn request(
        self,
        command: &CommandName,
        slots: Slots,
        parameters: Parameters,
    ) -> Option<Request> {
        let Slots { service, environment, version, deployment, .. } = slots;
        Some(match self {
            Self::Deploy => Request::Deploy {
                service: service?,
                environment: environment?,
                version,
                parameters,
                dry_run: slots.dry_run,
            },
            Self::Rollback => Request::Rollback {
                service: service?,
                environment: environment?,
                to: deployment,
                parameters,
            },
            Self::Promote => {
                Request::Promote { service: service?, from: slots.from?, to: slots.to?, parameters }
            }
            Self::Run => Request::Run {
                command: command.clone(),
                service: service?,
                environment: environment?,
                parameters,
            },
            Self::Status => Request::Status { service, environment },
            Self::Live => {
                Request::Live { service: service?, environment: environment?, at: slots.moment }
            }
            Self::Changes => {
                Request::Changes { service: service?, environment: environment?, version }
            }
            Self::History => Request::History { service: service?, environment: environment? },
            Self::Show => Request::Show { deployment: deployment? },
            Self::Why => Request::Why { deployment: deployment? },
            Self::Approve => Request::Approve { deployment: deployment? },
            Self::Reject => Request::Reject { deployment: deployment?, reason: slots.reason },
            Self::Cancel => Request::Cancel { deployment: deployment? },
            Self::Retry => Request::Retry { deployment: deployment? },
            Self::Audit => Request::Audit { deployment: deployment? },
            Self::Timeline => Request::Timeline { deployment: deployment? },
            Self::Help => Request::Help { command: slots.command },
            Self::Whoami => Request::Whoami,
            Self::Language => Request::Language { choice: slots.language },
            Self::Can => Request::Can { request: slots.request? },
        })
    }
}

/// Returns the slots of a request as texts, under the names that `means` uses in manifests.
///
/// `can` shows the slots of the request that it is about, and that request's action as `request`.
pub(super) fn means(request: &Request) -> BTreeMap<String, String> {
    let mut means = Means::default();
    match request {
        Request::Deploy { service, environment, version, parameters, dry_run } => {
            means.lane(service, environment);
            means.put("version", version.as_ref());
            means.put("dry_run", dry_run.then_some("true"));
            means.parameters(parameters);
        }
        Request::Rollback { service, environment, to, parameters } => {
            means.lane(service, environment);
            means.put("deployment", *to);
            means.parameters(parameters);
        }
        Request::Promote { service, from, to, parameters } => {
            means.put("service", Some(service));
            means.put("from", Some(from));
            means.put("to", Some(to));
            means.parameters(parameters);
        }
        Request::Run { command: _, service, environment, parameters } => {
            means.lane(service, environment);
            means.parameters(parameters);
        }
        Request::Status { service, environment } => {
            means.put("service", service.as_ref());
            means.put("environment", environment.as_ref());
        }
        Request::Live { service, environment, at } => {
            means.lane(service, environment);
            means.put("moment", at.map(moment_text));
        }
        Request::Changes { service, environment, version } => {
            means.lane(service, environment);
            means.put("version", version.as_ref());
        }
        Request::History { service, environment } => means.lane(service, environment),
        Request::Reject { deployment, reason } => {
            means.put("deployment", Some(deployment));
            means.put("reason", reason.as_ref());
        }
        Request::Show { deployment }
        | Request::Why { deployment }
        | Request::Approve { deployment }
        | Request::Cancel { deployment }
        | Request::Retry { deployment }
        | Request::Audit { deployment }
        | Request::Timeline { deployment } => means.put("deployment", Some(deployment)),
        Request::Help { command } => means.put("command", command.as_ref()),
        Request::Whoami => {}
        Request::Language { choice } => means.put("language", choice.map(Preference::code)),
        Request::Can { request } => {
            means.0 = self::means(request);
            means.put("request", Some(request.action()));
        }
    }
    means.0
}

#[derive(Default)]
struct Means(BTreeMap<String, String>);

impl Means {
    fn put(&mut self, slot: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.0.insert(slot.into(), value.to_string());
        }
    }

    fn lane(&mut self, service: &ServiceName, environment: &EnvironmentName) {
        self.put("service", Some(service));
        self.put("environment", Some(environment));
    }

    fn parameters(&mut self, parameters: &Parameters) {
        for (name, value) in parameters {
            self.put(&format!("parameters.{name}"), Some(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_action_is_one_that_requests_know() {
        let slots = || Slots {
            service: ServiceName::new("api").ok(),
            environment: EnvironmentName::new("prod").ok(),
            from: EnvironmentName::new("staging").ok(),
            to: EnvironmentName::new("prod").ok(),
            deployment: "#1".parse().ok(),
            request: Some(Box::new(Request::Whoami)),
            ..Slots::default()
        };
        let command = CommandName::new("x").expect("a name");
        for (name, action) in NAMED {
            let request = action.request(&command, slots(), Parameters::new());
            assert_eq!(request.map(|request| request.action()), Some(name));
            let empty = action.request(&command, Slots::default(), Parameters::new());
            assert_eq!(empty.is_some(), action.needs().is_empty(), "{name}");
        }
    }
}
