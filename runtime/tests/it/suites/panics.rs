//! Values and code of an application panic in the worst places. Only their own connection ends.
//!
//! A panic that no guard catches would end the worker, or the whole process of these tests.

use std::{
    fmt,
    future::pending,
    panic::{panic_any, resume_unwind},
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, ResponseError,
    body::MessageBody,
    dev::{self, ServiceRequest, ServiceResponse},
    error::PayloadError as RequestError,
    guard::fn_guard,
    middleware::{Next, from_fn},
    web,
};
use levante::{BoxError, prelude::*};
use serde::{Serialize, Serializer};
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::Semaphore};

use crate::support::{
    Client, Driver, Log, PATIENCE, TestServer, on_each_driver, probe, serve, soon, until,
    upgrade_request,
};

/// Panics when it is dropped. It does not call the panic hook, which would print a message.
pub(crate) struct Bomb {
    log: Log,
    name: &'static str,
}

impl Bomb {
    fn new(log: &Log, name: &'static str) -> Self {
        let log = log.clone();
        Self { log, name }
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        self.log.push(format!("{} dropped", self.name));
        resume_unwind(Box::new("dropped"));
    }
}

/// Panics when it is dropped. The payload of the panic is another chain.
struct Chain(u32);

impl Drop for Chain {
    fn drop(&mut self) {
        resume_unwind(Box::new(Chain(self.0 + 1)));
    }
}

/// Its data panics when it is dropped.
#[websocket("/bomb")]
mod bomb {
    use super::*;

    pub(super) struct Data {
        pub(super) log: Log,
        _bomb: Bomb,
    }

    async fn attach(log: web::Data<Log>) -> Data {
        Data {
            _bomb: Bomb::new(&log, "data"),
            log: (**log).clone(),
        }
    }

    fn open(ws: &Ws) {
        ws.subscribe("t");
        ws.data.log.push("open");
    }

    async fn message(ws: &Ws, text: &str) {
        let _bomb = (text == "wait").then(|| Bomb::new(&ws.data.log, "future"));
        ws.data.log.push(text);
        ws.send(text);
        if text == "wait" {
            pending::<()>().await;
        }
    }

    fn close(ws: &Ws, reason: CloseReason) {
        ws.data
            .log
            .push(format!("close {} {:?}", reason.code, reason.by));
        if reason.reason == "panic" {
            resume_unwind(Box::new(Chain(0)));
        }
    }
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    probe::app(config, server);
    config
        .service(bomb::service().server(server))
        .service(mishaps::service().server(server))
        .service(strict::service().server(server));
}

async fn connect(server: &TestServer, path: &str) -> Client {
    let client = server.connect(path).await;
    assert_eq!(server.log.next().await, "open");
    client
}

/// Checks the next entries of the log, in any order.
async fn expect(log: &Log, mut entries: Vec<&str>) {
    let mut found = Vec::new();
    for _ in 0..entries.len() {
        found.push(log.next().await);
    }
    found.sort();
    entries.sort_unstable();
    assert_eq!(found, entries);
}

