//! Where a step of a scenario happens: in which chat, and in which channel or alone with wilco.

/// A chat in which people are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chat {
    Slack,
    Discord,
}

/// A channel that is in every chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// The one of the services.
    Deploys,
    /// One in which wilco speaks Korean.
    Seoul,
    /// One of which the configuration says nothing.
    Random,
    /// One that is told of builds, releases and deployments, where a scenario has news.
    Team,
}

/// Where somebody speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    In(Channel),
    /// In the thread below the card of this deployment.
    Below(Channel, u64),
    Alone,
}

impl Chat {
    pub fn name(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Discord => "discord",
        }
    }

    pub fn read(name: &str) -> Option<Self> {
        [Self::Slack, Self::Discord].into_iter().find(|chat| chat.name() == name)
    }
}

impl Channel {
    pub const ALL: [Self; 4] = [Self::Deploys, Self::Seoul, Self::Random, Self::Team];

    pub fn name(self) -> &'static str {
        match self {
            Self::Deploys => "deploys",
            Self::Seoul => "seoul",
            Self::Random => "random",
            Self::Team => "team",
        }
    }
}

/// Reads `ana@slack`, `ana@slack#seoul`, `ana@slack#seoul below #1` or `ana@slack alone`: who, in which chat, and
/// where there.
pub fn read(who: &str) -> Option<(&str, Chat, Spot)> {
    let (account, place) = who.split_once('@')?;
    if let Some(chat) = place.strip_suffix(" alone") {
        return Some((account, Chat::read(chat)?, Spot::Alone));
    }
    let (place, card) = match place.split_once(" below #") {
        Some((place, number)) => (place, Some(number.parse().ok()?)),
        None => (place, None),
    };
    let (chat, channel) = place.split_once('#').unwrap_or((place, Channel::Deploys.name()));
    let channel = Channel::ALL.into_iter().find(|known| known.name() == channel)?;
    let spot = card.map_or(Spot::In(channel), |card| Spot::Below(channel, card));
    Some((account, Chat::read(chat)?, spot))
}
