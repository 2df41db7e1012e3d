//! The user's end of one connection.

use std::{any::Any, fmt, net::SocketAddr, ops::Deref, sync::Arc};

use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    core::{Core, SocketId},
    hub::Except,
    message::IntoMessage,
    outbox::{ReadyState, SendStatus},
    policy::Policy,
    protocol::{MAX_CONTROL_PAYLOAD, Opcode},
    published::Published,
    server::Server,
    topics::Name,
};

/// Tells the sockets of one module from those of another. Implemented by `#[websocket]`.
pub trait Endpoint: Sized + 'static {
    /// What `attach` returns: the type of `ws.data`.
    type Data: 'static;
}

/// One open connection; in a `#[websocket]` module its name is `Ws`.
///
/// It is one pointer and cheap to clone, to be kept in tasks, and, if the data are `Send + Sync`,
/// in other threads. A clone that outlives the connection is harmless: sending is then
/// [`SendStatus::Dropped`].
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/clock")]
/// mod clock {
///     use super::*;
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

/// What a [`Socket`] dereferences to: the connection's data.
pub struct Attachment<E: Endpoint> {
    /// What `attach` returned.
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

/// Sockets are equal if they are the same connection.
impl<E: Endpoint> PartialEq for Socket<E> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl<E: Endpoint> Eq for Socket<E> {}

impl<E: Endpoint> Socket<E> {
    pub(crate) fn new(data: E::Data, core: Arc<Core>) -> Self {
        Self(Arc::new(Attachment { data, core }))
    }

    /// Sends a message, and says what became of it.
    ///
    /// `&str`, `String`, `ByteString` and `Json(T)` go as text, `&[u8]`, `Vec<u8>` and `Bytes` as
    /// binary, and each as [`Compressed(m)`](crate::Compressed) compressed. Sends made in a handler
    /// are written together when it returns or waits.
    pub fn send(&self, message: impl IntoMessage) -> SendStatus {
        self.0.core.send(message)
    }

    /// Sends a message to every subscriber of `topic` on this server except this socket (unless
    /// `publish_to_self` is set).
    ///
    /// Returns how many subscribers were addressed on this process at this moment: addressed, not
    /// delivered. The message is encoded once, however many there are. Messages that one thread
    /// publishes to a topic reach each subscriber in that order. Very many messages in a row are
    /// better published by an `async` handler that waits with
    /// [`Server::ready`](crate::Server::ready) between them: see
    /// [`Server::publish`](crate::Server::publish).
    pub fn publish(&self, topic: impl AsRef<str>, message: impl IntoMessage) -> Published {
        self.publish_with(topic, message, Policy::Drop)
    }

    /// Publishes as [`Self::publish`] does, and says what is to become of subscribers that are
    /// slower: see [`Policy`].
    pub fn publish_with(
        &self,
        topic: impl AsRef<str>,
        message: impl IntoMessage,
        policy: Policy<'_>,
    ) -> Published {
        let core = &self.0.core;
        let except = (!core.config.publish_to_self).then(|| Except::new(core));
        core.hub().publish(topic.as_ref(), message, policy, except)
    }

    /// Subscribes to a topic. `true` if it is subscribed now and was not before; `false` if it was
    /// already, is closing or closed, has as many topics as
    /// [`max_subscriptions`](crate::Service::max_subscriptions) allows, or if the topic is longer than
    /// [`max_topic_len`](crate::Service::max_topic_len). A warning is logged when one of the two
    /// limits refuses; [`Self::is_subscribed`] tells the other cases apart.
    ///
    /// The `subscription` handler is told of it, and of each topic that is left, with the number of
    /// subscribers that it then had on this process. It is called when the running handler has
    /// returned, so that [`Self::is_subscribed`] may have changed again by then. At most 65,536 such changes wait to be told; a warning says how many
    /// more there were. The topics that a socket leaves at its end are told in any case.
    pub fn subscribe(&self, topic: impl AsRef<str>) -> bool {
        self.0.core.worker.subscribe(&self.0.core, topic.as_ref())
    }

    /// Leaves a topic. `false` if it was not subscribed. A socket that closes leaves all topics by
    /// itself, before its `close` handler runs.
    pub fn unsubscribe(&self, topic: impl AsRef<str>) -> bool {
        self.0.core.worker.unsubscribe(&self.0.core, topic.as_ref())
    }

    /// Whether this socket is subscribed to a topic.
    pub fn is_subscribed(&self, topic: impl AsRef<str>) -> bool {
        let core = &self.0.core;
        let topic = Name::new(topic.as_ref());
        core.worker.is_subscribed(core.key(), core.id, topic)
    }

    /// The topics that this socket is subscribed to, in no particular order.
    pub fn subscriptions(&self) -> Vec<String> {
        self.0
            .core
            .worker
            .subscriptions(self.0.core.key(), self.id())
    }

    /// Closes the connection with code 1000, once what was accepted has been written.
    pub fn close(&self) {
        self.close_with(CloseCode::Normal, "");
    }

