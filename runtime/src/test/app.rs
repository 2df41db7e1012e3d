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
/// The factory may return any `App`, with routes, middleware and data.
///
/// Each test has its own pub/sub space, so tests that run at the same time do not receive each
/// other's messages. On the thread of the test this space is [`Server::global`]. Services without a
/// [`server`](crate::Service::server) of their own use it. Several applications of one test share
/// the space, as several applications of one process share the global space.
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use levante::test;
///
/// async fn health() -> HttpResponse {
///     HttpResponse::Ok().finish()
/// }
///
/// # async fn test() {
/// let app = test::app(|| App::new().route("/health", web::get().to(health))).await;
/// assert_eq!(app.get("/health").send().await.status(), 200);
/// # }
/// # test::run(test());
/// ```
///
/// # Panics
///
/// If the application cannot be built, or if there is no test with `#[levante::test]` on this
/// thread.
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
        let Ok(http) = InMemory::new(factory, addr, run.server.space().clone()).await else {
            panic!("{at}: the application could not be built; the log says why");
        };
        run.rest().await;
        let server = run.server.clone();
        TestApp::new(run, server, http)
    }
}

/// The application under test. [`app`] builds it. A clone is another handle of the same
/// application.
///
/// ```
/// # use levante::test::TestApp;
/// # async fn test(app: TestApp) {
/// let mut ann = app.connect("/chat?name=Ann").await;
/// let mut bob = app.connect("/chat?name=Bob").await;
/// bob.send("hello").await;
/// assert_eq!(ann.text().await, "Bob: hello");
/// # }
/// # let _ = test;
/// ```
#[derive(Clone)]
pub struct TestApp(Rc<Inner>);

struct Inner {
    run: Rc<TestRun>,
    server: Server,
    http: InMemory<ServerEnd>,
    /// The names and connections of the clients. Connections that are gone may still be listed.
    clients: RefCell<Vec<(String, WeakLink)>>,
}

impl TestApp {
    pub(super) fn new(run: Rc<TestRun>, server: Server, http: InMemory<ServerEnd>) -> Self {
        Self(Rc::new(Inner {
            run,
            server,
            http,
            clients: RefCell::default(),
        }))
    }

    /// Opens a WebSocket. The path may have a query. See [`Request::connect`].
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let mut client = app.connect("/chat?name=Ann").await;
    /// client.send("hello").await;
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the server refuses the handshake or sends no valid response, or if the path is not valid.
    /// The message of a refusal contains the response.
    #[track_caller]
    pub fn connect(&self, path: &str) -> impl Future<Output = Client> + use<> {
        self.request(path).connect()
    }

    /// Tries to open a WebSocket. The path may have a query. See [`Request::try_connect`].
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let refused = app.try_connect("/chat").await.unwrap_err();
    /// assert_eq!(refused.status(), 401);
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Errors
    ///
    /// The response, if its status is not 101.
    ///
    /// # Panics
    ///
    /// If the server sends no valid response, or if the path is not valid.
    #[track_caller]
    pub fn try_connect(
        &self,
        path: &str,
    ) -> impl Future<Output = Result<Client, Response>> + use<> {
        self.request(path).try_connect()
    }

    /// Prepares a handshake. Add headers to it, then call [`Request::connect`] or
    /// [`Request::try_connect`].
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let client = app
    ///     .request("/chat")
    ///     .cookie("session", "a9f1")
    ///     .protocols(["chat.v2"])
    ///     .connect()
    ///     .await;
    /// assert_eq!(client.protocol(), Some("chat.v2"));
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the path does not begin with a slash, or if it contains white space.
    #[track_caller]
    pub fn request(&self, path: &str) -> Request {
        self.get(path)
    }

    /// Prepares a GET request to an ordinary route. [`Request::send`] sends it.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let page = app.get("/health").send().await;
    /// assert_eq!(page.status(), 200);
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the path does not begin with a slash, or if it contains white space.
    #[track_caller]
    pub fn get(&self, path: &str) -> Request {
        self.method(Method::GET, path)
    }

