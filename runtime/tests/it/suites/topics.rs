//! Topics, on one worker and on several.

use std::collections::HashSet;

use actix_web::web;
use levante::prelude::*;

use crate::support::{Client, Driver, TestServer, on_each_driver, probe, serve, serve_with, until};

async fn join(server: &TestServer, topic: &str) -> Client {
    let mut client = server.connect("/probe").await;
    assert_eq!(client.ask(format!("subscribe {topic}")).await, "true");
    client
}

on_each_driver! {
    async fn subscriptions_are_what_was_asked_for(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut client = server.connect("/probe").await;
        for (ask, answer) in [
            ("subscriptions", ""),
            ("subscribe a", "true"),
            ("subscribe a", "false"),
            ("subscribe b/c", "true"),
            ("subscribed a", "true"),
            ("subscribed x", "false"),
            ("subscriptions", "a,b/c"),
            ("unsubscribe a", "true"),
            ("unsubscribe a", "false"),
            ("subscriptions", "b/c"),
        ] {
            assert_eq!(client.ask(ask).await, answer, "{ask}");
        }
        assert_eq!(server.server.subscriber_count("b/c"), 1);
        assert_eq!(server.server.topics(), ["b/c"]);
        drop(client);
        server.all_gone().await;
    }

    async fn a_socket_subscribes_to_no_more_topics_than_it_may(driver: Driver) {
        let server = serve(driver, |config, server| {
            let probe = probe::socket::service().max_subscriptions(2).max_topic_len(3);
            config.service(probe.server(server));
        })
        .await;
        let mut client = server.connect("/probe").await;
        for (ask, answer) in [
            ("subscribe abcd", "false"),
            ("subscribe äö", "false"),
            ("subscribe äb", "true"),
            ("subscribe bc", "true"),
            ("subscribe bc", "false"),
            ("subscribe c", "false"),
            ("subscriptions", "bc,äb"),
            ("subscribed abcd", "false"),
            ("unsubscribe abcd", "false"),
            ("publish abcd hello", "published 0"),
            ("unsubscribe bc", "true"),
            ("subscribe abc", "true"),
            ("subscriptions", "abc,äb"),
        ] {
            assert_eq!(client.ask(ask).await, answer, "{ask}");
        }
        // Each socket has limits of its own.
        let mut other = server.connect("/probe").await;
        assert_eq!(other.ask("subscribe c").await, "true");
        assert_eq!(other.ask("subscribe abc").await, "true");
        assert_eq!(other.ask("publish abc hello").await, "published 1");
        assert_eq!(client.text().await, "hello");
        drop((client, other));
        server.all_gone().await;
    }

    async fn the_default_limits_of_topics_hold_at_their_edges(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut client = server.connect("/probe").await;
        let longest = "t".repeat(1024);
        assert_eq!(client.ask(format!("subscribe {longest}")).await, "true");
        assert_eq!(client.ask(format!("subscribe {longest}t")).await, "false");
        let others: Vec<_> = (1..4096).map(|topic| format!("subscribe {topic}")).collect();
        client.send(others.join(";")).await;
        for _ in &others {
            assert_eq!(client.text().await, "true");
        }
        assert_eq!(client.ask("subscribe 4096").await, "false");
        assert_eq!(client.ask("unsubscribe 1").await, "true");
        assert_eq!(client.ask("subscribe 4096").await, "true");
        assert_eq!(client.ask("subscribe 1").await, "false");
        assert_eq!(server.server.topics().len(), 4096);
        drop(client);
        server.all_gone().await;
    }

    async fn a_publish_reaches_all_but_its_sender_on_every_worker(driver: Driver) {
        for workers in [1, 4] {
            let server = serve_with(driver, workers, probe::app).await;
            let mut clients = Vec::new();
            for _ in 0..8 {
                clients.push(join(&server, "lobby").await);
            }
            let mut stranger = join(&server, "elsewhere").await;
            assert_eq!(server.server.subscriber_count("lobby"), 8);
            assert_eq!(clients[0].ask("publish lobby hello").await, "published 7");
            for client in &mut clients[1..] {
                assert_eq!(client.text().await, "hello");
            }
            clients[0].send("publish-all lobby again").await;
            for client in &mut clients {
                assert_eq!(client.text().await, "again");
            }
            assert_eq!(stranger.ask("publish lobby outside").await, "published 8");
            assert_eq!(stranger.ask("publish nowhere x").await, "published 0");
            for client in &mut clients {
                assert_eq!(client.text().await, "outside");
            }
            drop((clients, stranger));
            server.all_gone().await;
        }
    }

    async fn what_a_handler_does_is_seen_in_that_order(driver: Driver) {
        let server = serve(driver, |config, server| {
            config.service(probe::socket::service().publish_to_self(true).server(server));
        })
        .await;
        let mut client = server.connect("/probe").await;
        client
            .send(
                "publish-all a 0; subscribe a; publish-all a 1; echo 2; subscribe b; \
                 publish-all b 3; publish-all a 4; publish-all a 5; unsubscribe a; \
                 publish-all a 6; publish-all b 7; publish-all b 8; close-with 4000 9",
            )
            .await;
        for expected in ["true", "1", "2", "true", "3", "4", "5", "true", "7", "8"] {
            assert_eq!(client.text().await, expected);
        }
        assert_eq!(client.closed().await, (4000, "9".into()));
    }

    async fn everybody_gets_everything_but_their_own(driver: Driver) {
        for workers in [1, 4] {
            let server = serve_with(driver, workers, probe::app).await;
            let mut clients = Vec::new();
            for _ in 0..6 {
                clients.push(join(&server, "lobby").await);
            }
            // Each client sends many messages at once, so that publishes of several clients
            // overlap.
            for (number, client) in clients.iter_mut().enumerate() {
                let steps: Vec<_> =
                    (0..50).map(|i| format!("publish lobby {number}/{i}")).collect();
                for half in steps.chunks(25) {
                    client.send(half.join(";")).await;
                }
            }
            for (number, client) in clients.iter_mut().enumerate() {
                let mut next = [0; 6];
                let mut receipts = 0;
                for _ in 0..5 * 50 + 50 {
                    let text = client.text().await;
                    if let Some((sender, i)) = text.split_once('/') {
                        let sender: usize = sender.parse().unwrap();
                        assert_ne!(sender, number, "got its own message");
                        assert_eq!(i.parse(), Ok(next[sender]), "out of order");
                        next[sender] += 1;
                    } else {
                        assert_eq!(text, "published 5");
                        receipts += 1;
                    }
                }
                assert_eq!(receipts, 50);
            }
        }
    }

    async fn large_messages_are_published_as_small_ones_are(driver: Driver) {
        let server = serve_with(driver, 2, probe::app).await;
        let mut clients = Vec::new();
        for _ in 0..4 {
            clients.push(join(&server, "lobby").await);
        }
        for size in [4095, 4096, 200_000] {
            let text = "x".repeat(size);
            assert_eq!(server.server.publish("lobby", &*text), 4);
            for client in &mut clients {
                assert_eq!(client.text().await, text);
            }
        }
    }

    async fn publishing_to_oneself_is_a_setting(driver: Driver) {
        let server = serve(driver, |config, server| {
            config.service(probe::socket::service().publish_to_self(true).server(server));
        })
        .await;
        let mut client = join(&server, "lobby").await;
        client.send("publish lobby me too").await;
        assert_eq!(client.text().await, "me too");
        assert_eq!(client.text().await, "published 1");
    }

    async fn each_subscriber_sees_a_threads_messages_in_order(driver: Driver) {
        let server = serve_with(driver, 4, probe::app).await;
        let mut clients = Vec::new();
        for _ in 0..8 {
            clients.push(join(&server, "lobby").await);
        }
        let publishers: Vec<_> = (0..3)
            .map(|publisher| {
                let server = server.server.clone();
                std::thread::spawn(move || {
                    for number in 0..200 {
                        assert_eq!(server.publish("lobby", format!("{publisher} {number}")), 8);
                    }
                })
            })
            .collect();
        for client in &mut clients {
            let mut next = [0; 3];
            for _ in 0..600 {
                let text = client.text().await;
                let (publisher, number) = text.split_once(' ').unwrap();
                let publisher: usize = publisher.parse().unwrap();
                assert_eq!(number.parse(), Ok(next[publisher]));
                next[publisher] += 1;
            }
        }
        for publisher in publishers {
            publisher.join().unwrap();
        }
    }

    async fn sockets_are_found_and_used_from_any_thread(driver: Driver) {
        let server = serve_with(driver, 2, probe::app).await;
        let mut client = server.connect("/probe").await;
        let id: SocketId = client.ask("id").await.parse().unwrap();
        assert!(client.ask("peer").await.starts_with("Some(127.0.0.1:"));
        let other = server.connect("/probe").await;
        until("both to be open", || server.server.connections() == 2).await;
        let space = server.server.clone();
        let kept = std::thread::spawn(move || {
            let ids: HashSet<_> =
                space.sockets::<probe::socket::Ws>().iter().map(|ws| ws.id()).collect();
            assert!(ids.len() == 2 && ids.contains(&id));
            let ws = space.socket::<probe::socket::Ws>(id).unwrap();
            assert!(ws.subscribe("from a thread"));
            assert!(!ws.subscribe("from a thread"));
            assert!(ws.is_subscribed("from a thread"));
            assert_eq!(ws.subscriptions(), ["from a thread"]);
            assert_eq!(ws.publish("from a thread", "not to itself"), 0);
            assert_eq!(space.publish("from a thread", "published"), 1);
            ws
        })
        .join()
        .unwrap();
        assert_eq!(client.text().await, "published");
        assert_eq!(kept.cork(|ws| (ws.send("one"), ws.send("two"))).0, SendStatus::Sent(3));
        assert_eq!(client.text().await, "one");
        assert_eq!(client.text().await, "two");
        assert_eq!(kept.server(), server.server);
        kept.close_with(4999, "kicked");
        assert_eq!(client.closed().await, (4999, "kicked".into()));
        until("one to be left", || server.server.connections() == 1).await;
        // A handle that outlives its connection has no effect on that connection or on later ones.
        let mut successor = server.connect("/probe").await;
        assert_eq!(successor.ask("subscribe a").await, "true");
        assert_eq!(kept.ready_state(), ReadyState::Closed);
        assert_eq!(kept.send("late"), SendStatus::Dropped(DropReason::Closed));
        assert!(!kept.subscribe("late") && !kept.unsubscribe("a") && !kept.is_subscribed("a"));
        assert!(server.server.socket::<probe::socket::Ws>(id).is_none());
        drop((other, successor));
        server.all_gone().await;
    }

    async fn two_servers_are_two_spaces(driver: Driver) {
        let other = Server::new();
        let of_app = other.clone();
        let server = serve(driver, move |config, server| {
            config
                .service(probe::socket::service().server(server))
                .service(probe::socket::service().path("/other").server(&of_app));
        })
        .await;
        let mut here = join(&server, "lobby").await;
        let mut there = server.connect("/other").await;
        assert_eq!(there.ask("subscribe lobby").await, "true");
        assert_eq!(other.publish("lobby", "there"), 1);
        assert_eq!(server.server.publish("lobby", "here"), 1);
        assert_eq!(there.text().await, "there");
        assert_eq!(here.text().await, "here");
    }
}

/// Handlers may have data that must not leave its thread.
#[websocket("/local")]
mod local {
    use std::{cell::Cell, rc::Rc};

    async fn attach() -> Rc<Cell<u32>> {
        Rc::default()
    }

    fn message(ws: &Ws, _text: &str) {
        ws.data.set(ws.data.get() + 1);
        ws.send(ws.data.get().to_string());
    }
}

on_each_driver! {
    async fn data_may_be_bound_to_their_thread(driver: Driver) {
        let server = serve(driver, |config: &mut web::ServiceConfig, server: &Server| {
            config.service(local::service().server(server));
        })
        .await;
        let mut client = server.connect("/local").await;
        assert_eq!(client.ask("a").await, "1");
        assert_eq!(client.ask("b").await, "2");
    }
}
