//! The handle of one pub/sub space.

use std::{
    fmt,
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    core::SocketId,
    hub::{Hub, Ready},
    message::IntoMessage,
    policy::Policy,
    published::Published,
    socket::Listed,
    topics::Name,
};

/// The largest publish limit, in bytes.
const MOST_PUBLISH_LIMIT: usize = 1 << 30;

/// One pub/sub space: topics belong to it, and every socket is part of one.
///
/// [`Server::global`] is the default. An application that wants another puts one into its
/// `app_data`, or into that of a scope, for all its sockets; or it says
/// `chat::service().server(&server)` for those of one module.
///
/// Routes and middleware take the application's as an extractor:
///
/// ```
/// use actix_web::{
///     App, Error,
///     body::MessageBody,
///     dev::{ServiceRequest, ServiceResponse},
///     middleware::{Next, from_fn},
///     post,
/// };
/// use levante::Server;
///
/// #[post("/announce")]
/// async fn announce(server: Server, text: String) -> String {
///     format!("{} sockets", server.publish("lobby", text))
/// }
///
/// async fn watch(
///     server: Server,
///     request: ServiceRequest,
///     next: Next<impl MessageBody>,
/// ) -> Result<ServiceResponse<impl MessageBody>, Error> {
///     server.publish("requests", request.path());
///     next.call(request).await
/// }
///
/// let server = Server::new();
/// let app = App::new()
///     .app_data(server.clone())
///     .wrap(from_fn(watch))
///     .service(announce);
/// # let _ = app;
/// ```
///
/// It is `Send + Sync` and cheap to clone, so that tasks of any runtime and threads can have it:
///
/// ```
/// use levante::Server;
///
/// let server = Server::global();
/// std::thread::spawn(move || {
///     let listeners = server.publish("news", "hello from a thread");
///     println!("{listeners} are listening");
/// });
/// ```
#[derive(Clone)]
pub struct Server(Arc<Hub>);

