//! Calls of `#[on]` functions, and what clients are told about them.

use std::{collections::HashMap, panic::resume_unwind};

use actix_web::web;
use futures_util::SinkExt;
use levante::{BoxError, prelude::*};
use tokio::sync::Semaphore;
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::support::{Driver, Log, failure, on_each_driver, serve};

/// With an `error` handler, and with a `message` for binary messages.
#[websocket("/desk")]
mod desk {
    use super::*;

    pub(super) struct Visitor {
        log: Log,
        gate: Semaphore,
    }

    impl Visitor {
        #[cfg(feature = "test")]
        pub(super) fn open(&self) {
            self.gate.add_permits(1);
        }
    }

    async fn attach(log: web::Data<Log>) -> Visitor {
        Visitor {
            log: (**log).clone(),
            gate: Semaphore::new(0),
        }
    }

    #[wire]
    enum Refused {
        TooLong { most: usize },
    }

    #[on]
    fn note(ws: &Ws, text: &str) {
        ws.data.log.push(format!("note {text}"));
    }

    #[on]
    fn double(_ws: &Ws, number: u32) -> u32 {
        2 * number
    }

    #[on]
    async fn later(_ws: &Ws, text: &str) -> Result<String, Refused> {
        tokio::task::yield_now().await;
        match text.len() {
            0..10 => Ok(text.to_uppercase()),
            _ => Err(Refused::TooLong { most: 9 }),
        }
    }

    #[on]
    fn fill(_ws: &Ws, len: usize) -> String {
        "x".repeat(len)
    }

    #[on]
    async fn wait(ws: &Ws) -> &'static str {
        let _open = ws.data.gate.acquire().await;
        ws.data.log.push("waited");
        "done"
    }

    #[on]
    async fn outlive(ws: &Ws) -> &'static str {
        ws.closed().await;
        ws.data.log.push("outlived");
        "too late"
    }

    #[on]
    fn fail(_ws: &Ws, how: &str) -> Result<u32, BoxError> {
        match how {
            "panic" => resume_unwind(Box::new("at the disco")),
            how => Err(how.into()),
        }
    }

    #[on]
    async fn fail_later(_ws: &Ws, how: String) -> Result<u32, BoxError> {
        tokio::task::yield_now().await;
        match &*how {
            "panic" => resume_unwind(Box::new("at the disco")),
            how => Err(how.into()),
        }
    }

    /// JSON has no maps like this one.
    #[on]
    fn odd(_ws: &Ws) -> HashMap<(u8, u8), u8> {
        [((1, 2), 3)].into()
    }

    fn message(ws: &Ws, bytes: Vec<u8>) {
        ws.data.log.push(format!("{bytes:?}"));
    }

    fn error(ws: &Ws, error: HandlerError) {
        let detail = match &error {
            HandlerError::Payload(payload) => payload.to_string(),
            error => failure(error),
        };
        ws.data.log.push(detail);
    }

    fn close(ws: &Ws, reason: CloseReason) {
        ws.data
            .log
            .push(format!("close {} {:?}", reason.code, reason.by));
    }
}

/// Without an `error` handler, and without one for binary messages.
#[websocket("/strict")]
mod strict {
    use super::*;

    #[on]
    fn fail(_ws: &Ws) -> Result<(), BoxError> {
        Err("a secret".into())
    }

    #[on]
    fn double(_ws: &Ws, number: u32) -> u32 {
        2 * number
    }
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    config
        .service(desk::service().server(server))
        .service(strict::service().server(server));
}

