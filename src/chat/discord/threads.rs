//! Of which channel a thread is: what is said in a thread is said in its channel, and answered below.
//!
//! Discord tells of threads as it tells of channels, once a connection begins and whenever one is made or
//! taken out again, so nobody is kept waiting for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serenity::model::channel::{ChannelType, GuildChannel, PartialChannel};
use serenity::model::event::Event;
use serenity::model::id::ChannelId;
use wilco_core::ids::Place;

use super::decode::{self, Guilds};

/// As many threads, and as many channels, are remembered. A server has at most a thousand threads that are not
/// put away, and five hundred channels; the oldest go first.
/// <https://discord.com/developers/docs/topics/threads>
const REMEMBERED_MAX: usize = 10_000;

#[derive(Default)]
pub struct Threads {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    parents: BTreeMap<ChannelId, ChannelId>,
    /// Channels into which one can write. Into a forum nobody can but below a post, so a post is a place of its
    /// own, and so is a thread of which nobody can tell.
    written: BTreeSet<ChannelId>,
}

impl Threads {
    /// Keeps what an event says of channels and threads in our guilds.
    pub fn note(&self, event: &Event, ours: &Guilds) {
        match event {
            Event::GuildCreate(created) if ours.has(created.guild.id) => {
                let guild = &created.guild;
                guild.channels.values().chain(&guild.threads).for_each(|one| self.keep(one));
            }
            Event::ThreadListSync(synced) if ours.has(synced.guild_id) => {
                synced.threads.iter().for_each(|thread| self.keep(thread));
            }
            Event::ChannelCreate(created) => self.keep_ours(&created.channel, ours),
            Event::ThreadCreate(created) => self.keep_ours(&created.thread, ours),
            Event::ThreadUpdate(updated) => self.keep_ours(&updated.thread, ours),
            _ => {} // Nothing else says where a thread is.
        }
    }

    /// Keeps what an interaction says of where it comes from.
    pub fn note_origin(&self, channel: Option<&PartialChannel>) {
        let Some(channel) = channel else { return };
        self.keep_one(channel.id, channel.kind, channel.parent_id);
    }

    /// Keeps that wilco writes in the thread of this channel.
    pub fn note_own(&self, thread: ChannelId, parent: ChannelId) {
        self.keep_one(parent, ChannelType::Text, None);
        self.keep_one(thread, ChannelType::PublicThread, Some(parent));
    }

    /// Returns the place that a channel, or a thread, is.
    pub fn place(&self, channel: ChannelId) -> Place {
        let known = self.known();
        let parent = known.parents.get(&channel).filter(|parent| known.written.contains(parent));
        match parent {
            Some(parent) => Place { thread: Some(channel.to_string()), ..decode::place(*parent) },
            None => decode::place(channel),
        }
    }

    fn keep_ours(&self, channel: &GuildChannel, ours: &Guilds) {
        if ours.has(channel.guild_id) {
            self.keep(channel);
        }
    }

    fn keep(&self, channel: &GuildChannel) {
        self.keep_one(channel.id, channel.kind, channel.parent_id);
    }

    fn keep_one(&self, id: ChannelId, kind: ChannelType, parent: Option<ChannelId>) {
        let mut known = self.known();
        match (kind, parent) {
            (
                ChannelType::NewsThread | ChannelType::PublicThread | ChannelType::PrivateThread,
                Some(parent),
            ) => {
                known.parents.insert(id, parent);
            }
            (ChannelType::Text | ChannelType::News, _) => {
                known.written.insert(id);
            }
            _ => {} // A card is in none of these, and there are no threads below them but posts.
        }
        while known.parents.len() > REMEMBERED_MAX {
            known.parents.pop_first();
        }
        while known.written.len() > REMEMBERED_MAX {
            known.written.pop_first();
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_flood_of_threads_the_newest_are_remembered() {
        let (threads, parent) = (Threads::default(), ChannelId::new(1));
        let newest = 2 + REMEMBERED_MAX as u64;
        for id in 2..=newest {
            threads.note_own(ChannelId::new(id), parent);
        }
        let is_thread = |id| threads.place(ChannelId::new(id)).thread.is_some();
        assert_eq!(threads.known().parents.len(), REMEMBERED_MAX);
        assert_eq!([2, 3, newest].map(is_thread), [false, true, true]);
    }
}
