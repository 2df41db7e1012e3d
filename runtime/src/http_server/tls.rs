//! TLS handshakes, which do not keep anybody else waiting.
//!
//! actix counts the handshakes of a worker, those of all its listeners together. At 256 the worker
//! takes no connection of any listener until one is over, so that as many clients that connect and
//! say nothing stop the whole server. Here each listener has a count of its own, and what is above
//! it waits alone.
//!
//! actix-http makes the handshake, so that the versions of HTTP that it offers are its own. That a
//! handshake is done is known from the callback for new streams.

use std::{
    cell::Cell,
    fmt,
    future::poll_fn,
    net::SocketAddr,
    pin::pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_http::{
    Extensions, Request, Response, TlsAcceptorConfig,
    body::{BoxBody, MessageBody},
};
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::Error;
use futures_core::future::LocalBoxFuture;
use tokio::{net::TcpStream, sync::Semaphore, time::timeout};

use super::{
    app::{AppService, Application, SharedApp},
    listener::{Parts, RustlsConfig},
};

/// The TLS handshakes of one worker on one listener.
#[derive(Clone)]
struct Handshakes {
    places: Rc<Semaphore>,
    /// How long a connection waits for its place.
    patience: Duration,
    /// Set while a connection is polled, if its handshake is done.
    done: Rc<Cell<bool>>,
}

impl Handshakes {
    fn new(at_once: usize, patience: Duration) -> Self {
        Self {
            places: Rc::new(Semaphore::new(at_once.min(Semaphore::MAX_PERMITS))),
            patience,
            done: Rc::default(),
        }
    }

    /// To be called when actix has a new secure stream. It does so while it polls the connection.
    fn one_is_done(&self) {
        self.done.set(true);
    }

    /// Runs a connection that begins with a handshake. Without a place in time it is dropped.
    async fn run(&self, connection: impl Future) {
        let Ok(Ok(place)) = timeout(self.patience, self.places.acquire()).await else {
            tracing::debug!("a TLS connection has waited in vain for its handshake");
            return;
        };
        let mut place = Some(place);
        let mut connection = pin!(connection);
        poll_fn(|cx| {
            let polled = connection.as_mut().poll(cx);
            if self.done.take() {
                place = None;
            }
            polled.map(drop)
        })
        .await;
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
    /// The service of one worker on one TLS listener.
    pub(super) fn tls_service(
        &self,
        addr: SocketAddr,
        config: RustlsConfig,
    ) -> impl ServiceFactory<TcpStream, Config = (), InitError = (), Response = ()> + use<F, I, S, B>
    {
        let timeout = self.settings.tls_handshake_timeout;
        let handshakes = Handshakes::new(self.settings.tls_handshakes, timeout);
        let (app, on_connect, done) = (self.app(addr, true), self.on_connect(), handshakes.clone());
        let on_connect = move |stream: &TlsStream<TcpStream>, data: &mut Extensions| {
            done.one_is_done();
            if let Some(on_connect) = &on_connect {
                on_connect(stream, data);
            }
        };
        let acceptor = TlsAcceptorConfig::default().handshake_timeout(timeout);
        let http = self
            .service(addr, true, app.clone(), Some(on_connect))
            .rustls_0_23_with_config(config, acceptor);
        TlsFactory {
            http,
            app,
            handshakes,
        }
    }
}

/// actix's service on a TLS listener, but that handshakes have no say in whether it is ready.
struct TlsFactory<F, S: Application> {
    http: F,
    app: Rc<SharedApp<S>>,
    handshakes: Handshakes,
}

impl<F, S> ServiceFactory<TcpStream> for TlsFactory<F, S>
where
    F: ServiceFactory<TcpStream, Config = (), InitError = ()> + 'static,
    F::Service: 'static,
    S: Application,
    S::Error: Into<Error>,
    S::InitError: fmt::Debug,
{
    type Response = ();
    type Error = Response<BoxBody>;
    type Config = ();
    type Service = TlsService<F::Service, S>;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<Self::Service, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let http = self.http.new_service(());
        let (app, handshakes) = (self.app.clone(), self.handshakes.clone());
        Box::pin(async move {
            Ok(TlsService {
                http: Rc::new(http.await?),
                app: app.service().await?,
                handshakes,
            })
        })
    }
}

struct TlsService<H, S: Application> {
    http: Rc<H>,
    app: AppService<S>,
    handshakes: Handshakes,
}

impl<H, S> Service<TcpStream> for TlsService<H, S>
where
    H: Service<TcpStream> + 'static,
    S: Application,
    S::Error: Into<Error>,
{
    type Response = ();
    type Error = Response<BoxBody>;
    type Future = LocalBoxFuture<'static, Result<(), Self::Error>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.app.poll_ready(cx)
    }

    fn call(&self, stream: TcpStream) -> Self::Future {
        let (http, handshakes) = (self.http.clone(), self.handshakes.clone());
        Box::pin(async move {
            handshakes.run(async { http.call(stream).await }).await;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, task::Waker};

    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    /// Polls once; the handshake of what is polled is done if `done` says so.
    fn poll(
        handshakes: &Handshakes,
        connection: &mut std::pin::Pin<Box<impl Future<Output = ()>>>,
        done: bool,
    ) {
        if done {
            handshakes.one_is_done();
        }
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(connection.as_mut().poll(cx).is_pending());
    }

    #[actix_web::test]
    async fn a_handshake_has_a_place_until_it_is_done() {
        let handshakes = Handshakes::new(2, LONG);
        let free = || handshakes.places.available_permits();
        let mut first = Box::pin(handshakes.run(pending::<()>()));
        let mut second = Box::pin(handshakes.run(pending::<()>()));
        let mut third = Box::pin(handshakes.run(pending::<()>()));
        poll(&handshakes, &mut first, false);
        assert_eq!(free(), 1);
        poll(&handshakes, &mut second, false);
        assert_eq!(free(), 0);
        // It waits.
        poll(&handshakes, &mut third, false);
        // A handshake that is done makes room, and so does one that has failed.
        poll(&handshakes, &mut first, true);
        poll(&handshakes, &mut third, false);
        assert_eq!(free(), 0);
        drop(second);
        assert_eq!(free(), 1);
        poll(&handshakes, &mut third, true);
        assert_eq!(free(), 2);
    }

    #[actix_web::test]
    async fn nobody_waits_for_ever() {
        let handshakes = Handshakes::new(1, Duration::ZERO);
        let mut silent = Box::pin(handshakes.run(pending::<()>()));
        poll(&handshakes, &mut silent, false);
        handshakes.run(async { panic!("has no place") }).await;
    }
}
