//! The broker runs, and bytes do not come through as they should.

use std::time::Duration;

use serde_json::json;

use crate::support::cluster::{
    broker::{Broker, Kind},
    crowd::Crowd,
    member::Member,
    node::{Node, acquainted},
    until,
    wire::{Mode, Wire},
    with_each,
};

with_each! {
    a_frozen_broker_is_noticed_and_disturbs_no_worker
    a_slow_wire_fills_the_queue_and_no_more
    a_subscriber_that_the_broker_throws_out_comes_back
    a_node_that_is_cut_off_is_missed_and_comes_back
    a_wire_that_breaks_in_any_place_loses_and_doubles_nothing
    a_long_way_to_the_broker_only_takes_time
}

/// So that nothing is lost by age, and a silence is noticed soon.
const SETTINGS: [&str; 6] = [
    "--max-age",
    "600000",
    "--deadline",
    "1000",
    "--lease",
    "3000",
];

/// Three nodes, the first of which is on a wire of its own.
async fn wired(broker: &Broker, settings: &[&str]) -> (Wire, [Node; 3]) {
    let wire = Wire::to(broker.address);
    let first = Node::start(&broker.url_at(wire.address), settings);
    let nodes = [
        first,
        Node::start(&broker.url(), settings),
        Node::start(&broker.url(), settings),
    ];
    acquainted(&nodes).await;
    (wire, nodes)
}

async fn a_frozen_broker_is_noticed_and_disturbs_no_worker(kind: Kind) {
    let broker = Broker::start(kind);
    let nodes = Node::start_three(&broker, &SETTINGS).await;
    let crowd = Crowd::gather(&nodes, 4, 2).await;
    let mut ada = Member::of(nodes[0].address, "here").await;
    let mut grace = Member::of(nodes[0].address, "here").await;
    let mut edsger = Member::of(nodes[1].address, "here").await;
    nodes[1].synced().await;
    crowd.speak(Duration::from_millis(20));
    crowd.speaks(200).await;
    broker.freeze();
    for number in 0..100 {
        let text = number.to_string();
        ada.publish("here", &text).await;
        assert_eq!(grace.hear().await, text);
    }
    for node in &nodes {
        until("the node notices", async || {
            node.state().await["state"] == "reconnecting"
        })
        .await;
    }
    for number in 100..200 {
        let text = number.to_string();
        ada.publish("here", &text).await;
        assert_eq!(grace.hear().await, text);
    }
    broker.thaw();
    acquainted(&nodes).await;
    crowd.speaks(200).await;
    crowd.settle(&nodes).await;
    assert_eq!(crowd.judge(&nodes).await, 0);
    for number in 0..200 {
        assert_eq!(edsger.hear().await, number.to_string());
    }
}

async fn a_slow_wire_fills_the_queue_and_no_more(kind: Kind) {
    const BUFFER: u64 = 65_536;
    const MESSAGES: u64 = 2_000;

    let broker = Broker::start(kind);
    let settings = ["--max-age", "600000", "--buffer", &BUFFER.to_string()];
    let (wire, nodes) = wired(&broker, &settings).await;
    let mut listener = Member::of(nodes[1].address, "news").await;
    nodes[1].synced().await;
    let memory = nodes[0].memory();
    wire.set(Mode::Limit(10_000));
    let text = "x".repeat(1_000);
    let question = json!({ "publish": { "topic": "news", "text": text, "times": MESSAGES } });
    nodes[0].ask(question).await;
    assert!(nodes[0].stat("lost").await > 0);
    assert!(nodes[0].memory() < memory + (32 << 20));
    // It goes on, as slowly as the wire is.
    until("all that was kept is sent", async || {
        let stats = nodes[0].ask(json!("stats")).await;
        assert!(
            stats["waiting_bytes"].as_u64().unwrap() <= BUFFER,
            "{stats}"
        );
        stats["waiting"] == 0
    })
    .await;
    wire.set(Mode::Pass);
    let mut speaker = nodes[0].member().await;
    speaker.publish("news", "end").await;
    let heard = listener.hear_until("end").await;
    let numbers = heard.iter().map(|it| it.rsplit(' ').next().unwrap());
    let numbers: Vec<u64> = numbers.map(|it| it.parse().unwrap()).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    let lost = nodes[0].stat("lost").await;
    println!("{kind:?}: {} heard, {lost} lost", numbers.len());
    assert_eq!(numbers.len() as u64 + lost, MESSAGES);
}

