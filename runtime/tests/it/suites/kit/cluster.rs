//! Several nodes in one test.

use std::{thread, time::Duration};

use actix_web::{App, HttpResponse, web};
use levante::{
    Routed,
    cluster::State,
    prelude::*,
    test::{self, Client, TestCluster},
};

use super::failure;

const SECOND: Duration = Duration::from_secs(1);

/// Publishes what clients send: after `global` by the global server, after `task` from a task.
#[websocket("/news")]
mod news {
    use super::*;

    fn open(ws: &Ws) {
        ws.subscribe("news");
    }

    fn message(ws: &Ws, text: &str) {
        match text.split_once(' ') {
            Some(("global", text)) => _ = Server::global().publish("news", text),
            Some(("task", text)) => {
                let (server, text) = (ws.server(), text.to_owned());
                actix_web::rt::spawn(async move { server.publish("news", text) });
            }
            _ => _ = ws.publish("news", text),
        }
    }

    fn close(ws: &Ws, reason: CloseReason) {
        ws.publish("news", format!("closed with {}", u16::from(reason.code)));
    }
}

fn assert_panics<F: Future<Output = ()>>(
    expected: &str,
    test: impl FnOnce() -> F + Send + 'static,
) {
    let message = failure(test);
    assert!(message.contains(expected), "{message}");
}

async fn news(nodes: usize) -> TestCluster {
    test::cluster(nodes, |_, _| App::new().service(news::service())).await
}

async fn readers<const N: usize>(nodes: &TestCluster) -> [Client; N] {
    let mut readers = Vec::new();
    for number in 0..N {
        readers.push(nodes[number].connect("/news").await);
    }
    readers.try_into().ok().unwrap()
}

#[levante::test]
async fn a_message_reaches_each_node_once_and_in_order() {
    let nodes = news(3).await;
    for number in 0..3 {
        assert_eq!(nodes.cluster(number).nodes().len(), 3);
        assert_eq!(
            *nodes.cluster(number).nodes()[0].name,
            *format!("node {number}")
        );
    }
    let mut readers = readers::<3>(&nodes).await;
    for number in 0..1000 {
        nodes[1].server().publish("news", number.to_string());
    }
    for reader in &mut readers {
        for number in 0..1000 {
            assert_eq!(reader.text().await, number.to_string());
        }
        reader.assert_silent().await;
    }
}

#[levante::test]
async fn a_node_that_is_cut_off_goes_on_alone_and_comes_back() {
    let nodes = news(2).await;
    let [mut here, mut there] = readers(&nodes).await;
    let mut neighbour = nodes[0].connect("/news").await;
    nodes.cut(0);
    here.send("1").await;
    assert_eq!(neighbour.text().await, "1");
    there.assert_silent().await;
    assert!(nodes.cluster(0).state().is_connected());
    nodes.heal(0);
    assert_eq!(there.text().await, "1");

    nodes.cut(0);
    test::advance(15 * SECOND).await;
    assert!(matches!(
        nodes.cluster(0).state(),
        State::Reconnecting { .. }
    ));
    assert!(nodes.cluster(1).state().is_connected());
    assert_eq!(nodes.cluster(1).nodes().len(), 1);
    here.send("2").await;
    assert_eq!(neighbour.text().await, "2");
    nodes.heal(0);
    test::advance(2 * SECOND).await;
    assert!(nodes.cluster(0).state().is_connected());
    assert_eq!(nodes.cluster(1).nodes().len(), 2);
    assert_eq!(there.text().await, "2");
    there.send("3").await;
    assert_eq!(here.text().await, "3");
    assert_eq!(nodes.cluster(0).stats().lost, 0);
}

#[levante::test]
async fn what_has_no_room_is_counted_as_lost() {
    let nodes = test::cluster(2, |_, _| App::new().service(news::service()))
        .settings(|join| join.buffer(10_000))
        .await;
    let [_here, mut there] = readers(&nodes).await;
    nodes.cut(0);
    for number in 0..1000 {
        nodes[0].server().publish("news", format!("{number:100}"));
    }
    nodes.heal(0);
    let arrived = there.drain_messages().await.len() as u64;
    let stats = nodes.cluster(0).stats();
    assert!(arrived > 0);
    assert!(stats.lost > 0);
    assert_eq!(arrived + stats.lost, 1000);
    assert_eq!(stats.published, 1000);
}

