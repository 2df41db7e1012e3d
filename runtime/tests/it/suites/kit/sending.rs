//! The messages and frames that a client sends, valid or not, and how it ends a connection.

use levante::{
    Routed,
    prelude::*,
    test::{End, Frame},
};

use super::{app, assert_fails};

#[levante::test]
async fn a_message_has_been_handled_when_it_is_sent() {
    let app = app().await;
    let mut client = app.connect("/obey").await;
    client.send("terminate").await;
    assert_eq!(app.server().connections(), 0);
}

#[levante::test]
async fn whatever_can_be_sent_by_a_socket_can_be_sent_by_a_client() {
    let mut client = app().await.connect("/obey").await;
    client.send(String::from("echo text")).await;
    client.send(Message::Text("echo message".into())).await;
    client.send(Json("json")).await;
    client.send(vec![1, 2]).await;
    client.send(Bytes::from_static(b"bytes")).await;
    // These lengths need frame headers of different sizes.
    for len in [0, 125, 126, 0xffff, 0x1_0000] {
        client.send(vec![7; len]).await;
    }
    assert_eq!(client.text().await, "text");
    assert_eq!(client.text().await, "message");
    assert_eq!(client.text().await, "json");
    assert_eq!(client.binary().await, [1, 2].as_slice());
    assert_eq!(client.binary().await, "bytes");
    for len in [0, 125, 126, 0xffff, 0x1_0000] {
        assert_eq!(client.binary().await, vec![7; len]);
    }
}

#[levante::test]
async fn a_server_sends_to_and_closes_the_socket_of_an_id() {
    let app = app().await;
    let server = app.server();
    let mut client = app.connect("/obey").await;
    let id = server.sockets::<super::obey::Ws>()[0].id();
    let mut other = app.connect("/obey").await;
    assert_eq!(server.send_to(id, "for you"), Routed::Here);
    assert_eq!(client.text().await, "for you");
    assert_eq!(server.close_socket(id, 4001, "bye"), Routed::Here);
    let (code, reason) = (CloseCode::Other(4001), "bye".into());
    assert_eq!(client.closed().await, End { code, reason });
    assert_eq!(other.text().await, "closed 4001 \"bye\" Server");
    assert_eq!(server.send_to(id, "too late"), Routed::NotFound);
    assert_eq!(server.close_socket(id, 4001, "bye"), Routed::NotFound);
    // Without a cluster a publish is local in any case.
    let options = Publish::new().local(true);
    assert_eq!(server.publish_with("events", "here", options), 1);
    assert_eq!(other.text().await, "here");
}

#[levante::test]
async fn a_message_may_come_in_pieces() {
    let mut client = app().await.connect("/obey").await;
    client.send_frame(Frame::text("echo a ").fin(false)).await;
    client.send_frame(Frame::ping("between")).await;
    client.send_frame(Frame::continuation("whole")).await;
    assert_eq!(client.text().await, "a whole");
    assert_eq!(client.pong().await, "between");
    let bytes = Frame::text("echo in bytes").bytes();
    for byte in &bytes {
        client.assert_silent().await;
        client.send_bytes([*byte]).await;
    }
    assert_eq!(client.text().await, "in bytes");
    client.send_bytes([bytes.clone(), bytes].concat()).await;
    assert_eq!(client.drain_messages().await.len(), 2);
}

#[levante::test]
async fn what_no_client_may_send_is_told_by_the_code() {
    let app = app().await;
    for (frame, code) in [
        (Frame::text("plain").masked(false), CloseCode::Protocol),
        (Frame::text("reserved").rsv(1), CloseCode::Protocol),
        (Frame::text("reserved").rsv(2), CloseCode::Protocol),
        (Frame::text("not agreed on").rsv(4), CloseCode::Protocol),
        (Frame::new(3, ""), CloseCode::Protocol),
        (Frame::new(0x1b, ""), CloseCode::Protocol),
        (Frame::continuation("of nothing"), CloseCode::Protocol),
        (Frame::ping("").fin(false), CloseCode::Protocol),
        (Frame::ping([0; 126]), CloseCode::Protocol),
        (Frame::text([0xff]), CloseCode::Invalid),
        (Frame::binary("").length(u64::MAX), CloseCode::Protocol),
        (Frame::binary("").length(u64::MAX >> 1), CloseCode::TooBig),
        (Frame::close(CloseCode::Abnormal, ""), CloseCode::Protocol),
        (Frame::new(8, [3]), CloseCode::Protocol),
    ] {
        let mut client = app.connect("/obey").await;
        client.send_frame(frame.clone()).await;
        assert_eq!(client.closed().await.code, code, "{frame:?}");
        assert_eq!(app.server().connections(), 0, "{frame:?}");
    }
}

