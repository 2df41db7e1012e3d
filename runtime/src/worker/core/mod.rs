//! What every part of the server knows of one connection: shared between its handlers, its driver,
//! its worker's publishes and any other thread.

mod compressed;
mod number;

use std::{
    fmt,
    net::{SocketAddr, SocketAddrV4, SocketAddrV6},
    ops::{Deref, DerefMut},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{
            AtomicBool,
            Ordering::{AcqRel, Relaxed, Release},
        },
    },
    task::Wake,
};

use bytestring::ByteString;

pub(crate) use self::number::Number;
use super::{Bell, Owner, Space, Worker};
use crate::{
    close::CloseReason,
    config::Config,
    error::BoxError,
    frame::Frame,
    log::{Quoted, limited},
    message::{IntoMessage, Outgoing},
    outbox::{Outbox, ReadyState, SendStatus},
    protocol::{Opcode, handshake::Agreement},
    topics::Key,
};

/// Identifies a socket: 128 random bits from the operating system, so that it cannot be guessed.
///
/// It prints as 32 hexadecimal digits and parses from them. Knowing it can serve as permission, so
/// print it for its own client only, and not to a log: `{:?}` is for that, and shows the first four
/// digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub(crate) [u8; 16]);

impl SocketId {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, ..] = self.0;
        write!(f, "SocketId({first:02x}{second:02x}…)")
    }
}

impl std::str::FromStr for SocketId {
    type Err = InvalidSocketId;

    fn from_str(text: &str) -> Result<Self, InvalidSocketId> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u128::from_str_radix(text, 16) {
            Ok(id) if is_hex => Ok(Self(id.to_be_bytes())),
            _ => Err(InvalidSocketId),
        }
    }
}

/// The error of parsing a [`SocketId`] from something else than 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSocketId;

impl fmt::Display for InvalidSocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a socket id is 32 hexadecimal digits")
    }
}

impl std::error::Error for InvalidSocketId {}

/// The part of a socket that does not depend on the type of its data.
pub(crate) struct Core {
    pub(crate) id: SocketId,
    /// The socket's name in log lines.
    pub(crate) number: Number,
    /// The socket's name on its worker.
    key: u32,
    /// The server whose connection it is.
    pub(crate) owner: Owner,
    pub(crate) worker: Arc<Worker>,
    pub(crate) config: Arc<Config>,
    peer_addr: PeerAddr,
    pub(crate) protocol: Option<Box<str>>,
    /// How messages are compressed, if they may be.
    pub(crate) compression: Option<Agreement>,
    outbox: Mutex<Outbox>,
    paused: AtomicBool,
    bell: Bell,
    /// Whether the outbox calls for attention, as its last user left it.
    news: AtomicBool,
    /// Whether the connection took too long to end by itself.
    cut_off: AtomicBool,
}

/// A peer's address in less memory than a [`SocketAddr`], of which there is one for each socket.
enum PeerAddr {
    None,
    V4(SocketAddrV4),
    V6(Box<SocketAddrV6>),
}

impl From<Option<SocketAddr>> for PeerAddr {
    fn from(addr: Option<SocketAddr>) -> Self {
        match addr {
            None => Self::None,
            Some(SocketAddr::V4(addr)) => Self::V4(addr),
            Some(SocketAddr::V6(addr)) => Self::V6(Box::new(addr)),
        }
    }
}

