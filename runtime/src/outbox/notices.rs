//! Events of a socket that its handlers are not told yet.
//!
//! A full queue drops a message, or the socket is subscribed or unsubscribed. That can happen on
//! any thread and while a handler runs. So a notice is queued here, if the module has a handler for
//! it. The connection calls that handler between two others. The last notices are told before
//! `close`.

use std::{collections::VecDeque, mem, sync::Arc};

use crate::{frame::Frame, message::Message, stats::Missed};

/// The number of subscription changes that are kept.
pub(super) const MOST_CHANGES: usize = 1 << 16;

/// The bytes of subscription changes that are kept, with the names of their topics.
pub(super) const MOST_CHANGE_BYTES: usize = 16 << 20;

/// The memory of a notice besides its payload or topic: a place in a list that may be half empty,
/// reference counts, and the bookkeeping of the allocator.
pub(super) const OVERHEAD: usize = 2 * size_of::<Notice>() + 80;

/// An event that a handler is told.
#[derive(Debug)]
pub(crate) enum Notice {
    /// A message was dropped because the queue is full.
    Dropped(Message),
    /// The socket has been subscribed to a topic, or unsubscribed from it.
    Subscription {
        topic: Arc<str>,
        /// The number of subscribers after that.
        subscribers: usize,
    },
    /// These numbers of dropped messages and changes were not kept. This notice comes after all
    /// others.
    Forgotten { dropped: usize, changes: usize },
}

/// The notices, in the order in which the events happened.
#[derive(Debug, Default)]
pub(super) struct Notices {
    waiting: VecDeque<Notice>,
    dropped: Count,
    changes: Count,
}

/// The notices of one kind.
#[derive(Debug, Default)]
struct Count {
    waiting: usize,
    /// The bytes of the waiting notices, each with its overhead.
    bytes: usize,
    /// The notices that were not kept since the last [`Notice::Forgotten`].
    forgotten: usize,
}

impl Notices {
    /// Keeps a dropped message if that makes at most `limit` bytes. `copy` makes the copy. The
    /// overhead of each message counts, except that of the first: so a message of `limit` bytes is
    /// kept.
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

    /// Keeps a change of subscriptions, if there is room.
    pub(super) fn push_change(&mut self, topic: &str, subscribers: usize) {
        let bytes = self.changes.bytes + topic.len() + OVERHEAD;
        let is_first = self.changes.waiting == 0;
        if is_first || (self.changes.waiting < MOST_CHANGES && bytes <= MOST_CHANGE_BYTES) {
            self.push_leave(topic.into(), subscribers);
        } else {
            self.changes.forgotten += 1;
        }
    }

    /// Keeps that the socket's end has unsubscribed it from a topic. The number of its
    /// subscriptions bounds that of such changes.
    pub(super) fn push_leave(&mut self, topic: Arc<str>, subscribers: usize) {
        self.changes.add(topic.len());
        self.waiting
            .push_back(Notice::Subscription { topic, subscribers });
    }

    /// Takes the oldest notice.
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

/// Copies of published messages for `dropped` handlers. The first subscriber that drops a message
/// makes its copy.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    /// `None` for most deliveries, which pay nothing for it.
    by_number: Option<Box<ByNumber>>,
    /// The messages that subscribers have missed since the worker last took the numbers; `None` for
    /// most deliveries.
    missed: Option<Missed>,
}

/// The copies that are made so far.
#[derive(Debug, Default)]
struct ByNumber(Vec<Option<Message>>);

impl Copies {
    /// The numbers of missed messages, if there are any. They are counted from zero again.
    #[inline]
    pub(crate) fn take_missed(&mut self) -> Option<Missed> {
        self.missed.take()
    }

    /// To count a missed message.
    #[cold]
    pub(crate) fn missed(&mut self) -> &mut Missed {
        self.missed.get_or_insert_default()
    }

    /// The copy of the frame with this number.
    pub(super) fn of(&mut self, number: usize, frame: Frame<'_>) -> Option<Message> {
        let ByNumber(copies) = &mut **self.by_number.get_or_insert_default();
        if copies.len() <= number {
            copies.resize(number + 1, None);
        }
        let copy = copies.get_mut(number)?;
        if copy.is_none() {
            *copy = frame.to_message();
        }
        copy.clone()
    }
}
