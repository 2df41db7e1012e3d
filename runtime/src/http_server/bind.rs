//! The addresses of a server.

use std::{
    io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
};

use super::{
    HttpServer,
    listener::{self, Listener},
};

impl<F, I, S, B> HttpServer<F, I, S, B> {
    /// Listens on an address. A host name may resolve to several addresses; the server listens on
    /// each of them.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     // By IPv4 and by IPv6.
    ///     .bind(("0.0.0.0", 8080))?
    ///     .bind(("::1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the last address, if no address can be bound.
    pub fn bind(mut self, addrs: impl ToSocketAddrs) -> io::Result<Self> {
        let listeners = listener::bind(addrs, self.backlog)?;
        self.listeners
            .extend(listeners.into_iter().map(Listener::Tcp));
        Ok(self)
    }

    /// Listens with a listener that is already bound.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    /// println!("listening on {}", listener.local_addr()?);
    /// levante::HttpServer::new(App::new).listen(listener)?.run().await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the address of the listener cannot be determined.
    pub fn listen(mut self, listener: TcpListener) -> io::Result<Self> {
        listener.local_addr()?;
        self.listeners.push(Listener::Tcp(listener));
        Ok(self)
    }

    /// Listens on an address for TLS, with rustls 0.23. [The guide](crate::guide::deploying#tls) reads
    /// the certificate from PEM files.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # use tokio_rustls::rustls;
    /// // `config` is made by `rustls::ServerConfig::builder()`.
    /// async fn serve(config: rustls::ServerConfig) -> std::io::Result<()> {
    ///     levante::HttpServer::new(App::new)
    ///         .bind_rustls_0_23(("0.0.0.0", 8443), config)?
    ///         .run()
    ///         .await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the last address, if no address can be bound.
    #[cfg(feature = "rustls-0_23")]
    pub fn bind_rustls_0_23(
        mut self,
        addrs: impl ToSocketAddrs,
        config: listener::RustlsConfig,
    ) -> io::Result<Self> {
        let listeners = listener::bind(addrs, self.backlog)?;
        let with_config = |listener| Listener::Rustls(listener, Box::new(config.clone()));
        self.listeners
            .extend(listeners.into_iter().map(with_config));
        Ok(self)
    }

    /// Listens for TLS, with rustls 0.23, with a listener that is already bound.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # use tokio_rustls::rustls;
    /// // `config` is made by `rustls::ServerConfig::builder()`.
    /// async fn serve(config: rustls::ServerConfig) -> std::io::Result<()> {
    ///     let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    ///     levante::HttpServer::new(App::new)
    ///         .listen_rustls_0_23(listener, config)?
    ///         .run()
    ///         .await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the address of the listener cannot be determined.
    #[cfg(feature = "rustls-0_23")]
    pub fn listen_rustls_0_23(
        mut self,
        listener: TcpListener,
        config: listener::RustlsConfig,
    ) -> io::Result<Self> {
        listener.local_addr()?;
        self.listeners
            .push(Listener::Rustls(listener, Box::new(config)));
        Ok(self)
    }

    /// Not a method: it exists for its error, because rustc would suggest `bind_uds`.
    #[cfg(not(feature = "rustls-0_23"))]
    #[doc(hidden)]
    pub fn bind_rustls_0_23<A, C>(self, _addrs: A, _config: C) -> io::Result<Self>
    where
        Self: HasRustls,
    {
        Ok(self)
    }

    /// Not a method: it exists for its error, because rustc would suggest `listen_uds`.
    #[cfg(not(feature = "rustls-0_23"))]
    #[doc(hidden)]
    pub fn listen_rustls_0_23<L, C>(self, _listener: L, _config: C) -> io::Result<Self>
    where
        Self: HasRustls,
    {
        Ok(self)
    }

    /// Listens on a Unix socket. If another server has left a socket file at the path, the file is
    /// replaced. A file of any other type is kept, and the call fails.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// levante::HttpServer::new(App::new)
    ///     .bind_uds("/run/chat/http.sock")?
    ///     .run()
    ///     .await
    /// # }
    /// ```
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

    /// Listens with a Unix listener that is already bound.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// let listener = std::os::unix::net::UnixListener::bind("/run/chat/http.sock")?;
    /// levante::HttpServer::new(App::new).listen_uds(listener)?.run().await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the address of the listener cannot be determined.
    #[cfg(unix)]
    pub fn listen_uds(mut self, listener: std::os::unix::net::UnixListener) -> io::Result<Self> {
        listener.local_addr()?;
        self.listeners.push(Listener::Unix(listener));
        Ok(self)
    }

    /// The addresses that the server listens on. Unix sockets have none.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// let server = levante::HttpServer::new(App::new).bind(("127.0.0.1", 0))?;
    /// for addr in server.addrs() {
    ///     println!("port {}", addr.port());
    /// }
    /// server.run().await
    /// # }
    /// ```
    pub fn addrs(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(Listener::addr).collect()
    }

    /// The addresses that the server listens on, each with the scheme of its URLs: `http` or
    /// `https`.
    ///
    /// ```no_run
    /// # use actix_web::App;
    /// # async fn serve() -> std::io::Result<()> {
    /// let server = levante::HttpServer::new(App::new).bind(("127.0.0.1", 8080))?;
    /// for (addr, scheme) in server.addrs_with_scheme() {
    ///     println!("open {scheme}://{addr}");
    /// }
    /// server.run().await
    /// # }
    /// ```
    pub fn addrs_with_scheme(&self) -> Vec<(SocketAddr, &'static str)> {
        let with_scheme = |listener: &Listener| Some((listener.addr()?, listener.scheme()));
        self.listeners.iter().filter_map(with_scheme).collect()
    }
}

/// Nothing implements it.
#[cfg(not(feature = "rustls-0_23"))]
#[diagnostic::on_unimplemented(
    message = "TLS needs the feature `rustls-0_23` of levante",
    label = "the feature `rustls-0_23` is not enabled",
    note = "in `Cargo.toml`: `levante = {{ version = \"0.1\", features = [\"rustls-0_23\"] }}`"
)]
pub trait HasRustls {}
