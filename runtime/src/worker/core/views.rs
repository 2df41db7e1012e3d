//! The operations that each part of the engine may do on the outbox of a connection.
//!
//! No caller gets the outbox itself: a message must come behind earlier publishes, and after a
//! change the connection must be listed. The methods of [`Core`] that send do both. The views in
//! this file are for callers that only write, deliver or queue notices.

use std::{io::IoSlice, sync::Arc};

use bytes::Bytes;

use super::{
    super::schedule::{Guard, Todo, Write},
    Core,
};
use crate::{
    close::CloseReason,
    config::Config,
    frame::Run,
    outbox::{Copies, Delivery, Notice, Outbox, ReadyState},
    watch::Watch,
};

impl Core {
    /// What the visit of a listed connection has to do.
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

    /// Ends a write outside a visit, and lists the connection if it has more work.
    pub(crate) fn end_write(&self, outbox: Writing<'_>) {
        self.list_changed(outbox.0);
    }

    /// For the connection, when its outbox [calls for attention](Self::calls_for_attention).
    pub(crate) fn attending(&self) -> Attending<'_> {
        Attending(self.lock())
    }

    /// For its worker, which has locked its shard and delivered earlier publishes.
    pub(crate) fn delivering(&self) -> Delivering<'_> {
        Delivering(self.lock())
    }
}

/// The view for writing.
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

    /// Takes up to about `max` bytes to write; `None` if the outbox is empty.
    pub(crate) fn take(&mut self, max: usize) -> Option<Bytes> {
        self.0.take(max)
    }

    /// The bytes that are to be written.
    pub(crate) fn unwritten(&mut self) -> Unwritten<'_> {
        Unwritten(&mut self.0)
    }

    /// Marks an outbox that cannot be written yet as stalled, so that senders get `Backpressure`.
    pub(crate) fn hold_back(&mut self) {
        let waits = !self.0.is_empty();
        self.0.set_stalled(waits);
    }

    /// Called after a failed write. The next poll finds the end of the stream; until then the
    /// outbox counts as stalled.
    pub(crate) fn fail(&mut self) {
        self.0.set_stalled(true);
        self.0.call_for_attention();
    }

    /// Called at the end of a poll. `true` if the write waits for a later visit of the same round.
    pub(crate) fn put_off(&mut self) -> bool {
        self.0.put_off()
    }

    /// Called at the end of a poll. From now on, a message has the connection listed.
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

    /// All bytes to write, if they are one piece of memory.
    pub(crate) fn only_piece(&self) -> Option<&[u8]> {
        self.0.only_piece()
    }

    /// Fills `slices` with the next bytes to write, and returns how many slices it filled.
    pub(crate) fn peek<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        self.0.peek(slices)
    }

    /// Removes the first `count` bytes, which have been written.
    pub(crate) fn advance(&mut self, count: usize) {
        self.0.advance(count);
    }

    /// Records whether the last write found no room.
    pub(crate) fn set_stalled(&mut self, stalled: bool) {
        self.0.set_stalled(stalled);
    }
}

/// The view for the connection between two handlers.
pub(crate) struct Attending<'a>(Guard<'a, Outbox>);

impl Attending<'_> {
    pub(crate) fn state(&self) -> ReadyState {
        self.0.state()
    }

    /// The reason of the end, if the connection ends.
    pub(crate) fn ending(&self) -> Option<&CloseReason> {
        self.0.ending()
    }

    /// The next notice for a handler.
    pub(crate) fn take_notice(&mut self) -> Option<Notice> {
        self.0.take_notice()
    }

    /// Whether a notice for a handler may be queued.
    pub(crate) fn has_notices(&self) -> bool {
        self.0.has_notices()
    }

    /// Called before the `close` handler: the socket counts as closed. Queued frames are still
    /// written.
    pub(crate) fn finish(&mut self) {
        self.0.finish();
    }

    /// Whether a `drain` call is due. Taking it clears it.
    pub(crate) fn take_drain(&mut self) -> bool {
        self.0.take_drain()
    }

    /// Called when the connection does all the work that the outbox has called for.
    pub(crate) fn attended(&mut self) {
        self.0.attended();
    }
}

/// The view for deliveries of the worker.
pub(crate) struct Delivering<'a>(Guard<'a, Outbox>);

impl Delivering<'_> {
    /// Queues published frames. Returns whether the outbox must be written at once, as
    /// [`Outbox::deliver`] does.
    pub(crate) fn deliver(&mut self, run: Run<'_>, config: &Config, copies: &mut Copies) -> bool {
        self.0.deliver(run, config, copies)
    }

    /// Queues a published frame. Returns whether the outbox must be written at once.
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

    /// Queues a Close frame behind the delivered messages. The outbox accepts nothing more.
    pub(crate) fn close(&mut self, reason: CloseReason) {
        self.0.close(reason);
    }

    /// Queues a notice for the `subscription` handler that the socket's end has unsubscribed it
    /// from a topic.
    pub(crate) fn tell_leave(&mut self, topic: Arc<str>, subscribers: usize) {
        self.0.tell_leave(topic, subscribers);
    }

    /// The watch of the tasks that wait for the end, if the socket is no longer open. To be
    /// announced without the lock.
    pub(crate) fn take_watch(&mut self) -> Option<Watch> {
        self.0.take_watch()
    }

    /// To be called after the last change. `true` if the caller must list the connection.
    #[must_use = "the connection must be listed"]
    pub(crate) fn schedule(&mut self) -> bool {
        self.0.schedule()
    }
}
