//! What people say.

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
