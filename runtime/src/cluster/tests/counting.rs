//! Nodes, and counts over all of them, also when one is missing.

use super::*;
use crate::cluster::Counted;

#[levante::test]
async fn nodes_know_each_other() {
    let broker = Memory::new();
    let one = Member::with(&broker, |join| join.application("shop").name("web-1"))
        .await
        .unwrap();
    let two = Member::with(&broker, |join| join.application("shop").name("web-2"))
        .await
        .unwrap();
    for (member, other) in [(&one, "web-2"), (&two, "web-1")] {
        let [own, others] = &member.cluster.nodes()[..] else {
            panic!("{:?}", member.cluster.nodes());
        };
        assert!(own.is_self && !others.is_self);
        assert_eq!(
            (own.id, own.tag),
            (member.cluster.id(), member.cluster.tag())
        );
        assert_eq!(own.id as u32, own.tag);
        assert_eq!((&*others.application, &*others.name), ("shop", other));
        assert_eq!(others.age, Duration::ZERO);
    }
    advance(2 * SECOND).await;
    assert_eq!(one.cluster.nodes()[1].age, 2 * SECOND);
    advance(60 * SECOND).await;
    assert!(one.cluster.nodes()[1].age < 4 * SECOND);
    assert_eq!(two.cluster.stats().reconnects, 0);
}

#[levante::test]
async fn a_node_that_is_cut_off_is_forgotten_when_its_lease_ends() {
    let broker = Memory::new();
    let [one, two, three] = members(&broker).await;
    broker.cut(&three.client());
    advance(6 * SECOND).await;
    assert_eq!(one.cluster.nodes().len(), 3);
    advance(5 * SECOND).await;
    assert_eq!(one.cluster.nodes().len(), 2);
    assert_eq!(two.cluster.nodes().len(), 2);
    // Its own outage does not end the leases of the others.
    assert_eq!(three.cluster.nodes().len(), 3);
    broker.heal(&three.client());
    advance(3 * SECOND).await;
    for member in [&one, &two, &three] {
        assert_eq!(member.cluster.nodes().len(), 3);
    }
}

#[levante::test]
async fn a_count_says_that_a_node_is_missing() {
    let broker = Memory::new();
    let [one, _two, three] = members(&broker).await;
    broker.cut(&three.client());
    let count = one.cluster.subscriber_count("news");
    let (counted, ()) = tokio::join!(count, advance(5 * SECOND));
    let Counted {
        subscribers,
        nodes,
        missing,
        ..
    } = counted;
    assert_eq!((subscribers, nodes, missing), (0, 2, 1));
    assert!(!counted.is_complete());
    // A node that is away knows only itself, and says so at once.
    advance(5 * SECOND).await;
    assert!(!three.cluster.state().is_connected());
    let counted = three.cluster.subscriber_count("news").await;
    assert_eq!((counted.nodes, counted.missing), (1, 2));
}

#[levante::test]
async fn a_count_ends_when_the_missing_node_is_forgotten_or_the_connection_breaks() {
    let broker = Memory::new();
    let one = Member::with(&broker, |join| join.deadline(60 * SECOND))
        .await
        .unwrap();
    let two = Member::join(&broker).await;
    broker.cut(&two.client());
    let count = one.cluster.subscriber_count("news");
    let (counted, ()) = tokio::join!(count, advance(11 * SECOND));
    assert_eq!((counted.nodes, counted.missing), (1, 0));
    broker.heal(&two.client());
    advance(5 * SECOND).await;
    assert_eq!(one.cluster.nodes().len(), 2);
    broker.cut(&two.client());
    let count = one.cluster.subscriber_count("news");
    let breaking = async {
        rest().await;
        broker.reset(&one.client());
        advance(SECOND).await;
    };
    let (counted, ()) = tokio::join!(count, breaking);
    assert_eq!((counted.nodes, counted.missing), (1, 1));
}

#[levante::test]
async fn a_node_that_is_alone_counts_its_own() {
    let broker = Memory::new();
    let one = Member::join(&broker).await;
    let counted = one.cluster.subscriber_count("news").await;
    assert_eq!((counted.nodes, counted.missing), (1, 0));
}