on_each_driver! {
    async fn data_that_panic_when_dropped_end_no_other_connection(driver: Driver) {
        let server = serve(driver, app).await;
        let mut bystander = connect(&server, "/probe").await;
        let (mut one, mut other) = (connect(&server, "/bomb").await, connect(&server, "/bomb").await);
        one.close(1000, "").await;
        assert_eq!(server.log.next().await, "close 1000 Peer");
        assert_eq!(server.log.next().await, "data dropped");
        assert_eq!(one.closed().await.0, 1000);
        assert_eq!(other.ask("still there").await, "still there");
        assert_eq!(server.log.next().await, "still there");
        // The server ends this connection.
        let ws = server.server.sockets::<bomb::Ws>().remove(0);
        ws.close_with(4000, "");
        drop(ws);
        assert_eq!(other.closed().await.0, 4000);
        assert_eq!(server.log.next().await, "close 4000 Server");
        assert_eq!(server.log.next().await, "data dropped");
        until("the place to be given back", || server.server.connections() == 1).await;
        assert_eq!(server.server.subscriber_count("t"), 0);
        assert_eq!(bystander.ask("echo hello").await, "hello");
        assert!(server.log.is_empty());
    }

    async fn a_shutdown_reaches_everybody_whatever_panics_on_the_way(driver: Driver) {
        let server = serve(driver, app).await;
        let mut clients = Vec::new();
        for path in ["/bomb", "/probe", "/bomb", "/bomb"] {
            clients.push(connect(&server, path).await);
        }
        let shutdown = server.server.shutdown(CloseCode::GoingAway, "panic", PATIENCE);
        let closed = async {
            for client in &mut clients {
                assert_eq!(client.closed().await, (1001, "panic".to_owned()));
            }
        };
        let (cut_off, ()) = soon("the shutdown", futures_util::future::join(shutdown, closed)).await;
        assert_eq!(cut_off, 0);
        let bomb = ["close 1001 Shutdown", "data dropped"];
        let probe = "close 1001 \"panic\" Shutdown true Dropped(Closed) 0";
        expect(&server.log, [&bomb[..], &bomb[..], &bomb[..], &[probe]].concat()).await;
    }

    async fn a_stop_by_force_calls_and_drops_everything_once(driver: Driver) {
        let mut server = serve(driver, app).await;
        let mut clients = Vec::new();
        for path in ["/bomb", "/probe", "/bomb", "/bomb"] {
            clients.push(connect(&server, path).await);
        }
        // The stop drops these handlers while they wait, together with their values.
        for client in [0, 2] {
            assert_eq!(clients[client].ask("wait").await, "wait");
            assert_eq!(server.log.next().await, "wait");
        }
        server.stop(false).await;
        server.ended().await;
        until("all to be gone", || server.server.connections() == 0).await;
        let bomb = ["close 1001 Shutdown", "data dropped"];
        let waits = ["future dropped"];
        let probe = "close 1001 \"\" Shutdown true Dropped(Closed) 0";
        let all = [&bomb[..], &bomb[..], &bomb[..], &waits[..], &waits[..], &[probe]];
        expect(&server.log, all.concat()).await;
        assert!(server.log.is_empty());
        assert!(server.server.topics().is_empty());
    }

    async fn a_handler_that_takes_too_long_is_dropped_with_what_it_has(driver: Driver) {
        let server = serve(driver, |config, server| {
            let timeout = std::time::Duration::from_millis(20);
            config
                .service(probe::socket::service().server(server))
                .service(bomb::service().handler_timeout(timeout).server(server));
        })
        .await;
        let mut bystander = connect(&server, "/probe").await;
        let mut client = connect(&server, "/bomb").await;
        assert_eq!(client.ask("wait").await, "wait");
        assert_eq!(client.closed().await.0, 1011);
        for entry in ["wait", "future dropped", "close 1011 Handler", "data dropped"] {
            assert_eq!(server.log.next().await, entry);
        }
        assert_eq!(bystander.ask("echo hello").await, "hello");
    }

    async fn a_close_handler_that_panics_is_called_once(driver: Driver) {
        let server = serve(driver, app).await;
        let mut bystander = connect(&server, "/probe").await;
        let mut client = connect(&server, "/bomb").await;
        client.close(4001, "panic").await;
        assert_eq!(client.closed().await, (4001, "panic".to_owned()));
        assert_eq!(server.log.next().await, "close 4001 Peer");
        assert_eq!(server.log.next().await, "data dropped");
        until("it to be gone", || server.server.connections() == 1).await;
        assert_eq!(bystander.ask("echo hello").await, "hello");
        assert!(server.log.is_empty());
    }
}

struct NoMessage;

impl IntoMessage for NoMessage {
    fn into_message(self) -> Result<Message, BoxError> {
        resume_unwind(Box::new("into_message"));
    }
}

struct NoJson;

impl Serialize for NoJson {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        resume_unwind(Box::new("serialize"));
    }
}

/// A payload that fails in the way that the message names.
enum Mishap {
    Named(String),
    Dropped(#[expect(dead_code, reason = "it is only to be dropped")] Chain),
}

impl<'m> FromMessage<'m> for Mishap {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        match message.as_text()? {
            "from_message" => resume_unwind(Box::new(Chain(0))),
            "payload error" => Err(PayloadError::invalid(Nasty)),
            "dropped" => Ok(Self::Dropped(Chain(0))),
            text => Ok(Self::Named(text.to_owned())),
        }
    }
}

