//! From a listener to actix's service on it.

use std::{
    any::Any,
    fmt, io,
    marker::PhantomData,
    net::{Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs},
    rc::Rc,
    sync::Arc,
};

use actix_http::{
    Extensions, HttpService, HttpServiceBuilder, Request, Response, body::MessageBody,
};
use actix_server::{GracefulShutdownSignal, ServerBuilder};
use actix_service::{IntoServiceFactory, Service};
use actix_web::{Error, dev::AppConfig};
use socket2::{Domain, Protocol, Socket, Type};

use super::{
    Settings,
    app::{AppFactory, Application, SharedApp},
    gate::Gate,
    upgrade::{Patience, UpgradeFactory},
};
use crate::driver::takeover::Stream;

#[cfg(feature = "rustls-0_23")]
pub(super) use actix_tls::accept::rustls_0_23::reexports::ServerConfig as RustlsConfig;

/// What a server listens with.
pub(super) enum Listener {
    Tcp(TcpListener),
    #[cfg(feature = "rustls-0_23")]
    Rustls(TcpListener, Box<RustlsConfig>),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener),
}

/// Is called with each new connection's stream.
pub(super) type OnConnect = Arc<dyn Fn(&dyn Any, &mut Extensions) + Send + Sync>;

/// The types of an application, where there is no value of theirs.
pub(super) type Types<I, S, B> = PhantomData<fn() -> (I, S, B)>;

/// What the services of all listeners are made of.
pub(super) struct Parts<F, I, S, B> {
    pub(super) factory: F,
    pub(super) settings: Settings,
    pub(super) gate: Arc<Gate>,
    pub(super) graceful_shutdown: GracefulShutdownSignal,
    pub(super) types: Types<I, S, B>,
}

/// Derived, it would ask for too much: `I`, `S` and `B` are never cloned.
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

    /// The scheme of its URLs.
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
        // actix does the same: a Unix socket has no address, and `url_for` wants one.
        let addr = self.addr().unwrap_or((Ipv4Addr::LOCALHOST, 8080).into());
        let name = format!("levante-{addr}");
        match self {
            Self::Tcp(listener) => builder.listen(name, listener, move || {
                let app = parts.app(addr, false);
                parts.service(addr, false, app, parts.on_connect()).tcp()
            }),
            #[cfg(feature = "rustls-0_23")]
            Self::Rustls(listener, config) => builder.listen(name, listener, move || {
                parts.tls_service(addr, (*config).clone())
            }),
            #[cfg(unix)]
            Self::Unix(listener) => builder.listen_uds(name, listener, move || {
                use actix_http::Protocol;
                use actix_service::{ServiceFactoryExt as _, fn_service};
                use tokio::net::UnixStream;

                let app = parts.app(addr, false);
                fn_service(async |stream: UnixStream| Ok((stream, Protocol::Http1, None)))
                    .and_then(parts.service(addr, false, app, parts.on_connect()))
            }),
        }
    }
}

type HttpOf<T, S, B> =
    HttpService<T, AppFactory<S, B>, B, actix_http::h1::ExpectHandler, UpgradeFactory<T, S, B>>;

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
    /// The application of one worker on one listener.
    pub(super) fn app(&self, addr: SocketAddr, secure: bool) -> Rc<SharedApp<S>> {
        let hostname = self.settings.hostname.clone();
        let host = hostname.unwrap_or_else(|| addr.to_string());
        SharedApp::new((self.factory)(), app_config(secure, host, addr))
    }

    /// What is called with each new stream.
    pub(super) fn on_connect<T: Stream>(
        &self,
    ) -> Option<impl Fn(&T, &mut Extensions) + use<T, F, I, S, B>> {
        let on_connect = self.settings.on_connect.clone()?;
        Some(move |stream: &T, data: &mut Extensions| on_connect(stream, data))
    }

    /// The service of one worker on one listener.
    pub(super) fn service<T: Stream>(
        &self,
        addr: SocketAddr,
        secure: bool,
        app: Rc<SharedApp<S>>,
        on_connect: Option<impl Fn(&T, &mut Extensions) + 'static>,
    ) -> HttpOf<T, S, B> {
        let settings = &self.settings;
        let stopping = self.graceful_shutdown.clone();
        let mut builder: HttpServiceBuilder<T, AppFactory<S, B>> = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(settings.keep_alive)
            .client_request_timeout(settings.client_request_timeout)
            .client_disconnect_timeout(settings.client_disconnect_timeout)
            .h1_allow_half_closed(settings.h1_allow_half_closed)
            .tcp_nodelay(settings.tcp_nodelay)
            .local_addr(addr);
        if let Some(size) = settings.h1_write_buffer_size {
            builder = builder.h1_write_buffer_size(size);
        }
        if secure {
            builder = builder.secure();
        }
        if let Some(on_connect) = on_connect {
            builder = builder.on_connect_ext(on_connect);
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
        builder.upgrade(upgrade).finish(AppFactory::new(app))
    }
}

/// The configuration that actix gives the applications of a listener. Its constructor is hidden,
/// but there is no other way to one that knows its scheme and host.
fn app_config(secure: bool, host: String, addr: SocketAddr) -> AppConfig {
    AppConfig::__priv_test_new(secure, host, addr)
}

/// Binds every address that `addrs` stands for, and fails only if none can be bound.
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
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    // On Windows it would mean something else.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
    Ok(socket.into())
}

#[cfg(unix)]
pub(super) fn bind_uds(path: &std::path::Path) -> io::Result<std::os::unix::net::UnixListener> {
    use std::os::unix::fs::FileTypeExt as _;

    // A socket outlives its server. What is something else stays, and binding fails.
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
