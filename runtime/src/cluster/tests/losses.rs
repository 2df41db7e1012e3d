//! What is lost is counted.

use super::*;

#[levante::test]
async fn what_does_not_fit_is_counted() {
    let broker = Memory::new();
    // The cost of one message, as the link measures it.
    let cost = {
        let one = Member::join(&broker).await;
        broker.freeze();
        one.publish("news", [7]);
        let cost = one.cluster.stats().waiting_bytes;
        broker.thaw();
        cost
    };
    assert!(cost > 0);
    for (room, lost) in [(10 * cost - 1, 1), (10 * cost, 0), (10 * cost + 1, 0)] {
        let broker = Memory::new();
        let one = Member::with(&broker, |join| join.buffer(room))
            .await
            .unwrap();
        let two = Member::join(&broker).await;
        let mut news = two.hear("news").await;
        advance(SECOND).await;
        broker.stop();
        rest().await;
        one.publish("news", 0..10);
        let stats = one.cluster.stats();
        assert_eq!((stats.published, stats.lost), (10, lost), "{room}");
        broker.start();
        advance(5 * SECOND).await;
        let arrived = heard(&mut news).await;
        assert_eq!(arrived, numbers(0..10 - lost as u32));
        // There is room again.
        one.publish("news", 0..10);
        assert_eq!(heard(&mut news).await, numbers(0..10 - lost as u32));
        advance(SECOND).await;
        let stats = one.cluster.stats();
        assert_eq!(stats.published, stats.acknowledged + stats.lost);
        assert_eq!(stats.waiting_bytes, 0);
    }
}

#[levante::test]
async fn what_waits_for_too_long_is_counted() {
    let broker = Memory::new();
    let one = Member::with(&broker, |join| join.max_age(10 * SECOND))
        .await
        .unwrap();
    let two = Member::join(&broker).await;
    let mut news = two.hear("news").await;
    broker.stop();
    rest().await;
    one.publish("news", 0..10);
    advance(5 * SECOND).await;
    one.publish("news", 10..20);
    advance(4 * SECOND).await;
    assert_eq!(one.cluster.stats().lost, 0);
    advance(2 * SECOND).await;
    assert_eq!(one.cluster.stats().lost, 10);
    broker.start();
    advance(3 * SECOND).await;
    assert_eq!(heard(&mut news).await, numbers(10..20));
    let stats = one.cluster.stats();
    assert_eq!(
        (stats.published, stats.acknowledged, stats.lost),
        (20, 10, 10)
    );
    assert_eq!(stats.waiting, 0);
}

#[levante::test]
async fn a_message_that_is_too_large_for_the_broker_is_lost_alone() {
    let broker = Memory::new();
    broker.set_max_payload(1000);
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    one.publish("news", 0..10);
    one.server.publish("news", "1".repeat(1000));
    one.publish("news", 10..20);
    assert_eq!(heard(&mut news).await, numbers(0..20));
    advance(SECOND).await;
    let stats = one.cluster.stats();
    assert_eq!((stats.acknowledged, stats.lost, stats.waiting), (20, 1, 0));
    assert_eq!(stats.waiting_bytes, 0);
    assert_eq!(stats.reconnects, 0);
}

#[levante::test]
async fn a_message_that_the_broker_refuses_is_lost_alone_and_once() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    broker.deny("levante:t:secret");
    one.publish("news", 0..5);
    one.publish("secret", 0..3);
    one.publish("news", 5..10);
    assert_eq!(heard(&mut news).await, numbers(0..10));
    // They are sent again, and refused again.
    broker.reset(&one.client());
    advance(5 * SECOND).await;
    let stats = one.cluster.stats();
    assert_eq!((stats.published, stats.acknowledged), (13, 10));
    assert_eq!((stats.lost, stats.waiting, stats.waiting_bytes), (3, 0, 0));
    assert_eq!(heard(&mut news).await, [0; 0]);
    assert!(one.cluster.state().is_connected());
}

#[levante::test]
async fn a_message_with_which_the_connection_breaks_each_time_is_given_up() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    one.publish("news", 0..1);
    for _ in 0..10 {
        // It is on its way when the connection breaks.
        broker.delay(&one.client(), SECOND);
        advance(10 * SECOND).await;
        broker.reset(&one.client());
        broker.delay(&one.client(), Duration::ZERO);
        advance(10 * SECOND).await;
    }
    one.publish("news", 1..2);
    advance(10 * SECOND).await;
    let arrived = heard(&mut news).await;
    let stats = one.cluster.stats();
    assert_eq!(stats.acknowledged + stats.lost, 2);
    assert!(arrived.len() as u64 >= stats.acknowledged);
}
