//! The routes of the chat.

use serde_json::json;

use crate::{client::Person, http, process::Example};

#[tokio::test]
async fn an_announcement_reaches_everybody_in_the_room() {
    let chat = Example::chat();
    let mut ada = Person::join(chat.address, "name=Ada").await;
    let mut grace = Person::join(chat.address, "name=Grace").await;
    assert_eq!(ada.event().await["type"], "enter");
    let mut edsger = Person::join(chat.address, "name=Edsger&room=the+attic").await;

    for (place, text, reached) in [
        ("", "Lunch!", "2 sockets"),
        ("?room=lobby", "<b>Tea</b>\n🎉", "2 sockets"),
        ("?room=the+attic", "Mind the beam.", "1 sockets"),
        ("?room=cellar", "Nobody is here.", "0 sockets"),
    ] {
        let response = http::post(chat.address, &format!("/announce{place}"), text);
        assert_eq!((response.status, &*response.body), (200, reached));
    }
    for person in [&mut ada, &mut grace] {
        for text in ["Lunch!", "<b>Tea</b>\n🎉"] {
            let announcement = json!({ "type": "announcement", "text": text });
            assert_eq!(person.event().await, announcement);
        }
    }
    assert_eq!(edsger.event().await["text"], "Mind the beam.");
}

#[tokio::test]
async fn an_announcement_keeps_the_rules_of_the_chat() {
    let chat = Example::chat();
    for (target, text, status, sentence) in [
        ("/announce", " ", 422, "A message has something in it."),
        ("/announce", "bell\u{7}", 422, "no control characters"),
        ("/announce", &"x".repeat(2001), 422, "at most 2000"),
        ("/announce?room=", "hi", 422, "A room has 1 to 64"),
        ("/announce?room=%E2%80%8B", "hi", 422, "something to see"),
        ("/announce", "\u{200b}", 422, "something in it"),
        ("/announce?place=lobby", "hi", 400, "unknown field `place`"),
    ] {
        let response = http::post(chat.address, target, text);
        assert_eq!(response.status, status, "{target}: {}", response.body);
        assert!(response.body.contains(sentence), "{}", response.body);
    }
    let longest = http::post(chat.address, "/announce", &"🎉".repeat(2000));
    assert_eq!((longest.status, &*longest.body), (200, "0 sockets"));
}

#[tokio::test]
async fn a_greeting_comes_over_the_socket_that_the_header_names() {
    let chat = Example::chat();
    let mut ada = Person::join(chat.address, "name=Ada").await;
    let mut grace = Person::join(chat.address, "name=Grace").await;
    assert_eq!(ada.event().await["type"], "enter");

    let header = format!("x-socket-id: {}\r\n", ada.socket);
    let response = http::get_with(chat.address, "/hello", &header);
    assert_eq!((response.status, &*response.body), (200, "sent"));
    let greeting = json!({ "type": "announcement", "text": "Hello from a route!" });
    assert_eq!(ada.event().await, greeting);
    grace.say(1, "me too?").await;
    assert_eq!(grace.event().await["type"], "sent");

    assert_eq!(http::get(chat.address, "/hello").status, 400);
    let header = "x-socket-id: ada\r\n";
    assert_eq!(http::get_with(chat.address, "/hello", header).status, 400);
    let header = format!("x-socket-id: {}\r\n", "0".repeat(32));
    assert_eq!(http::get_with(chat.address, "/hello", &header).status, 404);
}

#[tokio::test]
async fn a_page_of_another_site_announces_and_greets_nothing() {
    let chat = Example::chat();
    let mut ada = Person::join(chat.address, "name=Ada").await;
    let own = format!("http://{}", chat.address);
    let id = format!("x-socket-id: {}\r\n", ada.socket);
    for foreign in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        let origin = format!("origin: {foreign}\r\n");
        let announced = http::post_with(chat.address, "/announce", &origin, "Lunch!");
        let greeted = http::get_with(chat.address, "/hello", &format!("{origin}{id}"));
        for answer in [announced, greeted] {
            assert_eq!(answer.status, 403, "{foreign}");
            assert!(answer.body.contains("Origin"), "{}", answer.body);
        }
    }
    let origin = format!("origin: {own}\r\n");
    let announced = http::post_with(chat.address, "/announce", &origin, "Lunch!");
    assert_eq!((announced.status, &*announced.body), (200, "1 sockets"));
    assert_eq!(ada.event().await["text"], "Lunch!");
    let greeted = http::get_with(chat.address, "/hello", &format!("{origin}{id}"));
    assert_eq!(greeted.status, 200);
    assert_eq!(ada.event().await["text"], "Hello from a route!");
}
