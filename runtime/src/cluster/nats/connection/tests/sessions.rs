//! A session from its login to its end.

use super::peer::{Listener, Session};
use crate::cluster::{
    broker::{Driver as _, Kind, Post, Publisher as _},
    nats::Nats,
};

#[actix_web::test]
async fn a_login_says_who_connects_and_how() {
    let listener = Listener::new().await;
    for (login, expected) in [
        ("", ""),
        ("t%22ken@", r#","auth_token":"t\"ken""#),
        ("ann:sec%20ret@", r#","user":"ann","pass":"sec ret""#),
    ] {
        let url = format!("nats://{login}{}", listener.host());
        let mut driver = Nats::new(url).unwrap().into_driver();
        let serve = async {
            let mut peer = listener.accept().await;
            // The server is in verbose mode, and does what a server may do before its answer.
            let info = "INFO {\"max_payload\":5}\r\n+OK\r\nPING\r\nINFO {\"max_payload\":7}\r\n";
            peer.send(info).await;
            let connect = peer.line().await;
            peer.expect("PING").await;
            peer.expect("PONG").await;
            peer.send("PONG\r\n").await;
            connect
        };
        let (opened, connect) = tokio::join!(driver.connect("shop/1"), serve);
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!(
            r#"CONNECT {{"name":"shop/1","version":"{version}","lang":"rust","protocol":1,"verbose":false,"pedantic":false,"echo":false,"headers":false,"no_responders":false,"tls_required":false{expected}}}"#
        );
        assert_eq!(connect, expected);
        assert_eq!(opened.unwrap().publisher.max_payload(), 7);
        assert!(!driver.url().contains("ret"), "{}", driver.url());
    }
}

#[actix_web::test]
async fn a_ping_of_the_server_is_answered_at_once() {
    let listener = Listener::new().await;
    let (mut session, mut peer) = listener.session().await;
    peer.send("PING\r\n").await;
    peer.expect("PONG").await;
    // Also while a batch waits for its answer.
    let serve = async {
        peer.expect("PING").await;
        peer.send("PING\r\n").await;
        peer.expect("PONG").await;
        peer.send("PONG\r\n").await;
    };
    let (refusals, ()) = tokio::join!(session.publisher.publish(&[]), serve);
    assert!(refusals.unwrap().is_empty());
}

#[actix_web::test]
async fn what_has_arrived_before_the_end_is_received() {
    let listener = Listener::new().await;
    let (mut session, mut peer) = listener.session().await;
    peer.send("MSG a 1 1\r\n1\r\n-ERR 'Stale Connection'\r\nMSG a 1 1\r\n2\r\n")
        .await;
    drop(peer);
    assert_eq!(session.message().await, "a 1");
    let error = session.error().await.to_string();
    assert!(error.contains("`ping_interval`"), "{error}");
    assert_eq!(session.message().await, "a 2");
    // The end has the same reason.
    assert_eq!(session.error().await.to_string(), error);
    assert!(session.received.recv().await.is_none());
}

#[actix_web::test]
async fn a_large_message_arrives() {
    let listener = Listener::new().await;
    let (mut session, mut peer) = listener.session().await;
    let payload = "x".repeat(1 << 20);
    let text = format!("MSG a 1 {}\r\n{payload}\r\n", payload.len());
    let (message, ()) = tokio::join!(session.received.recv(), peer.send(&text));
    let message = message.unwrap().unwrap();
    assert_eq!(message.payload, payload);
}

#[actix_web::test]
async fn an_answer_that_was_not_asked_for_ends_the_session() {
    let listener = Listener::new().await;
    let (mut session, mut peer) = listener.session().await;
    peer.send("PONG\r\n").await;
    assert_eq!(session.error().await.kind(), Kind::Protocol);
    assert!(session.received.recv().await.is_none());
}

#[actix_web::test]
async fn a_server_that_is_going_to_shut_down_ends_the_session() {
    let listener = Listener::new().await;
    let (mut session, mut peer) = listener.session().await;
    peer.send("INFO {\"max_payload\":9,\"ldm\":true}\r\nMSG a 1 1\r\n1\r\n")
        .await;
    let error = session.error().await;
    assert_eq!(error.kind(), Kind::Broken);
    assert!(error.to_string().contains("lame duck"), "{error}");
    assert_eq!(session.publisher.max_payload(), 9);
    assert_eq!(session.message().await, "a 1");
}

#[actix_web::test]
async fn the_servers_that_a_server_names_are_tried_next() {
    let (first, second) = (Listener::new().await, Listener::new().await);
    let mut driver = first.driver();
    let serve = async {
        let mut peer = first.accept().await;
        let info = format!("{{\"connect_urls\":[\"{}\"]}}", second.host());
        peer.log_in(&info).await;
    };
    let (opened, ()) = tokio::join!(driver.connect("levante"), serve);
    drop(opened.unwrap());
    drop(first);
    for _ in 0..2 {
        let serve = async { second.accept().await.log_in("{}").await };
        let (opened, _) = tokio::join!(driver.connect("levante"), serve);
        drop(opened.unwrap());
    }
    // None is there any more: the error names one.
    drop(second);
    let error = driver.connect("levante").await.map(drop).unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.to_string().starts_with("127.0.0.1:"), "{error}");
}

#[actix_web::test]
async fn of_several_servers_the_error_that_tells_most_is_told() {
    let (closed, other) = (Listener::new().await, Listener::new().await);
    let url = format!("nats://{},{}", closed.host(), other.host());
    drop(closed);
    let mut driver = Nats::new(url).unwrap().into_driver();
    let serve = async {
        let mut peer = other.accept().await;
        peer.send("INFO {}\r\n-ERR 'Authorization Violation'\r\n")
            .await;
        peer.some().await;
    };
    let (opened, ()) = tokio::join!(driver.connect("levante"), serve);
    let error = opened.map(drop).unwrap_err();
    assert_eq!(error.kind(), Kind::Refused);
    assert!(error.to_string().starts_with(&other.host()), "{error}");
}

#[actix_web::test]
async fn a_close_ends_the_connection_after_what_was_written() {
    let listener = Listener::new().await;
    let (session, mut peer) = listener.session().await;
    let Session { publisher, .. } = session;
    let (rest, ()) = tokio::join!(peer.rest(), publisher.close());
    assert_eq!(rest, "");
}

#[actix_web::test]
async fn a_server_that_does_not_read_holds_nothing_after_the_session() {
    let listener = Listener::new().await;
    let (mut session, peer) = listener.session().await;
    let payload = vec![0; 1 << 20];
    let post = Post {
        subject: "a",
        payload: &payload,
    };
    // More than the buffers of the kernel take.
    let batch = [post; 64];
    let orders = session.publisher.outbound.orders.clone();
    {
        let publishing = std::pin::pin!(session.publisher.publish(&batch));
        let never = tokio::time::timeout(std::time::Duration::from_millis(50), publishing);
        assert!(never.await.is_err());
    }
    drop(session);
    // The task that writes has ended.
    orders.closed().await;
    drop(peer);
}
