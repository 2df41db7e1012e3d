//! Topics of a type, and messages that travel.

use std::{
    borrow::Cow,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use levante::{Destination, Only, Subscription, Topic, prelude::*};
use proptest::prelude::*;
use serde::{Serialize as _, Serializer};

use crate::support::{Client, Driver, TestServer, on_each_driver, serve, serve_with, soon, until};

#[wire]
#[derive(Clone, Debug, PartialEq)]
pub enum RoomEvent<'a> {
    Said {
        from: Cow<'a, str>,
        text: Cow<'a, str>,
    },
    TypingNow,
}

#[topic("room/{house}/{number}", message = RoomEvent<'static>)]
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    pub house: String,
    pub number: i32,
}

/// Two modules share the topic.
macro_rules! talk {
    ($($name:ident $path:literal)*) => {$(
        #[websocket($path, publish_to_self = true, compression = Compression::Shared)]
        mod $name {
            use super::*;

            #[topic]
            use super::Room;

            fn open(ws: &Ws) {
                ws.subscribe(room());
                ws.send("ready");
            }

            fn message(ws: &Ws, text: &str) {
                let from = stringify!($name).into();
                let room = room();
                match text {
                    "leave" => _ = ws.send(format_args!(
                        "{} {} {}",
                        ws.is_subscribed(&room),
                        ws.unsubscribe(&room),
                        ws.is_subscribed(room),
                    )),
                    "typing" => _ = ws.publish_with(&room, RoomEvent::TypingNow, Policy::Close),
                    // The message borrows from what has arrived.
                    text => _ = ws.publish(&room, RoomEvent::Said { from, text: text.into() }),
                }
            }
        }
    )*};
}

talk! { talk "/talk" chat "/chat" }

fn room() -> Room {
    Room {
        house: "A/B".into(),
        number: 7,
    }
}

#[closes]
#[derive(Debug)]
pub enum Bye {
    /// Somebody has told us to.
    Kicked = 4001,
    Banned = 4003,
}

/// A message that counts how often it is encoded.
#[wire]
pub struct Counted {
    #[serde(serialize_with = "counted")]
    number: u32,
}

static ENCODED: AtomicUsize = AtomicUsize::new(0);

fn counted<S: Serializer>(number: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    ENCODED.fetch_add(1, Relaxed);
    number.serialize(serializer)
}

#[topic("numbers", message = Counted)]
pub struct Numbers;

#[websocket("/numbers")]
mod numbers {
    #[topic]
    use super::Numbers;

    fn open(ws: &Ws) {
        ws.subscribe(Numbers);
    }
}

/// The name of the room.
const NAME: &str = "room/A%2FB/7";

fn said<'a>(from: &'a str, text: &'a str) -> RoomEvent<'a> {
    let (from, text) = (from.into(), text.into());
    RoomEvent::Said { from, text }
}

