//! The routes that send messages to sockets.

use super::{Person, announcement, chat};

#[levante::test]
async fn an_announcement_reaches_everybody_in_the_room() {
    let chat = chat().await;
    let mut ada = Person::join(&chat, "name=Ada").await;
    let mut grace = Person::join(&chat, "name=Grace").await;
    assert_eq!(ada.hears().await, grace.entry());
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
        for (number, text) in [(1, "Lunch!"), (2, "<b>Tea</b>\n🎉")] {
            assert_eq!(person.hears().await, announcement(number, text));
        }
    }
    assert_eq!(edsger.hears().await, announcement(1, "Mind the beam."));
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
    assert_eq!(ada.hears().await, grace.entry());

    let hello = |id: &str| chat.get("/hello").header("X-Socket-Id", id).send();
    let response = hello(&ada.socket).await;
    assert_eq!((response.status().as_u16(), response.text()), (200, "sent"));
    assert_eq!(ada.is_greeted().await, "Hello from a route!");
    grace.client.assert_silent().await;

    assert_eq!(chat.get("/hello").send().await.status(), 400);
    assert_eq!(hello("ada").await.status(), 400);
    assert_eq!(hello(&"0".repeat(32)).await.status(), 404);
}

#[levante::test]
async fn a_server_without_others_says_so() {
    let chat = chat().await;
    let ada = Person::join(&chat, "name=Ada").await;
    assert_eq!((ada.me.server, ada.joined.elsewhere), (0, None));
    let health = chat.get("/health").send().await;
    assert_eq!(
        (health.status().as_u16(), health.text()),
        (200, "ok\nservers: 1\n")
    );
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
    assert_eq!(ada.hears().await, announcement(1, "Lunch!"));
    assert_eq!(greet("http://localhost").await.status(), 200);
    assert_eq!(ada.is_greeted().await, "Hello from a route!");
}
