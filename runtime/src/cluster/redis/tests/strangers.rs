//! Servers that are not Redis, or that break the protocol.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// What `connect` says of a server that answers anything with `text`, and then closes or waits.
async fn answered_with(text: &'static [u8], closes: bool) -> BrokerError {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://:secret@{}", listener.local_addr().unwrap());
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        if !text.starts_with(b"INFO") {
            stream.read_buf(&mut Vec::new()).await.unwrap();
        }
        stream.write_all(text).await.unwrap();
        if !closes {
            std::future::pending::<()>().await;
        }
        drop(stream);
        std::future::pending().await
    };
    tokio::select! {
        result = connect(&url) => result.err().unwrap(),
        never = serving => never,
    }
}

#[tokio::test]
async fn another_protocol_is_named() {
    let cases: [(&[u8], &str); 5] = [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"),
        (b"INFO {\"server_id\":\"x\"}\r\n", "NATS"),
        (b"\x15\x03\x01\x00\x02\x02\x0a", "`rediss://`"),
        (b"220 smtp ready\r\n", "another server has this port"),
        (b"+OK\r\n:1\r\n", "does not greet as Redis does"),
    ];
    for (text, part) in cases {
        for closes in [false, true] {
            let error = answered_with(text, closes).await;
            assert_eq!(error.kind(), Kind::Protocol, "{error}");
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_and_closes_has_broken_the_connection() {
    for text in [&b""[..], b"+OK\r\n", b"+OK\r\n*2\r\n$4\r\nro"] {
        let error = answered_with(text, true).await;
        assert_eq!(error.kind(), Kind::Broken, "{error}");
    }
}

#[tokio::test]
async fn the_last_words_of_a_server_are_heard() {
    let words: [(&[u8], &str); 2] = [
        (
            b"-DENIED Redis is running in protected mode\r\n",
            "protected-mode",
        ),
        (b"-ERR max number of clients reached\r\n", "maxclients"),
    ];
    for (text, part) in words {
        let error = answered_with(text, true).await;
        assert_eq!(error.kind(), Kind::Refused, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

/// What is received from a server that answers a subscription with `text`.
async fn subscribed_to(text: &'static [u8]) -> Option<Result<Received, BrokerError>> {
    const GREETING: &[u8] = b"*2\r\n$4\r\nrole\r\n$6\r\nmaster\r\n";

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let serving = async {
        let (mut first, _) = listener.accept().await.unwrap();
        first.write_all(GREETING).await.unwrap();
        let (mut second, _) = listener.accept().await.unwrap();
        second.read_buf(&mut Vec::new()).await.unwrap();
        second.write_all(GREETING).await.unwrap();
        // SUBSCRIBE
        second.read_buf(&mut Vec::new()).await.unwrap();
        second.write_all(text).await.unwrap();
        std::future::pending().await
    };
    let receiving = async {
        let Connection {
            mut subscriber,
            mut inbound,
            ..
        } = connect(&url).await.unwrap();
        let names = names(0..1);
        tokio::select! {
            received = soon(inbound.next()) => received,
            done = subscriber.subscribe(&names) => panic!("{done:?}"),
        }
    };
    tokio::select! {
        received = receiving => received,
        never = serving => never,
    }
}

#[tokio::test]
async fn what_is_no_message_ends_a_session_with_an_error() {
    let message = b"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n";
    let received = subscribed_to(message).await.unwrap().unwrap();
    assert_eq!(
        (&received.subject[..], &received.payload[..]),
        (&b"a"[..], &b"b"[..])
    );
    let cases: [&[u8]; 6] = [
        b"+OK\r\n",
        b":1\r\n",
        b"*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:1\r\n",
        b"*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\na\r\n$1\r\nb\r\n",
        b"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n*0\r\n",
        b"garbage",
    ];
    for text in cases {
        let error = subscribed_to(text).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), Kind::Protocol, "{error}");
    }
}
