//! Peers that send many tiny frames, send slowly, or reconnect again and again. The cost of each
//! peer is bounded.

use std::{cell::Cell, time::Duration};

use actix_web::web;
use levante::{Incoming, prelude::*};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::Message as Theirs;

use crate::{
    suites::slow_consumers::{connect_with_little_buffer, listener_with_little_buffer},
    support::{
        Driver, TestServer, frame, on_each_driver, probe, serve, serve_on, soon, upgrade_request,
    },
};

/// The default of `max_frames_per_message`.
const MAX_FRAMES: usize = 131_072;

/// Counts messages and their bytes, and answers the message `count` with both.
#[websocket("/count")]
mod count {
    use super::*;

    #[derive(Default)]
    pub(super) struct Seen {
        messages: Cell<usize>,
        bytes: Cell<usize>,
    }

    fn attach() -> Seen {
        Seen::default()
    }

    fn message(ws: &Ws, message: Incoming<'_>) {
        let Seen { messages, bytes } = &ws.data;
        if message.as_bytes() == b"count" {
            ws.send(format!("{} of {}", messages.get(), bytes.get()));
        } else {
            messages.update(|count| count + 1);
            bytes.update(|count| count + message.as_bytes().len());
        }
    }
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    let few_frames = count::service().path("/few").max_frames_per_message(3);
    config
        .service(count::service().server(server))
        .service(few_frames.server(server));
}

/// A binary message of `count` frames that all carry the same payload.
fn fragments(count: usize, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in 1..=count {
        let opcode = if number == 1 { 2 } else { 0 };
        let fin = if number == count { 0x80 } else { 0 };
        bytes.extend(frame(fin | opcode, payload));
    }
    bytes
}

/// Sends bytes, and then asks `/count` for its counts.
async fn counted(stream: &mut TcpStream, bytes: &[u8]) -> String {
    let question = frame(0x81, b"count");
    let all = [bytes, &question].concat();
    soon("room for it", stream.write_all(&all)).await.unwrap();
    let mut header = [0; 2];
    soon("an answer", stream.read_exact(&mut header))
        .await
        .unwrap();
    assert_eq!(header[0], 0x81, "no text");
    let mut text = vec![0; header[1].into()];
    soon("the rest", stream.read_exact(&mut text))
        .await
        .unwrap();
    String::from_utf8(text).unwrap()
}

/// Sends bytes that must be answered by a Close frame only, and returns its code and reason.
async fn refused(stream: &mut TcpStream, bytes: &[u8]) -> (u16, String) {
    soon("room for it", stream.write_all(bytes)).await.unwrap();
    let mut seen = Vec::new();
    soon("the end", stream.read_to_end(&mut seen))
        .await
        .unwrap();
    assert_eq!(seen[0], 0x88, "{seen:?}");
    let reason = String::from_utf8_lossy(&seen[4..]).into_owned();
    (u16::from_be_bytes([seen[2], seen[3]]), reason)
}

fn too_many_frames() -> (u16, String) {
    (1008, "message has more frames than the limit".to_owned())
}

