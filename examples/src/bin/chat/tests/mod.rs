//! Tests of the chat, without a network.

mod entry;
mod routes;
mod talk;

use actix_web::{App, web};
use levante::test::{self, Client, TestApp};
use serde_json::{Value, json};

use crate::{chat::socket, rooms::Rooms, routes::routes};

async fn chat() -> TestApp {
    let rooms = web::Data::new(Rooms::default());
    test::app(move || {
        App::new()
            .app_data(rooms.clone())
            .configure(routes)
            .service(socket::service())
    })
    .await
}

/// A person in the chat, and the client that the person uses.
struct Person {
    client: Client,
    /// The number that the server has given the person.
    id: u64,
    /// The id of the socket. Routes find the socket by it.
    socket: String,
    /// When the room was opened.
    since: u64,
    /// The first event that the server sends to the client.
    welcome: Value,
}

impl Person {
    /// Enters the chat. `query` is for example `name=Ada&room=lobby`.
    async fn join(chat: &TestApp, query: &str) -> Self {
        let mut client = chat.connect(&format!("/chat?{query}")).await;
        let mut welcome = event(&mut client).await;
        assert_eq!(welcome["type"], "welcome");
        let socket = welcome.as_object_mut().unwrap().remove("socket").unwrap();
        let since = welcome.as_object_mut().unwrap().remove("since").unwrap();
        Self {
            id: welcome["you"]["id"].as_u64().unwrap(),
            since: since.as_u64().unwrap(),
            socket: socket.as_str().unwrap().to_owned(),
            client,
            welcome,
        }
    }

    /// Takes the next event, without its time.
    async fn event(&mut self) -> Value {
        event(&mut self.client).await
    }

    /// Sends a line to the room.
    async fn say(&mut self, id: impl ToString, text: &str) {
        let say = json!({ "type": "say", "id": id.to_string(), "text": text });
        self.client.send(say.to_string()).await;
    }

    /// Leaves the chat, as a page does.
    async fn leave(mut self) {
        self.client.close().await;
    }
}

/// Takes the next event. Checks and removes its time, which comes from the system's clock.
async fn event(client: &mut Client) -> Value {
    let mut event: Value = client.json().await;
    let at = event.as_object_mut().unwrap().remove("at");
    if event["type"] != "refused" {
        let year_2024 = 1_704_067_200_000;
        assert!(at.unwrap().as_u64().unwrap() > year_2024);
    }
    event
}

/// The JSON in which the server tells others about a person.
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
