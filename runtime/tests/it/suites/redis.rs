//! `Server::join` with a real Redis.

use levante::{Server, cluster::Redis};

use crate::support::{
    broker_process::{BrokerProcess, is_missing},
    soon, until,
};

/// The rules that the docs of [`Redis`] tell, for the prefix `shop`.
const RULES: [&str; 10] = [
    "--user",
    "node",
    "on",
    ">secret",
    "resetchannels",
    "&shop:*",
    "-@all",
    "+publish",
    "+subscribe",
    "+unsubscribe",
];

fn url(broker: &BrokerProcess, login: &str) -> String {
    format!("redis://{login}{}", broker.address)
}

#[actix_web::test]
async fn nodes_need_only_the_rules_of_the_docs() {
    if is_missing("redis-server") {
        return;
    }
    let broker = BrokerProcess::redis(&RULES);
    let (one, two) = (Server::new(), Server::new());
    let redis = Redis::new(url(&broker, "node:secret@")).unwrap();
    let clusters = [
        soon(
            "a node",
            one.join(redis.clone()).prefix("shop").into_future(),
        )
        .await
        .unwrap(),
        soon(
            "a node",
            two.join(redis.clone()).prefix("shop").into_future(),
        )
        .await
        .unwrap(),
    ];
    until("both nodes to know each other", || {
        clusters.iter().all(|cluster| cluster.nodes().len() == 2)
    })
    .await;
    let mut heard = two.subscribe("room");
    soon("the subscription", clusters[1].synced()).await;
    one.publish("room", "hello");
    let message = soon("the message", heard.next()).await;
    assert!(format!("{message:?}").contains("hello"), "{message:?}");

    // Another prefix is not among the rules.
    let other = Server::new();
    let refused = soon("a refusal", other.join(redis).prefix("other").into_future()).await;
    let refused = refused.err().unwrap().to_string();
    assert!(refused.contains("ACL needs"), "{refused}");
    assert!(!refused.contains("secret"), "{refused}");
}

#[actix_web::test]
async fn a_wrong_password_is_told_without_it() {
    if is_missing("redis-server") {
        return;
    }
    let broker = BrokerProcess::redis(&["--requirepass", "right"]);
    let server = Server::new();
    let redis = Redis::new(url(&broker, ":secret@")).unwrap();
    let refused = soon("a refusal", server.join(redis).into_future()).await;
    let refused = refused.err().unwrap().to_string();
    assert!(refused.contains("`requirepass`"), "{refused}");
    assert!(refused.contains(&broker.address.to_string()), "{refused}");
    assert!(!refused.contains("secret"), "{refused}");
}
