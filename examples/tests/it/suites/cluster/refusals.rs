//! The broker does not want a node: at its start, and later.

use std::time::Duration;

use crate::support::cluster::{
    broker::{Broker, Kind},
    crowd::Crowd,
    member::Member,
    node::{Node, acquainted},
    until, with_each,
};

/// It must never be in a log.
const PASSWORD: &str = "s3cr3t-w0rd";

with_each! {
    a_wrong_password_is_named_at_the_start
    a_missing_permission_is_named_at_the_start
    a_broker_that_is_full_is_named_at_the_start
    a_password_that_changes_is_a_state_and_few_lines
    a_permission_that_is_taken_away_is_a_state_and_few_lines
    a_full_broker_is_a_state_and_few_lines
}

/// Settings with a user `ada` whose permissions are these.
fn user(kind: Kind, permissions: &str) -> String {
    match kind {
        Kind::Redis => format!("user ada on >{PASSWORD} ~* +@all {permissions}"),
        Kind::Nats => format!(
            "authorization {{ users: [ {{ user: ada, password: \"{PASSWORD}\", permissions: \
             {{ {permissions} }} }} ] }}"
        ),
    }
}

async fn a_wrong_password_is_named_at_the_start(kind: Kind) {
    let options = match kind {
        Kind::Redis => format!("requirepass {PASSWORD}"),
        Kind::Nats => format!("authorization {{ user: ada, password: \"{PASSWORD}\" }}"),
    };
    let broker = Broker::start_with(kind, &options);
    let said = Node::fails(&broker.url(), &[]);
    assert!(
        said.contains("password") || said.contains("login"),
        "{said}"
    );
    let wrong = "wr0ng-w0rd";
    for user in ["ada", "grace"] {
        let said = Node::fails(&broker.url_of(user, wrong), &[]);
        assert!(
            said.contains("password") || said.contains("login"),
            "{said}"
        );
        assert!(said.contains(&broker.address.to_string()), "{said}");
        assert!(!said.contains(wrong), "{said}");
    }
    let user = match kind {
        Kind::Redis => "",
        Kind::Nats => "ada",
    };
    let node = Node::start(&broker.url_of(user, PASSWORD), &[]);
    assert!(node.is_connected().await);
    assert_eq!(node.logged(PASSWORD), 0);
}

async fn a_missing_permission_is_named_at_the_start(kind: Kind) {
    let refused: &[(&str, &str)] = match kind {
        Kind::Redis => &[
            ("&* -publish", "publish"),
            ("&* -subscribe", "subscribe"),
            ("resetchannels &other:*", "channel"),
        ],
        Kind::Nats => &[
            ("publish: { deny: \">\" }", "publish"),
            ("subscribe: { deny: \">\" }", "subscri"),
            ("publish: \"other.>\", subscribe: \"other.>\"", "permission"),
        ],
    };
    for (permissions, named) in refused {
        let broker = Broker::start_with(kind, &user(kind, permissions));
        let said = Node::fails(&broker.url_of("ada", PASSWORD), &[]);
        assert!(said.to_lowercase().contains(named), "{permissions}: {said}");
        assert!(said.contains(&broker.address.to_string()), "{said}");
        assert!(!said.contains(PASSWORD), "{said}");
    }
    // What a cluster needs is enough.
    let enough = match kind {
        Kind::Redis => "resetchannels &shop:*",
        Kind::Nats => "publish: \"shop.>\", subscribe: \"shop.>\"",
    };
    let broker = Broker::start_with(kind, &user(kind, enough));
    let url = broker.url_of("ada", PASSWORD);
    let nodes = [(); 2].map(|()| Node::start(&url, &["--prefix", "shop"]));
    acquainted(&nodes).await;
    let mut ada = Member::of(nodes[0].address, "tea").await;
    nodes[0].synced().await;
    let mut grace = nodes[1].member().await;
    grace.publish("tea", "hello").await;
    assert_eq!(ada.hear().await, "hello");
}

/// Settings with room for so many clients.
fn room_for(kind: Kind, clients: usize) -> String {
    match kind {
        Kind::Redis => format!("maxclients {clients}"),
        Kind::Nats => format!("max_connections: {clients}"),
    }
}

async fn a_broker_that_is_full_is_named_at_the_start(kind: Kind) {
    let broker = Broker::start_with(kind, &room_for(kind, 1));
    let _guest = broker.occupy();
    let said = Node::fails(&broker.url(), &[]);
    assert!(
        said.contains("maxclients") || said.contains("max_connections"),
        "{said}"
    );
    assert!(said.contains(&broker.address.to_string()), "{said}");
}

/// Waits until a node has been refused some times, and checks what it says about that.
async fn is_refused(node: &Node, named: &str) {
    until("it is refused", async || {
        let state = node.state().await;
        state["state"] == "reconnecting"
            && state["attempts"].as_u64() >= Some(3)
            && state["error"]
                .as_str()
                .is_some_and(|it| it.to_lowercase().contains(named))
    })
    .await;
    let state = node.state().await;
    assert!(!state.to_string().contains(PASSWORD), "{state}");
    assert_eq!(node.logged(PASSWORD), 0);
    let lines = node.logged(" WARN ") + node.logged(" ERROR ");
    // The refusal, what is lost by it, the end of the session, and the first attempt that fails.
    assert!((1..=6).contains(&lines), "{:#?}", node.log());
}

