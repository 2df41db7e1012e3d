//! A node starts, and its broker is not there or does not want it.

use crate::support::cluster::{
    broker::{Broker, Kind},
    member::Member,
    node::{Node, acquainted},
    with_each,
};

/// It must never be in a log.
const PASSWORD: &str = "s3cr3t-w0rd";

with_each! {
    a_broker_that_is_down_is_named_without_its_password
    a_node_that_starts_without_its_broker_serves_and_joins_later
    what_does_not_speak_the_protocol_is_refused
    a_url_that_is_none_is_refused
}

async fn a_broker_that_is_down_is_named_without_its_password(kind: Kind) {
    let broker = Broker::absent(kind, "");
    let said = Node::fails(&broker.url_of("ada", PASSWORD), &[]);
    assert!(said.contains(&broker.address.to_string()), "{said}");
    assert!(said.contains(kind.scheme()), "{said}");
    assert!(!said.contains(PASSWORD), "{said}");
}

async fn a_node_that_starts_without_its_broker_serves_and_joins_later(kind: Kind) {
    let mut broker = Broker::absent(kind, "");
    let nodes = [(); 2].map(|()| Node::start(&broker.url(), &["--degraded"]));
    let mut ada = Member::of(nodes[0].address, "tea").await;
    let mut grace = Member::of(nodes[0].address, "tea").await;
    let mut edsger = Member::of(nodes[1].address, "tea").await;
    for node in &nodes {
        let state = node.state().await;
        assert_eq!(state["state"], "joining", "{state}");
    }
    ada.publish("tea", "hello here").await;
    for member in [&mut ada, &mut grace] {
        assert_eq!(member.hear().await, "hello here");
    }

    broker.restart();
    acquainted(&nodes).await;
    nodes[1].synced().await;
    ada.publish("tea", "hello there").await;
    // What was published before is sent as well, and comes if the other node was there by then.
    let before = edsger.hear_until("hello there").await;
    assert!(before.is_empty() || before == ["hello here"], "{before:?}");
    assert_eq!(grace.hear().await, "hello there");
    edsger.publish("tea", "and back").await;
    assert_eq!(grace.hear().await, "and back");
}

async fn what_does_not_speak_the_protocol_is_refused(kind: Kind) {
    let other = match kind {
        Kind::Redis => Kind::Nats,
        Kind::Nats => Kind::Redis,
    };
    // Both are needed, so the test with the one is ignored without the other.
    if crate::support::requirements::broker(other.program()).is_err() {
        println!("skipped: {} is not there", other.program());
        return;
    }
    let broker = Broker::start(other);
    let url = format!("{}://ada:{PASSWORD}@{}", kind.scheme(), broker.address);
    let said = Node::fails(&url, &["--deadline", "2000"]);
    assert!(said.contains(&broker.address.to_string()), "{said}");
    assert!(!said.contains(PASSWORD), "{said}");

    // A web server.
    let web = Node::start(&Broker::start(kind).url(), &[]);
    let url = format!("{}://{}", kind.scheme(), web.address);
    let said = Node::fails(&url, &["--deadline", "2000"]);
    assert!(said.contains(&web.address.to_string()), "{said}");
}

async fn a_url_that_is_none_is_refused(kind: Kind) {
    let scheme = kind.scheme();
    for rest in [
        String::new(),
        "://".to_owned(),
        format!("://ada:{PASSWORD}@"),
        format!("://ada:{PASSWORD}@127.0.0.1:port"),
        format!("://ada:{PASSWORD}@127.0.0.1:65536"),
        format!("s-and-more://ada:{PASSWORD}@127.0.0.1"),
    ] {
        let said = Node::fails(&format!("{scheme}{rest}"), &[]);
        assert!(!said.contains(PASSWORD), "{rest}: {said}");
        assert!(!said.contains("panicked"), "{rest}: {said}");
    }
    for (setting, value) in [("--prefix", ""), ("--prefix", "a b"), ("--prefix", "é")] {
        let said = Node::fails(&format!("{scheme}://127.0.0.1:1"), &[setting, value]);
        assert!(said.contains("prefix"), "{value}: {said}");
    }
}
