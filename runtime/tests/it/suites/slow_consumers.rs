//! Subscribers that are slower than the publisher, and fast subscribers beside them.

use std::net::TcpListener;

use levante::prelude::*;
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Message as Theirs;

use crate::support::{
    Client, Driver, TestServer, on_each_driver, probe, serve, serve_on, serve_with, until,
};

const LIMIT: usize = 150_000;

/// Bytes of each message that fills a queue, and the bytes at which a queue counts as full.
const FILLER: usize = 30_000;
const FULL: usize = 100_000;

async fn serve_limited(driver: Driver) -> TestServer {
    serve_on(
        listener_with_little_buffer(),
        driver,
        1,
        |config, server| {
            config.service(
                probe::socket::service()
                    .backpressure_limit(LIMIT)
                    .server(server),
            );
        },
    )
    .await
}

/// The only open socket.
fn only_socket(server: &TestServer) -> probe::socket::Ws {
    let mut sockets = server.server.sockets::<probe::socket::Ws>();
    assert_eq!(sockets.len(), 1);
    sockets.remove(0)
}

/// A client that reads only when the test asks it to, and its socket. The socket's queue has room
/// for at most 50,000 bytes.
struct Stalled {
    client: Client,
    ws: probe::socket::Ws,
    other: Client,
}

/// Waits until the worker has handled everything that it was given before.
async fn worker_has_had_its_turn(other: &mut Client) {
    for _ in 0..3 {
        assert_eq!(other.ask("echo done").await, "done");
    }
}

async fn stalled(server: &TestServer) -> Stalled {
    let client = connect_with_little_buffer(server).await;
    let ws = only_socket(server);
    let mut other = server.connect("/probe").await;
    loop {
        while ws.buffered_amount() < FULL {
            ws.send(&[b'x'; FILLER][..]);
        }
        let before = ws.buffered_amount();
        worker_has_had_its_turn(&mut other).await;
        if ws.buffered_amount() == before {
            return Stalled { client, ws, other };
        }
    }
}

/// Sends a message whose frame is `beyond` bytes longer than the room in the queue. Returns `None`
/// if no frame has that length. Also returns `None` if the message was accepted after the kernel
/// had made more room.
fn send_beyond_room(ws: &probe::socket::Ws, beyond: isize) -> Option<SendStatus> {
    loop {
        let before = ws.buffered_amount();
        let frame = (LIMIT - before).checked_add_signed(beyond).unwrap();
        let header = match frame {
            ..=127 => 2,
            130..=65_539 => 4,
            65_546.. => 10,
            _ => return None,
        };
        let status = ws.send(vec![b'y'; frame.checked_sub(header).unwrap()]);
        let after = ws.buffered_amount();
        match status {
            SendStatus::Dropped(_) if after == before => return Some(status),
            SendStatus::Dropped(_) => {}
            _ => return (after == before + frame).then_some(status),
        }
    }
}

/// The number after the space in the next text.
async fn next_number(client: &mut Client) -> usize {
    client
        .text()
        .await
        .split_once(' ')
        .unwrap()
        .1
        .parse()
        .unwrap()
}

/// The next entry of a `close` handler.
async fn next_close(server: &TestServer) -> String {
    loop {
        let entry = server.log.next().await;
        if entry.starts_with("close") {
            return entry;
        }
    }
}

/// A message of some 30,000 bytes that ends in a number.
fn numbered(number: usize) -> String {
    format!("{} {number}", "x".repeat(FILLER))
}

