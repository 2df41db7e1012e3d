//! The outbox of a connection: a bounded queue of unwritten bytes.

mod context;
mod delivery;
mod notices;
mod queue;
mod status;
mod terms;

use std::{io::IoSlice, sync::Arc};

use bytes::Bytes;

pub use self::status::{DropReason, ReadyState, SendStatus};
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
    stats::Traffic,
    watch::Watch,
};

/// The unwritten bytes above which a further message is reported as [`SendStatus::Backpressure`],
/// even if every write found room.
const HIGH_WATER: usize = 64 << 10;

/// The queue of one connection, and the public state of the connection.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Queue,
    state: ReadyState,
    /// Whether the last write found no room. New messages must wait then.
    stalled: bool,
    /// Whether `Backpressure` was reported since the queue was last empty.
    owes_drain: bool,
    /// Whether the connection has work besides writing.
    attention: bool,
    /// Whether publishes have been queued since the queue was last empty.
    published_to: bool,
    /// Whether bytes have been written since the last check of the timeouts.
    written: bool,
    /// Whether the socket is about to be closed. Until then it still accepts messages.
    leaving: bool,
    seldom: Option<Box<Seldom>>,
}

/// State that most connections do not need before their end.
#[derive(Debug, Default)]
struct Seldom {
    /// Notices for the handlers. While there are some, `attention` is set, or the connection knows
    /// of them.
    notices: Option<Box<Notices>>,
    /// The compressed messages that a later one may refer back to.
    history: Option<Box<History>>,
    /// The accepted messages, if they are counted for a log line.
    sent: Option<Traffic>,
    /// The reason of the end. The first reason stays.
    reason: Option<CloseReason>,
    /// Announced when the socket is no longer open.
    watch: Option<Watch>,
    /// The connection took too long to end by itself.
    cut_off: bool,
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
            leaving: false,
            seldom: None,
        }
    }
}

impl Outbox {
    /// Queues a data frame that carries `payload_len` bytes of payload.
    ///
    /// An empty queue accepts a frame of any size: otherwise a frame above the limit could never be
    /// sent. A queue that is not empty never grows above the limit.
    pub(crate) fn push(
        &mut self,
        frame: Frame<'_>,
        payload_len: usize,
        config: &Config,
    ) -> SendStatus {
        let has_room = self.has_room(frame.len(), config);
        self.push_if(has_room, frame, payload_len, config)
    }

    /// [`Self::push`] for a caller that knows whether there is room.
    #[inline(always)]
    pub(crate) fn push_if(
        &mut self,
        has_room: bool,
        frame: Frame<'_>,
        payload_len: usize,
        config: &Config,
    ) -> SendStatus {
        self.push_or_copy(has_room, frame, payload_len, config, || frame.to_message())
    }

    /// [`Self::push_if`]. `copy` makes the copy for the `dropped` handler, if the frame is dropped.
    #[inline(always)]
    fn push_or_copy(
        &mut self,
        has_room: bool,
        frame: Frame<'_>,
        payload_len: usize,
        config: &Config,
        copy: impl FnOnce() -> Option<Message>,
    ) -> SendStatus {
        if self.state != ReadyState::Open {
            return SendStatus::Dropped(DropReason::Closed);
        }
        if !has_room {
            return self.refuse(frame, config.close_on_backpressure_limit, config, copy);
        }
        let before = self.queue.data_len();
        self.queue.push(frame);
        self.count(move || Traffic::of(payload_len));
        self.accept(before, payload_len, config)
    }

    /// Counts the messages that are accepted from now on.
    pub(crate) fn count_sent(&mut self) {
        self.seldom().sent.get_or_insert_default();
    }

    /// The messages that were accepted since [`Self::count_sent`].
    pub(crate) fn sent(&self) -> Traffic {
        let seldom = self.seldom.as_ref();
        seldom.and_then(|seldom| seldom.sent).unwrap_or_default()
    }

    #[inline]
    fn count(&mut self, accepted: impl FnOnce() -> Traffic) {
        if let Some(seldom) = &mut self.seldom
            && let Some(sent) = &mut seldom.sent
        {
            count(sent, accepted);
        }
    }

    /// Whether a frame of `len` bytes fits into the queue.
    pub(crate) fn has_room(&self, len: usize, config: &Config) -> bool {
        self.queue.data_len() == 0 || self.fits(len, config)
    }

    fn fits(&self, len: usize, config: &Config) -> bool {
        self.queue.held() + len <= config.backpressure_limit
    }

    /// Whether a write may make room in a full queue: no write has found the peer slow.
    pub(crate) fn may_be_written(&self) -> bool {
        !self.stalled && self.state == ReadyState::Open
    }

