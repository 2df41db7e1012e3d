//! All combinations of the options of a publish.

use levante::prelude::*;

use crate::support::{Client, Driver, TestServer, on_each_driver, probe, serve_with, until};

/// Publishes with the options that its client sends.
#[websocket("/board", idle_timeout = crate::support::NEVER)]
pub(crate) mod board {
    use super::*;

    fn message(ws: &Ws, order: &str) {
        if order == "subscribe" {
            ws.subscribe("t");
            ws.send(ws.id().to_string());
            return;
        }
        let [text, policy, except, to_self] = order.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{order:?} is no order");
        };
        let mut options = Publish::new().policy(policy_of(policy));
        if let Ok(id) = except.parse() {
            options = options.except(id);
        }
        if let Ok(to_self) = to_self.parse() {
            options = options.to_self(to_self);
        }
        let published = ws.publish_with("t", text, options);
        ws.send(format!("published to {published}"));
    }
}

const POLICIES: [&str; 3] = ["drop", "latest", "close"];

fn policy_of(name: &str) -> Policy<'static> {
    match name {
        "latest" => Policy::Latest("key"),
        "close" => Policy::Close,
        _ => Policy::Drop,
    }
}

/// The sockets of a test.
struct Board {
    server: TestServer,
    /// The subscribers. The first one publishes.
    clients: Vec<Client>,
    ids: Vec<SocketId>,
    /// Ids of sockets that get no message: one has not subscribed, and one is gone.
    others: [SocketId; 2],
    /// Keeps its socket open.
    _stranger: Client,
}

async fn board(driver: Driver, workers: usize, publish_to_self: bool) -> Board {
    let server = serve_with(driver, workers, move |config, server| {
        let service = board::service().publish_to_self(publish_to_self);
        config.service(service.server(server));
        probe::app(config, server);
    })
    .await;
    let (mut clients, mut ids) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let mut client = server.connect("/board").await;
        ids.push(client.ask("subscribe").await.parse().unwrap());
        clients.push(client);
    }
    let mut stranger = server.connect("/probe").await;
    let of_stranger = stranger.ask("id").await.parse().unwrap();
    let mut gone = server.connect("/board").await;
    let of_gone = gone.ask("subscribe").await.parse().unwrap();
    gone.close(1000, "").await;
    gone.closed().await;
    until("it to be gone", || server.server.connections() == 5).await;
    Board {
        server,
        clients,
        ids,
        others: [of_stranger, of_gone],
        _stranger: stranger,
    }
}

impl Board {
    /// Every choice of a socket that is left out.
    fn excepts(&self) -> Vec<Option<SocketId>> {
        let ids = self.ids.iter().chain(&self.others);
        ids.map(|id| Some(*id)).chain([None]).collect()
    }

    /// Checks that exactly the subscribers for which `gets` is true have got `text`.
    async fn check(&mut self, text: &str, gets: impl Fn(usize) -> bool) {
        // It comes behind the message, because that has been handed over.
        assert_eq!(self.server.server.publish("t", "end"), 4);
        for (number, client) in self.clients.iter_mut().enumerate() {
            if gets(number) {
                assert_eq!(client.text().await, text, "client {number}");
            }
            assert_eq!(client.text().await, "end", "client {number} gets no {text}");
        }
    }
}

on_each_driver! {
    async fn of_a_socket_all_combine(driver: Driver) {
        for (workers, publish_to_self) in [(1, false), (3, true)] {
            let mut board = board(driver, workers, publish_to_self).await;
            let ws = board.server.server.socket::<board::Ws>(board.ids[0]).unwrap();
            let mut number = 0;
            for policy in POLICIES {
                for except in board.excepts() {
                    for to_self in [None, Some(false), Some(true)] {
                        let ids = board.ids.clone();
                        let to_self_or_not = to_self.unwrap_or(publish_to_self);
                        let gets = |number: usize| {
                            Some(ids[number]) != except && (number > 0 || to_self_or_not)
                        };
                        let expected = (0..4).filter(|&number| gets(number)).count();

                        // In a handler.
                        number += 1;
                        let text = format!("{number}-{policy}-{to_self:?}");
                        let id = except.map_or("none".to_owned(), |id| id.to_string());
                        let to_self_text = to_self.map_or("unset".to_owned(), |it| it.to_string());
                        let order = format!("{text} {policy} {id} {to_self_text}");
                        board.clients[0].send(order).await;
                        if gets(0) {
                            assert_eq!(board.clients[0].text().await, text);
                        }
                        let reply = format!("published to {expected}");
                        assert_eq!(board.clients[0].text().await, reply, "{text}");
                        let others = |number| number > 0 && gets(number);
                        board.check(&text, others).await;

                        // On another thread.
                        let mut options = Publish::new().policy(policy_of(policy));
                        options = except.map_or(options, |id| options.except(id));
                        options = to_self.map_or(options, |it| options.to_self(it));
                        let published = ws.publish_with("t", &text, options);
                        assert_eq!((published.addressed, published.refused), (expected, 0));
                        board.check(&text, gets).await;
                    }
                }
            }
        }
    }

    async fn of_a_server_all_combine(driver: Driver) {
        for workers in [1, 3] {
            let mut board = board(driver, workers, false).await;
            for policy in POLICIES {
                for except in board.excepts() {
                    for to_self in [None, Some(false), Some(true)] {
                        let ids = board.ids.clone();
                        let gets = |number: usize| Some(ids[number]) != except;
                        let expected = (0..4).filter(|&number| gets(number)).count();
                        let mut options = Publish::from(policy_of(policy));
                        options = except.map_or(options, |id| options.except(id));
                        // It has no effect.
                        options = to_self.map_or(options, |it| options.to_self(it));
                        let published = board.server.server.publish_with("t", policy, options);
                        assert_eq!((published.addressed, published.refused), (expected, 0));
                        board.check(policy, gets).await;
                    }
                }
            }
        }
    }

    async fn the_last_socket_that_is_left_out_counts(driver: Driver) {
        let mut board = board(driver, 2, false).await;
        let options = Publish::new().except(board.ids[1]).except(board.ids[2]);
        assert_eq!(board.server.server.publish_with("t", "hello", options), 3);
        board.check("hello", |number| number != 2).await;
    }
}