on_each_driver! {
    async fn a_message_has_as_many_frames_as_the_setting_says(driver: Driver) {
        let server = serve(driver, app).await;
        for payload in [&b""[..], b"1"] {
            for count in [1, 2, 3] {
                let mut stream = server.connect_raw("/few").await;
                let expected = format!("1 of {}", count * payload.len());
                assert_eq!(counted(&mut stream, &fragments(count, payload)).await, expected);
            }
            let mut stream = server.connect_raw("/few").await;
            assert_eq!(refused(&mut stream, &fragments(4, payload)).await, too_many_frames());
        }
        server.all_gone().await;
    }

    async fn a_message_of_one_byte_frames_is_taken_up_to_the_default(driver: Driver) {
        let server = serve(driver, app).await;
        let mut stream = server.connect_raw("/count").await;
        let most = fragments(MAX_FRAMES, b"1");
        assert_eq!(counted(&mut stream, &most).await, format!("1 of {MAX_FRAMES}"));
        let one_more = fragments(MAX_FRAMES + 1, b"1");
        assert_eq!(refused(&mut stream, &one_more).await, too_many_frames());
        drop(stream);
        server.all_gone().await;
    }

    async fn a_flood_of_empty_fragments_ends_with_1008(driver: Driver) {
        let server = serve(driver, app).await;
        let mut stream = server.connect_raw("/count").await;
        // The peer sends on long after the refusal, and still receives the Close frame.
        let flood = fragments((1 << 20) / 6, b"");
        assert_eq!(refused(&mut stream, &flood).await, too_many_frames());
        drop(stream);
        server.all_gone().await;
    }

    async fn a_mebibyte_of_headers_is_so_many_empty_messages(driver: Driver) {
        let server = serve(driver, app).await;
        let mut stream = server.connect_raw("/count").await;
        let count = (1 << 20) / 6;
        let flood = frame(0x82, b"").repeat(count);
        assert_eq!(counted(&mut stream, &flood).await, format!("{count} of 0"));
    }

    async fn a_flood_of_pings_leaves_only_the_newest_answers(driver: Driver) {
        const PINGS: usize = 8_000;
        let server = serve_on(listener_with_little_buffer(), driver, 1, probe::app).await;
        let mut client = connect_with_little_buffer(&server).await;
        assert_eq!(server.log.next().await, "open");
        let ws = server.server.sockets::<probe::socket::Ws>().remove(0);
        let payload = |number: usize| format!("{number:0125}");
        let pings = (0..PINGS).flat_map(|number| frame(0x89, payload(number).as_bytes()));
        let pings: Vec<u8> = pings.collect();
        // The client reads none of the answers.
        soon("room for pings", client.0.get_mut().write_all(&pings)).await.unwrap();
        let last = format!("ping {}", payload(PINGS - 1));
        while server.log.next().await != last {}
        assert!(ws.buffered_amount() <= 4096, "{}", ws.buffered_amount());
        let mut answered = Vec::new();
        while answered.last() != Some(&(PINGS - 1)) {
            let Theirs::Pong(payload) = client.next().await else { panic!("no pong") };
            answered.push(std::str::from_utf8(&payload).unwrap().parse::<usize>().unwrap());
        }
        assert!(answered.is_sorted_by(|a, b| a < b));
        assert!(answered.len() < PINGS, "the kernel took all of them");
    }

    async fn a_handshake_may_come_byte_by_byte(driver: Driver) {
        let server = serve(driver, app).await;
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        stream.set_nodelay(true).unwrap();
        for byte in upgrade_request("/count").bytes() {
            stream.write_all(&[byte]).await.unwrap();
        }
        let mut head = Vec::new();
        soon("the handshake", async {
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
        })
        .await;
        assert!(head.starts_with(b"HTTP/1.1 101 "));
        assert_eq!(counted(&mut stream, b"").await, "0 of 0");
    }

    async fn a_peer_that_ends_its_half_is_let_go(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut stream = server.connect_raw("/probe").await;
        assert_eq!(server.log.next().await, "open");
        stream.shutdown().await.unwrap();
        let entry = server.log.next().await;
        assert!(entry.starts_with(r#"close 1006 "" Lost"#), "{entry}");
        let mut seen = Vec::new();
        soon("the end", stream.read_to_end(&mut seen)).await.unwrap();
        assert_eq!(seen, b"");
        server.all_gone().await;
    }

    async fn thousands_that_come_and_go_leave_nothing(driver: Driver) {
        let server = serve(driver, probe::app).await;
        for number in 0..2000 {
            come_and_go(&server, number).await;
        }
        server.all_gone().await;
        let mut client = server.connect("/probe").await;
        assert_eq!(client.ask("echo still here").await, "still here");
        assert_eq!(server.server.connections(), 1);
    }
}

/// Connects and leaves in one of several ways, mostly without a closing handshake.
async fn come_and_go(server: &TestServer, number: usize) {
    let request = upgrade_request("/probe");
    let stream = match number % 4 {
        0 => TcpStream::connect(server.addr).await.unwrap(),
        1 => {
            let mut stream = TcpStream::connect(server.addr).await.unwrap();
            let part = &request.as_bytes()[..number % request.len()];
            stream.write_all(part).await.unwrap();
            stream
        }
        2 => server.connect_raw("/probe").await,
        _ => {
            let mut stream = server.connect_raw("/probe").await;
            let subscribe = frame(0x81, b"subscribe lobby");
            stream.write_all(&subscribe).await.unwrap();
            stream
        }
    };
    // With zero linger the drop sends a reset, and leaves no port in TIME_WAIT.
    #[expect(deprecated, reason = "a linger of zero does not block")]
    stream.set_linger(Some(Duration::ZERO)).unwrap();
}
