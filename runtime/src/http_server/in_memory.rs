//! A server without listeners. It has one worker. The caller gives it streams, on the worker's
//! thread.

use std::{fmt, marker::PhantomData, net::SocketAddr, rc::Rc, sync::Arc};

use actix_http::{Protocol, Request, Response, body::MessageBody};
use actix_server::ServerBuilder;
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::{Error, dev::AppConfig};
use tokio::time::timeout;

use super::{
    MAX_CONNECTIONS, SHUTDOWN_TIMEOUT, Settings, gate::Gate, guarded::Guarded, listener::Parts,
};
use crate::{
    clock,
    driver::takeover::Stream,
    hub::{self, FAREWELL},
    worker::{Space, of_test},
};

/// One worker of [`HttpServer`](crate::HttpServer), with the default settings.
pub(crate) struct InMemory<T> {
    accept: Box<dyn Fn(T, SocketAddr)>,
    gate: Arc<Gate>,
    space: Arc<Space>,
}

impl<T: Stream> InMemory<T> {
    /// Builds the application. Its code runs with `space` as the global one.
    ///
    /// # Errors
    ///
    /// If the application cannot be built. The log says why.
    pub(crate) async fn new<F, I, S, B>(
        factory: F,
        addr: SocketAddr,
        space: Arc<Space>,
    ) -> Result<Self, ()>
    where
        F: Fn() -> I + 'static,
        I: IntoServiceFactory<S, Request> + 'static,
        S: ServiceFactory<Request, Config = AppConfig> + 'static,
        S::Error: Into<Error>,
        S::InitError: fmt::Debug,
        S::Response: Into<Response<B>>,
        <S::Service as Service<Request>>::Future: 'static,
        B: MessageBody + 'static,
    {
        let gate = Gate::new(MAX_CONNECTIONS);
        let parts = Parts {
            factory,
            settings: Settings::default(),
            gate: gate.clone(),
            graceful_shutdown: ServerBuilder::default().graceful_shutdown_signal(),
            types: PhantomData,
        };
        let limits = parts.limits();
        let here = Arc::downgrade(&space);
        let built = of_test::within(here.clone(), async {
            let app = parts.app(addr, false);
            let service = parts.service(addr, false, app, |stream| stream);
            service.new_service(()).await
        });
        let service = Rc::new(built.await?);
        let accept = move |stream, peer| {
            let service = service.clone();
            let stream = Guarded::new(stream, Protocol::Http1, limits);
            actix_rt::spawn(of_test::within(here.clone(), async move {
                // The log says how a connection ended, as it does for a worker of actix.
                let _ = service.call((stream, Protocol::Http1, Some(peer))).await;
            }));
        };
        Ok(Self {
            accept: Box::new(accept),
            gate,
            space,
        })
    }

    /// Serves a connection, in a task of its own.
    pub(crate) fn accept(&self, stream: T, peer: SocketAddr) {
        (self.accept)(stream, peer);
    }

    /// Begins a graceful stop of the sockets. The returned future waits until all sockets are gone,
    /// but not longer than the default of `shutdown_timeout`. Then it calls `cut_off`, which must
    /// end the remaining sockets, and waits for them for at most `FAREWELL`. Last it leaves the
    /// cluster, if the space is in one.
    pub(crate) fn stop<C: FnOnce()>(&self, cut_off: C) -> impl Future<Output = ()> + use<T, C> {
        let (gate, space) = (self.gate.clone(), self.space.clone());
        let deadline = clock::deadline(SHUTDOWN_TIMEOUT);
        gate.close();
        async move {
            if timeout(SHUTDOWN_TIMEOUT, gate.empty()).await.is_err() {
                cut_off();
                let _ = timeout(FAREWELL, gate.empty()).await;
            }
            hub::leave(&space, deadline).await;
        }
    }
}
