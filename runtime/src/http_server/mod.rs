//! The server that takes connections over: actix-web's `HttpServer`, with its raw streams.

mod app;
mod gate;
mod listener;
mod raw;
mod running;
mod upgrade;

use std::{
    any::Any,
    fmt, io,
    marker::PhantomData,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};

use actix_http::{Extensions, KeepAlive, Request, Response, body::MessageBody};
use actix_server::ServerBuilder;
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::{Error, dev::AppConfig};

pub use self::running::{Running, RunningHandle};
use self::{
    gate::Gate,
    listener::{Listener, OnConnect},
};
pub(crate) use self::{gate::Owner, upgrade::Slot};

/// actix-web's `HttpServer`, which hands the raw stream of each socket to levante.
///
/// It runs the same `App` for everything: routes, middleware, extractors and scopes work as they
/// do there, and endpoints of actix-ws go on working. But a socket costs about a tenth of the
/// memory, its bytes are copied less often, and a peer that does not read is noticed at once.
/// `TCP_NODELAY` is set, and on SIGINT and SIGTERM every socket is closed with 1001.
///
/// ```no_run
/// use actix_web::App;
/// use levante::{HttpServer, prelude::*};
///
/// #[websocket("/echo")]
/// mod echo {
///     use super::*;
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
    builder: ServerBuilder,
    types: PhantomData<fn() -> (I, S, B)>,
}

/// What is said of every listener.
#[derive(Clone)]
struct Settings {
    backlog: u32,
    max_connections: usize,
    keep_alive: KeepAlive,
    client_request_timeout: Duration,
    client_disconnect_timeout: Duration,
    shutdown_timeout: Duration,
    tcp_nodelay: bool,
    hostname: Option<String>,
    signals: bool,
    on_connect: Option<OnConnect>,
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
    /// A server of the application that `factory` makes, once for each worker and listener.
    pub fn new(factory: F) -> Self {
        Self {
            factory,
            listeners: Vec::new(),
            settings: Settings {
                backlog: 2048,
                max_connections: 25_600,
                keep_alive: KeepAlive::default(),
                client_request_timeout: Duration::from_secs(5),
                client_disconnect_timeout: Duration::from_secs(1),
                shutdown_timeout: Duration::from_secs(30),
                tcp_nodelay: true,
                hostname: None,
                signals: true,
                on_connect: None,
            },
            builder: ServerBuilder::default(),
            types: PhantomData,
        }
    }

    /// How many workers there are, each with a thread of its own. Default: one for each physical
    /// core.
    pub fn workers(mut self, count: usize) -> Self {
        self.builder = self.builder.workers(count);
        self
    }

    /// How many connections may wait to be accepted. To be set before `bind`. Default: 2048.
    pub fn backlog(mut self, backlog: u32) -> Self {
        self.settings.backlog = backlog;
        self
    }

    /// How many ordinary connections each worker serves at once, and how many sockets all workers
    /// serve together; beyond that connections wait, and handshakes are answered with 503.
    /// Default: 25,600.
    pub fn max_connections(mut self, count: usize) -> Self {
        self.settings.max_connections = count;
        self.builder = self.builder.max_concurrent_connections(count);
        self
    }

    /// How long an ordinary connection is kept for further requests. Default: 5 seconds.
    pub fn keep_alive(mut self, value: impl Into<KeepAlive>) -> Self {
        self.settings.keep_alive = value.into();
        self
    }

    /// How long a client may take to send the head of its request, a handshake too; then 408.
    /// Default: 5 seconds.
    pub fn client_request_timeout(mut self, value: Duration) -> Self {
        self.settings.client_request_timeout = value;
        self
    }

    /// How long a client may take to end its half of an ordinary connection. Default: 1 second.
    pub fn client_disconnect_timeout(mut self, value: Duration) -> Self {
        self.settings.client_disconnect_timeout = value;
        self
    }

    /// How many seconds a graceful stop may take: sockets are sent what was accepted and closed
    /// with 1001, requests are answered. Default: 30 seconds.
    pub fn shutdown_timeout(mut self, seconds: u64) -> Self {
        self.settings.shutdown_timeout = Duration::from_secs(seconds);
        self
    }

    /// The host name that `url_for` uses where a request names none. Default: the listener's
    /// address.
    pub fn server_hostname(mut self, hostname: impl Into<String>) -> Self {
        self.settings.hostname = Some(hostname.into());
        self
    }

