//! The messages that reach the `message` handler.

use actix_web::web;
use futures_util::{SinkExt, future::join_all};
use levante::{Incoming, prelude::*};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message as Theirs;

use crate::support::{Driver, Log, frame, on_each_driver, serve, soon};

#[websocket("/echo", backpressure_limit = 64 << 20)]
mod echo {
    use super::*;

    fn message(ws: &Ws, message: Message) {
        ws.send(message);
    }
}

#[websocket("/text")]
mod text {
    fn message(ws: &Ws, text: &str) {
        ws.send(text.to_uppercase());
    }
}

#[websocket("/binary")]
mod binary {
    fn message(ws: &Ws, bytes: &[u8]) {
        ws.send(bytes.iter().rev().copied().collect::<Vec<u8>>());
    }
}

#[websocket("/json")]
mod json {
    use super::*;

    #[derive(serde::Deserialize)]
    pub(super) struct Sum<'a> {
        label: &'a str,
        terms: Vec<i64>,
    }

    fn message(ws: &Ws, Json(sum): Json<Sum<'_>>) {
        ws.send(format!("{} = {}", sum.label, sum.terms.iter().sum::<i64>()));
    }
}

#[websocket("/lenient")]
mod lenient {
    use super::*;

    fn message(ws: &Ws, text: Result<&str, PayloadError>) {
        ws.send(match text {
            Ok(text) => format!("got {text}"),
            Err(error) => format!("got none: {error}"),
        });
    }
}

pub(crate) struct Point(i8, i8);

impl<'m> FromMessage<'m> for Point {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        match *message.as_binary()? {
            [x, y] => Ok(Self(x as i8, y as i8)),
            _ => Err(PayloadError::invalid("a point is two bytes")),
        }
    }
}

#[websocket("/own")]
mod own {
    use super::*;

    fn message(ws: &Ws, Point(x, y): Point) {
        ws.send(format!("{x} {y}"));
    }
}

/// Each message waits for the gate.
#[websocket("/slow")]
mod slow {
    use super::*;

    pub(super) async fn attach(log: web::Data<Log>, gate: web::Data<Gate>) -> (Log, Gate) {
        ((**log).clone(), (**gate).clone())
    }

    async fn message(ws: &Ws, text: &str) {
        ws.data.0.push(format!("begin {text}"));
        ws.data.1.pass().await;
        ws.data.0.push(format!("end {text}"));
        ws.send(text);
    }

    fn close(ws: &Ws) {
        ws.data.0.push("close");
    }
}

/// Lets one message through for each permit.
#[derive(Clone)]
pub(crate) struct Gate(std::sync::Arc<tokio::sync::Semaphore>);

impl Gate {
    async fn pass(&self) {
        self.0.acquire().await.unwrap().forget();
    }

    fn open(&self, passes: usize) {
        self.0.add_permits(passes);
    }
}

pub(crate) fn app(config: &mut web::ServiceConfig, server: &Server) {
    config
        .service(echo::service().server(server))
        .service(text::service().server(server))
        .service(binary::service().server(server))
        .service(json::service().server(server))
        .service(lenient::service().server(server))
        .service(own::service().server(server))
        .service(
            text::service()
                .path("/small")
                .max_message_size(10)
                .server(server),
        );
}

fn payload(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}

