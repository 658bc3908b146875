//! What only the past or a backend can answer: read on the read pool, put into words, told to who asked.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;

use wilco_core::card::{self, Setting};
use wilco_core::decide::{Plan, answer::policy_summary, authors, branch_allowed, plan};
use wilco_core::deployment::{Deployment, Kind, Status};
use wilco_core::effect::{Query, Question, Which};
use wilco_core::event::Event;
use wilco_core::gate::{self, Blocker};
use wilco_core::ids::{
    Account, CommitSha, DeploymentId, EnvironmentName, PersonName, RefName, ServiceName,
};
use wilco_core::notice::Notice;
use wilco_core::policy::Concerned;
use wilco_core::record;
use wilco_core::refusal::Refusal;
use wilco_core::request::Moment;
use wilco_core::time::Timestamp;

use super::speak::{Line, Listener, tell, tell_text};
use super::worker::Attempt;
use super::{Tools, board, runs};
use crate::backend::{BackendError, Lookup, Purpose};
use crate::store::StoreError;

/// As many deployments of the past are listed at once.
const HISTORY_SHOWN: u32 = 10;

/// Reads a past deployment and delivers it with the question that it is for.
pub async fn recall(tools: &Tools, which: &Which, question: &Question) -> Attempt {
    let past = async {
        let id = match which {
            Which::Number(id) => Some(*id),
            Which::Card(card) => tools.reader.deployment_of_card(card).await?,
        };
        match id {
            Some(id) => tools.reader.deployment(id).await,
            None => Ok(None),
        }
    };
    match past.await {
        Ok(past) => {
            let (question, past) = (question.clone(), past.map(Box::new));
            Attempt::Done(Some(Event::Recalled { question, past }))
        }
        Err(error) => Attempt::Later(error.to_string()),
    }
}

/// Answers a query.
pub async fn answer(tools: &Tools, line: &Line<'_>, to: &Listener<'_>, query: &Query) -> Attempt {
    if let Query::Show { deployment } = query {
        return show(tools, line, to, *deployment).await;
    }
    match look_up(tools, to.account, query).await {
        Ok(notice) => tell(tools, line, to, &notice).await,
        Err(error) => Attempt::Later(error.to_string()),
    }
}

async fn look_up(tools: &Tools, to: &Account, query: &Query) -> Result<Notice, StoreError> {
    match query {
        Query::Status { service, environment } => {
            board::status(tools, service.as_ref(), environment.as_ref()).await
        }
        Query::Live { service, environment, at } => live(tools, service, environment, *at).await,
        Query::Changes { service, environment, version } => {
            changes(tools, service, environment, version.as_ref()).await
        }
        Query::History { service, environment } => history(tools, service, environment).await,
        Query::Why { deployment } => why(tools, *deployment).await,
        Query::Audit { deployment } => {
            let rows = record_of(tools, *deployment).await?;
            Ok(match rows {
                Some(facts) => Notice::Audit {
                    deployment: *deployment,
                    rows: facts
                        .iter()
                        .map(|row| record::audit_row(row.sequence, row.chain, &row.fact))
                        .collect(),
                },
                None => unknown(*deployment),
            })
        }
        Query::Timeline { deployment } => {
            let rows = record_of(tools, *deployment).await?;
            Ok(match rows {
                Some(facts) => Notice::Timeline {
                    deployment: *deployment,
                    rows: facts.iter().filter_map(|row| record::timeline_row(&row.fact)).collect(),
                },
                None => unknown(*deployment),
            })
        }
        Query::DryRun { service, environment, version, .. } => {
            dry_run(tools, to, service, environment, version.as_ref()).await
        }
        // A card is shown as the chat shows cards; see `show`.
        Query::Show { deployment } => Ok(unknown(*deployment)),
    }
}

fn unknown(deployment: DeploymentId) -> Notice {
    Notice::Refused { refusal: Refusal::NoSuchDeployment { deployment } }
}

async fn record_of(
    tools: &Tools,
    id: DeploymentId,
) -> Result<Option<Vec<crate::store::decode::Recorded>>, StoreError> {
    let facts = tools.reader.facts_of(id).await?;
    // A refused request may name a number that no deployment has.
    let begun = Deployment::fold(facts.iter().map(|row| &row.fact)).is_some();
    Ok(begun.then_some(facts))
}

pub async fn blockers_of(tools: &Tools, id: DeploymentId) -> Result<Vec<Blocker>, StoreError> {
    match tools.reader.deployment(id).await? {
        Some(deployment) => blockers(tools, &deployment).await,
        None => Ok(vec![]),
    }
}

async fn blockers(tools: &Tools, deployment: &Deployment) -> Result<Vec<Blocker>, StoreError> {
    let (service, environment) = (&deployment.service, &deployment.environment);
    let holder = tools.reader.lane_holder(service, environment).await?;
    Ok(gate::blockers(deployment, &tools.catalog.borrow().people, holder))
}

