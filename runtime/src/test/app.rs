//! The application under test.

use std::{
    cell::RefCell,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    panic::Location,
    rc::Rc,
};

use actix_http::{Method, Request as HttpRequest, Response as HttpResponse};
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::{Error, body::MessageBody, dev::AppConfig};

use super::{
    client::Client,
    request::Request,
    response::Response,
    run::TestRun,
    stream::{Link, ServerEnd, WeakLink},
};
use crate::{http_server::InMemory, server::Server};

/// Builds the application under test, as [`HttpServer`](crate::HttpServer) does for one worker.
///
/// Any `App` does, with its routes, middleware and data. Services that name no
/// [`server`](crate::Service::server) of their own belong to the space of the test, as everything does
/// that uses [`Server::global`] on its thread; tests that run at the same time do not hear each other.
/// Several applications of one test share that space, as those of a process share the global one.
///
/// # Panics
///
/// If the application cannot be built, and outside of a test with `#[levante::test]`.
#[track_caller]
pub fn app<F, I, S, B>(factory: F) -> impl Future<Output = TestApp>
where
    F: Fn() -> I + 'static,
    I: IntoServiceFactory<S, HttpRequest> + 'static,
    S: ServiceFactory<HttpRequest, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<HttpResponse<B>> + 'static,
    <S::Service as Service<HttpRequest>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let at = Location::caller();
    let run = TestRun::current("levante::test::app");
    async move {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, 80));
        let Ok(http) = InMemory::new(factory, addr).await else {
            panic!("{at}: the application could not be built; the log says why");
        };
        run.rest().await;
        TestApp(Rc::new(Inner {
            run,
            http,
            clients: RefCell::default(),
        }))
    }
}

/// The application under test: made by [`app`]. Cloning gives another handle of the same.
#[derive(Clone)]
pub struct TestApp(Rc<Inner>);

struct Inner {
    run: Rc<TestRun>,
    http: InMemory<ServerEnd>,
    /// Every client that there still is.
    clients: RefCell<Vec<(String, WeakLink)>>,
}

impl TestApp {
    /// Makes the handshake of a WebSocket at a path, which may have a query: see [`Request::connect`].
    ///
    /// # Panics
    ///
    /// If it is refused, with the answer, and if there is none.
    #[track_caller]
    pub fn connect(&self, path: &str) -> impl Future<Output = Client> + use<> {
        self.request(path).connect()
    }

    /// Makes the handshake of a WebSocket at a path, which may be refused: see
    /// [`Request::try_connect`].
    ///
    /// # Errors
    ///
    /// The answer, if it is not a 101.
    ///
    /// # Panics
    ///
    /// If there is no answer.
    #[track_caller]
    pub fn try_connect(
        &self,
        path: &str,
    ) -> impl Future<Output = Result<Client, Response>> + use<> {
        self.request(path).try_connect()
    }

    /// A request for a path, to be given headers, and then made by [`Request::connect`].
    #[track_caller]
    pub fn request(&self, path: &str) -> Request {
        self.get(path)
    }

    /// A request of an ordinary route, to be made by [`Request::send`].
    #[track_caller]
    pub fn get(&self, path: &str) -> Request {
        self.method(Method::GET, path)
    }

    /// A POST request of an ordinary route, to be made by [`Request::send`].
    #[track_caller]
    pub fn post(&self, path: &str) -> Request {
        self.method(Method::POST, path)
    }

    /// A PUT request of an ordinary route, to be made by [`Request::send`].
    #[track_caller]
    pub fn put(&self, path: &str) -> Request {
        self.method(Method::PUT, path)
    }

    /// A PATCH request of an ordinary route, to be made by [`Request::send`].
    #[track_caller]
    pub fn patch(&self, path: &str) -> Request {
        self.method(Method::PATCH, path)
    }

    /// A DELETE request of an ordinary route, to be made by [`Request::send`].
    #[track_caller]
    pub fn delete(&self, path: &str) -> Request {
        self.method(Method::DELETE, path)
    }

    /// A request of an ordinary route by any method, to be made by [`Request::send`].
    #[track_caller]
    pub fn method(&self, method: Method, path: &str) -> Request {
        Request::new(self.clone(), method, path)
    }

    /// The pub/sub space of the test, which is [`Server::global`] on its thread.
    pub fn server(&self) -> Server {
        self.0.run.server.clone()
    }

    /// Stops the server gracefully, as SIGTERM does in production: its sockets are closed with 1001,
    /// and handshakes are answered with 503. It begins with this call. What is returned ends when all
    /// sockets are gone, or have been cut off after the 30 seconds that are the default of
    /// [`HttpServer::shutdown_timeout`](crate::HttpServer::shutdown_timeout).
    ///
    /// A client that does not answer has to be given up by the clock:
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use actix_web::App;
    /// # use levante::{prelude::*, test};
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     fn open(_: &Ws) {}
    /// # }
    /// # async fn a_stop_takes_time() {
    /// # let app = test::app(|| App::new().service(chat::service())).await;
    /// let mut silent = app.connect("/chat").await;
    /// silent.stop_reading();
    /// let stop = app.shutdown();
    /// test::advance(Duration::from_secs(30)).await;
    /// stop.await;
    /// # }
    /// # fn main() { test::run(a_stop_takes_time()) }
    /// ```
    ///
    /// # Panics
    ///
    /// What is returned panics if the stop waits for something that does not happen by itself.
    #[track_caller]
    pub fn shutdown(&self) -> impl Future<Output = ()> + use<> {
        let at = Location::caller();
        let inner = self.0.clone();
        let cut_off = {
            let inner = inner.clone();
            move || {
                for (_, link) in inner.open_clients() {
                    link.change(|state| state.reset());
                }
            }
        };
        let stop = actix_rt::spawn(inner.http.stop(cut_off));
        async move {
            inner.run.rest().await;
            if inner.run.expect(stop).await.is_none() {
                let names = inner.open_clients().into_iter().map(|(name, _)| name);
                panic!(
                    "{at}: the stop waits, and the clock stands still: `advance` it before the stop is \
                     awaited, for those that have not left: {}",
                    names.collect::<Vec<_>>().join(", ")
                );
            }
            inner.run.rest().await;
        }
    }

    pub(super) fn run(&self) -> &Rc<TestRun> {
        &self.0.run
    }

    /// Opens a connection.
    pub(super) fn open(&self, peer: SocketAddr) -> Link {
        let (link, server_end) = Link::new();
        self.0.http.accept(server_end, peer);
        link
    }

    /// What the next client is called in messages.
    pub(super) fn name_client(&self, target: &str) -> String {
        format!("client {} ({target})", self.0.run.next_client())
    }

    pub(super) fn list(&self, name: &str, link: &Link) {
        let mut clients = self.0.clients.borrow_mut();
        clients.retain(|(_, link)| link.upgrade().is_some());
        clients.push((name.to_owned(), link.downgrade()));
    }
}

impl Inner {
    fn open_clients(&self) -> Vec<(String, Link)> {
        let clients = self.clients.borrow();
        let open = clients.iter().filter_map(|(name, link)| {
            let link = link.upgrade()?;
            let is_open = !link.state().is_over();
            is_open.then(|| (name.clone(), link))
        });
        open.collect()
    }
}

impl fmt::Debug for TestApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestApp")
            .field("server", &self.0.run.server)
            .finish_non_exhaustive()
    }
}
