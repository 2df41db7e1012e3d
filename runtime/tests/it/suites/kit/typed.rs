//! Clients of typed modules: calls, joins, events and publications.

use std::{cell::Cell, io, time::Duration};

use actix_web::{App, rt::time::sleep, web};
use levante::{
    BoxError,
    prelude::*,
    test::{self, Client, Fault, TestApp},
};
use serde_json::{Value, json};

use super::failure;

#[derive(serde::Deserialize)]
struct Login {
    name: String,
}

#[websocket("/chat", max_topics = 2)]
mod chat {
    use super::*;

    pub(super) struct Visitor {
        name: String,
        sent: Cell<u32>,
    }

    fn attach(login: web::Query<Login>) -> Visitor {
        Visitor {
            name: login.into_inner().name,
            sent: Cell::new(0),
        }
    }

    #[wire]
    #[derive(Debug, PartialEq)]
    pub(super) enum RoomEvent {
        Said { from: String, text: String },
        Typing { from: String },
    }

    #[topic("room/{id}", message = RoomEvent)]
    pub(super) struct Room {
        pub(super) id: u32,
    }

    #[topic("attic/{floor}", message = RoomEvent)]
    pub(super) struct Attic {
        pub(super) floor: u32,
    }

    #[topic("cellar", message = RoomEvent)]
    pub(super) struct Cellar;

    #[sends]
    pub(super) enum Event<'a> {
        Welcome { you: &'a str },
        Noted,
    }

    #[closes]
    #[derive(Debug)]
    pub(super) enum Bye {
        Kicked = 4001,
    }

    #[wire]
    #[derive(Debug, PartialEq)]
    pub(super) struct Sent {
        pub(super) number: u32,
    }

    #[wire]
    #[derive(Debug, PartialEq)]
    pub(super) enum Refused {
        TooLong { most: usize },
        NotInRoom,
    }

    fn open(ws: &Ws) {
        let you = &ws.data.name;
        ws.send(Event::Welcome { you });
    }

    #[on]
    fn say(ws: &Ws, room: u32, text: &str) -> Result<Sent, Refused> {
        let room = Room { id: room };
        if !ws.is_subscribed(&room) {
            return Err(Refused::NotInRoom);
        }
        if text.len() > 10 {
            return Err(Refused::TooLong { most: 10 });
        }
        ws.send(Event::Noted);
        let from = ws.data.name.clone();
        let text = text.to_owned();
        Server::global().publish(&room, RoomEvent::Said { from, text });
        ws.data.sent.update(|sent| sent + 1);
        let number = ws.data.sent.get();
        Ok(Sent { number })
    }

    #[on]
    fn typing(ws: &Ws, room: u32) {
        let from = ws.data.name.clone();
        ws.publish(Room { id: room }, RoomEvent::Typing { from });
    }

    #[on]
    fn announce(_ws: &Ws) {
        Server::global().publish("room/7", "a string");
    }

    #[on]
    async fn add(_ws: &Ws, a: u32, b: Option<u32>) -> u32 {
        sleep(Duration::from_secs(u64::from(a))).await;
        a + b.unwrap_or_default()
    }

    #[on]
    fn read(_ws: &Ws) -> Result<String, io::Error> {
        Err(io::Error::other("secret"))
    }

    #[on]
    fn leave_for_good(ws: &Ws) {
        ws.close_with(Bye::Kicked, "as you wish");
    }

    fn error(_ws: &Ws, _error: HandlerError) {}

    #[join]
    async fn room(ws: &Ws, room: &Room) -> Result<Vec<String>, Refused> {
        match room.id {
            0 => Err(Refused::NotInRoom),
            _ => Ok(vec![ws.data.name.clone()]),
        }
    }

    #[join]
    fn attic(_ws: &Ws, attic: Attic) -> Result<u32, BoxError> {
        attic.floor.checked_sub(1).ok_or_else(|| "secret".into())
    }

    #[join]
    fn cellar(_ws: &Ws, _cellar: &Cellar) {}
}
use chat::{Attic, Bye, Cellar, Event, Refused, Room, RoomEvent, Sent};

