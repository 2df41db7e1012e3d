//! Tests of the chat, without a network.

use actix_web::{App, web};
use levante::{
    CloseCode, Message,
    test::{self, Client, Frame, TestApp},
};
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
        Self {
            id: welcome["you"]["id"].as_u64().unwrap(),
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
    async fn say(&mut self, number: u64, text: &str) {
        let line = json!({ "number": number, "text": text });
        self.client.send(line.to_string()).await;
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

#[levante::test]
async fn everybody_sees_who_is_here_who_enters_and_who_leaves() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let ada_is = person(&ada, "Ada");
    assert_eq!(
        ada.welcome,
        json!({ "type": "welcome", "you": ada_is, "room": "lobby", "others": [] })
    );

    let grace = Person::join(&chat, "name=Grace&room=lobby").await;
    let grace_is = person(&grace, "Grace");
    assert_eq!(grace.welcome["others"], json!([ada_is]));
    assert_eq!(
        ada.event().await,
        json!({ "type": "enter", "person": grace_is })
    );

    grace.leave().await;
    assert_eq!(
        ada.event().await,
        json!({ "type": "leave", "person": grace_is })
    );
    let edsger = Person::join(&chat, "name=Edsger").await;
    assert_eq!(edsger.welcome["others"], json!([ada_is]));
}

#[levante::test]
async fn a_message_goes_to_the_others_and_a_receipt_to_its_author() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.event().await["type"], "enter");

    let ada_is = person(&ada, "Ada");
    for (number, text) in [
        (1, "hello"),
        (2, "<b>not bold</b>"),
        (3, "two\n\tlines"),
        (4, "🎉"),
    ] {
        ada.say(number, text).await;
        assert_eq!(
            ada.event().await,
            json!({ "type": "sent", "number": number })
        );
        let message = json!({ "type": "message", "person": ada_is, "text": text });
        assert_eq!(grace.event().await, message);
    }
}

#[levante::test]
async fn what_is_said_stays_in_the_room() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada&room=lobby").await;
    let mut grace = Person::join(&chat, "name=Grace&room=attic").await;
    assert_eq!(grace.welcome["others"], json!([]));

    grace.say(1, "nobody hears this").await;
    assert_eq!(grace.event().await["type"], "sent");
    let _edsger = Person::join(&chat, "name=Edsger&room=lobby").await;
    assert_eq!(ada.event().await["type"], "enter");
}

#[levante::test]
async fn two_people_may_have_the_same_name() {
    let chat = chat().await;
    let mut one = Person::join(&chat, "name=Ada").await;
    let mut other = Person::join(&chat, "name=Ada").await;
    assert_ne!(one.id, other.id);
    let other_is = person(&other, "Ada");
    assert_eq!(other.welcome["others"], json!([person(&one, "Ada")]));
    assert_eq!(
        one.event().await,
        json!({ "type": "enter", "person": other_is })
    );

    other.say(1, "which of us?").await;
    assert_eq!(other.event().await["type"], "sent");
    assert_eq!(one.event().await["person"], other_is);
    other.leave().await;
    assert_eq!(
        one.event().await,
        json!({ "type": "leave", "person": other_is })
    );
}

#[levante::test]
async fn names_and_rooms_have_lengths_in_characters() {
    let chat = chat().await;
    let join = async |name: &str, room: &str| {
        let query = format!("name={}&room={}", encode(name), encode(room));
        Person::join(&chat, &query).await.welcome
    };
    for name in [
        "A",
        &"é".repeat(32),
        "  trimmed \u{3000}",
        "<b>Ada</b>",
        "a & b = c",
    ] {
        assert_eq!(join(name, "lobby").await["you"]["name"], name.trim());
    }
    for room in ["1", &"世".repeat(64), " the attic "] {
        assert_eq!(join("Ada", room).await["room"], room.trim());
    }

    for name in ["", "  ", &"é".repeat(33)] {
        let query = format!("name={}", encode(name));
        refuses(&chat, &query, 422, "A name has 1 to 32 characters.").await;
    }
    for room in ["", "\u{3000}", &"r".repeat(65)] {
        let query = format!("name=Ada&room={}", encode(room));
        refuses(&chat, &query, 422, "A room has 1 to 64 characters.").await;
    }
    for control in ["\0", "a\nb", "a\u{7f}", "\u{85}x\u{9f}"] {
        let control = encode(control);
        let query = format!("name=x{control}x");
        refuses(&chat, &query, 422, "A name has no control characters.").await;
        let query = format!("name=Ada&room=x{control}x");
        refuses(&chat, &query, 422, "A room has no control characters.").await;
    }
}

#[levante::test]
async fn a_query_that_is_not_one_is_named() {
    let chat = chat().await;
    refuses(&chat, "", 400, "missing field `name`").await;
    refuses(&chat, "room=lobby", 400, "missing field `name`").await;
    refuses(&chat, "name=Ada&nmae=Ada", 400, "unknown field `nmae`").await;
    refuses(&chat, "name=Ada&name=Eve", 400, "duplicate field `name`").await;
}

