//! The state of one connection that its handlers, its driver, the publishes of its worker and other
//! threads share.

mod client;
mod compressed;
mod expiry;
mod id;
mod number;
mod views;

use std::{fmt, net::SocketAddr, sync::Arc, task::Wake, time::Duration};

use bytestring::ByteString;
use tokio::time::Instant;

pub use self::id::{InvalidSocketId, SocketId};
use self::{client::Client, expiry::Expiry};
pub(crate) use self::{
    number::Number,
    views::{Unwritten, Writing},
};
use super::{
    Metered, Owner, Space, Worker,
    schedule::{Guard, Schedule},
    sync::OutboxMutex,
};
use crate::{
    clock,
    close::CloseReason,
    config::Config,
    error::BoxError,
    frame::Frame,
    log::{Quoted, limited},
    message::{IntoMessage, Outgoing},
    outbox::{DropReason, Outbox, ReadyState, SendStatus},
    protocol::{Opcode, handshake::Agreement},
    stats::{Meter, Traffic},
    topics::Key,
};

/// The part of a socket that does not depend on the type of its data.
pub(crate) struct Core {
    pub(crate) id: SocketId,
    /// The socket's name in log lines.
    pub(crate) number: Number,
    /// The socket's key on its worker, which [`Self::key`] returns.
    key: u32,
    /// The server that the connection belongs to.
    pub(crate) owner: Owner,
    pub(crate) worker: Arc<Worker>,
    /// The settings, and the counters of the endpoint on this worker.
    pub(crate) config: Arc<Metered>,
    client: Client,
    /// The parameters of compression, if they were agreed.
    pub(crate) compression: Option<Agreement>,
    outbox: OutboxMutex<Outbox>,
    schedule: Schedule,
    expiry: Expiry,
}

/// The facts of a connection before it is registered with its worker.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) id: SocketId,
    pub(crate) number: Number,
    pub(crate) owner: Owner,
    pub(crate) config: Arc<Config>,
    pub(crate) peer_addr: Option<SocketAddr>,
    pub(crate) protocol: Option<ByteString>,
    pub(crate) compression: Option<Agreement>,
}

impl Core {
    pub(crate) fn new(
        identity: Identity,
        config: Arc<Metered>,
        key: Key,
        worker: Arc<Worker>,
    ) -> Self {
        Self {
            id: identity.id,
            number: identity.number,
            // A worker runs out of memory long before it runs out of keys.
            key: key as u32,
            owner: identity.owner,
            worker,
            config,
            client: Client::new(identity.peer_addr, identity.protocol),
            compression: identity.compression,
            outbox: OutboxMutex::default(),
            schedule: Schedule::new(),
            expiry: Expiry::unset(),
        }
    }

    /// The socket's key on its worker.
    pub(crate) fn key(&self) -> Key {
        self.key as Key
    }

    /// [`Self::key`] in less memory.
    pub(super) fn short_key(&self) -> u32 {
        self.key
    }

    pub(crate) fn peer_addr(&self) -> Option<SocketAddr> {
        self.client.addr()
    }

    /// The subprotocol, if one was agreed.
    pub(crate) fn protocol(&self) -> Option<&str> {
        self.client.protocol()
    }

    /// Sets when the connection expires, in place of the setting `max_lifetime`. The next check of
    /// the timeouts sees it.
    pub(crate) fn expire_in(&self, time: Option<Duration>) {
        self.expiry.set(time, self.worker.age(clock::now()));
    }

    /// Whether the connection has expired; `None` if [`Self::expire_in`] was not called.
    pub(crate) fn has_expired(&self, now: Instant) -> Option<bool> {
        self.expiry.is_over(self.worker.age(now))
    }

    /// Asks the pump to poll the connection.
    pub(crate) fn wake(&self) {
        if self.schedule.wake() {
            self.worker.list(self.key());
        }
    }

    pub(crate) fn space(&self) -> &Arc<Space> {
        self.worker.space()
    }

    /// The counters of the endpoint on this worker.
    pub(crate) fn meter(&self) -> &Meter {
        &self.config.meter
    }

