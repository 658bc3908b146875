//! REST: which part answers what.

use super::access::Holder;
use super::answer::{Answer, Call, Refusal, Reply};
use super::dispatch::{Desk, Oddity};
use super::person::person;
use super::runs::Look;
use super::state::State;

impl State {
    /// Answers the app itself.
    pub fn answer_app(&mut self, call: &Call) -> Answer {
        match call.operation {
            "apps/get-authenticated" => Ok(Reply::Body(self.show_app())),
            "apps/list-installations" => Ok(self.list_installations(call)),
            "apps/get-installation" => self.get_installation(call),
            "apps/get-repo-installation" => self.installation_of(call),
            "apps/create-installation-access-token" => self.create_token(call),
            other => panic!("{other} leads nowhere"),
        }
    }

    /// Answers whoever has a token.
    pub fn answer(&mut self, call: &Call, holder: &Holder, oddity: Oddity) -> Answer {
        let now = self.clock.now();
        match call.operation {
            "rate-limit/get" => return Ok(Reply::Body(self.limits.show(holder, now))),
            "users/get-authenticated" => {
                let Holder::Person(login) = holder else {
                    return Err(Refusal::new(403, "Resource not accessible by integration"));
                };
                return Ok(Reply::Body(person(login, &self.base)));
            }
            // What is left is about a repository.
            _ => {}
        }
        if call.operation == "repos/create-deployment" && call.body["auto_merge"] != false {
            self.complaints
                .push("a deployment may merge, since auto_merge is not false".to_owned());
        }
        let (server, look) = (self.server, Look { now, lag: self.listing_lag });
        let actor = holder.login();
        let repository = self.known(&call.repository());
        match call.operation {
            "repos/get" => Ok(Reply::Body(repository.full())),
            "repos/list-branches" => Ok(repository.list_branches(call)),
            "repos/get-branch" => repository.get_branch(call),
            "repos/list-commits" => repository.list_commits(call),
            "repos/get-commit" => repository.get_commit(call),
            "repos/compare-commits-with-basehead" => repository.compare(call),
            "repos/get-content" => repository.get_content(call),
            "repos/list-pull-requests-associated-with-commit" => repository.list_pulls(call),
            "repos/list-branches-for-head-commit" => repository.branches_where_head(call),
            "repos/get-combined-status-for-ref" => repository.combined_status(call),
            "checks/list-for-ref" => repository.list_checks(call),
            "git/get-ref" => repository.get_ref(call),
            "git/list-matching-refs" => Ok(repository.matching_refs(call)),
            "git/create-ref" => repository.create_ref(call),
            "git/get-tag" => repository.get_tag(call),
            "git/create-tag" => repository.create_tag(call),
            "git/delete-ref" => repository.delete_ref(call),
            "repos/get-latest-release" => repository.latest_release(),
            "repos/get-release-by-tag" => repository.release_by_tag(call),
            "actions/get-workflow" => repository.get_workflow(call),
            "actions/create-workflow-dispatch" => {
                repository.dispatch(call, Desk { server, now, actor: &actor, oddity })
            }
            "actions/list-workflow-runs" | "actions/list-workflow-runs-for-repo" => {
                repository.list_runs(call, look)
            }
            "actions/get-workflow-run" => repository.get_run(call),
            "actions/get-workflow-run-attempt" => repository.get_attempt(call),
            "actions/list-jobs-for-workflow-run-attempt" => repository.list_jobs_of_attempt(call),
            "actions/list-jobs-for-workflow-run" => repository.list_jobs(call),
            "actions/cancel-workflow-run" | "actions/force-cancel-workflow-run" => {
                repository.cancel(call, now)
            }
            "actions/get-pending-deployments-for-run" => {
                repository.pending_deployments(call, holder)
            }
            "actions/review-pending-deployments-for-run" => {
                repository.review_deployments(call, holder, now)
            }
            "actions/download-job-logs-for-workflow-run" => repository.job_logs(call, now),
            "repos/list-deployments" => Ok(repository.list_deployments(call)),
            "repos/create-deployment" => repository.create_deployment(call, &actor, now),
            "repos/get-deployment" => repository.get_deployment(call),
            "repos/list-deployment-statuses" => repository.list_deployment_statuses(call),
            "repos/create-deployment-status" => {
                repository.create_deployment_status(call, &actor, now)
            }
            other => panic!("{other} leads nowhere"),
        }
    }
}
