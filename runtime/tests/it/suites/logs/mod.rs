//! The lines about a connection that an operator sees in the log.

mod calls;
mod captured;

use std::panic::resume_unwind;

use actix_web::{HttpRequest, error::ErrorUnauthorized, web};
use futures_util::SinkExt;
use levante::prelude::*;
use tokio_tungstenite::tungstenite::{Message as Frame, client::IntoClientRequest};
use tracing::Level;

use self::captured::Captured;
use crate::support::{
    Client, Driver, Log, TestServer, on_each_driver, serve, upgrade_request, upgrade_request_with,
};

/// Logs in every handler.
#[websocket("/told")]
mod told {
    use super::*;

    pub(super) struct Data {
        pub(super) log: Log,
        how: String,
    }

    impl Drop for Data {
        fn drop(&mut self) {
            tracing::info!("drop");
            if self.how == "bomb" {
                resume_unwind(Box::new("dropped"));
            }
        }
    }

    async fn attach(request: HttpRequest, log: web::Data<Log>) -> Result<Data, actix_web::Error> {
        tokio::task::yield_now().await;
        tracing::info!("attach");
        match request.query_string() {
            "refused" => return Err(ErrorUnauthorized("who are you?")),
            "panic" => resume_unwind(Box::new("at the disco")),
            _ => {}
        }
        Ok(Data {
            log: (**log).clone(),
            how: request.query_string().to_owned(),
        })
    }

    fn open(ws: &Ws) {
        tracing::info!("open");
        ws.subscribe("t");
        ws.data.log.push(ws.id().to_string());
    }

    async fn message(ws: &Ws, text: &str) -> Result<(), &'static str> {
        tracing::info!("message");
        tokio::task::yield_now().await;
        tracing::info!("later");
        match text {
            "err" => return Err("out of\nluck"),
            "panic" => resume_unwind(Box::new("at the disco")),
            _ => _ = ws.send(text),
        }
        Ok(())
    }

    fn ping(_: &Ws, _: &[u8]) {
        tracing::info!("ping");
    }

    async fn close(_: &Ws) {
        tokio::task::yield_now().await;
        tracing::info!("close");
    }
}

/// Has an `error` handler.
#[websocket("/forgiving", protocols = &["a", "b"])]
mod forgiving {
    use super::*;

    fn message(_: &Ws, _: &str) -> Result<(), &'static str> {
        Err("out of luck")
    }

    fn error(ws: &Ws, error: HandlerError) {
        ws.send(error.to_string());
    }
}

/// A server that logs events of this level or above.
async fn serve_at(driver: Driver, level: Level) -> (TestServer, Captured) {
    let captured = Captured::from(level);
    let of_app = captured.clone();
    let server = serve(driver, move |config, server| {
        // actix calls this closure on the worker's thread.
        of_app.install();
        config
            .service(told::service().server(server))
            .service(forgiving::service().server(server));
    })
    .await;
    (server, captured)
}

/// The lines of one connection, in its span. Its number is `N`, and its peer's port is `P`.
struct Lines<'a> {
    captured: &'a Captured,
    socket: Option<String>,
    path: &'static str,
    ids: Vec<String>,
}

impl<'a> Lines<'a> {
    fn of(captured: &'a Captured, path: &'static str) -> Self {
        Self {
            captured,
            socket: None,
            path,
            ids: Vec::new(),
        }
    }

    async fn next(&mut self) -> String {
        let line = self.captured.next().await;
        for id in &self.ids {
            assert!(!line.contains(id), "{line}");
        }
        assert!(!line.contains(char::is_control), "{line}");
        let (level, rest) = line.split_once(' ').unwrap();
        let (span, rest) = rest.split_once("}: ").unwrap_or_else(|| panic!("{line}"));
        let fields = span.strip_prefix("levante::socket{socket=").unwrap();
        let (socket, fields) = fields.split_once(' ').unwrap();
        let expected = format!("path=\"{}\" peer=127.0.0.1:", self.path);
        assert!(fields.starts_with(&expected), "{line}");
        let known = self.socket.get_or_insert_with(|| socket.to_owned());
        assert_eq!(known, socket, "{line}");
        let own = format!(" socket={socket}");
        format!("{level} {}", rest.replace(&own, " socket=N"))
    }

