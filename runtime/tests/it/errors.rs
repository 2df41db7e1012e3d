//! Handlers that fail.

use actix_web::web;
use levante::prelude::*;

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

/// With one, and everything `async`.
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

fn app(config: &mut web::ServiceConfig, server: &Server) {
    config
        .service(strict::service().server(server))
        .service(lenient::service().server(server));
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
}