#[levante::test]
async fn a_delay_is_between_nodes_only() {
    let nodes = news(2).await;
    let [mut here, mut there] = readers(&nodes).await;
    let mut neighbour = nodes[0].connect("/news").await;
    nodes.delay(2 * SECOND);
    here.send("1").await;
    assert_eq!(neighbour.text().await, "1");
    test::advance(SECOND).await;
    there.assert_silent().await;
    // What comes later does not overtake.
    nodes.delay(Duration::ZERO);
    here.send("2").await;
    there.assert_silent().await;
    test::advance(SECOND).await;
    assert_eq!(there.text().await, "1");
    assert_eq!(there.text().await, "2");
    nodes.delay(3 * SECOND);
    test::advance(60 * SECOND).await;
    for number in 0..2 {
        assert_eq!(nodes.cluster(number).stats().reconnects, 0);
        assert_eq!(nodes.cluster(number).nodes().len(), 2);
    }
}

#[levante::test]
async fn sockets_of_other_nodes_can_be_left_out_called_and_closed() {
    let nodes = news(2).await;
    let [mut here, mut there] = readers(&nodes).await;
    let id = there.socket::<news::Ws>().id();
    let except = Publish::new().except(id);
    nodes[0]
        .server()
        .publish_with("news", "not for all", except);
    assert_eq!(here.text().await, "not for all");
    there.assert_silent().await;
    assert_eq!(nodes[0].server().send_to(id, "for one"), Routed::Queued);
    assert_eq!(nodes[1].server().send_to(id, "and here"), Routed::Here);
    // The second took no way over the broker.
    assert_eq!(there.text().await, "and here");
    assert_eq!(there.text().await, "for one");
    here.assert_silent().await;
    let closed = nodes[0].server().close_socket(id, 4000, "bye");
    assert_eq!(closed, Routed::Queued);
    assert_eq!(there.closed().await.code, CloseCode::Other(4000));
    assert_eq!(here.text().await, "closed with 4000");
}

#[levante::test]
async fn a_node_that_stops_says_all_and_leaves() {
    let nodes = news(3).await;
    let [mut leaving, mut second, mut third] = readers(&nodes).await;
    nodes[0].server().publish("news", "the last one");
    nodes[0].shutdown().await;
    assert_eq!(leaving.text().await, "the last one");
    assert_eq!(leaving.closed().await.code, CloseCode::GoingAway);
    for reader in [&mut second, &mut third] {
        assert_eq!(reader.text().await, "the last one");
        assert_eq!(reader.text().await, "closed with 1001");
        reader.assert_silent().await;
    }
    assert!(matches!(nodes.cluster(0).state(), State::Left));
    assert_eq!(nodes.cluster(0).stats().lost, 0);
    assert_eq!(nodes.cluster(1).nodes().len(), 2);
    second.send("we go on").await;
    assert_eq!(third.text().await, "we go on");
    // A second stop is allowed.
    nodes[0].shutdown().await;
}

#[levante::test]
async fn a_stop_waits_for_the_broker() {
    let nodes = news(2).await;
    nodes.cut(0);
    nodes[0].server().publish("news", "1");
    let stop = nodes[0].shutdown();
    test::advance(31 * SECOND).await;
    stop.await;
    assert_eq!(nodes.cluster(0).stats().lost, 1);
}

#[test]
fn a_stop_that_waits_for_the_broker_says_so() {
    let message = "the stop waits, and the clock stands still: `advance` it before the stop is \
                   awaited, for the broker of the cluster";
    assert_panics(message, || async {
        let nodes = news(2).await;
        nodes.cut(0);
        nodes[0].server().publish("news", "1");
        nodes[0].shutdown().await;
    });
}

#[levante::test]
async fn a_restart_of_the_broker_loses_nothing() {
    let nodes = news(3).await;
    let mut readers = readers::<3>(&nodes).await;
    for number in 0..300 {
        if number % 100 == 50 {
            nodes.restart_broker();
        }
        nodes[number % 3]
            .server()
            .publish("news", number.to_string());
        if number % 100 == 99 {
            test::advance(2 * SECOND).await;
        }
    }
    test::advance(2 * SECOND).await;
    for reader in &mut readers {
        let messages = reader.drain_messages().await;
        let mut numbers: Vec<u32> = messages
            .iter()
            .map(|message| message.as_text().unwrap().parse().unwrap())
            .collect();
        for publisher in 0..3 {
            // Each publisher's messages are in their order.
            assert!(numbers.iter().filter(|it| *it % 3 == publisher).is_sorted());
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (0..300).collect::<Vec<_>>());
    }
    for number in 0..3 {
        let stats = nodes.cluster(number).stats();
        assert_eq!((stats.lost, stats.reconnects), (0, 3));
    }
}

#[levante::test]
async fn a_broker_that_is_away_is_a_state() {
    let nodes = news(2).await;
    let [mut here, mut there] = readers(&nodes).await;
    nodes.stop_broker();
    here.send("1").await;
    test::advance(10 * SECOND).await;
    assert!(matches!(
        nodes.cluster(0).state(),
        State::Reconnecting { .. }
    ));
    there.assert_silent().await;
    nodes.start_broker();
    test::advance(2 * SECOND).await;
    assert_eq!(there.text().await, "1");
}

