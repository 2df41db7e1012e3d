//! `levante::test`, the kit with which applications test their handlers.

mod attribute;
mod cluster;
mod handshakes;
mod life;
mod receiving;
mod routes;
mod sending;
mod slow;
mod stats;
mod stopping;
mod time;
#[cfg(feature = "json")]
mod typed;
#[cfg(feature = "json")]
mod typed_cluster;

use std::{any::Any, thread};

use actix_web::App;
use levante::{
    prelude::*,
    test::{self, TestApp},
};

/// Obeys the orders that clients send as text, and sends other messages back. Publishes pongs and
/// closes to the topic `events`.
#[websocket("/obey", compression = Compression::Shared, compression_threshold = 1)]
pub(super) mod obey {
    use std::time::Duration;

    use super::*;

    fn open(ws: &Ws) {
        ws.subscribe("events");
    }

    async fn message(ws: &Ws, message: Message) {
        let Message::Text(text) = &message else {
            ws.send(message);
            return;
        };
        let (order, rest) = text.split_once(' ').unwrap_or((text, ""));
        match order {
            "echo" => _ = ws.send(rest),
            "compress" => _ = ws.send(Compressed(rest)),
            "ping" => _ = ws.ping(rest),
            "sleep" => {
                let duration = Duration::from_millis(rest.parse().unwrap());
                actix_web::rt::time::sleep(duration).await;
                ws.send("slept");
            }
            "close" => ws.close_with(CloseCode::Other(4000), rest),
            "terminate" => ws.terminate(),
            r#""json""# => _ = ws.send("json"),
            _ => panic!("{text:?} is no order"),
        }
    }

    fn pong(ws: &Ws, data: &[u8]) {
        ws.publish("events", format!("pong {}", data.escape_ascii()));
    }

    fn close(ws: &Ws, reason: CloseReason) {
        let CloseReason {
            code, reason, by, ..
        } = reason;
        ws.publish("events", format!("closed {code} {reason:?} {by:?}"));
    }
}

/// Builds an application with `obey`.
async fn app() -> TestApp {
    test::app(|| App::new().service(obey::service())).await
}

/// Runs a test that must fail. Returns the message of its panic.
fn failure<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) -> String {
    let failed = thread::spawn(|| test::run(test())).join();
    let message: Box<dyn Any + Send> = failed.expect_err("the test has not failed");
    match message.downcast::<String>() {
        Ok(message) => *message,
        Err(message) => message.downcast::<&str>().unwrap().to_string(),
    }
}

/// Asserts that a test fails. The message of its panic must begin with a line of this file, and
/// continue with `expected`.
#[track_caller]
fn assert_fails<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static, expected: &str) {
    let file = std::panic::Location::caller().file();
    let message = failure(test);
    let said = message
        .strip_prefix(file)
        .and_then(|rest| rest.split_once(": "));
    let Some((place, said)) = said else {
        panic!("{message:?} does not begin with a place in {file}");
    };
    assert!(place.starts_with(':'), "{message}");
    assert_eq!(said, expected);
}