async fn app() -> TestApp {
    test::app(|| App::new().service(chat::service())).await
}

async fn chatting(app: &TestApp, name: &str) -> Client<chat::Ws> {
    let path = format!("/chat?name={name}");
    let mut client = app.connect_to::<chat::Ws>(&path).await;
    client.assert_event(Event::Welcome { you: name }).await;
    client
}

fn said(from: &str, text: &str) -> RoomEvent {
    let (from, text) = (from.to_owned(), text.to_owned());
    RoomEvent::Said { from, text }
}

#[levante::test]
async fn what_is_said_in_a_room_is_heard_there() {
    let app = app().await;
    let mut ann = chatting(&app, "Ann").await;
    let mut bob = chatting(&app, "Bob").await;
    assert_eq!(bob.join(Room { id: 7 }).await, ["Bob"]);
    ann.join(&Room { id: 7 }).await;

    let sent: Result<Sent, Refused> = ann.call("say", json!({ "room": 7, "text": "hi" })).await;
    assert_eq!(sent, Ok(Sent { number: 1 }));
    assert_eq!(bob.publication(Room { id: 7 }).await, said("Ann", "hi"));
    bob.assert_silent().await;
}

#[levante::test]
async fn an_answer_may_be_read_without_the_refusal() {
    let app = app().await;
    let mut ann = chatting(&app, "Ann").await;
    ann.join(Room { id: 7 }).await;
    let sent: Sent = ann.call("say", json!({ "room": 7, "text": "hi" })).await;
    assert_eq!(sent.number, 1);
    let sent = ann.call::<Value>("say", json!({ "room": 7, "text": "hi" }));
    assert_eq!(sent.await, json!({ "number": 2 }));
}

#[levante::test]
async fn refusals_have_their_type() {
    let app = app().await;
    let mut ann = chatting(&app, "Ann").await;
    let sent: Result<Sent, Refused> = ann.call("say", json!({ "room": 7, "text": "hi" })).await;
    assert_eq!(sent, Err(Refused::NotInRoom));
    assert_eq!(ann.try_join(Room { id: 0 }).await, Err(Refused::NotInRoom));
    assert_eq!(ann.try_join(Room { id: 7 }).await.unwrap(), ["Ann"]);
    let text = "what has no end";
    let sent: Result<Sent, Refused> = ann.call("say", json!({ "room": 7, "text": text })).await;
    assert_eq!(sent, Err(Refused::TooLong { most: 10 }));
}

#[levante::test]
async fn what_comes_before_an_answer_is_kept_in_its_order() {
    let app = app().await;
    let mut ann = chatting(&app, "Ann").await;
    ann.join(Room { id: 7 }).await;
    app.server()
        .publish(Room { id: 7 }, said("the house", "one"));
    let hi = json!({ "room": 7, "text": "hi" });
    let Sent { number } = ann.call("say", &hi).await;
    assert_eq!(number, 1);
    let Sent { number } = ann.call("say", &hi).await;
    assert_eq!(number, 2);
    // The first that fits; the others stay.
    ann.assert_event(Event::Noted).await;
    let first = ann.publication(Room { id: 7 }).await;
    assert_eq!(first, said("the house", "one"));
    let publication = r#"{"topic":"room/7","data":{"type":"said","from":"Ann","text":"hi"}}"#;
    let left = ann.drain_messages().await;
    assert_eq!(left.len(), 3);
    for expected in [r#"{"data":{"type":"noted"}}"#, publication] {
        assert!(left.iter().any(|it| it.as_text() == Some(expected)));
    }
    ann.assert_silent().await;
}

#[levante::test]
async fn what_is_told_has_no_answer() {
    let app = app().await;
    let mut ann = chatting(&app, "Ann").await;
    let mut bob = chatting(&app, "Bob").await;
    bob.join(Room { id: 7 }).await;
    ann.tell("typing", json!({ "room": 7 })).await;
    let from = "Ann".to_owned();
    let typing = bob.publication(&Room { id: 7 }).await;
    assert_eq!(typing, RoomEvent::Typing { from });
    ann.tell("no_such_function", json!({})).await;
    ann.assert_silent().await;
    // A function without a return value answers if it is asked.
    let () = ann.call("typing", json!({ "room": 8 })).await;
}

