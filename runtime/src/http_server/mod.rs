//! `levante::HttpServer`, which takes over the raw stream of each socket.

mod app;
mod bind;
mod exchanges;
mod gate;
mod guarded;
#[cfg(feature = "test")]
mod in_memory;
mod listener;
mod opening;
mod raw;
mod running;
#[cfg(feature = "rustls-0_23")]
mod tls;
mod upgrade;

use std::{any::Any, fmt, marker::PhantomData, sync::Arc, thread, time::Duration};

use actix_http::{Extensions, KeepAlive, Request, Response, body::MessageBody};
use actix_server::ServerBuilder;
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::{Error, dev::AppConfig};
use futures_core::future::BoxFuture;

#[cfg(feature = "test")]
pub(crate) use self::in_memory::InMemory;
pub use self::running::{Running, RunningHandle};
pub(crate) use self::{app::NoStream, running::stop_system, upgrade::Slot};
use self::{
    gate::Gate,
    listener::{Listener, OnConnect, Types},
    running::{Ending, StopSignal},
};

/// How long a graceful stop may take by default.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);

/// The largest number of connections of a worker, by default.
const MAX_CONNECTIONS: usize = 25_600;

/// The largest number of workers that actix starts.
const MOST_WORKERS: usize = 512;

/// Like actix-web's `HttpServer`, but hands the raw stream of each socket to levante.
///
/// It runs the same `App`: routes, middleware, extractors, scopes and endpoints of actix-ws work as
/// they do there. But a socket takes about a tenth of the memory, its bytes are copied less often,
/// and the server notices at once if a peer does not read. `TCP_NODELAY` is set. On SIGINT and
/// SIGTERM every socket is closed with 1001.
///
/// It has the methods of [`actix_web::HttpServer`], so that only the import changes. It has no TLS
/// other than rustls 0.23, and no HTTP/2 without TLS. With TLS it offers HTTP/2 if levante has the
/// feature `http2`. A request that asks for an upgrade is always the last one on its
/// connection.
///
/// ```no_run
/// use actix_web::App;
/// use levante::{HttpServer, prelude::*};
///
/// #[websocket("/echo")]
/// mod echo {
///     use levante::prelude::*;
///
///     fn message(ws: &Ws, message: Incoming<'_>) {
///         ws.send(message);
///     }
/// }
///
/// #[actix_web::main]
/// async fn main() -> std::io::Result<()> {
///     HttpServer::new(|| App::new().service(echo::service()))
///         .bind(("127.0.0.1", 8080))?
///         .run()
///         .await
/// }
/// ```
#[must_use]
pub struct HttpServer<F, I, S, B> {
    factory: F,
    listeners: Vec<Listener>,
    settings: Settings,
    backlog: u32,
    workers: usize,
    /// The limit of each worker.
    max_connections: usize,
    shutdown_timeout: Duration,
    signals: bool,
    shutdown_signal: Option<BoxFuture<'static, ()>>,
    system_exit: bool,
    builder: ServerBuilder,
    types: Types<I, S, B>,
}

/// The settings that apply to all listeners.
#[derive(Clone)]
struct Settings {
    keep_alive: KeepAlive,
    client_request_timeout: Duration,
    client_disconnect_timeout: Duration,
    client_stall_timeout: Duration,
    #[cfg(feature = "rustls-0_23")]
    tls_handshake_timeout: Duration,
    /// The largest number of concurrent TLS handshakes of one worker on one listener.
    #[cfg(feature = "rustls-0_23")]
    tls_handshakes: usize,
    h1_allow_half_closed: bool,
    h1_write_buffer_size: Option<usize>,
    tcp_nodelay: bool,
    hostname: Option<String>,
    on_connect: Option<OnConnect>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keep_alive: KeepAlive::default(),
            client_request_timeout: Duration::from_secs(5),
            client_disconnect_timeout: Duration::from_secs(1),
            client_stall_timeout: Duration::from_secs(30),
            #[cfg(feature = "rustls-0_23")]
            tls_handshake_timeout: Duration::from_secs(3),
            // No more than there may be connections.
            #[cfg(feature = "rustls-0_23")]
            tls_handshakes: usize::MAX,
            h1_allow_half_closed: true,
            h1_write_buffer_size: None,
            tcp_nodelay: true,
            hostname: None,
            on_connect: None,
        }
    }
}

