//! Tests of the chat, without a network.

mod cluster;
mod contract;
mod entry;
mod routes;
mod talk;

use std::mem;

use actix_web::{App, web};
use levante::test::{self, Client, TestApp, TestCluster};
use serde_json::{Value, json};

use crate::{
    messages::{self, Joined, Refused, Room, RoomEvent, Sent},
    rooms::Rooms,
    routes::routes,
    servers::Servers,
    socket,
};

/// The application. The type of an `App` cannot be written as the type of a function's result.
macro_rules! app {
    ($rooms:expr) => {
        App::new()
            .app_data(web::Data::new($rooms))
            .configure(routes)
            .service(socket::chat::service())
    };
}

async fn chat() -> TestApp {
    test::app(|| app!(Rooms::default())).await
}

/// Chats that share their rooms.
async fn chats(nodes: usize) -> TestCluster {
    test::cluster(nodes, |_, cluster| app!(Rooms::of(Servers::of(cluster)))).await
}

/// A person in a room of the chat, and the client that the person uses.
struct Person {
    client: Client<socket::chat::Ws>,
    /// The person as others see it.
    me: messages::Person,
    room: Room,
    /// The id of the socket. Routes find the socket by it.
    socket: String,
    /// The room, as it was when the person joined it.
    joined: Joined,
}

impl Person {
    /// Enters the chat, and joins the room. `query` is for example `name=Ada&room=lobby`.
    async fn join(chat: &TestApp, query: &str) -> Self {
        let mut client = chat.connect_to(&format!("/chat?{query}")).await;
        let mut welcome: Value = client.event().await;
        assert_eq!(welcome["type"], "welcome");
        let mut text = |name: &str| serde_json::from_value(welcome[name].take()).unwrap();
        let (socket, room) = (text("socket"), Room { name: text("room") });
        let me = serde_json::from_value(welcome["you"].take()).unwrap();
        let joined: Joined = client.join(&room).await;
        assert_time(joined.at);
        Self {
            client,
            me,
            room,
            socket,
            joined,
        }
    }

    /// What happens next in the room, at the time 0.
    async fn hears(&mut self) -> RoomEvent {
        let mut event = self.client.publication(&self.room).await;
        match &mut event {
            RoomEvent::Enter { at, .. }
            | RoomEvent::Message { at, .. }
            | RoomEvent::Announcement { at, .. }
            | RoomEvent::Leave { at, .. } => assert_time(mem::take(at)),
            RoomEvent::Elsewhere { .. } => {}
        }
        event
    }

    /// What others hear when this person enters.
    fn entry(&self) -> RoomEvent {
        let person = self.me.clone();
        RoomEvent::Enter { person, at: 0 }
    }

    /// What others hear when this person leaves.
    fn exit(&self) -> RoomEvent {
        let person = self.me.clone();
        RoomEvent::Leave { person, at: 0 }
    }

    /// What others hear when this person sends a message.
    fn message(&self, id: impl ToString, number: u64, text: &str) -> RoomEvent {
        RoomEvent::Message {
            id: id.to_string().try_into().unwrap(),
            number,
            person: self.me.clone(),
            text: text.to_owned(),
            at: 0,
        }
    }

    /// Sends a message to the room. Returns its number.
    async fn say(&mut self, id: impl ToString, text: &str) -> Result<u64, Refused> {
        let data = json!({ "id": id.to_string(), "text": text });
        let sent: Result<Sent, Refused> = self.client.call("say", data).await;
        sent.map(|Sent { number, at }| {
            assert_time(at);
            number
        })
    }

    /// Takes a greeting from a route, which is to this person alone.
    async fn is_greeted(&mut self) -> String {
        let greeting: Value = self.client.event().await;
        assert_eq!(greeting["type"], "greeting");
        assert_time(greeting["at"].as_u64().unwrap());
        greeting["text"].as_str().unwrap().to_owned()
    }

    /// Leaves the chat, as a page does.
    async fn leave(mut self) {
        self.client.close().await;
    }
}

/// An announcement to a room, as people hear it.
fn announcement(number: u64, text: &str) -> RoomEvent {
    let text = text.to_owned();
    RoomEvent::Announcement {
        number,
        text,
        at: 0,
    }
}

/// Checks a time, which comes from the system's clock.
fn assert_time(at: u64) {
    let year_2024 = 1_704_067_200_000;
    assert!(at > year_2024, "{at}");
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