/// An error that panics when it is shown and when it is dropped.
#[derive(Debug)]
struct Nasty;

impl fmt::Display for Nasty {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        resume_unwind(Box::new("shown"));
    }
}

impl std::error::Error for Nasty {}

impl Drop for Nasty {
    fn drop(&mut self) {
        resume_unwind(Box::new("dropped"));
    }
}

/// Owns the bytes of a payload. It panics when it is dropped.
struct Owner(Vec<u8>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        resume_unwind(Box::new("dropped"));
    }
}

/// Every way to fail in a handler, with an `error` handler.
#[websocket("/mishaps")]
mod mishaps {
    use super::*;

    async fn attach(log: web::Data<Log>) -> Log {
        (**log).clone()
    }

    fn open(ws: &Ws) {
        ws.subscribe("t");
        ws.data.push("open");
    }

    fn message(ws: &Ws, mishap: Mishap) -> Result<(), Nasty> {
        let Mishap::Named(name) = mishap else {
            return Ok(());
        };
        match &*name {
            "send" => _ = ws.send(NoMessage),
            "send json" => _ = ws.send(Json(NoJson)),
            "send compressed" => _ = ws.send(Compressed(Json(NoJson))),
            "publish" => _ = ws.publish("t", NoMessage),
            "publish json" => _ = ws.server().publish("t", Json(NoJson)),
            "cork" => ws.cork(|ws| _ = ws.send(NoMessage)),
            "carry" => panic_any(Chain(0)),
            "error" => return Err(Nasty),
            // The queues drop the last handle to the owner.
            "own" => _ = ws.send(Bytes::from_owner(Owner(vec![7; 70_000]))),
            "own all" => {
                let owned = Bytes::from_owner(Owner(vec![7; 70_000]));
                ws.server().publish("t", owned);
            }
            _ => _ = ws.send(name),
        }
        Ok(())
    }

    fn error(ws: &Ws, _: HandlerError) {
        ws.data.push("error");
    }

    fn close(ws: &Ws, reason: CloseReason) {
        ws.data
            .push(format!("close {} {:?}", reason.code, reason.by));
    }
}

/// Like `mishaps`, but `async` and without an `error` handler.
#[websocket("/strict")]
mod strict {
    use super::*;

    async fn attach(log: web::Data<Log>) -> Log {
        (**log).clone()
    }

    fn open(ws: &Ws) {
        ws.data.push("open");
    }

    async fn message(ws: &Ws, mishap: Mishap) -> Result<(), Nasty> {
        let Mishap::Named(name) = mishap else {
            return Ok(());
        };
        tokio::task::yield_now().await;
        match &*name {
            "send" => _ = ws.send(NoMessage),
            "carry" => resume_unwind(Box::new(Chain(0))),
            "error" => return Err(Nasty),
            _ => _ = ws.send(name),
        }
        Ok(())
    }

    async fn close(ws: &Ws, reason: CloseReason) {
        ws.data
            .push(format!("close {} {:?}", reason.code, reason.by));
    }
}