#[levante::test]
async fn a_client_that_has_left_hears_nothing() {
    let app = app().await;
    let mut ann = chatting(&app, "Ann").await;
    ann.join(Room { id: 7 }).await;
    ann.join(Cellar).await;
    ann.leave(&Room { id: 7 }).await;
    ann.leave(Room { id: 8 }).await;
    assert_eq!(app.server().publish(Room { id: 7 }, said("x", "y")), 0);
    app.server().publish(Cellar, said("x", "y"));
    assert_eq!(ann.publication(Cellar).await, said("x", "y"));
    ann.assert_silent().await;
}

#[levante::test]
async fn faults_are_handed_out() {
    let app = app().await;
    let mut ann = chatting(&app, "Ann").await;
    let text = |fault: Result<Value, Fault>| fault.unwrap_err().to_string();
    let no_room = ann.try_call("say", json!({ "text": "hi" })).await;
    assert_eq!(text(no_room), "`room` is missing");
    let unknown = ann.try_call("shout", ()).await;
    assert_eq!(text(unknown), "nothing is called `shout`");
    let hidden: Result<String, Fault> = ann.try_call("read", ()).await;
    assert_eq!(hidden.unwrap_err(), "internal error");
    assert_eq!(ann.try_call("add", json!({ "a": 0, "b": 2 })).await, Ok(2));
}

#[levante::test]
async fn a_call_waits_for_timers_that_the_test_moves() {
    let app = app().await;
    let mut ann = chatting(&app, "Ann").await;
    let answer = ann.call::<u32>("add", json!({ "a": 60 }));
    let (sum, ()) = tokio::join!(answer, test::advance(Duration::from_secs(60)));
    assert_eq!(sum, 60);
}

#[levante::test]
async fn an_end_is_compared_with_the_codes_of_the_module() {
    let app = app().await;
    let mut ann = chatting(&app, "Ann").await;
    ann.tell("leave_for_good", ()).await;
    let end = ann.closed().await;
    assert_eq!(end.code, Bye::Kicked);
    assert_eq!(end.reason, "as you wish");
}

#[levante::test]
async fn a_client_of_no_module_calls_as_well() {
    let app = app().await;
    let mut ann = app.connect("/chat?name=Ann").await;
    assert_eq!(ann.protocol(), None);
    assert_eq!(ann.call::<u32>("add", json!({ "a": 0, "b": 1 })).await, 1);
    let welcome: Value = ann.event().await;
    assert_eq!(welcome, json!({ "type": "welcome", "you": "Ann" }));
    let typed = chatting(&app, "Bob").await;
    assert_eq!(typed.protocol(), Some("levante.v1+json"));
}

#[levante::test]
async fn a_client_may_offer_other_protocols_too() {
    let app = app().await;
    let request = app.request("/chat?name=Ann").protocols(["other"]);
    let ann = request.connect_to::<chat::Ws>().await;
    assert_eq!(ann.protocol(), Some("levante.v1+json"));
}

