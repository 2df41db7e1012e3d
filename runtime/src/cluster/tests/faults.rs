//! The broker breaks, and nothing is lost.

use super::*;
use crate::cluster::State;

/// Long enough for a node to notice and to connect again.
const A_WHILE: Duration = Duration::from_secs(10);

#[levante::test]
async fn a_restart_of_the_broker_loses_nothing() {
    let broker = Memory::new();
    let [one, two, three] = members(&broker).await;
    let mut ones = one.hear("news").await;
    let mut twos = two.hear("news").await;
    let mut threes = three.hear("news").await;
    one.publish("news", 0..100);
    // Not one message is on its way yet, and then some are.
    broker.stop();
    one.publish("news", 100..200);
    rest().await;
    advance(SECOND).await;
    one.publish("news", 200..300);
    assert!(matches!(one.cluster.state(), State::Reconnecting { .. }));
    broker.start();
    advance(2 * SECOND).await;
    for member in [&one, &two, &three] {
        assert!(
            member.cluster.state().is_connected(),
            "{}",
            member.cluster.state()
        );
    }
    one.publish("news", 300..400);
    for subscription in [&mut ones, &mut twos, &mut threes] {
        assert_eq!(heard(subscription).await, numbers(0..400));
    }
    advance(A_WHILE).await;
    let stats = one.cluster.stats();
    assert_eq!((stats.published, stats.acknowledged), (400, 400));
    assert_eq!((stats.lost, stats.waiting, stats.waiting_bytes), (0, 0, 0));
    assert_eq!(stats.reconnects, 1);
}

#[levante::test]
async fn what_the_broker_acknowledged_and_did_not_deliver_is_sent_again() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    one.publish("news", 0..10);
    assert_eq!(heard(&mut news).await, numbers(0..10));
    advance(SECOND).await;
    // It is acknowledged here, and on its way to the other.
    broker.delay(&two.client(), SECOND);
    one.publish("news", 10..20);
    rest().await;
    assert_eq!(one.cluster.stats().acknowledged, 20);
    broker.stop();
    broker.delay(&two.client(), Duration::ZERO);
    broker.start();
    advance(A_WHILE).await;
    assert_eq!(heard(&mut news).await, numbers(10..20));
    assert_eq!(one.cluster.stats().acknowledged, 20);
}

#[levante::test]
async fn messages_wait_until_the_others_hear_again() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    broker.stop();
    advance(SECOND).await;
    // The other node needs longer to come back.
    broker.cut(&two.client());
    broker.start();
    one.publish("news", 0..10);
    advance(5 * SECOND).await;
    assert!(one.cluster.state().is_connected());
    assert_eq!(one.cluster.stats().acknowledged, 0);
    broker.heal(&two.client());
    advance(4 * SECOND).await;
    assert_eq!(heard(&mut news).await, numbers(0..10));
    assert_eq!(one.cluster.stats().acknowledged, 10);
}

#[levante::test]
async fn a_node_that_does_not_come_back_holds_up_the_others_only_for_its_lease() {
    let broker = Memory::new();
    let [one, two, three] = members(&broker).await;
    let mut news = two.hear("news").await;
    broker.cut(&three.client());
    broker.stop();
    broker.start();
    advance(SECOND).await;
    one.publish("news", 0..10);
    advance(5 * SECOND).await;
    assert_eq!(heard(&mut news).await, [0; 0]);
    advance(7 * SECOND).await;
    assert_eq!(heard(&mut news).await, numbers(0..10));
}

#[levante::test]
async fn a_node_that_is_cut_off_notices_within_its_deadline() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    advance(60 * SECOND).await;
    broker.cut(&one.client());
    advance(4 * SECOND).await;
    one.publish("news", 0..10);
    advance(SECOND + SECOND / 2).await;
    let State::Reconnecting { error, .. } = one.cluster.state() else {
        panic!("{}", one.cluster.state());
    };
    assert!(error.contains("5s"), "{error}");
    assert!(two.cluster.state().is_connected());
    broker.heal(&one.client());
    advance(3 * SECOND).await;
    assert!(one.cluster.state().is_connected());
    assert_eq!(heard(&mut news).await, numbers(0..10));
    two.publish("news", 0..1);
    assert_eq!(one.cluster.stats().lost, 0);
}

