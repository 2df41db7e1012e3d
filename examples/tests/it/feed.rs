//! The feed: everybody hears of every price.

use std::collections::HashSet;

use rustix::process::Signal;
use serde_json::{Value, json};

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
async fn nothing_comes_from_elsewhere_and_the_end_is_orderly() {
    let feed = Example::feed();
    let page = http::get(feed.address, "/");
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(!page.body.contains("src=\"http") && !page.body.contains("@import"));

    let mut client = Client::connect(feed.address, "/feed").await;
    quote(&mut client).await;
    feed.signal(Signal::TERM);
    while !client.next().await.is_close() {}
    drop(client);
    assert_eq!(feed.exit().code(), Some(0));
}
