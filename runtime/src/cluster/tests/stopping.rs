//! A node leaves, and takes nothing with it.

use super::*;
use crate::{
    close::CloseCode,
    cluster::{Counted, State},
};

#[levante::test]
async fn a_stop_sends_what_was_accepted() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    one.publish("news", 0..1000);
    one.server
        .shutdown(CloseCode::GoingAway, "", 10 * SECOND)
        .await;
    assert_eq!(one.cluster.state(), State::Left);
    assert_eq!(heard(&mut news).await, numbers(0..1000));
    // It has said goodbye.
    assert_eq!(two.cluster.nodes().len(), 1);
    assert_eq!(broker.connections(), 1);
    let stats = one.cluster.stats();
    assert_eq!(
        (stats.acknowledged, stats.lost, stats.waiting),
        (1000, 0, 0)
    );
    // What comes later is lost, and counted.
    one.publish("news", 0..3);
    let stats = one.cluster.stats();
    assert_eq!((stats.published, stats.lost), (1003, 3));
}

#[levante::test]
async fn a_stop_waits_for_the_broker_until_its_deadline() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    broker.stop();
    rest().await;
    one.publish("news", 0..10);
    let stop = one.server.shutdown(CloseCode::GoingAway, "", 10 * SECOND);
    let back = async {
        advance(5 * SECOND).await;
        assert_ne!(one.cluster.state(), State::Left);
        broker.start();
        advance(3 * SECOND).await;
        assert_eq!(one.cluster.state(), State::Left);
    };
    tokio::join!(stop, back);
    assert_eq!(heard(&mut news).await, numbers(0..10));
    assert_eq!(one.cluster.stats().lost, 0);
}

#[levante::test]
async fn a_stop_gives_up_at_its_deadline_and_counts() {
    let broker = Memory::new();
    let [one, _two] = members(&broker).await;
    broker.stop();
    rest().await;
    one.publish("news", 0..10);
    let before = tokio::time::Instant::now();
    let stop = one.server.shutdown(CloseCode::GoingAway, "", 10 * SECOND);
    let passing = advance(11 * SECOND);
    tokio::join!(
        async {
            stop.await;
            assert!(before.elapsed() <= 11 * SECOND)
        },
        passing
    );
    assert_eq!(one.cluster.state(), State::Left);
    let stats = one.cluster.stats();
    assert_eq!((stats.published, stats.lost, stats.waiting), (10, 10, 0));
}

#[levante::test]
async fn a_stop_without_a_broker_and_without_messages_is_over_at_once() {
    let broker = Memory::new();
    let [one, _two] = members(&broker).await;
    broker.stop();
    advance(SECOND).await;
    let before = tokio::time::Instant::now();
    one.server
        .shutdown(CloseCode::GoingAway, "", 10 * SECOND)
        .await;
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!(one.cluster.state(), State::Left);
}

#[levante::test]
async fn a_node_whose_server_is_dropped_leaves() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    one.publish("news", 0..10);
    let Member { server, cluster } = one;
    drop(server);
    assert_eq!(heard(&mut news).await, numbers(0..10));
    assert_eq!(cluster.state(), State::Left);
    assert_eq!(two.cluster.nodes().len(), 1);
}

#[levante::test]
async fn handles_of_a_node_that_has_left_do_not_wait() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    one.server.shutdown(CloseCode::GoingAway, "", SECOND).await;
    one.cluster.synced().await;
    let counted = one.cluster.subscriber_count("news").await;
    let Counted { nodes, missing, .. } = counted;
    assert_eq!((nodes, missing), (1, 0));
    assert_eq!(one.cluster.nodes().len(), 2);
    assert_eq!(one.cluster.close_topic("news", 1000, ""), 0);
    drop(two);
}