on_each_driver! {
    async fn code_that_a_handler_calls_may_panic(driver: Driver) {
        let server = serve(driver, app).await;
        let mut bystander = connect(&server, "/mishaps").await;
        for mishap in [
            "send", "send json", "send compressed", "publish", "publish json", "cork", "carry",
            "from_message", "dropped",
        ] {
            let mut client = connect(&server, "/mishaps").await;
            client.send(mishap).await;
            assert_eq!(client.closed().await, (1011, String::new()), "{mishap}");
            assert_eq!(server.log.next().await, "error", "{mishap}");
            assert_eq!(server.log.next().await, "close 1011 Handler", "{mishap}");
            assert_eq!(bystander.ask("fine").await, "fine", "{mishap}");
        }
        // The `error` handler drops its argument, which panics inside the handler.
        for mishap in ["error", "payload error"] {
            let mut client = connect(&server, "/mishaps").await;
            client.send(mishap).await;
            assert_eq!(server.log.next().await, "error", "{mishap}");
            assert_eq!(client.closed().await, (1011, String::new()), "{mishap}");
            assert_eq!(server.log.next().await, "close 1011 Handler", "{mishap}");
            assert_eq!(bystander.ask("fine").await, "fine", "{mishap}");
        }
    }

    async fn what_the_engine_drops_itself_may_panic(driver: Driver) {
        let server = serve(driver, app).await;
        let mut bystander = connect(&server, "/strict").await;
        for (mishap, code, reason) in [
            ("send", 1011, ""),
            ("carry", 1011, ""),
            ("from_message", 1011, ""),
            ("dropped", 1011, ""),
            ("error", 1011, ""),
            ("payload error", 1007, "invalid payload"),
        ] {
            let mut client = connect(&server, "/strict").await;
            client.send(mishap).await;
            assert_eq!(client.closed().await, (code, reason.to_owned()), "{mishap}");
            assert_eq!(server.log.next().await, format!("close {code} Handler"), "{mishap}");
            assert_eq!(bystander.ask("fine").await, "fine", "{mishap}");
        }
        until("them to be gone", || server.server.connections() == 1).await;
    }
}

#[actix_web::test]
async fn what_is_behind_a_large_payload_may_panic() {
    let server = serve(Driver::Takeover, app).await;
    let mut one = connect(&server, "/mishaps").await;
    let mut other = connect(&server, "/mishaps").await;
    one.send("own").await;
    assert_eq!(one.next().await.len(), 70_000);
    other.send("own all").await;
    for client in [&mut one, &mut other] {
        assert_eq!(client.next().await.len(), 70_000);
        assert_eq!(client.ask("fine").await, "fine");
    }
    assert!(server.log.is_empty());
}

/// An extractor that panics where the query says: in `from_request`, in its future, or in the
/// response to its error.
struct Picky;

impl FromRequest for Picky {
    type Error = NoAnswer;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, NoAnswer>>>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let how = request.query_string().to_owned();
        if how == "asked" {
            resume_unwind(Box::new("asked"));
        }
        Box::pin(async move {
            tokio::task::yield_now().await;
            match &*how {
                "awaited" => resume_unwind(Box::new(Chain(0))),
                "no-answer" => Err(NoAnswer),
                _ => Ok(Self),
            }
        })
    }
}

/// An error whose response panics.
#[derive(Debug)]
struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no answer")
    }
}

impl ResponseError for NoAnswer {
    fn error_response(&self) -> HttpResponse {
        resume_unwind(Box::new("no answer"));
    }
}

/// An error whose conversion panics.
struct NoError;

impl From<NoError> for actix_web::Error {
    fn from(_: NoError) -> Self {
        resume_unwind(Box::new("no error"));
    }
}

/// The permits that `attach` waits for.
struct Hold(Semaphore);

#[websocket("/picky")]
mod picky {
    use super::*;

    pub(super) struct Data {
        log: Log,
        _bomb: Bomb,
    }

    async fn attach(
        _picky: Picky,
        request: HttpRequest,
        log: web::Data<Log>,
        hold: web::Data<Hold>,
    ) -> Result<Data, NoError> {
        match request.query_string() {
            "attach" => resume_unwind(Box::new("attach")),
            "no-error" => return Err(NoError),
            "wait" => {
                let _bomb = Bomb::new(&log, "future");
                log.push("attaching");
                hold.0.acquire().await.unwrap().forget();
                std::mem::forget(_bomb);
            }
            _ => {}
        }
        Ok(Data {
            _bomb: Bomb::new(&log, "data"),
            log: (**log).clone(),
        })
    }

    fn open(ws: &Ws) {
        ws.data.log.push("open");
    }

    fn message(ws: &Ws, text: &str) {
        ws.send(text);
    }
}

/// `attach` is not an `async fn`.
#[websocket("/sync")]
mod sync {
    use super::*;

    fn attach() -> Log {
        resume_unwind(Box::new("attach"));
    }

    fn message(_: &Ws, _: &str) {}
}

