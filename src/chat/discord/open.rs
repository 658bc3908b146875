//! What people did last, and where: by that wilco answers them so that nobody else has to read it.
//!
//! It is in memory only. After a start people are answered directly, which is always possible.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serenity::model::id::{ChannelId, InteractionId, MessageId, UserId};
use tokio::sync::Mutex as TurnsMutex;

/// Discord takes answers to an interaction for fifteen minutes; what is sent needs some of that.
/// <https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages>
const ANSWERED_WITHIN: Duration = Duration::from_mins(14);

/// What was only acknowledged is replaced by an answer that comes so soon; a later one stands below it.
const REPLACED_WITHIN: Duration = Duration::from_secs(30);

/// As many conversations are remembered; beyond that all are forgotten, and people are answered directly.
const REMEMBERED_MAX: usize = 10_000;
/// As many interactions of one person in one place; whoever is faster is answered with the newest.
const OPEN_MAX: usize = 32;

/// An interaction, which can be answered for a while.
pub struct Asked {
    pub id: InteractionId,
    /// Whoever has it can answer; it has no `Debug`.
    pub token: String,
    at: Instant,
    /// Whoever answers it has the turn until that is done.
    pub turn: TurnsMutex<Stand>,
    is_told: AtomicBool,
    is_left: AtomicBool,
}

/// How far the answer to an interaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Discord waits for the first answer, three seconds at the most.
    Unanswered,
    /// A line of ours stands there, which an answer takes the place of.
    Acknowledged,
    /// Whatever else is said stands below.
    Answered,
    /// It is not carried out, so nothing that is said may read like its answer.
    Left,
}

impl Stand {
    /// Tells whether somebody still waits for the first answer; a second one would be refused.
    pub fn is_unanswered(self) -> bool {
        self == Self::Unanswered
    }
}

impl Asked {
    /// Tells whether an answer may take the place of what stands there.
    pub fn is_fresh(&self) -> bool {
        self.at.elapsed() < REPLACED_WITHIN
    }

    /// From now on answers are for somebody else's question.
    pub fn told(&self) {
        self.is_told.store(true, Ordering::Relaxed);
    }

    /// Leaves it for good, by whoever has the turn: what was asked is not carried out.
    pub fn leave(&self, turn: &mut Stand) {
        *turn = Stand::Left;
        self.told();
        self.is_left.store(true, Ordering::Relaxed);
    }

    fn is_open(&self) -> bool {
        !self.is_left.load(Ordering::Relaxed) && self.at.elapsed() < ANSWERED_WITHIN
    }

    fn waits(&self) -> bool {
        !self.is_told.load(Ordering::Relaxed) && self.is_fresh()
    }
}

/// How somebody is answered in a place.
pub enum Way {
    /// So that only they see it.
    Interaction(Arc<Asked>),
    /// Below what they said.
    Message(MessageId),
    /// Directly.
    Alone,
}

#[derive(Clone, Copy)]
enum Last {
    Asked,
    Said(MessageId),
    Reacted,
}

struct Conversation {
    asked: VecDeque<Arc<Asked>>,
    last: Last,
    at: Instant,
}

/// What people did last in each place.
#[derive(Default)]
pub struct Open {
    conversations: Mutex<HashMap<(UserId, ChannelId), Conversation>>,
}

impl Open {
    /// Notes an interaction. One that Discord tells of twice is the same, and is answered once.
    pub fn asked(&self, whose: (UserId, ChannelId), id: InteractionId, token: &str) -> Arc<Asked> {
        if let Some(known) = self.by_id(whose, &id.to_string()) {
            return known;
        }
        let asked = Arc::new(Asked {
            id,
            token: token.to_owned(),
            at: Instant::now(),
            turn: TurnsMutex::new(Stand::Unanswered),
            is_told: AtomicBool::new(false),
            is_left: AtomicBool::new(false),
        });
        self.note(whose, Last::Asked, Some(asked.clone()));
        asked
    }

    /// Notes that somebody said something.
    pub fn said(&self, whose: (UserId, ChannelId), message: MessageId) {
        self.note(whose, Last::Said(message), None);
    }

