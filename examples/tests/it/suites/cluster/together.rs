//! Nothing fails: what one node does, the others see.

use serde_json::json;

use crate::support::cluster::{
    broker::{Broker, Kind},
    crowd::Crowd,
    member::Member,
    node::Node,
    until, with_each,
};

with_each! {
    all_hear_everything_once_and_in_order
    a_message_is_for_all_but_one_wherever_that_one_is
    one_socket_is_sent_to_and_closed_from_another_node
    a_topic_is_counted_and_closed_on_all_nodes
    any_name_of_a_topic_reaches_its_subscribers_and_no_others
    a_node_hears_only_what_it_has_subscribers_for
}

async fn all_hear_everything_once_and_in_order(kind: Kind) {
    let broker = Broker::start(kind);
    let nodes = Node::start_three(&broker, &[]).await;
    let crowd = Crowd::gather(&nodes, 6, 2).await;
    crowd.speak(std::time::Duration::from_millis(5));
    crowd.speaks(2_000).await;
    crowd.settle(&nodes).await;
    assert_eq!(crowd.judge(&nodes).await, 0);
    for node in &nodes {
        assert_eq!(node.stat("reconnects").await, 0);
        assert_eq!(node.stat("unreadable").await, 0);
    }
}

async fn a_message_is_for_all_but_one_wherever_that_one_is(kind: Kind) {
    let broker = Broker::start(kind);
    let nodes = Node::start_three(&broker, &[]).await;
    let mut near = Member::of(nodes[0].address, "tea").await;
    let mut far = Member::of(nodes[1].address, "tea").await;
    let mut other = Member::of(nodes[1].address, "tea").await;
    nodes[1].synced().await;
    let [near_id, far_id] = [near.id().await, far.id().await];
    let mut speaker = nodes[0].member().await;
    assert_eq!(speaker.publish_except("tea", "not far", &far_id).await, 1);
    assert_eq!(speaker.publish_except("tea", "not near", &near_id).await, 0);
    speaker.publish("tea", "end").await;
    assert_eq!(near.hear_until("end").await, ["not far"]);
    assert_eq!(far.hear_until("end").await, ["not near"]);
    assert_eq!(other.hear_until("end").await, ["not far", "not near"]);
}

async fn one_socket_is_sent_to_and_closed_from_another_node(kind: Kind) {
    let broker = Broker::start(kind);
    let nodes = Node::start_three(&broker, &[]).await;
    let mut member = nodes[0].member().await;
    let id = member.id().await;
    for (from, routed) in [(0, "Here"), (1, "Queued"), (2, "Queued")] {
        let text = format!("from {from}");
        let answer = nodes[from].ask(json!({ "send": [id, text] })).await;
        assert_eq!(answer, routed);
        assert_eq!(member.hear().await, text);
    }
    // The same node with another random part.
    let unknown = format!("{}{}", "0".repeat(24), &id[24..]);
    let answer = nodes[0].ask(json!({ "send": [unknown, "?"] })).await;
    assert_eq!(answer, "NotFound");
    let answer = nodes[2]
        .ask(json!({ "close_socket": [id, 4001, "kicked"] }))
        .await;
    assert_eq!(answer, "Queued");
    assert_eq!(member.closed().await, (4001, "kicked".to_owned()));
}

async fn a_topic_is_counted_and_closed_on_all_nodes(kind: Kind) {
    let broker = Broker::start(kind);
    let nodes = Node::start_three(&broker, &[]).await;
    let mut members = Vec::new();
    for (node, count) in nodes.iter().zip([2, 0, 3]) {
        for _ in 0..count {
            members.push(Member::of(node.address, "tea").await);
        }
        node.synced().await;
    }
    for node in &nodes {
        assert_eq!(node.count("tea").await, 5);
        assert_eq!(node.count("coffee").await, 0);
    }
    nodes[1]
        .ask(json!({ "close_topic": ["tea", 4002, "over"] }))
        .await;
    for member in members {
        assert_eq!(member.closed().await, (4002, "over".to_owned()));
    }
    for node in &nodes {
        until("the topic is empty", async || node.count("tea").await == 0).await;
    }
}

async fn any_name_of_a_topic_reaches_its_subscribers_and_no_others(kind: Kind) {
    let broker = Broker::start(kind);
    let nodes = [(); 2].map(|()| Node::start(&broker.url(), &[]));
    crate::support::cluster::node::acquainted(&nodes).await;
    let mut names: Vec<String> = [
        "a",
        "A",
        " ",
        ".",
        "*",
        ">",
        "?",
        "[a]",
        "=",
        "=2E",
        "=2e",
        "a.b",
        "a=2Eb",
        "a b",
        "a:b",
        "t:a",
        "\0",
        "\r\n",
        "\t",
        "\u{7f}",
        "\u{feff}",
        "é",
        "e\u{301}",
        "茶",
        "🍵",
        "{\"a\":1}",
        "$SYS.>",
        "_INBOX.1",
        "__redis__:invalidate",
        "%s%n",
        "\\",
        "'",
        "\"",
    ]
    .map(str::to_owned)
    .into();
    for length in [511, 512, 513, 4096, 1 << 16] {
        names.push("n".repeat(length));
        names.push("=".repeat(length));
        names.push(format!("{}!", "n".repeat(length - 1)));
        names.push("🍵".repeat(length / 4));
    }
    // Every character of one byte, and of two.
    names.extend(
        (1..0x100)
            .filter_map(char::from_u32)
            .map(|it| format!("one {it} character")),
    );

    names.sort();
    names.dedup();
    let mut member = nodes[1].member().await;
    for name in &names {
        member.subscribe(name).await;
    }
    nodes[1].synced().await;
    let mut speaker = nodes[0].member().await;
    for (number, name) in names.iter().enumerate() {
        speaker.publish(name, &number.to_string()).await;
    }
    for (number, name) in names.iter().enumerate() {
        assert_eq!(member.hear().await, number.to_string(), "{name:.40}");
    }
    speaker.publish("a", "end").await;
    assert_eq!(member.hear().await, "end");
    assert_eq!(nodes[0].stat("lost").await, 0);
}

async fn a_node_hears_only_what_it_has_subscribers_for(kind: Kind) {
    let broker = Broker::start(kind);
    let nodes = [(); 2].map(|()| Node::start(&broker.url(), &["--linger", "100"]));
    crate::support::cluster::node::acquainted(&nodes).await;
    let before = broker.subscriptions();
    let mut tea = Member::of(nodes[1].address, "tea").await;
    let coffee = Member::of(nodes[1].address, "coffee").await;
    nodes[1].synced().await;
    assert_eq!(broker.subscriptions(), before + 2);
    let mut speaker = nodes[0].member().await;
    for _ in 0..100 {
        speaker.publish("water", "nobody").await;
        speaker.publish("tea", "somebody").await;
    }
    for _ in 0..100 {
        assert_eq!(tea.hear().await, "somebody");
    }
    assert_eq!(nodes[1].stat("received").await, 100);
    // The broker forgets what has no subscriber any more.
    tea.unsubscribe("tea").await;
    coffee.leave().await;
    until("the topics are given up", async || {
        broker.subscriptions() == before && nodes[1].stat("topics").await == 0
    })
    .await;
    tea.subscribe("tea").await;
    nodes[1].synced().await;
    speaker.publish("tea", "again").await;
    assert_eq!(tea.hear().await, "again");
}
