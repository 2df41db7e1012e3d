//! Typed modules on several nodes.

use std::time::Duration;

use actix_web::App;
use levante::{
    Routed,
    prelude::*,
    test::{self, Client, TestCluster},
};
use serde_json::json;

#[websocket("/auction")]
mod auction {
    use super::*;

    #[wire]
    #[derive(Debug, PartialEq)]
    pub(super) enum LotEvent {
        Bid { cents: u64 },
        Sold,
    }

    /// The name may have any characters, also those that end a part of a topic.
    #[topic("lot/{name}", message = LotEvent)]
    pub(super) struct Lot {
        pub(super) name: String,
    }

    #[sends]
    #[derive(Debug)]
    pub(super) enum Event {
        Outbid { by: u64 },
    }

    #[closes]
    #[derive(Debug)]
    pub(super) enum Bye {
        Over = 4002,
    }

    #[wire]
    #[derive(Debug, PartialEq)]
    pub(super) enum Refused {
        Closed,
    }

    /// Refuses `closed`, and also `late`, for which it has subscribed before.
    #[join]
    async fn lot(ws: &Ws, lot: &Lot) -> Result<usize, Refused> {
        match &*lot.name {
            "closed" => Err(Refused::Closed),
            "late" => {
                ws.subscribe(lot);
                tokio::task::yield_now().await;
                Err(Refused::Closed)
            }
            _ => Ok(ws.server().subscriber_count(lot)),
        }
    }

    #[on]
    fn bid(ws: &Ws, lot: String, cents: u64) -> usize {
        let published = ws.publish(Lot { name: lot }, LotEvent::Bid { cents });
        published.addressed
    }

    /// Tells another client, on any node, that its bid is not the highest any more.
    #[on]
    fn outbid(ws: &Ws, client: String, by: u64) -> bool {
        let client = client.parse().unwrap();
        Ws::send_to(&ws.server(), client, Event::Outbid { by }) == Routed::Queued
    }
}

use auction::{Bye, Event, Lot, LotEvent, Refused};

type Bidder = Client<auction::Ws>;

/// Three nodes, and a client of each.
async fn three() -> (TestCluster, [Bidder; 3]) {
    let nodes = test::cluster(3, |_, _| App::new().service(auction::service())).await;
    let mut bidders = Vec::new();
    for node in nodes.nodes() {
        bidders.push(node.connect_to("/auction").await);
    }
    (nodes, bidders.try_into().ok().unwrap())
}

fn lot(name: &str) -> Lot {
    let name = name.to_owned();
    Lot { name }
}

fn bid(cents: u64) -> LotEvent {
    LotEvent::Bid { cents }
}

/// Calls `bid`, of which only sockets of the same node are addressed.
async fn bids(bidder: &mut Bidder, name: &str, cents: u64, addressed: usize) {
    let data = json!({ "lot": name, "cents": cents });
    assert_eq!(bidder.call::<usize>("bid", data).await, addressed);
}

#[levante::test]
async fn a_client_that_has_joined_hears_publishes_of_each_node_once_and_in_order() {
    let (nodes, [mut ann, mut bob, mut cleo]) = three().await;
    // Of a node alone: the snapshot counts the sockets there.
    assert_eq!(ann.join(lot("vase")).await, 0);
    assert_eq!(cleo.join(lot("vase")).await, 0);
    for cents in 1..=100 {
        bids(&mut bob, "vase", cents, 0).await;
        bids(&mut bob, "bowl", cents, 0).await;
    }
    nodes[1].server().publish(lot("vase"), LotEvent::Sold);
    for bidder in [&mut ann, &mut cleo] {
        for cents in 1..=100 {
            assert_eq!(bidder.publication(lot("vase")).await, bid(cents));
        }
        assert_eq!(bidder.publication(lot("vase")).await, LotEvent::Sold);
        bidder.assert_silent().await;
    }
    // One that has not joined hears nothing, and neither does its node.
    bob.assert_silent().await;
    assert_eq!(nodes.cluster(1).stats().received, 0);
    assert_eq!(nodes.cluster(0).stats().received, 101);
}

#[levante::test]
async fn a_client_that_has_left_hears_nothing_of_other_nodes() {
    let (nodes, [mut ann, mut bob, _cleo]) = three().await;
    ann.join(lot("vase")).await;
    ann.join(lot("bowl")).await;
    ann.leave(lot("vase")).await;
    bids(&mut bob, "vase", 1, 0).await;
    bids(&mut bob, "bowl", 2, 0).await;
    assert_eq!(ann.publication(lot("bowl")).await, bid(2));
    ann.assert_silent().await;
    // After the linger the node has left the topic at the broker, too.
    let received = nodes.cluster(0).stats().received;
    let topics = nodes.cluster(0).stats().topics;
    test::advance(Duration::from_secs(60)).await;
    assert_eq!(nodes.cluster(0).stats().topics, topics - 1);
    bids(&mut bob, "vase", 3, 0).await;
    assert_eq!(nodes.cluster(0).stats().received, received);
}

