//! A node of a newer release beside ours, as in a rolling upgrade: it reads one more version, and its
//! envelopes have fields in their extension that ours do not know.

use crate::support::cluster::{
    broker::{Broker, Kind},
    envelope::{self, CONTROL, Hello, Newer},
    member::Member,
    node::{Node, acquainted},
    until, with_each,
};

with_each! {
    a_newer_node_and_ours_hear_each_other
    messages_wait_for_a_newer_node_after_a_restart
}

/// A lease that does not end before a test does.
const SETTINGS: [&str; 4] = ["--application", "shop", "--lease", "120000"];

async fn a_newer_node_and_ours_hear_each_other(kind: Kind) {
    let broker = Broker::start(kind);
    let nodes = [(); 2].map(|()| Node::start(&broker.url(), &SETTINGS));
    acquainted(&nodes).await;
    let mut member = Member::of(nodes[1].address, "tea").await;
    nodes[1].synced().await;
    let newer = Newer::new(&broker);
    let mut control = broker.listen(&newer.subject(CONTROL));
    let mut answers = broker.listen(&newer.subject(&newer.node()));
    let mut topic = broker.listen(&newer.subject("t tea"));

    // Both know it, and tell it which versions they read.
    newer.hello(Hello {
        ready: true,
        asks: true,
        ..Hello::default()
    });
    for node in &nodes {
        until("the newer node is known", async || node.nodes().await == 3).await;
    }
    let hello = newer.hello_of(&mut control, nodes[0].tag().await);
    assert_eq!((hello.version, hello.reads), (1, [1, 1]));

    // Ours write what all read, and the newer one writes what ours read.
    let mut speaker = nodes[0].member().await;
    speaker.publish("tea", "of ours").await;
    assert_eq!(member.hear().await, "of ours");
    let heard = topic.next();
    assert_eq!(heard[4], 1, "the version");
    assert!(heard.ends_with(b"of ours"));
    newer.publish("t tea", 1, "of the newer one");
    assert_eq!(member.hear().await, "of the newer one");
    newer.count("tea", 77);
    let counts = [(); 2].map(|()| envelope::count_reply(&answers.next()));
    assert_eq!(counts.map(|(query, _)| query), [77; 2]);
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 1);
    assert_eq!(nodes[1].stat("other_version").await, 0);
    assert_eq!(nodes[1].logged(" WARN "), 0, "{:#?}", nodes[1].log());

    // A kind of message that ours do not know has a version that ours do not read.
    newer.unknown("t tea");
    newer.unknown(CONTROL);
    newer.publish("t tea", 2, "the last one");
    assert_eq!(member.hear().await, "the last one");
    let node = &nodes[1];
    until("both are counted", async || {
        node.stat("other_version").await == 2
    })
    .await;
    assert_eq!(node.stat("unreadable").await, 0);
    // The first one is counted before it is logged.
    until("one is logged", async || node.logged(" WARN ") > 0).await;
    assert_eq!(node.logged(" WARN "), 1, "{:#?}", node.log());
    assert_eq!(node.nodes().await, 3);
}

async fn messages_wait_for_a_newer_node_after_a_restart(kind: Kind) {
    let mut broker = Broker::start(kind);
    let nodes = [(); 2].map(|()| Node::start(&broker.url(), &SETTINGS));
    acquainted(&nodes).await;
    let ours = &nodes[0];
    let mut member = Member::of(nodes[1].address, "tea").await;
    nodes[1].synced().await;
    let hello = Hello {
        session: 1,
        ready: true,
        ..Hello::default()
    };
    Newer::new(&broker).hello(hello.clone());
    until("the newer node is known", async || ours.nodes().await == 3).await;

    broker.restart();
    until("ours has lost its connection", async || {
        ours.stat("reconnects").await > 0
    })
    .await;
    acquainted_with(&nodes, 3).await;
    let newer = Newer::new(&broker);
    let mut control = broker.listen(&newer.subject(CONTROL));
    let acknowledged = ours.stat("acknowledged").await;
    ours.member().await.publish("tea", "after").await;
    // It says over a former connection that it is ready, and over the present one that it is not.
    newer.hello(hello.clone());
    let asks = Hello {
        session: 2,
        asks: true,
        ..Hello::default()
    };
    newer.hello(asks);
    let heard = newer.hello_of(&mut control, ours.tag().await);
    assert_eq!(ours.stat("acknowledged").await, acknowledged);
    let heard = (heard.tag, heard.session.expect("a session"));
    newer.hello(Hello {
        session: 2,
        heard: vec![heard],
        ..Hello::default()
    });
    newer.hello(hello);
    newer.hello(Hello {
        session: 2,
        asks: true,
        ..Hello::default()
    });
    newer.hello_of(&mut control, ours.tag().await);
    assert_eq!(ours.stat("acknowledged").await, acknowledged);
    assert_eq!(ours.stat("waiting").await, 1);
    newer.hello(Hello {
        session: 2,
        ready: true,
        ..Hello::default()
    });
    assert_eq!(member.hear().await, "after");
    assert_eq!(ours.logged("lease of a node"), 0, "{:#?}", ours.log());
    assert_eq!(ours.stat("lost").await, 0);
}

async fn acquainted_with(nodes: &[Node], count: usize) {
    for node in nodes {
        until("the nodes know each other", async || {
            node.is_connected().await && node.nodes().await == count
        })
        .await;
    }
}
