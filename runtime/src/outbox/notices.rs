//! What has happened to a socket and its handlers are yet to be told.

use std::collections::VecDeque;

use super::Frame;
use crate::message::Message;

/// So many dropped messages are kept, however small they are.
pub(super) const MOST_DROPPED: usize = 1 << 16;

/// Something that a handler is told of.
#[derive(Debug)]
pub(crate) enum Notice {
    /// A message was dropped because the queue is full.
    Dropped(Message),
    /// So many more were, and there was no room to keep them. It comes after all that were kept.
    Forgotten(usize),
}

/// What is to be told, in the order in which it happened.
#[derive(Debug, Default)]
pub(super) struct Notices {
    waiting: VecDeque<Notice>,
    /// How many of them are dropped messages.
    dropped: usize,
    /// Bytes of payload of those.
    dropped_bytes: usize,
    /// How many dropped messages were not kept since nothing was last waiting.
    forgotten: usize,
}

impl Notices {
    /// Keeps a dropped message, of which `copy` makes the copy, if no more than `limit` bytes of
    /// payload are then kept.
    pub(super) fn push_dropped(
        &mut self,
        frame: Frame<'_>,
        limit: usize,
        copy: impl FnOnce() -> Option<Message>,
    ) {
        let len = frame.message().map_or(0, |(_, payload)| payload.len());
        let fits = self.dropped_bytes + len <= limit && self.dropped < MOST_DROPPED;
        match fits.then(copy).flatten() {
            Some(message) => {
                self.dropped += 1;
                self.dropped_bytes += len;
                self.waiting.push_back(Notice::Dropped(message));
            }
            None => self.forgotten += 1,
        }
    }

    /// Takes the oldest off.
    pub(super) fn pop(&mut self) -> Option<Notice> {
        let notice = self.waiting.pop_front();
        match &notice {
            Some(Notice::Dropped(message)) => {
                self.dropped -= 1;
                self.dropped_bytes -= message.as_bytes().len();
            }
            Some(Notice::Forgotten(_)) => {}
            None if self.forgotten > 0 => {
                return Some(Notice::Forgotten(std::mem::take(&mut self.forgotten)));
            }
            None => {}
        }
        notice
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
