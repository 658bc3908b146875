//! Which news a channel is told: what the configuration says of it.

use crate::catalog::{Catalog, Repository};
use crate::decide::branch_matches;
use crate::ids::{ChannelName, RepositoryName, ServiceName};
use crate::news::thing::Offer;
use crate::news::{Line, News, NewsKind, NewsState, Rank};

/// What one channel wants to know. A filter that is empty lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subscription {
    pub kinds: Vec<NewsKind>,
    pub services: Vec<ServiceName>,
    pub repositories: Vec<RepositoryName>,
    /// Patterns of branches, for what has a branch.
    pub branches: Vec<String>,
    /// Patterns of environments, for deployments.
    pub environments: Vec<String>,
    /// Patterns of names of workflows and of apps that check.
    pub workflows: Vec<String>,
    /// Patterns of tags, for releases.
    pub tags: Vec<String>,
    /// The states that are told of; without any, what is loud by itself: failures, releases, and what is live
    /// in production.
    pub states: Vec<NewsState>,
    /// What a release can be deployed to by pressing a button.
    pub offer: Option<Offer>,
}

impl Subscription {
    /// Tells whether news are among those that the channel wants, however they end.
    pub fn concerns(&self, news: &News, catalog: &Catalog) -> bool {
        self.wants(news) && self.is_about(news, catalog) && self.lets_through(news)
    }

    /// Tells whether the state in which a thing is now is worth a message.
    pub fn says(&self, news: &News) -> bool {
        // A push is told of by what failed at it, which is news of its own.
        if news.kind == NewsKind::Push {
            return false;
        }
        if !self.states.is_empty() {
            return self.states.contains(&news.state);
        }
        match (news.state, news.kind) {
            (NewsState::Failed, _) | (NewsState::Succeeded, NewsKind::Release) => true,
            (NewsState::Succeeded, NewsKind::Deployment | NewsKind::GithubDeployment) => {
                news.environment.as_ref().is_some_and(|there| there.rank == Rank::Production)
            }
            (NewsState::Succeeded, NewsKind::Build | NewsKind::Checks | NewsKind::Push)
            | (NewsState::Waiting | NewsState::Running | NewsState::Cancelled, _) => false,
        }
    }

    /// Returns what can be deployed by pressing a button, where this is a release of that service.
    pub fn offer<'s>(&'s self, news: &News, catalog: &Catalog) -> Option<&'s Offer> {
        let offer = self.offer.as_ref().filter(|_| news.kind == NewsKind::Release)?;
        catalog.environment(&offer.service, &offer.environment)?;
        belongs(news, &offer.service, catalog).then_some(offer)
    }

    fn wants(&self, news: &News) -> bool {
        // What was pushed to the default branch is known by its builds and checks.
        let pushed = match news.kind {
            NewsKind::Build | NewsKind::Checks => {
                news.line == Line::Default && self.kinds.contains(&NewsKind::Push)
            }
            NewsKind::Release
            | NewsKind::GithubDeployment
            | NewsKind::Push
            | NewsKind::Deployment => false,
        };
        pushed || self.kinds.contains(&news.kind)
    }

    fn is_about(&self, news: &News, catalog: &Catalog) -> bool {
        let repository =
            news.repository.as_ref().is_some_and(|name| self.repositories.contains(name));
        let service = self.services.iter().any(|service| belongs(news, service, catalog));
        (self.services.is_empty() && self.repositories.is_empty()) || repository || service
    }

    fn lets_through(&self, news: &News) -> bool {
        let branch = || matches(&self.branches, news.branch.as_deref());
        match news.kind {
            NewsKind::Build | NewsKind::Checks => {
                branch() && matches(&self.workflows, news.name.as_deref())
            }
            NewsKind::Push => branch(),
            NewsKind::Release => matches(&self.tags, news.name.as_deref()),
            NewsKind::Deployment | NewsKind::GithubDeployment => {
                let name = news.environment.as_ref().map(|there| there.name.as_str());
                matches(&self.environments, name)
            }
        }
    }
}

/// Tells whether news are of a service: of its deployments, or of the repository that it is built from.
fn belongs(news: &News, service: &ServiceName, catalog: &Catalog) -> bool {
    match &news.service {
        Some(own) => own == service,
        None => catalog.services.get(service).is_some_and(|known| match &known.repository {
            Some(Repository::Github(name)) => news.repository.as_ref() == Some(name),
            Some(Repository::Path(_)) | None => false,
        }),
    }
}

/// No patterns let everything through; what has no name matches no pattern.
fn matches(patterns: &[String], name: Option<&str>) -> bool {
    let one = |name: &str| patterns.iter().any(|pattern| branch_matches(pattern, name));
    patterns.is_empty() || name.is_some_and(one)
}

/// What each channel subscribed to, in the order in which the configuration says it.
pub type Subscriptions = Vec<(ChannelName, Subscription)>;