#[levante::test]
async fn frames_of_the_test_itself_have_lower_ids() {
    let app = app().await;
    let mut ann = chatting(&app, "Ann").await;
    ann.send(r#"{"type":"add","data":{"a":0},"id":1}"#).await;
    assert_eq!(ann.call::<u32>("add", json!({ "a": 0, "b": 1 })).await, 1);
    assert_eq!(ann.text().await, r#"{"id":1,"ok":0}"#);
}

mod failures {
    use super::*;

    /// Asserts that a test fails in this file, and that its message goes on with `said`.
    #[track_caller]
    fn assert_ann_fails<F: Future<Output = ()>>(
        test: impl FnOnce(Client<chat::Ws>) -> F + Send + 'static,
        said: &str,
    ) {
        let message = failure(|| async { test(chatting(&app().await, "Ann").await).await });
        let file = std::panic::Location::caller().file();
        assert!(message.starts_with(file), "{message}");
        let (_, tail) = message.split_once("client 1 (/chat?name=Ann) ").unwrap();
        let (tail, _) = tail.split_once("\nbefore that came ").unwrap_or((tail, ""));
        assert_eq!(tail, said);
    }

    #[test]
    fn a_fault_is_told_at_the_call() {
        assert_ann_fails(
            async |mut ann| ann.call("say", json!({ "room": 7 })).await,
            "the answer to `say` is a fault: `text` is missing",
        );
    }

    #[test]
    fn a_refusal_is_told_if_it_is_not_asked_for() {
        assert_ann_fails(
            async |mut ann| _ = ann.join(Room { id: 0 }).await,
            "the answer to the join of `room/0` is no `alloc::vec::Vec<alloc::string::String>`: it is \
             the refusal {\"type\":\"not_in_room\"}",
        );
        assert_ann_fails(
            async |mut ann| ann.call("say", json!({ "room": 7, "text": "hi" })).await,
            "the answer to `say` is no `()`: it is the refusal {\"type\":\"not_in_room\"}",
        );
    }

    #[test]
    fn a_failed_join_is_a_fault() {
        assert_ann_fails(
            async |mut ann| {
                assert_eq!(ann.join(Attic { floor: 1 }).await, 0);
                ann.join(Attic { floor: 0 }).await;
            },
            "the answer to the join of `attic/0` is a fault: internal error",
        );
    }

    #[test]
    fn an_answer_of_another_type_is_shown() {
        assert_ann_fails(
            async |mut ann| {
                let _: String = ann.call("add", json!({ "a": 0 })).await;
            },
            "the answer to `add` is no `alloc::string::String`: invalid type: integer `0`, expected a \
             string at line 1 column 1",
        );
    }

    #[test]
    fn a_wait_in_vain_shows_what_has_come_instead() {
        assert_ann_fails(
            async |mut ann| {
                ann.join(Room { id: 7 }).await;
                Server::global().publish("room/7", "a string");
                ann.publication(Room { id: 7 }).await;
            },
            "expected a publication of `room/7`, but nothing of the kind came, and nothing will: every \
             task waits, and the clock stands still\nnot taken yet are text \"a string\"",
        );
        assert_ann_fails(
            async |mut ann| ann.call("add", json!({ "a": 60 })).await,
            "expected the answer to `add`, but nothing came, and nothing will: every task waits, and the \
             clock stands still",
        );
    }

    #[test]
    fn an_end_instead_of_an_answer_is_shown() {
        assert_ann_fails(
            async |mut ann| ann.call("leave_for_good", ()).await,
            "expected the answer to `leave_for_good`, but the end (4001 \"as you wish\") came",
        );
    }

    #[test]
    fn another_event_is_shown() {
        assert_ann_fails(
            async |mut ann| {
                ann.join(Room { id: 7 }).await;
                let () = ann.call("typing", json!({ "room": 8 })).await;
                let Sent { .. } = ann.call("say", json!({ "room": 7, "text": "hi" })).await;
                ann.assert_event(Event::Welcome { you: "Bob" }).await;
            },
            "expected the event {\"type\":\"welcome\",\"you\":\"Bob\"}, but {\"type\":\"noted\"} came",
        );
    }

    #[test]
    fn a_module_without_calls_is_no_typed_one() {
        let message = failure(|| async {
            let app = test::app(|| App::new().service(super::super::obey::service())).await;
            app.connect_to::<super::super::obey::Ws>("/obey").await;
        });
        let end = "is the socket of a plain module: use `connect`";
        assert!(message.ends_with(end), "{message}");
    }

    #[test]
    fn the_endpoint_must_be_a_typed_one() {
        let message = failure(|| async {
            let app = test::app(|| App::new().service(super::super::obey::service())).await;
            app.connect_to::<chat::Ws>("/obey").await;
        });
        assert!(
            message.contains("the endpoint has not agreed on `levante.v1+json`, but on None"),
            "{message}"
        );
    }
}