impl<F, I, S, B> HttpServer<F, I, S, B>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request> + 'static,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    /// Makes a server. It calls `factory` once for each worker and listener.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// let server = levante::HttpServer::new(|| {
    ///     App::new().route("/health", actix_web::web::get().to(actix_web::HttpResponse::Ok))
    /// });
    /// server.bind(("127.0.0.1", 8080))?.run().await
    /// # }
    /// ```
    pub fn new(factory: F) -> Self {
        Self {
            factory,
            listeners: Vec::new(),
            settings: Settings::default(),
            backlog: 2048,
            workers: 1,
            max_connections: MAX_CONNECTIONS,
            shutdown_timeout: SHUTDOWN_TIMEOUT,
            signals: true,
            shutdown_signal: None,
            system_exit: false,
            builder: ServerBuilder::default(),
            types: PhantomData,
        }
        .workers(thread::available_parallelism().map_or(2, |count| count.get().min(MOST_WORKERS)))
    }

    /// How many workers there are, each with a thread of its own. Default: the result of
    /// [`std::thread::available_parallelism`].
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .workers(4)
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the number is zero, or above 512.
    pub fn workers(mut self, count: usize) -> Self {
        self.workers = count;
        self.builder = self.builder.workers(count);
        self
    }

    /// The largest number of threads of each worker for blocking tasks. Default: 512, divided by
    /// the default number of workers.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .worker_max_blocking_threads(16)
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    pub fn worker_max_blocking_threads(mut self, count: usize) -> Self {
        self.builder = self.builder.worker_max_blocking_threads(count);
        self
    }

    /// How many connections may wait to be accepted. Set it before `bind`. Default: 2048.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .backlog(4096)
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    pub fn backlog(mut self, backlog: u32) -> Self {
        self.backlog = backlog;
        self
    }

    /// How many ordinary connections each worker serves at once, and how many sockets on average.
    /// Above this number, ordinary connections wait to be accepted, and handshakes are answered
    /// with 503. Default: 25,600.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     // Above it, the number of open files of the process is the limit.
    ///     .max_connections(100_000)
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    pub fn max_connections(mut self, count: usize) -> Self {
        self.max_connections = count;
        self.builder = self.builder.max_concurrent_connections(count);
        self
    }

    /// How many TLS handshakes each worker runs at once on one listener. Further connections wait
    /// for `tls_handshake_timeout` at most, and do not delay other listeners. A connection in its
    /// handshake counts for `max_connections`. Default: as many as `max_connections`.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .max_connection_rate(64)
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If `count` is zero.
    #[cfg_attr(not(feature = "rustls-0_23"), expect(unused_mut))]
    pub fn max_connection_rate(mut self, count: usize) -> Self {
        assert!(
            count > 0,
            "a TLS listener makes at least one handshake at once"
        );
        #[cfg(feature = "rustls-0_23")]
        {
            self.settings.tls_handshakes = count;
        }
        self
    }

    /// How long an ordinary connection is kept for further requests. Default: 5 seconds.
    ///
    /// The head of the next request must arrive within this time and `client_request_timeout`
    /// together. Otherwise the connection ends without a response. With [`KeepAlive::Os`] there is
    /// no limit. An HTTP/2 connection is pinged at this interval, and ends if its client does not
    /// answer.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .keep_alive(Duration::from_secs(30))
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    pub fn keep_alive(mut self, value: impl Into<KeepAlive>) -> Self {
        self.settings.keep_alive = value.into();
        self
    }

    /// How long a client may take to send the head of its first request, which may be a handshake.
    /// After that it gets a 408. Zero: no limit, also for its next requests. Default: 5 seconds.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .client_request_timeout(Duration::from_secs(10))
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    pub fn client_request_timeout(mut self, value: Duration) -> Self {
        self.settings.client_request_timeout = value;
        self
    }

    /// How long a client may take to end its half of an ordinary connection. Zero: the server does
    /// not wait for that. Default: 1 second.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .client_disconnect_timeout(Duration::ZERO)
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    pub fn client_disconnect_timeout(mut self, value: Duration) -> Self {
        self.settings.client_disconnect_timeout = value;
        self
    }

    /// How long a client may read nothing of its response, also of a 101, and send nothing of a
    /// body that a handler reads. Zero: no limit. Default: 30 seconds.
    ///
    /// A client that does not read is disconnected. If a body stops, its handler gets a
    /// `PayloadError`, which extractors answer with 400, and the connection ends with the response.
    /// The remaining body that no handler reads must arrive within this limit, or within the limit
    /// for the next request if that is longer. A slow handler, or a response that pauses, has no
    /// limit here.
    ///
    /// With HTTP/2 a body that stops fails only its own request. The limit applies to the reads of
    /// the whole connection, not to those of a single stream: a stream has no limit while its
    /// client keeps the stream's flow-control window closed.
    ///
    /// A socket whose 101 has not been written is not open, but counts for `max_connections`. The
    /// operating system reports in large steps how much a client has read, so that a much shorter
    /// limit also disconnects clients that are only slow.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .client_stall_timeout(Duration::from_secs(60))
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    pub fn client_stall_timeout(mut self, value: Duration) -> Self {
        self.settings.client_stall_timeout = value;
        self
    }

    /// How long a TLS handshake may take. Zero: no limit. Default: 3 seconds.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .tls_handshake_timeout(Duration::from_secs(5))
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    #[cfg(feature = "rustls-0_23")]
    pub fn tls_handshake_timeout(mut self, value: Duration) -> Self {
        self.settings.tls_handshake_timeout = value;
        self
    }

    /// Whether an ordinary request still gets its response if its client has ended its half of the
    /// connection. Default: `true`.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .h1_allow_half_closed(false)
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    pub fn h1_allow_half_closed(mut self, allow: bool) -> Self {
        self.settings.h1_allow_half_closed = allow;
        self
    }

    /// How many bytes of a response to an ordinary request are collected before they are written.
    /// Default: 32 KiB.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .h1_write_buffer_size(64 * 1024)
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the number is zero.
    pub fn h1_write_buffer_size(mut self, size: usize) -> Self {
        assert!(size > 0, "a write buffer has room for something");
        self.settings.h1_write_buffer_size = Some(size);
        self
    }

    /// How many seconds a graceful stop may take. Sockets get their accepted messages and are
    /// closed with 1001; requests are answered. Default: 30 seconds.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .shutdown_timeout(10)
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    pub fn shutdown_timeout(mut self, seconds: u64) -> Self {
        self.shutdown_timeout = Duration::from_secs(seconds);
        self.builder = self.builder.shutdown_timeout(seconds);
        self
    }

    /// Stops gracefully when `signal` completes, and ignores the signals of the operating system.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    /// let server = levante::HttpServer::new(App::new)
    ///     .shutdown_signal(async {
    ///         let _ = stopped.await;
    ///     })
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run();
    /// // Somewhere else: `stop.send(())`.
    /// # drop(stop);
    /// server.await
    /// # }
    /// ```
    pub fn shutdown_signal(mut self, signal: impl Future<Output = ()> + Send + 'static) -> Self {
        self.shutdown_signal = Some(Box::pin(signal));
        self
    }

    /// Stops the actix `System` together with the server, also if the server is stopped through its
    /// handle. After a signal the `System` stops in any case.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .system_exit()
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    pub fn system_exit(mut self) -> Self {
        self.system_exit = true;
        self
    }

    /// The host name for `url_for` if a request has none. Default: the listener's address.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .server_hostname("chat.example.com")
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    pub fn server_hostname(mut self, hostname: impl Into<String>) -> Self {
        self.settings.hostname = Some(hostname.into());
        self
    }

    /// Whether small writes are sent at once (`TCP_NODELAY`), without waiting for more data.
    /// Default: `true`, unlike actix-web.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     // Sends fewer packets, later.
    ///     .tcp_nodelay(false)
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    pub fn tcp_nodelay(mut self, enabled: bool) -> Self {
        self.settings.tcp_nodelay = enabled;
        self
    }

    /// Sets a callback that gets the stream of each new connection. It may store data for the
    /// requests of the connection, which `HttpRequest::conn_data` returns.
    ///
    /// The stream is a `TcpStream` or a `UnixStream` of tokio, or with TLS a `TlsStream<TcpStream>`
    /// of `actix_tls::accept::rustls_0_23`, which has the certificates of the client. With a callback,
    /// each connection by TLS takes 4 KiB more: this type keeps a buffer.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// use actix_web::{HttpRequest, rt::net::TcpStream, web};
    ///
    /// /// The port that the client has connected to.
    /// #[derive(Clone, Copy)]
    /// struct Port(u16);
    ///
    /// async fn port(request: HttpRequest) -> String {
    ///     let port = request.conn_data::<Port>().map_or(0, |port| port.0);
    ///     format!("you came to {port}")
    /// }
    ///
    /// levante::HttpServer::new(|| App::new().route("/", web::get().to(port)))
    ///     .on_connect(|stream, data| {
    ///         if let Some(stream) = stream.downcast_ref::<TcpStream>()
    ///             && let Ok(addr) = stream.local_addr()
    ///         {
    ///             data.insert(Port(addr.port()));
    ///         }
    ///     })
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    pub fn on_connect(
        mut self,
        callback: impl Fn(&dyn Any, &mut Extensions) + Send + Sync + 'static,
    ) -> Self {
        self.settings.on_connect = Some(Arc::new(callback));
        self
    }

    /// Leaves SIGINT, SIGTERM and SIGQUIT to the application.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// let server = levante::HttpServer::new(App::new)
    ///     .disable_signals()
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run();
    /// let handle = server.handle();
    /// actix_web::rt::spawn(async move {
    ///     // Waits for whatever ends this process.
    ///     handle.stop(true).await;
    /// });
    /// server.await
    /// # }
    /// ```
    pub fn disable_signals(mut self) -> Self {
        self.signals = false;
        self
    }

    /// Starts the server. It runs while the returned future is awaited.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// let server = levante::HttpServer::new(App::new).bind(("127.0.0.1", 8080))?;
    /// println!("listening on {:?}", server.addrs());
    /// server.run().await
    /// # }
    /// ```
    pub fn run(self) -> Running {
        let gate = Gate::new(self.max_connections.saturating_mul(self.workers));
        let mut builder = self.builder.disable_signals();
        for listener in self.listeners {
            let parts = listener::Parts {
                factory: self.factory.clone(),
                settings: self.settings.clone(),
                gate: gate.clone(),
                graceful_shutdown: builder.graceful_shutdown_signal(),
                types: PhantomData,
            };
            builder = match listener.add_to(builder, parts) {
                Ok(builder) => builder,
                Err(error) => return Running::failed(error),
            };
        }
        let signal = match self.shutdown_signal {
            Some(signal) => StopSignal::Given(signal),
            None if self.signals => StopSignal::Os,
            None => StopSignal::Nothing,
        };
        let ending = Ending {
            signal,
            patience: self.shutdown_timeout,
            system_exit: self.system_exit,
        };
        Running::new(builder.run(), gate, ending)
    }
}

impl<F, I, S, B> fmt::Debug for HttpServer<F, I, S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpServer")
            .field("listeners", &self.listeners)
            .finish_non_exhaustive()
    }
}
