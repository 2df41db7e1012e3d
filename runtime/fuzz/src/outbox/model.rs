//! A short, simple model of the outbox.

use std::collections::VecDeque;

use crate::client::{BINARY, CLOSE, Frame};

/// How many bytes of pings and pongs may wait.
pub(super) const CONTROL_LIMIT: usize = 4096;

/// From this many bytes or half the limit on, whichever is less, a sender gets `Backpressure`.
const HIGH_WATER: usize = 64 << 10;

/// A peer keeps up with at most this many bytes or half the limit, whichever is less. It then gets
/// every message, and none is replaced.
const KEEPS_UP: usize = 4 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Sent,
    Backpressure,
    Closed,
    Full,
}

pub(super) struct Model {
    limit: usize,
    /// The overhead in bytes of a message with a key.
    overhead: usize,
    closes: bool,
    state: State,
    messages: VecDeque<Message>,
    /// How many bytes of the first message have been written.
    begun: usize,
    control: VecDeque<Frame>,
    /// How many bytes of the first control frame have been written.
    control_begun: usize,
    /// The place of the control frame that a newer answer may replace.
    answer: Option<usize>,
    pub(super) is_stalled: bool,
    owes_drain: bool,
}

#[derive(PartialEq, Eq)]
enum State {
    Open,
    Closing,
    Closed,
}

struct Message {
    /// Set if a later message with the same key replaces this one.
    key: Option<u8>,
    frame: Frame,
}

