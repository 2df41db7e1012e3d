//! What a connection has still to write: a bounded queue that counts its bytes.

mod context;
mod delivery;
mod notices;
mod queue;
mod status;
mod terms;

use std::{io::IoSlice, sync::Arc};

use bytes::Bytes;

pub use self::status::{ReadyState, SendStatus};
pub(crate) use self::{
    delivery::Delivery,
    notices::{Copies, Notice},
    queue::{Name, Named},
    terms::{Slow, Terms},
};
use self::{notices::Notices, queue::Queue};
use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    config::Config,
    frame::{Frame, Run},
    message::Message,
    protocol::{Opcode, append_frame, close_payload, deflate::History, may_be_sent},
    watch::Watch,
};

/// Above this much unwritten data a further message is reported as [`SendStatus::Backpressure`],
/// even if no write has been refused yet.
const HIGH_WATER: usize = 64 << 10;

/// The queue of one connection, and the connection's state as everybody sees it.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Queue,
    state: ReadyState,
    /// Whether the last write found no room, so that everything new has to wait.
    stalled: bool,
    /// Whether `Backpressure` was reported since the queue was last empty.
    owes_drain: bool,
    /// Whether the connection has something to do besides writing.
    attention: bool,
    /// Whether others have published to this queue since it was last empty.
    published_to: bool,
    /// Whether something has been written since the last look at the timeouts.
    written: bool,
    seldom: Option<Box<Seldom>>,
}

/// What most connections have nothing of before their end.
#[derive(Debug, Default)]
struct Seldom {
    /// What the handlers are to be told. While there is something, `attention` is called for, or
    /// the connection knows of it.
    notices: Option<Box<Notices>>,
    /// What was sent compressed and may be referred back to.
    history: Option<Box<History>>,
    /// What was accepted to be sent, if that is to be logged.
    sent: Option<Traffic>,
    /// Why it ends. The first reason stays.
    reason: Option<CloseReason>,
    /// Told when the socket is not open any more.
    watch: Option<Watch>,
    /// The connection took too long to end by itself.
    cut_off: bool,
}

/// Messages, and the bytes of their payloads.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
}

impl Traffic {
    pub(crate) fn add(&mut self, payload_len: usize) {
        self.messages += 1;
        self.bytes += payload_len as u64;
    }

    // Most connections count nothing.
    #[cold]
    fn add_frame(&mut self, frame: Frame<'_>) {
        self.add(frame.message().map_or(0, |(_, payload)| payload.len()));
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            queue: Queue::default(),
            state: ReadyState::Open,
            stalled: false,
            owes_drain: false,
            attention: false,
            published_to: false,
            written: false,
            seldom: None,
        }
    }
}

impl Outbox {
    /// Queues a data frame that carries `payload_len` bytes of payload.
    ///
    /// An empty queue takes a frame of any size, because otherwise one larger than the limit could
    /// never be sent; a queue that is not empty never grows beyond the limit.
    pub(crate) fn push(
        &mut self,
        frame: Frame<'_>,
        payload_len: usize,
        config: &Config,
    ) -> SendStatus {
        self.push_or_copy(frame, payload_len, config, || frame.to_message())
    }

    /// [`Self::push`]. `copy` makes the copy for the `dropped` handler, where that is called for.
    fn push_or_copy(
        &mut self,
        frame: Frame<'_>,
        payload_len: usize,
        config: &Config,
        copy: impl FnOnce() -> Option<Message>,
    ) -> SendStatus {
        if self.state != ReadyState::Open {
            return SendStatus::Dropped;
        }
        if !self.has_room(frame.len(), config) {
            return self.refuse(frame, config.close_on_backpressure_limit, config, copy);
        }
        let before = self.queue.data_len();
        self.queue.push(frame);
        self.count(|sent| sent.add_frame(frame));
        self.accept(before, payload_len, config)
    }

    /// From now on counts what is accepted.
    pub(crate) fn count_sent(&mut self) {
        self.seldom().sent.get_or_insert_default();
    }

    /// What was accepted since it is counted.
    pub(crate) fn sent(&self) -> Traffic {
        let seldom = self.seldom.as_ref();
        seldom.and_then(|seldom| seldom.sent).unwrap_or_default()
    }

    #[inline]
    fn count(&mut self, count: impl FnOnce(&mut Traffic)) {
        if let Some(seldom) = &mut self.seldom
            && let Some(sent) = &mut seldom.sent
        {
            count(sent);
        }
    }

    fn has_room(&self, len: usize, config: &Config) -> bool {
        self.queue.data_len() == 0 || self.fits(len, config)
    }