async fn live(
    tools: &Tools,
    service: &ServiceName,
    environment: &EnvironmentName,
    at: Option<Moment>,
) -> Result<Notice, StoreError> {
    let timezone = tools.catalog.borrow().timezone;
    let at = match at.map(|moment| instant(moment, timezone, tools.clock.now())) {
        Some(None) => return Ok(Notice::Refused { refusal: Refusal::MomentUnclear }),
        Some(Some(at)) => Some(at),
        None => None,
    };
    let moment = at.unwrap_or(tools.clock.now());
    let live = tools.reader.live_at(service, environment, moment).await?;
    Ok(Notice::Live { service: service.clone(), environment: environment.clone(), at, live })
}

/// Returns the instant that somebody means on the wall clock; `None` for a time that there is not.
fn instant(moment: Moment, timezone: Tz, now: Timestamp) -> Option<Timestamp> {
    let now = timezone.timestamp_millis_opt(now.0).single()?.naive_local();
    let time = |hour: u8, minute: u8| NaiveTime::from_hms_opt(hour.into(), minute.into(), 0);
    let wall: NaiveDateTime = match moment {
        Moment::Time { hour, minute } => {
            let today = now.date().and_time(time(hour, minute)?);
            if today <= now { today } else { today.checked_sub_days(Days::new(1))? }
        }
        Moment::Yesterday { hour, minute } => {
            now.date().checked_sub_days(Days::new(1))?.and_time(time(hour, minute)?)
        }
        Moment::Date { year, month, day, hour, minute } => {
            let date = NaiveDate::from_ymd_opt(year, month.into(), day.into())?;
            date.and_time(time(hour, minute)?)
        }
    };
    // An hour that the clock repeats means its first pass; one that it skips is no time at all.
    Some(Timestamp(timezone.from_local_datetime(&wall).earliest()?.timestamp_millis()))
}

async fn history(
    tools: &Tools,
    service: &ServiceName,
    environment: &EnvironmentName,
) -> Result<Notice, StoreError> {
    let mut deployments = tools.reader.history(service, environment, HISTORY_SHOWN + 1).await?;
    let more = deployments.len() > HISTORY_SHOWN as usize;
    deployments.truncate(HISTORY_SHOWN as usize);
    let (service, environment) = (service.clone(), environment.clone());
    Ok(Notice::History { service, environment, deployments, more })
}

async fn why(tools: &Tools, id: DeploymentId) -> Result<Notice, StoreError> {
    let Some(deployment) = tools.reader.deployment(id).await? else { return Ok(unknown(id)) };
    let blockers = match deployment.status {
        Status::Resolving | Status::Waiting => blockers(tools, &deployment).await?,
        Status::Starting | Status::Running | Status::Ended(_) => vec![],
    };
    let unknown = match deployment.status {
        Status::Starting | Status::Running => deployment.run.and_then(|run| run.unknown),
        Status::Resolving | Status::Waiting | Status::Ended(_) => None,
    };
    let (status, expires_at) = (deployment.status, deployment.expires_at);
    Ok(Notice::Why { deployment: id, status, unknown, blockers, expires_at })
}

async fn show(tools: &Tools, line: &Line<'_>, to: &Listener<'_>, id: DeploymentId) -> Attempt {
    let shown = async {
        let Some((deployment, audit)) = tools.reader.deployment_with_newest(id).await? else {
            return Ok(None);
        };
        let blockers = blockers(tools, &deployment).await?;
        let progress = gate::progress(&deployment, &tools.catalog.borrow().people);
        let voice = tools.voice(to.locale);
        let successor = tools.reader.successor(&deployment).await?;
        let setting =
            Setting { voice, blockers: &blockers, progress, estimate: None, audit, successor };
        Ok::<_, StoreError>(Some(card::card(&deployment, &setting).plain()))
    };
    match shown.await {
        Ok(Some(text)) => tell_text(tools, line, to, &text).await,
        Ok(None) => tell(tools, line, to, &unknown(id)).await,
        Err(error) => Attempt::Later(error.to_string()),
    }
}

/// Returns what to look up for a version that nobody asked to deploy yet.
fn lookup_for(
    tools: &Tools,
    service: &ServiceName,
    environment: &EnvironmentName,
    version: Option<&RefName>,
    live: Option<CommitSha>,
) -> Option<Lookup> {
    let catalog = tools.catalog.borrow();
    let configured = catalog.environment(service, environment)?;
    Some(Lookup {
        repository: catalog.services.get(service)?.repository.clone(),
        reference: version.cloned().or_else(|| configured.reference.clone()),
        live,
        branches: configured.branches.clone(),
        risky: configured.policy.risky.clone(),
        checks: configured.policy.checks.clone(),
        recipe: configured.pipeline.recipe.clone(),
        purpose: Purpose::none(service, environment),
    })
}