on_each_driver! {
    async fn messages_of_every_size_come_back_whole(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = server.connect("/echo").await;
        for len in [0, 1, 125, 126, 4095, 4096, 65_535, 65_536, 1 << 20, 16 << 20] {
            let sent = payload(len);
            client.send_binary(sent.clone()).await;
            let Theirs::Binary(echoed) = client.next().await else { panic!("not binary") };
            assert!(echoed == sent, "{len} bytes came back changed");
            let sent: String = "aé漢🎉".chars().cycle().take(len / 4).collect();
            assert_eq!(client.ask(sent.clone()).await, sent);
        }
    }

    async fn fragments_are_joined_with_control_frames_between(driver: Driver) {
        let server = serve(driver, app).await;
        let mut stream = server.connect_raw("/echo").await;
        let mut bytes = Vec::new();
        // The first fragment ends in the middle of a character.
        for (first, part) in
            [(0x01, &b"h\xC3"[..]), (0x89, b"are you there"), (0x00, b"\xA9l"), (0x80, b"lo")]
        {
            bytes.extend(frame(first, part));
        }
        for byte in bytes {
            stream.write_all(&[byte]).await.unwrap();
        }
        let expected = b"\x8A\x0Dare you there\x81\x06h\xC3\xA9llo";
        let mut seen = vec![0; expected.len()];
        soon("pong and echo", stream.read_exact(&mut seen)).await.unwrap();
        assert_eq!(seen, expected);
    }

    async fn payloads_are_what_the_handler_asks_for(driver: Driver) {
        let server = serve(driver, app).await;
        assert_eq!(server.connect("/text").await.ask("levante").await, "LEVANTE");
        let mut client = server.connect("/binary").await;
        client.send_binary([1, 2, 3]).await;
        assert_eq!(client.next().await, Theirs::binary(vec![3, 2, 1]));
        let mut client = server.connect("/json").await;
        assert_eq!(client.ask(r#"{"label":"sum","terms":[1,2,39]}"#).await, "sum = 42");
        client.send_binary(&br#"{"label":"bytes","terms":[]}"#[..]).await;
        assert_eq!(client.text().await, "bytes = 0");
        let mut client = server.connect("/own").await;
        client.send_binary([5, 0xFF]).await;
        assert_eq!(client.text().await, "5 -1");
        let mut client = server.connect("/lenient").await;
        assert_eq!(client.ask("x").await, "got x");
        client.send_binary([0]).await;
        assert_eq!(client.text().await, "got none: expected a text message");
        assert_eq!(client.ask("still here").await, "got still here");
    }

    async fn a_payload_that_does_not_fit_closes_with_its_code(driver: Driver) {
        let server = serve(driver, app).await;
        for (path, message, code, reason) in [
            ("/text", Theirs::binary(vec![1]), 1003, "expected a text message"),
            ("/binary", Theirs::text("a"), 1003, "expected a binary message"),
            ("/json", Theirs::text("{"), 1007, "invalid payload"),
            ("/own", Theirs::binary(vec![1]), 1007, "invalid payload"),
        ] {
            let mut client = server.connect(path).await;
            client.0.send(message).await.unwrap();
            assert_eq!(client.closed().await, (code, reason.to_owned()), "{path}");
        }
        server.all_gone().await;
    }

    async fn the_largest_message_is_as_large_as_the_setting_says(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = server.connect("/small").await;
        assert_eq!(client.ask("a".repeat(9)).await, "A".repeat(9));
        assert_eq!(client.ask("a".repeat(10)).await, "A".repeat(10));
        client.send("a".repeat(11)).await;
        assert_eq!(client.closed().await.0, 1009);
    }

    async fn a_message_that_is_too_large_is_refused_by_its_header(driver: Driver) {
        let server = serve(driver, app).await;
        let mut stream = server.connect_raw("/small").await;
        // Sends only a header: first of a frame of eleven bytes, then of a frame of one exabyte.
        stream.write_all(&[0x81, 0x80 | 11]).await.unwrap();
        let mut answer = [0; 4];
        soon("a close frame", stream.read_exact(&mut answer)).await.unwrap();
        assert_eq!((answer[0], u16::from_be_bytes([answer[2], answer[3]])), (0x88, 1009));
        drop(stream);
        let mut stream = server.connect_raw("/echo").await;
        stream.write_all(b"\x82\xFF\x10\0\0\0\0\0\0\0").await.unwrap();
        soon("a close frame", stream.read_exact(&mut answer)).await.unwrap();
        assert_eq!((answer[0], u16::from_be_bytes([answer[2], answer[3]])), (0x88, 1009));
        drop(stream);
        server.all_gone().await;
    }

    async fn violations_end_with_the_code_of_the_rfc(driver: Driver) {
        let server = serve(driver, app).await;
        let violations = [
            (&b"\x81\x01a"[..], 1002),           // not masked
            (b"\xC1\x80\0\0\0\0", 1002),         // a reserved bit
            (b"\x83\x80\0\0\0\0", 1002),         // a reserved opcode
            (b"\x80\x80\0\0\0\0", 1002),         // a continuation of nothing
            (b"\x09\x80\0\0\0\0", 1002),         // a fragmented ping
            (b"\x89\xFE", 1002),                 // a long ping
            (b"\x88\x81\0\0\0\0\x03", 1002),     // half a close code
            (b"\x81\x81\0\0\0\0\xFF", 1007),     // not UTF-8
            (b"\x01\x82\0\0\0\0\xC0\x80", 1007), // not UTF-8, before the message is complete
        ];
        // A server goes on reading for a while after a violation, so they are made at the same time.
        join_all(violations.map(async |(bytes, code)| {
            let mut stream = server.connect_raw("/echo").await;
            stream.write_all(bytes).await.unwrap();
            let mut seen = Vec::new();
            soon("the end", stream.read_to_end(&mut seen)).await.unwrap();
            assert_eq!(seen[0], 0x88, "{bytes:?}: {seen:?}");
            assert_eq!(u16::from_be_bytes([seen[2], seen[3]]), code, "{bytes:?}");
            assert_eq!(seen.len(), 2 + usize::from(seen[1]), "something behind the close frame");
        }))
        .await;
        server.all_gone().await;
    }

    async fn an_async_handler_is_waited_for_and_blocks_nobody_else(driver: Driver) {
        let gate = Gate(std::sync::Arc::new(tokio::sync::Semaphore::new(0)));
        let of_app = gate.clone();
        let server = serve(driver, move |config, server| {
            config
                .app_data(web::Data::new(of_app.clone()))
                .service(slow::service().server(server))
                .service(echo::service().server(server));
        })
        .await;
        let mut client = server.connect("/slow").await;
        for text in ["a", "b", "c"] {
            client.send(text).await;
        }
        assert_eq!(server.log.next().await, "begin a");
        let mut other = server.connect("/echo").await;
        assert_eq!(other.ask("not blocked").await, "not blocked");
        assert!(server.log.is_empty(), "one at a time");
        gate.open(1);
        assert_eq!(server.log.next().await, "end a");
        assert_eq!(client.text().await, "a");
        assert_eq!(server.log.next().await, "begin b");
        gate.open(2);
        for entry in ["end b", "begin c", "end c"] {
            assert_eq!(server.log.next().await, entry);
        }
        assert_eq!(client.text().await, "b");
        assert_eq!(client.text().await, "c");
    }

    async fn an_async_handler_outlives_its_peer(driver: Driver) {
        let gate = Gate(std::sync::Arc::new(tokio::sync::Semaphore::new(0)));
        let of_app = gate.clone();
        let server = serve(driver, move |config, server| {
            config.app_data(web::Data::new(of_app.clone())).service(slow::service().server(server));
        })
        .await;
        let mut client = server.connect("/slow").await;
        client.send("a").await;
        assert_eq!(server.log.next().await, "begin a");
        drop(client);
        gate.open(1);
        assert_eq!(server.log.next().await, "end a");
        assert_eq!(server.log.next().await, "close");
        server.all_gone().await;
    }
}
