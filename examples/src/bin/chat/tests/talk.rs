//! Messages between people.

use levante::{CloseCode, Message};
use serde_json::{Value, json};

use super::{Person, chat, person, sent};

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
        assert_eq!(ada.say(number, text).await, sent(number));
        let id = number.to_string();
        let message = json!({
            "type": "message", "id": id, "number": number, "person": ada_is, "text": text,
        });
        assert_eq!(grace.event().await, message);
    }
}

#[levante::test]
async fn a_message_that_is_sent_again_keeps_its_id() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.event().await["type"], "enter");
    for number in 1..=2 {
        let answer = ada.say("c0ffee", "did this arrive?").await;
        assert_eq!(answer, sent(number));
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
    assert_eq!(grace.snapshot["said"], 0);
    let since = grace.snapshot["since"].clone();
    grace.leave().await;
    assert_eq!(ada.event().await["type"], "leave");
    for number in 1..=3 {
        let answer = ada.say(number, "Grace does not hear this").await;
        assert_eq!(answer, sent(number));
    }
    // A refused message counts as none.
    assert_eq!(ada.say(4, "").await["error"]["type"], "rule");

    let grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(grace.snapshot["said"], 3);
    assert_eq!(grace.snapshot["since"], since);
    let edsger = Person::join(&chat, "name=Edsger&room=attic").await;
    assert_eq!(edsger.snapshot["said"], 0);
}

#[levante::test]
async fn what_is_said_stays_in_the_room() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada&room=lobby").await;
    let mut grace = Person::join(&chat, "name=Grace&room=attic").await;
    assert_eq!(grace.snapshot["others"], json!([]));

    assert_eq!(grace.say(1, "nobody hears this").await, sent(1));
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
    for (text, sentence) in [
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
    ] {
        let refused = json!({ "error": { "type": "rule", "sentence": sentence } });
        assert_eq!(ada.say(1, text).await, refused);
    }

    for (unreadable, named) in [
        (json!({}), "type"),
        (json!({ "type": "shout" }), "shout"),
        (json!({ "type": "say" }), "id"),
        (json!({ "type": "say", "data": { "id": "1" } }), "text"),
        (
            json!({ "type": "say", "data": { "id": 1, "text": "a" } }),
            "id",
        ),
        (
            json!({ "type": "say", "data": { "id": "not plain", "text": "a" } }),
            "id",
        ),
        (json!({ "join": "rooms/lobby" }), "rooms/lobby"),
    ] {
        let answer = ada.ask(unreadable).await;
        let fault = answer["fault"].as_str().unwrap();
        assert!(fault.contains(named), "{fault}");
    }

    for (number, text) in [(1, "🎉".repeat(2000)), (2, "still here".to_owned())] {
        assert_eq!(ada.say(number, &text).await, sent(number));
        assert_eq!(grace.event().await["text"], text);
    }
}

#[levante::test]
async fn what_is_not_understood_and_has_no_id_ends_the_connection() {
    let chat = chat().await;
    for unreadable in [
        Message::Text("".into()),
        Message::Text("hello".into()),
        Message::Text(r#"{"type":"say","data":{"id":1,"text":"a"}}"#.into()),
        Message::Text(r#"{"type":"shout"}"#.into()),
    ] {
        let mut ada = Person::join(&chat, "name=Ada").await;
        ada.client.send(unreadable).await;
        assert_eq!(ada.client.closed().await.code, CloseCode::Invalid);
    }
}

#[levante::test]
async fn the_longest_message_fits_however_it_is_spelled() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let spelled = r"\ud83c\udf89".repeat(2000);
    let id = "1".repeat(64);
    let data = format!(r#"{{"id":"{id}","text":"{spelled}"}}"#);
    let call = format!(r#"{{"type":"say","data":{data},"id":7}}"#);
    ada.client.send(call).await;
    assert_eq!(ada.answer().await["ok"]["number"], 1);
}

#[levante::test]
async fn what_has_waited_on_a_stalled_network_is_no_flood() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    // To join the room was a message, too.
    for _ in 1..50 {
        let call = r#"{"type":"say","data":{"id":"1","text":"one of many"},"id":7}"#;
        ada.client.send(call).await;
    }
    for number in 1..50 {
        assert_eq!(ada.answer().await["ok"]["number"], number);
    }
}

#[levante::test]
async fn a_message_that_is_larger_than_any_line_ends_the_connection() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let largest = format!("{:24576}", r#"{"type":"shout","id":7}"#);
    ada.client.send(largest.clone()).await;
    assert_ne!(ada.answer().await["fault"], Value::Null);
    ada.client.send(largest + " ").await;
    assert_eq!(ada.client.closed().await.code, CloseCode::TooBig);
}