    /// Whether the outbox holds more than its limit although no write has found the peer slow. It
    /// must be written at once.
    pub(crate) fn is_overdrawn(&self, config: &Config) -> bool {
        !self.stalled && self.queue.held() > config.backpressure_limit
    }

    /// The status of a message that has been queued behind `before` bytes.
    fn accept(&mut self, before: usize, payload_len: usize, config: &Config) -> SendStatus {
        if self.stalled || before >= HIGH_WATER.min(config.backpressure_limit / 2).max(1) {
            self.owes_drain = true;
            SendStatus::Backpressure
        } else {
            SendStatus::Sent(payload_len)
        }
    }

    /// Drops a message because the queue is full. `copy` makes the copy for the `dropped` handler.
    #[cold]
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
        // A sender that was told to pause needs a `drain`, both after `Backpressure` and after
        // `Dropped`.
        self.owes_drain = true;
        if close {
            self.terminate(CloseReason::new(
                CloseCode::Abnormal,
                "",
                ClosedBy::SlowConsumer,
            ));
        }
        SendStatus::Dropped(DropReason::Full)
    }

    /// Queues published frames. If the last write found no room, accepts or drops each as
    /// [`Self::push`] does; the publisher is not told, only the `dropped` handler.
    ///
    /// Otherwise the peer has not been slow so far, and all frames are accepted. Returns whether
    /// the outbox is then above its limit, so that it must be written at once.
    pub(crate) fn deliver(&mut self, run: Run<'_>, config: &Config, copies: &mut Copies) -> bool {
        if self.state != ReadyState::Open {
            copies.missed().closed += run.traffic();
            return false;
        }
        self.published_to = true;
        if run.is_packed() {
            self.forget_context();
        }
        let whole = run.whole();
        let fits = self.fits(whole.len(), config);
        if fits || !self.stalled {
            let before = self.queue.data_len();
            self.queue.push(whole);
            self.count(move || run.traffic());
            self.accept(before, 0, config);
            return !fits;
        }
        run.each(|number, frame| {
            let payload_len = frame.payload_len();
            let has_room = self.has_room(frame.len(), config);
            match self.push_or_copy(has_room, frame, payload_len, config, || {
                copies.of(number, frame)
            }) {
                SendStatus::Sent(_) | SendStatus::Backpressure => {}
                SendStatus::Dropped(DropReason::Closed) => {
                    copies.missed().closed += Traffic::of(payload_len);
                }
                SendStatus::Dropped(_) => copies.missed().full += Traffic::of(payload_len),
            }
        });
        false
    }

    /// Whether publishes have been queued since the queue was last empty. More may follow before it
    /// is written.
    pub(crate) fn is_published_to(&self) -> bool {
        self.published_to && !self.is_empty()
    }

    /// Queues a ping or pong of the application.
    pub(crate) fn push_control(
        &mut self,
        opcode: Opcode,
        payload: &[u8],
        config: &Config,
    ) -> SendStatus {
        if self.state != ReadyState::Open {
            return SendStatus::Dropped(DropReason::Closed);
        }
        match self
            .queue
            .push_control(&encoded(opcode, payload), config.control_limit)
        {
            true if self.stalled => SendStatus::Backpressure,
            true => SendStatus::Sent(payload.len()),
            false => SendStatus::Dropped(DropReason::Full),
        }
    }

    /// Queues the automatic answer to a ping.
    pub(crate) fn answer_ping(&mut self, payload: &[u8], config: &Config) {
        if self.state == ReadyState::Open {
            self.queue
                .push_answer(&encoded(Opcode::Pong, payload), config.control_limit);
        }
    }

    /// Marks the socket as one that is about to be closed; `false` if it is marked already or not
    /// open.
    pub(crate) fn begin_leaving(&mut self) -> bool {
        self.may_subscribe() && !std::mem::replace(&mut self.leaving, true)
    }

    /// Whether the socket is open and not about to be closed.
    pub(crate) fn may_subscribe(&self) -> bool {
        self.state == ReadyState::Open && !self.leaving
    }

    /// Queues a Close frame behind the accepted messages, and accepts nothing more. Only the first
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

    /// Ends the connection without a Close frame, and drops the queue. Returns whether the
    /// connection was open.
    pub(crate) fn terminate(&mut self, reason: CloseReason) -> bool {
        let was_open = self.state == ReadyState::Open;
        self.state = ReadyState::Closed;
        self.queue.clear();
        self.end(reason);
        was_open
    }

    /// Records that the connection takes too long to end by itself. Returns `true` at the first
    /// call.
    pub(crate) fn note_cut_off(&mut self) -> bool {
        !std::mem::replace(&mut self.seldom().cut_off, true)
    }

    /// Called before the `close` handler. The queue may still be written.
    pub(crate) fn finish(&mut self) {
        self.state = ReadyState::Closed;
    }

    fn end(&mut self, reason: CloseReason) {
        let seldom = self.seldom();
        seldom.reason.get_or_insert(reason);
        seldom.history = None;
        // The application cannot send any more, so no `drain` is due.
        self.owes_drain = false;
        self.attention = true;
    }

    /// Queues a notice for the `subscription` handler that the socket was subscribed to a topic or
    /// unsubscribed from it.
    pub(crate) fn tell_change(&mut self, topic: &str, subscribers: usize) {
        self.notices().push_change(topic, subscribers);
    }

    /// Queues a notice for the `subscription` handler that the socket's end has unsubscribed it
    /// from a topic.
    pub(crate) fn tell_leave(&mut self, topic: Arc<str>, subscribers: usize) {
        self.notices().push_leave(topic, subscribers);
    }

    /// The notices, for a further one. Calls for attention.
    fn notices(&mut self) -> &mut Notices {
        self.attention = true;
        self.seldom().notices.get_or_insert_default()
    }

    fn seldom(&mut self) -> &mut Seldom {
        self.seldom.get_or_insert_default()
    }

    /// The next notice for a handler.
    pub(crate) fn take_notice(&mut self) -> Option<Notice> {
        let notices = &mut self.seldom.as_mut()?.notices;
        let notice = notices.as_mut()?.pop();
        if notice.is_none() {
            *notices = None;
        }
        notice
    }

    /// Whether a notice for a handler may be queued.
    pub(crate) fn has_notices(&self) -> bool {
        let seldom = self.seldom.as_ref();
        seldom.is_some_and(|seldom| seldom.notices.is_some())
    }

    /// Takes up to about `max` bytes to write; `None` if the queue is empty.
    pub(crate) fn take(&mut self, max: usize) -> Option<Bytes> {
        let chunk = self.queue.take(max);
        // The caller takes more bytes as soon as it has room, so new messages must wait for it.
        self.stalled = chunk.is_some();
        self.written |= self.stalled;
        if chunk.is_none() && self.owes_drain {
            self.attention = true;
        }
        chunk
    }

    /// All bytes to write, if they are one piece of memory.
    pub(crate) fn only_piece(&self) -> Option<&[u8]> {
        self.queue.only_piece()
    }

    /// Fills `slices` with the next bytes to write, and returns how many slices it filled.
    pub(crate) fn peek<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        self.queue.peek(slices)
    }

    /// Removes the first `count` bytes of [`Self::peek`], which have been written.
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

    /// Whether a `drain` call is due. Taking it clears it.
    pub(crate) fn take_drain(&mut self) -> bool {
        self.owes_drain && self.is_empty() && std::mem::take(&mut self.owes_drain)
    }

    /// Called when the connection does all the work that the outbox has called for.
    pub(crate) fn attended(&mut self) {
        self.attention = false;
    }

    pub(crate) fn call_for_attention(&mut self) {
        self.attention = true;
    }

    /// Whether the connection has work besides writing.
    pub(crate) fn calls_for_attention(&self) -> bool {
        self.attention
    }

    /// Whether bytes have been written since the last call.
    pub(crate) fn take_written(&mut self) -> bool {
        std::mem::take(&mut self.written)
    }

    /// The watch that is announced when the socket is no longer open; `None` if it is not open now.
    pub(crate) fn watch(&mut self) -> Option<Watch> {
        let is_open = self.state == ReadyState::Open;
        is_open.then(|| self.seldom().watch.get_or_insert_default().clone())
    }

    /// The watch, if the socket is no longer open. To be announced without a lock, because that
    /// wakes tasks of the user.
    pub(crate) fn take_watch(&mut self) -> Option<Watch> {
        let seldom = self.seldom.as_mut()?;
        seldom.watch.take_if(|_| self.state != ReadyState::Open)
    }

    pub(crate) fn ending(&self) -> Option<&CloseReason> {
        self.seldom.as_ref()?.reason.as_ref()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn buffered_amount(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn state(&self) -> ReadyState {
        self.state
    }
}

// Cold, because most connections count nothing.
#[cold]
fn count(sent: &mut Traffic, accepted: impl FnOnce() -> Traffic) {
    *sent += accepted();
}

fn encoded(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 2);
    append_frame(&mut frame, opcode, false, payload);
    frame
}

#[cfg(test)]
mod tests;