async fn a_subscriber_that_the_broker_throws_out_comes_back(kind: Kind) {
    let broker = Broker::start_with(
        kind,
        match kind {
            Kind::Redis => "client-output-buffer-limit pubsub 1mb 0 0",
            Kind::Nats => "max_pending: 1048576\nwrite_deadline: \"1s\"",
        },
    );
    // The broker loses its patience first.
    let settings = ["--deadline", "60000", "--lease", "60000"];
    let (wire, nodes) = wired(&broker, &settings).await;
    let mut members = Vec::new();
    for node in &nodes {
        members.push(Member::of(node.address, "news").await);
        node.synced().await;
    }
    let mut speaker = nodes[1].member().await;
    let clients = broker.clients();
    wire.set(Mode::StallDown);
    // One after the other, so that no other node is slow, until all buffers on the way are full.
    let (mut published, text) = (0, "x".repeat(500_000));
    until("the broker throws it out", async || {
        speaker.publish("news", &text).await;
        published += 1;
        for member in &mut members[1..] {
            assert_eq!(member.hear().await.len(), text.len());
        }
        broker.clients() < clients
    })
    .await;
    wire.set(Mode::Pass);
    until("it is connected again", async || {
        nodes[0].stat("reconnects").await > 0 && nodes[0].is_connected().await
    })
    .await;
    nodes[0].synced().await;

    speaker.publish("news", "end").await;
    // What the broker has dropped is gone for this node, and for no other.
    let heard = members[0].hear_until("end").await.len();
    println!("{kind:?}: {heard} of {published} heard");
    assert!(heard < published);
    for (node, member) in nodes.iter().zip(&mut members).skip(1) {
        assert_eq!(member.hear().await, "end");
        assert_eq!(node.stat("lost").await, 0);
        assert_eq!(node.stat("reconnects").await, 0);
    }
}

async fn a_node_that_is_cut_off_is_missed_and_comes_back(kind: Kind) {
    let broker = Broker::start(kind);
    let (wire, nodes) = wired(&broker, &SETTINGS).await;
    let crowd = Crowd::gather(&nodes, 4, 2).await;
    crowd.speak(Duration::from_millis(20));
    crowd.speaks(200).await;
    wire.set(Mode::Swallow);
    for node in &nodes[1..] {
        until("its lease ends", async || node.nodes().await == 2).await;
    }
    until("it notices", async || {
        nodes[0].state().await["state"] == "reconnecting"
    })
    .await;
    crowd.speaks(200).await;
    wire.set(Mode::Pass);
    acquainted(&nodes).await;
    nodes[0].synced().await;
    crowd.speaks(200).await;
    crowd.settle(&nodes).await;
    one_was_away(&crowd, &nodes).await;
}

/// What the first node said while it was cut off has arrived, and the others have missed nothing.
async fn one_was_away(crowd: &Crowd, nodes: &[Node]) {
    for (at, node) in nodes.iter().enumerate() {
        assert_eq!(node.stat("lost").await, 0);
        for (listener, missed) in crowd.missed_by_node(at) {
            // It was not there, and no node can know what it would have heard.
            if listener != 0 {
                assert!(missed.is_empty(), "from {at} to {listener}: {missed:?}");
            }
        }
    }
}

async fn a_wire_that_breaks_in_any_place_loses_and_doubles_nothing(kind: Kind) {
    let broker = Broker::start(kind);
    let (wire, nodes) = wired(&broker, &SETTINGS).await;
    let crowd = Crowd::gather(&nodes, 6, 3).await;
    crowd.speak(Duration::from_millis(10));
    for bytes in [700, 3_001, 20_011] {
        crowd.speaks(100).await;
        wire.reset();
        crowd.speaks(100).await;
        // New connections end after so many bytes, in the middle of anything.
        wire.set(Mode::Truncate(bytes));
        let before = wire.accepted();
        until("it has tried", async || wire.accepted() >= before + 6).await;
        wire.set(Mode::Stall);
        crowd.speaks(100).await;
        wire.set(Mode::Pass);
        acquainted(&nodes).await;
    }
    nodes[0].synced().await;
    crowd.settle(&nodes).await;
    one_was_away(&crowd, &nodes).await;
}

async fn a_long_way_to_the_broker_only_takes_time(kind: Kind) {
    let broker = Broker::start(kind);
    let (wire, nodes) = wired(&broker, &["--max-age", "600000"]).await;
    wire.set(Mode::Delay(Duration::from_millis(150)));
    let crowd = Crowd::gather(&nodes, 4, 2).await;
    crowd.speak(Duration::from_millis(10));
    crowd.speaks(1_000).await;
    crowd.settle(&nodes).await;
    assert_eq!(crowd.judge(&nodes).await, 0);
    assert_eq!(nodes[0].stat("reconnects").await, 0);
}