/// What is known of a connection before it is registered with its worker.
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
    pub(crate) fn new(identity: Identity, key: Key, worker: Arc<Worker>) -> Self {
        Self {
            id: identity.id,
            number: identity.number,
            // A worker runs out of memory long before it runs out of numbers.
            key: key as u32,
            owner: identity.owner,
            worker,
            config: identity.config,
            peer_addr: identity.peer_addr.into(),
            protocol: identity.protocol.map(|protocol| (*protocol).into()),
            compression: identity.compression,
            outbox: Mutex::default(),
            paused: AtomicBool::new(false),
            bell: Bell::new(),
            news: AtomicBool::new(false),
            cut_off: AtomicBool::new(false),
        }
    }

    /// The socket's name on its worker.
    pub(crate) fn key(&self) -> Key {
        self.key as Key
    }

    pub(crate) fn peer_addr(&self) -> Option<SocketAddr> {
        match &self.peer_addr {
            PeerAddr::None => None,
            PeerAddr::V4(addr) => Some((*addr).into()),
            PeerAddr::V6(addr) => Some((**addr).into()),
        }
    }

    /// Asks the pump to poll the connection.
    pub(crate) fn wake(&self) {
        if self.bell.ring() {
            self.worker.visit(self.key());
        }
    }

    /// Whether the connection has been woken since the last call.
    pub(crate) fn take_woken(&self) -> bool {
        self.bell.answer()
    }

    pub(crate) fn space(&self) -> &Arc<Space> {
        self.worker.space()
    }

    pub(crate) fn outbox(&self) -> OutboxGuard<'_> {
        // A panic cannot leave an outbox half changed: no code of the user runs under its lock.
        let outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        OutboxGuard {
            outbox,
            news: &self.news,
        }
    }

    /// Whether the outbox has called for attention since the last call. So that nobody has to lock
    /// it between two messages to find out.
    pub(crate) fn take_news(&self) -> bool {
        self.news.load(Relaxed) && self.news.swap(false, AcqRel)
    }

    pub(crate) fn send(&self, message: impl IntoMessage) -> SendStatus {
        let sent = message.lend(|outgoing| self.send_outgoing(&outgoing));
        sent.unwrap_or_else(|error| {
            log_unencodable(&error);
            SendStatus::Dropped
        })
    }

    fn send_outgoing(&self, message: &Outgoing<'_>) -> SendStatus {
        if message.compress
            && let Some(agreement) = self.compression
        {
            return self.send_compressed(*message, agreement);
        }
        let payload_len = message.payload.as_bytes().len();
        Frame::of(message, |frame| self.push(frame, payload_len))
    }

    fn push(&self, frame: Frame<'_>, payload_len: usize) -> SendStatus {
        self.with_room_for(frame.len(), |outbox| {
            outbox.push(frame, payload_len, &self.config)
        })
    }

    pub(crate) fn send_control(&self, opcode: Opcode, payload: &[u8]) -> SendStatus {
        self.with_outbox(|outbox| outbox.push_control(opcode, payload, &self.config))
    }

    /// The ping that asks a silent peer for a sign of life.
    pub(crate) fn send_ping(&self) -> SendStatus {
        self.send_control(Opcode::Ping, &[])
    }

    pub(crate) fn close(&self, reason: CloseReason) {
        self.end(|outbox| outbox.close(reason));
    }

    pub(crate) fn terminate(&self, reason: CloseReason) {
        self.end(|outbox| outbox.terminate(reason));
    }

    /// `end` tells whether the socket was open.
    fn end(&self, end: impl FnOnce(&mut Outbox) -> bool) {
        let (was_open, watch) = self.with_outbox(|outbox| (end(outbox), outbox.take_watch()));
        if was_open {
            self.worker.take_leave(self.key());
        }
        if let Some(watch) = watch {
            watch.announce();
        }
    }

    /// Waits until the socket is not open any more, and says why.
    pub(crate) async fn closed(&self) -> CloseReason {
        loop {
            let Some(watch) = self.outbox().watch() else {
                let outbox = self.outbox();
                return outbox.ending().cloned().unwrap_or_else(CloseReason::lost);
            };
            watch.wait(|| self.state() != ReadyState::Open).await;
        }
    }

    /// Ends a connection that takes too long to end by itself, and counts it, once.
    pub(crate) fn cut_off(&self, reason: CloseReason) {
        if !self.cut_off.swap(true, Relaxed) {
            self.space().count_cut_off();
        }
        self.terminate(reason);
    }

    /// Changes the outbox, and sees to it that somebody looks at it afterwards.
    fn with_outbox<R>(&self, change: impl FnOnce(&mut Outbox) -> R) -> R {
        self.with_room_for(0, change)
    }

    /// [`Self::with_outbox`], to queue a frame of so many bytes. On the thread of the connection a
    /// full outbox is written first, if no write has found the peer slow: what a handler sends is
    /// not dropped because nothing is written until it has returned.
    fn with_room_for<R>(&self, len: usize, change: impl FnOnce(&mut Outbox) -> R) -> R {
        // What was published before comes before.
        self.worker.settle();
        let mut outbox = self.outbox();
        if len > 0 && outbox.wants_write(len, &self.config) {
            drop(outbox);
            self.worker.write_now(self.key());
            outbox = self.outbox();
        }
        let result = change(&mut outbox);
        let unattended = outbox.schedule();
        drop(outbox);
        if unattended {
            self.worker.visit(self.key());
        }
        result
    }

    /// Keeps for the `subscription` handler, if there is one, that a topic was joined or left. To
    /// be called under the lock under which it was; returns whether the connection is to be visited.
    pub(crate) fn tell_change(&self, topic: &str, subscribers: usize) -> bool {
        if !self.config.tells_subscription {
            return false;
        }
        let mut outbox = self.outbox();
        outbox.tell_change(topic, subscribers);
        outbox.schedule()
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

    /// Keeps everybody from writing until `sends` is done.
    pub(crate) fn cork<R>(&self, sends: impl FnOnce() -> R) -> R {
        let _uncork = self.outbox().hold().then(|| Uncork(self));
        sends()
    }

    pub(crate) fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Relaxed);
        if !paused {
            self.with_outbox(Outbox::call_for_attention);
        }
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused.load(Relaxed)
    }

    pub(crate) fn buffered_amount(&self) -> usize {
        self.worker.settle();
        self.outbox().buffered_amount()
    }

    pub(crate) fn state(&self) -> ReadyState {
        self.outbox().state()
    }
}

/// The waker of a connection, for whatever its handlers and its stream wait for.
impl Wake for Core {
    fn wake(self: Arc<Self>) {
        Self::wake(&self);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        Self::wake(self);
    }
}

/// Access to an outbox. On release it passes on whether the outbox calls for attention.
pub(crate) struct OutboxGuard<'a> {
    outbox: MutexGuard<'a, Outbox>,
    news: &'a AtomicBool,
}

impl Deref for OutboxGuard<'_> {
    type Target = Outbox;

    fn deref(&self) -> &Outbox {
        &self.outbox
    }
}

impl DerefMut for OutboxGuard<'_> {
    fn deref_mut(&mut self) -> &mut Outbox {
        &mut self.outbox
    }
}

impl Drop for OutboxGuard<'_> {
    fn drop(&mut self) {
        if self.outbox.calls_for_attention() {
            self.news.store(true, Release);
        }
    }
}

/// Has the outbox looked at, however the corked code ends.
struct Uncork<'a>(&'a Core);

impl Drop for Uncork<'_> {
    fn drop(&mut self) {
        self.0.worker.visit(self.0.key());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_whole_only_where_it_is_meant_to_be_told() {
        let id = SocketId([0x3f; 16]);
        assert_eq!(id.to_string(), "3f".repeat(16));
        assert_eq!(format!("{id:?}"), "SocketId(3f3f…)");
    }

    #[test]
    fn a_core_is_no_larger_than_an_idle_connection_can_afford() {
        assert!(size_of::<Core>() <= 184, "{}", size_of::<Core>());
    }
}