/// All goes on as before. Returns how much was lost, which is also what was counted.
async fn is_well(nodes: &[Node], crowd: Crowd) -> u64 {
    acquainted(nodes).await;
    crowd.speaks(100).await;
    crowd.settle(nodes).await;
    crowd.judge(nodes).await
}

async fn a_password_that_changes_is_a_state_and_few_lines(kind: Kind) {
    let mut broker = Broker::start(kind);
    let nodes = Node::start_three(&broker, &["--max-age", "600000"]).await;
    let crowd = Crowd::gather(&nodes, 4, 2).await;
    crowd.speak(Duration::from_millis(20));
    crowd.speaks(100).await;
    // A broker refuses one node after the other, and what one of them hears no more is not counted.
    crowd.settle(&nodes).await;
    match kind {
        Kind::Redis => {
            broker.command(&["CONFIG", "SET", "requirepass", PASSWORD]);
            for clients in ["normal", "pubsub"] {
                broker.command_with(PASSWORD, &["CLIENT", "KILL", "TYPE", clients]);
            }
        }
        Kind::Nats => {
            let options = format!("authorization {{ user: ada, password: \"{PASSWORD}\" }}");
            broker.set_options(&options);
        }
    }
    crowd.speak(Duration::from_millis(20));
    for node in &nodes {
        is_refused(node, "password").await;
    }
    match kind {
        Kind::Redis => {
            broker.command_with(PASSWORD, &["CONFIG", "SET", "requirepass", ""]);
        }
        Kind::Nats => broker.set_options(""),
    }
    assert_eq!(is_well(&nodes, crowd).await, 0);
}

async fn a_permission_that_is_taken_away_is_a_state_and_few_lines(kind: Kind) {
    let all = match kind {
        Kind::Redis => "&*",
        Kind::Nats => "publish: \">\", subscribe: \">\"",
    };
    let mut broker = Broker::start_with(kind, &user(kind, all));
    let url = broker.url_of("ada", PASSWORD);
    let nodes = [(); 3].map(|()| Node::start(&url, &["--max-age", "600000"]));
    acquainted(&nodes).await;
    let crowd = Crowd::gather(&nodes, 4, 2).await;
    crowd.speak(Duration::from_millis(20));
    crowd.speaks(100).await;
    // A broker refuses one node after the other, and what one of them hears no more is not counted.
    crowd.settle(&nodes).await;
    match kind {
        Kind::Redis => {
            broker.command(&["ACL", "SETUSER", "ada", "-publish"]);
        }
        Kind::Nats => broker.set_options(&user(kind, "publish: { deny: \">\" }")),
    }
    crowd.speak(Duration::from_millis(20));
    for node in &nodes {
        is_refused(node, "publish").await;
    }
    match kind {
        Kind::Redis => {
            broker.command(&["ACL", "SETUSER", "ada", "+publish"]);
        }
        Kind::Nats => broker.set_options(&user(kind, all)),
    }
    // What is refused before the session ends is lost.
    let lost = is_well(&nodes, crowd).await;
    println!("{kind:?}: {lost} lost");
    assert!(lost < 200);
}

async fn a_full_broker_is_a_state_and_few_lines(kind: Kind) {
    let mut broker = Broker::start(kind);
    let nodes = Node::start_three(&broker, &["--max-age", "600000"]).await;
    let crowd = Crowd::gather(&nodes, 4, 2).await;
    crowd.speak(Duration::from_millis(20));
    crowd.speaks(100).await;
    broker.kill();
    broker.set_options(&room_for(kind, 1));
    broker.restart();
    // Each of them may have the only place for a while.
    let refused = async |node: &Node| {
        let state = node.state().await;
        let error = state["error"].as_str().unwrap_or_default();
        error.contains("maxclients") || error.contains("max_connections")
    };
    until("two nodes are refused", async || {
        let mut count = 0;
        for node in &nodes {
            count += usize::from(refused(node).await);
        }
        count >= 2
    })
    .await;
    broker.kill();
    broker.set_options("");
    broker.restart();
    assert_eq!(is_well(&nodes, crowd).await, 0);
}

/// Redis refuses what would take memory, and a publish does not.
#[tokio::test]
#[cfg_attr(without_redis, ignore = "needs redis-server: see CONTRIBUTING.md")]
async fn a_redis_without_memory_publishes() {
    let options = "maxmemory 1\nmaxmemory-policy noeviction";
    let broker = Broker::start_with(Kind::Redis, options);
    let reply = broker.command(&["SET", "key", "value"]);
    assert!(reply.starts_with("-OOM"), "{reply}");
    let nodes = Node::start_three(&broker, &[]).await;
    let crowd = Crowd::gather(&nodes, 4, 2).await;
    crowd.speak(Duration::from_millis(20));
    assert_eq!(is_well(&nodes, crowd).await, 0);
    for node in &nodes {
        assert_eq!(node.stat("reconnects").await, 0);
    }
}
