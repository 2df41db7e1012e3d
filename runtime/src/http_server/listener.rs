//! Connects each listener to actix's HTTP service.

use std::{
    any::Any,
    fmt,
    future::ready,
    io,
    marker::PhantomData,
    net::{Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs},
    rc::Rc,
    sync::Arc,
};

use actix_http::{
    Extensions, HttpService, HttpServiceBuilder, Protocol, Request, Response, body::MessageBody,
};
use actix_server::{GracefulShutdownSignal, ServerBuilder};
use actix_service::{IntoServiceFactory, Service, ServiceFactoryExt as _, fn_service};
use actix_web::{Error, dev::AppConfig};
use socket2::{Domain, Socket, Type};
use tokio::net::TcpStream;

use super::{
    Settings,
    app::{AppFactory, Application, SharedApp},
    exchanges::{Answer, Limits},
    gate::Gate,
    guarded::Guarded,
    upgrade::{Patience, UpgradeFactory},
};
use crate::driver::takeover::Stream;

#[cfg(feature = "rustls-0_23")]
pub(super) use actix_tls::accept::rustls_0_23::reexports::ServerConfig as RustlsConfig;

/// A bound listener, with its TLS configuration if it has one.
pub(super) enum Listener {
    Tcp(TcpListener),
    #[cfg(feature = "rustls-0_23")]
    Rustls(TcpListener, Box<RustlsConfig>),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener),
}

/// A callback that gets the stream of each new connection.
pub(super) type OnConnect = Arc<dyn Fn(&dyn Any, &mut Extensions) + Send + Sync>;

/// Names the types of an application in structs that hold no values of these types.
pub(super) type Types<I, S, B> = PhantomData<fn() -> (I, S, B)>;

/// The parts from which the services of all listeners are made.
pub(super) struct Parts<F, I, S, B> {
    pub(super) factory: F,
    pub(super) settings: Settings,
    pub(super) gate: Arc<Gate>,
    pub(super) graceful_shutdown: GracefulShutdownSignal,
    pub(super) types: Types<I, S, B>,
}

/// Not derived, because a derived `Clone` would also require `I`, `S` and `B` to be `Clone`.
impl<F: Clone, I, S, B> Clone for Parts<F, I, S, B> {
    fn clone(&self) -> Self {
        Self {
            factory: self.factory.clone(),
            settings: self.settings.clone(),
            gate: self.gate.clone(),
            graceful_shutdown: self.graceful_shutdown.clone(),
            types: PhantomData,
        }
    }
}

impl Listener {
    pub(super) fn addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            #[cfg(feature = "rustls-0_23")]
            Self::Rustls(listener, _) => listener.local_addr().ok(),
            #[cfg(unix)]
            Self::Unix(_) => None,
        }
    }

    /// The scheme of the listener's URLs.
    pub(super) fn scheme(&self) -> &'static str {
        match self {
            #[cfg(feature = "rustls-0_23")]
            Self::Rustls(..) => "https",
            _ => "http",
        }
    }

    pub(super) fn add_to<F, I, S, B>(
        self,
        builder: ServerBuilder,
        parts: Parts<F, I, S, B>,
    ) -> io::Result<ServerBuilder>
    where
        F: Fn() -> I + Send + Clone + 'static,
        I: IntoServiceFactory<S, Request> + 'static,
        S: Application,
        S::Error: Into<Error>,
        S::InitError: fmt::Debug,
        S::Response: Into<Response<B>>,
        <S::Service as Service<Request>>::Future: 'static,
        B: MessageBody + 'static,
    {
        // A Unix socket has no address, but `url_for` needs one. actix uses the same default.
        let addr = self.addr().unwrap_or((Ipv4Addr::LOCALHOST, 8080).into());
        let name = format!("levante-{addr}");
        match self {
            Self::Tcp(listener) => builder.listen(name, listener, move || {
                let app = parts.app(addr, false);
                let (limits, nodelay) = (parts.limits(), parts.settings.tcp_nodelay);
                let guard = move |stream: TcpStream| {
                    // Ignore an error: without the option a connection is slower, but works.
                    let _ = stream.set_nodelay(nodelay);
                    let peer = stream.peer_addr().ok();
                    let stream = Guarded::new(stream, Protocol::Http1, limits);
                    ready(Ok((stream, Protocol::Http1, peer)))
                };
                fn_service(guard).and_then(parts.service(addr, false, app, |stream| stream))
            }),
            #[cfg(feature = "rustls-0_23")]
            Self::Rustls(listener, config) => builder.listen(name, listener, move || {
                parts.tls_service(addr, (*config).clone())
            }),
            #[cfg(unix)]
            Self::Unix(listener) => builder.listen_uds(name, listener, move || {
                let app = parts.app(addr, false);
                let limits = parts.limits();
                let guard = move |stream: tokio::net::UnixStream| {
                    let stream = Guarded::new(stream, Protocol::Http1, limits);
                    ready(Ok((stream, Protocol::Http1, None)))
                };
                fn_service(guard).and_then(parts.service(addr, false, app, |stream| stream))
            }),
        }
    }
}

