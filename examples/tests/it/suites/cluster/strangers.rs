//! Others write under the prefix of a cluster.

use crate::support::cluster::{
    broker::{Broker, Kind},
    envelope::seal,
    member::Member,
    node::{Node, acquainted},
    until, with_each,
};

with_each! {
    foreign_and_damaged_bytes_are_counted_and_harm_nothing
    a_node_of_another_version_is_counted_and_logged_once
    two_applications_with_one_prefix_are_told
    two_prefixes_are_two_clusters
}

/// The subject of a topic whose name is of letters.
fn subject(kind: Kind, topic: &str) -> String {
    match kind {
        Kind::Redis => format!("levante:t:{topic}"),
        Kind::Nats => format!("levante.t.{topic}"),
    }
}

async fn foreign_and_damaged_bytes_are_counted_and_harm_nothing(kind: Kind) {
    let broker = Broker::start(kind);
    let nodes = Node::start_three(&broker, &[]).await;
    let mut member = Member::of(nodes[1].address, "tea").await;
    nodes[1].synced().await;
    let subject = subject(kind, "tea");
    let mut listener = broker.listen(&subject);
    let mut speaker = nodes[0].member().await;
    speaker.publish("tea", "genuine").await;
    assert_eq!(member.hear().await, "genuine");
    let genuine = listener.next();

    let mut damaged = vec![
        Vec::new(),
        vec![0],
        b"hello".to_vec(),
        b"{\"type\":\"hello\"}".to_vec(),
        vec![0xff; 1_000],
        vec![0; 100_000],
    ];
    for length in 0..genuine.len() {
        damaged.push(genuine[..length].to_vec());
    }
    for at in 0..genuine.len() {
        for bit in [0x01, 0x80] {
            let mut one = genuine.clone();
            one[at] ^= bit;
            damaged.push(one);
        }
    }
    let mut longer = genuine.clone();
    longer.push(0);
    damaged.push(longer);
    for bytes in &damaged {
        broker.publish(&subject, bytes);
    }
    // What has been had is not had again.
    broker.publish(&subject, &genuine);
    speaker.publish("tea", "end").await;
    assert_eq!(member.hear().await, "end");

    let stats = nodes[1].ask(serde_json::json!("stats")).await;
    assert_eq!(stats["unreadable"], damaged.len(), "{stats}");
    assert_eq!(stats["duplicates"], 1, "{stats}");
    assert_eq!(stats["other_version"], 0, "{stats}");
    assert_eq!(nodes[1].stat("reconnects").await, 0);
    assert!(nodes[1].logged("cannot be read") > 0);
}

async fn a_node_of_another_version_is_counted_and_logged_once(kind: Kind) {
    let broker = Broker::start(kind);
    let nodes = Node::start_three(&broker, &[]).await;
    let mut member = Member::of(nodes[1].address, "tea").await;
    nodes[1].synced().await;
    let subject = subject(kind, "tea");
    let mut listener = broker.listen(&subject);
    let mut speaker = nodes[0].member().await;
    speaker.publish("tea", "genuine").await;
    assert_eq!(member.hear().await, "genuine");
    let genuine = listener.next();

    // Ten messages of each of two nodes from the future.
    for node in [1, 2] {
        for _ in 0..10 {
            broker.publish(&subject, &of_version(77, node, &genuine));
        }
    }
    speaker.publish("tea", "end").await;
    assert_eq!(member.hear().await, "end");
    assert_eq!(nodes[1].stat("other_version").await, 20);
    assert_eq!(nodes[1].stat("unreadable").await, 0);
    assert_eq!(nodes[1].logged("version=77"), 2, "{:#?}", nodes[1].log());
    assert_eq!(nodes[1].logged(" WARN "), 2, "{:#?}", nodes[1].log());
}

/// The same message, as a node of another version would write it: see `runtime/src/cluster/envelope`.
fn of_version(version: u8, node: u64, envelope: &[u8]) -> Vec<u8> {
    let mut bytes = envelope.to_vec();
    bytes[4] = version;
    bytes[13..21].copy_from_slice(&node.to_be_bytes());
    seal(&mut bytes);
    bytes
}

async fn two_applications_with_one_prefix_are_told(kind: Kind) {
    let broker = Broker::start(kind);
    let shop = Node::start(&broker.url(), &["--application", "shop"]);
    let forum = Node::start(&broker.url(), &["--application", "forum"]);
    shop.logs("forum").await;
    forum.logs("shop").await;
    until("they know each other", async || shop.nodes().await == 2).await;
    for node in [&shop, &forum] {
        assert_eq!(node.logged(" WARN "), 1, "{:#?}", node.log());
        assert_eq!(node.logged("prefix"), 1, "{:#?}", node.log());
    }
}

async fn two_prefixes_are_two_clusters(kind: Kind) {
    let broker = Broker::start(kind);
    let shop = [(); 2].map(|()| Node::start(&broker.url(), &["--prefix", "shop"]));
    let forum = [(); 2].map(|()| Node::start(&broker.url(), &["--prefix", "shop_"]));
    acquainted(&shop).await;
    acquainted(&forum).await;
    let mut of_shop = Member::of(shop[0].address, "tea").await;
    let mut of_forum = Member::of(forum[0].address, "tea").await;
    for node in shop.iter().chain(&forum) {
        node.synced().await;
    }
    shop[1].member().await.publish("tea", "shop").await;
    forum[1].member().await.publish("tea", "forum").await;
    assert_eq!(of_shop.hear().await, "shop");
    assert_eq!(of_forum.hear().await, "forum");
    for node in shop.iter().chain(&forum) {
        assert_eq!(node.logged(" WARN "), 0, "{:#?}", node.log());
    }
}