#[levante::test]
async fn a_client_whose_join_is_refused_hears_nothing_of_other_nodes() {
    let (nodes, [mut ann, mut bob, mut cleo]) = three().await;
    for name in ["closed", "late"] {
        assert_eq!(ann.try_join(lot(name)).await, Err(Refused::Closed));
        bids(&mut bob, name, 1, 0).await;
        nodes[2].server().publish(lot(name), LotEvent::Sold);
        let counted = nodes.cluster(1).subscriber_count(lot(name)).await;
        assert_eq!((counted.subscribers, counted.is_complete()), (0, true));
    }
    ann.assert_silent().await;
    assert!(
        !nodes[0]
            .server()
            .topics()
            .iter()
            .any(|it| it.starts_with("lot/"))
    );
    // The refusal of one client does not silence another one of its node.
    let mut dora: Bidder = nodes[0].connect_to("/auction").await;
    dora.join(lot("vase")).await;
    cleo.join(lot("vase")).await;
    bids(&mut bob, "vase", 2, 0).await;
    for bidder in [&mut dora, &mut cleo] {
        assert_eq!(bidder.publication(lot("vase")).await, bid(2));
    }
    ann.assert_silent().await;
}

#[levante::test]
async fn names_with_any_characters_are_the_same_topic_on_each_node() {
    let (_nodes, [mut ann, mut bob, _cleo]) = three().await;
    let long = "世界".repeat(20);
    let names = ["", "a/b", "a%2Fb", "*", "a.b>", " ", "é\n", "[a]?", &long];
    for (cents, name) in (1..).zip(names) {
        ann.join(lot(name)).await;
        bids(&mut bob, name, cents, 0).await;
        assert_eq!(ann.publication(lot(name)).await, bid(cents), "{name:?}");
        ann.assert_silent().await;
    }
}

#[levante::test]
async fn a_typed_message_reaches_one_socket_of_another_node() {
    let (nodes, [mut ann, mut bob, mut cleo]) = three().await;
    let id = ann.socket::<auction::Ws>().id();
    let data = json!({ "client": id.to_string(), "by": 7 });
    assert!(bob.call::<bool>("outbid", &data).await);
    ann.assert_event(Event::Outbid { by: 7 }).await;
    for (node, routed) in [(0, Routed::Here), (1, Routed::Queued), (2, Routed::Queued)] {
        let server = nodes[node].server();
        let by = node as u64;
        assert_eq!(
            auction::Ws::send_to(&server, id, Event::Outbid { by }),
            routed
        );
        ann.assert_event(Event::Outbid { by }).await;
    }
    for bidder in [&mut ann, &mut bob, &mut cleo] {
        bidder.assert_silent().await;
    }
    // Nobody waits for a socket that is gone.
    ann.close().await;
    assert!(bob.call::<bool>("outbid", data).await);
    bob.assert_silent().await;
}

#[levante::test]
async fn server_code_hears_the_type_of_a_topic_from_other_nodes() {
    let (nodes, [mut ann, _bob, _cleo]) = three().await;
    let mut events = nodes[2].server().subscribe(lot("vase"));
    test::advance(Duration::ZERO).await;
    bids(&mut ann, "vase", 1, 0).await;
    nodes[1].server().publish(lot("vase"), LotEvent::Sold);
    assert_eq!(events.next().await, Some(bid(1)));
    assert_eq!(events.next().await, Some(LotEvent::Sold));
}

#[levante::test]
async fn a_topic_is_closed_on_all_nodes_with_the_code_of_the_application() {
    let (nodes, [mut ann, mut bob, mut cleo]) = three().await;
    ann.join(lot("vase")).await;
    cleo.join(lot("vase")).await;
    nodes[1].server().publish(lot("vase"), LotEvent::Sold);
    let closed = nodes.cluster(1).close_topic(lot("vase"), Bye::Over, "");
    assert_eq!(closed, 0);
    for bidder in [&mut ann, &mut cleo] {
        assert_eq!(bidder.publication(lot("vase")).await, LotEvent::Sold);
        assert_eq!(u16::from(bidder.closed().await.code), 4002);
    }
    bids(&mut bob, "vase", 1, 0).await;
    bob.assert_silent().await;
}

#[levante::test]
async fn a_client_that_has_joined_hears_on_after_a_cut() {
    let (nodes, [mut ann, mut bob, mut cleo]) = three().await;
    ann.join(lot("vase")).await;
    nodes.cut(0);
    test::advance(Duration::from_secs(30)).await;
    bids(&mut bob, "vase", 1, 0).await;
    // A join on a node that is cut off is decided there, and heard by the others afterwards.
    let mut dora: Bidder = nodes[0].connect_to("/auction").await;
    dora.join(lot("bowl")).await;
    bids(&mut dora, "vase", 2, 1).await;
    assert_eq!(ann.publication(lot("vase")).await, bid(2));
    cleo.join(lot("vase")).await;
    nodes.heal(0);
    test::advance(Duration::from_secs(10)).await;
    assert_eq!(cleo.publication(lot("vase")).await, bid(2));
    bids(&mut bob, "vase", 3, 0).await;
    bids(&mut bob, "bowl", 4, 0).await;
    assert_eq!(ann.publication(lot("vase")).await, bid(3));
    assert_eq!(cleo.publication(lot("vase")).await, bid(3));
    assert_eq!(dora.publication(lot("bowl")).await, bid(4));
    for bidder in [&mut ann, &mut bob, &mut cleo, &mut dora] {
        bidder.assert_silent().await;
    }
}