    /// Closes the connection with a code and a reason, once what was accepted has been written.
    ///
    /// A code that may not travel (1005, 1006, 1015, below 1000, 1016 to 2999, 5000 and up) sends a
    /// Close frame without a code, so that a received code can be forwarded as it is. A reason of
    /// more than 123 bytes is cut at a character boundary
    /// ([RFC 6455 sections 5.5.1 and 7.4](https://www.rfc-editor.org/rfc/rfc6455#section-7.4)).
    /// Closing a socket that is closing already does nothing.
    pub fn close_with(&self, code: impl Into<CloseCode>, reason: impl AsRef<str>) {
        let reason = CloseReason::new(code.into(), reason.as_ref(), ClosedBy::Server);
        self.0.core.close(reason);
    }

    /// Drops the connection without a Close frame, and forgets what is queued.
    pub fn terminate(&self) {
        self.0
            .core
            .terminate(CloseReason::new(CloseCode::Abnormal, "", ClosedBy::Server));
    }

    /// Sends a ping. [`SendStatus::Dropped`] if `data` has more than 125 bytes, or if the peer has
    /// not read thousands of bytes of pings and pongs before it.
    pub fn ping(&self, data: impl AsRef<[u8]>) -> SendStatus {
        self.control(Opcode::Ping, data.as_ref())
    }

    /// Sends a pong that answers no ping, as [`Self::ping`] does. Pings are answered by themselves.
    pub fn pong(&self, data: impl AsRef<[u8]>) -> SendStatus {
        self.control(Opcode::Pong, data.as_ref())
    }

    fn control(&self, opcode: Opcode, data: &[u8]) -> SendStatus {
        if data.len() > MAX_CONTROL_PAYLOAD {
            return SendStatus::Dropped;
        }
        self.0.core.send_control(opcode, data)
    }

    /// Gathers what `sends` sends into one write. Handlers are corked already; this is for tasks
    /// and routes.
    pub fn cork<R>(&self, sends: impl FnOnce(&Self) -> R) -> R {
        self.0.core.cork(|| sends(self))
    }

    /// Stops handling what the peer sends, so that it feels TCP backpressure.
    ///
    /// What has been read already waits; the message being handled is not affected. At most 16 KiB
    /// are read ahead, in which pings are answered and the peer's end is noticed: the socket then
    /// leaves its topics, and `close` is called, if messages of the peer wait before it only after
    /// [`Self::resume`] or `close_timeout`. The idle timeout rests once those 16 KiB are full.
    /// `drain` and all other handlers are called meanwhile.
    pub fn pause(&self) {
        self.0.core.pause();
    }

    /// Reads again after [`Self::pause`].
    pub fn resume(&self) {
        self.0.core.resume();
    }

    /// Whether reading is stopped.
    pub fn is_paused(&self) -> bool {
        self.0.core.is_paused()
    }

    /// Bytes that were accepted and are not yet written, frame headers included.
    pub fn buffered_amount(&self) -> usize {
        self.0.core.buffered_amount()
    }

    /// Whether the socket is open, closing or closed.
    pub fn ready_state(&self) -> ReadyState {
        self.0.core.state()
    }

    /// Waits until the socket takes no more messages, because it is closing or closed, and says
    /// why. For handlers and tasks that wait for something else at the same time:
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
    ///             // Nobody is there to get it.
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
    /// What is returned keeps no data of the socket, may be awaited in any task and thread, and
    /// ends at once for a socket that is not open.
    pub fn closed(&self) -> impl Future<Output = CloseReason> + Send + 'static {
        let core = self.0.core.clone();
        async move { core.closed().await }
    }

    /// The peer's address; `None` where the connection has none, as with a Unix socket.
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.0.core.peer_addr()
    }

    /// The socket's id. It cannot be guessed, so knowing it can serve as permission: tell it to this
    /// socket's client only, and no log.
    pub fn id(&self) -> SocketId {
        self.0.core.id
    }

    /// The server that this socket belongs to.
    pub fn server(&self) -> Server {
        Server::from(self.0.core.hub().clone())
    }

    /// The subprotocol that was agreed on
    /// ([RFC 6455 section 1.9](https://www.rfc-editor.org/rfc/rfc6455#section-1.9)).
    pub fn protocol(&self) -> Option<&str> {
        self.0.core.protocol.as_deref()
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

/// A socket type that can be looked up from any thread: one whose data are `Send + Sync`.
///
/// Implemented for those sockets, and not to be implemented elsewhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be looked up from other threads",
    label = "its data are not `Send + Sync`",
    note = "a socket may be on another thread than the route or task that looks it up, so its data \
            have to be `Send + Sync`: `Arc` and `Mutex` instead of `Rc` and `RefCell`, say"
)]
pub trait Listed: Sized + sealed::Sealed {
    #[doc(hidden)]
    fn is_shared(shared: &(dyn Any + Send + Sync)) -> bool;
    #[doc(hidden)]
    fn from_shared(shared: Arc<dyn Any + Send + Sync>) -> Option<Self>;
}

// One error that says what is wrong, instead of one for `Send` and one for `Sync`.
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

mod sealed {
    pub trait Sealed {}
    impl<E: super::Endpoint> Sealed for super::Socket<E> {}
}