    /// Notes that somebody reacted, to which nobody can answer in the place itself.
    pub fn reacted(&self, whose: (UserId, ChannelId)) {
        self.note(whose, Last::Reacted, None);
    }

    /// Returns how somebody is answered there now.
    pub fn way_to(&self, whose: (UserId, ChannelId)) -> Way {
        let conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(conversation) = conversations.get(&whose) else { return Way::Alone };
        let is_recent = conversation.at.elapsed() < ANSWERED_WITHIN;
        if let Last::Said(message) = conversation.last
            && is_recent
        {
            return Way::Message(message);
        }
        let open = || conversation.asked.iter().filter(|asked| asked.is_open());
        // The oldest that was told nothing yet, since answers come in order.
        match open().find(|asked| asked.waits()).or(open().next_back()) {
            Some(asked) => Way::Interaction(asked.clone()),
            None => Way::Alone,
        }
    }

    /// Returns an interaction by its id, for what only a fresh one can be answered with.
    pub fn by_id(&self, whose: (UserId, ChannelId), id: &str) -> Option<Arc<Asked>> {
        let conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
        let mut asked = conversations.get(&whose)?.asked.iter();
        asked.find(|asked| asked.id.to_string() == id).cloned()
    }

    fn note(&self, whose: (UserId, ChannelId), last: Last, asked: Option<Arc<Asked>>) {
        let mut conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
        if conversations.len() >= REMEMBERED_MAX {
            conversations.retain(|_, conversation| conversation.at.elapsed() < ANSWERED_WITHIN);
        }
        if conversations.len() >= REMEMBERED_MAX {
            conversations.clear();
        }
        let new = || Conversation { asked: VecDeque::new(), last, at: Instant::now() };
        let conversation = conversations.entry(whose).or_insert_with(new);
        conversation.last = last;
        conversation.at = Instant::now();
        // Of those that wait for nothing only the newest is ever answered, so others take no room.
        let is_new = asked.is_some();
        conversation.asked.retain(|known| if is_new { known.waits() } else { known.is_open() });
        conversation.asked.extend(asked);
        while conversation.asked.len() > OPEN_MAX {
            conversation.asked.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOSE: (UserId, ChannelId) = (UserId::new(7), ChannelId::new(8));

    fn way(open: &Open) -> u64 {
        match open.way_to(WHOSE) {
            Way::Interaction(asked) => asked.id.get(),
            Way::Message(_) | Way::Alone => panic!("an interaction can be answered"),
        }
    }

    #[test]
    fn what_was_told_takes_no_room_once_somebody_asks_again() {
        let open = Open::default();
        for id in 1..=100 {
            open.asked(WHOSE, InteractionId::new(id), "secret").told();
            assert_eq!(way(&open), id);
        }
        assert_eq!(open.conversations.lock().unwrap()[&WHOSE].asked.len(), 1);
    }

    #[test]
    fn what_is_left_is_answered_with_nothing() {
        let open = Open::default();
        let [one, two] = [1, 2].map(|id| open.asked(WHOSE, InteractionId::new(id), "secret"));
        let mut turn = two.turn.try_lock().unwrap();
        two.leave(&mut turn);
        assert_eq!((*turn, way(&open)), (Stand::Left, 1));
        one.told();
        assert_eq!(way(&open), 1);
        one.leave(&mut one.turn.try_lock().unwrap());
        assert!(matches!(open.way_to(WHOSE), Way::Alone));
    }

    #[test]
    fn who_waits_longest_is_answered_first_and_then_the_newest() {
        let open = Open::default();
        let [one, two, three] = [1, 2, 3].map(|id| open.asked(WHOSE, InteractionId::new(id), "s"));
        for (asked, id) in [(one, 1), (two, 2), (three, 3)] {
            assert_eq!(way(&open), id);
            asked.told();
        }
        assert_eq!(way(&open), 3);
        open.said(WHOSE, MessageId::new(9));
        open.asked(WHOSE, InteractionId::new(4), "s");
        assert_eq!(way(&open), 4);
    }
}