/// actix's HTTP service, which serves connections.
pub(super) type HttpOf<T, S, B> = HttpService<
    Guarded<T>,
    AppFactory<S, B>,
    Answer,
    actix_http::h1::ExpectHandler,
    UpgradeFactory<T, S, B>,
>;

impl<F, I, S, B> Parts<F, I, S, B>
where
    F: Fn() -> I,
    I: IntoServiceFactory<S, Request>,
    S: Application,
    S::Error: Into<Error>,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>>,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    /// The application for one worker and one listener.
    pub(super) fn app(&self, addr: SocketAddr, secure: bool) -> Rc<SharedApp<S>> {
        let hostname = self.settings.hostname.clone();
        let host = hostname.unwrap_or_else(|| addr.to_string());
        SharedApp::new((self.factory)(), app_config(secure, host, addr))
    }

    /// The time limits for the peers of ordinary connections.
    pub(super) fn limits(&self) -> Limits {
        let settings = &self.settings;
        Limits::new(
            settings.client_stall_timeout,
            settings.keep_alive,
            settings.client_request_timeout,
        )
    }

    /// The service for one worker and one listener. A callback of `on_connect` gets what `shown`
    /// returns.
    pub(super) fn service<T: Stream>(
        &self,
        addr: SocketAddr,
        secure: bool,
        app: Rc<SharedApp<S>>,
        shown: fn(&T) -> &dyn Any,
    ) -> HttpOf<T, S, B> {
        let settings = &self.settings;
        let stopping = self.graceful_shutdown.clone();
        let on_connect = settings.on_connect.clone();
        let on_connect = move |stream: &Guarded<T>, data: &mut Extensions| {
            if let Some(exchanges) = stream.exchanges() {
                data.insert(exchanges.clone());
            }
            if let Some(on_connect) = &on_connect {
                on_connect(shown(stream.get_ref()), data);
            }
        };
        let mut builder: HttpServiceBuilder<Guarded<T>, AppFactory<S, B>> = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(settings.keep_alive)
            .client_request_timeout(settings.client_request_timeout)
            .client_disconnect_timeout(settings.client_disconnect_timeout)
            .h1_allow_half_closed(settings.h1_allow_half_closed)
            .on_connect_ext(on_connect)
            .local_addr(addr);
        if let Some(size) = settings.h1_write_buffer_size {
            builder = builder.h1_write_buffer_size(size);
        }
        if secure {
            builder = builder.secure();
        }
        let upgrade = UpgradeFactory {
            app: app.clone(),
            gate: self.gate.clone(),
            patience: Patience {
                stall: settings.client_stall_timeout,
                disconnect: settings.client_disconnect_timeout,
            },
            types: PhantomData,
        };
        let app = AppFactory::new(app, settings.client_stall_timeout);
        builder.upgrade(upgrade).finish(app)
    }
}

/// The configuration that actix gives to the applications of a listener. The constructor is hidden,
/// but it is the only one that takes the scheme and the host.
fn app_config(secure: bool, host: String, addr: SocketAddr) -> AppConfig {
    AppConfig::__priv_test_new(secure, host, addr)
}

/// Binds every address of `addrs`. Fails only if no address can be bound.
pub(super) fn bind(addrs: impl ToSocketAddrs, backlog: u32) -> io::Result<Vec<TcpListener>> {
    let mut bound = Vec::new();
    let mut failure = io::Error::new(io::ErrorKind::InvalidInput, "no address to bind");
    for addr in addrs.to_socket_addrs()? {
        match bind_one(addr, backlog) {
            Ok(listener) => bound.push(listener),
            Err(error) => failure = error,
        }
    }
    if bound.is_empty() {
        Err(failure)
    } else {
        Ok(bound)
    }
}

fn bind_one(addr: SocketAddr, backlog: u32) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(addr),
        Type::STREAM,
        Some(socket2::Protocol::TCP),
    )?;
    // On Windows this option means something else.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
    Ok(socket.into())
}

#[cfg(unix)]
pub(super) fn bind_uds(path: &std::path::Path) -> io::Result<std::os::unix::net::UnixListener> {
    use std::os::unix::fs::FileTypeExt as _;

    // A socket file outlives its server, so it is removed. A file of any other type is kept, and
    // binding fails.
    if std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket()) {
        std::fs::remove_file(path)?;
    }
    std::os::unix::net::UnixListener::bind(path)
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(listener) => listener.fmt(f),
            #[cfg(feature = "rustls-0_23")]
            Self::Rustls(listener, _) => f.debug_tuple("Rustls").field(listener).finish(),
            #[cfg(unix)]
            Self::Unix(listener) => listener.fmt(f),
        }
    }
}
