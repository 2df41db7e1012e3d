//! Tests of the price feed, without a network.

use std::time::Duration;

use actix_web::{App, rt, web};
use levante::{
    CloseCode,
    test::{self, Client, TestApp},
};
use serde_json::{Value, json};

use crate::feed::{self, Market};

const SYMBOLS: [&str; 3] = ["ACME", "GLOBEX", "INITECH"];

/// Builds the application and its market. Only the test changes prices in the market.
async fn feed() -> (TestApp, web::Data<Market>) {
    let market = web::Data::new(Market::default());
    let of_app = market.clone();
    let app = test::app(move || {
        App::new()
            .app_data(of_app.clone())
            .service(feed::set)
            .service(feed::socket::service())
    });
    (app.await, market)
}

async fn set(app: &TestApp, target: &str, price: impl ToString) -> (u16, String) {
    let response = app.post(target).body(price.to_string()).send().await;
    (response.status().as_u16(), response.text().to_owned())
}

async fn symbol(client: &mut Client) -> String {
    let quote: Value = client.json().await;
    let price = quote["data"]["price"].as_f64().unwrap();
    let symbol = quote["data"]["symbol"].as_str().unwrap();
    assert_eq!(quote, published(symbol, price));
    assert!(price > 0.0);
    symbol.to_owned()
}

/// What a client hears when the price of a symbol is published.
fn published(symbol: &str, price: f64) -> Value {
    json!({ "topic": format!("price/{symbol}"), "data": { "symbol": symbol, "price": price } })
}

#[levante::test]
async fn everybody_hears_of_every_price() {
    let (app, market) = feed().await;
    rt::spawn(feed::run(app.server(), market));
    let mut clients = [app.connect("/feed").await, app.connect("/feed").await];
    for _ in 0..3 {
        test::advance(Duration::from_millis(200)).await;
        for client in &mut clients {
            for expected in SYMBOLS {
                assert_eq!(symbol(client).await, expected);
            }
            client.assert_silent().await;
        }
    }
}

#[levante::test]
async fn a_price_that_is_set_is_heard_by_everybody() {
    let (app, _) = feed().await;
    let mut clients = [app.connect("/feed").await, app.connect("/feed").await];
    for (symbol, price) in [
        ("ACME", 123_456.75),
        ("GLOBEX", 0.01),
        ("INITECH", 1_000_000_000.0),
    ] {
        let answer = set(&app, &format!("/publish/{symbol}"), price).await;
        assert_eq!(answer, (200, "2 listeners".to_owned()));
        for client in &mut clients {
            assert_eq!(client.json::<Value>().await, published(symbol, price));
        }
    }
}

#[levante::test]
async fn a_slow_reader_gets_the_latest_price_of_each_symbol() {
    let (app, _) = feed().await;
    let mut slow = app.connect("/feed").await;
    slow.stop_reading();
    for price in 1..=1000 {
        for symbol in SYMBOLS {
            set(&app, &format!("/publish/{symbol}"), price).await;
        }
    }
    slow.read_on();
    for symbol in SYMBOLS {
        assert_eq!(slow.json::<Value>().await, published(symbol, 1000.0));
    }
    slow.assert_silent().await;
}

#[levante::test]
async fn what_is_no_price_is_published_to_nobody() {
    let (app, _) = feed().await;
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
        let (answer, said) = set(&app, target, price).await;
        assert_eq!(answer, status, "{target} {price}: {said}");
    }
    let answer = set(&app, "/publish/ACME", " 99.5\n").await;
    assert_eq!(answer, (200, "0 listeners".to_owned()));
}

#[levante::test]
async fn a_page_of_another_site_sets_no_price() {
    let (app, _) = feed().await;
    let post = |origin| app.post("/publish/ACME").origin(origin).body("99.5").send();
    for foreign in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        let answer = post(foreign).await;
        assert_eq!(answer.status(), 403, "{foreign}");
        assert!(answer.text().contains("Origin"), "{answer:?}");
    }
    assert_eq!(post("http://localhost").await.status(), 200);
}

#[levante::test]
async fn a_client_that_floods_is_cut_off() {
    let (app, _) = feed().await;
    let mut client = app.connect("/feed").await;
    for _ in 0..10 {
        client.send("x").await;
        client.assert_silent().await;
    }
    client.send("x").await;
    assert_eq!(client.closed().await.code, CloseCode::Policy);
}
