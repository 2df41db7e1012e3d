//! Mounts a `#[websocket]` module into an actix-web application.

use std::{fmt, rc::Rc, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest,
    dev::{AppService, HttpServiceFactory},
    guard::Guard,
    web,
};

use crate::{
    compression::Compression,
    config::{Config, Origins},
    endpoint::{self, Mounted},
    guard,
    handlers::Mount,
    rate::MessageRate,
    server::Server,
};

/// The service of a `#[websocket]` module, which its function `service()` makes. Mount it in an
/// `App`, a scope or a `ServiceConfig`.
///
/// Its methods override the settings of the attribute at run time. A value out of range panics; in
/// the attribute it does not compile.
///
/// ```
/// use actix_web::App;
/// use levante::prelude::*;
///
/// #[websocket("/chat", max_message_size = 64 * 1024)]
/// mod chat {
///     fn message(ws: &Ws, text: &str) {
///         ws.publish("lobby", text);
///     }
/// }
///
/// let app = App::new().service(chat::service().max_message_size(4096).publish_to_self(true));
/// # let _ = app;
/// ```
///
/// Middleware wraps a scope: `web::scope("").wrap(…).service(chat::service())`.
///
#[doc = include_str!("../docs/queues.md")]
pub struct Service {
    module: &'static str,
    path: String,
    guards: Vec<Box<dyn Guard>>,
    mounted: Mounted,
}

impl Service {
    pub(crate) fn new<E: Mount>() -> Self {
        let config = Config {
            tells_dropped: E::HANDLERS.dropped.is_some(),
            tells_subscription: E::HANDLERS.subscription.is_some(),
            ..E::CONFIG
        };
        let mounted = Mounted {
            config: Arc::new(config),
            server: None,
            upgrade: |request, payload, mounted| {
                Box::pin(endpoint::answer::<E>(request, payload, mounted))
            },
        };
        Self {
            module: E::MODULE,
            path: E::PATH.to_owned(),
            guards: Vec::new(),
            mounted,
        }
    }

    /// Mounts the endpoint at this path instead of the attribute's. As in actix-web, a slash at the
    /// start may be missing: the router adds it. The path of the attribute needs it.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().path("/rooms/{room}/chat");
    /// # let _ = service;
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the path is no pattern of the router, the application panics when it is built. The
    /// message names the module and the path.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Takes only requests that pass this guard; others go to the next service. If the guard
    /// panics, the request does not pass it, and the panic is logged.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// // Another service may answer the other hosts.
    /// let service = chat::service().guard(actix_web::guard::Host("chat.example.com"));
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    pub fn guard(mut self, guard: impl Guard + 'static) -> Self {
        self.guards.push(Box::new(guard));
        self
    }

    /// Sets the pub/sub space of the sockets. Default: the `Server` in the application's
    /// `app_data`, or [`Server::global`] if there is none.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let server = Server::new();
    /// let service = chat::service().server(&server);
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    pub fn server(mut self, server: &Server) -> Self {
        self.mounted.server = Some(server.clone());
        self
    }

    /// Ends a connection from which nothing has arrived for this time; its `close` handler gets
    /// code 1006. Zero: never. Default: 120 seconds.
    ///
    /// Only time in which the server reads counts. Time in which the process was stopped, or in
    /// which a handler kept its worker busy, does not.
    ///
    /// A single byte counts as a sign of life: a peer that sends a frame slowly is not idle.
    /// [`max_lifetime`](Self::max_lifetime) bounds such a peer.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().idle_timeout(Duration::from_secs(60));
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn idle_timeout(self, value: Duration) -> Self {
        self.set(|config| config.idle_timeout(value))
    }

    /// Whether peers are pinged: every [`ping_interval`](Self::ping_interval), and shortly before
    /// `idle_timeout`. Default: `true`.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// // The clients of this endpoint send pings.
    /// let service = chat::service().send_pings(false);
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    pub fn send_pings(self, value: bool) -> Self {
        self.set(|config| config.send_pings(value))
    }

    /// Sends a ping if nothing has arrived, or nothing has been written, for this time. Zero: a
    /// ping is sent only shortly before `idle_timeout`. Default: 25 seconds.
    ///
    /// Proxies and load balancers cut idle connections, often after 50 to 60 seconds; the ping and
    /// its answer prevent that. The interval of each connection is up to a quarter shorter than
    /// this setting, so that the pings of a worker are spread over time.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// // The proxy in front cuts a connection after 30 idle seconds.
    /// let service = chat::service().ping_interval(Duration::from_secs(20));
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn ping_interval(self, value: Duration) -> Self {
        self.set(|config| config.ping_interval(value))
    }