fn picky_app(config: &mut web::ServiceConfig, server: &Server) {
    config
        .app_data(web::Data::new(Hold(Semaphore::new(0))))
        .service(sync::service().server(server))
        .service(
            picky::service()
                .path("/hasty")
                .handshake_timeout(std::time::Duration::from_millis(50))
                .server(server),
        )
        .service(
            picky::service()
                .path("/guarded")
                .guard(fn_guard(|_| resume_unwind(Box::new(Chain(0)))))
                .server(server),
        )
        .service(picky::service().server(server));
}

on_each_driver! {
    async fn a_panic_before_the_upgrade_is_answered(driver: Driver) {
        let server = serve(driver, picky_app).await;
        let mut bystander = connect(&server, "/picky").await;
        for (path, status) in [
            ("/sync", 500),
            ("/picky?asked", 500),
            ("/picky?awaited", 500),
            ("/picky?no-answer", 500),
            ("/picky?attach", 500),
            ("/picky?no-error", 500),
            ("/guarded", 404),
        ] {
            let response = server.raw(&upgrade_request(path)).await;
            assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {response}");
        }
        assert_eq!(bystander.ask("fine").await, "fine");
        assert_eq!(server.server.connections(), 1);
        assert!(server.log.is_empty());
    }

    async fn what_a_refused_handshake_leaves_may_panic(driver: Driver) {
        let server = serve(driver, picky_app).await;
        let mut bystander = connect(&server, "/picky").await;
        // `attach` takes longer than `handshake_timeout`.
        let response = server.raw(&upgrade_request("/hasty?wait")).await;
        assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
        assert_eq!(server.log.next().await, "attaching");
        assert_eq!(server.log.next().await, "future dropped");
        assert_eq!(bystander.ask("fine").await, "fine");
        // The client leaves during `attach`.
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        stream.write_all(upgrade_request("/picky?wait").as_bytes()).await.unwrap();
        assert_eq!(server.log.next().await, "attaching");
        assert_eq!(bystander.ask("fine").await, "fine");
        drop(stream);
    }

    async fn data_of_a_handshake_that_a_shutdown_overtakes_may_panic(driver: Driver) {
        let hold = web::Data::new(Hold(Semaphore::new(0)));
        let of_app = hold.clone();
        let server = serve(driver, move |config, server| {
            config
                .app_data(of_app.clone())
                .service(picky::service().server(server));
        })
        .await;
        let refused = async {
            let response = server.raw(&upgrade_request("/picky?wait")).await;
            assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
        };
        let overtaken = async {
            assert_eq!(server.log.next().await, "attaching");
            drop(server.server.shutdown(CloseCode::GoingAway, "", PATIENCE));
            hold.0.add_permits(1);
        };
        futures_util::future::join(refused, overtaken).await;
        assert_eq!(server.log.next().await, "data dropped");
        server.all_gone().await;
    }
}

/// The payload that a middleware gives to a request. It panics when it is read and when it is
/// dropped.
struct Swapped;

impl futures_util::Stream for Swapped {
    type Item = Result<Bytes, RequestError>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        resume_unwind(Box::new("polled"));
    }
}

impl Drop for Swapped {
    fn drop(&mut self) {
        resume_unwind(Box::new("dropped"));
    }
}

async fn swap(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    request.set_payload(dev::Payload::Stream {
        payload: Box::pin(Swapped),
    });
    next.call(request).await
}

on_each_driver! {
    async fn a_payload_of_the_application_may_panic(driver: Driver) {
        let server = serve(driver, |config, server| {
            let swapped = web::scope("/swapped").wrap(from_fn(swap));
            config
                .service(swapped.service(probe::socket::service().server(server)))
                .service(probe::socket::service().server(server));
        })
        .await;
        let mut bystander = connect(&server, "/probe").await;
        let mut client = server.connect("/swapped/probe").await;
        assert_eq!(server.log.next().await, "open");
        match driver {
            // The connection reads this payload.
            Driver::Body => assert_eq!(client.closed().await.0, 1006),
            // The connection reads the TCP stream instead of the payload.
            Driver::Takeover => assert_eq!(client.ask("echo hello").await, "hello"),
        }
        drop(client);
        assert!(server.log.next().await.starts_with("close 1006"));
        assert_eq!(bystander.ask("echo hello").await, "hello");
        until("it to be gone", || server.server.connections() == 1).await;
    }
}