    fn fits(&self, len: usize, config: &Config) -> bool {
        self.queue.held() + len <= config.backpressure_limit
    }

    /// Whether there may be room for a frame of so many bytes once this outbox has been written,
    /// which nothing but the order of things has kept from happening.
    pub(crate) fn wants_write(&self, len: usize, config: &Config) -> bool {
        !self.has_room(len, config) && !self.stalled && self.state == ReadyState::Open
    }

    /// Whether it holds more than its limit although no write has found the peer slow. It is to be
    /// written at once.
    pub(crate) fn is_overdrawn(&self, config: &Config) -> bool {
        !self.stalled && self.queue.held() > config.backpressure_limit
    }

    /// A message has been queued where so many bytes were before.
    fn accept(&mut self, before: usize, payload_len: usize, config: &Config) -> SendStatus {
        if self.stalled || before >= HIGH_WATER.min(config.backpressure_limit / 2).max(1) {
            self.owes_drain = true;
            SendStatus::Backpressure
        } else {
            SendStatus::Sent(payload_len)
        }
    }

    /// There is no room for a message, of which `copy` makes the copy for the `dropped` handler.
    fn refuse(
        &mut self,
        frame: Frame<'_>,
        close: bool,
        config: &Config,
        copy: impl FnOnce() -> Option<Message>,
    ) -> SendStatus {
        if config.tells_dropped {
            self.notices()
                .push_dropped(frame, config.backpressure_limit, copy);
        }
        // Whoever was told to hold back wants to know when to go on, however it was told.
        self.owes_drain = true;
        if close {
            self.terminate(CloseReason::new(
                CloseCode::Abnormal,
                "",
                ClosedBy::SlowConsumer,
            ));
        }
        SendStatus::Dropped
    }

    /// Queues frames that were published. Where the last write found no room, each is taken or
    /// dropped as [`Self::push`] does, but the publisher is not told; only `dropped` is.
    ///
    /// Otherwise the peer has not been slow so far, and all are taken. Returns whether that is more
    /// than the limit, so that the outbox is to be written at once.
    pub(crate) fn deliver(&mut self, run: Run<'_>, config: &Config, copies: &mut Copies) -> bool {
        self.published_to = true;
        if run.is_packed() {
            self.forget_context();
        }
        let whole = run.whole();
        let fits = self.fits(whole.len(), config);
        if fits || !self.stalled {
            if self.state == ReadyState::Open {
                let before = self.queue.data_len();
                self.queue.push(whole);
                self.count(|sent| run.each(|_, frame| sent.add_frame(frame)));
                self.accept(before, 0, config);
            }
            return !fits;
        }
        run.each(|number, frame| {
            self.push_or_copy(frame, 0, config, || copies.of(number, frame));
        });
        false
    }

    /// Whether others have published to this queue since it was last empty, and may yet do so
    /// before it is written.
    pub(crate) fn is_published_to(&self) -> bool {
        self.published_to && !self.is_empty()
    }

    /// Queues a ping or pong of the application's own.
    pub(crate) fn push_control(
        &mut self,
        opcode: Opcode,
        payload: &[u8],
        config: &Config,
    ) -> SendStatus {
        if self.state != ReadyState::Open {
            return SendStatus::Dropped;
        }
        match self
            .queue
            .push_control(&encoded(opcode, payload), config.control_limit)
        {
            true if self.stalled => SendStatus::Backpressure,
            true => SendStatus::Sent(payload.len()),
            false => SendStatus::Dropped,
        }
    }

    /// Queues the automatic answer to a ping.
    pub(crate) fn answer_ping(&mut self, payload: &[u8], config: &Config) {
        if self.state == ReadyState::Open {
            self.queue
                .push_answer(&encoded(Opcode::Pong, payload), config.control_limit);
        }
    }

    /// Queues a Close frame behind what was accepted, and accepts nothing more. Only the first
    /// call has an effect; it returns `true`.
    pub(crate) fn close(&mut self, reason: CloseReason) -> bool {
        if self.state != ReadyState::Open {
            return false;
        }
        let code = u16::from(reason.code);
        let payload = close_payload(may_be_sent(code).then_some(code), &reason.reason);
        let frame = encoded(Opcode::Close, payload.as_bytes());
        self.queue.push_last(Frame::Encoded(&frame));
        self.state = ReadyState::Closing;
        self.end(reason);
        true
    }

    /// Ends the connection without a Close frame and forgets what is queued. Returns whether it was
    /// open.
    pub(crate) fn terminate(&mut self, reason: CloseReason) -> bool {
        let was_open = self.state == ReadyState::Open;
        self.state = ReadyState::Closed;
        self.queue.clear();
        self.end(reason);
        was_open
    }

