//! What others publish under our prefix.

use tracing::Level;

use super::*;
use crate::{
    cluster::{
        broker::{Connection, Driver, Post, Publisher},
        envelope::{Body, Envelope, Hello, Versions},
    },
    log::captured::Captured,
};

/// Publishes bytes as another program would.
async fn publish(broker: &Memory, subject: &str, payload: &[u8]) {
    let connected = broker.clone().connect("stranger").await;
    let Connection { mut publisher, .. } = connected.unwrap();
    publisher
        .publish(&[Post { subject, payload }])
        .await
        .unwrap();
    rest().await;
}

pub(super) fn envelope(node: u64, body: Body<'_>) -> Vec<u8> {
    let envelope = Envelope {
        node,
        lane: 0,
        sequence: 0,
        session: Envelope::FIRST,
        topic: None,
        body,
    };
    let mut bytes = Vec::new();
    envelope.encode(Versions::OURS.max, &mut bytes).unwrap();
    bytes
}

fn hello(application: &str) -> Body<'_> {
    Body::Hello(Hello {
        versions: Versions::OURS,
        ready: true,
        asks: false,
        application,
        name: "stranger",
        sessions: None,
    })
}

#[levante::test]
async fn foreign_bytes_are_counted_and_do_no_harm() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    let node = format!("levante:n:{:08x}", two.cluster.tag());
    for subject in ["levante:t:news", "levante:c", "levante:t:", &node] {
        publish(&broker, subject, b"").await;
        publish(&broker, subject, b"hello").await;
        publish(&broker, subject, &[0xff; 1000]).await;
    }
    assert_eq!(two.cluster.stats().unreadable, 12);
    assert_eq!(one.cluster.stats().unreadable, 6);
    assert_eq!(heard(&mut news).await, [0; 0]);
    one.publish("news", 0..10);
    assert_eq!(heard(&mut news).await, numbers(0..10));
}

#[levante::test]
async fn a_message_at_the_wrong_place_is_unreadable() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let _news = two.hear("news").await;
    let node = format!("levante:n:{:08x}", two.cluster.tag());
    publish(&broker, "levante:t:news", &envelope(7, hello("shop"))).await;
    publish(&broker, &node, &envelope(7, Body::Goodbye)).await;
    let reply = Body::CountReply {
        query: 1,
        subscribers: 1,
    };
    publish(&broker, "levante:c", &envelope(7, reply)).await;
    assert_eq!(two.cluster.stats().unreadable, 3);
    assert_eq!(one.cluster.stats().unreadable, 1);
    assert_eq!(two.cluster.nodes().len(), 2);
}

#[levante::test]
async fn truncated_and_damaged_messages_are_counted() {
    let broker = Memory::new();
    let one = Member::join(&broker).await;
    let bytes = envelope(7, hello("shop"));
    for len in 0..bytes.len() {
        publish(&broker, "levante:c", &bytes[..len]).await;
    }
    assert_eq!(one.cluster.stats().unreadable, bytes.len() as u64);
    for at in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x10;
        publish(&broker, "levante:c", &bytes).await;
    }
    let stats = one.cluster.stats();
    assert_eq!(stats.unreadable, 2 * bytes.len() as u64);
    assert_eq!(one.cluster.nodes().len(), 1);
}

#[levante::test]
async fn a_node_of_another_version_is_logged_once() {
    let broker = Memory::new();
    let one = Member::join(&broker).await;
    let captured = Captured::from(Level::WARN);
    let body = hello("shop");
    let envelope = Envelope {
        node: 7,
        lane: 0,
        sequence: 0,
        session: Envelope::FIRST,
        topic: None,
        body,
    };
    let mut bytes = Vec::new();
    envelope.encode(Versions::OURS.max + 1, &mut bytes).unwrap();
    for _ in 0..3 {
        publish(&broker, "levante:c", &bytes).await;
    }
    assert_eq!(one.cluster.stats().other_version, 3);
    assert_eq!(one.cluster.stats().unreadable, 0);
    let lines = captured.take();
    let [line] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert!(
        line.contains("version=2") && line.contains("0000000000000007"),
        "{line}"
    );
}

#[levante::test]
async fn another_application_with_our_prefix_is_named() {
    let broker = Memory::new();
    let captured = Captured::from(Level::WARN);
    let shop = Member::with(&broker, |join| join.application("shop"))
        .await
        .unwrap();
    let _chat = Member::with(&broker, |join| join.application("chat").name("web-1"))
        .await
        .unwrap();
    advance(30 * SECOND).await;
    let lines = captured.take();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines
            .iter()
            .all(|line| line.contains("another application"))
    );
    let of_shop = lines.iter().find(|line| line.contains("other=\"chat\""));
    assert!(of_shop.unwrap().contains("prefix=\"levante\""), "{lines:?}");
    assert_eq!(shop.cluster.nodes().len(), 2);
}

#[levante::test]
async fn a_node_with_the_same_tag_is_named() {
    let broker = Memory::new();
    let one = Member::with(&broker, |join| join.application("shop"))
        .await
        .unwrap();
    let captured = Captured::from(Level::WARN);
    let other = one.cluster.id() ^ 1 << 40;
    for _ in 0..3 {
        publish(&broker, "levante:c", &envelope(other, hello("shop"))).await;
    }
    let lines = captured.take();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("the same random tag"), "{lines:?}");
}
