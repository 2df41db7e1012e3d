//! The broker is killed and started again.

use std::{
    env,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::cluster::{
    broker::{Broker, Kind},
    crowd::Crowd,
    node::Node,
    until, with_each,
};

/// How many runs at full scale are wanted: three nodes and 300 clients.
const RUNS: &str = "LEVANTE_CLUSTER_RUNS";

with_each! {
    what_is_published_meanwhile_arrives_and_no_count_leaks
    what_does_not_fit_is_lost_and_counted
    what_gets_too_old_is_lost_and_counted
    under_load_what_is_lost_is_what_is_counted
    many_topics_are_subscribed_again
}

/// So that a loaded machine loses nothing by age.
const KEEP: [&str; 2] = ["--max-age", "600000"];

/// Waits until all nodes are subscribed again, and returns how long that took.
async fn recovered(nodes: &[Node]) -> Duration {
    let begun = Instant::now();
    for node in nodes {
        until("the node is connected again", async || {
            node.is_connected().await
        })
        .await;
        node.synced().await;
    }
    begun.elapsed()
}

async fn what_is_published_meanwhile_arrives_and_no_count_leaks(kind: Kind) {
    let mut broker = Broker::start(kind);
    let nodes = Node::start_three(&broker, &[&KEEP[..], &["--linger", "100"]].concat()).await;
    let idle = broker.subscriptions();
    let crowd = Crowd::gather(&nodes, 8, 3).await;
    crowd.speak(Duration::from_millis(20));
    for _ in 0..2 {
        crowd.speaks(200).await;
        broker.kill();
        for node in &nodes {
            until("the node notices", async || !node.is_connected().await).await;
        }
        crowd.speaks(200).await;
        broker.restart();
        println!(
            "{kind:?}: subscribed again after {:?}",
            recovered(&nodes).await
        );
        crowd.speaks(200).await;
    }
    crowd.settle(&nodes).await;
    assert_eq!(crowd.judge(&nodes).await, 0);
    for node in &nodes {
        assert_eq!(node.stat("reconnects").await, 2);
        assert_eq!(node.nodes().await, 3);
    }

    crowd.leave(&nodes).await;
    for node in &nodes {
        assert_eq!(node.ask(json!("local")).await["topics"], 0);
        until("the topics are given up", async || {
            node.stat("topics").await == 0
        })
        .await;
        assert_eq!(node.count("room/0").await, 0);
        assert_eq!(node.stat("waiting_bytes").await, 0);
    }
    until("the broker knows", async || broker.subscriptions() == idle).await;
}

async fn what_does_not_fit_is_lost_and_counted(kind: Kind) {
    let mut broker = Broker::start(kind);
    let nodes = Node::start_three(&broker, &[&KEEP[..], &["--buffer", "20000"]].concat()).await;
    let crowd = Crowd::gather(&nodes, 4, 2).await;
    crowd.speak(Duration::from_millis(5));
    crowd.speaks(300).await;
    broker.kill();
    for node in &nodes {
        until("something is lost", async || node.stat("lost").await > 0).await;
        assert!(node.stat("waiting_bytes").await <= 20_000);
    }
    crowd.speaks(300).await;
    broker.restart();
    recovered(&nodes).await;
    crowd.speaks(300).await;
    crowd.settle(&nodes).await;
    let lost = crowd.judge(&nodes).await;
    println!("{kind:?}: {lost} of {} lost", crowd.said());
    assert!(lost > 0);
}

async fn what_gets_too_old_is_lost_and_counted(kind: Kind) {
    let mut broker = Broker::start(kind);
    let nodes = Node::start_three(&broker, &["--max-age", "200"]).await;
    let crowd = Crowd::gather(&nodes, 4, 2).await;
    crowd.speak(Duration::from_millis(5));
    crowd.speaks(300).await;
    broker.kill();
    for node in &nodes {
        until("something is lost", async || node.stat("lost").await > 0).await;
    }
    broker.restart();
    recovered(&nodes).await;
    crowd.settle(&nodes).await;
    let lost = crowd.judge(&nodes).await;
    println!("{kind:?}: {lost} of {} lost", crowd.said());
}

async fn under_load_what_is_lost_is_what_is_counted(kind: Kind) {
    let runs = env::var(RUNS).ok().and_then(|runs| runs.parse().ok());
    let (clients, topics, period) = match runs {
        Some(_) => (100, 30, Duration::from_millis(200)),
        None => (20, 6, Duration::from_millis(50)),
    };
    for run in 1..=runs.unwrap_or(1) {
        let mut broker = Broker::start(kind);
        // Small enough that a part is lost.
        let nodes =
            Node::start_three(&broker, &[&KEEP[..], &["--buffer", "100000"]].concat()).await;
        let crowd = Crowd::gather(&nodes, clients, topics).await;
        crowd.speak(period);
        crowd.speaks(1_000).await;
        let mut times = Vec::new();
        for _ in 0..3 {
            broker.kill();
            crowd.speaks(1_000).await;
            broker.restart();
            times.push(recovered(&nodes).await);
            crowd.speaks(1_000).await;
        }
        crowd.settle(&nodes).await;
        let lost = crowd.judge(&nodes).await;
        println!(
            "{kind:?}, run {run}: {} clients published {}, lost = counted = {lost}, subscribed \
             again after {times:?}",
            3 * clients,
            crowd.said(),
        );
    }
}

async fn many_topics_are_subscribed_again(kind: Kind) {
    let topics = 200_000;
    let mut broker = Broker::start(kind);
    let nodes = [(); 2].map(|()| Node::start(&broker.url(), &[]));
    crate::support::cluster::node::acquainted(&nodes).await;
    let idle = broker.subscriptions();
    let mut members = Vec::new();
    for from in 0..10 {
        let mut member = nodes[0].member().await;
        let prefix = format!("topic/{from}/");
        member.subscribe_many(&prefix, topics / 10).await;
        members.push(member);
    }
    let begun = Instant::now();
    nodes[0].synced().await;
    println!(
        "{kind:?}: {topics} topics subscribed after {:?}",
        begun.elapsed()
    );
    assert_eq!(broker.subscriptions(), idle + topics);
    assert_eq!(nodes[0].stat("topics").await, topics as u64);
    let memory = nodes[0].memory();

    broker.kill();
    until("the node notices", async || !nodes[0].is_connected().await).await;
    broker.restart();
    let time = recovered(&nodes).await;
    println!(
        "{kind:?}: {topics} topics subscribed again after {time:?}, {} MB then, {} MB before",
        nodes[0].memory() >> 20,
        memory >> 20,
    );
    assert_eq!(broker.subscriptions(), idle + topics);

    let mut speaker = nodes[1].member().await;
    speaker.publish("topic/7/77", "still here").await;
    assert_eq!(members[7].hear().await, "still here");
}
