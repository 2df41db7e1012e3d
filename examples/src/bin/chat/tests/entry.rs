//! Entries, refusals and exits.

use std::time::Duration;

use super::{Person, chat, encode, refuses};
use crate::messages::{Refused, Room};
use levante::test::{self, Frame};

#[levante::test]
async fn everybody_sees_who_is_here_who_enters_and_who_leaves() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    assert_eq!((&*ada.me.name, &*ada.room.name), ("Ada", "lobby"));
    assert_eq!(ada.joined.others, []);

    let grace = Person::join(&chat, "name=Grace&room=lobby").await;
    assert_eq!(grace.joined.others, [ada.me.clone()]);
    assert_eq!(ada.hears().await, grace.entry());
    let exit = grace.exit();
    grace.leave().await;
    assert_eq!(ada.hears().await, exit);
    let edsger = Person::join(&chat, "name=Edsger").await;
    assert_eq!(edsger.joined.others, [ada.me.clone()]);
}

#[levante::test]
async fn people_join_only_the_room_that_they_have_entered() {
    let chat = chat().await;
    let mut grace = Person::join(&chat, "name=Grace&room=a/b%25").await;
    for name in ["cellar", "a", "a/b", "a%2Fb%25", ""] {
        let name = name.to_owned();
        let refused = grace.client.try_join(Room { name }).await;
        assert_eq!(refused, Err(Refused::OtherRoom));
    }
}

#[levante::test]
async fn a_second_join_is_told_to_nobody_and_has_the_room_as_it_is_then() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.hears().await, grace.entry());
    assert_eq!(grace.say(1, "hello").await, Ok(1));
    let again = ada.client.join(&ada.room).await;
    assert_eq!(
        (again.said, again.others),
        (Some(1), vec![grace.me.clone()])
    );
    grace.client.assert_silent().await;
}

#[levante::test]
async fn a_person_may_leave_the_room_and_come_back() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.hears().await, grace.entry());
    grace.client.leave(&grace.room).await;
    assert_eq!(ada.hears().await, grace.exit());
    let refused = grace.say(1, "does anybody hear me?").await;
    assert_eq!(refused, Err(Refused::NotJoined));
    assert_eq!(ada.say(2, "Grace does not hear this").await, Ok(1));
    let again = grace.client.join(&grace.room).await;
    assert_eq!((again.said, again.others), (Some(1), vec![ada.me.clone()]));
    assert_eq!(ada.hears().await, grace.entry());
    grace.client.assert_silent().await;
}

#[levante::test]
async fn a_person_who_has_not_joined_the_room_is_not_in_it() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut shy = chat.connect("/chat?name=Shy").await;
    let grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(grace.joined.others, [ada.me.clone()]);
    assert_eq!(ada.hears().await, grace.entry());
    shy.close().await;
    ada.client.assert_silent().await;
}

#[levante::test]
async fn two_people_may_have_the_same_name() {
    let chat = chat().await;
    let mut one = Person::join(&chat, "name=Ada").await;
    let mut other = Person::join(&chat, "name=Ada").await;
    assert_ne!(one.me.id, other.me.id);
    assert_eq!(other.joined.others, [one.me.clone()]);
    assert_eq!(one.hears().await, other.entry());

    assert_eq!(other.say(1, "which of us?").await, Ok(1));
    assert_eq!(one.hears().await, other.message(1, 1, "which of us?"));
    let exit = other.exit();
    other.leave().await;
    assert_eq!(one.hears().await, exit);
}

#[levante::test]
async fn names_and_rooms_have_lengths_in_characters() {
    let chat = chat().await;
    let join = async |name: &str, room: &str| {
        let query = format!("name={}&room={}", encode(name), encode(room));
        let person = Person::join(&chat, &query).await;
        (person.me.name, person.room.name)
    };
    for name in [
        "A",
        &"é".repeat(32),
        "  trimmed \u{3000}",
        "<b>Ada</b>",
        "a & b = c",
    ] {
        assert_eq!(join(name, "lobby").await.0, name.trim());
    }
    for room in ["1", &"世".repeat(64), " the attic "] {
        assert_eq!(join("Ada", room).await.1, room.trim());
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
        assert_eq!(ada.hears().await, flaky.entry());
        flaky.client.send_bytes(&frame[..cut]).await;
        flaky.client.vanish().await;
        assert_eq!(ada.hears().await, flaky.exit());
    }
    let grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(grace.joined.others, [ada.me]);
}

#[levante::test]
async fn a_person_with_a_dead_network_leaves_within_a_minute() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.hears().await, grace.entry());
    grace.client.stop_answering();
    test::advance(Duration::from_secs(60)).await;
    assert_eq!(ada.hears().await, grace.exit());
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
    assert_eq!(last.joined.others.len(), 99);

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

    let exit = last.exit();
    last.leave().await;
    while people[0].hears().await != exit {}
    assert_eq!(admission().await.status(), 204);
    let eve = Person::join(&chat, "name=Eve&room=full").await;
    assert_eq!(eve.joined.others.len(), 99);
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