#[levante::test]
async fn the_global_server_in_the_code_of_a_node_is_that_node() {
    async fn announce(text: String) -> HttpResponse {
        HttpResponse::Ok().body(Server::global().publish("news", text).addressed.to_string())
    }

    let nodes = test::cluster(2, |server, cluster| {
        assert_eq!(Server::global(), server);
        assert_eq!(cluster.stats().published, 0);
        assert!(cluster.nodes()[0].is_self && cluster.state().is_connected());
        App::new()
            .route("/announce", web::post().to(announce))
            .service(news::service())
    })
    .await;
    let [mut here, mut there] = readers(&nodes).await;
    let _second = nodes[1].connect("/news").await;
    for (node, reached) in [(0, "1"), (1, "2")] {
        let answer = nodes[node].post("/announce").body("lunch").send().await;
        assert_eq!(answer.text(), reached);
        assert_eq!(here.text().await, "lunch");
        assert_eq!(there.text().await, "lunch");
    }
    // The second node publishes it: the first one has published one message so far.
    there.send("global 1").await;
    assert_eq!(nodes.cluster(0).stats().published, 1);
    assert_eq!(nodes.cluster(1).stats().published, 2);
    assert_eq!(here.text().await, "1");
    assert_eq!(there.text().await, "1");
    here.send("task 2").await;
    assert_eq!(there.text().await, "2");
}

#[test]
fn elsewhere_it_is_none_of_them() {
    assert_panics("`Server::global()` is none of the nodes here", || async {
        let _nodes = news(1).await;
        Server::global();
    });
    assert_panics("`Server::global()` is none of the nodes here", || async {
        let _nodes = news(1).await;
        let task = actix_web::rt::spawn(async { Server::global() });
        if let Err(error) = task.await {
            std::panic::resume_unwind(error.into_panic());
        }
    });
}

#[levante::test]
async fn another_application_of_the_test_has_its_own_server() {
    let nodes = news(1).await;
    let app = test::app(|| App::new().service(news::service())).await;
    let mut alone = app.connect("/news").await;
    let mut node = nodes[0].connect("/news").await;
    alone.send("global 1").await;
    assert_eq!(alone.text().await, "1");
    node.assert_silent().await;
}

#[levante::test]
async fn state_of_the_factory_belongs_to_a_node() {
    async fn count(count: web::Data<std::cell::Cell<u32>>) -> String {
        count.update(|count| count + 1);
        count.get().to_string()
    }

    let nodes = test::cluster(2, |_, _| {
        App::new()
            .app_data(web::Data::new(std::cell::Cell::new(0_u32)))
            .route("/", web::get().to(count))
    })
    .await;
    assert_eq!(nodes[0].get("/").send().await.text(), "1");
    assert_eq!(nodes[0].get("/").send().await.text(), "2");
    assert_eq!(nodes[1].get("/").send().await.text(), "1");
}

#[levante::test]
async fn tests_at_the_same_time_have_clusters_of_their_own() {
    let nodes = news(2).await;
    let [mut here, mut there] = readers(&nodes).await;
    let other = thread::spawn(|| {
        test::run(async {
            let nodes = news(2).await;
            let [mut here, mut there] = readers(&nodes).await;
            here.send("theirs").await;
            assert_eq!(there.text().await, "theirs");
            assert_eq!(nodes.cluster(0).nodes().len(), 2);
        });
    });
    other.join().unwrap();
    here.send("ours").await;
    assert_eq!(there.text().await, "ours");
}

#[levante::test]
async fn an_hour_passes_for_a_cluster() {
    let nodes = news(3).await;
    let mut readers = readers::<3>(&nodes).await;
    test::advance(3600 * SECOND).await;
    readers[0].send("1").await;
    assert_eq!(readers[2].text().await, "1");
    for number in 0..3 {
        assert_eq!(nodes.cluster(number).stats().reconnects, 0);
        assert_eq!(nodes.cluster(number).nodes().len(), 3);
    }
}

#[test]
fn mistakes_are_named() {
    assert_panics("a cluster has at least one node", || async {
        news(0).await;
    });
    let message = "there is no node 2: the cluster has 2, and the first is node 0";
    assert_panics(message, || async {
        let nodes = news(2).await;
        nodes[2].server();
    });
    assert_panics(
        "node 0 cannot join: the buffer must be from 1 byte",
        || async {
            test::cluster(2, |_, _| App::new())
                .settings(|join| join.buffer(0))
                .await;
        },
    );
}