    async fn expect(&mut self, lines: &[&str]) {
        for expected in lines {
            assert_eq!(self.next().await, *expected);
        }
    }

    async fn connect(&mut self, server: &TestServer, path: &str) -> Client {
        let client = server.connect(path).await;
        self.ids.push(server.log.next().await);
        client
    }

    /// Expects the line of the end, whose duration is `D`.
    async fn expect_closed(&mut self, expected: &str) {
        let line = self.next().await;
        let (before, rest) = line
            .split_once("duration=")
            .unwrap_or_else(|| panic!("{line}"));
        let (duration, after) = rest.split_once(' ').unwrap();
        assert!(duration.ends_with('s'), "{line}");
        assert_eq!(
            format!("{before}duration=D {after}"),
            format!("DEBUG closed; {expected}")
        );
    }
}

on_each_driver! {
    async fn a_connection_has_a_span_and_a_line_at_its_beginning_and_its_end(driver: Driver) {
        let (server, captured) = serve_at(driver, Level::DEBUG).await;
        let mut lines = Lines::of(&captured, "/told");
        let mut client = lines.connect(&server, "/told?secret").await;
        lines.expect(&[
            "INFO attach;",
            "DEBUG opened; socket=N compressed=false",
            "INFO open;",
        ]).await;
        for text in ["hello", "größer"] {
            assert_eq!(client.ask(text).await, text);
            lines.expect(&["INFO message;", "INFO later;"]).await;
        }
        client.0.send(Frame::Ping(Bytes::new())).await.unwrap();
        lines.expect(&["INFO ping;"]).await;
        // The outbox gathers the short messages, keeps the one with a key apart, and refers to the
        // long one.
        for len in [3, 5] {
            assert_eq!(server.server.publish("t", vec![b'x'; len]), 1);
        }
        let latest = Policy::Latest("key");
        assert_eq!(server.server.publish_with("t", vec![b'x'; 200], latest), 1);
        assert_eq!(server.server.publish("t", vec![b'x'; 5000]), 1);
        loop {
            if client.next().await.len() == 5000 {
                break;
            }
        }
        client.close(4000, "\u{1b}bye").await;
        lines.expect_closed(
            "socket=N code=4000 reason=\"\\u{1b}bye\" by=Peer duration=D received_messages=2 \
             received_bytes=13 sent_messages=6 sent_bytes=5221",
        ).await;
        lines.expect(&["INFO close;", "INFO drop;"]).await;
        server.all_gone().await;
        assert!(captured.is_empty());
    }

    async fn each_connection_has_a_number_of_its_own(driver: Driver) {
        let (server, captured) = serve_at(driver, Level::INFO).await;
        let (mut clients, mut numbers) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let mut lines = Lines::of(&captured, "/told");
            clients.push(lines.connect(&server, "/told").await);
            lines.expect(&["INFO attach;", "INFO open;"]).await;
            numbers.push(lines.socket.unwrap().parse::<u64>().unwrap());
        }
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    }

    async fn a_refused_handshake_is_logged_with_its_reason(driver: Driver) {
        let (server, captured) = serve_at(driver, Level::INFO).await;
        let page = "GET /told HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assert!(server.raw(page).await.starts_with("HTTP/1.1 426 "));
        let line = Lines::of(&captured, "/told").next().await;
        assert!(line.starts_with("INFO refused; status=426 reason=This address"), "{line}");
        let foreign = upgrade_request_with("/told", "Origin: http://evil.example\r\n");
        assert!(server.raw(&foreign).await.starts_with("HTTP/1.1 403 "));
        Lines::of(&captured, "/told").expect(&[
            "INFO refused; status=403 reason=the setting `origins` does not have \
             \"http://evil.example\" (the host is \"localhost\"): behind a proxy, pass the `Host` \
             header through, or list the origin in `origins`",
        ]).await;
        assert!(server.raw(&upgrade_request("/told?refused")).await.starts_with("HTTP/1.1 401 "));
        Lines::of(&captured, "/told").expect(&[
            "INFO attach;",
            "INFO refused; status=401 reason=`attach` failed: \"who are you?\"",
        ]).await;
        assert!(server.raw(&upgrade_request("/told?panic")).await.starts_with("HTTP/1.1 500 "));
        Lines::of(&captured, "/told").expect(&[
            "INFO attach;",
            "ERROR `attach` or one of its extractors panicked; path=\"/told\" \
             panic=\"at the disco\"",
            "INFO refused; status=500 reason=`attach` panicked",
        ]).await;
        assert!(captured.is_empty());
    }

    async fn a_subprotocol_that_is_not_agreed_is_a_warning(driver: Driver) {
        let (server, captured) = serve_at(driver, Level::INFO).await;
        for (path, offered, is_agreed) in [
            ("/forgiving", "c, b", true),
            ("/forgiving", "c, d", false),
            ("/told", "a", false),
        ] {
            let mut request = format!("ws://{}{path}", server.addr).into_client_request().unwrap();
            let headers = request.headers_mut();
            headers.insert("sec-websocket-protocol", offered.parse().unwrap());
            // Like browsers, this client fails if no protocol is agreed on.
            assert_eq!(server.connect_with(request).await.is_ok(), is_agreed, "{offered}");
            let mut lines = Lines::of(&captured, path);
            if path == "/told" {
                lines.expect(&["INFO attach;"]).await;
            }
            if !is_agreed {
                lines.expect(&[&format!(
                    "WARN none of the subprotocols that the client offers is agreed; browsers \
                     fail then; offered=\"{offered}\""
                )]).await;
            }
        }
    }

    async fn a_handler_that_fails_is_an_error_and_a_bad_payload_is_not(driver: Driver) {
        let (server, captured) = serve_at(driver, Level::INFO).await;
        for (text, cause) in [("err", "out of\\nluck"), ("panic", "at the disco")] {
            let mut lines = Lines::of(&captured, "/told");
            let mut client = lines.connect(&server, "/told").await;
            client.send(text).await;
            assert_eq!(client.closed().await.0, 1011);
            lines.expect(&[
                "INFO attach;", "INFO open;", "INFO message;", "INFO later;",
                &format!(
                    "ERROR closing, as there is no error handler; socket=N handler=message \
                     error=\"{cause}\""
                ),
                "INFO close;", "INFO drop;",
            ]).await;
        }
        let mut lines = Lines::of(&captured, "/told");
        let mut client = lines.connect(&server, "/told").await;
        client.send_binary([1]).await;
        assert_eq!(client.closed().await.0, 1003);
        lines.expect(&["INFO attach;", "INFO open;", "INFO close;", "INFO drop;"]).await;
        let mut client = server.connect("/forgiving").await;
        client.send_binary([1]).await;
        assert_eq!(client.text().await, "expected a text message");
        assert_eq!(client.ask("hello").await, "internal error");
        Lines::of(&captured, "/forgiving").expect(&[
            "ERROR a handler failed; the `error` handler is told; socket=N handler=message \
             error=\"out of luck\"",
        ]).await;
        assert!(captured.is_empty());
    }

    async fn data_that_panic_when_dropped_say_whose_they_were(driver: Driver) {
        let (server, captured) = serve_at(driver, Level::INFO).await;
        let mut lines = Lines::of(&captured, "/told");
        let mut client = lines.connect(&server, "/told?bomb").await;
        client.close(1000, "").await;
        lines.expect(&[
            "INFO attach;", "INFO open;", "INFO close;", "INFO drop;",
            "ERROR a value panicked when it was dropped; path=\"/told\" panic=\"dropped\"",
        ]).await;
    }

    async fn a_subscriber_that_wants_only_errors_gets_only_errors(driver: Driver) {
        let (server, captured) = serve_at(driver, Level::ERROR).await;
        let mut client = server.connect("/told").await;
        server.log.next().await;
        client.send("err").await;
        assert_eq!(client.closed().await.0, 1011);
        let line = captured.next().await;
        let expected = "ERROR closing, as there is no error handler; socket=";
        assert!(line.starts_with(expected), "{line}");
        server.all_gone().await;
        assert!(captured.is_empty());
    }
}
