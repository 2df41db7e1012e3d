//! Handlers that fail.

use std::panic::resume_unwind;

use actix_web::{HttpRequest, web};
use futures_util::SinkExt;
use levante::prelude::*;
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::support::{Driver, Log, failure, on_each_driver, serve};

/// Without an `error` handler.
#[websocket("/strict")]
mod strict {
    use super::*;

    async fn attach(log: web::Data<Log>) -> Log {
        (**log).clone()
    }

    fn message(_ws: &Ws, text: &str) -> Result<(), std::num::ParseIntError> {
        match text {
            "panic" => panic!("at the disco"),
            number => number.parse::<i32>().map(drop),
        }
    }

    fn close(ws: &Ws, reason: CloseReason) {
        ws.data
            .push(format!("close {} {:?}", reason.code, reason.by));
    }
}

/// With an `error` handler, and with every handler `async`.
#[websocket("/lenient")]
mod lenient {
    use super::*;

    async fn attach(log: web::Data<Log>) -> Log {
        (**log).clone()
    }

    async fn open(ws: &Ws) {
        ws.send("welcome");
    }

    async fn message(ws: &Ws, text: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        tokio::task::yield_now().await;
        match text {
            "panic" => panic!("at the {}", "disco"),
            "fine" => _ = ws.send("fine"),
            other => return Err(other.into()),
        }
        Ok(())
    }

    async fn error(ws: &Ws, error: HandlerError) -> Result<(), &'static str> {
        tokio::task::yield_now().await;
        ws.send(failure(&error));
        match error {
            HandlerError::Returned(cause) if cause.to_string() == "hopeless" => Err("gave up"),
            _ => Ok(()),
        }
    }

    async fn close(ws: &Ws, reason: CloseReason) {
        tokio::task::yield_now().await;
        ws.data
            .push(format!("close {} {:?}", reason.code, reason.by));
    }
}

/// `open` fails in the way that the query of the request names.
#[websocket("/opening")]
mod opening {
    use super::*;

    pub(super) struct Data {
        pub(super) log: Log,
        pub(super) how: String,
    }

    impl Data {
        pub(super) fn of(request: &HttpRequest, log: &Log) -> Self {
            Self {
                log: log.clone(),
                how: request.query_string().to_owned(),
            }
        }
    }

    async fn attach(request: HttpRequest, log: web::Data<Log>) -> Data {
        Data::of(&request, &log)
    }

    fn open(ws: &Ws) -> Result<(), String> {
        ws.send("set up");
        match &*ws.data.how {
            "fine" => return Ok(()),
            "panic" => resume_unwind(Box::new("at the disco")),
            "closed" => ws.close_with(4000, "in open"),
            _ => {}
        }
        Err(ws.data.how.clone())
    }

    fn message(ws: &Ws, text: &str) {
        ws.data.log.push(format!("message {text}"));
    }

    fn error(ws: &Ws, error: HandlerError) -> Result<(), HandlerError> {
        ws.data.log.push(failure(&error));
        match &*ws.data.how {
            "closes" => ws.close_with(4001, "in error"),
            "fails" => return Err(error),
            _ => {}
        }
        Ok(())
    }

    fn close(ws: &Ws, reason: CloseReason) {
        ws.data
            .log
            .push(format!("close {} {:?}", reason.code, reason.by));
    }
}

/// Like `opening`, but `async`.
#[websocket("/opening-async")]
mod opening_async {
    use super::*;

    async fn attach(request: HttpRequest, log: web::Data<Log>) -> opening::Data {
        opening::Data::of(&request, &log)
    }

    async fn open(ws: &Ws) -> Result<(), String> {
        ws.send("set up");
        tokio::task::yield_now().await;
        match &*ws.data.how {
            "fine" => return Ok(()),
            "panic" => resume_unwind(Box::new("at the disco")),
            "closed" => ws.close_with(4000, "in open"),
            _ => {}
        }
        Err(ws.data.how.clone())
    }

    async fn message(ws: &Ws, text: &str) {
        ws.data.log.push(format!("message {text}"));
    }

    async fn error(ws: &Ws, error: HandlerError) -> Result<(), HandlerError> {
        ws.data.log.push(failure(&error));
        tokio::task::yield_now().await;
        match &*ws.data.how {
            "closes" => ws.close_with(4001, "in error"),
            "fails" => return Err(error),
            _ => {}
        }
        Ok(())
    }

    async fn close(ws: &Ws, reason: CloseReason) {
        ws.data
            .log
            .push(format!("close {} {:?}", reason.code, reason.by));
    }
}

/// Like `opening`, but without an `error` handler.
#[websocket("/opening-strict")]
mod opening_strict {
    use super::*;

    async fn attach(request: HttpRequest, log: web::Data<Log>) -> opening::Data {
        opening::Data::of(&request, &log)
    }

    fn open(ws: &Ws) -> Result<(), &'static str> {
        match &*ws.data.how {
            "panic" => resume_unwind(Box::new("at the disco")),
            _ => Err("no room"),
        }
    }

    fn message(ws: &Ws, text: &str) {
        ws.data.log.push(format!("message {text}"));
    }

    fn close(ws: &Ws, reason: CloseReason) {
        ws.data
            .log
            .push(format!("close {} {:?}", reason.code, reason.by));
    }
}

/// Every handler after `attach` returns an error.
#[websocket("/failing")]
mod failing {
    use super::*;

