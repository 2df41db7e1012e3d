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

/// The service of a `#[websocket]` module, made by its `service()`: to be mounted in an `App`, a
/// scope or a `ServiceConfig`.
///
/// Its methods override the settings of the attribute at run time. A value out of range panics,
/// as it does not compile in the attribute.
///
/// ```
/// use actix_web::App;
/// use levante::prelude::*;
///
/// #[websocket("/chat", max_message_size = 64 * 1024)]
/// mod chat {
///     use super::*;
///
///     fn message(ws: &Ws, text: &str) {
///         ws.publish("lobby", text);
///     }
/// }
///
/// let app = App::new().service(chat::service().max_message_size(4096).publish_to_self(true));
/// # let _ = app;
/// ```
///
/// Middleware goes around a scope: `web::scope("").wrap(…).service(chat::service())`.
///
#[doc = include_str!("../docs/queues.md")]
pub struct Service {
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
            path: E::PATH.to_owned(),
            guards: Vec::new(),
            mounted,
        }
    }

    /// Mounts at another path than the attribute's.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Takes only requests that pass this guard; others go on to the next service. A request for
    /// which the guard panics does not pass it, and the panic is logged.
    #[must_use]
    pub fn guard(mut self, guard: impl Guard + 'static) -> Self {
        self.guards.push(Box::new(guard));
        self
    }

    /// The pub/sub space of the sockets, instead of the application's: the `Server` that is in its
    /// `app_data`, else [`Server::global`].
    #[must_use]
    pub fn server(mut self, server: &Server) -> Self {
        self.mounted.server = Some(server.clone());
        self
    }

    /// Ends a connection from which nothing has arrived for so long; its `close` handler is given
    /// code 1006. Zero: never. Default: 120 seconds.
    ///
    /// Only time in which the server reads counts: not the time for which the process was stopped
    /// or a handler kept its worker from looking at the network.
    ///
    /// A single byte is something: a peer that sends its frames slowly is alive, and costs what it
    /// has sent so far. [`max_lifetime`](Self::max_lifetime) bounds it, too.
    #[must_use]
    #[track_caller]
    pub fn idle_timeout(self, value: Duration) -> Self {
        self.set(|config| config.idle_timeout(value))
    }

    /// Whether peers are pinged: every [`ping_interval`](Self::ping_interval), and shortly before
    /// `idle_timeout`. Default: `true`.
    #[must_use]
    pub fn send_pings(self, value: bool) -> Self {
        self.set(|config| config.send_pings(value))
    }

    /// A ping is sent when for so long nothing has arrived, or nothing has been written. Zero: only
    /// shortly before `idle_timeout`. Default: 25 seconds.
    ///
    /// Proxies and load balancers cut connections that look idle to them, often after 50 to 60
    /// seconds; the ping and its answer keep them. The interval of each connection is shorter than
    /// this by up to a quarter, so that the pings of a worker are not sent at the same moment.
    #[must_use]
    #[track_caller]
    pub fn ping_interval(self, value: Duration) -> Self {
        self.set(|config| config.ping_interval(value))
    }

    /// How long an `async` handler may run. After that it is dropped where it waits, `error` is
    /// called with [`HandlerError::TimedOut`](crate::HandlerError::TimedOut), and the connection
    /// closes with 1011. Default: as long as it likes.
    ///
    /// `attach` has [`handshake_timeout`](Self::handshake_timeout) instead. A handler that does not
    /// wait cannot be stopped by anything.
    #[must_use]
    #[track_caller]
    pub fn handler_timeout(self, value: Duration) -> Self {
        self.set(|config| config.handler_timeout(value))
    }

    /// Closes a connection with 1001 after so long. Default: never.
    #[must_use]
    #[track_caller]
    pub fn max_lifetime(self, value: Duration) -> Self {
        self.set(|config| config.max_lifetime(value))
    }

    /// How long `attach` may take, with the extractors that are its arguments. After that it is
    /// dropped where it waits, and the handshake is answered with 503. Zero: as long as it likes.
    /// Default: 30 seconds.
    ///
    /// How long a client may take to send the head of its request is for the server to say:
    /// [`client_request_timeout`](crate::HttpServer::client_request_timeout).
    #[must_use]
    #[track_caller]
    pub fn handshake_timeout(self, value: Duration) -> Self {
        self.set(|config| config.handshake_timeout(value))
    }

    /// How long a peer may take to read what is queued and to answer our Close frame, from when the
    /// connection begins to close; then it is cut off. Default: 5 seconds.
    #[must_use]
    #[track_caller]
    pub fn close_timeout(self, value: Duration) -> Self {
        self.set(|config| config.close_timeout(value))
    }

    /// Bytes of the largest message; a larger one closes the connection with 1009, and no more
    /// than that is ever buffered. A compressed message must not be larger either as it travels or
    /// as it was. Default: 16 MiB.
    #[must_use]
    #[track_caller]
    pub fn max_message_size(self, value: usize) -> Self {
        self.set(|config| config.max_message_size(value))
    }

    /// How many frames a message may come in, at least 1; one more closes the connection with 1008,
    /// as soon as its header is there. Control frames in between do not count. Default: 131,072.
    ///
    /// It bounds what `max_message_size` does not: frames that are empty or nearly so. Browsers
    /// send a large message in frames of many KiB.
    #[must_use]
    #[track_caller]
    pub fn max_frames_per_message(self, value: u32) -> Self {
        self.set(|config| config.max_frames_per_message(value))
    }

    /// How many messages, pings and pongs a peer may send in what time. The first one beyond that
    /// is not handled and closes the connection with 1008; its `close` handler is given
    /// [`ClosedBy::RateLimit`](crate::ClosedBy::RateLimit). Default: as many as it likes.
    ///
    /// Without it, a peer that sends faster than its messages are handled waits: no more is read
    /// than is handled, and all connections of a worker have their turn. Set it where a message costs
    /// much, as it does with [`Compression::Dedicated`]; [`MessageRate`] has figures.
    #[must_use]
    #[track_caller]
    pub fn max_message_rate(self, value: MessageRate) -> Self {
        self.set(|config| config.max_message_rate(value))
    }

    /// How many topics a socket may be subscribed to at a time. [`subscribe`](crate::Socket::subscribe)
    /// to another one is then `false`, and a warning is logged, at most ten times a second. At least
    /// 1; default: 4,096.
    ///
    /// It is there because peers choose topics where a handler subscribes to what a message names. A
    /// topic that has no other subscriber costs some 300 bytes and its name twice, so that a socket
    /// costs at most 10 MiB with the defaults of this setting and of
    /// [`max_topic_len`](Self::max_topic_len): less than a message of
    /// [`max_message_size`](Self::max_message_size).
    #[must_use]
    #[track_caller]
    pub fn max_subscriptions(self, value: u32) -> Self {
        self.set(|config| config.max_subscriptions(value))
    }

    /// Bytes of the longest topic that a socket may subscribe to.
    /// [`subscribe`](crate::Socket::subscribe) to a longer one is `false`, and a warning is logged, at
    /// most ten times a second. From 1 byte to 1 GiB; default: 1,024.
    #[must_use]
    #[track_caller]
    pub fn max_topic_len(self, value: usize) -> Self {
        self.set(|config| config.max_topic_len(value))
    }

    /// Bytes that may wait for a slow peer; a message that would exceed them is
    /// [`SendStatus::Dropped`](crate::SendStatus::Dropped), and the `dropped` handler is told of it.
    /// A message of any size is accepted while nothing waits. Default: 1 MiB.
    ///
    /// Nothing is refused before a write has found no room: where it can, a queue that is full is
    /// written at once. What a message with a key takes besides its bytes counts, too.
    ///
    /// As many bytes of dropped messages are kept until `dropped` has been called for them. What is
    /// dropped beyond that is counted, and a warning says how many there were. [Queues](#queues) has
    /// what counts.
    #[must_use]
    #[track_caller]
    pub fn backpressure_limit(self, value: usize) -> Self {
        self.set(|config| config.backpressure_limit(value))
    }

    /// Whether a peer that is over `backpressure_limit` is cut off, instead of missing a message.
    /// A single publish asks for it with [`Policy::Close`](crate::Policy::Close). Default: `false`.
    #[must_use]
    pub fn close_on_backpressure_limit(self, value: bool) -> Self {
        self.set(|config| config.close_on_backpressure_limit(value))
    }

    /// Whether `ws.publish` reaches `ws` itself. Default: `false`.
    #[must_use]
    pub fn publish_to_self(self, value: bool) -> Self {
        self.set(|config| config.publish_to_self(value))
    }

    /// Whether messages may be compressed, and how; see [`Compression`]. Default:
    /// [`Compression::Off`].
    ///
    /// Of `window_bits` out of range, which do not compile in the attribute, the nearest that are in
    /// range are taken.
    #[must_use]
    pub fn compression(self, value: Compression) -> Self {
        self.set(|config| config.compression(value.clamped()))
    }

    /// Bytes of the smallest message that is compressed. Default: 64, because what is shorter hardly
    /// ever becomes shorter still, and compressing it takes as long as for a longer one.
    #[must_use]
    #[track_caller]
    pub fn compression_threshold(self, value: usize) -> Self {
        self.set(|config| config.compression_threshold(value))
    }

    /// The subprotocols, in order of preference. Default: none.
    #[must_use]
    #[track_caller]
    pub fn protocols(self, value: &'static [&'static str]) -> Self {
        self.set(|config| config.protocols(value))
    }

    /// The names of this server, as browsers know it: `Host` must be one of them, with whatever port,
    /// or the handshake is answered with `421 Misdirected Request`
    /// ([RFC 9110 section 15.5.20](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.20)), before
    /// `origins` is looked at. Default: none, which accepts every name.
    ///
    /// It keeps out what [`Origins::SameHost`] cannot see, which is DNS rebinding. Each is a name or
    /// an address, without a port: `example.com`, `localhost`, `[::1]`.
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
    /// If an entry is not such a name.
    #[must_use]
    #[track_caller]
    pub fn hosts(self, value: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.set(|config| config.hosts_from(value.into_iter()))
    }

    /// Which pages may connect. Default: [`Origins::SameHost`].
    ///
    /// # Panics
    ///
    /// If the list is empty, or an entry of it is not an origin as browsers spell it.
    #[must_use]
    #[track_caller]
    pub fn origins(self, value: Origins) -> Self {
        self.set(|config| config.origins_again(value))
    }

    /// Pages of which origins may connect: [`origins`](Self::origins) with a list that the
    /// application has from its configuration.
    ///
    /// # Panics
    ///
    /// If the list is empty, or an entry of it is not an origin as browsers spell it.
    #[must_use]
    #[track_caller]
    pub fn origins_from(self, list: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.set(|config| config.origins_from(list.into_iter()))
    }

    /// Asks `accepts` whether pages of an origin may connect: [`origins`](Self::origins) as a
    /// function of the `Origin` header, as the browser spells it, and of the request. It is asked
    /// for each handshake that has an `Origin`; `"null"` is that of a page that hides its own.
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

    #[track_caller]
    fn set(mut self, set: impl FnOnce(Config) -> Config) -> Self {
        self.mounted.config = Arc::new(set((*self.mounted.config).clone()));
        self
    }
}

/// The service of a module.
pub fn service<E: Mount>() -> Service {
    Service::new::<E>()
}

impl HttpServiceFactory for Service {
    fn register(self, app: &mut AppService) {
        let path: guard::Path = Some(self.path.as_str().into());
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
        HttpServiceFactory::register(resource, app);
    }
}

/// A guard of the application. If it panics, the request has not passed it.
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
