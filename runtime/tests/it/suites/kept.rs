//! What a receiver keeps of the messages of another node, with real brokers.

use bytes::Bytes;
use levante::{
    Message, Server,
    cluster::{Broker, Nats, Redis},
};

use crate::support::{
    broker_process::{BrokerProcess, is_missing},
    soon, until,
};

const MESSAGES: usize = 1000;

#[actix_web::test]
async fn a_short_message_of_redis_keeps_no_more_than_itself() {
    if is_missing("redis-server") {
        return;
    }
    let broker = BrokerProcess::redis(&[]);
    let url = format!("redis://{}", broker.address);
    check(|| Redis::new(&url).unwrap()).await;
}

#[actix_web::test]
async fn a_short_message_of_nats_keeps_no_more_than_itself() {
    if is_missing("nats-server") {
        return;
    }
    let broker = BrokerProcess::nats(&[]);
    let url = format!("nats://{}", broker.address);
    check(|| Nats::new(&url).unwrap()).await;
}

async fn check<B: Broker>(broker: impl Fn() -> B) {
    let (one, two) = (Server::new(), Server::new());
    let first = soon("a node", one.join(broker()).into_future()).await;
    let second = soon("a node", two.join(broker()).into_future()).await;
    let clusters = [first.unwrap(), second.unwrap()];
    until("both nodes to know each other", || {
        clusters.iter().all(|cluster| cluster.nodes().len() == 2)
    })
    .await;
    let mut heard = two.subscribe("room").backpressure_limit(usize::MAX);
    soon("the subscription", clusters[1].synced()).await;
    // The shortest and the longest that are shared by queues and copied out of the buffer.
    for size in [100, 4096, 8192] {
        for _ in 0..MESSAGES {
            one.publish("room", Bytes::from(vec![7; size]));
        }
        let mut kept = Vec::new();
        while kept.len() < MESSAGES {
            match soon("a message", heard.next()).await {
                Some(Message::Binary(bytes)) => kept.push(bytes),
                other => panic!("{other:?}"),
            }
        }
        // What is a part of a buffer shares it with the others that were read into it. The last one is
        // shared for as long as it is being delivered.
        until("each message to be alone", || {
            kept.iter().all(Bytes::is_unique)
        })
        .await;
        assert!(kept.iter().all(|bytes| bytes.len() == size));
    }
}
