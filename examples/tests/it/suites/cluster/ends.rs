//! A node ends while all talk.

use std::time::Duration;

use rustix::process::Signal;

use crate::support::cluster::{
    broker::{Broker, Kind},
    crowd::Crowd,
    member::Member,
    node::Node,
    until, with_each,
};

with_each! {
    what_a_killed_node_has_published_is_at_all_others_or_at_none
    a_node_that_stops_loses_nothing_that_it_has_accepted
}

async fn what_a_killed_node_has_published_is_at_all_others_or_at_none(kind: Kind) {
    for _ in 0..3 {
        let broker = Broker::start(kind);
        let mut nodes = Node::start_three(&broker, &["--lease", "2000"]).await;
        let crowd = Crowd::gather(&nodes, 8, 2).await;
        let clients = broker.clients();
        crowd.speak(Duration::from_millis(2));
        crowd.speaks(500).await;
        nodes[0].kill();
        until("the broker has read all of it", async || {
            broker.clients() <= clients / 3 * 2
        })
        .await;
        // The others go on, and what they say now comes after it.
        crowd.settle(&nodes).await;
        let missed = crowd.missed_by_node(0);
        assert_eq!(missed[&1], missed[&2]);
        for (at, node) in nodes.iter().enumerate().skip(1) {
            let missed = crowd.missed(at);
            assert!(missed.is_empty(), "{missed:?}");
            assert_eq!(node.stat("lost").await, 0);
            until("its lease ends", async || node.nodes().await == 2).await;
        }
    }
}

async fn a_node_that_stops_loses_nothing_that_it_has_accepted(kind: Kind) {
    let broker = Broker::start(kind);
    let mut nodes = Node::start_three(&broker, &[]).await;
    let crowd = Crowd::gather(&nodes, 8, 2).await;
    let mut leaving = nodes[0].member().await;
    leaving.leave_last_will("wills", "the last words").await;
    let mut heir = Member::of(nodes[1].address, "wills").await;
    nodes[1].synced().await;

    crowd.speak(Duration::from_millis(2));
    crowd.speaks(500).await;
    nodes[0].signal(Signal::TERM);
    assert_eq!(leaving.closed().await.0, 1001);
    assert_eq!(heir.hear().await, "the last words");
    nodes[0].exit().await;
    for node in &nodes[1..] {
        // It has said goodbye: no lease has to end.
        assert_eq!(node.nodes().await, 2);
    }
    crowd.settle(&nodes).await;
    // What its own clients have heard it has accepted.
    for (at, node) in nodes.iter().enumerate().skip(1) {
        let missed = crowd.missed_of_ended(0, at);
        assert!(missed.is_empty(), "node {at} has missed {missed:?}");
        let missed = crowd.missed(at);
        assert!(missed.is_empty(), "{missed:?}");
        assert_eq!(node.stat("lost").await, 0);
    }
}
