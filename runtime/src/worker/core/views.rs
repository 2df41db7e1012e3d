//! What each part of the engine may do with the outbox of a connection.
//!
//! Nothing gets the outbox itself: what is sent must come behind what was published before, and after
//! a change the connection must be listed. [`Core`] sees to both where something is sent; here are
//! the views of those that only write, deliver or tell.

use std::{io::IoSlice, sync::Arc};

use bytes::Bytes;

use super::{
    super::schedule::{Guard, Queue, Todo, Write},
    Core,
};
use crate::{
    close::CloseReason,
    config::Config,
    frame::Run,
    outbox::{Copies, Delivery, Notice, Outbox, ReadyState},
    watch::Watch,
};

impl Queue for Outbox {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    fn is_stalled(&self) -> bool {
        self.is_stalled()
    }

    fn is_published_to(&self) -> bool {
        self.is_published_to()
    }

    fn calls_for_attention(&self) -> bool {
        self.calls_for_attention()
    }

    fn call_for_attention(&mut self) {
        self.call_for_attention();
    }

    fn attended(&mut self) {
        self.attended();
    }
}

impl Core {
    /// What there is to do for the connection, which was listed.
    pub(crate) fn visit(&self, write: Write) -> Todo<Writing<'_>> {
        match self.schedule.visit(&self.outbox, write) {
            Todo::Poll => Todo::Poll,
            Todo::Write(outbox) => Todo::Write(Writing(outbox)),
            Todo::Nothing => Todo::Nothing,
        }
    }

    /// For the driver of the connection.
    pub(crate) fn writing(&self) -> Writing<'_> {
        Writing(self.lock())
    }

    /// At the end of a write that was no visit: lists the connection if there is more to do.
    pub(crate) fn end_write(&self, outbox: Writing<'_>) {
        self.list_changed(outbox.0);
    }

    /// For the connection, when its outbox [calls for attention](Self::calls_for_attention).
    pub(crate) fn attending(&self) -> Attending<'_> {
        Attending(self.lock())
    }

    /// For its worker, whose shard is locked, and has delivered what was published before.
    pub(crate) fn delivering(&self) -> Delivering<'_> {
        Delivering(self.lock())
    }
}

/// The outbox as it is written.
pub(crate) struct Writing<'a>(Guard<'a, Outbox>);

impl Writing<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn state(&self) -> ReadyState {
        self.0.state()
    }

    pub(crate) fn calls_for_attention(&self) -> bool {
        self.0.calls_for_attention()
    }

    /// Takes up to about `max` bytes to be written; `None` if there are none.
    pub(crate) fn take(&mut self, max: usize) -> Option<Bytes> {
        self.0.take(max)
    }

    /// What is to be written.
    pub(crate) fn unwritten(&mut self) -> Unwritten<'_> {
        Unwritten(&mut self.0)
    }

    /// What is in the outbox cannot be written yet, and senders are told so.
    pub(crate) fn hold_back(&mut self) {
        let waits = !self.0.is_empty();
        self.0.set_stalled(waits);
    }

    /// A write has failed. The next poll finds the stream at its end; until then nothing more fits.
    pub(crate) fn fail(&mut self) {
        self.0.set_stalled(true);
        self.0.call_for_attention();
    }

    /// At the end of a poll: whether the write is left to a later visit of the same round.
    pub(crate) fn put_off(&mut self) -> bool {
        self.0.put_off()
    }

    /// At the end of a poll: what is sent from now on has the connection listed.
    pub(crate) fn release(&mut self) {
        self.0.release();
    }
}

/// The bytes of an outbox that are to be written.
pub(crate) struct Unwritten<'a>(&'a mut Outbox);

impl Unwritten<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Fills `slices` with what is to be written next, and returns how many it filled.
    pub(crate) fn peek<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        self.0.peek(slices)
    }

    /// The first `count` bytes of what [`Self::peek`] gave have been written.
    pub(crate) fn advance(&mut self, count: usize) {
        self.0.advance(count);
    }

    /// Whether the last write found no room.
    pub(crate) fn set_stalled(&mut self, stalled: bool) {
        self.0.set_stalled(stalled);
    }
}

/// The outbox as the connection looks at it between two handlers.
pub(crate) struct Attending<'a>(Guard<'a, Outbox>);

impl Attending<'_> {
    pub(crate) fn state(&self) -> ReadyState {
        self.0.state()
    }

    /// Why the connection ends, if it does.
    pub(crate) fn ending(&self) -> Option<&CloseReason> {
        self.0.ending()
    }

    /// The next thing that a handler is to be told.
    pub(crate) fn take_notice(&mut self) -> Option<Notice> {
        self.0.take_notice()
    }

    /// Whether there may be something that a handler is to be told.
    pub(crate) fn has_notices(&self) -> bool {
        self.0.has_notices()
    }

    /// Whether `drain` is due. It is then no longer owed.
    pub(crate) fn take_drain(&mut self) -> bool {
        self.0.take_drain()
    }

    /// The connection sees to everything that the outbox has called for.
    pub(crate) fn attended(&mut self) {
        self.0.attended();
    }
}

/// The outbox as its worker delivers to it.
pub(crate) struct Delivering<'a>(Guard<'a, Outbox>);

impl Delivering<'_> {
    pub(crate) fn state(&self) -> ReadyState {
        self.0.state()
    }

    /// Queues frames that were published. Returns whether the outbox is to be written at once, as
    /// [`Outbox::deliver`] does.
    pub(crate) fn deliver(&mut self, run: Run<'_>, config: &Config, copies: &mut Copies) -> bool {
        self.0.deliver(run, config, copies)
    }

    /// Queues a published frame. Returns whether the outbox is to be written at once.
    pub(crate) fn deliver_alone(
        &mut self,
        delivery: &Delivery<'_>,
        config: &Config,
        copies: &mut Copies,
    ) -> bool {
        self.0.deliver_alone(delivery, config, copies)
    }

    /// See [`Outbox::forget_context`].
    pub(crate) fn forget_context(&mut self) {
        self.0.forget_context();
    }

    /// Queues a Close frame behind what was delivered, and accepts nothing more.
    pub(crate) fn close(&mut self, reason: CloseReason) {
        self.0.close(reason);
    }

    /// Keeps for the `subscription` handler that a topic was left at the connection's end.
    pub(crate) fn tell_leave(&mut self, topic: Arc<str>, subscribers: usize) {
        self.0.tell_leave(topic, subscribers);
    }

    /// What is to be told without the lock, if the socket is not open any more.
    pub(crate) fn take_watch(&mut self) -> Option<Watch> {
        self.0.take_watch()
    }

    /// To be called after the last change. `true` if the caller must list the connection.
    #[must_use = "the connection must be listed"]
    pub(crate) fn schedule(&mut self) -> bool {
        self.0.schedule()
    }
}
