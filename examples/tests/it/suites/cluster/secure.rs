//! TLS to the broker, with the authorities that the system trusts.

use crate::support::{
    cluster::{
        broker::{Broker, Kind},
        member::Member,
        node::{Node, acquainted},
        with_each,
    },
    folder::Folder,
    tls,
};

const USER: &str = "ada";

/// It must never be in a log.
const PASSWORD: &str = "s3cr3t-w0rd";

with_each! {
    nodes_trust_the_authorities_of_the_system
    an_unknown_authority_is_refused_without_the_password
}

fn url(broker: &Broker) -> String {
    let scheme = match broker.kind {
        Kind::Redis => "rediss",
        Kind::Nats => "tls",
    };
    format!("{scheme}://{USER}:{PASSWORD}@{}", broker.address)
}

async fn nodes_trust_the_authorities_of_the_system(kind: Kind) {
    let broker = Broker::start_secure(kind, USER, PASSWORD);
    let start = || Node::start_trusting(&url(&broker), &broker.certificate());
    let nodes = [start(), start()];
    acquainted(&nodes).await;
    let mut member = Member::of(nodes[1].address, "tea").await;
    nodes[1].synced().await;
    let mut speaker = nodes[0].member().await;
    speaker.publish("tea", "hello").await;
    assert_eq!(member.hear().await, "hello");
    // Longer than a record of TLS.
    let long = "x".repeat(100_000);
    speaker.publish("tea", &long).await;
    assert_eq!(member.hear().await, long);
    for node in &nodes {
        assert_eq!(node.logged(PASSWORD), 0, "{:#?}", node.log());
    }
}

async fn an_unknown_authority_is_refused_without_the_password(kind: Kind) {
    let broker = Broker::start_secure(kind, USER, PASSWORD);
    let folder = Folder::new("authorities");
    let [other, key] = ["other.pem", "key.pem"].map(|name| folder.path().join(name));
    tls::issue(&["localhost"], &other, &key);
    let said = Node::fails_trusting(&url(&broker), &other);
    let words = "the certificate of the server is not accepted";
    assert!(said.contains(words), "{said}");
    assert!(said.contains(&broker.address.to_string()), "{said}");
    assert!(!said.contains(PASSWORD), "{said}");
}
