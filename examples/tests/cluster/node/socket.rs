//! Clients subscribe to topics and publish to them, as they say themselves.

use std::sync::{Mutex, PoisonError};

use levante::prelude::*;
use serde::{Deserialize, Serialize};

/// What a client may ask for.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    Subscribe(String),
    /// To so many topics of this prefix.
    SubscribeMany(String, usize),
    Unsubscribe(String),
    Publish(Line),
    /// To all subscribers but one.
    PublishExcept(Line, SocketId),
    /// Published by the handler of the close.
    LastWill(Line),
    Id,
}

/// A text for a topic.
#[derive(Deserialize)]
pub(crate) struct Line {
    topic: String,
    text: String,
}

/// The answer, beside which all that a client hears are published texts.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Subscribed(bool),
    Unsubscribed(bool),
    Addressed(usize),
    Id(SocketId),
}

#[websocket(
    "/node",
    max_topic_len = 1 << 17,
    max_subscriptions = 1_000_000,
    backpressure_limit = 1 << 28,
    publish_to_self = true,
)]
pub(crate) mod node {
    use super::*;

    #[derive(Default)]
    pub(crate) struct Client {
        last_will: Mutex<Option<Line>>,
    }

    fn attach() -> Client {
        Client::default()
    }

    fn message(ws: &Ws, command: Json<Command>) {
        let reply = match command.0 {
            Command::Subscribe(topic) => Reply::Subscribed(ws.subscribe(topic)),
            Command::SubscribeMany(prefix, count) => {
                let mut topics = (0..count).map(|number| format!("{prefix}{number}"));
                Reply::Subscribed(topics.all(|topic| ws.subscribe(topic)))
            }
            Command::Unsubscribe(topic) => Reply::Unsubscribed(ws.unsubscribe(topic)),
            // A client that publishes under load hears its own line.
            Command::Publish(Line { topic, text }) => {
                ws.publish(topic, text);
                return;
            }
            Command::PublishExcept(Line { topic, text }, id) => {
                let options = Publish::new().except(id);
                Reply::Addressed(ws.server().publish_with(topic, text, options).addressed)
            }
            Command::LastWill(line) => {
                *lock(&ws.data.last_will) = Some(line);
                return;
            }
            Command::Id => Reply::Id(ws.id()),
        };
        ws.send(Json(reply));
    }

    fn close(ws: &Ws, _: CloseReason) {
        if let Some(Line { topic, text }) = lock(&ws.data.last_will).take() {
            ws.publish(topic, text);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
