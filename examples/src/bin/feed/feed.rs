//! Prices: where they come from, and how everybody hears of them.

use std::{
    hash::{BuildHasher, RandomState},
    ops::RangeInclusive,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::{
    error::{ErrorNotFound, ErrorUnprocessableEntity},
    post,
    rt::time::interval,
    web,
};
use levante::prelude::*;
use levante_examples::origin::NoForeignOrigin;
use serde::Serialize;

/// The topic of all prices.
const TOPIC: &str = "prices";

/// A price of each symbol is published so often.
const PERIOD: Duration = Duration::from_millis(200);

/// What a price may be.
const PRICES: RangeInclusive<f64> = 0.01..=1e9;

/// What a peer may send. There is nothing to say, but the pongs that browsers answer pings with
/// count.
const RATE: MessageRate = MessageRate {
    per_second: 1,
    burst: 10,
};

/// Each client is sent prices.
#[websocket("/feed", max_message_size = 1, max_message_rate = self::RATE)]
pub(crate) mod socket {
    use super::*;

    /// A price of each symbol follows within a period.
    fn open(ws: &Ws) {
        ws.subscribe(TOPIC);
    }
}

/// What a symbol costs.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Quote {
    symbol: &'static str,
    price: f64,
}

/// The last price of each symbol.
pub(crate) struct Market(Mutex<[Quote; 3]>);

impl Default for Market {
    fn default() -> Self {
        let quote = |symbol, price| Quote { symbol, price };
        Self(Mutex::new([
            quote("ACME", 120.0),
            quote("GLOBEX", 48.5),
            quote("INITECH", 9.75),
        ]))
    }
}

impl Market {
    /// Moves each price a little.
    fn step(&self) -> [Quote; 3] {
        let mut quotes = self.quotes();
        for quote in &mut *quotes {
            quote.price = wander(quote.price);
        }
        *quotes
    }

    /// Sets the price of a symbol, if there is such a symbol.
    fn set(&self, symbol: &str, price: f64) -> Option<Quote> {
        let mut quotes = self.quotes();
        let quote = quotes.iter_mut().find(|quote| quote.symbol == symbol)?;
        quote.price = price;
        Some(*quote)
    }

    fn quotes(&self) -> MutexGuard<'_, [Quote; 3]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A price that is at most half a percent from this one, in whole cents.
fn wander(price: f64) -> f64 {
    // Each `RandomState` has keys of its own, which is all the chance that a made-up price needs.
    let chance = RandomState::new().hash_one(()) as f64 / u64::MAX as f64;
    let moved = price * (0.995 + 0.01 * chance);
    let cents = (moved * 100.0).round() / 100.0;
    cents.clamp(*PRICES.start(), *PRICES.end())
}

/// Publishes prices at a steady rate, for as long as the server runs.
pub(crate) async fn run(server: Server, market: web::Data<Market>) {
    let mut period = interval(PERIOD);
    loop {
        period.tick().await;
        for quote in market.step() {
            publish(&server, quote);
        }
        // So that it is never faster than the workers, whatever the period and however many listen.
        server.ready().await;
    }
}

/// Sets and publishes the price of a symbol, which is the body: `99.5`.
///
/// Each client that reaches the server may do so, and no page of another site. An application would
/// ask who it is.
#[post("/publish/{symbol}")]
pub(crate) async fn set(
    _: NoForeignOrigin,
    server: Server,
    market: web::Data<Market>,
    symbol: web::Path<String>,
    price: String,
) -> Result<String, actix_web::Error> {
    let price = price.trim().parse().ok();
    let price = price
        .filter(|price| PRICES.contains(price))
        .ok_or_else(|| ErrorUnprocessableEntity("A price is a number from 0.01 to 1000000000."))?;
    let quote = market
        .set(&symbol, price)
        .ok_or_else(|| ErrorNotFound("There is no such symbol."))?;
    Ok(format!("{} listeners", publish(&server, quote)))
}

/// Tells everybody what a symbol costs, and returns how many that are. Whoever is too slow for every
/// price gets the latest of each symbol.
fn publish(server: &Server, quote: Quote) -> Published {
    server.publish_with(TOPIC, Json(quote), Policy::Latest(quote.symbol))
}