impl Server {
    /// A space of its own.
    #[expect(
        clippy::new_without_default,
        reason = "the default server is the global one"
    )]
    pub fn new() -> Self {
        Self(Hub::new())
    }

    /// The space of every application and service that names no other.
    pub fn global() -> Self {
        static GLOBAL: OnceLock<Server> = OnceLock::new();
        #[cfg(feature = "test")]
        if let Some(server) = of_test::current() {
            return server;
        }
        GLOBAL.get_or_init(Self::new).clone()
    }

    /// Sends a message to every subscriber of `topic`.
    ///
    /// Returns how many subscribers were addressed on this process at this moment: addressed, not
    /// delivered. Messages that one thread publishes to a topic reach each subscriber in that
    /// order.
    ///
    /// A producer of very many messages should wait with [`ready`](Self::ready) between them. On
    /// another thread than the subscribers' it may be faster than their workers deliver, which then
    /// take no more ([`Published::refused`]). On a worker's own thread a queue that has become full
    /// is written at once, and only a message that finds no room after that is dropped; but a socket
    /// of [`actix_web::HttpServer`] cannot be written before the publishing handler or task has
    /// returned or waits, so that a burst beyond its `backpressure_limit` is dropped.
    pub fn publish(&self, topic: impl AsRef<str>, message: impl IntoMessage) -> Published {
        self.publish_with(topic, message, Policy::Drop)
    }

    /// Publishes as [`Self::publish`] does, and says what is to become of subscribers that are
    /// slower: see [`Policy`].
    ///
    /// ```
    /// use levante::{Policy, Server};
    ///
    /// fn quote(symbol: &str, price: u64) {
    ///     // Whoever is slow skips prices, but gets the last one of every symbol.
    ///     let text = format!("{symbol} {price}");
    ///     Server::global().publish_with("prices", text, Policy::Latest(symbol));
    /// }
    /// # quote("ABC", 1);
    /// ```
    pub fn publish_with(
        &self,
        topic: impl AsRef<str>,
        message: impl IntoMessage,
        policy: Policy<'_>,
    ) -> Published {
        self.0.publish(topic.as_ref(), message, policy, None)
    }

    /// Sends a message to every subscriber of `topic` but the socket of this id: from a route, say,
    /// whose caller has been answered already.
    ///
    /// The socket may be on any thread. It is not counted; an id that is not that of an open socket
    /// leaves nobody out. Otherwise it is [`Self::publish`].
    ///
    /// ```
    /// use levante::{Server, SocketId};
    ///
    /// fn renamed(server: &Server, author: SocketId, title: &str) {
    ///     server.publish_except("document/1", format!("is called {title}"), author);
    /// }
    /// ```
    pub fn publish_except(
        &self,
        topic: impl AsRef<str>,
        message: impl IntoMessage,
        id: SocketId,
    ) -> Published {
        let except = self.0.except(id);
        self.0
            .publish(topic.as_ref(), message, Policy::Drop, except)
    }

    /// Waits until every worker of this space has at most half of what may wait to be delivered there
    /// ([`set_publish_limit`](Self::set_publish_limit)). Awaited on the thread of a worker, as in a
    /// route, a handler or a task that one of them has spawned, it also lets that worker deliver and
    /// write what has been published so far.
    ///
    /// A producer that awaits it loses nothing to subscribers that keep up, however many messages
    /// there are, and the memory that they take is bounded:
    ///
    /// ```
    /// use levante::Server;
    ///
    /// async fn replay(server: &Server, ticks: impl Iterator<Item = String>) {
    ///     for tick in ticks {
    ///         server.publish("ticks", tick);
    ///         server.ready().await;
    ///     }
    /// }
    /// # let _ = replay(&Server::new(), std::iter::empty());
    /// ```
    ///
    /// What is published between two waits is delivered and written together, so a producer of very
    /// many small messages had better wait once for every few of them. It waits for workers, not for
    /// peers: what becomes of those that are slow is for the [`Policy`] to say.
    ///
    /// It may be awaited on any thread and with any executor; what is returned may be dropped at any
    /// time. A space without connections is ready at once.
    pub fn ready(&self) -> impl Future<Output = ()> + Send + 'static {
        Ready::new(self.0.clone())
    }

    /// Sets how many bytes of messages that other threads have published may wait for each worker
    /// of this space, from 1 byte to 1 GiB. Default: 4 MiB.
    ///
    /// A message counts with its frame, its topic and what it takes besides, a few hundred bytes,
    /// until the worker has delivered it. One for which there is no room is not taken: its
    /// subscribers on that worker do not get it, and [`Published::refused`] counts them. A worker for
    /// which nothing waits takes a message of any size. What a worker's own thread publishes, such
    /// as its handlers and routes, is never refused: it delivers what waits instead.
    ///
    /// It may be set at any time, and holds for what is published from then on.
    ///
    /// # Panics
    ///
    /// If `bytes` is out of range.
    #[track_caller]
    pub fn set_publish_limit(&self, bytes: usize) {
        assert!(
            (1..=MOST_PUBLISH_LIMIT).contains(&bytes),
            "the publish limit must be from 1 byte to 1 GiB"
        );
        self.0.set_publish_limit(bytes);
    }

    /// How many sockets subscribe to `topic` on this process.
    pub fn subscriber_count(&self, topic: impl AsRef<str>) -> usize {
        self.0.subscriber_count(topic.as_ref())
    }

    /// The topics that have subscribers on this process, in no particular order.
    pub fn topics(&self) -> Vec<String> {
        self.0.topics()
    }

    /// How many connections are open on this process, those being closed included.
    pub fn connections(&self) -> usize {
        self.0.connections()
    }

    /// The socket of this id, if it is one of this type and open on this process:
    /// `server.socket::<chat::Ws>(id)`.
    pub fn socket<S: Listed>(&self, id: SocketId) -> Option<S> {
        let workers = self.0.workers();
        let shared = workers.iter().find_map(|it| it.find(id, S::is_shared));
        drop(workers);
        S::from_shared(shared?)
    }

    /// Every socket of this type that is open on this process, in no particular order:
    /// `server.sockets::<chat::Ws>()`. Each can be used from here, whichever thread it is on.
    ///
    /// ```
    /// use actix_web::{post, web};
    /// use levante::prelude::*;
    ///
    /// #[websocket("/chat")]
    /// mod chat {
    ///     use super::*;
    ///
    ///     pub struct Visitor {
    ///         pub name: String,
    ///     }
    ///
    ///     fn attach() -> Visitor {
    ///         Visitor { name: "somebody".into() }
    ///     }
    ///
    ///     fn open(ws: &Ws) {
    ///         ws.subscribe("lobby");
    ///     }
    /// }
    ///
    /// #[post("/kick/{name}")]
    /// async fn kick(server: Server, name: web::Path<String>) -> String {
    ///     let mut sockets = server.sockets::<chat::Ws>();
    ///     sockets.retain(|ws| ws.data.name == *name);
    ///     for ws in &sockets {
    ///         ws.close_with(CloseCode::Policy, "kicked");
    ///     }
    ///     format!("{} kicked", sockets.len())
    /// }
    /// # fn main() { let _ = (chat::service(), kick); }
    /// ```
    pub fn sockets<S: Listed>(&self) -> Vec<S> {
        let shared: Vec<_> = self
            .0
            .workers()
            .iter()
            .flat_map(|worker| worker.sockets(S::is_shared))
            .collect();
        shared.into_iter().filter_map(S::from_shared).collect()
    }

    /// Every socket of this type that subscribes to `topic` on this process, in no particular order:
    /// `server.subscribers::<chat::Ws>("lobby")`. Each can be used from here, whichever thread it is
    /// on.
    ///
    /// The cost grows with the subscribers of the topic, and not with the sockets of the process, so
    /// that it suits asking about one room of many. Sockets of other types are left out, though
    /// [`Self::subscriber_count`] counts them. A socket that is closing has left its topics.
    ///
    /// ```
    /// use actix_web::{get, web};
    /// use levante::prelude::*;
    ///
    /// #[websocket("/chat")]
    /// mod chat {
    ///     use super::*;
    ///
    ///     pub struct Visitor {
    ///         pub name: String,
    ///     }
    ///
    ///     fn attach() -> Visitor {
    ///         Visitor { name: "somebody".into() }
    ///     }
    ///
    ///     fn open(ws: &Ws) {
    ///         ws.subscribe("room/lobby");
    ///     }
    /// }
    ///
    /// #[get("/people/{room}")]
    /// async fn people(server: Server, room: web::Path<String>) -> web::Json<Vec<String>> {
    ///     let sockets = server.subscribers::<chat::Ws>(format!("room/{room}"));
    ///     web::Json(sockets.iter().map(|ws| ws.data.name.clone()).collect())
    /// }
    /// # fn main() { let _ = (chat::service(), people); }
    /// ```
    pub fn subscribers<S: Listed>(&self, topic: impl AsRef<str>) -> Vec<S> {
        let topic = Name::new(topic.as_ref());
        let shared: Vec<_> = self
            .0
            .workers()
            .iter()
            .flat_map(|worker| worker.subscribers(topic, S::is_shared))
            .collect();
        shared.into_iter().filter_map(S::from_shared).collect()
    }

    /// Closes every socket of this space for good, because the process is about to end, and returns
    /// how many had to be cut off.
    ///
    /// From the call on, handshakes are answered with 503; those whose `attach` is at work are, too.
    /// That does not end: a space that has been shut down takes no sockets any more. Every socket is
    /// sent what was accepted for it before, and then a Close frame of this code, 1001 as a rule
    /// ([`CloseCode::GoingAway`]), and this reason, as
    /// [`close_with`](crate::Socket::close_with) does; its `close` handler is given
    /// [`ClosedBy::Shutdown`].
    ///
    /// What is returned waits until the peers have answered and all connections are gone. Who has
    /// not answered when `timeout` is over, counted from the call, is cut off; a peer that has not
    /// answered for its `close_timeout` is cut off before. It ends at most a second after that, even if
    /// handlers are still at work. Whoever drops it does not wait, and nobody is cut off at
    /// `timeout`; the sockets are closed all the same. Calling this again while it is under way, or
    /// later, is fine; each call counts those that were cut off meanwhile.
    ///
    /// It may be called from any thread, and awaited in any task of a tokio runtime, actix's or
    /// other; a handler that awaits it keeps its own socket from leaving. It does not stop a
    /// server: [`levante::serve`](crate::serve()) and [`HttpServer`](crate::HttpServer) do that, and
    /// close the sockets first.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use levante::{CloseCode, Server};
    ///
    /// # async fn stop() {
    /// let timeout = Duration::from_secs(10);
    /// let cut_off = Server::global()
    ///     .shutdown(CloseCode::GoingAway, "back in a minute", timeout)
    ///     .await;
    /// println!("{cut_off} did not answer in time");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// What is returned panics when it is polled outside of a tokio runtime that has a timer.
    pub fn shutdown(
        &self,
        code: impl Into<CloseCode>,
        reason: impl AsRef<str>,
        timeout: Duration,
    ) -> impl Future<Output = usize> + Send + 'static {
        let reason = CloseReason::new(code.into(), reason.as_ref(), ClosedBy::Shutdown);
        self.0.clone().shut_down(reason, timeout)
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.0
    }
}

/// The space of the test that runs on this thread, if one does.
#[cfg(feature = "test")]
pub(crate) mod of_test {
    use std::cell::RefCell;

    use super::Server;

    thread_local! {
        static CURRENT: RefCell<Option<Server>> = const { RefCell::new(None) };
    }

    pub(super) fn current() -> Option<Server> {
        // `try_with`, because a handler may ask while the thread's own data are dropped.
        CURRENT
            .try_with(|current| current.borrow().clone())
            .ok()
            .flatten()
    }

    /// Has [`Server::global`] be `server` on this thread from now on; `None` for the one of all
    /// other threads.
    pub(crate) fn replace(server: Option<Server>) {
        let _ = CURRENT.try_with(|current| current.replace(server));
    }
}

impl From<Arc<Hub>> for Server {
    fn from(hub: Arc<Hub>) -> Self {
        Self(hub)
    }
}

/// Servers are equal if they are the same space.
impl PartialEq for Server {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Server {}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("connections", &self.connections())
            .finish()
    }
}
