//! A node ends while all talk.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

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
    a_node_without_connections_says_goodbye_when_it_stops
}

/// A node that has not said goodbye stays known in these tests.
const NO_LEASE_ENDS: [&str; 2] = ["--lease", "3600000"];

/// The ways to run a node, and the signal that stops it then.
const STOPS: [(&str, Signal); 4] = [
    ("signals", Signal::TERM),
    ("serve", Signal::TERM),
    ("future", Signal::INT),
    ("handle", Signal::INT),
];

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
    for (stop, signal) in STOPS {
        let broker = Broker::start(kind);
        let settings = ["--stop", stop].into_iter().chain(NO_LEASE_ENDS);
        let settings: Vec<_> = settings.collect();
        let mut nodes = Node::start_three(&broker, &settings).await;
        let crowd = Crowd::gather(&nodes, 8, 2).await;
        let mut leaving = nodes[0].member().await;
        leaving.leave_last_will("wills", "the last words").await;
        let mut heir = Member::of(nodes[1].address, "wills").await;
        nodes[1].synced().await;

        crowd.speak(Duration::from_millis(2));
        crowd.speaks(500).await;
        nodes[0].signal(signal);
        assert_eq!(leaving.closed().await.0, 1001, "{stop}");
        assert_eq!(heir.hear().await, "the last words", "{stop}");
        nodes[0].exit().await;
        for node in &nodes[1..] {
            until("it has said goodbye", async || node.nodes().await == 2).await;
        }
        crowd.settle(&nodes).await;
        // What its own clients have heard it has accepted.
        for (at, node) in nodes.iter().enumerate().skip(1) {
            let missed = crowd.missed_of_ended(0, at);
            assert!(missed.is_empty(), "{stop}: node {at} has missed {missed:?}");
            let missed = crowd.missed(at);
            assert!(missed.is_empty(), "{stop}: {missed:?}");
            assert_eq!(node.stat("lost").await, 0, "{stop}");
        }
    }
}

async fn a_node_without_connections_says_goodbye_when_it_stops(kind: Kind) {
    let broker = Broker::start(kind);
    let stays = Node::start(&broker.url(), &NO_LEASE_ENDS);
    for (stop, signal) in STOPS {
        let mut leaves = Node::start(&broker.url(), &["--stop", stop]);
        until("the nodes know each other", async || {
            stays.nodes().await == 2
        })
        .await;
        // Also what it has published without a socket of its own arrives.
        let mut reader = Member::of(stays.address, "news").await;
        stays.synced().await;
        leaves
            .ask(json!({ "publish": { "topic": "news", "text": stop, "times": 100 } }))
            .await;
        leaves.signal(signal);
        leaves.exit().await;
        until("it has said goodbye", async || stays.nodes().await == 1).await;
        for number in 1..=100 {
            assert_eq!(reader.hear().await, format!("{stop} {number}"));
        }
    }
}