    /// The connection takes too long to end by itself. Returns `true` at the first call.
    pub(crate) fn note_cut_off(&mut self) -> bool {
        !std::mem::replace(&mut self.seldom().cut_off, true)
    }

    /// The connection is over, but for what is queued.
    pub(crate) fn finish(&mut self) {
        self.state = ReadyState::Closed;
    }

    fn end(&mut self, reason: CloseReason) {
        let seldom = self.seldom();
        seldom.reason.get_or_insert(reason);
        seldom.history = None;
        // There is nothing to go on with.
        self.owes_drain = false;
        self.attention = true;
    }

    /// Keeps for the `subscription` handler that a topic was joined or left.
    pub(crate) fn tell_change(&mut self, topic: &str, subscribers: usize) {
        self.notices().push_change(topic, subscribers);
    }

    /// Keeps for the `subscription` handler that a topic was left at the connection's end.
    pub(crate) fn tell_leave(&mut self, topic: Arc<str>, subscribers: usize) {
        self.notices().push_leave(topic, subscribers);
    }

    /// Where something that the handlers are to be told is put.
    fn notices(&mut self) -> &mut Notices {
        self.attention = true;
        self.seldom().notices.get_or_insert_default()
    }

    fn seldom(&mut self) -> &mut Seldom {
        self.seldom.get_or_insert_default()
    }

    /// The next thing that a handler is to be told.
    pub(crate) fn take_notice(&mut self) -> Option<Notice> {
        let notices = &mut self.seldom.as_mut()?.notices;
        let notice = notices.as_mut()?.pop();
        if notice.is_none() {
            *notices = None;
        }
        notice
    }

    /// Whether there may be something that a handler is to be told.
    pub(crate) fn has_notices(&self) -> bool {
        let seldom = self.seldom.as_ref();
        seldom.is_some_and(|seldom| seldom.notices.is_some())
    }

    /// Takes up to about `max` bytes to be written; `None` if there are none.
    pub(crate) fn take(&mut self, max: usize) -> Option<Bytes> {
        let chunk = self.queue.take(max);
        // Whoever takes bytes comes back for more as soon as it has room.
        self.stalled = chunk.is_some();
        self.written |= self.stalled;
        if chunk.is_none() && self.owes_drain {
            self.attention = true;
        }
        chunk
    }

    /// Fills `slices` with what is to be written next, and returns how many it filled.
    pub(crate) fn peek<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        self.queue.peek(slices)
    }

    /// The first `count` bytes of what [`Self::peek`] gave have been written.
    pub(crate) fn advance(&mut self, count: usize) {
        self.queue.advance(count);
        self.written = true;
        if self.is_empty() {
            self.published_to = false;
            self.attention |= self.owes_drain;
        }
    }

    /// Whether the last write found no room.
    pub(crate) fn is_stalled(&self) -> bool {
        self.stalled
    }

    pub(crate) fn set_stalled(&mut self, stalled: bool) {
        self.stalled = stalled;
    }

    /// Whether `drain` is due. It is then no longer owed.
    pub(crate) fn take_drain(&mut self) -> bool {
        self.owes_drain && self.is_empty() && std::mem::take(&mut self.owes_drain)
    }

    /// What the connection is called for has been seen to.
    pub(crate) fn attended(&mut self) {
        self.attention = false;
    }

    pub(crate) fn call_for_attention(&mut self) {
        self.attention = true;
    }

    /// Whether the connection has something to do besides writing.
    pub(crate) fn calls_for_attention(&self) -> bool {
        self.attention
    }

    /// Whether something has been written since the last call.
    pub(crate) fn take_written(&mut self) -> bool {
        std::mem::take(&mut self.written)
    }

    /// What is told when the socket is not open any more; `None` if it is not.
    pub(crate) fn watch(&mut self) -> Option<Watch> {
        let is_open = self.state == ReadyState::Open;
        is_open.then(|| self.seldom().watch.get_or_insert_default().clone())
    }

    /// What is to be told now that the socket is not open any more: without a lock, for it wakes
    /// tasks of the user.
    pub(crate) fn take_watch(&mut self) -> Option<Watch> {
        let seldom = self.seldom.as_mut()?;
        seldom.watch.take_if(|_| self.state != ReadyState::Open)
    }

    pub(crate) fn ending(&self) -> Option<&CloseReason> {
        self.seldom.as_ref()?.reason.as_ref()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.len() == 0
    }

    pub(crate) fn buffered_amount(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn state(&self) -> ReadyState {
        self.state
    }
}

fn encoded(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 2);
    append_frame(&mut frame, opcode, false, payload);
    frame
}

#[cfg(test)]
mod tests;
