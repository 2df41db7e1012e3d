//! The handle of one pub/sub space.

use std::{
    fmt,
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

#[cfg(feature = "test")]
use crate::worker::of_test;
use crate::{
    clock,
    close::{CloseCode, CloseReason, ClosedBy},
    destination::Destination,
    hub::{self, Ready},
    link::Routed,
    listed::Listed,
    message::IntoMessage,
    publish::Publish,
    published::Published,
    stats::Stats,
    subscription::Subscription,
    topics::Name,
    wire::Fits,
    worker::{SocketId, Space},
};

/// The largest publish limit, in bytes.
const MOST_PUBLISH_LIMIT: usize = 1 << 30;

/// One pub/sub space. Topics belong to a space, and so does every socket. The name is Bun's; it is
/// not an HTTP server.
///
/// A space is of one process. In a cluster the nodes get each other's messages, but what counts and
/// lists sockets, as [`topics`](Self::topics) does, tells of this process alone.
///
/// [`Server::global`] is the default. To use another space, put one into the `app_data` of the
/// application or of a scope, for all sockets in it, or call `chat::service().server(&server)` for
/// the sockets of one module.
///
/// Routes and middleware take the application's space as an extractor:
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
/// It is `Send + Sync` and cheap to clone, so that threads and tasks of any runtime can use it:
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
pub struct Server(Arc<Space>);

impl Server {
    /// Makes a new space, without sockets.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// // Two spaces share no topic.
    /// let [ours, theirs] = [Server::new(), Server::new()];
    /// assert_ne!(ours, theirs);
    /// ```
    #[expect(
        clippy::new_without_default,
        reason = "the default server is the global one"
    )]
    pub fn new() -> Self {
        Self(hub::open())
    }

    /// The space of every application and service for which no other was set. On the thread of a test
    /// with `levante::test` it is the space of that test, or of one node of `levante::test::cluster`.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// assert_eq!(Server::global(), Server::global());
    /// ```
    #[cfg_attr(feature = "test", track_caller)]
    pub fn global() -> Self {
        static GLOBAL: OnceLock<Server> = OnceLock::new();
        #[cfg(feature = "test")]
        if let Some(space) = of_test::current() {
            return Self(space);
        }
        GLOBAL.get_or_init(Self::new).clone()
    }

    /// Sends a message to every subscriber of `topic`.
    ///
    /// Returns how many subscribers of this process were addressed; some of them may miss the message.
    /// In a cluster the subscribers of other nodes get the message, too, but are not counted.
    /// Messages that one thread publishes to a topic reach each subscriber in that order.
    ///
    /// A producer of very many messages should wait with [`ready`](Self::ready) between them. On a
    /// thread of its own it can be faster than the workers deliver; they then refuse messages
    /// ([`Published::refused`]). On the thread of a worker, a full queue is written at once, and a
    /// message is dropped only if there is no room after that. A socket of
    /// [`actix_web::HttpServer`] cannot be written before the publishing handler or task returns or
    /// waits: a burst beyond its `backpressure_limit` is dropped there.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// let published = Server::global().publish("news", "it rains");
    /// println!("{published} sockets");
    /// ```
    #[doc(alias("emit", "to", "broadcast"))]
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
    /// use levante::{Policy, Publish, Server, SocketId};
    ///
    /// /// A slow subscriber skips prices, but gets the last one of every symbol.
    /// fn quote(server: &Server, symbol: &str, price: u64) {
    ///     server.publish_with("prices", format!("{symbol} {price}"), Policy::Latest(symbol));
    /// }
    ///
    /// /// The socket of the author is left out, because the author gets the response of a route.
    /// fn renamed(server: &Server, author: SocketId, title: &str) {
    ///     let options = Publish::new().except(author).policy(Policy::Close);
    ///     server.publish_with("document/1", format!("is called {title}"), options);
    /// }
    /// # quote(&Server::new(), "ABC", 1);
    /// # renamed(&Server::new(), "0".repeat(32).parse().unwrap(), "Sea");
    /// ```
    pub fn publish_with<'k, T: Destination<Carries = C>, C>(
        &self,
        topic: T,
        message: impl Fits<C>,
        options: impl Into<Publish<'k>>,
    ) -> Published {
        topic.named(|topic| {
            let message = message.fitted(Some(topic));
            hub::publish(&self.0, topic, message, options, None)
        })
    }

    /// Waits until at most half of the [publish limit](Self::set_publish_limit) of every worker of this
    /// space is in use. On the thread of a worker, as in a route, a handler or a task that one of them
    /// has spawned, the worker also delivers and writes the messages published so far.
    ///
    /// If a producer awaits it between messages, subscribers that keep up get all messages, and the
    /// memory of the messages is bounded:
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
    /// Messages that are published between two waits are delivered and written together. So with very
    /// many small messages, wait once after every few of them. It waits for workers, not for peers:
    /// the [`Policy`](crate::Policy) decides about slow peers.
    ///
    /// Any thread and any executor may await the future, and it may be dropped at any time. A space
    /// without connections is ready at once.
    pub fn ready(&self) -> impl Future<Output = ()> + Send + 'static {
        Ready::new(self.0.clone())
    }

    /// Sets the publish limit: how many bytes of messages that other threads have published may wait
    /// for each worker of this space, from 1 byte to 1 GiB. Default: 4 MiB.
    ///
    /// A message counts until the worker has delivered it, with its frame, its topic and some hundred
    /// bytes of bookkeeping. A worker refuses a message for which there is no room: its subscribers do
    /// not get the message, and [`Published::refused`] counts them. A worker for which no message
    /// waits takes one of any size. Messages that the thread of the worker itself publishes, as its
    /// handlers and routes do, are never refused: the worker delivers older ones first.
    ///
    /// The limit may be set at any time, and applies to messages published afterwards.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// // A mebibyte may wait for each worker.
    /// Server::global().set_publish_limit(1024 * 1024);
    /// ```
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

    /// Subscribes server code to a topic: the returned [`Subscription`] is a stream of the messages
    /// that sockets and servers of this space publish from now on. It is for logs, and for bridges to
    /// other systems. In a cluster it also gets what other nodes publish: a bridge on each node forwards
    /// each message once for each node.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// # async fn run() {
    /// let mut lobby = Server::global().subscribe("lobby");
    /// while let Some(message) = lobby.next().await {
    ///     println!("{}", message.as_text().unwrap_or("binary"));
    /// }
    /// # }
    /// # let _ = run;
    /// ```
    /// Of a topic of a type, it is a stream of the typed messages:
    ///
    /// ```
    /// use levante::prelude::*;
    ///
    /// #[wire]
    /// pub enum RoomEvent { Said { text: String } }
    ///
    /// #[topic("room/{id}", message = RoomEvent)]
    /// pub struct Room { pub id: u32 }
    ///
    /// # #[actix_web::main]
    /// # async fn main() {
    /// let server = Server::new();
    /// let mut room = server.subscribe(Room { id: 7 });
    /// server.publish(Room { id: 7 }, RoomEvent::Said { text: "hello".into() });
    /// let Some(RoomEvent::Said { text }) = room.next().await else { unreachable!() };
    /// assert_eq!(text, "hello");
    /// # }
    /// ```
    pub fn subscribe<T: Destination>(&self, topic: T) -> Subscription<T::Carries> {
        topic.named(|topic| self.0.receivers().subscribe(topic))
    }

    /// How many sockets subscribe to `topic` on this process. A [`Subscription`] is not counted, and
    /// neither are the sockets of other nodes of a cluster.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// assert_eq!(Server::new().subscriber_count("news"), 0);
    /// ```
    #[doc(alias("numSubscribers", "subscriberCount"))]
    pub fn subscriber_count(&self, topic: impl Destination) -> usize {
        topic.named(|topic| self.0.subscriber_count(topic))
    }

    /// Not a method: it exists for its error, because rustc would suggest `subscribe`.
    #[doc(hidden)]
    #[allow(non_snake_case)]
    pub fn subscriberCount<T>(&self, _topic: T) -> usize
    where
        // rustc refuses a condition that is never true, unless it has a lifetime.
        for<'never> Self: CalledSubscriberCount,
    {
        0
    }

    /// The topics that have subscribers on this process, in no particular order. Topics with
    /// subscribers on other nodes of a cluster only are not listed.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// let rooms = Server::global().topics();
    /// let rooms = rooms.iter().filter(|topic| topic.starts_with("room/"));
    /// println!("{} rooms", rooms.count());
    /// ```
    pub fn topics(&self) -> Vec<String> {
        self.0.topics()
    }

    /// How many connections are open on this process, closing ones included. Those of other nodes of a
    /// cluster are not counted.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// assert_eq!(Server::new().connections(), 0);
    /// ```
    pub fn connections(&self) -> usize {
        self.0.connections()
    }

    /// What this space has done since it was made, in numbers: connections, messages, drops, ends,
    /// failures.
    ///
    /// It may be called at any time and on any thread, for example in a route that Prometheus
    /// scrapes. It takes some microseconds for each endpoint and worker, and no worker waits for it.
    ///
    /// ```
    /// use actix_web::get;
    /// use levante::Server;
    ///
    /// #[get("/health")]
    /// async fn health(server: Server) -> String {
    ///     let stats = server.stats();
    ///     format!("{} sockets, {} failures", stats.total.connections, stats.total.failed())
    /// }
    /// # let _ = health;
    /// ```
    pub fn stats(&self) -> Stats {
        self.0.stats()
    }

    /// The socket of this id, if it is one of this type and open on this process:
    /// `server.socket::<chat::Ws>(id)`. For a socket that may be on another node of a cluster there are
    /// [`Self::send_to`] and [`Self::close_socket`].
    ///
    /// ```
    /// use levante::prelude::*;
    ///
    /// #[websocket("/chat")]
    /// mod chat {
    ///     fn open(ws: &Ws) {
    ///         ws.send(ws.id().to_string());
    ///     }
    /// }
    ///
    /// fn remind(server: &Server, id: SocketId) -> bool {
    ///     match server.socket::<chat::Ws>(id) {
    ///         Some(ws) => !ws.send("do not forget").is_dropped(),
    ///         None => false,
    ///     }
    /// }
    /// # fn main() { let _ = (chat::service(), remind); }
    /// ```
    pub fn socket<S: Listed>(&self, id: SocketId) -> Option<S> {
        let workers = self.0.workers();
        let shared = workers.iter().find_map(|it| it.find(id, S::is_shared));
        drop(workers);
        S::from_shared(shared?)
    }

    /// Every socket of this type that is open on this process, in no particular order:
    /// `server.sockets::<chat::Ws>()`. They may be on any thread, and can be used from this one. The
    /// sockets of other nodes of a cluster are not among them.
    ///
    /// ```
    /// use actix_web::{post, web};
    /// use levante::prelude::*;
    ///
    /// #[websocket("/chat")]
    /// mod chat {
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
    /// `server.subscribers::<chat::Ws>("lobby")`. They may be on any thread, and can be used from this
    /// one.
    ///
    /// The cost depends on the number of subscribers of the topic, and not on the number of sockets
    /// of the process: a small room is cheap in a large process. Sockets of other types are left
    /// out, though [`Self::subscriber_count`] counts them. A closing socket subscribes to nothing. The
    /// sockets of other nodes of a cluster are not among them.
    ///
    /// ```
    /// use actix_web::{get, web};
    /// use levante::prelude::*;
    ///
    /// #[websocket("/chat")]
    /// mod chat {
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
    pub fn subscribers<S: Listed>(&self, topic: impl Destination) -> Vec<S> {
        let shared: Vec<_> = topic.named(|topic| {
            let topic = Name::new(topic);
            self.0
                .workers()
                .iter()
                .flat_map(|worker| worker.subscribers(topic, S::is_shared))
                .collect()
        });
        shared.into_iter().filter_map(S::from_shared).collect()
    }

    /// Sends a message to the socket of this id, of any type. For a typed module, use
    /// [`Socket::send_to`](crate::Socket::send_to) of its sockets, which sends the module's type:
    /// `chat::Ws::send_to(&server, id, Event::Greeting)`.
    ///
    /// In a cluster the socket may be on any node. A message for another node goes to that node
    /// only, and [`Routed::Queued`] does not say that it arrives. Messages that one thread sends to a
    /// socket arrive in that order. To reach a user with any number of sockets, publish to a topic of
    /// that user.
    ///
    /// ```
    /// use levante::{Routed, Server, SocketId};
    ///
    /// /// The page that has asked for a report gets it, wherever its socket is.
    /// fn finished(server: &Server, page: SocketId, report: String) {
    ///     if server.send_to(page, report) == Routed::NotFound {
    ///         println!("the page has gone");
    ///     }
    /// }
    /// # finished(&Server::new(), "0".repeat(32).parse().unwrap(), String::new());
    /// ```
    pub fn send_to(&self, id: SocketId, message: impl IntoMessage) -> Routed {
        hub::send_to(&self.0, id, message)
    }

    /// Closes the socket of this id, of any type, like [`close_with`](crate::Socket::close_with). In a
    /// cluster the socket may be on any node. Its `close` handler gets [`ClosedBy::Server`].
    ///
    /// For a code that is not allowed in a frame, the Close frame has no code. Codes from 4000 to 4999
    /// are the application's.
    ///
    /// ```
    /// use levante::{Server, SocketId};
    ///
    /// fn replaced(server: &Server, older: SocketId) {
    ///     // The user has opened the page in another window.
    ///     _ = server.close_socket(older, 4002, "opened elsewhere");
    /// }
    /// # replaced(&Server::new(), "0".repeat(32).parse().unwrap());
    /// ```
    pub fn close_socket(
        &self,
        id: SocketId,
        code: impl Into<CloseCode>,
        reason: impl AsRef<str>,
    ) -> Routed {
        let reason = CloseReason::new(code.into(), reason.as_ref(), ClosedBy::Server);
        hub::close_socket(&self.0, id, reason)
    }

    /// Closes every socket of this process that subscribes to `topic`, of any type, and returns the
    /// number of sockets that it has begun to close. With a topic for each user, it ends all
    /// connections of one user.
    ///
    /// Each socket gets the messages that it has accepted and those that were published to it before
    /// the call, and then a Close frame of this code and reason, like
    /// [`close_with`](crate::Socket::close_with). Its `close` handler gets [`ClosedBy::Server`]. At
    /// the return of the call the sockets subscribe to no topic any more, so they get nothing that is
    /// published later, and a second call returns 0. A socket on another thread closes a moment
    /// later, and until then handles messages of its peer. Sockets that subscribe after the call are
    /// not closed. Sockets of other nodes of a cluster are not closed.
    ///
    /// For a code that is not allowed in a frame, such as 401, the Close frame has no code, as in
    /// [`close_with`](crate::Socket::close_with). Codes from 4000 to 4999 are the application's.
    ///
    /// The call does not end the login of a user: end it first, so that its cookie opens no other
    /// socket. [The guide](crate::guide::identity#end-all-sockets-of-a-user) has a whole logout.
    ///
    /// ```
    /// use actix_web::{post, web};
    /// use levante::prelude::*;
    ///
    /// #[websocket("/chat")]
    /// mod chat {
    ///     pub struct Visitor {
    ///         user: u64,
    ///     }
    ///
    ///     fn attach() -> Visitor {
    ///         Visitor { user: 7 }
    ///     }
    ///
    ///     fn open(ws: &Ws) {
    ///         ws.subscribe(format!("user/{}", ws.data.user));
    ///     }
    /// }
    ///
    /// #[post("/logout/{user}")]
    /// async fn logout(server: Server, user: web::Path<u64>) -> String {
    ///     let topic = format!("user/{user}");
    ///     server.publish(&topic, "logged out in another window");
    ///     let closed = server.close_topic(&topic, 4001, "logged out");
    ///     format!("{closed} connections are closed")
    /// }
    /// # fn main() { let _ = (chat::service(), logout); }
    /// ```
    pub fn close_topic(
        &self,
        topic: impl Destination,
        code: impl Into<CloseCode>,
        reason: impl AsRef<str>,
    ) -> usize {
        let reason = CloseReason::new(code.into(), reason.as_ref(), ClosedBy::Server);
        topic.named(|topic| hub::close_topic(&self.0, topic, &reason))
    }

    /// Closes every socket of this space, because the process is about to end, and returns the number
    /// of sockets that had to be cut off.
    ///
    /// From the call on, handshakes are answered with 503, also those whose `attach` is running. This
    /// is final: the space never takes sockets again. Every socket gets the messages accepted before
    /// the call, and then a Close frame of this code and reason, like
    /// [`close_with`](crate::Socket::close_with). The usual code is 1001
    /// ([`CloseCode::GoingAway`]). The `close` handlers get [`ClosedBy::Shutdown`].
    ///
    /// The future ends when all connections are gone. A peer that has not answered the Close frame
    /// when its `close_timeout` or `timeout` is over, both counted from the call, is cut off. The
    /// future ends at most a second after `timeout`, even if handlers are still running. Dropping the
    /// future only disables the cut-off at `timeout`; the sockets still close. It may be called
    /// several times; each call counts the sockets that are cut off while it waits.
    ///
    /// In a cluster the other nodes get all that was published by then, also by the `close` handlers. The
    /// node leaves the cluster after that, or at the end of the same time.
    ///
    /// Any thread may call it, and any task of a tokio runtime, of actix or not, may await it. A
    /// handler that awaits it delays the end of its own socket. It does not stop a server:
    /// [`levante::serve`](crate::serve()) and [`HttpServer`](crate::HttpServer) do that, and close the
    /// sockets first.
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
    /// The future panics if it is polled outside of a tokio runtime with a timer.
    #[doc(alias("stop", "close"))]
    pub fn shutdown(
        &self,
        code: impl Into<CloseCode>,
        reason: impl AsRef<str>,
        timeout: Duration,
    ) -> impl Future<Output = usize> + Send + 'static {
        let reason = CloseReason::new(code.into(), reason.as_ref(), ClosedBy::Shutdown);
        hub::shut_down(self.0.clone(), reason, clock::deadline(timeout))
    }

    pub(crate) fn of(space: Arc<Space>) -> Self {
        Self(space)
    }

    pub(crate) fn space(&self) -> &Arc<Space> {
        &self.0
    }
}

/// Nothing implements it.
#[diagnostic::on_unimplemented(
    message = "no method named `subscriberCount` found for `Server`",
    label = "it is called `subscriber_count` here"
)]
pub trait CalledSubscriberCount {}

/// Two servers are equal if they are the same space.
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
