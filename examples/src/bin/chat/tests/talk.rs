//! Messages between people.

use levante::{CloseCode, Message};
use serde_json::{Value, json};

use super::{Person, chat, person};

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
        assert_eq!(ada.event().await, sent(number));
        let id = number.to_string();
        let message = json!({
            "type": "message", "id": id, "number": number, "person": ada_is, "text": text,
        });
        assert_eq!(grace.event().await, message);
    }
}

/// The receipt of the only message with this number, if its id is the number, too.
fn sent(number: u64) -> Value {
    json!({ "type": "sent", "id": number.to_string(), "number": number })
}

#[levante::test]
async fn a_message_that_is_sent_again_keeps_its_id() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.event().await["type"], "enter");
    for number in 1..=2 {
        ada.say("c0ffee", "did this arrive?").await;
        let sent = json!({ "type": "sent", "id": "c0ffee", "number": number });
        assert_eq!(ada.event().await, sent);
        let message = grace.event().await;
        assert_eq!(message["id"], "c0ffee");
        assert_eq!(message["number"], number);
    }
}

#[levante::test]
async fn a_person_who_comes_back_learns_how_much_was_said() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.event().await["type"], "enter");
    assert_eq!(grace.welcome["said"], 0);
    let since = grace.since;
    grace.leave().await;
    assert_eq!(ada.event().await["type"], "leave");
    for number in 1..=3 {
        ada.say(number, "Grace does not hear this").await;
        assert_eq!(ada.event().await, sent(number));
    }
    // A refused message counts as none.
    ada.say(4, "").await;
    assert_eq!(ada.event().await["type"], "refused");

    let grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(grace.welcome["said"], 3);
    assert_eq!(grace.since, since);
    let edsger = Person::join(&chat, "name=Edsger&room=attic").await;
    assert_eq!(edsger.welcome["said"], 0);
}

#[levante::test]
async fn every_request_is_answered_in_order() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let ping = r#"{"type":"ping"}"#;
    ada.client.send(ping).await;
    ada.say("a", "hello").await;
    ada.client.send(ping).await;
    ada.say("b", "").await;
    ada.client.send(ping).await;
    for expected in ["pong", "sent", "pong", "refused", "pong"] {
        assert_eq!(ada.event().await["type"], expected);
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
        let id = number.to_string();
        let refused = json!({ "type": "refused", "id": id, "reason": reason });
        assert_eq!(ada.event().await, refused);
    }

    for unreadable in [
        Message::Text("".into()),
        Message::Text("hello".into()),
        Message::Text("{}".into()),
        Message::Text(r#"{"type":"say","id":"1","text":"a","room":"attic"}"#.into()),
        Message::Text(r#"{"type":"say","id":1,"text":"a"}"#.into()),
        Message::Text(r#"{"type":"say","id":"not plain","text":"a"}"#.into()),
        Message::Text(r#"{"type":"ping","id":"1"}"#.into()),
        Message::Text(r#"{"type":"leave"}"#.into()),
        Message::Binary(vec![0xff].into()),
    ] {
        ada.client.send(unreadable).await;
        let refused = ada.event().await;
        assert_eq!(refused["type"], "refused");
        assert_eq!(refused["id"], Value::Null);
        assert!(
            refused["reason"]
                .as_str()
                .unwrap()
                .starts_with("invalid payload: ")
        );
    }

    for (number, text) in [(1, "🎉".repeat(2000)), (2, "still here".to_owned())] {
        ada.say(number, &text).await;
        assert_eq!(ada.event().await, sent(number));
        assert_eq!(grace.event().await["text"], text);
    }
}

#[levante::test]
async fn the_longest_message_fits_however_it_is_spelled() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let spelled = r"\ud83c\udf89".repeat(2000);
    let id = "1".repeat(64);
    let line = format!(r#"{{"type":"say","id":"{id}","text":"{spelled}"}}"#);
    ada.client.send(line).await;
    let sent = json!({ "type": "sent", "id": id, "number": 1 });
    assert_eq!(ada.event().await, sent);
}

#[levante::test]
async fn what_has_waited_on_a_stalled_network_is_no_flood() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    for number in 1..=50 {
        ada.say(number, "one of many").await;
    }
    for number in 1..=50 {
        assert_eq!(ada.event().await, sent(number));
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
