//! The rules of the chat.

use std::{
    io::Write,
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    client::Person,
    http,
    process::{Example, PATIENCE},
};

/// Somebody as others see them.
fn person(person: &Person, name: &str) -> Value {
    json!({ "id": person.id, "name": name })
}

#[tokio::test]
async fn everybody_sees_who_is_here_who_enters_and_who_leaves() {
    let chat = Example::chat();
    let mut ada = Person::join(chat.address, "name=Ada").await;
    let ada_is = person(&ada, "Ada");
    assert_eq!(
        ada.welcome,
        json!({ "type": "welcome", "you": ada_is, "room": "lobby", "others": [] })
    );

    let grace = Person::join(chat.address, "name=Grace&room=lobby").await;
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
    let edsger = Person::join(chat.address, "name=Edsger").await;
    assert_eq!(edsger.welcome["others"], json!([ada_is]));
}

#[tokio::test]
async fn a_message_goes_to_the_others_and_a_receipt_to_its_author() {
    let chat = Example::chat();
    let mut ada = Person::join(chat.address, "name=Ada").await;
    let mut grace = Person::join(chat.address, "name=Grace").await;
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

#[tokio::test]
async fn what_is_said_stays_in_the_room() {
    let chat = Example::chat();
    let mut ada = Person::join(chat.address, "name=Ada&room=lobby").await;
    let mut grace = Person::join(chat.address, "name=Grace&room=attic").await;
    assert_eq!(grace.welcome["others"], json!([]));

    grace.say(1, "nobody hears this").await;
    assert_eq!(grace.event().await["type"], "sent");
    let _edsger = Person::join(chat.address, "name=Edsger&room=lobby").await;
    assert_eq!(ada.event().await["type"], "enter");
}

#[tokio::test]
async fn two_people_may_have_the_same_name() {
    let chat = Example::chat();
    let mut one = Person::join(chat.address, "name=Ada").await;
    let mut other = Person::join(chat.address, "name=Ada").await;
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

#[tokio::test]
async fn names_and_rooms_have_lengths_in_characters() {
    let chat = Example::chat();
    let join = async |name: &str, room: &str| {
        let query = format!("name={}&room={}", encode(name), encode(room));
        Person::join(chat.address, &query).await.welcome
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
        refuses(chat.address, &query, 422, "A name has 1 to 32 characters.");
    }
    for room in ["", "\u{3000}", &"r".repeat(65)] {
        let query = format!("name=Ada&room={}", encode(room));
        refuses(chat.address, &query, 422, "A room has 1 to 64 characters.");
    }
    for control in ["\0", "a\nb", "a\u{7f}", "\u{85}x\u{9f}"] {
        let control = encode(control);
        let query = format!("name=x{control}x");
        refuses(
            chat.address,
            &query,
            422,
            "A name has no control characters.",
        );
        let query = format!("name=Ada&room=x{control}x");
        refuses(
            chat.address,
            &query,
            422,
            "A room has no control characters.",
        );
    }
}

#[test]
fn a_query_that_is_not_one_is_named() {
    let chat = Example::chat();
    refuses(chat.address, "", 400, "missing field `name`");
    refuses(chat.address, "room=lobby", 400, "missing field `name`");
    refuses(
        chat.address,
        "name=Ada&nmae=Ada",
        400,
        "unknown field `nmae`",
    );
    refuses(
        chat.address,
        "name=Ada&name=Eve",
        400,
        "duplicate field `name`",
    );
}

#[tokio::test]
async fn a_refused_message_is_told_to_its_author_and_loses_nothing_else() {
    let chat = Example::chat();
    let mut ada = Person::join(chat.address, "name=Ada").await;
    let mut grace = Person::join(chat.address, "name=Grace").await;
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
        Message::text(""),
        Message::text("hello"),
        Message::text("{}"),
        Message::text(r#"{"number":1,"text":"a","room":"attic"}"#),
        Message::text(r#"{"number":-1,"text":"a"}"#),
        Message::binary(vec![0xff]),
    ] {
        ada.send(unreadable).await;
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

#[tokio::test]
async fn the_longest_message_fits_however_it_is_spelled() {
    let chat = Example::chat();
    let mut ada = Person::join(chat.address, "name=Ada").await;
    let spelled = r"\ud83c\udf89".repeat(2000);
    ada.send(Message::text(format!(
        r#"{{"number":1,"text":"{spelled}"}}"#
    )))
    .await;
    assert_eq!(ada.event().await, json!({ "type": "sent", "number": 1 }));
}

#[tokio::test]
async fn who_vanishes_in_the_middle_of_a_message_has_left() {
    let chat = Example::chat();
    let mut ada = Person::join(chat.address, "name=Ada").await;

    // A masked text frame of 200 bytes: two bytes of header, two of length, four of mask.
    let mut frame = vec![0x81, 0x80 | 126, 0, 200, 1, 2, 3, 4];
    frame.resize(8 + 200, b'x');
    for cut in [0, 1, 3, 6, 8, 9, 207] {
        let mut stream = http::upgrade(chat.address, "/chat?name=Flaky");
        assert_eq!(ada.event().await["type"], "enter");
        stream.write_all(&frame[..cut]).unwrap();
        drop(stream);
        let left = ada.event().await;
        assert_eq!(left["type"], "leave");
        assert_eq!(left["person"]["name"], "Flaky");
    }
    let grace = Person::join(chat.address, "name=Grace").await;
    assert_eq!(grace.welcome["others"], json!([person(&ada, "Ada")]));
}

#[tokio::test]
async fn a_flood_of_one_visitor_cuts_off_nobody_else() {
    let chat = Example::chat();
    let mut grace = Person::join(chat.address, "name=Grace").await;
    let ada = Person::join(chat.address, "name=Ada").await;

    // 16 MiB, of which the kernel's buffers take some; meanwhile Grace reads nothing at all.
    let line = "🎉".repeat(2000);
    let (receipts, code) = ada.flood(2000, &line).await;
    assert_eq!(code, 1008);
    assert!(receipts >= 50, "a burst of {receipts} is too little");

    assert_eq!(grace.event().await["type"], "enter");
    for _ in 0..receipts {
        assert_eq!(grace.event().await["text"], line);
    }
    assert_eq!(grace.event().await["type"], "leave");
    grace.say(1, "I am still here").await;
    assert_eq!(grace.event().await["type"], "sent");
}

#[tokio::test]
async fn what_has_waited_on_a_stalled_network_is_no_flood() {
    let chat = Example::chat();
    let mut ada = Person::join(chat.address, "name=Ada").await;
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

#[tokio::test]
async fn a_message_that_is_larger_than_any_line_ends_the_connection() {
    let chat = Example::chat();
    for (size, code) in [(24 << 10, None), ((24 << 10) + 1, Some(1009))] {
        let mut ada = Person::join(chat.address, "name=Ada").await;
        ada.send(Message::text("x".repeat(size))).await;
        match code {
            None => assert_eq!(ada.event().await["type"], "refused"),
            Some(code) => assert_eq!(ada.sent_away().await, code),
        }
    }
}

#[tokio::test]
async fn a_full_room_takes_nobody_until_somebody_leaves() {
    let chat = Example::chat();
    let mut people = Vec::new();
    for _ in 0..99 {
        people.push(Person::join(chat.address, "name=Ada&room=full").await);
    }
    let admission = || http::get(chat.address, "/admission?name=Eve&room=full");
    assert_eq!(admission().status, 204);
    // To have asked is not to have entered.
    assert_eq!(admission().status, 204);
    let last = Person::join(chat.address, "name=Grace&room=+full+").await;
    assert_eq!(last.welcome["others"].as_array().unwrap().len(), 99);

    let sentence = "The room is full: 100 people are in it.";
    for query in ["name=Eve&room=full", "name=Ada&room=full+"] {
        refuses(chat.address, query, 503, sentence);
    }
    let refusal = admission();
    assert_eq!(refusal.status, 503);
    assert!(refusal.body.starts_with(sentence), "{}", refusal.body);
    assert_eq!(refusal.header("content-type"), "text/plain; charset=utf-8");
    Person::join(chat.address, "name=Eve&room=elsewhere").await;

    let id = last.id;
    last.leave().await;
    loop {
        let event = people[0].event().await;
        if event["type"] == "leave" {
            assert_eq!(event["person"]["id"], id);
            break;
        }
    }
    // The seat is free when nothing is left of the connection, which nobody announces.
    let deadline = Instant::now() + PATIENCE;
    while admission().status != 204 {
        assert!(Instant::now() < deadline, "the seat is not free again");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let eve = Person::join(chat.address, "name=Eve&room=full").await;
    assert_eq!(eve.welcome["others"].as_array().unwrap().len(), 99);
    refuses(chat.address, "name=Mallory&room=full", 503, sentence);
}

#[test]
fn names_of_invisible_characters_are_refused() {
    let chat = Example::chat();
    for (name, problem) in [
        ("\u{200b}\u{200b}", "has something to see in it."),
        ("\u{3164}", "has something to see in it."),
        ("\u{2800}", "has something to see in it."),
        ("\u{202e}adA", "has no control characters."),
    ] {
        let name = encode(name);
        let query = format!("name={name}");
        let sentence = format!("A name {problem}");
        refuses(chat.address, &query, 422, &sentence);
        let answer = http::get(chat.address, &format!("/admission?{query}"));
        assert_eq!((answer.status, answer.body), (422, sentence));
        let query = format!("name=Ada&room={name}");
        refuses(chat.address, &query, 422, &format!("A room {problem}"));
    }
}

#[test]
fn the_page_may_run_nothing_but_its_own_script() {
    let chat = Example::chat();
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
        ("/page.js", "application/javascript; charset=utf-8"),
    ] {
        let response = http::get(chat.address, path);
        assert_eq!(response.status, 200);
        assert_eq!(response.header("content-type"), kind);
        let policy = response.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    assert_eq!(http::get(chat.address, "/page.map").status, 404);
}

/// Joins in vain.
fn refuses(address: SocketAddr, query: &str, status: u16, sentence: &str) {
    let response = http::refused(address, &format!("/chat?{query}"));
    assert_eq!(response.status, status, "{query}: {}", response.body);
    assert!(
        response.body.contains(sentence),
        "{query}: {}",
        response.body
    );
}

/// Percent-encodes everything, which is always right.
fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