    fn lock(&self) -> Guard<'_, Outbox> {
        self.schedule.lock(&self.outbox)
    }

    #[cfg(test)]
    pub(crate) fn outbox(&self) -> Guard<'_, Outbox> {
        self.lock()
    }

    /// Whether the connection has work besides messages of its peer. Takes no lock.
    pub(crate) fn calls_for_attention(&self) -> bool {
        self.schedule.calls_for_attention()
    }

    /// Has the connection look at its outbox again, in this poll or in the next one.
    pub(crate) fn call_for_attention(&self) {
        self.lock().call_for_attention();
    }

    pub(crate) fn send(&self, message: impl IntoMessage) -> SendStatus {
        let sent = message.lend(|outgoing| self.send_outgoing(&outgoing));
        sent.unwrap_or_else(|error| {
            log_unencodable(&error);
            self.meter().dropped_invalid();
            SendStatus::Dropped(DropReason::Invalid)
        })
    }

    /// One function for all types of messages. The way of a short frame into the queue is inlined
    /// here: there, calls would cost a tenth of the work for an echo.
    #[inline(never)]
    pub(crate) fn send_outgoing(&self, message: &Outgoing<'_>) -> SendStatus {
        if message.compress
            && let Some(agreement) = self.compression
        {
            return self.send_compressed(*message, agreement);
        }
        let payload_len = message.payload.as_bytes().len();
        Frame::of(message, |frame| self.push(frame, payload_len))
    }

    #[inline(always)]
    fn push(&self, frame: Frame<'_>, payload_len: usize) -> SendStatus {
        self.with_room_for(frame.len(), |outbox, has_room| {
            self.counted(outbox, payload_len, |outbox| {
                outbox.push_if(has_room, frame, payload_len, &self.config)
            })
        })
    }

    /// Queues a message with `push`, and counts it by the result.
    #[inline]
    fn counted(
        &self,
        outbox: &mut Outbox,
        payload_len: usize,
        push: impl FnOnce(&mut Outbox) -> SendStatus,
    ) -> SendStatus {
        let status = push(outbox);
        match status {
            SendStatus::Sent(_) | SendStatus::Backpressure => self.meter().sent(payload_len),
            SendStatus::Dropped(DropReason::Closed) => self.meter().dropped_closed(),
            SendStatus::Dropped(_) => self.meter().dropped_full(),
        }
        status
    }

    pub(crate) fn send_control(&self, opcode: Opcode, payload: &[u8]) -> SendStatus {
        self.with_outbox(|outbox| outbox.push_control(opcode, payload, &self.config))
    }

    /// Sends the ping that checks whether a silent peer is still there.
    pub(crate) fn send_ping(&self) -> SendStatus {
        self.send_control(Opcode::Ping, &[])
    }

    /// Queues the answer to a ping of the peer. The connection is being polled, and the poll writes
    /// it.
    pub(crate) fn answer_ping(&self, payload: &[u8]) {
        self.lock().answer_ping(payload, &self.config);
    }

    /// Begins to close the socket; `false` if it was not open.
    pub(crate) fn close(&self, reason: CloseReason) -> bool {
        self.end(|outbox| outbox.close(reason))
    }

    pub(crate) fn terminate(&self, reason: CloseReason) {
        self.end(|outbox| outbox.terminate(reason));
    }

    /// Ends the socket. `end` returns whether the socket was open, and so does this.
    fn end(&self, end: impl FnOnce(&mut Outbox) -> bool) -> bool {
        let (was_open, watch) = self.with_outbox(|outbox| (end(outbox), outbox.take_watch()));
        if was_open {
            self.worker.take_leave(self.key());
        }
        if let Some(watch) = watch {
            watch.announce();
        }
        was_open
    }

    /// Marks the socket as one that is about to be closed; `false` if it is marked already or not
    /// open.
    pub(super) fn begin_leaving(&self) -> bool {
        self.lock().begin_leaving()
    }

    /// Whether the socket is open and not about to be closed.
    pub(super) fn may_subscribe(&self) -> bool {
        self.lock().may_subscribe()
    }

    /// Waits until the socket is no longer open, and returns the reason.
    pub(crate) async fn closed(&self) -> CloseReason {
        loop {
            let Some(watch) = self.lock().watch() else {
                let outbox = self.lock();
                return outbox.ending().cloned().unwrap_or_else(CloseReason::lost);
            };
            watch.wait(|| self.state() != ReadyState::Open).await;
        }
    }

    /// Ends a connection that takes too long to end by itself, and counts it once.
    pub(crate) fn cut_off(&self, reason: CloseReason) {
        self.end(|outbox| {
            if outbox.note_cut_off() {
                self.space().count_cut_off();
            }
            outbox.terminate(reason)
        });
    }

    /// Changes the outbox, behind earlier publishes, and lists the connection if necessary.
    fn with_outbox<R>(&self, change: impl FnOnce(&mut Outbox) -> R) -> R {
        self.with_room_for(0, |outbox, _| change(outbox))
    }

    /// [`Self::with_outbox`], to queue a frame of `len` bytes. Before that, a full outbox is
    /// written if this is the thread of the connection and no write has found the peer slow.
    /// Otherwise a handler that sends a lot would lose messages only because the engine writes
    /// after the handler returns. `change` is told whether there is room then.
    #[inline(always)]
    fn with_room_for<R>(&self, len: usize, change: impl FnOnce(&mut Outbox, bool) -> R) -> R {
        self.worker.deliver_pending();
        let mut outbox = self.lock();
        let mut has_room = len == 0 || outbox.has_room(len, &self.config);
        if !has_room && outbox.may_be_written() {
            drop(outbox);
            self.worker.write_now(self.key());
            outbox = self.lock();
            has_room = outbox.has_room(len, &self.config);
        }
        let result = change(&mut outbox, has_room);
        self.list_changed(outbox);
        result
    }

    /// Ends a change of the outbox, and lists the connection if necessary.
    #[inline]
    fn list_changed(&self, mut outbox: Guard<'_, Outbox>) {
        let lists = outbox.schedule();
        drop(outbox);
        if lists {
            self.worker.list(self.key());
        }
    }

    /// Queues a notice for the `subscription` handler, if the module has one, that the socket was
    /// subscribed or unsubscribed. To be called under the same lock as that change. `true` if the
    /// caller must list the connection.
    #[must_use = "the connection must be listed"]
    pub(crate) fn tell_change(&self, topic: &str, subscribers: usize) -> bool {
        if !self.config.tells_subscription {
            return false;
        }
        let mut outbox = self.lock();
        outbox.tell_change(topic, subscribers);
        outbox.schedule()
    }

    /// Counts the messages that the outbox accepts from now on.
    pub(crate) fn count_sent(&self) {
        self.lock().count_sent();
    }

    /// The messages that the outbox has accepted since [`Self::count_sent`].
    pub(crate) fn sent(&self) -> Traffic {
        self.lock().sent()
    }

    pub(crate) fn log_long_topic(&self, topic: &str) {
        limited!(
            WARN,
            socket = self.number.get(),
            len = topic.len(),
            limit = self.config.max_topic_len,
            "a subscription was refused by the setting `max_topic_len`"
        );
    }

    pub(crate) fn log_many_subscriptions(&self) {
        limited!(
            WARN,
            socket = self.number.get(),
            limit = self.config.max_subscriptions,
            "a subscription was refused by the setting `max_subscriptions`"
        );
    }

    /// Has the messages of `sends` written together when it ends.
    pub(crate) fn cork<R>(&self, sends: impl FnOnce() -> R) -> R {
        let _uncork = self.lock().cork().then(|| Uncork(self));
        sends()
    }

    pub(crate) fn pause(&self) {
        self.schedule.pause();
    }

    pub(crate) fn resume(&self) {
        let mut outbox = self.lock();
        outbox.resume();
        self.list_changed(outbox);
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.schedule.is_paused()
    }

    pub(crate) fn buffered_amount(&self) -> usize {
        self.worker.deliver_pending();
        self.lock().buffered_amount()
    }

    /// Whether the outbox holds more than its limit although no write has found the peer slow.
    pub(crate) fn is_overdrawn(&self) -> bool {
        self.lock().is_overdrawn(&self.config)
    }

    /// Whether bytes have been written since the last call, and the state of the socket.
    pub(crate) fn take_written(&self) -> (bool, ReadyState) {
        let mut outbox = self.lock();
        (outbox.take_written(), outbox.state())
    }

    pub(crate) fn state(&self) -> ReadyState {
        self.lock().state()
    }
}

/// The waker of a connection. Its handlers and its stream call it.
impl Wake for Core {
    fn wake(self: Arc<Self>) {
        Self::wake(&self);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        Self::wake(self);
    }
}

/// Lists the connection when the corked code returns or panics.
struct Uncork<'a>(&'a Core);

impl Drop for Uncork<'_> {
    fn drop(&mut self) {
        self.0.worker.list(self.0.key());
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("number", &self.number)
            .field("id", &self.id)
            .field("state", &self.state())
            .finish()
    }
}

pub(crate) fn log_unencodable(error: &BoxError) {
    limited!(ERROR, error = %Quoted(error), "a message could not be encoded and is dropped");
}
