//! The user's handle of one connection.

mod endpoint;

use std::{
    any::Any,
    fmt,
    hash::{Hash, Hasher},
    net::SocketAddr,
    ops::Deref,
    sync::Arc,
};

pub use self::endpoint::{Endpoint, Generated};
use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    destination::{Destination, Hears},
    expiry::Expiry,
    hub,
    link::Routed,
    listed::{Listed, Sealed},
    outbox::{DropReason, ReadyState, SendStatus},
    protocol::{MAX_CONTROL_PAYLOAD, Opcode},
    publish::Publish,
    published::Published,
    server::Server,
    topics::Name,
    wire::{Ends, Fits},
    worker::{Core, Except, SocketId},
};

/// One open connection; in a `#[websocket]` module its name is `Ws`.
///
/// It dereferences to its [`Attachment`]: `ws.data` is the value that `attach` returned. To change state
/// of the connection, put it into a `Cell`, an atomic type or a `Mutex` there, see
/// [`Attachment::data`].
///
/// A clone is one pointer and cheap. Tasks may keep one, and so may other threads if the data are
/// `Send + Sync`. A clone may outlive its connection: sending then returns
/// `Dropped(DropReason::Closed)`: see [`SendStatus`].
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/clock")]
/// mod clock {
///     use levante::prelude::*;
///
///     fn open(ws: &Ws) {
///         let ws = ws.clone();
///         actix_web::rt::spawn(async move {
///             let mut seconds = actix_web::rt::time::interval(std::time::Duration::from_secs(1));
///             while ws.ready_state() == ReadyState::Open {
///                 seconds.tick().await;
///                 ws.send("tick");
///             }
///         });
///     }
/// }
/// # fn main() { let _ = clock::service(); }
/// ```
pub struct Socket<E: Endpoint>(Arc<Attachment<E>>);

/// The target of dereferencing a [`Socket`]: the connection's data.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/chat")]
/// mod chat {
///     pub struct Visitor { pub name: String }
///
///     fn attach() -> Visitor {
///         Visitor { name: "Ann".into() }
///     }
///
///     fn message(ws: &Ws, text: &str) {
///         // Short for `(**ws).data.name`.
///         let name = &ws.data.name;
///         ws.publish("lobby", format!("{name}: {text}"));
///     }
/// }
/// # fn main() { let _ = chat::service(); }
/// ```
pub struct Attachment<E: Endpoint> {
    /// The data that `attach` returned; `()` without one.
    ///
    /// All handles of the socket share the data, so it is read by reference. State that changes is in
    /// a [`Cell`](std::cell::Cell), a [`RefCell`](std::cell::RefCell), an atomic type or a
    /// [`Mutex`](std::sync::Mutex). [A table](crate::websocket#state-of-a-connection) has what each
    /// costs:
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    ///
    /// use levante::prelude::*;
    ///
    /// #[websocket("/counter")]
    /// mod counter {
    ///     use super::*;
    ///
    ///     #[derive(Default)]
    ///     pub struct Visitor { messages: AtomicU64 }
    ///
    ///     fn attach() -> Visitor {
    ///         Visitor::default()
    ///     }
    ///
    ///     fn message(ws: &Ws, _message: Message) {
    ///         let before = ws.data.messages.fetch_add(1, Relaxed);
    ///         ws.send(format_args!("message {}", before + 1));
    ///     }
    /// }
    /// # fn main() { let _ = counter::service(); }
    /// ```
    ///
    /// Look-ups, such as [`Server::sockets`] and a route that takes a `chat::Ws`, need data that are
    /// `Send + Sync`. An atomic type or a `Mutex` is, a `Cell` or `RefCell` is not.
    pub data: E::Data,
    core: Arc<Core>,
}

impl<E: Endpoint> Deref for Socket<E> {
    type Target = Attachment<E>;

    fn deref(&self) -> &Attachment<E> {
        &self.0
    }
}

