//! What has happened to a socket and its handlers are yet to be told.
//!
//! A full queue drops a message, or the socket joins or leaves a topic. That can happen on any
//! thread and while a handler runs, so it is noted here, if the module has a handler for it. The
//! connection calls that handler between two others, and for what is left before `close`.

use std::{collections::VecDeque, mem, sync::Arc};

use crate::{frame::Frame, message::Message};

/// So many changes of subscriptions are kept.
pub(super) const MOST_CHANGES: usize = 1 << 16;

/// So many bytes of them are kept, with the names of their topics.
pub(super) const MOST_CHANGE_BYTES: usize = 16 << 20;

/// What something that is kept takes besides its payload or the name of its topic: a place in a
/// list that may be half empty, reference counts, and what the allocator takes.
pub(super) const OVERHEAD: usize = 2 * size_of::<Notice>() + 80;

/// Something that a handler is told of.
#[derive(Debug)]
pub(crate) enum Notice {
    /// A message was dropped because the queue is full.
    Dropped(Message),
    /// The socket has joined or left a topic.
    Subscription {
        topic: Arc<str>,
        /// How many there were then.
        subscribers: usize,
    },
    /// There was no room to keep so many more of the two. It comes after all that were kept.
    Forgotten { dropped: usize, changes: usize },
}

/// What is to be told, in the order in which it happened.
#[derive(Debug, Default)]
pub(super) struct Notices {
    waiting: VecDeque<Notice>,
    dropped: Count,
    changes: Count,
}

/// How many there are of one kind.
#[derive(Debug, Default)]
struct Count {
    waiting: usize,
    /// Bytes of those that wait, each with its overhead.
    bytes: usize,
    /// How many were not kept since nothing was last waiting.
    forgotten: usize,
}

impl Notices {
    /// Keeps a dropped message, of which `copy` makes the copy, if no more than `limit` bytes are
    /// then kept. What it takes besides its payload counts, too, but for the first, so that one
    /// that `limit` has just room for is kept.
    pub(super) fn push_dropped(
        &mut self,
        frame: Frame<'_>,
        limit: usize,
        copy: impl FnOnce() -> Option<Message>,
    ) {
        let len = frame.message().map_or(0, |(_, payload)| payload.len());
        let fits = match self.dropped.waiting {
            0 => len <= limit,
            _ => self.dropped.bytes + len + OVERHEAD <= limit,
        };
        match fits.then(copy).flatten() {
            Some(message) => {
                self.dropped.add(len);
                self.waiting.push_back(Notice::Dropped(message));
            }
            None => self.dropped.forgotten += 1,
        }
    }

    /// Keeps that a topic was joined or left, if there is room.
    pub(super) fn push_change(&mut self, topic: &str, subscribers: usize) {
        let bytes = self.changes.bytes + topic.len() + OVERHEAD;
        let is_first = self.changes.waiting == 0;
        if is_first || (self.changes.waiting < MOST_CHANGES && bytes <= MOST_CHANGE_BYTES) {
            self.push_leave(topic.into(), subscribers);
        } else {
            self.changes.forgotten += 1;
        }
    }

    /// Keeps that a topic was left at the socket's end: there are no more of those than there were
    /// subscriptions.
    pub(super) fn push_leave(&mut self, topic: Arc<str>, subscribers: usize) {
        self.changes.add(topic.len());
        self.waiting
            .push_back(Notice::Subscription { topic, subscribers });
    }

    /// Takes the oldest off.
    pub(super) fn pop(&mut self) -> Option<Notice> {
        let notice = self.waiting.pop_front();
        match &notice {
            Some(Notice::Dropped(message)) => self.dropped.remove(message.as_bytes().len()),
            Some(Notice::Subscription { topic, .. }) => self.changes.remove(topic.len()),
            Some(Notice::Forgotten { .. }) => {}
            None => return self.take_forgotten(),
        }
        notice
    }

    fn take_forgotten(&mut self) -> Option<Notice> {
        let dropped = mem::take(&mut self.dropped.forgotten);
        let changes = mem::take(&mut self.changes.forgotten);
        (dropped + changes > 0).then_some(Notice::Forgotten { dropped, changes })
    }
}

impl Count {
    fn add(&mut self, len: usize) {
        self.waiting += 1;
        self.bytes += len + OVERHEAD;
    }

    fn remove(&mut self, len: usize) {
        self.waiting -= 1;
        self.bytes -= len + OVERHEAD;
    }
}

/// Copies of published messages for those who drop them: one of each, made for the first.
#[derive(Debug, Default)]
pub(crate) struct Copies(Vec<Option<Message>>);

impl Copies {
    /// The copy of a frame that is known by `number`.
    pub(super) fn of(&mut self, number: usize, frame: Frame<'_>) -> Option<Message> {
        if self.0.len() <= number {
            self.0.resize(number + 1, None);
        }
        let copy = self.0.get_mut(number)?;
        if copy.is_none() {
            *copy = frame.to_message();
        }
        copy.clone()
    }
}
