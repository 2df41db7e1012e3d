//! Messages between people.

use levante::{CloseCode, Message, test::Fault};
use serde_json::{Value, json};

use super::{Person, chat};
use crate::messages::Refused;

#[levante::test]
async fn a_message_goes_to_the_others_and_a_receipt_to_its_author() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.hears().await, grace.entry());

    for (number, text) in [
        (1, "hello"),
        (2, "<b>not bold</b>"),
        (3, "two\n\tlines"),
        (4, "🎉"),
    ] {
        assert_eq!(ada.say(number, text).await, Ok(number));
        assert_eq!(grace.hears().await, ada.message(number, number, text));
    }
}

#[levante::test]
async fn a_message_that_is_sent_again_keeps_its_id() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.hears().await, grace.entry());
    for number in 1..=2 {
        assert_eq!(ada.say("c0ffee", "did this arrive?").await, Ok(number));
        let message = ada.message("c0ffee", number, "did this arrive?");
        assert_eq!(grace.hears().await, message);
    }
}

#[levante::test]
async fn a_person_who_comes_back_learns_how_much_was_said() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.hears().await, grace.entry());
    assert_eq!(grace.joined.said, Some(0));
    let (since, exit) = (grace.joined.since, grace.exit());
    grace.leave().await;
    assert_eq!(ada.hears().await, exit);
    for number in 1..=3 {
        let sent = ada.say(number, "Grace does not hear this").await;
        assert_eq!(sent, Ok(number));
    }
    // A refused message counts as none.
    assert!(ada.say(4, "").await.is_err());

    let grace = Person::join(&chat, "name=Grace").await;
    assert_eq!((grace.joined.said, grace.joined.since), (Some(3), since));
    let edsger = Person::join(&chat, "name=Edsger&room=attic").await;
    assert_eq!(edsger.joined.said, Some(0));
}

#[levante::test]
async fn what_is_said_stays_in_the_room() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada&room=lobby").await;
    let mut grace = Person::join(&chat, "name=Grace&room=attic").await;
    assert_eq!(grace.joined.others, []);

    assert_eq!(grace.say(1, "nobody hears this").await, Ok(1));
    let edsger = Person::join(&chat, "name=Edsger&room=lobby").await;
    assert_eq!(ada.hears().await, edsger.entry());
}

#[levante::test]
async fn a_refused_message_is_told_to_its_author_and_loses_nothing_else() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.hears().await, grace.entry());

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
        let sentence = sentence.to_owned();
        assert_eq!(ada.say(1, text).await, Err(Refused::Rule { sentence }));
    }

    for (call, data, named) in [
        ("shout", json!({}), "shout"),
        ("say", json!({}), "id"),
        ("say", json!({ "id": "1" }), "text"),
        ("say", json!({ "id": 1, "text": "a" }), "id"),
        ("say", json!({ "id": "not plain", "text": "a" }), "id"),
    ] {
        let answer: Result<Value, Fault> = ada.client.try_call(call, data).await;
        let fault = answer.unwrap_err();
        assert!(fault.as_str().contains(named), "{fault:?}");
    }

    for (number, text) in [(1, "🎉".repeat(2000)), (2, "still here".to_owned())] {
        assert_eq!(ada.say(number, &text).await, Ok(number));
        assert_eq!(grace.hears().await, ada.message(number, number, &text));
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
    assert_eq!(ada.client.json::<Value>().await["ok"]["number"], 1);
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
        assert_eq!(ada.client.json::<Value>().await["ok"]["number"], number);
    }
}

#[levante::test]
async fn a_message_that_is_larger_than_any_line_ends_the_connection() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let largest = format!("{:24576}", r#"{"type":"shout","id":7}"#);
    ada.client.send(largest.clone()).await;
    assert!(ada.client.json::<Value>().await["fault"].is_string());
    ada.client.send(largest + " ").await;
    assert_eq!(ada.client.closed().await.code, CloseCode::TooBig);
}