#[levante::test]
async fn a_refused_message_is_told_to_its_author_and_loses_nothing_else() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.event().await["type"], "enter");

    let too_long = "é".repeat(2001);
    for (number, (text, reason)) in (1..).zip([
        ("", "A message has something in it."),
        (" \n\t\u{3000}", "A message has something in it."),
        ("\u{200b}\u{2060}", "A message has something in it."),
        (
            &too_long,
            "A message has at most 2000 characters; this one has 2001.",
        ),
        (
            "bell\u{7}",
            "A message has no control characters but line breaks and tabs.",
        ),
        (
            "old\r\nmac",
            "A message has no control characters but line breaks and tabs.",
        ),
    ]) {
        ada.say(number, text).await;
        let refused = json!({ "type": "refused", "number": number, "reason": reason });
        assert_eq!(ada.event().await, refused);
    }

    for unreadable in [
        Message::Text("".into()),
        Message::Text("hello".into()),
        Message::Text("{}".into()),
        Message::Text(r#"{"number":1,"text":"a","room":"attic"}"#.into()),
        Message::Text(r#"{"number":-1,"text":"a"}"#.into()),
        Message::Binary(vec![0xff].into()),
    ] {
        ada.client.send(unreadable).await;
        let refused = ada.event().await;
        assert_eq!(refused["type"], "refused");
        assert_eq!(refused["number"], Value::Null);
        assert!(
            refused["reason"]
                .as_str()
                .unwrap()
                .starts_with("invalid payload: ")
        );
    }

    for (number, text) in [
        (7, "🎉".repeat(2000)),
        (8, "\u{1}".replace('\u{1}', "still here")),
    ] {
        ada.say(number, &text).await;
        assert_eq!(
            ada.event().await,
            json!({ "type": "sent", "number": number })
        );
        assert_eq!(grace.event().await["text"], text);
    }
}

#[levante::test]
async fn the_longest_message_fits_however_it_is_spelled() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let spelled = r"\ud83c\udf89".repeat(2000);
    let line = format!(r#"{{"number":1,"text":"{spelled}"}}"#);
    ada.client.send(line).await;
    assert_eq!(ada.event().await, json!({ "type": "sent", "number": 1 }));
}

#[levante::test]
async fn who_vanishes_in_the_middle_of_a_message_has_left() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;

    // The frame has 2 bytes of header, 2 of length, 4 of mask and 200 of payload.
    let frame = Frame::text([b'x'; 200]).bytes();
    for cut in [0, 1, 3, 6, 8, 9, 207] {
        let mut flaky = chat.connect("/chat?name=Flaky").await;
        assert_eq!(ada.event().await["type"], "enter");
        flaky.send_bytes(&frame[..cut]).await;
        flaky.vanish().await;
        let left = ada.event().await;
        assert_eq!(left["type"], "leave");
        assert_eq!(left["person"]["name"], "Flaky");
    }
    let grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(grace.welcome["others"], json!([person(&ada, "Ada")]));
}

#[levante::test]
async fn what_has_waited_on_a_stalled_network_is_no_flood() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    for number in 0..50 {
        ada.say(number, "one of many").await;
    }
    for number in 0..50 {
        assert_eq!(
            ada.event().await,
            json!({ "type": "sent", "number": number })
        );
    }
}

#[levante::test]
async fn a_message_that_is_larger_than_any_line_ends_the_connection() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    ada.client.send("x".repeat(24 << 10)).await;
    assert_eq!(ada.event().await["type"], "refused");
    ada.client.send("x".repeat((24 << 10) + 1)).await;
    assert_eq!(ada.client.closed().await.code, CloseCode::TooBig);
}

