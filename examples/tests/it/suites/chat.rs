//! The chat over a network, and its page. The tests of its rules are beside its code.

use crate::support::{client::Person, http, process::Example};

#[tokio::test]
async fn a_flood_of_one_visitor_cuts_off_nobody_else() {
    let chat = Example::chat();
    let mut grace = Person::join(chat.address, "name=Grace").await;
    let ada = Person::join(chat.address, "name=Ada").await;

    // The flood is 16 MiB: more than the kernel's buffers take. Grace reads nothing meanwhile.
    let line = "🎉".repeat(2000);
    let (receipts, code) = ada.flood(2000, &line).await;
    assert_eq!(code, 1008);
    // The burst is 50, and Ada's first message joined the room.
    assert!(receipts >= 49, "a burst of {receipts} is too little");

    assert_eq!(grace.event().await["type"], "enter");
    for _ in 0..receipts {
        assert_eq!(grace.event().await["text"], line);
    }
    assert_eq!(grace.event().await["type"], "leave");
    assert_eq!(grace.say(1, "I am still here").await, receipts + 1);
}

#[test]
fn the_page_may_run_nothing_but_its_own_script() {
    let chat = Example::chat();
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/base.css", "text/css; charset=utf-8"),
        ("/conversation.css", "text/css; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
        ("/page.js", "application/javascript; charset=utf-8"),
        ("/links.js", "application/javascript; charset=utf-8"),
        ("/client.js", "application/javascript; charset=utf-8"),
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