    /// How long an `async` handler may run. After that its future is dropped, `error` is called
    /// with [`HandlerError::TimedOut`](crate::HandlerError::TimedOut), and the connection closes
    /// with 1011. Default: no limit.
    ///
    /// For `attach`, use [`handshake_timeout`](Self::handshake_timeout). A handler that never
    /// yields at an `.await` cannot be stopped.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().handler_timeout(Duration::from_secs(10));
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn handler_timeout(self, value: Duration) -> Self {
        self.set(|config| config.handler_timeout(value))
    }

    /// Closes a connection with 1001 when it is this old. Zero: never. Default: never.
    ///
    /// [`Attached::expires_in`](crate::Attached::expires_in) and
    /// [`Socket::expires_in`](crate::Socket::expires_in) take its place for one connection, for example
    /// because its token is valid for another time.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// // The load balancer spreads the clients anew at least once a day.
    /// let service = chat::service().max_lifetime(Duration::from_secs(24 * 60 * 60));
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn max_lifetime(self, value: Duration) -> Self {
        self.set(|config| config.max_lifetime(value))
    }

    /// How long `attach` and the extractors of its arguments may take together. After that their
    /// future is dropped, and the handshake is answered with 503. Zero: no limit. Default: 30
    /// seconds.
    ///
    /// The server's [`client_request_timeout`](crate::HttpServer::client_request_timeout) bounds
    /// the time in which a client sends the head of its request.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().handshake_timeout(Duration::from_secs(5));
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn handshake_timeout(self, value: Duration) -> Self {
        self.set(|config| config.handshake_timeout(value))
    }

    /// How long the closing of a connection may take: the peer reads the queued messages and
    /// answers our Close frame. After that the connection is cut off. Default: 5 seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().close_timeout(Duration::from_secs(2));
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn close_timeout(self, value: Duration) -> Self {
        self.set(|config| config.close_timeout(value))
    }

    /// Bytes of the largest message. A larger one closes the connection with 1009, and the server
    /// never buffers more than this. It bounds both the compressed and the inflated size of a
    /// compressed message. Default: 16 MiB.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().max_message_size(64 * 1024);
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn max_message_size(self, value: usize) -> Self {
        self.set(|config| config.max_message_size(value))
    }

    /// The largest number of frames in a message, at least 1. One more closes the connection with
    /// 1008 when its header arrives. Control frames in between do not count. Default: 131,072.
    ///
    /// It bounds frames that are empty or nearly empty, which `max_message_size` does not. Browsers
    /// send a large message in frames of many KiB.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().max_frames_per_message(64);
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn max_frames_per_message(self, value: u32) -> Self {
        self.set(|config| config.max_frames_per_message(value))
    }

    /// The largest rate of messages, pings and pongs of a peer. The first one beyond it is not
    /// handled and closes the connection with 1008; the `close` handler gets
    /// [`ClosedBy::RateLimit`](crate::ClosedBy::RateLimit). Default: no limit.
    ///
    /// Without a limit, a peer that sends faster than its messages are handled must wait: the
    /// server reads no more than it handles, and each connection of a worker gets its turn. Set a
    /// limit if a message is expensive, as with [`Compression::Dedicated`]; [`MessageRate`] has
    /// figures.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// // A message a second, and 20 at once.
    /// let rate = MessageRate { per_second: 1, burst: 20 };
    /// let service = chat::service().max_message_rate(rate);
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn max_message_rate(self, value: MessageRate) -> Self {
        self.set(|config| config.max_message_rate(value))
    }

    /// The largest number of topics of one socket at a time, at least 1. Beyond it
    /// [`subscribe`](crate::Socket::subscribe) returns `false`, and a warning is logged, at most
    /// ten times a second. Default: 4,096.
    ///
    /// It bounds the memory that a peer can take if a handler subscribes to topics that messages
    /// name. A topic without other subscribers costs some 300 bytes and twice its name. With the
    /// defaults of this setting and of [`max_topic_len`](Self::max_topic_len) a socket costs at
    /// most 10 MiB, which is less than one message of [`max_message_size`](Self::max_message_size).
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().max_subscriptions(16);
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn max_subscriptions(self, value: u32) -> Self {
        self.set(|config| config.max_subscriptions(value))
    }

