//! The feed: everybody hears of every price.

use std::collections::HashSet;

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::{client::Client, http, process::Example};

const SYMBOLS: [&str; 3] = ["ACME", "GLOBEX", "INITECH"];

async fn quote(client: &mut Client) -> Value {
    serde_json::from_str(client.next().await.to_text().unwrap()).unwrap()
}

#[tokio::test]
async fn everybody_hears_of_every_price() {
    let feed = Example::feed();
    let mut clients = [
        Client::connect(feed.address, "/feed").await,
        Client::connect(feed.address, "/feed").await,
    ];
    for client in &mut clients {
        let mut seen = HashSet::new();
        // Three rounds, whole ones but for the first.
        for _ in 0..3 * SYMBOLS.len() {
            let quote = quote(client).await;
            assert!(quote["price"].as_f64().unwrap() > 0.0);
            seen.insert(quote["symbol"].as_str().unwrap().to_owned());
        }
        assert_eq!(seen, SYMBOLS.map(str::to_owned).into());
    }

    for (symbol, price) in [
        ("ACME", 123_456.75),
        ("GLOBEX", 0.01),
        ("INITECH", 1_000_000_000.0),
    ] {
        let target = format!("/publish/{symbol}");
        let response = http::post(feed.address, &target, &price.to_string());
        assert_eq!((response.status, &*response.body), (200, "2 listeners"));
        let expected = json!({ "symbol": symbol, "price": price });
        for client in &mut clients {
            // Behind what was on its way before.
            let mut passed_over = 0;
            while quote(client).await != expected {
                passed_over += 1;
                assert!(passed_over < 1000, "{expected} never came");
            }
        }
    }
}

#[test]
fn what_is_no_price_is_published_to_nobody() {
    let feed = Example::feed();
    for (target, price, status) in [
        ("/publish/ACME", "", 422),
        ("/publish/ACME", "a lot", 422),
        ("/publish/ACME", "NaN", 422),
        ("/publish/ACME", "inf", 422),
        ("/publish/ACME", "-1", 422),
        ("/publish/ACME", "0.009", 422),
        ("/publish/ACME", "1000000000.5", 422),
        ("/publish/acme", "1", 404),
        ("/publish/", "1", 404),
    ] {
        let response = http::post(feed.address, target, price);
        assert_eq!(
            response.status, status,
            "{target} {price}: {}",
            response.body
        );
    }
    let response = http::post(feed.address, "/publish/ACME", " 99.5\n");
    assert_eq!((response.status, &*response.body), (200, "0 listeners"));
}

#[tokio::test]
async fn the_end_is_orderly() {
    let feed = Example::feed();
    let mut client = Client::connect(feed.address, "/feed").await;
    quote(&mut client).await;
    feed.signal(Signal::TERM);
    while !client.next().await.is_close() {}
    drop(client);
    assert_eq!(feed.exit().code(), Some(0));
}

#[test]
fn the_page_may_run_nothing_but_its_own_script() {
    let feed = Example::feed();
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
        ("/page.js", "application/javascript; charset=utf-8"),
    ] {
        let response = http::get(feed.address, path);
        assert_eq!(
            (response.status, response.header("content-type")),
            (200, kind)
        );
        let policy = response.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!response.body.contains("src=\"http") && !response.body.contains("@import"));
    }
}

#[test]
fn a_page_of_another_site_sets_no_price() {
    let feed = Example::feed();
    let post = |origin: &str| {
        let header = format!("origin: {origin}\r\n");
        http::post_with(feed.address, "/publish/ACME", &header, "99.5")
    };
    for foreign in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        let answer = post(foreign);
        assert_eq!(answer.status, 403, "{foreign}");
        assert!(answer.body.contains("Origin"), "{}", answer.body);
    }
    let own = format!("http://{}", feed.address);
    assert_eq!(post(&own).status, 200);
}

#[tokio::test]
async fn a_client_that_floods_is_cut_off() {
    let feed = Example::feed();
    let mut client = Client::connect(feed.address, "/feed").await;
    // It need not be cut off before all are sent, but is soon after the tenth.
    for _ in 0..20 {
        client.send(Message::text("x")).await;
    }
    // There is a price of each symbol in each fifth of a second, for as long as it is not.
    let mut prices = 0;
    let close = loop {
        match client.next().await {
            Message::Close(frame) => break frame.unwrap(),
            _ => prices += 1,
        }
        assert!(prices < 300, "it is still connected");
    };
    assert_eq!(u16::from(close.code), 1008);
}
