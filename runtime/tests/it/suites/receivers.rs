//! `Server::subscribe`: receivers in server code.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, Wake},
    thread::{self, Thread},
    time::Duration,
};

use futures_util::StreamExt;
use levante::{Subscription, prelude::*};

use crate::{
    suites::routes::{app, lobby},
    support::{Driver, PATIENCE, on_each_driver, probe, serve, serve_with, soon},
};

/// Its message handler never returns.
#[websocket("/stuck", idle_timeout = crate::support::NEVER)]
mod stuck {
    async fn message(ws: &Ws, _text: &str) {
        ws.send("stuck");
        std::future::pending().await
    }

    fn close(ws: &Ws) {
        ws.publish("leavers", "never");
    }
}

/// Waits on a thread without a runtime.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Arc::new(Unpark(thread::current())).into();
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

async fn text(subscription: &mut Subscription) -> String {
    match soon("a message", subscription.next()).await {
        Some(Message::Text(text)) => text.to_string(),
        other => panic!("expected text, got {other:?}"),
    }
}

async fn ended(mut subscription: Subscription) -> bool {
    soon("the end", subscription.next()).await.is_none()
}

on_each_driver! {
    async fn it_gets_what_sockets_and_servers_publish_and_is_not_counted(driver: Driver) {
        for workers in [1, 3] {
            let server = serve_with(driver, workers, app).await;
            server.server.publish("lobby", "before");
            let mut heard = server.server.subscribe("lobby");
            let _idle = server.server.subscribe("attic");
            assert_eq!(heard.topic(), "lobby");
            let mut clients = lobby(&server, 3).await;
            assert_eq!(server.server.subscriber_count("lobby"), 3);
            assert_eq!(server.server.subscriber_count("attic"), 0);
            assert_eq!(server.server.topics(), ["lobby"]);
            assert_eq!(server.server.subscribers::<probe::socket::Ws>("lobby").len(), 3);

            for (number, (client, _)) in clients.iter_mut().enumerate() {
                let order = format!("publish lobby {number}");
                client.send(order).await;
                assert_eq!(text(&mut heard).await, number.to_string());
            }
            let except = clients[0].1.parse().unwrap();
            let space = server.server.clone();
            let thread = thread::spawn(move || {
                assert_eq!(space.publish("lobby", "text"), 3);
                assert_eq!(space.publish("attic", "for another receiver"), 0);
                assert_eq!(space.publish_with("lobby", "1", Policy::Latest("key")), 3);
                assert_eq!(space.publish_with("lobby", "2", Policy::Latest("key")), 3);
                assert_eq!(space.publish_with("lobby", "3", Publish::new().except(except)), 2);
                assert_eq!(space.publish("lobby", Compressed("4".repeat(10_000))), 3);
                assert_eq!(space.publish("lobby", vec![0xff; 3]), 3);
            });
            thread.join().unwrap();
            for expected in ["text", "1", "2", "3", &"4".repeat(10_000)] {
                assert_eq!(text(&mut heard).await, expected);
            }
            let binary = soon("a message", heard.next()).await;
            assert_eq!(binary, Some(Message::Binary(vec![0xff; 3].into())));
            assert_eq!(heard.missed(), 0);
        }
    }

    async fn each_publishers_messages_stay_in_order(driver: Driver) {
        const MESSAGES: usize = 200;
        let server = serve_with(driver, 3, app).await;
        let mut clients = lobby(&server, 4).await;
        let mut heard = server.server.subscribe("lobby");
        for (publisher, (client, _)) in clients.iter_mut().enumerate() {
            let orders = (0..MESSAGES).map(|i| format!("publish-all lobby {publisher} {i}"));
            client.send(orders.collect::<Vec<_>>().join(";")).await;
        }
        let space = server.server.clone();
        let publisher = thread::spawn(move || {
            for number in 0..MESSAGES {
                space.publish("lobby", format!("4 {number}"));
            }
        });
        // Any executor reads it.
        let reader = thread::spawn(move || {
            let mut next = [0; 5];
            for _ in 0..5 * MESSAGES {
                let message = block_on(heard.next()).unwrap();
                let (publisher, number) = message.as_text().unwrap().split_once(' ').unwrap();
                let publisher: usize = publisher.parse().unwrap();
                assert_eq!(number.parse(), Ok(next[publisher]));
                next[publisher] += 1;
            }
            heard.missed()
        });
        publisher.join().unwrap();
        let missed = actix_web::rt::task::spawn_blocking(move || reader.join().unwrap());
        assert_eq!(soon("all messages", missed).await.unwrap(), 0);
    }

    async fn a_slow_one_misses_messages_and_delays_nobody(driver: Driver) {
        let server = serve(driver, app).await;
        let mut clients = lobby(&server, 1).await;
        let mut slow = server.server.subscribe("lobby").backpressure_limit(2_000);
        for policy in [Policy::Drop, Policy::Latest("key"), Policy::Close] {
            for number in 0..10 {
                let text = format!("{number:400}");
                assert_eq!(server.server.publish_with("lobby", text, policy), 1);
            }
            for number in 0..10 {
                assert_eq!(clients[0].0.text().await.trim(), number.to_string());
            }
            // Each counts with 528 bytes, so three fit. None is replaced.
            for number in 0..3 {
                assert_eq!(text(&mut slow).await.trim(), number.to_string());
            }
        }
        assert_eq!(slow.missed(), 3 * 7);
        server.server.publish("lobby", "there is room again");
        assert_eq!(text(&mut slow).await, "there is room again");
    }

    async fn it_ends_behind_what_the_close_handlers_publish(driver: Driver) {
        let server = serve_with(driver, 2, probe::app).await;
        let mut clients = Vec::new();
        for _ in 0..4 {
            let mut client = server.connect("/probe").await;
            assert_eq!(client.ask("echo here").await, "here");
            clients.push(client);
        }
        let heard = server.server.subscribe("leavers");
        let unread = server.server.subscribe("leavers");
        let shutdown = server.server.shutdown(1001, "", PATIENCE);
        for client in &mut clients {
            assert_eq!(client.closed().await.0, 1001);
        }
        assert_eq!(soon("the stop", shutdown).await, 0);
        let texts = soon("the end", heard.collect::<Vec<_>>()).await;
        assert_eq!(texts, vec![Message::Text("gone 1001".into()); 4]);
        server.server.publish("leavers", "too late");
        assert_eq!(unread.collect::<Vec<_>>().await.len(), 4);
        assert!(ended(server.server.subscribe("leavers")).await);
    }

    async fn it_ends_although_a_handler_does_not_return(driver: Driver) {
        let server = serve(driver, |config, server| {
            config.service(stuck::service().server(server));
        })
        .await;
        let mut client = server.connect("/stuck").await;
        assert_eq!(client.ask("wait").await, "stuck");
        let heard = server.server.subscribe("leavers");
        let shutdown = server.server.shutdown(1001, "", Duration::ZERO);
        assert_eq!(soon("the stop", shutdown).await, 1);
        assert!(ended(heard).await);
    }

    async fn it_may_be_dropped_amid_publishes(driver: Driver) {
        let server = serve_with(driver, 2, app).await;
        let mut clients = lobby(&server, 2).await;
        let is_over = Arc::new(AtomicBool::new(false));
        let publishers: Vec<_> = (0..2)
            .map(|_| {
                let (space, is_over) = (server.server.clone(), is_over.clone());
                thread::spawn(move || {
                    while !is_over.load(Relaxed) {
                        space.publish("busy", "x");
                    }
                })
            })
            .collect();
        for number in 0..200 {
            let mut busy = server.server.subscribe("busy");
            if number % 2 == 0 {
                assert_eq!(text(&mut busy).await, "x");
            }
        }
        is_over.store(true, Relaxed);
        publishers.into_iter().for_each(|it| it.join().unwrap());
        assert_eq!(server.server.publish("lobby", "hello"), 2);
        for (client, _) in &mut clients {
            assert_eq!(client.text().await, "hello");
        }
    }
}

#[actix_web::test]
async fn a_space_without_sockets_ends_at_once() {
    let server = Server::new();
    let early = server.subscribe("t");
    drop(server.shutdown(1001, "", Duration::ZERO));
    assert!(ended(early).await);
    assert!(ended(server.subscribe("t")).await);
}

#[actix_web::test]
async fn it_ends_with_the_last_handle_of_its_space() {
    let server = Server::new();
    let mut heard = server.subscribe("t");
    server.publish("t", "last");
    drop(server);
    assert_eq!(text(&mut heard).await, "last");
    assert!(ended(heard).await);
}