    /// Topics that a client may have joined at a time, in a module with `#[join]` functions. Joining
    /// another one is answered with a fault that names the limit; joining one again is not. Zero: a
    /// client joins none. Topics that the server has subscribed the socket to by itself do not count.
    /// Default: 128.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().max_topics(8);
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    pub fn max_topics(self, value: u32) -> Self {
        self.set(|config| config.max_topics(value))
    }

    /// Bytes of the longest topic that a socket may subscribe to.
    /// [`subscribe`](crate::Socket::subscribe) to a longer one returns `false`, and a warning is
    /// logged, at most ten times a second. From 1 byte to 1 GiB; default: 1,024.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().max_topic_len(64);
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn max_topic_len(self, value: usize) -> Self {
        self.set(|config| config.max_topic_len(value))
    }

    /// Bytes that may wait for a slow peer. A message that would exceed the limit is
    /// dropped as [`DropReason::Full`](crate::DropReason::Full), and the `dropped` handler is called
    /// for it. An empty queue accepts a message of any size. Default: 1 MiB.
    ///
    /// The queue refuses nothing before a write has found no room: a full queue is written at once,
    /// where the server can do that. The bookkeeping of a message with a key counts, too.
    ///
    /// Dropped messages wait for the `dropped` handler, up to this many bytes. Beyond that they are
    /// only counted, and a warning has their number. [Queues](#queues) lists what counts.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().backpressure_limit(256 * 1024);
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn backpressure_limit(self, value: usize) -> Self {
        self.set(|config| config.backpressure_limit(value))
    }

    /// Whether a peer beyond `backpressure_limit` is disconnected, instead of missing a message.
    /// For a single publish, [`Policy::Close`](crate::Policy::Close) does the same. Default:
    /// `false`.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().close_on_backpressure_limit(true);
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    pub fn close_on_backpressure_limit(self, value: bool) -> Self {
        self.set(|config| config.close_on_backpressure_limit(value))
    }

    /// Whether `ws.publish` reaches `ws` itself. Default: `false`.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().publish_to_self(true);
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    pub fn publish_to_self(self, value: bool) -> Self {
        self.set(|config| config.publish_to_self(value))
    }

    /// Whether messages may be compressed, and how; see [`Compression`]. Default:
    /// [`Compression::Off`].
    ///
    /// If `window_bits` are out of range, the nearest valid number is taken; in the attribute they
    /// do not compile.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().compression(Compression::Shared);
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    pub fn compression(self, value: Compression) -> Self {
        self.set(|config| config.compression(value.clamped()))
    }

    /// Bytes of the smallest message that is compressed. Default: 64. Compression seldom makes a
    /// shorter message smaller, and takes as long as for a longer one.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().compression_threshold(256);
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn compression_threshold(self, value: usize) -> Self {
        self.set(|config| config.compression_threshold(value))
    }