on_each_driver! {
    async fn answers_come_in_the_order_of_the_calls(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = server.connect("/desk").await;
        for id in 0..20 {
            client.send(format!(r#"{{"type":"later","data":{{"text":"a{id}"}},"id":{}}}"#, 2 * id)).await;
            client.send(format!(r#"{{"type":"double","data":{{"number":{id}}},"id":{}}}"#, 2 * id + 1)).await;
        }
        for id in 0..20 {
            assert_eq!(client.text().await, format!(r#"{{"id":{},"ok":"A{id}"}}"#, 2 * id));
            assert_eq!(client.text().await, format!(r#"{{"id":{},"ok":{}}}"#, 2 * id + 1, 2 * id));
        }
    }

    async fn a_client_that_does_not_read_its_answers_is_cut_off(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = server.connect("/desk").await;
        let call = r#"{"type":"fill","data":{"len":100000},"id":1}"#;
        let flood = async {
            while client.0.send(Frame::text(call)).await.is_ok() {}
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = flood => {}
            entry = server.log.next() => assert_eq!(entry, "close 1006 SlowConsumer"),
        }
    }

    async fn what_is_not_understood_has_a_fault_or_ends_the_connection(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = server.connect("/strict").await;
        let fault = r#"{"id":1,"fault":"`number` is missing"}"#;
        assert_eq!(client.ask(r#"{"type":"double","id":1}"#).await, fault);
        let fault = r#"{"id":2,"fault":"nothing is called `halve`"}"#;
        assert_eq!(client.ask(r#"{"id":2,"type":"halve"}"#).await, fault);
        let answer = r#"{"id":3,"ok":6}"#;
        assert_eq!(client.ask(r#"{"type":"double","data":{"number":3},"id":3}"#).await, answer);
        client.send(r#"{"type":"double"}"#).await;
        assert_eq!(client.closed().await, (1007, "invalid payload".into()));

        let mut client = server.connect("/strict").await;
        client.send_binary([1, 2]).await;
        assert_eq!(client.closed().await, (1003, "expected a text message".into()));

        let mut client = server.connect("/strict").await;
        assert_eq!(client.ask(r#"{"type":"fail","id":1}"#).await, r#"{"id":1,"fault":"internal error"}"#);
        assert_eq!(client.closed().await, (1011, String::new()));
    }
}

#[cfg(feature = "test")]
mod in_the_kit {
    use std::time::Duration;

    use actix_web::App;
    use levante::{
        FailedBy, HandlerKind,
        test::{self, Client, Frame, TestApp},
    };

    use super::*;

    async fn desk_with(
        set: impl Fn(levante::Service) -> levante::Service + 'static,
    ) -> (TestApp, Log) {
        let log = Log::default();
        let data = web::Data::new(log.clone());
        let app = move || {
            let service = set(desk::service());
            App::new().app_data(data.clone()).service(service)
        };
        (test::app(app).await, log)
    }

    async fn desk() -> (Client, Log) {
        let (app, log) = desk_with(|service| service).await;
        (app.connect("/desk").await, log)
    }

    #[levante::test]
    async fn without_an_id_nothing_is_answered() {
        let (mut client, log) = desk().await;
        for call in [
            r#"{"type":"note","data":{"text":"a"}}"#,
            r#"{"data":{"text":"b"},"type":"note","id":null}"#,
            r#"{"type":"double","data":{"number":1}}"#,
            r#"{"type":"later","data":{"text":"far too long a text"}}"#,
        ] {
            client.send(call).await;
        }
        client.assert_silent().await;
        assert_eq!(log.next().await, "note a");
        assert_eq!(log.next().await, "note b");
        client
            .send(r#"{"type":"note","data":{"text":"c"},"id":0}"#)
            .await;
        assert_eq!(client.text().await, r#"{"id":0,"ok":null}"#);
    }

    #[levante::test]
    async fn a_refusal_is_told_and_is_no_failure() {
        let (mut client, log) = desk().await;
        client
            .send(r#"{"type":"later","data":{"text":"far too long a text"},"id":5}"#)
            .await;
        let refusal = r#"{"id":5,"error":{"type":"too_long","most":9}}"#;
        assert_eq!(client.text().await, refusal);
        assert!(log.is_empty());
    }

    #[levante::test]
    async fn errors_go_to_the_handler_and_clients_are_told_only_that_there_was_one() {
        let (mut client, log) = desk().await;
        for name in ["fail", "fail_later"] {
            let call = format!(r#"{{"type":"{name}","data":{{"how":"a secret"}},"id":1}}"#);
            client.send(call).await;
            assert_eq!(client.text().await, r#"{"id":1,"fault":"internal error"}"#);
            assert_eq!(log.next().await, "`on` failed: a secret");
            let call = format!(r#"{{"type":"{name}","data":{{"how":"a secret"}}}}"#);
            client.send(call).await;
            client.assert_silent().await;
            assert_eq!(log.next().await, "`on` failed: a secret");
        }
        client.send(r#"{"type":"odd","id":2}"#).await;
        assert_eq!(client.text().await, r#"{"id":2,"fault":"internal error"}"#);
        assert_eq!(log.next().await, "`on` failed: key must be a string");
    }

    #[levante::test]
    async fn a_panic_ends_the_connection() {
        let (app, log) = desk_with(|service| service).await;
        for name in ["fail", "fail_later"] {
            let mut client = app.connect("/desk").await;
            let call = format!(r#"{{"type":"{name}","data":{{"how":"panic"}},"id":1}}"#);
            client.send(call).await;
            assert_eq!(client.closed().await.code, CloseCode::Internal);
            assert_eq!(log.next().await, "`on` panicked: at the disco");
            assert_eq!(log.next().await, "close 1011 Handler");
        }
        let failures = app.server().stats().total.failures;
        assert_eq!(failures.get(&(HandlerKind::On, FailedBy::Panic)), Some(&2));
    }

    #[levante::test]
    async fn what_is_not_understood_goes_to_the_handler_if_it_has_no_id() {
        let (mut client, log) = desk().await;
        for (frame, error) in [
            ("hello", "a message is a JSON object"),
            (
                r#"{"type":"double","data":{"number":"x"}}"#,
                "`number`: invalid type: string \"x\", expected u32",
            ),
            (
                r#"{"type":"double","data":{"number":1},"id":-1}"#,
                "`id` is an integer from 0 to 9007199254740991",
            ),
            (r#"{"type":"halve"}"#, "nothing is called `halve`"),
        ] {
            client.send(frame).await;
            client.assert_silent().await;
            assert_eq!(log.next().await, format!("invalid payload: {error}"));
        }
        let nested = "[".repeat(10_000) + &"]".repeat(10_000);
        client
            .send(format!(
                r#"{{"type":"double","data":{{"number":{nested}}},"id":3}}"#
            ))
            .await;
        let fault = r#"{"id":3,"fault":"`number`: invalid type: sequence, expected u32"}"#;
        assert_eq!(client.text().await, fault);
        assert!(log.is_empty());
    }

    #[levante::test]
    async fn binary_messages_are_for_message() {
        let (mut client, log) = desk().await;
        client.send([1, 2, 3]).await;
        client
            .send(Bytes::from_static(br#"{"type":"double"}"#))
            .await;
        assert_eq!(log.next().await, "[1, 2, 3]");
        assert!(log.next().await.starts_with("[123, 34, "));
        client.assert_silent().await;
    }

    #[levante::test]
    async fn messages_of_a_client_wait_while_a_call_runs() {
        let (mut client, log) = desk().await;
        client.send(r#"{"type":"wait","id":1}"#).await;
        client
            .send(r#"{"type":"note","data":{"text":"next"},"id":2}"#)
            .await;
        client.send_frame(Frame::ping("")).await;
        assert_eq!(client.pong().await, "");
        client.assert_silent().await;
        assert!(log.is_empty());
        client.socket::<desk::Ws>().data.open();
        assert_eq!(client.text().await, r#"{"id":1,"ok":"done"}"#);
        assert_eq!(client.text().await, r#"{"id":2,"ok":null}"#);
        assert_eq!(log.next().await, "waited");
        assert_eq!(log.next().await, "note next");
    }

    #[levante::test]
    async fn a_call_that_takes_too_long_ends_the_connection() {
        let limit = Duration::from_secs(10);
        let (app, log) = desk_with(move |service| service.handler_timeout(limit)).await;
        let mut client = app.connect("/desk").await;
        client.send(r#"{"type":"wait","id":1}"#).await;
        client.assert_silent().await;
        test::advance(2 * limit).await;
        assert_eq!(client.closed().await.code, CloseCode::Internal);
        assert_eq!(log.next().await, "handler took too long");
    }

    #[levante::test]
    async fn a_stop_of_the_server_waits_for_a_call_and_drops_its_answer() {
        let (app, log) = desk_with(|service| service).await;
        let mut client = app.connect("/desk").await;
        client.send(r#"{"type":"outlive","id":1}"#).await;
        client.assert_silent().await;
        app.shutdown().await;
        assert_eq!(client.closed().await.code, CloseCode::GoingAway);
        assert_eq!(log.next().await, "outlived");
        assert_eq!(log.next().await, "close 1001 Shutdown");
        assert!(log.is_empty());
    }

    #[levante::test]
    async fn an_answer_that_does_not_fit_ends_the_connection() {
        let (app, log) = desk_with(|service| service.backpressure_limit(1000)).await;
        // The answers are frames of 920, 18 + `len` and 20 bytes.
        for (len, fits) in [(42, true), (43, false)] {
            let mut client = app.connect("/desk").await;
            client.stop_reading();
            client
                .send(r#"{"type":"fill","data":{"len":900},"id":1}"#)
                .await;
            client
                .send(format!(
                    r#"{{"type":"fill","data":{{"len":{len}}},"id":2}}"#
                ))
                .await;
            client
                .send(r#"{"type":"note","data":{"text":"full"},"id":3}"#)
                .await;
            assert_eq!(log.next().await, "note full");
            if fits {
                client.read_on();
                assert_eq!(client.drain_messages().await.len(), 3);
                client.close().await;
                assert_eq!(log.next().await, "close 1000 Peer");
            } else {
                assert_eq!(log.next().await, "close 1006 SlowConsumer");
                client.read_on();
                assert_eq!(client.closed().await.code, CloseCode::Abnormal);
            }
        }
        assert_eq!(app.server().connections(), 0);
    }

    #[levante::test]
    async fn a_large_answer_is_sent_whole() {
        let (mut client, _) = desk().await;
        for len in [4000, 4096, 100_000] {
            let call = format!(r#"{{"type":"fill","data":{{"len":{len}}},"id":1}}"#);
            client.send(call).await;
            let answer = format!(r#"{{"id":1,"ok":"{}"}}"#, "x".repeat(len));
            assert_eq!(client.text().await, answer);
        }
    }

    #[levante::test]
    async fn calls_and_answers_are_counted_as_messages() {
        let (app, _) = desk_with(|service| service).await;
        let mut client = app.connect("/desk").await;
        let (call, answer) = (
            r#"{"type":"double","data":{"number":4},"id":1}"#,
            r#"{"id":1,"ok":8}"#,
        );
        client.send(call).await;
        assert_eq!(client.text().await, answer);
        client.send(r#"{"type":"double","id":2}"#).await;
        client.text().await;
        let total = app.server().stats().total;
        assert_eq!(total.messages_received, 2);
        assert_eq!(total.messages_sent, 2);
        assert!(total.bytes_sent > answer.len() as u64);
    }
}
