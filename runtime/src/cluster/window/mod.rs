//! The messages of this node that the broker has not surely passed on. No I/O, no clock.
//!
//! ```text
//!  confirmed: gone | acknowledged | in flight | waiting
//!                  └── kept, and sent again ──┘
//! ```
//!
//! A broker may die after it has answered to this node and before it has written to the others. So
//! an acknowledged message is kept until the broker has acknowledged a batch that was sent after
//! that answer: by then it has at least tried to write the message. What is not confirmed when a
//! connection breaks is sent again, in order; the other nodes drop what they have had.

use std::{collections::VecDeque, mem, ops::AddAssign, time::Duration};

use tokio::time::Instant;

/// How many times a connection may break with a message, before the message is given up. A bad network
/// also breaks connections several times in a row, and often after the message has arrived.
const MOST_BREAKS: u8 = 10;

/// A message with so many breaks is sent alone, so that no other message takes the blame.
const SUSPICIOUS: u8 = 2;

/// A place in the sequence of all messages that were ever taken.
type Place = u64;

/// The messages from the first that is not confirmed on, oldest first.
#[derive(Debug)]
pub(crate) struct Window<T> {
    max_age: Duration,
    entries: VecDeque<Entry<T>>,
    /// The place of the first entry.
    start: Place,
    /// The end of the entries that were acknowledged over the present connection.
    acknowledged: Place,
    /// The end of the entries that were sent over the present connection.
    sent: Place,
    /// The end of the entries that were ever sent. Only those behind it can be too old.
    tried: Place,
    /// The batches in flight, oldest first.
    flights: VecDeque<Flight>,
}

#[derive(Debug)]
struct Entry<T> {
    /// `None` if the message was given up when others before it were still needed.
    item: Option<T>,
    cost: usize,
    since: Instant,
    breaks: u8,
}

#[derive(Debug)]
struct Flight {
    /// The end of its messages.
    end: Place,
    /// The end of what was acknowledged when it was sent.
    confirms: Place,
}

/// The size of a batch. The first message of a batch may be larger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

/// A message that the broker takes in no case, such as a too large one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unsendable;

/// A batch that is to be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The messages that were encoded. If there are none, nothing is sent and nothing is answered.
    pub(crate) messages: usize,
    /// The messages that cannot be sent, which are lost.
    pub(crate) unsendable: Released,
}

/// Messages that are gone, and their cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub(crate) struct Released {
    pub(crate) messages: u64,
    pub(crate) cost: usize,
}

/// The result of an answer of the broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub(crate) struct Acknowledged {
    /// The messages that the broker has taken.
    pub(crate) messages: u64,
    /// The messages that it has refused, which are lost.
    pub(crate) refused: Released,
    /// Messages of earlier batches that are not needed any more.
    pub(crate) confirmed: Released,
}

impl<T> Window<T> {
    /// `max_age` is the time for which a message may wait until it is sent for the first time.
    pub(crate) fn new(max_age: Duration) -> Self {
        Self {
            max_age,
            entries: VecDeque::new(),
            start: 0,
            acknowledged: 0,
            sent: 0,
            tried: 0,
            flights: VecDeque::new(),
        }
    }

    /// Adds a message behind all others. `now` is not before that of the last call.
    pub(crate) fn push(&mut self, item: T, cost: usize, now: Instant) {
        self.entries.push_back(Entry {
            item: Some(item),
            cost,
            since: now,
            breaks: 0,
        });
    }

    /// Makes a batch of the next messages, which `encode` writes. It returns the number of bytes.
    /// `None` if no message waits.
    pub(crate) fn batch(
        &mut self,
        limits: Limits,
        mut encode: impl FnMut(&T) -> Result<usize, Unsendable>,
    ) -> Option<Batch> {
        if self.sent == self.end() {
            return None;
        }
        let from = self.sent;
        let confirms = self.acknowledged;
        let mut batch = Batch {
            messages: 0,
            unsendable: Released::default(),
        };
        let mut bytes = 0_usize;
        for entry in self.entries.iter_mut().skip(index(self.start, from)) {
            let is_suspicious = entry.breaks >= SUSPICIOUS;
            let is_full = batch.messages >= limits.messages
                || bytes.saturating_add(entry.cost) > limits.bytes;
            if batch.messages > 0 && (is_suspicious || is_full) {
                break;
            }
            self.sent += 1;
            let Some(item) = &entry.item else { continue };
            match encode(item) {
                Ok(length) => {
                    batch.messages += 1;
                    bytes = bytes.saturating_add(length);
                    if is_suspicious {
                        break;
                    }
                }
                Err(Unsendable) => batch.unsendable += entry.give_up(),
            }
        }
        self.tried = self.tried.max(self.sent);
        if batch.messages > 0 {
            let end = self.sent;
            self.flights.push_back(Flight { end, confirms });
        } else if let Some(last) = self.flights.back_mut() {
            last.end = self.sent;
        } else if self.acknowledged == from {
            self.acknowledged = self.sent;
        }
        Some(batch)
    }

