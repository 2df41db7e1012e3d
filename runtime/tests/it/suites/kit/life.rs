//! A connection's life, in the order that the page of the attribute tells.

use actix_web::{App, HttpRequest, error::ErrorForbidden, web};
use levante::{
    prelude::*,
    test::{self, Frame, TestApp},
};

use crate::support::Log;

/// Logs each handler that runs.
#[websocket("/life")]
mod noted {
    use super::*;

    pub(super) struct Visitor(Log);

    impl Visitor {
        fn note(&self, entry: &str) {
            self.0.push(entry);
        }
    }

    impl Drop for Visitor {
        fn drop(&mut self) {
            self.note("data dropped");
        }
    }

    async fn attach(
        request: HttpRequest,
        log: web::Data<Log>,
    ) -> Result<Visitor, actix_web::Error> {
        log.push("attach");
        match request.query_string() {
            "refused" => Err(ErrorForbidden("refused")),
            _ => Ok(Visitor((**log).clone())),
        }
    }

    fn open(ws: &Ws) {
        ws.data.note("open");
        ws.subscribe("lobby");
    }

    fn message(ws: &Ws, text: &str) -> Result<(), &'static str> {
        ws.data.note(&format!("message {text}"));
        match text {
            "fail" => Err("failed"),
            "end" => {
                ws.close();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn subscription(ws: &Ws, topic: &str, _: usize) {
        ws.data
            .note(&format!("subscription {}", ws.is_subscribed(topic)));
    }

    fn ping(ws: &Ws, _: &[u8]) {
        ws.data.note("ping");
    }

    fn pong(ws: &Ws, _: &[u8]) {
        ws.data.note("pong");
    }

    fn error(ws: &Ws, error: HandlerError) {
        ws.data.note(&format!("error of {}", error.handler()));
    }

    fn close(ws: &Ws) -> Result<(), &'static str> {
        ws.data.note("close");
        Err("failed")
    }
}

async fn app() -> (TestApp, Log) {
    let log = Log::default();
    let noted = web::Data::new(log.clone());
    let app = move || App::new().app_data(noted.clone()).service(noted::service());
    (test::app(app).await, log)
}

async fn assert_noted(log: &Log, expected: &[&str]) {
    for entry in expected {
        assert_eq!(log.next().await, *entry);
    }
    assert!(log.is_empty());
}

/// Several frames that arrive together.
fn together(frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(Frame::bytes).collect()
}

#[levante::test]
async fn handlers_run_in_the_order_of_events_and_close_is_the_last() {
    let (app, log) = app().await;
    let mut client = app.connect("/life").await;
    assert_noted(&log, &["attach", "open", "subscription true"]).await;
    let frames = [
        Frame::text("fail"),
        Frame::ping(""),
        Frame::text("a"),
        Frame::pong(""),
        Frame::text("b"),
        Frame::close(1000, ""),
    ];
    client.send_bytes(together(&frames)).await;
    let events = [
        "message fail",
        "error of message",
        "ping",
        "message a",
        "pong",
        "message b",
        "subscription false",
        "close",
        "error of close",
        "data dropped",
    ];
    assert_noted(&log, &events).await;
}

#[levante::test]
async fn no_message_is_handled_after_our_side_has_closed() {
    let (app, log) = app().await;
    let mut client = app.connect("/life").await;
    let frames = [Frame::text("end"), Frame::text("late")];
    client.send_bytes(together(&frames)).await;
    let events = [
        "attach",
        "open",
        "subscription true",
        "message end",
        "subscription false",
        "close",
        "error of close",
        "data dropped",
    ];
    assert_noted(&log, &events).await;
}

#[levante::test]
async fn a_refused_client_has_no_life() {
    let (app, log) = app().await;
    let refused = app.try_connect("/life?refused").await.unwrap_err();
    assert_eq!(refused.status(), 403);
    assert_noted(&log, &["attach"]).await;
}
