//! Tests of the chat, without a network.

mod contract;
mod entry;
mod routes;
mod talk;

use std::collections::VecDeque;

use actix_web::{App, web};
use levante::test::{self, Client, TestApp};
use serde_json::{Value, json};

use crate::{rooms::Rooms, routes::routes, socket};

async fn chat() -> TestApp {
    let rooms = web::Data::new(Rooms::default());
    test::app(move || {
        App::new()
            .app_data(rooms.clone())
            .configure(routes)
            .service(socket::chat::service())
    })
    .await
}

/// A person in a room of the chat, and the client that the person uses.
struct Person {
    client: Client,
    /// What happened while the person waited for an answer.
    events: VecDeque<Value>,
    /// The number that the server has given the person.
    id: u64,
    /// The name of the room.
    room: String,
    /// The id of the socket. Routes find the socket by it.
    socket: String,
    /// The room, as it was when the person joined it.
    snapshot: Value,
}

impl Person {
    /// Enters the chat, and joins the room. `query` is for example `name=Ada&room=lobby`.
    async fn join(chat: &TestApp, query: &str) -> Self {
        let mut client = chat.connect(&format!("/chat?{query}")).await;
        let welcome = client.json::<Value>().await["data"].take();
        assert_eq!(welcome["type"], "welcome");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut person = Self {
            client,
            events: VecDeque::new(),
            id: welcome["you"]["id"].as_u64().unwrap(),
            room: text(&welcome["room"]),
            socket: text(&welcome["socket"]),
            snapshot: Value::Null,
        };
        let topic = person.topic();
        let mut answer = person.ask(json!({ "join": topic })).await;
        timeless(&mut answer["ok"]);
        person.snapshot = answer["ok"].take();
        person
    }

    /// The name of the topic of the room.
    fn topic(&self) -> String {
        format!("room/{}", self.room.replace('%', "%25").replace('/', "%2F"))
    }

    /// Takes the next event, of this person or of the room, without its time.
    async fn event(&mut self) -> Value {
        let mut event = match self.events.pop_front() {
            Some(event) => event,
            None => self.client.json::<Value>().await,
        };
        if event.get("topic").is_some() {
            assert_eq!(event["topic"], self.topic());
        }
        timeless(&mut event["data"]);
        event["data"].take()
    }

    /// Sends a frame, and waits for the answer to it.
    async fn ask(&mut self, mut frame: Value) -> Value {
        frame["id"] = json!(7);
        self.client.send(frame.to_string()).await;
        self.answer().await
    }

    /// Takes the next answer, and keeps the events before it.
    async fn answer(&mut self) -> Value {
        loop {
            let mut frame: Value = self.client.json().await;
            match frame.as_object_mut().unwrap().remove("id") {
                Some(id) => {
                    assert_eq!(id, 7);
                    return frame;
                }
                None => self.events.push_back(frame),
            }
        }
    }

    /// Sends a line to the room, and waits for the answer, without its time.
    async fn say(&mut self, id: impl ToString, text: &str) -> Value {
        let data = json!({ "id": id.to_string(), "text": text });
        let mut answer = self.ask(json!({ "type": "say", "data": data })).await;
        if let Some(sent) = answer.get_mut("ok") {
            timeless(sent);
        }
        answer
    }

    /// Leaves the chat, as a page does.
    async fn leave(mut self) {
        self.client.close().await;
    }
}

/// Checks and removes the time of an event, which comes from the system's clock.
fn timeless(event: &mut Value) {
    let at = event.as_object_mut().unwrap().remove("at");
    if event["type"] != "welcome" {
        let year_2024 = 1_704_067_200_000;
        assert!(at.unwrap().as_u64().unwrap() > year_2024);
    }
}

/// The answer to the message with this number.
fn sent(number: u64) -> Value {
    json!({ "ok": { "number": number } })
}

/// A person as others see it.
fn person(person: &Person, name: &str) -> Value {
    json!({ "id": person.id, "name": name })
}

/// Asserts that the server refuses a handshake with this status and a body with this sentence.
async fn refuses(chat: &TestApp, query: &str, status: u16, sentence: &str) {
    let refused = chat.try_connect(&format!("/chat?{query}")).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.status(), status, "{query}: {refused:?}");
    assert!(refused.text().contains(sentence), "{query}: {refused:?}");
}

/// Percent-encodes every byte, so it needs no list of the characters that a query may contain.
fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
