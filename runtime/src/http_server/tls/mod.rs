//! TLS handshakes that do not delay other listeners.
//!
//! actix counts the TLS handshakes of a worker over all its listeners. At 256 the worker accepts no
//! connection on any listener until a handshake ends. So 256 silent clients stop the whole server.
//! Here each listener has its own limit, and only connections above it wait.
//!
//! Streams are [`stream::TlsStream`]s, which take half of the memory of actix's. Only a callback of
//! `on_connect` gets actix's, because it may look for that type.
//!
//! Like actix-http, a listener offers HTTP/1.1, and HTTP/2 with the feature `http2`. actix-http
//! makes this depend on its own feature, which other crates cannot query.

mod secured;
mod session;
mod stream;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    net::SocketAddr,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use actix_http::{
    Protocol, Request, Response,
    body::{BoxBody, MessageBody},
};
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::Error;
use futures_core::future::LocalBoxFuture;
use tokio::{net::TcpStream, sync::Semaphore};

use self::secured::{Acceptor, Secured};
use super::{
    app::{AppService, Application, SharedApp},
    exchanges::Limits,
    guarded::Guarded,
    listener::{HttpOf, Parts, RustlsConfig},
};
use crate::patience::within;

const HTTP_1: &[u8] = b"http/1.1";
const HTTP_2: &[u8] = b"h2";

/// The TLS handshakes of one worker on one listener.
#[derive(Clone)]
struct Handshakes {
    places: Rc<Semaphore>,
    /// The limit for two waits: until the handshake may start, and until it is done. Zero: no
    /// limit.
    patience: Duration,
}

impl Handshakes {
    fn new(at_once: usize, patience: Duration) -> Self {
        Self {
            places: Rc::new(Semaphore::new(at_once.min(Semaphore::MAX_PERMITS))),
            patience,
        }
    }

    /// Runs a handshake. `None` if it may not start in time, fails, or takes too long.
    async fn run<T, E>(&self, handshake: impl Future<Output = Result<T, E>>) -> Option<T> {
        let Some(Ok(_place)) = within(self.patience, self.places.acquire()).await else {
            tracing::debug!("a TLS connection has waited in vain for its handshake");
            return None;
        };
        within(self.patience, handshake).await?.ok()
    }
}

impl<F, I, S, B> Parts<F, I, S, B>
where
    F: Fn() -> I + 'static,
    I: IntoServiceFactory<S, Request> + 'static,
    S: Application,
    S::Error: Into<Error>,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>>,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    /// The service for one worker and one TLS listener.
    pub(super) fn tls_service(
        &self,
        addr: SocketAddr,
        mut config: RustlsConfig,
    ) -> impl ServiceFactory<TcpStream, Config = (), InitError = (), Response = ()> + use<F, I, S, B>
    {
        let settings = &self.settings;
        offer_http(&mut config);
        let app = self.app(addr, true);
        TlsFactory {
            acceptor: match settings.on_connect {
                Some(_) => Acceptor::of_actix(config),
                None => Acceptor::Lean(Arc::new(config)),
            },
            http: self.service(addr, true, app.clone(), Secured::as_any),
            app,
            handshakes: Handshakes::new(settings.tls_handshakes, settings.tls_handshake_timeout),
            limits: self.limits(),
            nodelay: settings.tcp_nodelay,
        }
    }
}

/// Makes a configuration offer the supported versions of HTTP before its own protocols.
fn offer_http(config: &mut RustlsConfig) {
    let offered = &mut config.alpn_protocols;
    // A client can choose any offered protocol, and actix-http panics on HTTP/2 if it was built
    // without it.
    offered.retain(|protocol| protocol != HTTP_2);
    offered.insert(0, HTTP_1.to_vec());
    if cfg!(feature = "http2") {
        offered.insert(0, HTTP_2.to_vec());
    }
}

/// actix's HTTP service, behind a TLS handshake.
struct TlsFactory<S: Application, B> {
    acceptor: Acceptor,
    http: HttpOf<Secured, S, B>,
    app: Rc<SharedApp<S>>,
    handshakes: Handshakes,
    limits: Limits,
    nodelay: bool,
}

type Connection = (Guarded<Secured>, Protocol, Option<SocketAddr>);

impl<S, B> ServiceFactory<TcpStream> for TlsFactory<S, B>
where
    S: Application,
    S::Error: Into<Error>,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>>,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ();
    type Error = Response<BoxBody>;
    type Config = ();
    type Service = TlsService<<HttpOf<Secured, S, B> as ServiceFactory<Connection>>::Service, S>;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<Self::Service, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let acceptor = self.acceptor.clone();
        let http = self.http.new_service(());
        let (app, handshakes) = (self.app.clone(), self.handshakes.clone());
        let (limits, nodelay) = (self.limits, self.nodelay);
        Box::pin(async move {
            Ok(TlsService {
                acceptor,
                http: Rc::new(http.await?),
                app: app.service().await?,
                handshakes,
                limits,
                nodelay,
            })
        })
    }
}

struct TlsService<H, S: Application> {
    acceptor: Acceptor,
    http: Rc<H>,
    app: AppService<S>,
    handshakes: Handshakes,
    limits: Limits,
    nodelay: bool,
}

impl<H, S> Service<TcpStream> for TlsService<H, S>
where
    H: Service<Connection> + 'static,
    S: Application,
    S::Error: Into<Error>,
{
    type Response = ();
    type Error = Response<BoxBody>;
    type Future = LocalBoxFuture<'static, Result<(), Self::Error>>;

    /// Ready if the application is: pending handshakes must not block new connections.
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.app.poll_ready(cx)
    }

    fn call(&self, stream: TcpStream) -> Self::Future {
        // Ignore an error: without the option a connection is slower, but works.
        let _ = stream.set_nodelay(self.nodelay);
        let peer = stream.peer_addr().ok();
        let handshake = self.acceptor.accept(stream);
        let (http, handshakes, limits) = (self.http.clone(), self.handshakes.clone(), self.limits);
        Box::pin(async move {
            if let Some(stream) = handshakes.run(handshake).await {
                let protocol = match stream.alpn_protocol() {
                    Some(HTTP_2) => Protocol::Http2,
                    _ => Protocol::Http1,
                };
                let stream = Guarded::new(stream, protocol, limits);
                // An error here needs no action: every request has already got each error that
                // concerns it.
                let _ = http.call((stream, protocol, peer)).await;
            }
            Ok(())
        })
    }
}