    async fn attach(log: web::Data<Log>) -> Log {
        (**log).clone()
    }

    fn message(_: &Ws, _: &str) -> Result<(), &'static str> {
        Err("no")
    }

    fn ping(_: &Ws, _: &[u8]) -> Result<(), &'static str> {
        Err("no")
    }

    async fn pong(_: &Ws, _: &[u8]) -> Result<(), &'static str> {
        Err("no")
    }

    fn close(_: &Ws) -> Result<(), &'static str> {
        Err("no")
    }

    fn error(ws: &Ws, error: HandlerError) {
        ws.send(error.to_string());
        ws.data.push(failure(&error));
    }
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    config
        .service(strict::service().server(server))
        .service(lenient::service().server(server))
        .service(opening::service().server(server))
        .service(opening_async::service().server(server))
        .service(opening_strict::service().server(server))
        .service(failing::service().server(server));
}

on_each_driver! {
    async fn without_an_error_handler_a_failure_closes(driver: Driver) {
        let server = serve(driver, app).await;
        for text in ["panic", "not a number"] {
            let mut client = server.connect("/strict").await;
            client.send("1").await;
            client.send(text).await;
            assert_eq!(client.closed().await, (1011, String::new()), "{text}");
            assert_eq!(server.log.next().await, "close 1011 Handler");
        }
        server.all_gone().await;
        assert!(server.log.is_empty());
    }

    async fn with_an_error_handler_a_failure_does_not_close(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = server.connect("/lenient").await;
        assert_eq!(client.text().await, "welcome");
        assert_eq!(client.ask("oops").await, "`message` failed: oops");
        client.send_binary([1]).await;
        assert_eq!(client.text().await, "expected a text message");
        assert_eq!(client.ask("fine").await, "fine");
        client.close(1000, "").await;
        assert_eq!(server.log.next().await, "close 1000 Peer");
    }

    async fn a_panic_closes_even_with_an_error_handler(driver: Driver) {
        let server = serve(driver, app).await;
        let mut bystander = server.connect("/lenient").await;
        assert_eq!(bystander.text().await, "welcome");
        let mut client = server.connect("/lenient").await;
        assert_eq!(client.text().await, "welcome");
        assert_eq!(client.ask("panic").await, "`message` panicked: at the disco");
        assert_eq!(client.closed().await.0, 1011);
        assert_eq!(server.log.next().await, "close 1011 Handler");
        assert_eq!(bystander.ask("fine").await, "fine");
    }

    async fn an_error_handler_that_fails_closes(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = server.connect("/lenient").await;
        assert_eq!(client.text().await, "welcome");
        assert_eq!(client.ask("hopeless").await, "`message` failed: hopeless");
        assert_eq!(client.closed().await.0, 1011);
        assert_eq!(server.log.next().await, "close 1011 Handler");
        server.all_gone().await;
    }

    async fn an_open_that_fails_closes_whatever_the_error_handler_does(driver: Driver) {
        let server = serve(driver, app).await;
        for path in ["/opening", "/opening-async"] {
            for (how, failure, code, reason, by) in [
                ("returns", "failed: returns", 1011, "", "Handler"),
                ("panic", "panicked: at the disco", 1011, "", "Handler"),
                ("fails", "failed: fails", 1011, "", "Handler"),
                ("closed", "failed: closed", 4000, "in open", "Server"),
                ("closes", "failed: closes", 4001, "in error", "Server"),
            ] {
                let mut client = server.connect(&format!("{path}?{how}")).await;
                // The server may have closed the connection by then.
                client.0.send(Frame::text("hello")).await.ok();
                assert_eq!(client.text().await, "set up");
                assert_eq!(client.closed().await, (code, reason.to_owned()), "{path}?{how}");
                assert_eq!(server.log.next().await, format!("`open` {failure}"));
                assert_eq!(server.log.next().await, format!("close {code} {by}"));
            }
            let mut client = server.connect(&format!("{path}?fine")).await;
            client.send("hello").await;
            assert_eq!(server.log.next().await, "message hello");
            client.close(1000, "").await;
            assert_eq!(server.log.next().await, "close 1000 Peer");
        }
        server.all_gone().await;
        assert!(server.log.is_empty());
    }

    async fn an_open_that_fails_closes_without_an_error_handler(driver: Driver) {
        let server = serve(driver, app).await;
        for how in ["panic", "returns"] {
            let mut client = server.connect(&format!("/opening-strict?{how}")).await;
            client.0.send(Frame::text("hello")).await.ok();
            assert_eq!(client.closed().await, (1011, String::new()), "{how}");
            assert_eq!(server.log.next().await, "close 1011 Handler");
        }
        server.all_gone().await;
        assert!(server.log.is_empty());
    }

    async fn the_error_says_which_handler_failed_and_tells_the_peer_no_cause(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = server.connect("/failing").await;
        for (frame, handler) in [
            (Frame::text("a"), "message"),
            (Frame::Ping(Bytes::new()), "ping"),
            (Frame::Pong(Bytes::new()), "pong"),
        ] {
            client.0.send(frame).await.unwrap();
            loop {
                match client.next().await {
                    Frame::Pong(_) => {}
                    answer => break assert_eq!(answer, Frame::text("internal error")),
                }
            }
            assert_eq!(server.log.next().await, format!("`{handler}` failed: no"));
        }
        client.close(1000, "").await;
        assert_eq!(server.log.next().await, "`close` failed: no");
    }
}
