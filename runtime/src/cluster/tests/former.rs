//! Messages of former connections of a node, which a frozen broker delivers late.

use super::{strangers::envelope, *};
use crate::{
    cluster::{
        broker::{Connection, Driver, Post, Publisher},
        envelope::{
            Body, Envelope, Heard, Hello, Payload, Sessions, Versions, heard as connection,
        },
    },
    message::Kind,
    policy::Policy,
};

/// A node whose every message the test writes.
struct Stranger(<Memory as Driver>::Publisher);

impl Stranger {
    async fn connect(broker: &Memory) -> Self {
        let connection = broker.clone().connect("stranger").await.unwrap();
        let Connection { publisher, .. } = connection;
        Self(publisher)
    }

    async fn publish(&mut self, subject: &str, payload: &[u8]) {
        let post = [Post { subject, payload }];
        self.0.publish(&post).await.unwrap();
        rest().await;
    }

    /// `None`: a node of an older release.
    async fn hello(&mut self, own: Option<u32>, heard: &[Heard]) {
        let hello = Hello {
            versions: Versions::OURS,
            ready: true,
            asks: false,
            application: "shop",
            name: "stranger",
            sessions: own.map(|own| Sessions { own, heard }),
        };
        self.publish("levante:c", &envelope(7, Body::Hello(hello)))
            .await;
    }

    async fn send(&mut self, session: u32, sequences: impl IntoIterator<Item = u64>) {
        for sequence in sequences {
            let text = sequence.to_string();
            let payload = Payload {
                kind: Kind::Text,
                bytes: text.as_bytes(),
            };
            let envelope = Envelope {
                node: 7,
                lane: 0,
                sequence,
                session,
                topic: None,
                body: Body::Publish {
                    payload,
                    compress: false,
                    policy: Policy::Drop,
                    except: None,
                },
            };
            let mut bytes = Vec::new();
            envelope.encode(Versions::OURS.max, &mut bytes).unwrap();
            self.publish("levante:t:news", &bytes).await;
        }
    }
}

/// A node that has a connection again, and another one that it knew before.
async fn reconnected(own: Option<u32>) -> (Memory, Member, Subscription, Stranger) {
    let broker = Memory::new();
    let one = Member::join(&broker).await;
    let news = one.hear("news").await;
    let mut stranger = Stranger::connect(&broker).await;
    stranger.hello(own, &[]).await;
    assert_eq!(one.cluster.nodes().len(), 2);
    broker.reset(&one.client());
    advance(SECOND).await;
    assert!(one.cluster.state().is_connected());
    (broker, one, news, stranger)
}

#[levante::test]
async fn what_comes_again_is_taken_when_it_comes_again() {
    let (_broker, one, mut news, mut stranger) = reconnected(Some(1)).await;
    stranger.send(1, 2..4).await;
    // It does not know yet that the node has connected again.
    stranger.hello(Some(2), &[]).await;
    stranger
        .hello(Some(2), &[connection(one.cluster.tag(), 1)])
        .await;
    assert_eq!(heard(&mut news).await, [0; 0]);
    stranger
        .hello(Some(2), &[connection(one.cluster.tag(), 2)])
        .await;
    assert_eq!(heard(&mut news).await, [0; 0]);
    stranger.send(2, 1..3).await;
    // The broker has still had some.
    stranger.send(1, 3..5).await;
    stranger.send(2, 3..5).await;
    assert_eq!(heard(&mut news).await, [1, 2, 3, 4]);
    let stats = one.cluster.stats();
    assert_eq!((stats.received, stats.duplicates), (4, 4));
}

#[levante::test]
async fn what_does_not_come_again_waits_for_the_answer_of_its_node() {
    let (_broker, one, mut news, mut stranger) = reconnected(Some(1)).await;
    stranger.send(1, 2..4).await;
    assert_eq!(heard(&mut news).await, [0; 0]);
    stranger
        .hello(Some(1), &[connection(one.cluster.tag(), 2)])
        .await;
    stranger.send(1, 4..6).await;
    assert_eq!(heard(&mut news).await, [2, 3, 4, 5]);
    assert_eq!(one.cluster.stats().duplicates, 0);
}

#[levante::test]
async fn what_is_kept_of_a_node_that_leaves_is_taken() {
    let (_broker, _one, mut news, mut stranger) = reconnected(Some(1)).await;
    stranger.send(1, 2..4).await;
    stranger
        .publish("levante:c", &envelope(7, Body::Goodbye))
        .await;
    assert_eq!(heard(&mut news).await, [2, 3]);
}

#[levante::test]
async fn what_is_kept_of_a_node_that_is_gone_is_taken() {
    let (_broker, one, mut news, mut stranger) = reconnected(Some(1)).await;
    let asleep = one.hear_asleep("news").await;
    stranger.send(1, 2..4).await;
    advance(8 * SECOND).await;
    assert_eq!(heard(&mut news).await, [0; 0]);
    assert_eq!(asleep.wakes(), 0);
    while one.cluster.nodes().len() > 1 {
        advance(SECOND / 100).await;
    }
    assert_eq!(asleep.wakes(), 1);
    assert_eq!(heard(&mut news).await, [2, 3]);
}

#[levante::test]
async fn what_is_kept_of_a_node_that_does_not_answer_is_taken() {
    let (_broker, one, mut news, mut stranger) = reconnected(Some(1)).await;
    stranger.send(1, 2..4).await;
    for _ in 0..9 {
        advance(2 * SECOND).await;
        stranger.hello(Some(1), &[]).await;
    }
    assert_eq!(heard(&mut news).await, [0; 0]);
    advance(2 * SECOND).await;
    assert_eq!(one.cluster.nodes().len(), 2);
    assert_eq!(heard(&mut news).await, [2, 3]);
}

#[levante::test]
async fn too_much_is_not_kept() {
    let (_broker, one, mut news, mut stranger) = reconnected(Some(1)).await;
    stranger.send(1, [2]).await;
    let large = vec![b'1'; 16 << 20];
    let payload = Payload {
        kind: Kind::Binary,
        bytes: &large,
    };
    let body = Body::Send {
        id: [0; 16],
        payload,
        compress: false,
    };
    let mut bytes = Vec::new();
    let envelope = Envelope {
        node: 7,
        lane: 0,
        sequence: 3,
        session: 1,
        topic: None,
        body,
    };
    envelope.encode(Versions::OURS.max, &mut bytes).unwrap();
    assert_eq!(heard(&mut news).await, [0; 0]);
    let subject = format!("levante:n:{:08x}", one.cluster.tag());
    stranger.publish(&subject, &bytes).await;
    stranger.send(1, [4]).await;
    assert_eq!(heard(&mut news).await, [2, 4]);
}

#[levante::test]
async fn nothing_is_kept_of_a_node_of_an_older_release() {
    let (_broker, one, mut news, mut stranger) = reconnected(None).await;
    stranger.send(1, 2..4).await;
    assert_eq!(heard(&mut news).await, [2, 3]);
    stranger.send(1, 1..5).await;
    assert_eq!(heard(&mut news).await, [4]);
    assert_eq!(one.cluster.stats().duplicates, 3);
}