    /// The subprotocols, in order of preference. Default: none.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let service = chat::service().protocols(&["chat.v2", "chat.v1"]);
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn protocols(self, value: &'static [&'static str]) -> Self {
        self.set(|config| config.protocols(value))
    }

    /// The names of this server in the addresses of its pages. If the `Host` of a handshake is not
    /// one of them, with any port, the answer is `421 Misdirected Request`
    /// ([RFC 9110 section 15.5.20](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.20));
    /// `origins` is checked afterwards. Default: none, which accepts every name.
    ///
    /// It protects from DNS rebinding, which [`Origins::SameHost`] cannot detect. Each entry is a
    /// name or an address, without a port: `example.com`, `localhost`, `[::1]`.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// #[websocket("/feed", hosts = &["localhost", "127.0.0.1"])]
    /// mod feed {
    ///     fn open(ws: &Ws) {
    ///         ws.send("hello");
    ///     }
    /// }
    /// # fn main() { let _ = feed::service().hosts(vec![String::from("feed.example")]); }
    /// ```
    ///
    /// # Panics
    ///
    /// If an entry is not a name or an address.
    #[must_use]
    #[track_caller]
    pub fn hosts(self, value: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.set(|config| config.hosts_from(value.into_iter()))
    }

    /// Which pages may connect. Default: [`Origins::SameHost`].
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// const PAGES: Origins = Origins::List(&["https://example.com", "https://www.example.com"]);
    /// let service = chat::service().origins(PAGES);
    /// # let _ = service;
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the list is empty, or an entry of it is not an origin as browsers spell it.
    #[must_use]
    #[track_caller]
    pub fn origins(self, value: Origins) -> Self {
        self.set(|config| config.origins_again(value))
    }

    /// Which pages may connect, as a list at run time: [`origins`](Self::origins) for origins that
    /// the application reads from its configuration.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn message(_ws: &Ws, _text: &str) {}
    /// # }
    /// # fn main() {
    /// let pages = std::env::var("PAGES").unwrap_or("https://example.com".into());
    /// let service = chat::service().origins_from(pages.split(','));
    /// # let _ = service;
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the list is empty, or an entry of it is not an origin as browsers spell it.
    #[must_use]
    #[track_caller]
    pub fn origins_from(self, list: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.set(|config| config.origins_from(list.into_iter()))
    }

    /// Which pages may connect, as a function: [`origins`](Self::origins) with a closure of the
    /// `Origin` header, as the browser spells it, and of the request. It is called for each
    /// handshake with an `Origin`. A page without a host of its own sends `"null"`.
    ///
    /// ```
    /// # use levante::prelude::*;
    /// # #[websocket("/feed")]
    /// # mod feed {
    /// #     fn open(ws: &Ws) {
    /// #         ws.send("hello");
    /// #     }
    /// # }
    /// # fn main() {
    /// let service = feed::service().origins_if(|origin, _request| {
    ///     let host = origin.strip_prefix("https://");
    ///     host.is_some_and(|host| host == "example.com" || host.ends_with(".example.com"))
    /// });
    /// # let _ = service;
    /// # }
    /// ```
    #[must_use]
    pub fn origins_if(
        self,
        accepts: impl Fn(&str, &HttpRequest) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.set(|config| config.origins_if(accepts))
    }

    /// Not a method: it exists for the error of the compiler, which says what middleware wraps.
    #[doc(hidden)]
    #[must_use]
    pub fn wrap<M: WrapsService>(self, _middleware: M) -> Self {
        self
    }

    #[track_caller]
    fn set(mut self, set: impl FnOnce(Config) -> Config) -> Self {
        self.mounted.config = Arc::new(set((*self.mounted.config).clone()));
        self
    }
}

/// Middleware that wraps a [`Service`]: there is none.
#[diagnostic::on_unimplemented(
    message = "middleware does not wrap the service of a `#[websocket]` module",
    label = "wrap a scope around it",
    note = "write `web::scope(\"/api\").wrap(…).service(chat::service())`, or `App::wrap` for all \
            services; `Service::guard` chooses requests, and `attach` refuses clients"
)]
pub trait WrapsService {}

/// The service of a module.
pub fn service<E: Mount>() -> Service {
    Service::new::<E>()
}

impl HttpServiceFactory for Service {
    fn register(self, app: &mut AppService) {
        let pattern: Arc<str> = self.path.as_str().into();
        let path: guard::Path = Some(pattern.clone());
        let mut mounted = self.mounted;
        mounted.config = Arc::new(Config {
            path: path.clone(),
            ..(*mounted.config).clone()
        });
        let mounted = Rc::new(mounted);
        let mut resource = web::resource(self.path);
        for guard in self.guards {
            let path = path.clone();
            resource = resource.guard(AnyGuard { guard, path });
        }
        let resource = resource.route(web::route().to(
            move |request: HttpRequest, body: web::Payload| {
                (mounted.upgrade)(request, body.into_inner(), (*mounted).clone())
            },
        ));
        if let Err(panic) = guard::call(|| HttpServiceFactory::register(resource, app)) {
            let (module, reason) = (self.module, panic.into_message());
            panic!("the path `{pattern}` of the socket `{module}` is no pattern: {reason}");
        }
    }
}

/// A guard of the application. If it panics, the request does not pass it.
struct AnyGuard {
    guard: Box<dyn Guard>,
    path: guard::Path,
}

impl Guard for AnyGuard {
    fn check(&self, context: &actix_web::guard::GuardContext<'_>) -> bool {
        guard::call(|| self.guard.check(context)).unwrap_or_else(|panic| {
            panic.log(&self.path, "a guard panicked; the request does not pass it");
            false
        })
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("path", &self.path)
            .field("config", &self.mounted.config)
            .finish_non_exhaustive()
    }
}