    /// Prepares a POST request to an ordinary route. See [`Self::get`].
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let response = app.post("/announce").body("lunch").send().await;
    /// assert_eq!(response.text(), "3 sockets");
    /// # }
    /// # let _ = test;
    /// ```
    #[track_caller]
    pub fn post(&self, path: &str) -> Request {
        self.method(Method::POST, path)
    }

    /// Prepares a PUT request to an ordinary route. See [`Self::get`].
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let response = app.put("/rooms/7/name").body("garden").send().await;
    /// assert_eq!(response.status(), 204);
    /// # }
    /// # let _ = test;
    /// ```
    #[track_caller]
    pub fn put(&self, path: &str) -> Request {
        self.method(Method::PUT, path)
    }

    /// Prepares a PATCH request to an ordinary route. See [`Self::get`].
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let response = app.patch("/rooms/7").body("{}").send().await;
    /// assert_eq!(response.status(), 204);
    /// # }
    /// # let _ = test;
    /// ```
    #[track_caller]
    pub fn patch(&self, path: &str) -> Request {
        self.method(Method::PATCH, path)
    }

    /// Prepares a DELETE request to an ordinary route. See [`Self::get`].
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let response = app.delete("/rooms/7").send().await;
    /// assert_eq!(response.status(), 204);
    /// # }
    /// # let _ = test;
    /// ```
    #[track_caller]
    pub fn delete(&self, path: &str) -> Request {
        self.method(Method::DELETE, path)
    }

    /// Prepares a request with any method to an ordinary route. See [`Self::get`].
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// use actix_web::http::Method;
    ///
    /// # async fn test(app: TestApp) {
    /// let response = app.method(Method::OPTIONS, "/rooms").send().await;
    /// assert_eq!(response.header("Allow"), Some("GET, POST"));
    /// # }
    /// # let _ = test;
    /// ```
    #[track_caller]
    pub fn method(&self, method: Method, path: &str) -> Request {
        Request::new(self.clone(), method, path)
    }

    /// The pub/sub space of the application: that of the test, which on the thread of the test is
    /// also [`Server::global`], or that of a node of a [cluster](super::cluster()).
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let mut client = app.connect("/chat?name=Ann").await;
    /// app.server().publish("lobby", "lunch");
    /// assert_eq!(client.text().await, "lunch");
    /// # }
    /// # let _ = test;
    /// ```
    pub fn server(&self) -> Server {
        self.0.server.clone()
    }

    /// Stops the server gracefully, as SIGTERM does in production. The server closes its sockets
    /// with code 1001, and answers new handshakes with status 503.
    ///
    /// The stop begins with this call, before the future is awaited. The future completes when all
    /// sockets are gone. The stop cuts off sockets that remain after 30 seconds, the default of
    /// [`HttpServer::shutdown_timeout`](crate::HttpServer::shutdown_timeout). A node of a
    /// [cluster](super::cluster()) leaves it then, when the broker has all that was published.
    ///
    /// If a client does not answer the Close frame, the test must advance the clock:
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
    /// The future panics if sockets are still open when nothing more happens by itself, or if a node
    /// waits for the broker then. The message names the clients of the sockets.
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
                let open = inner.open_clients().into_iter().map(|(name, _)| name);
                let open = open.collect::<Vec<_>>().join(", ");
                let awaited = match open.is_empty() {
                    true => "the broker of the cluster".to_owned(),
                    false => format!("those that have not left: {open}"),
                };
                panic!(
                    "{at}: the stop waits, and the clock stands still: `advance` it before the stop is \
                     awaited, for {awaited}"
                );
            }
            inner.run.rest().await;
        }
    }

    pub(super) fn run(&self) -> &Rc<TestRun> {
        &self.0.run
    }

    /// Opens a connection from the address `peer`.
    pub(super) fn open(&self, peer: SocketAddr) -> Link {
        let (link, server_end) = Link::new();
        self.0.http.accept(server_end, peer);
        link
    }

    /// Returns the name of the next client in messages of panics.
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
            .field("server", &self.0.server)
            .finish_non_exhaustive()
    }
}