    /// Whether small writes are sent at once instead of being held back for others
    /// (`TCP_NODELAY`). Default, unlike actix's: `true`.
    pub fn tcp_nodelay(mut self, enabled: bool) -> Self {
        self.settings.tcp_nodelay = enabled;
        self
    }

    /// Is called with the stream of each new connection, and may leave data for its requests:
    /// `HttpRequest::conn_data`.
    pub fn on_connect(
        mut self,
        callback: impl Fn(&dyn Any, &mut Extensions) + Send + Sync + 'static,
    ) -> Self {
        self.settings.on_connect = Some(Arc::new(callback));
        self
    }

    /// Leaves SIGINT, SIGTERM and SIGQUIT to the application.
    pub fn disable_signals(mut self) -> Self {
        self.settings.signals = false;
        self
    }

    /// Listens on an address; a host name may stand for several.
    ///
    /// # Errors
    ///
    /// The last one, if none of the addresses can be bound.
    pub fn bind(mut self, addrs: impl ToSocketAddrs) -> io::Result<Self> {
        let listeners = listener::bind(addrs, self.settings.backlog)?;
        self.listeners
            .extend(listeners.into_iter().map(Listener::Tcp));
        Ok(self)
    }

    /// Listens with a listener that is bound already.
    ///
    /// # Errors
    ///
    /// If the listener has no address.
    pub fn listen(mut self, listener: TcpListener) -> io::Result<Self> {
        listener.local_addr()?;
        self.listeners.push(Listener::Tcp(listener));
        Ok(self)
    }

    /// Listens on an address for TLS, with rustls 0.23.
    ///
    /// # Errors
    ///
    /// The last one, if none of the addresses can be bound.
    #[cfg(feature = "rustls-0_23")]
    pub fn bind_rustls_0_23(
        mut self,
        addrs: impl ToSocketAddrs,
        config: listener::RustlsConfig,
    ) -> io::Result<Self> {
        let listeners = listener::bind(addrs, self.settings.backlog)?;
        let with_config = |listener| Listener::Rustls(listener, config.clone());
        self.listeners
            .extend(listeners.into_iter().map(with_config));
        Ok(self)
    }

    /// Listens with a listener that is bound already for TLS, with rustls 0.23.
    ///
    /// # Errors
    ///
    /// If the listener has no address.
    #[cfg(feature = "rustls-0_23")]
    pub fn listen_rustls_0_23(
        mut self,
        listener: TcpListener,
        config: listener::RustlsConfig,
    ) -> io::Result<Self> {
        listener.local_addr()?;
        self.listeners.push(Listener::Rustls(listener, config));
        Ok(self)
    }

    /// Listens on a Unix socket. A file that a dead server has left at its path is replaced.
    ///
    /// # Errors
    ///
    /// If the path cannot be bound.
    #[cfg(unix)]
    pub fn bind_uds(mut self, path: impl AsRef<std::path::Path>) -> io::Result<Self> {
        self.listeners
            .push(Listener::Unix(listener::bind_uds(path.as_ref())?));
        Ok(self)
    }

    /// Listens with a Unix listener that is bound already.
    ///
    /// # Errors
    ///
    /// If the listener has no address.
    #[cfg(unix)]
    pub fn listen_uds(mut self, listener: std::os::unix::net::UnixListener) -> io::Result<Self> {
        listener.local_addr()?;
        self.listeners.push(Listener::Unix(listener));
        Ok(self)
    }

    /// The addresses that it listens on; Unix sockets have none.
    pub fn addrs(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(Listener::addr).collect()
    }

    /// Starts the server. It runs while what is returned is awaited.
    pub fn run(self) -> Running {
        let gate = Gate::new(self.settings.max_connections);
        let mut builder = self.builder.disable_signals();
        builder = builder.shutdown_timeout(self.settings.shutdown_timeout.as_secs());
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
                Err(error) => return Running::failed(error, gate),
            };
        }
        Running::new(
            builder.run(),
            gate,
            self.settings.shutdown_timeout,
            self.settings.signals,
        )
    }
}

impl<F, I, S, B> fmt::Debug for HttpServer<F, I, S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpServer")
            .field("listeners", &self.listeners)
            .finish_non_exhaustive()
    }
}
