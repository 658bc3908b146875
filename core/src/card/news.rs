//! The message that tells of a thing outside, in the form of a card.

#[cfg(test)]
pub(crate) mod samples;

use crate::card::buttons::label;
use crate::card::{About, Button, Card, Press, Tone};
use crate::ids::Place;
use crate::news::thing::{Offer, Said, Thing};
use crate::news::{News, NewsKind, NewsState};
use crate::person::People;
use crate::text::inert;
use crate::wording::words::{NAME_MAX, REFERENCE_MAX, TITLE_MAX};
use crate::wording::{Voice, log};

/// A longer address is left out: what is cut leads nowhere.
const ADDRESS_MAX: usize = 300;

/// Returns the message with how a thing stands, for one place.
pub fn news(thing: &Thing, place: &Place, people: &People, voice: &Voice) -> Card {
    let told = Told { news: &thing.news, voice };
    let offer = thing.said_in(place).and_then(|said| offered(said, &thing.news));
    let mut sentences = vec![told.sentence()];
    if let Some(mended) = &thing.mended {
        sentences.push(log::mended(mended.commit.as_ref(), voice));
    }
    let words = offer.map(|offer| told.words(offer));
    if let Some(words) = &words {
        sentences.push(voice.phrase("news-offer").with("words", words).say());
    }
    Card {
        about: About::News(thing.news.thing.clone()),
        tone: tone(thing),
        sentence: sentences.join(" "),
        headline: told.headline(),
        state: told.state(thing),
        lines: told.lines(people),
        stages: Vec::new(),
        progress: None,
        remaining: None,
        remaining_label: None,
        buttons: offer.map(|offer| told.button(offer)).into_iter().collect(),
        footer: voice.exact_time(thing.news.at),
        url: told.address(),
        mentioned: thing.mentioned_in(place, people),
    }
}

/// What was withdrawn is offered no more.
fn offered<'t>(said: &'t Said, news: &News) -> Option<&'t Offer> {
    said.offer.as_ref().filter(|_| news.state == NewsState::Succeeded)
}

fn tone(thing: &Thing) -> Tone {
    match thing.news.state {
        NewsState::Failed if thing.mended.is_some() => Tone::Quiet,
        NewsState::Waiting => Tone::Waiting,
        NewsState::Running => Tone::Working,
        NewsState::Succeeded => Tone::Good,
        NewsState::Failed => Tone::Bad,
        NewsState::Cancelled => Tone::Quiet,
    }
}

/// News that are being put into words.
struct Told<'a> {
    news: &'a News,
    voice: &'a Voice,
}

