//! When everything on a stage is at rest.

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use wilco::delivery::Activity;
use wilco::store::rows::Pending;
use wilco_core::event::StageState;
use wilco_core::ids::DeploymentId;
use wilco_core::run::Run;

use super::github::{A_WHOLE_LOOK, Workshop};
use super::spot::Chat;
use super::stage::{RESTS_WITHIN, Stage};

/// The stage in which a run waits while it is held.
const HELD_IN: &str = "release";

impl Stage {
    /// Returns once nothing changes any more, but for people, for time, for a hold that is released, for a run on
    /// GitHub that a step moves, or for a chat that is out of reach.
    pub async fn settle(&self) {
        let Some(app) = &self.app else { return };
        if let Some(room) = self.slack.as_ref().filter(|_| self.out_of_reach != Some(Chat::Slack)) {
            room.slack.await_all_acknowledged().await;
        }
        if let Some(room) = &self.discord {
            room.await_taken().await;
        }
        let deadline = Instant::now() + RESTS_WITHIN;
        let mut activity = app.deliveries.activity();
        let mut quiet_since = None;
        loop {
            let there = self.github.as_ref().map(|workshop| workshop.github.changes());
            let is_told = self.github.as_ref().is_none_or(|one| one.github.has_told_all());
            let now = *activity.borrow_and_update();
            let (held, moving) = self.held().await;
            let is_said = now.unsettled == 0 || self.only_waits_for_reach().await;
            // The engine answers once what it was doing is done, so what `held` saw is in the activity.
            app.deliveries.is_open(DeploymentId(1)).await.unwrap();
            let due = now.deadline.is_some_and(|deadline| deadline <= self.clock.now());
            let rests = is_told && is_said && !due && now.moving <= held && moving == 0;
            if rests && !activity.has_changed().unwrap() {
                // Wilco may be in the middle of a look, of which the first half is old.
                let looks = self.github.as_ref().filter(|_| held > 0).map(Workshop::looks);
                let since = *quiet_since.get_or_insert(looks);
                if looks >= since.map(|since| since + A_WHOLE_LOOK) {
                    return self.hear();
                }
            } else {
                quiet_since = None;
            }
            let changed = timeout_at(deadline, changed(&mut activity, there)).await;
            assert!(
                changed.is_ok(),
                "it does not come to rest: {now:?}, {held} held, heard {:?}",
                self.hearing.take()
            );
        }
    }

    /// Tells whether only cards are still to be shown, where wilco does not get through.
    async fn only_waits_for_reach(&self) -> bool {
        let Some(chat) = self.out_of_reach else { return false };
        let reader = &self.app().reader;
        for destination in reader.destinations().await.unwrap() {
            let waiting = reader.pending(&destination, 0, 128).await.unwrap();
            let is_card = |one: &Pending| one.effect.draws_a_card();
            if !destination.contains(chat.name()) || !waiting.iter().all(is_card) {
                return false;
            }
        }
        true
    }

    /// Counts the runs that wait until a step lets them go on, and those on GitHub that do not.
    async fn held(&self) -> (usize, usize) {
        let reader = &self.app().reader;
        let (mut held, mut moving) = (0, 0);
        for id in reader.open_ids().await.unwrap() {
            let deployment = reader.deployment(id).await.unwrap().unwrap();
            if let Some(workshop) = &self.github {
                let rests = workshop.rests(&deployment);
                held += usize::from(rests);
                moving += usize::from(deployment.holds_lane() && !rests);
                continue;
            }
            let lane = format!("{}-{}", deployment.service, deployment.environment);
            let is_stopped = |run: &Run| run.cancel_asked_by.is_some();
            if deployment.run.as_ref().is_some_and(is_stopped) {
                continue;
            }
            let stages = deployment.run.iter().flat_map(|run| &run.stages);
            let waits = stages
                .last()
                .is_some_and(|stage| stage.name == HELD_IN && stage.state == StageState::Running);
            held += usize::from(waits && self.path("holds").join(lane).exists());
        }
        (held, moving)
    }
}

/// Returns once anything changed, in wilco or on GitHub.
async fn changed(activity: &mut watch::Receiver<Activity>, there: Option<watch::Receiver<u64>>) {
    let changed = match there {
        None => activity.changed().await,
        Some(mut there) => tokio::select! {
            changed = activity.changed() => changed,
            changed = there.changed() => changed,
        },
    };
    changed.expect("both outlive the scenario");
}
