//! Many clients that do random things at the same time.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use actix_web::web;
use futures_util::{SinkExt, future::join_all};
use levante::prelude::*;
use tokio::{io::AsyncWriteExt, task::yield_now};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::support::{Client, Driver, TestServer, frame, on_each_driver, serve_with, until};

const CLIENTS: u64 = 120;
const STEPS: usize = 40;
const HEALTHY: usize = 6;
const TOPICS: [&str; 4] = ["north", "east", "south", "west"];

/// Topic and publisher → the numbers that were published, in order.
type Published = BTreeMap<(String, String), Vec<u32>>;

#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Published>>);

#[websocket(
    "/member",
    idle_timeout = crate::support::NEVER,
    handshake_timeout = crate::support::NEVER,
    close_timeout = crate::support::NEVER
)]
mod member {
    use super::*;

    struct Member {
        name: String,
        journal: web::Data<Journal>,
    }

    async fn attach(
        name: web::Query<HashMap<String, String>>,
        journal: web::Data<Journal>,
    ) -> Member {
        Member {
            name: name["name"].clone(),
            journal,
        }
    }

    fn message(ws: &Ws, text: &str) {
        let words: Vec<_> = text.split(' ').collect();
        match words[..] {
            ["join", topic] => _ = ws.subscribe(topic),
            ["leave", topic] => _ = ws.unsubscribe(topic),
            ["say", topic, number] => {
                let name = &ws.data.name;
                // Noted before the publish, so that every receiver finds it in the journal.
                let key = (topic.to_owned(), name.clone());
                let mut journal = ws.data.journal.0.lock().unwrap();
                journal
                    .entry(key)
                    .or_default()
                    .push(number.parse().unwrap());
                drop(journal);
                ws.publish(topic, format!("{topic} {name} {number}"));
            }
            _ => _ = ws.send(text),
        }
    }
}

/// Random numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// A client, and what it has received.
struct Player {
    name: String,
    client: Client,
    received: Published,
    said: u32,
}

impl Player {
    async fn join(server: &TestServer, name: String) -> Self {
        let client = server.connect(&format!("/member?name={name}")).await;
        Self {
            name,
            client,
            received: Published::new(),
            said: 0,
        }
    }

    async fn tell(&mut self, text: String) {
        self.client.send(text).await;
    }

    async fn say(&mut self, topic: &str) {
        self.tell(format!("say {topic} {}", self.said)).await;
        self.said += 1;
    }

    /// Asks a question, and reads until its answer. Notes every message before it.
    async fn catch_up(&mut self) {
        self.tell("here".into()).await;
        self.read_until("here").await;
    }

    async fn read_until(&mut self, last: &str) {
        loop {
            let text = self.client.text().await;
            if text == last {
                return;
            }
            let [topic, publisher, number] = text.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{text}");
            };
            assert_ne!(publisher, self.name, "got its own: {text}");
            let number = number.parse().unwrap();
            let key = (topic.to_owned(), publisher.to_owned());
            let numbers = self.received.entry(key).or_default();
            assert!(
                numbers.last().is_none_or(|last| *last < number),
                "{numbers:?}, then {text}"
            );
            numbers.push(number);
        }
    }

    /// Leaves without a Close frame: sometimes in the middle of a frame, sometimes with a reset.
    async fn vanish(mut self, dice: &mut Dice) {
        let stream = self.client.0.get_mut();
        if dice.below(2) == 0 {
            let frame = frame(0x81, b"say north 99999");
            let part = dice.below(frame.len() as u64) as usize;
            stream.write_all(&frame[..part]).await.unwrap();
        }
        if dice.below(2) == 0 {
            stream.set_zero_linger().unwrap();
        }
    }
}

async fn wander(server: &TestServer, number: u64) {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15 ^ number);
    let mut lives = 0;
    let mut player = Player::join(server, format!("{number}.0")).await;
    let mut stalls = 0;
    for _ in 0..STEPS {
        let topic = TOPICS[dice.below(TOPICS.len() as u64) as usize];
        match dice.below(20) {
            0..=4 => player.tell(format!("join {topic}")).await,
            5..=6 => player.tell(format!("leave {topic}")).await,
            7..=15 => player.say(topic).await,
            16 => stalls = dice.below(20),
            17 => {
                player.vanish(&mut dice).await;
                lives += 1;
                player = Player::join(server, format!("{number}.{lives}")).await;
            }
            _ => yield_now().await,
        }
        if stalls > 0 {
            stalls -= 1;
        } else {
            player.catch_up().await;
        }
    }
    if dice.below(2) == 0 {
        player.catch_up().await;
        player.client.0.send(Frame::Close(None)).await.unwrap();
        player.client.closed().await;
    } else {
        player.vanish(&mut dice).await;
    }
}

on_each_driver! {
    async fn nothing_is_lost_or_left_over_in_a_crowd(driver: Driver) {
        for workers in [1, 4] {
            let journal = Journal::default();
            let for_app = web::Data::new(journal.clone());
            let server = serve_with(driver, workers, move |config, server| {
                config
                    .app_data(for_app.clone())
                    .service(member::service().server(server));
            })
            .await;
            let mut healthy = Vec::new();
            for number in 0..HEALTHY {
                let mut player = Player::join(&server, format!("healthy-{number}")).await;
                for topic in TOPICS {
                    player.tell(format!("join {topic}")).await;
                }
                player.catch_up().await;
                healthy.push(player);
            }

            join_all((0..CLIENTS).map(|number| wander(&server, number))).await;
            until("the crowd to be gone", || server.server.connections() == HEALTHY).await;
            for topic in TOPICS {
                assert_eq!(server.server.subscriber_count(topic), HEALTHY);
            }

            server.server.publish(TOPICS[0], "that was all");
            for player in &mut healthy {
                player.read_until("that was all").await;
            }
            let published = journal.0.lock().unwrap().clone();
            assert!(published.len() > 100, "{}", published.len());
            for player in healthy {
                assert!(player.received == published, "{} lacks something", player.name);
            }
            server.all_gone().await;
        }
    }
}
