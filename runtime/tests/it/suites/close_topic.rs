//! `Server::close_topic` closes the sockets of a topic, behind what was published to them.

use std::thread;

use actix_web::web;
use levante::prelude::*;

use crate::support::{Client, Driver, Log, on_each_driver, probe, serve_with, soon, until};

/// A module besides the probe. It tells its changes of topics.
#[websocket("/user", idle_timeout = crate::support::NEVER)]
mod user {
    use super::*;

    fn attach(log: web::Data<Log>) -> Log {
        (**log).clone()
    }

    fn message(ws: &Ws, order: &str) {
        match order.split_once(' ') {
            Some(("subscribe", topic)) => _ = ws.send(ws.subscribe(topic).to_string()),
            Some(("kick", topic)) => {
                let server = ws.server();
                server.publish(topic, "you are kicked");
                let closed = server.close_topic(topic, 4001, "kicked");
                let later = server.publish(topic, "too late");
                let sent = ws.send("to itself").is_dropped();
                ws.data.push(format!("closed {closed} {later} {sent}"));
            }
            _ => panic!("{order:?} is no order"),
        }
    }

    fn subscription(ws: &Ws, topic: &str, subscribers: usize) {
        if !ws.is_subscribed(topic) {
            ws.data.push(format!("left {topic} {subscribers}"));
        }
    }

    fn close(ws: &Ws, reason: CloseReason) {
        let topics = ws.subscriptions().len();
        let CloseReason {
            code, reason, by, ..
        } = reason;
        ws.data
            .push(format!("close {code} {reason} {by:?} {topics}"));
    }
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    probe::app(config, server);
    config.service(user::service().server(server));
}

async fn closed(mut client: Client) -> (u16, String) {
    client.closed().await
}

on_each_driver! {
    async fn sockets_of_every_module_and_worker_are_closed_behind_their_messages(driver: Driver) {
        const MESSAGES: usize = 500;
        for workers in [1, 3] {
            let server = serve_with(driver, workers, app).await;
            let mut kicked = Vec::new();
            for number in 0..8 {
                let path = if number % 2 == 0 { "/probe" } else { "/user" };
                let mut client = server.connect(path).await;
                assert_eq!(client.ask("subscribe user/7").await, "true");
                assert_eq!(client.ask("subscribe lobby").await, "true");
                kicked.push(client);
            }
            let mut stays = server.connect("/probe").await;
            assert_eq!(stays.ask("subscribe lobby").await, "true");
            let space = server.server.clone();
            let thread = thread::spawn(move || {
                for number in 0..MESSAGES {
                    let topic = if number % 3 == 0 { "lobby" } else { "user/7" };
                    space.publish(topic, number.to_string());
                }
                let closed = space.close_topic("user/7", 4001, "logged out");
                // From now on they are subscribed to nothing, whatever their workers are doing.
                assert_eq!(space.subscriber_count("user/7"), 0);
                assert_eq!(space.topics(), ["lobby"]);
                assert_eq!(space.publish("user/7", "too late"), 0);
                assert_eq!(space.publish("lobby", "only for one"), 1);
                (closed, space.close_topic("user/7", 4002, "again"))
            });
            for client in &mut kicked {
                for number in 0..MESSAGES {
                    assert_eq!(client.text().await, number.to_string());
                }
            }
            assert_eq!(thread.join().unwrap(), (8, 0));
            for client in kicked {
                assert_eq!(closed(client).await, (4001, "logged out".into()));
            }
            for number in (0..MESSAGES).step_by(3) {
                assert_eq!(stays.text().await, number.to_string());
            }
            assert_eq!(stays.text().await, "only for one");
            until("the others to be gone", || server.server.connections() == 1).await;
            assert_eq!(stays.ask("echo still here").await, "still here");
        }
    }

    async fn a_handler_may_close_its_own_socket_and_those_of_other_workers(driver: Driver) {
        for workers in [1, 3] {
            let server = serve_with(driver, workers, app).await;
            let mut clients = Vec::new();
            for _ in 0..4 {
                let mut client = server.connect("/user").await;
                assert_eq!(client.ask("subscribe room").await, "true");
                clients.push(client);
            }
            clients[0].send("kick room").await;
            for client in &mut clients {
                assert_eq!(client.text().await, "you are kicked");
            }
            for client in clients {
                assert_eq!(closed(client).await, (4001, "kicked".into()));
            }
            server.all_gone().await;
            let mut entries = Vec::new();
            for _ in 0..9 {
                entries.push(server.log.next().await);
            }
            entries.sort();
            // On the thread of the caller a socket is closed at the return of the call.
            let closes = vec!["close 4001 kicked Server 0".to_owned(); 4];
            assert_eq!(entries[..4], closes);
            assert_eq!(entries[4], "closed 4 0 true");
            assert!(entries[5..].iter().all(|it| it.starts_with("left room ")), "{entries:?}");
            assert!(server.log.is_empty());
        }
    }

    async fn later_subscribers_stay(driver: Driver) {
        let server = serve_with(driver, 2, app).await;
        assert_eq!(server.server.close_topic("user/7", 4001, ""), 0, "nobody is there");
        for round in 0..20 {
            let mut first = server.connect("/user").await;
            let mut second = server.connect("/probe").await;
            assert_eq!(first.ask("subscribe user/7").await, "true");
            assert_eq!(server.server.close_topic("user/7", 4001, "logged out"), 1);
            assert_eq!(second.ask("subscribe user/7").await, "true");
            assert_eq!(server.server.publish("user/7", round.to_string()), 1);
            assert_eq!(closed(first).await.0, 4001);
            assert_eq!(second.text().await, round.to_string());
            assert_eq!(second.ask("unsubscribe user/7").await, "true");
        }
    }

    async fn a_route_task_on_the_thread_of_a_worker_closes_at_once(driver: Driver) {
        async fn logout(server: Server) -> String {
            server.close_topic("user/7", 4001, "logged out").to_string()
        }
        let server = serve_with(driver, 1, |config, server| {
            app(config, server);
            config.app_data(server.clone()).route("/logout", web::get().to(logout));
        })
        .await;
        let mut client = server.connect("/user").await;
        assert_eq!(client.ask("subscribe user/7").await, "true");
        let request = "GET /logout HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let response = server.raw(request).await;
        assert!(response.ends_with("\r\n\r\n1"), "{response}");
        assert_eq!(closed(client).await, (4001, "logged out".into()));
    }

    async fn a_stop_and_a_closed_topic_do_not_hinder_each_other(driver: Driver) {
        let server = serve_with(driver, 2, app).await;
        let mut clients = Vec::new();
        for _ in 0..6 {
            let mut client = server.connect("/probe").await;
            assert_eq!(client.ask("subscribe user/7").await, "true");
            clients.push(client);
        }
        assert_eq!(server.server.close_topic("user/7", 4001, "first"), 6);
        let shutdown = server.server.shutdown(1001, "second", crate::support::PATIENCE);
        for client in clients {
            assert_eq!(closed(client).await, (4001, "first".into()));
        }
        assert_eq!(soon("the stop", shutdown).await, 0);
        assert_eq!(server.server.close_topic("user/7", 4001, ""), 0);
    }
}