#[levante::test]
async fn a_full_room_takes_nobody_until_somebody_leaves() {
    let chat = chat().await;
    let mut people = Vec::new();
    for _ in 0..99 {
        people.push(Person::join(&chat, "name=Ada&room=full").await);
    }
    let admission = || chat.get("/admission?name=Eve&room=full").send();
    assert_eq!(admission().await.status(), 204);
    // The first request has not taken the last place in the room.
    assert_eq!(admission().await.status(), 204);
    let last = Person::join(&chat, "name=Grace&room=+full+").await;
    assert_eq!(last.welcome["others"].as_array().unwrap().len(), 99);

    let sentence = "The room is full: 100 people are in it.";
    for query in ["name=Eve&room=full", "name=Ada&room=full+"] {
        refuses(&chat, query, 503, sentence).await;
    }
    let refusal = admission().await;
    assert_eq!(refusal.status(), 503);
    assert!(refusal.text().starts_with(sentence), "{refusal:?}");
    assert_eq!(
        refusal.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    Person::join(&chat, "name=Eve&room=elsewhere").await;

    let id = last.id;
    last.leave().await;
    loop {
        let event = people[0].event().await;
        if event["type"] == "leave" {
            assert_eq!(event["person"]["id"], id);
            break;
        }
    }
    assert_eq!(admission().await.status(), 204);
    let eve = Person::join(&chat, "name=Eve&room=full").await;
    assert_eq!(eve.welcome["others"].as_array().unwrap().len(), 99);
    refuses(&chat, "name=Mallory&room=full", 503, sentence).await;
}

#[levante::test]
async fn names_of_invisible_characters_are_refused() {
    let chat = chat().await;
    for (name, problem) in [
        ("\u{200b}\u{200b}", "has something to see in it."),
        ("\u{3164}", "has something to see in it."),
        ("\u{2800}", "has something to see in it."),
        ("\u{202e}adA", "has no control characters."),
    ] {
        let name = encode(name);
        let query = format!("name={name}");
        let sentence = format!("A name {problem}");
        refuses(&chat, &query, 422, &sentence).await;
        let answer = chat.get(&format!("/admission?{query}")).send().await;
        assert_eq!((answer.status().as_u16(), answer.text()), (422, &*sentence));
        let query = format!("name=Ada&room={name}");
        refuses(&chat, &query, 422, &format!("A room {problem}")).await;
    }
}

#[levante::test]
async fn an_announcement_reaches_everybody_in_the_room() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.event().await["type"], "enter");
    let mut edsger = Person::join(&chat, "name=Edsger&room=the+attic").await;

    for (place, text, reached) in [
        ("", "Lunch!", "2 sockets"),
        ("?room=lobby", "<b>Tea</b>\n🎉", "2 sockets"),
        ("?room=the+attic", "Mind the beam.", "1 sockets"),
        ("?room=cellar", "Nobody is here.", "0 sockets"),
    ] {
        let request = chat.post(&format!("/announce{place}")).body(text);
        let response = request.send().await;
        assert_eq!(
            (response.status().as_u16(), response.text()),
            (200, reached)
        );
    }
    for person in [&mut ada, &mut grace] {
        for text in ["Lunch!", "<b>Tea</b>\n🎉"] {
            let announcement = json!({ "type": "announcement", "text": text });
            assert_eq!(person.event().await, announcement);
        }
    }
    assert_eq!(edsger.event().await["text"], "Mind the beam.");
}

#[levante::test]
async fn an_announcement_keeps_the_rules_of_the_chat() {
    let chat = chat().await;
    for (target, text, status, sentence) in [
        ("/announce", " ", 422, "A message has something in it."),
        ("/announce", "bell\u{7}", 422, "no control characters"),
        ("/announce", &"x".repeat(2001), 422, "at most 2000"),
        ("/announce?room=", "hi", 422, "A room has 1 to 64"),
        ("/announce?room=%E2%80%8B", "hi", 422, "something to see"),
        ("/announce", "\u{200b}", 422, "something in it"),
        ("/announce?place=lobby", "hi", 400, "unknown field `place`"),
    ] {
        let request = chat.post(target).body(text.to_owned());
        let response = request.send().await;
        assert_eq!(response.status(), status, "{target}: {response:?}");
        assert!(response.text().contains(sentence), "{response:?}");
    }
    let longest = chat.post("/announce").body("🎉".repeat(2000)).send().await;
    assert_eq!(
        (longest.status().as_u16(), longest.text()),
        (200, "0 sockets")
    );
}

#[levante::test]
async fn a_greeting_comes_over_the_socket_that_the_header_names() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.event().await["type"], "enter");

    let hello = |id: &str| chat.get("/hello").header("X-Socket-Id", id).send();
    let response = hello(&ada.socket).await;
    assert_eq!((response.status().as_u16(), response.text()), (200, "sent"));
    let greeting = json!({ "type": "announcement", "text": "Hello from a route!" });
    assert_eq!(ada.event().await, greeting);
    grace.say(1, "me too?").await;
    assert_eq!(grace.event().await["type"], "sent");

    assert_eq!(chat.get("/hello").send().await.status(), 400);
    assert_eq!(hello("ada").await.status(), 400);
    assert_eq!(hello(&"0".repeat(32)).await.status(), 404);
}

#[levante::test]
async fn a_page_of_another_site_announces_and_greets_nothing() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let id = ada.socket.clone();
    let announce = |origin| chat.post("/announce").origin(origin).body("Lunch!").send();
    let greet = |origin| {
        let request = chat.get("/hello").origin(origin);
        request.header("X-Socket-Id", &id).send()
    };
    for foreign in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        for answer in [announce(foreign).await, greet(foreign).await] {
            assert_eq!(answer.status(), 403, "{foreign}");
            assert!(answer.text().contains("Origin"), "{answer:?}");
        }
    }
    let announced = announce("http://localhost").await;
    assert_eq!(
        (announced.status().as_u16(), announced.text()),
        (200, "1 sockets")
    );
    assert_eq!(ada.event().await["text"], "Lunch!");
    assert_eq!(greet("http://localhost").await.status(), 200);
    assert_eq!(ada.event().await["text"], "Hello from a route!");
}