on_each_driver! {
    async fn the_limit_is_exact_and_drain_follows_once(driver: Driver) {
        for (beyond, expected, room_left) in [
            (-1, SendStatus::Backpressure, 1),
            (0, SendStatus::Backpressure, 0),
            (1, SendStatus::Dropped(DropReason::Full), 1),
        ] {
            let (server, mut client, ws, _other) = loop {
                let server = serve_limited(driver).await;
                let Stalled { client, ws, mut other } = stalled(&server).await;
                worker_has_had_its_turn(&mut other).await;
                server.log.clear();
                if let Some(status) = send_beyond_room(&ws, beyond) {
                    assert_eq!(status, expected, "{beyond}");
                    break (server, client, ws, other);
                }
            };
            if expected == SendStatus::Backpressure {
                assert!(ws.buffered_amount() <= LIMIT - room_left);
                let more = 2 - room_left as isize;
                assert_eq!(send_beyond_room(&ws, more), Some(SendStatus::Dropped(DropReason::Full)));
            }
            assert!(server.log.is_empty(), "drain came too early");
            while ws.buffered_amount() > 0 {
                assert!(matches!(client.next().await, Theirs::Binary(_)));
            }
            assert_eq!(server.log.next().await, "drain");
            assert_eq!(ws.send("again"), SendStatus::Sent(5));
            client.send("ping done").await;
            while !matches!(client.next().await, Theirs::Ping(_)) {}
            assert!(server.log.is_empty(), "drain came twice");
        }
    }

    async fn the_latest_of_each_key_reaches_a_stalled_reader(driver: Driver) {
        let server = serve_limited(driver).await;
        let Stalled { mut client, ws, mut other } = stalled(&server).await;
        ws.subscribe("prices");
        for number in 0..10_000 {
            let key = (number % 3).to_string();
            let text = format!("{key} {number}");
            assert_eq!(server.server.publish_with("prices", text, Policy::Latest(&key)), 1);
        }
        worker_has_had_its_turn(&mut other).await;
        assert!(ws.buffered_amount() <= LIMIT);
        let mut seen: [Vec<usize>; 3] = Default::default();
        while [9999, 9997, 9998].iter().any(|last| !seen[last % 3].contains(last)) {
            if let Theirs::Text(text) = client.next().await {
                let (key, number) = text.split_once(' ').unwrap();
                seen[key.parse::<usize>().unwrap()].push(number.parse().unwrap());
            }
        }
        assert!(seen.iter().all(|numbers| numbers.is_sorted_by(|a, b| a < b)), "{seen:?}");
        let count: usize = seen.iter().map(Vec::len).sum();
        assert!(count <= 10, "{count} updates were not replaced");
        assert_eq!(server.server.publish_with("prices", "0 10000", Policy::Latest("0")), 1);
        assert_eq!(client.text().await, "0 10000", "nothing was left behind");
    }

    async fn the_latest_never_overtakes_an_ordinary_message(driver: Driver) {
        let server = serve_limited(driver).await;
        let Stalled { mut client, ws, mut other } = stalled(&server).await;
        ws.subscribe("prices");
        for number in 0..300 {
            server.server.publish_with("prices", format!("key {number}"), Policy::Latest("key"));
            if number % 100 == 50 {
                server.server.publish("prices", format!("ordinary {number}"));
            }
        }
        worker_has_had_its_turn(&mut other).await;
        let mut last = None;
        let mut ordinary = Vec::new();
        while last != Some(299) {
            let Theirs::Text(text) = client.next().await else { continue };
            let (kind, number) = text.split_once(' ').unwrap();
            let number = number.parse().unwrap();
            assert!(last.is_none_or(|last| last <= number), "{last:?} before {number}");
            match kind {
                "key" => last = Some(number),
                _ => ordinary.push(number),
            }
        }
        assert_eq!(ordinary, [50, 150, 250]);
    }

    async fn whoever_keeps_up_gets_every_value(driver: Driver) {
        let server = serve_with(driver, 2, probe::app).await;
        let mut clients = [server.connect("/probe").await, server.connect("/probe").await];
        for client in &mut clients {
            assert_eq!(client.ask("subscribe prices").await, "true");
        }
        let policies = [Policy::Latest("a"), Policy::Drop, Policy::Latest("a"), Policy::Close];
        for number in 0..100 {
            let text = format!("number {number}");
            assert_eq!(server.server.publish_with("prices", text, policies[number % 4]), 2);
            for client in &mut clients {
                assert_eq!(next_number(client).await, number);
            }
        }
    }

    async fn a_sender_is_left_out_whatever_the_policy(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut client = server.connect("/probe").await;
        let ws = only_socket(&server);
        let mut other = server.connect("/probe").await;
        assert_eq!(client.ask("subscribe lobby").await, "true");
        assert_eq!(other.ask("subscribe lobby").await, "true");
        for policy in [Policy::Latest("key"), Policy::Close, Policy::Drop] {
            assert_eq!(ws.publish_with("lobby", format!("{policy:?}"), policy), 1);
            assert_eq!(other.text().await, format!("{policy:?}"));
        }
        assert_eq!(client.ask("echo nothing else").await, "nothing else");
    }

    async fn a_policy_can_cut_a_slow_consumer_off(driver: Driver) {
        let server = serve_limited(driver).await;
        let _stalled = connect_with_little_buffer(&server).await;
        let slow = only_socket(&server);
        slow.subscribe("news");
        let mut reader = server.connect("/probe").await;
        assert_eq!(reader.ask("subscribe news").await, "true");
        let mut number = 0;
        while slow.ready_state() == ReadyState::Open {
            server.server.publish_with("news", numbered(number), Policy::Close);
            assert_eq!(next_number(&mut reader).await, number);
            assert!(slow.buffered_amount() <= LIMIT);
            number += 1;
        }
        let entry = next_close(&server).await;
        assert!(entry.starts_with(r#"close 1006 "" SlowConsumer"#), "{entry}");
        until("it to have left", || server.server.subscriber_count("news") == 1).await;
        assert_eq!(server.server.publish_with("news", "last 1", Policy::Close), 1);
        assert_eq!(next_number(&mut reader).await, 1);
    }

    async fn a_slow_consumer_misses_messages_without_a_policy(driver: Driver) {
        let server = serve_limited(driver).await;
        let mut stalled = connect_with_little_buffer(&server).await;
        let slow = only_socket(&server);
        slow.subscribe("news");
        let mut reader = server.connect("/probe").await;
        assert_eq!(reader.ask("subscribe news").await, "true");
        let (mut number, mut missed) = (0, 0);
        while missed < 10 {
            let before = slow.buffered_amount();
            assert_eq!(server.server.publish_with("news", numbered(number), Policy::Drop), 2);
            assert_eq!(next_number(&mut reader).await, number);
            missed += usize::from(slow.buffered_amount() == before && before > 0);
            number += 1;
        }
        assert_eq!(slow.ready_state(), ReadyState::Open);
        assert!(slow.buffered_amount() <= LIMIT);
        let mut seen = Vec::new();
        while slow.buffered_amount() > 0 {
            seen.push(next_number(&mut stalled).await);
        }
        server.server.publish("news", format!("end {number}"));
        while seen.last() != Some(&number) {
            seen.push(next_number(&mut stalled).await);
        }
        assert!(seen.is_sorted_by(|a, b| a < b));
        assert!(seen.len() <= number, "nothing was missed");
    }

    async fn many_stalled_readers_cost_their_limit_and_no_reader_notices(driver: Driver) {
        let server = serve_on(listener_with_little_buffer(), driver, 2, |config, server| {
            config.service(probe::socket::service().backpressure_limit(20_000).server(server));
        })
        .await;
        let mut stalled = Vec::new();
        for _ in 0..200 {
            stalled.push(connect_with_little_buffer(&server).await);
        }
        let slow = server.server.sockets::<probe::socket::Ws>();
        assert_eq!(slow.len(), 200);
        assert!(slow.iter().all(|ws| ws.subscribe("feed")));
        let mut readers = Vec::new();
        for _ in 0..3 {
            let mut reader = server.connect("/probe").await;
            assert_eq!(reader.ask("subscribe feed").await, "true");
            readers.push(reader);
        }
        let keys = ["a", "b", "c"];
        let policies = [Policy::Drop, Policy::Latest(keys[0]), Policy::Latest(keys[1])];
        let (mut number, mut rounds_when_full) = (0, 0);
        while rounds_when_full < 10 {
            for policy in policies {
                for len in [5_000, 50] {
                    let text = format!("{} {number}", "x".repeat(len));
                    assert_eq!(server.server.publish_with("feed", text, policy), 203);
                    for reader in &mut readers {
                        assert_eq!(next_number(reader).await, number);
                    }
                    number += 1;
                }
            }
            let buffered: Vec<usize> = slow.iter().map(|ws| ws.buffered_amount()).collect();
            assert!(buffered.iter().all(|bytes| *bytes <= 20_000), "{buffered:?}");
            rounds_when_full += usize::from(buffered.iter().all(|bytes| *bytes > 14_000));
        }
        assert!(slow.iter().all(|ws| ws.ready_state() == ReadyState::Open));
    }
}

/// A listener whose connections have small send buffers. The kernel's default is some MiB.
pub(crate) fn listener_with_little_buffer() -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(16 << 10).unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    socket.listen(1024).unwrap().into_std().unwrap()
}

/// Connects with a receive buffer that does not grow, so that the kernel buffers little. A buffer
/// smaller than a segment of the loopback interface would make reading very slow.
pub(crate) async fn connect_with_little_buffer(server: &TestServer) -> Client {
    connect_with_little_buffer_at(server, "/probe").await
}

/// [`connect_with_little_buffer`] to another path.
pub(crate) async fn connect_with_little_buffer_at(server: &TestServer, path: &str) -> Client {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(128 << 10).unwrap();
    let stream = socket.connect(server.addr).await.unwrap();
    Client::on(stream, &format!("ws://{}{path}", server.addr)).await
}