impl<E: Endpoint> Clone for Socket<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<E: Endpoint> fmt::Debug for Socket<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Socket").field(&self.0.core).finish()
    }
}

/// Two sockets are equal if they are handles of the same connection.
impl<E: Endpoint> PartialEq for Socket<E> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl<E: Endpoint> Eq for Socket<E> {}

/// By the id, as [`Eq`], so that sockets can be the keys of a map. The id never changes: Clippy's
/// `mutable_key_type`, which warns of such a map, can be allowed. A map with [`SocketId`] as its key does
/// without, and keeps no data of a closed socket alive.
impl<E: Endpoint> Hash for Socket<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl<E: Endpoint> Socket<E> {
    pub(crate) fn new(data: E::Data, core: Arc<Core>) -> Self {
        Self(Arc::new(Attachment { data, core }))
    }

    #[cfg(feature = "json")]
    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.0.core
    }

    /// Sends a message, and returns whether it was accepted. If it was not, the status tells why.
    ///
    /// `&str`, `String`, `format_args!(…)` and `Json(T)` are sent as text, `&[u8]`, `Vec<u8>` and `Bytes`
    /// as binary: [`IntoMessage`](crate::IntoMessage) lists all types.
    /// [`Compressed(m)`](crate::Compressed) compresses any of them. All messages that a handler sends
    /// are written together when it returns or waits.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// match ws.send("hello") {
    ///     SendStatus::Sent(bytes) => println!("{bytes} bytes"),
    ///     SendStatus::Backpressure => println!("in the queue, behind others"),
    ///     SendStatus::Dropped(reason) => println!("not sent: {reason}"),
    /// }
    /// # }
    /// ```
    #[doc(alias("emit", "sendText", "sendBinary"))]
    // rustc prints the line of the name below a call with `true`, which is how Bun compresses.
    #[rustfmt::skip]
    pub fn send(&self, message: impl Fits<E::Sends> /* or `Compressed(message)` */) -> SendStatus {
        self.0.core.send(message.fitted(None))
    }

    /// Sends a message to the socket of this id, wherever it is:
    /// [`Server::send_to`] with the type that the sockets of this module send.
    ///
    /// The id does not say of which module its socket is, so this is not checked.
    ///
    /// ```
    /// use levante::{Routed, prelude::*};
    ///
    /// #[websocket("/orders")]
    /// mod orders {
    ///     #[sends]
    ///     pub enum Event {
    ///         Paid { order: u64 },
    ///     }
    ///
    ///     #[on]
    ///     fn refresh(_: &Ws) {}
    /// }
    ///
    /// /// The payment service calls a route on any node.
    /// fn paid(server: &Server, page: SocketId, order: u64) -> bool {
    ///     let routed = orders::Ws::send_to(server, page, orders::Event::Paid { order });
    ///     matches!(routed, Routed::Here | Routed::Queued)
    /// }
    /// # fn main() {
    /// #     assert!(!paid(&Server::new(), "0".repeat(32).parse().unwrap(), 7));
    /// # }
    /// ```
    pub fn send_to(server: &Server, id: SocketId, message: impl Fits<E::Sends>) -> Routed {
        hub::send_to(server.space(), id, message.fitted(None))
    }

    /// Sends a message to every subscriber of `topic` on this server except this socket (unless
    /// `publish_to_self` is set).
    ///
    /// Returns how many subscribers of this process were addressed; some of them may miss the
    /// message. In a cluster the subscribers of other nodes get it, too, but are not counted. It is
    /// encoded once for all. Messages that one thread publishes to a topic reach each
    /// subscriber in that order. To publish very many messages in a row, wait with
    /// [`Server::ready`](crate::Server::ready) between them in an `async` handler: see
    /// [`Server::publish`](crate::Server::publish).
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// let published = ws.publish("lobby", "hello, all");
    /// println!("{published} others hear it");
    /// # }
    /// ```
    #[doc(alias("broadcast", "to", "publishText", "publishBinary"))]
    // rustc prints the line of the name below a call with a policy.
    #[rustfmt::skip]
    pub fn publish<T: Destination<Carries = C>, C>( // with a policy or other options: `publish_with`
        &self,
        topic: T,
        message: impl Fits<C>,
    ) -> Published {
        self.publish_with(topic, message, Publish::new())
    }

    /// Publishes as [`Self::publish`] does, with options: a [`Policy`](crate::Policy) for slow
    /// subscribers, or a [`Publish`] with all options.
    ///
    /// ```
    /// use levante::prelude::*;
    ///
    /// #[websocket("/votes")]
    /// mod votes {
    ///     use super::*;
    ///
    ///     fn open(ws: &Ws) {
    ///         ws.subscribe("votes");
    ///     }
    ///
    ///     fn message(ws: &Ws, vote: &str) {
    ///         // The voter sees all votes in the same order as the others do.
    ///         ws.publish_with("votes", vote, Publish::new().to_self(true));
    ///     }
    /// }
    /// # fn main() { let _ = votes::service(); }
    /// ```
    pub fn publish_with<'k, T: Destination<Carries = C>, C>(
        &self,
        topic: T,
        message: impl Fits<C>,
        options: impl Into<Publish<'k>>,
    ) -> Published {
        let options = options.into();
        let core = &self.0.core;
        let to_self = options.to_self.unwrap_or(core.config.publish_to_self);
        let sender = (!to_self).then(|| Except::new(core));
        topic.named(|topic| {
            let message = message.fitted(Some(topic));
            hub::publish(core.space(), topic, message, options, sender)
        })
    }

    /// Subscribes to a topic. Returns `true` if this call has subscribed the socket, and `false` if
    ///
    /// - it was subscribed before,
    /// - it is closing or closed,
    /// - it has [`max_subscriptions`](crate::Service::max_subscriptions) topics already, or
    /// - the topic is longer than [`max_topic_len`](crate::Service::max_topic_len).
    ///
    /// If one of the two limits refuses the topic, a warning is logged. [`Self::is_subscribed`] tells
    /// the other cases apart.
    ///
    /// The `subscription` handler is called for each topic that the socket is subscribed to or
    /// unsubscribed from, with the number of subscribers on this process after the change. It is
    /// called after the running handler has returned, so [`Self::is_subscribed`] may have changed
    /// again. At most 65,536 changes wait for it; a warning has the number of further ones. It is
    /// always called for the topics that the socket is still subscribed to at its end.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// if !ws.subscribe("room/7") {
    ///     ws.send("you are in this room, or in too many");
    /// }
    /// # }
    /// ```
    #[doc(alias("join"))]
    pub fn subscribe<T: Destination>(&self, topic: T) -> bool
    where
        E: Hears<T::Kind>,
    {
        let core = &self.0.core;
        topic.named(|topic| core.worker.subscribe(core, topic))
    }

    /// Unsubscribes from a topic. Returns `false` if the socket was not subscribed. A closing
    /// socket is unsubscribed from all topics before its `close` handler runs.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// if ws.unsubscribe("room/7") {
    ///     ws.publish("room/7", "one of us has left");
    /// }
    /// # }
    /// ```
    #[doc(alias("leave"))]
    pub fn unsubscribe(&self, topic: impl Destination) -> bool {
        let core = &self.0.core;
        topic.named(|topic| core.worker.unsubscribe(core, topic))
    }

    /// Whether this socket is subscribed to a topic.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// if ws.is_subscribed("room/7") {
    ///     ws.publish("room/7", "hello");
    /// }
    /// # }
    /// ```
    #[doc(alias("isSubscribed"))]
    pub fn is_subscribed(&self, topic: impl Destination) -> bool {
        let core = &self.0.core;
        topic.named(|topic| {
            core.worker
                .is_subscribed(core.key(), core.id, Name::new(topic))
        })
    }

    /// Not a method: it exists for its error, because rustc would suggest `subscribe`.
    #[doc(hidden)]
    #[allow(non_snake_case)]
    pub fn isSubscribed<T>(&self, _topic: T) -> bool
    where
        E: CalledIsSubscribed,
    {
        false
    }

    /// The topics that this socket is subscribed to, in no particular order.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// for topic in ws.subscriptions() {
    ///     ws.publish(topic, "I am away for a while");
    /// }
    /// # }
    /// ```
    #[doc(alias("getTopics", "rooms"))]
    pub fn subscriptions(&self) -> Vec<String> {
        self.0
            .core
            .worker
            .subscriptions(self.0.core.key(), self.id())
    }

    /// Closes the connection with code 1000, behind all accepted messages. With another code, or with
    /// a reason, it is [`Self::close_with`].
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// ws.send("bye");
    /// // The peer gets the message first.
    /// ws.close();
    /// # }
    /// ```
    #[doc(alias("disconnect"))]
    // rustc prints the next line below a call with a code, which is how JavaScript does it.
    pub fn close(&self /* with a code and a reason: `close_with` */) {
        self.close_for(CloseCode::Normal, "");
    }

    /// Closes the connection with a code and a reason, behind all accepted messages.
    ///
    /// For a code that is not allowed in a frame (1005, 1006, 1015, below 1000, 1016 to 2999, 5000 and
    /// up) the Close frame has no code, so that an application may forward any code that it received.
    /// A reason of more than 123 bytes is cut at a character boundary
    /// ([RFC 6455 sections 5.5.1 and 7.4](https://www.rfc-editor.org/rfc/rfc6455#section-7.4)).
    /// Closing a socket that is closing already does nothing.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// ws.close_with(CloseCode::Policy, "one message a second is enough");
    /// // Codes from 4000 on are the application's.
    /// ws.close_with(4001, "logged out");
    /// # }
    /// ```
    #[doc(alias("close", "end"))]
    pub fn close_with<C>(&self, code: C, reason: impl AsRef<str>)
    where
        E::Closes: Ends<C>,
    {
        self.close_for(E::Closes::code(code), reason.as_ref());
    }

    fn close_for(&self, code: CloseCode, reason: &str) {
        let reason = CloseReason::new(code, reason, ClosedBy::Server);
        self.0.core.close(reason);
    }

    /// Drops the connection without a Close frame. Queued messages are lost.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// ws.terminate();
    /// # }
    /// ```
    pub fn terminate(&self) {
        self.0
            .core
            .terminate(CloseReason::new(CloseCode::Abnormal, "", ClosedBy::Server));
    }

    /// Closes the connection with 1001 and the reason `expired` when this time is over, counted from
    /// now. `None`: never. It takes the place of the setting
    /// [`max_lifetime`](crate::Service::max_lifetime) for this connection. Each call takes the place of
    /// the one before, for example when the client has sent a new token:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use levante::prelude::*;
    ///
    /// #[websocket("/account")]
    /// mod account {
    ///     use super::*;
    ///
    ///     fn attach() -> Attached<()> {
    ///         // The client has a minute to send its token.
    ///         Attached::new(()).expires_in(Duration::from_secs(60))
    ///     }
    ///
    ///     fn message(ws: &Ws, token: &str) {
    ///         match time_left(token) {
    ///             Some(time_left) => ws.expires_in(time_left),
    ///             None => ws.close_with(CloseCode::Policy, "not a valid token"),
    ///         }
    ///     }
    ///
    ///     fn time_left(token: &str) -> Option<Duration> {
    ///         // A real application checks a signature.
    ///         (token == "valid").then_some(Duration::from_secs(15 * 60))
    ///     }
    ///
    ///     fn close(_ws: &Ws, reason: CloseReason) {
    ///         if reason.by == ClosedBy::Lifetime {
    ///             println!("no new token came in time");
    ///         }
    ///     }
    /// }
    /// # fn main() { let _ = account::service(); }
    /// ```
    ///
    /// Any thread may call it, and no time is too long. The server checks once a second, or more
    /// often if a timeout of the endpoint is short. So the connection is closed up to about a second
    /// later, never earlier. Zero closes it at the next check; to close it now, call
    /// [`Self::close_with`]. A closing or closed socket ignores the call.
    ///
    /// A client may tell from the reason that it needs a new token: a stop of the server has the code
    /// 1001, too. For a code of your own, call [`Self::close_with`] in a task that sleeps until then.
    pub fn expires_in(&self, time: impl Expiry) {
        self.0.core.expire_in(time.into_time());
    }

    /// Sends a ping. It is dropped as [`DropReason::Invalid`] if `data` has more than 125 bytes, and as
    /// [`DropReason::Full`] if 4 KiB of pings and pongs wait for the peer already.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// if ws.ping("are you there?").is_dropped() {
    ///     println!("it does not read");
    /// }
    /// # }
    /// ```
    pub fn ping(&self, data: impl AsRef<[u8]>) -> SendStatus {
        self.control(Opcode::Ping, data.as_ref())
    }

    /// Sends a pong that answers no ping, under the limits of [`Self::ping`]. The server answers pings by
    /// itself.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// // A sign of life that asks for no answer.
    /// ws.pong("");
    /// # }
    /// ```
    pub fn pong(&self, data: impl AsRef<[u8]>) -> SendStatus {
        self.control(Opcode::Pong, data.as_ref())
    }

    fn control(&self, opcode: Opcode, data: &[u8]) -> SendStatus {
        if data.len() > MAX_CONTROL_PAYLOAD {
            return SendStatus::Dropped(DropReason::Invalid);
        }
        self.0.core.send_control(opcode, data)
    }

    /// Writes all messages that `sends` sends together. In a handler this happens anyway; use it in
    /// tasks and routes.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// ws.cork(|ws| {
    ///     for line in 0..100 {
    ///         ws.send(format!("line {line}"));
    ///     }
    /// });
    /// # }
    /// ```
    pub fn cork<R>(&self, sends: impl FnOnce(&Self) -> R) -> R {
        self.0.core.cork(|| sends(self))
    }

    /// Stops the handling of messages, so that the peer feels TCP backpressure.
    ///
    /// The message that is being handled is not affected; messages that have been read already
    /// wait. The server reads at most 16 KiB ahead. In these it answers pings and sees a Close
    /// frame or the end of the stream: the socket is then unsubscribed from its topics. `close` is
    /// called at once if no message waits, and otherwise after [`Self::resume`] or `close_timeout`.
    /// When the 16 KiB are full, the idle timeout stops. `drain` and all other handlers are called
    /// meanwhile.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// // The next messages wait until a task has finished.
    /// ws.pause();
    /// let ws = ws.clone();
    /// actix_web::rt::spawn(async move {
    ///     actix_web::rt::time::sleep(std::time::Duration::from_secs(1)).await;
    ///     ws.resume();
    /// });
    /// # }
    /// ```
    pub fn pause(&self) {
        self.0.core.pause();
    }

    /// Handles messages again after [`Self::pause`].
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// if ws.is_paused() {
    ///     ws.resume();
    /// }
    /// # }
    /// ```
    pub fn resume(&self) {
        self.0.core.resume();
    }

    /// Whether the socket is paused.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// ws.pause();
    /// assert!(ws.is_paused());
    /// # }
    /// ```
    pub fn is_paused(&self) -> bool {
        self.0.core.is_paused()
    }

    /// Bytes of accepted messages that are not yet written, frame headers included.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// // Few bytes wait: another picture may follow.
    /// if ws.buffered_amount() < 64 * 1024 {
    ///     ws.send(vec![0; 16 * 1024]);
    /// }
    /// # }
    /// ```
    #[doc(alias("bufferedAmount", "getBufferedAmount"))]
    pub fn buffered_amount(&self) -> usize {
        self.0.core.buffered_amount()
    }

    /// Whether the socket is open, closing or closed.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// if ws.ready_state() == ReadyState::Open {
    ///     ws.send("still here");
    /// }
    /// # }
    /// ```
    #[doc(alias("readyState"))]
    pub fn ready_state(&self) -> ReadyState {
        self.0.core.state()
    }

    /// Waits until the socket is closing or closed, and returns the reason. Use it in handlers and
    /// tasks that wait for something else at the same time:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use levante::prelude::*;
    ///
    /// #[websocket("/download")]
    /// mod download {
    ///     use super::*;
    ///
    ///     async fn message(ws: &Ws, name: String) {
    ///         tokio::select! {
    ///             file = load(name) => {
    ///                 ws.send(file);
    ///             }
    ///             // The socket is closed.
    ///             _ = ws.closed() => {}
    ///         }
    ///     }
    ///
    ///     async fn load(name: String) -> String {
    ///         actix_web::rt::time::sleep(Duration::from_secs(1)).await;
    ///         name
    ///     }
    /// }
    /// # fn main() { let _ = download::service(); }
    /// ```
    ///
    /// The future keeps no data of the socket alive. Any task on any thread may await it. For a socket
    /// that is not open it ends at once.
    pub fn closed(&self) -> impl Future<Output = CloseReason> + Send + 'static {
        let core = self.0.core.clone();
        async move { core.closed().await }
    }

    /// The peer's address; `None` if the connection has none, as with a Unix socket.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// match ws.peer_addr() {
    ///     Some(addr) => println!("from {}", addr.ip()),
    ///     None => println!("from a Unix socket"),
    /// }
    /// # }
    /// ```
    #[doc(alias("remoteAddress", "getRemoteAddress"))]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.0.core.peer_addr()
    }

    /// The socket's id. It cannot be guessed, so that a client may prove with it that the socket is its
    /// own: send it to this socket's client only, and never log it.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// // The page sends it back in the header `X-Socket-Id` of its requests.
    /// ws.send(ws.id().to_string());
    /// # }
    /// ```
    pub fn id(&self) -> SocketId {
        self.0.core.id
    }

    /// The server that this socket belongs to.
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// let others = ws.server().subscriber_count("lobby");
    /// ws.send(format!("{others} in the lobby"));
    /// # }
    /// ```
    pub fn server(&self) -> Server {
        Server::of(self.0.core.space().clone())
    }

    /// The subprotocol that client and server agreed on
    /// ([RFC 6455 section 1.9](https://www.rfc-editor.org/rfc/rfc6455#section-1.9)).
    ///
    /// ```
    /// # use levante::{Anything, Endpoint, prelude::*};
    /// # fn handler<E: Endpoint<Sends = Anything, Closes = Anything>>(ws: &Socket<E>) {
    /// let is_new = ws.protocol() == Some("chat.v2");
    /// ws.send(if is_new { "{}" } else { "" });
    /// # }
    /// ```
    pub fn protocol(&self) -> Option<&str> {
        self.0.core.protocol()
    }
}

impl<E: Endpoint> Socket<E>
where
    E::Data: Send + Sync,
{
    pub(crate) fn share(&self) -> Arc<dyn Any + Send + Sync> {
        self.0.clone()
    }
}

// Gives one error with the cause, instead of one for `Send` and one for `Sync`.
#[diagnostic::do_not_recommend]
impl<E: Endpoint> Listed for Socket<E>
where
    E::Data: Send + Sync,
{
    fn is_shared(shared: &(dyn Any + Send + Sync)) -> bool {
        shared.is::<Attachment<E>>()
    }

    fn from_shared(shared: Arc<dyn Any + Send + Sync>) -> Option<Self> {
        shared.downcast().ok().map(Self)
    }
}

impl<E: Endpoint> Sealed for Socket<E> {}

/// Nothing implements it.
#[diagnostic::on_unimplemented(
    message = "no method named `isSubscribed` found for `Ws`",
    label = "it is called `is_subscribed` here"
)]
pub trait CalledIsSubscribed {}