impl Told<'_> {
    fn sentence(&self) -> String {
        let voice = self.voice;
        let attempt = match self.news.kind {
            NewsKind::Build | NewsKind::Checks | NewsKind::Push => {
                let id = match self.news.state {
                    NewsState::Waiting => "news-waiting",
                    NewsState::Running => "news-running",
                    NewsState::Succeeded => "news-succeeded",
                    NewsState::Cancelled => "news-cancelled",
                    NewsState::Failed => "news-failed",
                };
                voice.phrase(id).with("name", self.name_and_attempt())
            }
            NewsKind::Deployment | NewsKind::GithubDeployment => {
                let id = match self.news.state {
                    NewsState::Waiting => "news-deploy-waiting",
                    NewsState::Running => "news-deploy-running",
                    NewsState::Succeeded => "news-deploy-succeeded",
                    NewsState::Cancelled => "news-deploy-cancelled",
                    NewsState::Failed => "news-deploy-failed",
                };
                voice.phrase(id).with("environment", self.environment())
            }
            NewsKind::Release => return self.release(),
        };
        attempt.with("thing", self.thing()).say()
    }

    fn release(&self) -> String {
        let (voice, repository, tag) = (self.voice, self.owner(), self.name());
        let title = self.title().filter(|title| *title != tag);
        let id = match (self.news.state, &title) {
            (NewsState::Succeeded, None) => "news-released",
            (NewsState::Succeeded, Some(_)) => "news-released-as",
            (
                NewsState::Waiting | NewsState::Running | NewsState::Cancelled | NewsState::Failed,
                _,
            ) => "news-withdrawn",
        };
        let phrase = voice.phrase(id).with("repository", repository).with("tag", tag);
        match title.filter(|_| self.news.state == NewsState::Succeeded) {
            Some(title) => phrase.with("title", title).say(),
            None => phrase.say(),
        }
    }

    fn state(&self, thing: &Thing) -> String {
        let id = match (self.news.kind, self.news.state) {
            (_, NewsState::Failed) if thing.mended.is_some() => "news-state-mended",
            (NewsKind::Release, NewsState::Succeeded) => "news-state-released",
            (NewsKind::Release, _) => "news-state-withdrawn",
            (NewsKind::Deployment | NewsKind::GithubDeployment, NewsState::Succeeded) => {
                "card-state-live"
            }
            (_, NewsState::Waiting) => "status-waiting",
            (_, NewsState::Running) => "status-running",
            (_, NewsState::Succeeded) => "status-succeeded",
            (_, NewsState::Cancelled) => "status-cancelled",
            (_, NewsState::Failed) => "status-failed",
        };
        self.voice.word(id)
    }

    fn headline(&self) -> String {
        match self.news.kind {
            NewsKind::Build | NewsKind::Checks | NewsKind::Push => {
                format!("{} · {}", self.name(), self.thing())
            }
            NewsKind::Release => format!("{} {}", self.owner(), self.name()),
            NewsKind::Deployment | NewsKind::GithubDeployment => {
                format!("{} → {}", self.thing(), self.environment())
            }
        }
    }

    /// Title and authors.
    fn lines(&self, people: &People) -> Vec<String> {
        let names: Vec<String> =
            self.news.names(people).iter().map(|name| inert(name, NAME_MAX)).collect();
        let title = self.title().filter(|_| self.news.kind != NewsKind::Release);
        let what = match (title, names.is_empty()) {
            (Some(title), true) => Some(title),
            (Some(title), false) => Some(format!("{title} · {}", self.voice.all_of(&names))),
            (None, false) => Some(self.voice.all_of(&names)),
            (None, true) => None,
        };
        what.into_iter().collect()
    }

    fn address(&self) -> Option<String> {
        let url = self.news.url.as_ref()?;
        let is_whole = url.starts_with("https://")
            && url.chars().count() <= ADDRESS_MAX
            && url.chars().all(|c| c.is_ascii_graphic() && !"<>|`\"\\".contains(c));
        is_whole.then(|| url.clone())
    }

    fn title(&self) -> Option<String> {
        let title = self.news.title.known().map(|title| inert(title, TITLE_MAX));
        title.filter(|title| !title.is_empty())
    }

    /// The workflow, the app that checks, or the tag.
    fn name(&self) -> String {
        match (&self.news.name, self.news.kind) {
            (Some(name), _) => inert(name, NAME_MAX),
            (None, NewsKind::Checks) => self.voice.word("news-name-checks"),
            (
                None,
                NewsKind::Build
                | NewsKind::Push
                | NewsKind::Release
                | NewsKind::GithubDeployment
                | NewsKind::Deployment,
            ) => self.voice.word("news-name-build"),
        }
    }

    fn name_and_attempt(&self) -> String {
        if self.news.attempt <= 1 {
            return self.name();
        }
        let phrase = self.voice.phrase("news-name-attempt").with("name", self.name());
        phrase.with("attempt", self.news.attempt).say()
    }

    /// The service, or the repository.
    fn owner(&self) -> String {
        let service = self.news.service.as_ref().map(ToString::to_string);
        let repository = self.news.repository.as_ref().map(ToString::to_string);
        service.or(repository).unwrap_or_default()
    }

    /// Whose, and which version: `acme/api main (4f2c91a)`.
    fn thing(&self) -> String {
        let named = match self.news.kind {
            NewsKind::Deployment => self.news.name.as_deref(),
            NewsKind::Build
            | NewsKind::Checks
            | NewsKind::Push
            | NewsKind::Release
            | NewsKind::GithubDeployment => self.news.branch.as_deref(),
        };
        let version = match (&self.news.commit, named) {
            (Some(commit), named) => self.voice.version(named, commit),
            (None, Some(named)) => inert(named, REFERENCE_MAX),
            (None, None) => String::new(),
        };
        format!("{} {version}", self.owner()).trim().to_owned()
    }

    fn environment(&self) -> String {
        let name = self.news.environment.as_ref().map(|there| inert(&there.name, NAME_MAX));
        name.unwrap_or_default()
    }

    /// What one would say instead of pressing.
    fn words(&self, offer: &Offer) -> String {
        format!("deploy {} to {}", self.version(offer), offer.environment)
    }

    fn version(&self, offer: &Offer) -> String {
        let tag = self.news.name.as_deref().unwrap_or_default();
        format!("{}@{}", offer.service, inert(tag, REFERENCE_MAX).replace('`', "'"))
    }

    fn button(&self, offer: &Offer) -> Button {
        let phrase = self.voice.phrase(label(Press::Deploy)).with("version", self.version(offer));
        let label = phrase.with("environment", &offer.environment).say();
        Button { press: Press::Deploy, label, confirm: None }
    }
}
