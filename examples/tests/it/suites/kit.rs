//! The tests from the guide of `levante::test`, in the form that an application has them.

use std::time::Duration;

use actix_web::{App, web};
use levante::{prelude::*, test};

#[websocket("/chat")]
mod chat {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Join {
        name: String,
    }

    struct Visitor {
        name: String,
    }

    async fn attach(join: web::Query<Join>) -> Result<Visitor, actix_web::Error> {
        Ok(Visitor {
            name: join.into_inner().name,
        })
    }

    fn open(ws: &Ws) {
        ws.subscribe("lobby");
        ws.publish("lobby", format!("{} has entered the chat", ws.data.name));
    }

    fn message(ws: &Ws, text: &str) {
        ws.publish("lobby", format!("{}: {text}", ws.data.name));
    }

    fn close(ws: &Ws) {
        ws.publish("lobby", format!("{} has left the chat", ws.data.name));
    }
}

#[websocket("/feed", protocols = &["v1"], origins = Origins::List(&["https://a.example"]))]
mod feed {
    fn open(ws: &Ws) {
        ws.subscribe("ACME");
    }
}

#[levante::test]
async fn a_visitor_is_announced() {
    let app = test::app(|| App::new().service(chat::service())).await;
    let mut ann = app.connect("/chat?name=Ann").await;
    let mut bob = app.connect("/chat?name=Bob").await;
    assert_eq!(ann.text().await, "Bob has entered the chat");
    bob.send("hi").await;
    assert_eq!(ann.text().await, "Bob: hi");
    bob.assert_silent().await;

    let refused = app.try_connect("/chat").await.unwrap_err();
    assert_eq!(refused.status(), 400);
}

#[levante::test]
async fn a_slow_reader_skips_prices() {
    let app = test::app(|| App::new().service(feed::service().backpressure_limit(1024))).await;
    let mut slow = app
        .request("/feed")
        .header("Cookie", "token=1")
        .origin("https://a.example")
        .protocols(["v1"])
        .connect()
        .await;
    slow.stop_reading();
    for price in 0..10_000 {
        app.server()
            .publish_with("ACME", price.to_string(), Policy::Latest("ACME"));
    }
    assert!(slow.socket::<feed::Ws>().buffered_amount() <= 1024);
    slow.read_on();
    assert_eq!(slow.text().await, "9999");
}

#[levante::test]
async fn the_silent_are_dropped() {
    let app = test::app(|| App::new().service(chat::service().send_pings(false))).await;
    let mut ann = app.connect("/chat?name=Ann").await;
    test::advance(Duration::from_secs(121)).await;
    let end = ann.closed().await;
    assert_eq!(end.code, CloseCode::Abnormal);
    assert_eq!(app.server().connections(), 0);
}
