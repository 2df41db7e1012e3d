//! Entries, refusals and exits.

use std::time::Duration;

use levante::test::{self, Frame};
use serde_json::{Value, json};

use super::{Person, chat, encode, person, refuses, sent};

#[levante::test]
async fn everybody_sees_who_is_here_who_enters_and_who_leaves() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let ada_is = person(&ada, "Ada");
    assert_eq!(ada.room, "lobby");
    assert_eq!(ada.snapshot["others"], json!([]));

    let grace = Person::join(&chat, "name=Grace&room=lobby").await;
    let grace_is = person(&grace, "Grace");
    assert_eq!(grace.snapshot["others"], json!([ada_is]));
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
    assert_eq!(edsger.snapshot["others"], json!([ada_is]));
}

#[levante::test]
async fn a_room_is_joined_by_the_people_who_have_entered_it_and_who_may_leave_it_before_they_go() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada&room=a/b%25").await;
    assert_eq!(ada.topic(), "room/a%2Fb%25");
    let mut grace = Person::join(&chat, "name=Grace&room=attic").await;
    let grace_is = person(&grace, "Grace");
    let refused = json!({ "error": { "type": "other_room" } });
    for other in ["room/cellar", "room/a%2Fb%25", "room/"] {
        assert_eq!(
            grace.ask(json!({ "join": other })).await,
            refused,
            "{other}"
        );
    }

    // A second join changes nothing for the others, and it has the room as it is then.
    let mut edsger = Person::join(&chat, "name=Edsger&room=attic").await;
    assert_eq!(grace.event().await["type"], "enter");
    assert_eq!(grace.say(1, "hello").await, sent(1));
    assert_eq!(edsger.event().await["text"], "hello");
    let mut again = grace.ask(json!({ "join": "room/attic" })).await["ok"].take();
    assert_eq!(again["said"], 1);
    assert_eq!(again["others"].take(), json!([person(&edsger, "Edsger")]));

    assert_eq!(
        grace.ask(json!({ "leave": "room/attic" })).await,
        json!({ "ok": null })
    );
    assert_eq!(
        edsger.event().await,
        json!({ "type": "leave", "person": grace_is })
    );
    let refused = json!({ "error": { "type": "not_joined" } });
    assert_eq!(grace.say(2, "who hears me?").await, refused);
    assert_eq!(edsger.say(3, "Grace does not hear this").await, sent(2));
    let joined = grace.ask(json!({ "join": "room/attic" })).await;
    assert_eq!(joined["ok"]["said"], 2);
    assert_eq!(
        edsger.event().await,
        json!({ "type": "enter", "person": grace_is })
    );
    grace.client.assert_silent().await;
    ada.client.assert_silent().await;
}

#[levante::test]
async fn a_person_who_has_not_joined_the_room_was_not_in_it() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut shy = chat.connect("/chat?name=Shy").await;
    assert_eq!(shy.json::<Value>().await["data"]["type"], "welcome");
    shy.send(r#"{"type":"say","data":{"id":"1","text":"hello"},"id":1}"#)
        .await;
    let refused = json!({ "id": 1, "error": { "type": "not_joined" } });
    assert_eq!(shy.json::<Value>().await, refused);
    let grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(grace.snapshot["others"], json!([person(&ada, "Ada")]));
    assert_eq!(ada.event().await["type"], "enter");
    shy.close().await;
    ada.client.assert_silent().await;
}

#[levante::test]
async fn two_people_may_have_the_same_name() {
    let chat = chat().await;
    let mut one = Person::join(&chat, "name=Ada").await;
    let mut other = Person::join(&chat, "name=Ada").await;
    assert_ne!(one.id, other.id);
    let other_is = person(&other, "Ada");
    assert_eq!(other.snapshot["others"], json!([person(&one, "Ada")]));
    assert_eq!(
        one.event().await,
        json!({ "type": "enter", "person": other_is })
    );

    assert_eq!(other.say(1, "which of us?").await, sent(1));
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
        let mut client = chat.connect(&format!("/chat?{query}")).await;
        client.json::<Value>().await["data"].take()
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
async fn who_vanishes_in_the_middle_of_a_message_has_left() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;

    // The frame has 2 bytes of header, 2 of length, 4 of mask and 200 of payload.
    let frame = Frame::text([b'x'; 200]).bytes();
    for cut in [0, 1, 3, 6, 8, 9, 207] {
        let mut flaky = Person::join(&chat, "name=Flaky").await;
        assert_eq!(ada.event().await["type"], "enter");
        flaky.client.send_bytes(&frame[..cut]).await;
        flaky.client.vanish().await;
        let left = ada.event().await;
        assert_eq!(left["type"], "leave");
        assert_eq!(left["person"]["name"], "Flaky");
    }
    let grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(grace.snapshot["others"], json!([person(&ada, "Ada")]));
}

#[levante::test]
async fn a_person_with_a_dead_network_leaves_within_a_minute() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.event().await["type"], "enter");
    let grace_is = person(&grace, "Grace");
    grace.client.stop_answering();
    test::advance(Duration::from_secs(60)).await;
    let left = json!({ "type": "leave", "person": grace_is });
    assert_eq!(ada.event().await, left);
    ada.client.assert_silent().await;
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
    assert_eq!(last.snapshot["others"].as_array().unwrap().len(), 99);

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
    assert_eq!(eve.snapshot["others"].as_array().unwrap().len(), 99);
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
