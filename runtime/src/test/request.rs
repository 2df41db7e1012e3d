//! A request: a handshake or an ordinary HTTP request.

use std::{
    fmt::{self, Write as _},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    panic::Location,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use actix_http::Method;
use actix_web::http::StatusCode;
use bytes::Bytes;

use super::{
    app::TestApp,
    client::Client,
    deflation::{self, Deflation},
    response::{self, Response},
    stream::Link,
};

/// The `Sec-WebSocket-Key` of every handshake. Browsers send a random key, so that HTTP caches do
/// not answer; in a test there is no cache.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// The `Sec-WebSocket-Accept` for `KEY`. RFC 6455 section 1.3 has both values.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A request to the application under test. [`TestApp::request`], [`TestApp::get`] and similar
/// methods create it.
///
/// By default the request has the header `Host: localhost` and no `Origin`. It thus looks like a
/// request of a program, not of a browser.
///
/// ```
/// use actix_web::App;
/// use levante::{prelude::*, test};
///
/// #[websocket("/feed", protocols = &["v2", "v1"], origins = Origins::List(&["https://a.example"]))]
/// mod feed {
///     fn open(_: &Ws) {}
/// }
///
/// # /*
/// #[levante::test]
/// # */
/// async fn a_page_of_ours_may_connect() {
///     let app = test::app(|| App::new().service(feed::service())).await;
///     let page = app.request("/feed").origin("https://a.example").protocols(["v1"]).connect().await;
///     assert_eq!(page.protocol(), Some("v1"));
///     let other = app.request("/feed").origin("https://b.example").try_connect().await;
///     assert_eq!(other.unwrap_err().status(), 403);
/// }
/// # fn main() { test::run(a_page_of_ours_may_connect()) }
/// ```
#[must_use = "a request is made by `connect`, `try_connect` or `send`"]
pub struct Request {
    app: TestApp,
    method: Method,
    target: String,
    headers: Vec<(String, String)>,
    /// The names of default headers that the request does not send.
    left_out: Vec<String>,
    body: Bytes,
    peer_ip: Option<IpAddr>,
}

impl Request {
    #[track_caller]
    pub(super) fn new(app: TestApp, method: Method, target: &str) -> Self {
        assert!(
            target.starts_with('/') && !target.contains(char::is_whitespace),
            "a path begins with a slash and has no spaces, which `query` encodes: {target:?}"
        );
        Self {
            app,
            method,
            target: target.to_owned(),
            headers: Vec::new(),
            left_out: Vec::new(),
            body: Bytes::new(),
            peer_ip: None,
        }
    }

    /// Adds a header. It replaces a header of the same name that the kit sends by default. If the
    /// test adds the same name several times, the request has the header several times.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let client = app.request("/chat").header("Authorization", "Bearer a9f1").connect().await;
    /// # let _ = client;
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the name or the value contains a line break.
    #[track_caller]
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        let (name, value) = (name.as_ref(), value.as_ref());
        assert!(
            ![name, value].concat().contains(['\r', '\n']),
            "a header has no line breaks: {name:?}: {value:?}"
        );
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves out a header that the kit sends by default. Use it to test incomplete handshakes.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let response = app.request("/chat").without_header("Sec-WebSocket-Key").send().await;
    /// assert_eq!(response.status(), 400);
    /// # }
    /// # let _ = test;
    /// ```
    pub fn without_header(mut self, name: impl Into<String>) -> Self {
        self.left_out.push(name.into());
        self
    }

    /// Adds a cookie. Several cookies share one `Cookie` header.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let client = app.request("/chat").cookie("session", "a9f1").connect().await;
    /// # let _ = client;
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If it has a line break.
    #[track_caller]
    pub fn cookie(mut self, name: &str, value: &str) -> Self {
        let mut cookies = format!("{name}={value}");
        let is_first = |(name, _): &(String, String)| name == "Cookie";
        if let Some(place) = self.headers.iter().position(is_first) {
            let (_, before) = self.headers.remove(place);
            cookies = format!("{before}; {cookies}");
        }
        self.header("Cookie", cookies)
    }

    /// Adds a parameter to the query. Its name and its value are percent-encoded.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let client = app.request("/chat").query("name", "Ann & Bob").connect().await;
    /// # let _ = client;
    /// # }
    /// # let _ = test;
    /// ```
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.target.push(match self.target.contains('?') {
            true => '&',
            false => '?',
        });
        encode(name, &mut self.target);
        self.target.push('=');
        encode(value, &mut self.target);
        self
    }

    /// Adds the header `Origin`, as a browser does for a page. An example is `https://a.example`.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let refused = app.request("/chat").origin("https://evil.example").try_connect().await;
    /// assert_eq!(refused.unwrap_err().status(), 403);
    /// # }
    /// # let _ = test;
    /// ```
    #[track_caller]
    pub fn origin(self, origin: impl AsRef<str>) -> Self {
        self.header("Origin", origin)
    }

    /// Offers subprotocols. [`Client::protocol`] returns the one that the server has chosen.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let client = app.request("/chat").protocols(["chat.v2", "chat.v1"]).connect().await;
    /// assert_eq!(client.protocol(), Some("chat.v2"));
    /// # }
    /// # let _ = test;
    /// ```
    #[track_caller]
    pub fn protocols<P: AsRef<str>>(self, protocols: impl IntoIterator<Item = P>) -> Self {
        let mut list = String::new();
        for protocol in protocols {
            if !list.is_empty() {
                list.push_str(", ");
            }
            list.push_str(protocol.as_ref());
        }
        self.header("Sec-WebSocket-Protocol", list)
    }

    /// Offers permessage-deflate, as browsers do. If the server accepts it, the client inflates
    /// compressed messages, and sends [`Compressed(m)`](crate::Compressed) compressed.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let client = app.request("/chat").compression().connect().await;
    /// assert!(client.extensions().is_some());
    /// # }
    /// # let _ = test;
    /// ```
    pub fn compression(mut self) -> Self {
        let (name, offer) = ("Sec-WebSocket-Extensions", deflation::OFFER);
        self.headers.push((name.to_owned(), offer.to_owned()));
        self
    }

    /// Sets the IP address of the client. The default is a loopback address. The kit chooses the
    /// port.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let client = app.request("/chat").peer_ip([192, 0, 2, 7]).connect().await;
    /// # let _ = client;
    /// # }
    /// # let _ = test;
    /// ```
    pub fn peer_ip(mut self, ip: impl Into<IpAddr>) -> Self {
        self.peer_ip = Some(ip.into());
        self
    }

    /// Sets the body of the request.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let response = app.post("/announce").body("lunch").send().await;
    /// assert_eq!(response.status(), 200);
    /// # }
    /// # let _ = test;
    /// ```
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Writes a value as JSON into the body. Adds the header `Content-Type: application/json`.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let response = app.post("/numbers").json(&[1, 2, 3]).send().await;
    /// assert_eq!(response.status(), 200);
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the value cannot be written as JSON.
    #[cfg(feature = "json")]
    #[track_caller]
    pub fn json(self, value: &impl serde::Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.header("Content-Type", "application/json").body(body),
            Err(error) => panic!("the value cannot be written as JSON: {error}"),
        }
    }

    /// Writes a value into the body as a form does: a struct, a map, or a list of pairs. Adds the
    /// header `Content-Type: application/x-www-form-urlencoded`.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let form = [("name", "Ann"), ("password", "a & b")];
    /// let response = app.post("/login").form(&form).send().await;
    /// assert_eq!(response.status(), 200);
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the value cannot be written as a form, such as a number alone or a struct in a struct.
    #[track_caller]
    pub fn form(self, value: &(impl serde::Serialize + ?Sized)) -> Self {
        match serde_urlencoded::to_string(value) {
            Ok(body) => self
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(body),
            Err(error) => panic!("the value cannot be written as a form: {error}"),
        }
    }

    /// Opens a WebSocket. The method of the handshake is always GET. When the future completes, the
    /// server has called `open`, and nothing more happens by itself.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let mut client = app.request("/chat").query("name", "Ann").connect().await;
    /// client.send("hello").await;
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the server refuses the handshake; the message contains the response. Also if the server
    /// sends no valid response.
    #[track_caller]
    pub fn connect(self) -> impl Future<Output = Client> {
        self.connect_at(Location::caller())
    }

    /// Opens a WebSocket, as [`Self::connect`] does. Returns an error if the server refuses it.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let refused = app.request("/chat").try_connect().await.unwrap_err();
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
    /// If the server sends no valid response.
    #[track_caller]
    pub fn try_connect(self) -> impl Future<Output = Result<Client, Response>> {
        self.handshake(Location::caller())
    }

    /// Sends an ordinary request on a new connection, and returns the response. When the future
    /// completes, nothing more happens by itself.
    ///
    /// ```
    /// # use levante::test::TestApp;
    /// # async fn test(app: TestApp) {
    /// let response = app.get("/people").send().await;
    /// assert_eq!(response.status(), 200);
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the server sends no valid response.
    #[track_caller]
    pub fn send(self) -> impl Future<Output = Response> {
        let at = Location::caller();
        async move {
            let mut defaults = vec![("Connection", "close".to_owned())];
            if !self.body.is_empty() || self.method == Method::POST || self.method == Method::PUT {
                defaults.push(("Content-Length", self.body.len().to_string()));
            }
            let link = self.app.open(self.peer());
            let response = self.exchange(&link, &defaults, at).await;
            self.app.run().rest().await;
            response
        }
    }

    pub(super) async fn connect_at<M>(self, at: &'static Location<'static>) -> Client<M> {
        let target = self.target.clone();
        match self.handshake(at).await {
            Ok(client) => client,
            Err(refused) => panic!("{at}: the handshake for {target} was refused: {refused:?}"),
        }
    }

    async fn handshake<M>(mut self, at: &'static Location<'static>) -> Result<Client<M>, Response> {
        self.method = Method::GET;
        let defaults = [
            ("Connection", "Upgrade".to_owned()),
            ("Upgrade", "websocket".to_owned()),
            ("Sec-WebSocket-Version", "13".to_owned()),
            ("Sec-WebSocket-Key", KEY.to_owned()),
        ];
        let name = self.app.name_client(&self.target);
        let peer = self.peer();
        let link = self.app.open(peer);
        self.app.list(&name, &link);
        let response = self.exchange(&link, &defaults, at).await;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(response);
        }
        let has_own_key = self
            .headers
            .iter()
            .any(|it| it.0.eq_ignore_ascii_case("Sec-WebSocket-Key"));
        assert!(
            has_own_key || response.header("Sec-WebSocket-Accept") == Some(ACCEPT),
            "{at}: the 101 for {} has the wrong `Sec-WebSocket-Accept`: {response:?}",
            self.target
        );
        let extensions = response.header("Sec-WebSocket-Extensions");
        let deflation = extensions.and_then(Deflation::agreed);
        link.change(|state| state.inbound.begin_frames(deflation));
        self.app.run().rest().await;
        Ok(Client::new(
            self.app.run().clone(),
            name,
            link,
            peer,
            response,
        ))
    }

    fn peer(&self) -> SocketAddr {
        // `Client::socket` finds the server's end by this address. So each connection has its own.
        static PEERS: AtomicU32 = AtomicU32::new(0);
        const PORTS: u32 = 64_000;

        let number = PEERS.fetch_add(1, Relaxed);
        let [.., high, low] = (number / PORTS + 1).to_be_bytes();
        let own = IpAddr::V4(Ipv4Addr::new(127, 0, high, low));
        let port = 1024 + (number % PORTS) as u16;
        SocketAddr::new(self.peer_ip.unwrap_or(own), port)
    }

    /// Writes the request and reads the response.
    async fn exchange(
        &self,
        link: &Link,
        defaults: &[(&str, String)],
        at: &'static Location<'static>,
    ) -> Response {
        let head = self.head(defaults);
        link.change(|state| {
            state.send(head.as_bytes());
            state.send(&self.body);
        });
        let response = response::read(link, &self.method);
        match self.app.run().expect(response).await {
            Some(Ok(response)) => response,
            Some(Err(error)) => panic!(
                "{at}: {} {} has no answer: {error}",
                self.method, self.target
            ),
            None => panic!(
                "{at}: {} {} has no answer, and never will: every task waits, and the clock stands \
                 still",
                self.method, self.target
            ),
        }
    }

    fn head(&self, defaults: &[(&str, String)]) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let mut write = |name: &str, value: &str| {
            // Writing to a string cannot fail.
            let _ = write!(head, "{name}: {value}\r\n");
        };
        let is_given = |name: &str| {
            let given = self.headers.iter().map(|(name, _)| name);
            let mut own = given.chain(&self.left_out);
            own.any(|own| own.eq_ignore_ascii_case(name))
        };
        let host = ("Host", "localhost".to_owned());
        for (name, value) in [&host].into_iter().chain(defaults) {
            if !is_given(name) {
                write(name, value);
            }
        }
        for (name, value) in &self.headers {
            write(name, value);
        }
        head.push_str("\r\n");
        head
    }
}

/// Percent-encodes all bytes except the unreserved characters of a URI.
fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(byte.into());
        } else {
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