impl Model {
    pub(super) fn new(limit: usize, closes: bool, overhead: usize) -> Self {
        Self {
            limit,
            overhead,
            closes,
            state: State::Open,
            messages: VecDeque::new(),
            begun: 0,
            control: VecDeque::new(),
            control_begun: 0,
            answer: None,
            is_stalled: false,
            owes_drain: false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    pub(super) fn len(&self) -> usize {
        self.data_len() + self.control_len()
    }

    fn data_len(&self) -> usize {
        let frames = self.messages.iter().map(|message| message.frame.len());
        frames.sum::<usize>() - self.begun
    }

    /// [`Self::data_len`], and the overhead of the messages with keys.
    fn held(&self) -> usize {
        let unbegun = usize::from(self.begun > 0);
        let messages = self.messages.iter().skip(unbegun);
        let keyed = messages.filter(|message| message.key.is_some()).count();
        self.data_len() + keyed * self.overhead
    }

    fn control_len(&self) -> usize {
        let frames = self.control.iter().map(Frame::len);
        frames.sum::<usize>() - self.control_begun
    }

    pub(super) fn send(&mut self, payload: &[u8]) -> Status {
        self.queue(payload, true)
    }

    /// Until a write finds the peer slow, publishes are accepted beyond the limit.
    pub(super) fn publish(&mut self, payload: &[u8]) {
        self.queue(payload, self.is_stalled);
    }

    fn queue(&mut self, payload: &[u8], is_limited: bool) -> Status {
        let before = self.data_len();
        let frame = binary(payload);
        if !self.is_open() {
            return Status::Closed;
        }
        if is_limited && before > 0 && self.held() + frame.len() > self.limit {
            self.refuse(self.closes);
            return Status::Full;
        }
        self.messages.push_back(Message { key: None, frame });
        self.accept(before)
    }

    /// Whether the outbox must be written at once.
    pub(super) fn is_overdrawn(&self) -> bool {
        self.is_open() && !self.is_stalled && self.held() > self.limit
    }

    pub(super) fn publish_or_close(&mut self, payload: &[u8]) {
        let closes = std::mem::replace(&mut self.closes, true);
        self.publish(payload);
        self.closes = closes;
    }

    pub(super) fn publish_latest(&mut self, payload: &[u8], key: u8) {
        let before = self.data_len();
        let frame = binary(payload);
        if !self.is_open() {
            return;
        }
        if !self.is_stalled && before + frame.len() <= KEEPS_UP.min(self.limit / 2) {
            self.publish(payload);
            return;
        }
        let old = self.replaceable(key);
        let of_old = old.map_or(0, |old| self.messages[old].frame.len());
        let others = before - of_old;
        let overheads = self.held() - before + old.map_or(self.overhead, |_| 0);
        if self.is_stalled && others > 0 && others + overheads + frame.len() > self.limit {
            return self.refuse(self.closes);
        }
        let message = Message {
            key: Some(key),
            frame,
        };
        match old {
            Some(old) if self.messages.iter().skip(old).all(|m| m.key.is_some()) => {
                self.messages[old] = message;
            }
            old => {
                old.map(|old| self.messages.remove(old));
                self.messages.push_back(message);
            }
        }
        self.accept(before);
    }

    /// The message with this key of which nothing has been written.
    fn replaceable(&self, key: u8) -> Option<usize> {
        let unbegun = usize::from(self.begun > 0);
        let mut messages = self.messages.iter().enumerate().skip(unbegun);
        let found = messages.find(|(_, message)| message.key == Some(key));
        found.map(|(at, _)| at)
    }

    fn accept(&mut self, before: usize) -> Status {
        if self.is_stalled || before >= HIGH_WATER.min(self.limit / 2).max(1) {
            self.owes_drain = true;
            Status::Backpressure
        } else {
            Status::Sent
        }
    }

    fn refuse(&mut self, closes: bool) {
        if closes {
            self.state = State::Closed;
            self.messages.clear();
            self.control.clear();
            (self.begun, self.control_begun) = (0, 0);
        }
        self.owes_drain = true;
    }

    pub(super) fn control(&mut self, opcode: u8, payload: &[u8]) -> Status {
        let payload = payload.to_vec();
        let frame = Frame { opcode, payload };
        if !self.is_open() {
            return Status::Closed;
        }
        if self.control_len() + frame.len() > CONTROL_LIMIT {
            return Status::Full;
        }
        self.control.push_back(frame);
        match self.is_stalled {
            true => Status::Backpressure,
            false => Status::Sent,
        }
    }

    pub(super) fn answer(&mut self, opcode: u8, payload: &[u8]) {
        let fits = self.control_len() + payload.len() + 2 <= CONTROL_LIMIT;
        if self.is_open()
            && !fits
            && let Some(old) = self.answer.take()
        {
            self.control.remove(old);
        }
        if !matches!(self.control(opcode, payload), Status::Closed | Status::Full) {
            self.answer = Some(self.control.len() - 1);
        }
    }

    pub(super) fn close(&mut self, code: u16, reason: &str) -> bool {
        if !self.is_open() {
            return false;
        }
        self.state = State::Closing;
        let may_be_sent = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
        let reason = &reason.as_bytes()[..reason.len().min(123)];
        let payload = match may_be_sent {
            true => [&code.to_be_bytes(), reason].concat(),
            false => Vec::new(),
        };
        let frame = Frame {
            opcode: CLOSE,
            payload,
        };
        self.messages.push_back(Message { key: None, frame });
        true
    }

    /// Takes this many bytes off the messages, and returns the messages that are then complete.
    pub(super) fn write_data(&mut self, mut count: usize) -> Vec<Frame> {
        let mut written = Vec::new();
        while count > 0 {
            let first = self.messages.front().expect("as much as was queued");
            let step = count.min(first.frame.len() - self.begun);
            self.begun += step;
            count -= step;
            if self.begun == first.frame.len() {
                written.extend(self.messages.pop_front().map(|message| message.frame));
                self.begun = 0;
            }
        }
        written
    }

    /// Notes that this many bytes of pings and pongs have been written, and that these frames are
    /// complete.
    pub(super) fn write_control(&mut self, count: usize, complete: Vec<Frame>) {
        self.control_begun += count;
        if count > 0 {
            self.keep_answer();
        }
        for frame in complete {
            self.control_begun -= frame.len();
            assert_eq!(self.control.pop_front(), Some(frame));
        }
    }

    /// From now on no newer answer replaces this one, because a part of it may have been written.
    pub(super) fn keep_answer(&mut self) {
        self.answer = None;
    }

    pub(super) fn take_drain(&mut self) -> bool {
        self.is_open() && self.len() == 0 && std::mem::take(&mut self.owes_drain)
    }
}

fn binary(payload: &[u8]) -> Frame {
    Frame {
        opcode: BINARY,
        payload: payload.to_vec(),
    }
}