    /// Notes that something is sent which is no message of the window, such as a heartbeat, and
    /// which is acknowledged like a batch. It confirms what has been acknowledged before.
    pub(crate) fn empty_batch(&mut self) {
        let (end, confirms) = (self.sent, self.acknowledged);
        self.flights.push_back(Flight { end, confirms });
    }

    /// The broker has answered to the oldest batch in flight. It has refused the messages with these
    /// indexes among the encoded ones, which are lost, and acknowledged all others.
    pub(crate) fn acknowledged(&mut self, refused: &[usize]) -> Acknowledged {
        let mut result = Acknowledged::default();
        let Some(flight) = self.flights.pop_front() else {
            return result;
        };
        let from = index(self.start, self.acknowledged);
        let count = index(self.acknowledged, flight.end);
        let entries = self.entries.iter_mut().skip(from).take(count);
        let encoded = entries.filter(|entry| entry.item.is_some());
        for (index, entry) in encoded.enumerate() {
            // The broker has answered, so the message breaks no connection.
            entry.breaks = 0;
            if refused.contains(&index) {
                result.refused += entry.give_up();
            } else {
                result.messages += 1;
            }
        }
        self.acknowledged = flight.end;
        while self.start < flight.confirms
            && let Some(mut entry) = self.entries.pop_front()
        {
            self.start += 1;
            result.confirmed += entry.give_up();
        }
        result
    }

    /// The connection has broken. All that is not confirmed waits again.
    ///
    /// If nothing in the oldest batch was acknowledged, one of its messages may have broken the
    /// connection, for example because the broker crashes on it. `poison` gets each message with
    /// which that has happened too often; it is lost.
    pub(crate) fn disconnected(&mut self, mut poison: impl FnMut(T)) -> Released {
        let mut lost = Released::default();
        let acknowledged = self.acknowledged;
        let mut ends = self.flights.iter().map(|flight| flight.end);
        let end = ends.find(|&end| end > acknowledged);
        let count = end.map_or(0, |end| index(acknowledged, end));
        let from = index(self.start, acknowledged);
        for entry in self.entries.iter_mut().skip(from).take(count) {
            entry.breaks = entry.breaks.saturating_add(1);
            if entry.breaks >= MOST_BREAKS
                && let Some(item) = entry.item.take()
            {
                poison(item);
                lost.messages += 1;
                lost.cost += mem::take(&mut entry.cost);
            }
        }
        self.flights.clear();
        self.sent = self.start;
        self.acknowledged = self.start;
        lost
    }

    /// Gives up the messages that have waited too long and were never sent.
    pub(crate) fn expire(&mut self, now: Instant) -> Released {
        let from = index(self.start, self.tried);
        let max_age = self.max_age;
        let is_over = |entry: &Entry<T>| now.saturating_duration_since(entry.since) >= max_age;
        let waiting = self.entries.iter().skip(from);
        let count = waiting.take_while(|entry| is_over(entry)).count();
        let mut lost = Released::default();
        if count > 0 {
            for mut entry in self.entries.drain(from..from + count) {
                lost += entry.give_up();
            }
        }
        lost
    }

    /// When the next message is too old.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let next = self.entries.get(index(self.start, self.tried))?;
        next.since.checked_add(self.max_age)
    }

    /// The first message that is not acknowledged. All before it are acknowledged or lost.
    #[cfg(test)]
    pub(crate) fn first_open(&self) -> Option<&T> {
        let mut open = self
            .entries
            .iter()
            .skip(index(self.start, self.acknowledged));
        open.find_map(|entry| entry.item.as_ref())
    }

    /// The number of messages that wait to be sent over the present connection.
    pub(crate) fn waiting(&self) -> usize {
        index(self.sent, self.end())
    }

    /// The number of batches in flight.
    #[cfg(test)]
    pub(crate) fn in_flight(&self) -> usize {
        self.flights.len()
    }

    fn end(&self) -> Place {
        self.start + self.entries.len() as u64
    }
}

impl<T> Entry<T> {
    fn give_up(&mut self) -> Released {
        Released {
            messages: self.item.take().is_some().into(),
            cost: mem::take(&mut self.cost),
        }
    }
}

impl AddAssign for Released {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.cost += other.cost;
    }
}

/// The index of a place among entries that begin at `start`.
fn index(start: Place, place: Place) -> usize {
    place.saturating_sub(start).try_into().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
