//! Messages reach the nodes that want them, in their order, once.

use super::*;
use crate::{policy::Policy, publish::Publish};

#[levante::test]
async fn a_message_reaches_the_other_node_and_its_own_once() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut here = one.hear("news").await;
    let mut there = two.hear("news").await;
    assert_eq!(one.server.publish("news", "1"), 0);
    assert_eq!(heard(&mut here).await, [1]);
    assert_eq!(heard(&mut there).await, [1]);
    two.server.publish("news", "2");
    assert_eq!(heard(&mut here).await, [2]);
    assert_eq!(heard(&mut there).await, [2]);
    let stats = one.cluster.stats();
    assert_eq!((stats.published, stats.acknowledged, stats.lost), (1, 1, 0));
    assert_eq!((stats.received, stats.duplicates), (1, 0));
}

#[levante::test]
async fn a_message_wakes_the_thread_of_its_subscribers() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let asleep = two.hear_asleep("news").await;
    one.publish("news", 0..1);
    rest().await;
    assert_eq!(asleep.wakes(), 1);
}

#[levante::test]
async fn messages_keep_their_order_on_all_nodes() {
    let broker = Memory::new();
    let [one, two, three] = members(&broker).await;
    let mut subscriptions = Vec::new();
    for member in [&one, &two, &three] {
        for topic in ["a", "b"] {
            subscriptions.push(member.hear(topic).await);
        }
    }
    for number in 0..2000 {
        let topic = ["a", "b"][number as usize % 2];
        one.publish(topic, [number]);
    }
    for (index, subscription) in subscriptions.iter_mut().enumerate() {
        let expected: Vec<_> = (0..2000).filter(|it| it % 2 == index as u32 % 2).collect();
        assert_eq!(heard(subscription).await, expected);
    }
}

#[levante::test]
async fn a_node_hears_only_the_topics_of_its_subscribers() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let news = two.hear("news").await;
    one.publish("other", 0..10);
    one.publish("news", 0..1);
    rest().await;
    assert_eq!(two.cluster.stats().received, 1);
    assert_eq!(two.cluster.stats().topics, 1);
    assert_eq!(broker.subscribers_of("levante:t:news"), 1);
    drop(news);
    rest().await;
    assert_eq!(broker.subscribers_of("levante:t:news"), 1);
}

#[levante::test]
async fn a_topic_is_kept_for_a_while_after_its_last_subscriber() {
    let broker = Memory::new();
    let two = Member::with(&broker, |join| join.linger(2 * SECOND))
        .await
        .unwrap();
    drop(two.hear("news").await);
    advance(SECOND).await;
    assert_eq!(broker.subscribers_of("levante:t:news"), 1);
    let mut again = two.hear("news").await;
    advance(5 * SECOND).await;
    assert_eq!(broker.subscribers_of("levante:t:news"), 1);
    assert_eq!(heard(&mut again).await, [0; 0]);
    drop(again);
    advance(3 * SECOND).await;
    assert_eq!(broker.subscribers_of("levante:t:news"), 0);
    assert_eq!(two.cluster.stats().topics, 0);
}

#[levante::test]
async fn a_local_message_stays_here() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut here = one.hear("news").await;
    let mut there = two.hear("news").await;
    let local = Publish::new().local(true);
    one.server.publish_with("news", "1", local);
    one.server.publish_with("news", "2", Policy::Close);
    assert_eq!(heard(&mut here).await, [1, 2]);
    assert_eq!(heard(&mut there).await, [2]);
    assert_eq!(one.cluster.stats().published, 1);
}

#[levante::test]
async fn other_prefixes_are_other_clusters() {
    let broker = Memory::new();
    let one = Member::join(&broker).await;
    let two = Member::with(&broker, |join| join.prefix("other"))
        .await
        .unwrap();
    let mut news = two.hear("news").await;
    one.publish("news", 0..10);
    assert_eq!(heard(&mut news).await, [0; 0]);
    assert_eq!(two.cluster.nodes().len(), 1);
}

#[levante::test]
async fn topics_may_have_any_name() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let long = "ü".repeat(32 << 10);
    for (number, topic) in ["", ":", "a b\r\nc*>.?[", "\0", "größe", &long]
        .iter()
        .enumerate()
    {
        let mut subscription = two.hear(topic).await;
        one.publish(topic, [number as u32]);
        assert_eq!(heard(&mut subscription).await, [number as u32], "{topic:?}");
    }
}

#[levante::test]
async fn a_burst_of_any_size_arrives_whole() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    one.publish("news", 0..10_000);
    let large = format!("1{}", " ".repeat(1 << 20));
    one.server.publish("news", &*large);
    let messages = {
        rest().await;
        let mut count = 0;
        while let Some(Some(_)) = now(tokio::task::unconstrained(news.next())) {
            count += 1;
        }
        count
    };
    assert_eq!(messages, 10_001);
    advance(SECOND).await;
    let stats = one.cluster.stats();
    assert_eq!((stats.acknowledged, stats.waiting), (10_001, 0));
    assert_eq!(stats.waiting_bytes, 0);
}

#[levante::test]
async fn a_slow_broker_delays_messages_and_loses_none() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    broker.delay(&one.client(), SECOND);
    for _ in 0..20 {
        one.publish("news", 0..100);
        advance(SECOND).await;
    }
    advance(30 * SECOND).await;
    assert_eq!(heard(&mut news).await.len(), 2000);
    assert_eq!(one.cluster.stats().reconnects, 0);
}
