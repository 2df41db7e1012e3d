//! A client that reads as slowly as the test says.

use actix_web::App;
use levante::{prelude::*, test};

use super::{app, obey};

const LIMIT: usize = 1000;

#[levante::test]
async fn nothing_is_taken_below_the_queue() {
    let mut client = app().await.connect("/obey").await;
    let ws = client.socket::<obey::Ws>();
    client.stop_reading();
    for count in 1..=10 {
        assert_eq!(ws.send("12345678"), SendStatus::Backpressure);
        assert_eq!(ws.buffered_amount(), 10 * count);
        client.assert_silent().await;
        assert_eq!(ws.buffered_amount(), 10 * count);
    }
    client.read_on();
    assert_eq!(client.drain_messages().await.len(), 10);
    assert_eq!(ws.buffered_amount(), 0);
    assert_eq!(ws.send("12345678"), SendStatus::Sent(8));
}

#[levante::test]
async fn as_many_bytes_are_read_as_the_test_says() {
    let mut client = app().await.connect("/obey").await;
    let ws = client.socket::<obey::Ws>();
    client.stop_reading();
    ws.send("12345678");
    ws.send("abcdefgh");
    // Read all but one byte of a frame, then its last byte, then one byte of the next frame.
    assert_eq!(client.read_bytes(9).await, 9);
    client.assert_silent().await;
    assert_eq!(ws.buffered_amount(), 11);
    assert_eq!(client.read_bytes(1).await, 1);
    assert_eq!(client.text().await, "12345678");
    assert_eq!(client.read_bytes(0).await, 0);
    assert_eq!(client.read_bytes(1).await, 1);
    assert_eq!(ws.buffered_amount(), 9);
    // Fewer bytes arrive than the client may read. After them it still does not read by itself.
    assert_eq!(client.read_bytes(100).await, 9);
    assert_eq!(client.text().await, "abcdefgh");
    ws.send("more");
    client.assert_silent().await;
    assert_eq!(ws.buffered_amount(), 6);
    client.read_on();
    assert_eq!(client.text().await, "more");
}

#[levante::test]
async fn a_client_that_reads_may_stop_after_some_bytes() {
    let mut client = app().await.connect("/obey").await;
    let ws = client.socket::<obey::Ws>();
    assert_eq!(client.read_bytes(4).await, 0);
    ws.send("12345678");
    client.assert_silent().await;
    assert_eq!(ws.buffered_amount(), 10);
}

#[levante::test]
async fn the_limit_is_kept_to_the_byte() {
    let app = || App::new().service(obey::service().backpressure_limit(LIMIT));
    let mut client = test::app(app).await.connect("/obey").await;
    let ws = client.socket::<obey::Ws>();
    for (len, taken) in [
        (LIMIT - 501, true),
        (LIMIT - 500, true),
        (LIMIT - 499, false),
    ] {
        client.stop_reading();
        assert_eq!(ws.send(vec![0; 496]), SendStatus::Backpressure);
        assert_eq!(ws.buffered_amount(), 500);
        let sent = ws.send(vec![0; len - 4]);
        assert_eq!(sent == SendStatus::Backpressure, taken, "{len}: {sent:?}");
        client.read_on();
        assert_eq!(client.drain_messages().await.len(), 1 + usize::from(taken));
    }
}

#[levante::test]
async fn a_slow_client_may_be_cut_off() {
    let app = || {
        let service = obey::service().backpressure_limit(LIMIT);
        App::new().service(service.close_on_backpressure_limit(true))
    };
    let app = test::app(app).await;
    let mut watch = app.connect("/obey").await;
    let mut client = app.connect("/obey").await;
    client.stop_reading();
    for _ in 0..3 {
        app.server().publish("events", vec![0; LIMIT / 2]);
    }
    assert_eq!(watch.drain_messages().await.len(), 4);
    assert_eq!(app.server().connections(), 1);
    client.read_on();
    assert_eq!(client.closed().await.code, CloseCode::Abnormal);
}

#[levante::test]
async fn a_client_that_does_not_read_sees_no_end_and_answers_nothing() {
    let app = app().await;
    let mut watch = app.connect("/obey").await;
    let mut client = app.connect("/obey").await;
    let ws = client.socket::<obey::Ws>();
    client.stop_reading();
    ws.send("first");
    ws.ping("");
    ws.close();
    client.assert_silent().await;
    watch.assert_silent().await;
    assert_eq!(ws.ready_state(), ReadyState::Closing);
    client.read_on();
    assert_eq!(client.text().await, "first");
    assert_eq!(client.closed().await.code, CloseCode::Normal);
    // A closing socket does not call `pong`.
    assert_eq!(watch.text().await, r#"closed 1000 "" Server"#);
}

#[levante::test]
async fn what_a_client_has_not_read_is_lost_when_it_vanishes() {
    let app = app().await;
    let mut client = app.connect("/obey").await;
    let ws = client.socket::<obey::Ws>();
    client.stop_reading();
    ws.send("unread");
    client.vanish().await;
    assert_eq!(ws.buffered_amount(), 0);
    assert_eq!(app.server().connections(), 0);
    assert_eq!(client.closed().await.code, CloseCode::Abnormal);
}