#[levante::test]
async fn a_frozen_broker_is_noticed_and_goes_on() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    broker.freeze();
    one.publish("news", 0..10);
    // This node goes on meanwhile.
    let mut own = one.server.subscribe("own");
    one.publish("own", [1]);
    assert_eq!(heard(&mut own).await, [1]);
    advance(6 * SECOND).await;
    for member in [&one, &two] {
        assert!(!member.cluster.state().is_connected());
    }
    broker.thaw();
    advance(A_WHILE).await;
    assert_eq!(heard(&mut news).await, numbers(0..10));
}

#[levante::test]
async fn what_has_arrived_over_a_broken_connection_is_not_thrown_away() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    broker.delay(&two.client(), SECOND / 10);
    one.publish("news", 0..10);
    rest().await;
    advance(SECOND / 5).await;
    one.publish("news", 10..20);
    rest().await;
    broker.reset(&two.client());
    advance(SECOND / 5).await;
    assert_eq!(heard(&mut news).await, numbers(0..20));
}

#[levante::test]
async fn a_reset_of_one_node_is_over_at_once() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    let mut states = two.cluster.states();
    states.borrow_and_update();
    broker.reset(&two.client());
    rest().await;
    assert!(matches!(
        *states.borrow_and_update(),
        State::Reconnecting { .. }
    ));
    advance(SECOND).await;
    assert!(states.borrow_and_update().is_connected());
    one.publish("news", 0..10);
    assert_eq!(heard(&mut news).await, numbers(0..10));
    assert_eq!(two.cluster.stats().reconnects, 1);
}

#[levante::test]
async fn a_node_that_lost_messages_twice_has_each_once() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    for round in 0..5 {
        one.publish("news", round * 10..round * 10 + 5);
        broker.reset(&one.client());
        one.publish("news", round * 10 + 5..round * 10 + 10);
        advance(A_WHILE).await;
    }
    assert_eq!(heard(&mut news).await, numbers(0..50));
    assert_eq!(one.cluster.stats().lost, 0);
}

#[levante::test]
async fn attempts_become_rare_while_the_broker_refuses() {
    let broker = Memory::new();
    let one = Member::join(&broker).await;
    broker.stop();
    broker.refuse(crate::cluster::broker::Kind::Refused, "wrong password");
    advance(60 * SECOND).await;
    let State::Reconnecting {
        attempts, error, ..
    } = one.cluster.state()
    else {
        panic!("{}", one.cluster.state());
    };
    assert!((3..30).contains(&attempts), "{attempts}");
    assert_eq!(&*error, "wrong password");
    broker.start();
    advance(20 * SECOND).await;
    assert!(one.cluster.state().is_connected());
}

#[levante::test]
async fn a_permission_that_is_lost_under_load_loses_one_batch() {
    let broker = Memory::new();
    let [one, two] = members(&broker).await;
    let mut news = two.hear("news").await;
    broker.deny("levante:");
    one.publish("news", 0..5);
    advance(SECOND / 2).await;
    assert!(!one.cluster.state().is_connected());
    one.publish("news", 5..10);
    advance(5 * SECOND).await;
    assert_eq!(one.cluster.stats().lost, 5);
    broker.start();
    advance(20 * SECOND).await;
    assert_eq!(heard(&mut news).await, numbers(5..10));
    assert_eq!(one.cluster.stats().lost, 5);
}

#[levante::test]
async fn a_lost_permission_is_a_state() {
    let broker = Memory::new();
    let one = Member::join(&broker).await;
    broker.deny("levante:");
    advance(10 * SECOND).await;
    let State::Reconnecting { error, .. } = one.cluster.state() else {
        panic!("{}", one.cluster.state());
    };
    assert_eq!(&*error, "no permission for this subject");
    broker.start();
    advance(20 * SECOND).await;
    assert!(one.cluster.state().is_connected());
}
