//! The rules of the chat.

use std::{io::Write, net::SocketAddr};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::{client::Person, http, process::Example};

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
        (6, "🎉".repeat(2000)),
        (7, "\u{1}".replace('\u{1}', "still here")),
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