/// What a version would ship, or the words to say instead.
async fn would_ship(
    tools: &Tools,
    service: &ServiceName,
    environment: &EnvironmentName,
    version: Option<&RefName>,
) -> Result<Result<(Option<CommitSha>, wilco_core::event::Resolution), Notice>, StoreError> {
    let live = tools.reader.live_summaries((service, service), Some(environment)).await?;
    let live = live.into_iter().next().and_then(|summary| summary.commit);
    let Some(lookup) = lookup_for(tools, service, environment, version, live.clone()) else {
        let (service, environment) = (service.clone(), environment.clone());
        let refusal = Refusal::GoneFromConfiguration { service, environment };
        return Ok(Err(Notice::Refused { refusal }));
    };
    Ok(match runs::within(tools, tools.backends.resolve(&lookup)).await {
        Ok(resolution) => Ok((live, resolution)),
        Err(
            BackendError::Refused(reason)
            | BackendError::Unavailable(reason)
            | BackendError::TooFast { reason, .. }
            | BackendError::Unknown(reason),
        ) => Err(Notice::LookupFailed { reason }),
    })
}

async fn changes(
    tools: &Tools,
    service: &ServiceName,
    environment: &EnvironmentName,
    version: Option<&RefName>,
) -> Result<Notice, StoreError> {
    Ok(match would_ship(tools, service, environment, version).await? {
        Ok((live, resolution)) => Notice::Changes {
            service: service.clone(),
            environment: environment.clone(),
            from: live,
            to: resolution.version.commit,
            reference: resolution.version.reference,
            changes: resolution.changes,
            total: resolution.changes_total,
        },
        Err(notice) => notice,
    })
}

async fn dry_run(
    tools: &Tools,
    to: &Account,
    service: &ServiceName,
    environment: &EnvironmentName,
    version: Option<&RefName>,
) -> Result<Notice, StoreError> {
    let (_, resolution) = match would_ship(tools, service, environment, version).await? {
        Ok(found) => found,
        Err(notice) => return Ok(notice),
    };
    let holder = tools.reader.lane_holder(service, environment).await?;
    let catalog = std::sync::Arc::clone(&tools.catalog.borrow());
    let requester: Option<PersonName> =
        catalog.people.by_account(to).map(|person| person.name.clone());
    let Some(Plan { policy, branches, .. }) = plan(&catalog, &Kind::Deploy, service, environment)
    else {
        let (service, environment) = (service.clone(), environment.clone());
        let refusal = Refusal::GoneFromConfiguration { service, environment };
        return Ok(Notice::Refused { refusal });
    };
    let authors = authors(&catalog.people, &resolution);
    let concerned = Concerned { requester: requester.as_ref(), authors: authors.as_deref() };
    let mut blockers = gate::rehearse(policy, concerned, &catalog.people, holder);
    blockers.extend(gate::checks_not_green(policy, &resolution.checks));
    if !branch_allowed(branches, &resolution.branches) {
        blockers.insert(0, Blocker::BranchNotAllowed { allowed: branches.to_vec() });
    }
    Ok(Notice::DryRun {
        service: service.clone(),
        environment: environment.clone(),
        commit: resolution.version.commit,
        reference: resolution.version.reference,
        changes: resolution.changes,
        total: resolution.changes_total,
        risky: resolution.risky,
        paths: policy.read_for_risks(resolution.paths),
        blockers,
        policy: policy_summary(&catalog.people, policy, requester.as_ref()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, timezone: Tz) -> Timestamp {
        let wall = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        Timestamp(timezone.from_local_datetime(&wall).earliest().unwrap().timestamp_millis())
    }

    #[test]
    fn a_time_of_day_is_the_latest_that_has_passed() {
        let seoul = chrono_tz::Asia::Seoul;
        let now = at("2026-11-20 10:00", seoul);
        let time = |hour| instant(Moment::Time { hour, minute: 5 }, seoul, now);
        assert_eq!(time(9), Some(at("2026-11-20 09:05", seoul)));
        assert_eq!(time(14), Some(at("2026-11-19 14:05", seoul)));
        let yesterday = instant(Moment::Yesterday { hour: 9, minute: 0 }, seoul, now);
        assert_eq!(yesterday, Some(at("2026-11-19 09:00", seoul)));
    }

    #[test]
    fn a_skipped_hour_is_no_time_and_a_repeated_one_is_its_first_pass() {
        let berlin = chrono_tz::Europe::Berlin;
        let now = at("2026-11-20 10:00", berlin);
        let date = |month, day| Moment::Date { year: 2026, month, day, hour: 2, minute: 30 };
        assert_eq!(instant(date(3, 29), berlin, now), None);
        let first = instant(date(10, 25), berlin, now).unwrap();
        assert_eq!(first, Timestamp(at("2026-10-25 03:30", berlin).0 - 2 * 3_600_000));
    }
}