#[levante::test]
async fn the_server_is_told_how_a_client_leaves() {
    let app = app().await;
    let mut watch = app.connect("/obey").await;
    let end = |code, reason: &str| End {
        code,
        reason: reason.to_owned(),
    };

    let mut client = app.connect("/obey").await;
    client.close().await;
    assert_eq!(watch.text().await, r#"closed 1000 "" Peer"#);
    assert_eq!(client.closed().await, end(CloseCode::Normal, ""));

    let mut client = app.connect("/obey").await;
    client.close_with(CloseCode::Other(4321), "enough").await;
    assert_eq!(watch.text().await, r#"closed 4321 "enough" Peer"#);
    assert_eq!(client.closed().await.code, CloseCode::Other(4321));

    let mut client = app.connect("/obey").await;
    client.vanish().await;
    assert_eq!(watch.text().await, r#"closed 1006 "" Lost"#);
    assert_eq!(client.closed().await, end(CloseCode::Abnormal, ""));

    let mut client = app.connect("/obey").await;
    client.half_close().await;
    assert_eq!(watch.text().await, r#"closed 1006 "" Lost"#);
    assert_eq!(client.closed().await, end(CloseCode::Abnormal, ""));

    drop(app.connect("/obey").await);
    assert_eq!(watch.text().await, r#"closed 1006 "" Lost"#);
    assert_eq!(app.server().connections(), 1);
}

#[levante::test]
async fn leaving_twice_is_harmless() {
    let app = app().await;
    let mut watch = app.connect("/obey").await;
    let mut client = app.connect("/obey").await;
    client.close().await;
    client.close_with(CloseCode::Policy, "again").await;
    client.half_close().await;
    client.vanish().await;
    assert_eq!(client.closed().await.code, CloseCode::Normal);
    assert_eq!(watch.text().await, r#"closed 1000 "" Peer"#);
    watch.assert_silent().await;
}

#[test]
fn nothing_is_sent_on_a_connection_that_is_over() {
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.close().await;
            client.send("late").await;
        },
        "client 1 (/obey) cannot send: the connection is over",
    );
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.vanish().await;
            client.send_frame(Frame::ping("")).await;
        },
        "client 1 (/obey) cannot send: the connection is over",
    );
    struct Unsendable;
    impl IntoMessage for Unsendable {
        fn into_message(self) -> Result<Message, levante::BoxError> {
            Err("no words".into())
        }
    }
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            client.send(Unsendable).await;
        },
        "client 1 (/obey) cannot send the value: no words",
    );
}

#[levante::test]
async fn messages_are_compressed_as_agreed() {
    let app = app().await;
    let text = "a message that is worth compressing ".repeat(100);
    for offer in [
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits=9",
        "permessage-deflate; client_no_context_takeover",
    ] {
        let request = app
            .request("/obey")
            .header("Sec-WebSocket-Extensions", offer);
        let mut client = request.connect().await;
        let agreed = client.extensions().unwrap().to_owned();
        assert!(agreed.starts_with("permessage-deflate"), "{agreed}");
        for _ in 0..3 {
            client.send(Compressed(format!("echo {text}"))).await;
            assert_eq!(client.text().await, text, "{agreed}");
            client.send(format!("compress {text}")).await;
            assert_eq!(client.text().await, text, "{agreed}");
        }
        // The compressed message is shorter than the text.
        client.stop_reading();
        client.send(format!("compress {text}")).await;
        let buffered = client.socket::<super::obey::Ws>().buffered_amount();
        assert!((1..text.len() / 10).contains(&buffered), "{buffered}");
        client.read_on();
        assert_eq!(client.text().await, text);
    }
    let mut plain = app.connect("/obey").await;
    assert_eq!(plain.extensions(), None);
    plain.send(Compressed("echo plain")).await;
    assert_eq!(plain.text().await, "plain");
}

#[levante::test]
async fn messages_refer_to_those_before_them_if_that_is_agreed() {
    let dedicated = || {
        let compression = Compression::Dedicated { window_bits: 15 };
        actix_web::App::new().service(super::obey::service().compression(compression))
    };
    let app = levante::test::app(dedicated).await;
    let mut client = app.request("/obey").compression().connect().await;
    let noise: String = (0..2000_u32)
        .map(|n| (n.wrapping_mul(0x9E37_79B9) >> 16).to_string())
        .collect();
    client.stop_reading();
    let buffered =
        |client: &levante::test::Client| client.socket::<super::obey::Ws>().buffered_amount();
    client.send(Compressed(format!("compress {noise}"))).await;
    let first = buffered(&client);
    client.send(Compressed(format!("compress {noise}"))).await;
    let second = buffered(&client) - first;
    assert!(second < first / 10, "{first}, then {second}");
    client.read_on();
    assert_eq!(client.text().await, noise);
    assert_eq!(client.text().await, noise);
}
