//! The numbers of the room, as Prometheus scrapes them.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    client::Client,
    http,
    process::{Example, PATIENCE},
};

/// The samples of a scrape, each with its labels. Checks every line of the text.
fn scrape(address: SocketAddr) -> BTreeMap<String, u64> {
    let response = http::get(address, "/metrics");
    assert_eq!(response.status, 200);
    let kind = response.header("content-type");
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    assert!(response.body.ends_with('\n'));
    let mut samples = BTreeMap::new();
    let mut described = Vec::new();
    for line in response.body.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, text) = help.split_once(' ').unwrap();
            assert!(!described.contains(&name), "{name} has two descriptions");
            assert!(!text.is_empty());
            described.push(name);
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert_eq!(described.last(), Some(&name));
            assert!(["counter", "gauge"].contains(&kind), "{line}");
        } else {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            let name = sample.split('{').next().unwrap();
            assert_eq!(described.last(), Some(&name), "{line}");
            let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
            assert_eq!(samples.insert(sample.to_owned(), value), None, "{line}");
        }
    }
    samples
}

/// Scrapes until a sample has this value.
fn scrape_until(address: SocketAddr, sample: &str, value: u64) -> BTreeMap<String, u64> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let samples = scrape(address);
        if samples.get(sample) == Some(&value) {
            return samples;
        }
        assert!(Instant::now() < deadline, "{sample}: {samples:#?}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn a_scrape_has_what_the_room_has_done() {
    let room = Example::metrics();
    assert_eq!(scrape(room.address)["levante_publishes_total"], 0);

    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = Client::connect(room.address, "/ws").await;
        assert_eq!(client.next().await, Message::text("welcome"));
        clients.push(client);
    }
    for from in 0..3 {
        clients[from].send(Message::text("hello")).await;
        for (to, client) in clients.iter_mut().enumerate() {
            if to != from {
                assert_eq!(client.next().await, Message::text("hello"));
            }
        }
    }
    // A failure of the handler closes the socket.
    clients[0].send(Message::text("")).await;
    assert!(clients[0].next().await.is_close());
    drop(clients.remove(0));
    assert_eq!(http::get(room.address, "/ws").status, 426);

    let closed = r#"levante_connections_closed_total{path="/ws",code="1011",by="handler"}"#;
    let samples = scrape_until(room.address, closed, 1);
    for (sample, value) in [
        (r#"levante_connections{path="/ws"}"#, 2),
        (r#"levante_connections_opened_total{path="/ws"}"#, 3),
        (
            r#"levante_handshakes_refused_total{path="/ws",reason="protocol"}"#,
            1,
        ),
        (r#"levante_messages_received_total{path="/ws"}"#, 4),
        (r#"levante_received_bytes_total{path="/ws"}"#, 15),
        (r#"levante_messages_sent_total{path="/ws"}"#, 9),
        (r#"levante_sent_bytes_total{path="/ws"}"#, 51),
        (r#"levante_deliveries_total{path="/ws"}"#, 6),
        (
            r#"levante_messages_dropped_total{path="/ws",reason="full"}"#,
            0,
        ),
        (
            r#"levante_handler_failures_total{path="/ws",handler="message",reason="error"}"#,
            1,
        ),
        ("levante_publishes_total", 3),
        ("levante_publishes_refused_total", 0),
    ] {
        assert_eq!(samples.get(sample), Some(&value), "{sample}: {samples:#?}");
    }
}