fn frame(data: &str) -> String {
    format!(r#"{{"topic":"{NAME}","data":{data}}}"#)
}

async fn enter(server: &TestServer, path: &str) -> Client {
    let mut client = server.connect(path).await;
    assert_eq!(client.text().await, "ready");
    client
}

fn app(config: &mut actix_web::web::ServiceConfig, server: &Server) {
    config.service(talk::service().server(server));
    config.service(chat::service().server(server));
}

on_each_driver! {
    async fn a_topic_is_shared_by_modules_and_server_code(driver: Driver) {
        let server = serve(driver, app).await;
        let space = &server.server;
        let mut talk = enter(&server, "/talk").await;
        let mut chat = enter(&server, "/chat").await;
        let mut received = space.subscribe(&room());
        assert_eq!(received.topic(), NAME);
        assert_eq!(space.subscriber_count(room()), 2);
        assert_eq!(space.subscribers::<talk::Ws>(&room()).len(), 1);

        talk.send("say \"hi\"").await;
        let expected = frame(r#"{"type":"said","from":"talk","text":"say \"hi\""}"#);
        assert_eq!(talk.text().await, expected);
        assert_eq!(chat.text().await, expected);
        let message = soon("a message", received.next()).await;
        assert_eq!(message, Some(said("talk", "say \"hi\"")));

        chat.send("typing").await;
        let expected = frame(r#"{"type":"typing_now"}"#);
        assert_eq!(talk.text().await, expected);
        assert_eq!(chat.text().await, expected);

        assert_eq!(chat.ask("leave").await, "true true false");
        assert_eq!(space.publish(room(), said("server", "")), 1);
        assert!(talk.text().await.ends_with(r#""text":""}}"#));
        assert_eq!(space.close_topic(room(), Bye::Kicked, "closed"), 1);
        assert_eq!(talk.closed().await, (4001, "closed".into()));
        drop(chat);
        server.all_gone().await;
    }

    async fn a_string_topic_of_the_same_name_reaches_subscribers_as_it_is(driver: Driver) {
        let server = serve(driver, app).await;
        let space = &server.server;
        let mut client = enter(&server, "/talk").await;
        let mut typed = space.subscribe(room());
        let mut raw = space.subscribe(NAME);
        assert_eq!(space.subscriber_count(NAME), 1);
        assert_eq!(space.publish(NAME, "raw"), 1);
        assert_eq!(space.publish(NAME, vec![1]), 1);
        assert_eq!(space.publish(room(), RoomEvent::TypingNow), 1);
        assert_eq!(client.text().await, "raw");
        assert_eq!(client.next().await.into_data(), vec![1]);
        let expected = frame(r#"{"type":"typing_now"}"#);
        assert_eq!(client.text().await, expected);

        // The messages that are none of the topic are skipped, and take no room any more.
        assert_eq!(soon("a message", typed.next()).await, Some(RoomEvent::TypingNow));
        assert_eq!(typed.missed(), 0);
        for expected in [Message::Text("raw".into()), Message::Binary(vec![1].into()), Message::Text(expected.into())] {
            assert_eq!(soon("a message", raw.next()).await, Some(expected));
        }
        drop(client);
        server.all_gone().await;
    }

    async fn a_message_is_encoded_once_for_all_workers(driver: Driver) {
        let server = serve_with(driver, 2, |config, server| {
            config.service(numbers::service().server(server));
        })
        .await;
        let mut clients = Vec::new();
        for _ in 0..6 {
            clients.push(server.connect("/numbers").await);
        }
        let space = &server.server;
        until("all have come", || space.subscriber_count(Numbers) == 6).await;
        // The other driver's test counts, too.
        let _turn = TURN.lock().await;
        let before = ENCODED.load(Relaxed);
        assert_eq!(space.publish(Numbers, Compressed(Counted { number: 5 })), 6);
        for client in &mut clients {
            assert_eq!(client.text().await, r#"{"topic":"numbers","data":{"number":5}}"#);
        }
        assert_eq!(ENCODED.load(Relaxed) - before, 1);
        drop(clients);
        server.all_gone().await;
    }

    async fn a_long_message_is_published_as_a_short_one(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = enter(&server, "/talk").await;
        for len in [4000, 4096, 100_000] {
            let text = "ä".repeat(len / 2);
            let message = Compressed::when(len > 4096, said("server", &text));
            assert_eq!(server.server.publish(room(), message), 1);
            let data = format!(r#"{{"type":"said","from":"server","text":"{text}"}}"#);
            assert_eq!(client.text().await, frame(&data));
        }
        drop(client);
        server.all_gone().await;
    }
}

static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[test]
fn close_codes_are_compared_with_those_that_were_received() {
    assert_eq!(CloseCode::from(4001), Bye::Kicked);
    assert_ne!(CloseCode::from(4001), Bye::Banned);
    assert!(Bye::Banned == CloseCode::Other(4003));
}

/// A message whose type has parameters.
#[wire]
#[derive(Debug, PartialEq)]
struct Page<'a, T, const N: usize>
where
    T: Clone,
{
    title: Cow<'a, str>,
    items: Vec<T>,
}

#[topic("page", message = Page<'static, u8, 2>)]
struct Pages;

#[wire]
#[serde(tag = "kind", rename_all = "SCREAMING-KEBAB-CASE")]
#[derive(Debug, PartialEq)]
enum Renamed {
    ByHand { r#type: u8 },
}

#[wire]
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    VeryGood,
    Bad,
}

#[test]
fn a_type_is_written_as_its_attributes_say() {
    assert_eq!(to_json(&Mood::VeryGood), r#""very_good""#);
    assert_eq!(
        to_json(&Renamed::ByHand { r#type: 1 }),
        r#"{"kind":"BY-HAND","type":1}"#
    );
    let page: Page<'_, u8, 2> = Page {
        title: "t".into(),
        items: vec![1],
    };
    assert_eq!(to_json(&page), r#"{"title":"t","items":[1]}"#);
    assert_eq!(Server::new().publish(Pages, page), 0);
}

fn to_json<T: serde::Serialize>(value: &T) -> String {
    let message = Json(value).into_message().unwrap();
    message.as_text().unwrap().to_owned()
}

/// A helper that is generic over topics takes strings and types.
fn count(server: &Server, topic: impl Destination) -> usize {
    server.subscriber_count(topic)
}

#[test]
fn a_subscription_says_what_it_yields() {
    let server = Server::new();
    let typed: Subscription<Only<RoomEvent<'static>>> = server.subscribe(room());
    let raw: Subscription = server.subscribe("room");
    assert_eq!((typed.topic(), raw.topic()), (NAME, "room"));
    assert_eq!((count(&server, room()), count(&server, "room")), (0, 0));
}

proptest! {
    #[test]
    fn a_topic_is_read_from_its_name(house in "[%/2F5a\\PC]{0,8}", number: i32) {
        let room = Room { house, number };
        let name = room.named(str::to_owned);
        prop_assert_eq!(name.matches('/').count(), 2);
        prop_assert_eq!(Room::from_name(&name), Some(room));
    }

    #[test]
    fn a_name_that_is_read_is_the_name_of_its_topic(name in "room/[%2F5a/]{0,6}/[+-]?[0-9]{1,3}") {
        if let Some(room) = Room::from_name(&name) {
            prop_assert_eq!(room.named(str::to_owned), name);
        }
    }
}

#[test]
fn a_name_of_another_spelling_is_no_topic() {
    assert_eq!(Room::from_name(NAME), Some(room()));
    for name in [
        "",
        "room",
        "room/a",
        "room/a/",
        "room/a/7/",
        "room/a/7/8",
        "room/a/07",
        "room/a/+7",
        "room/a/seven",
        "room/a/99999999999",
        "room/a%2fb/7",
        "room/a%/7",
        "Room/a/7",
    ] {
        assert_eq!(Room::from_name(name), None, "{name}");
    }
}
