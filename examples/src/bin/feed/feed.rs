//! The prices, and the socket that sends them.

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

/// The symbols that have prices.
const SYMBOLS: [&str; 3] = ["ACME", "GLOBEX", "INITECH"];

/// The time between two prices of a symbol.
const PERIOD: Duration = Duration::from_millis(200);

/// The range of a price.
const PRICES: RangeInclusive<f64> = 0.01..=1e9;

/// How fast a peer may send. Clients send no messages, but the pongs of browsers count.
const RATE: MessageRate = MessageRate {
    per_second: 1,
    burst: 10,
};

/// The topic of the prices of a symbol. A task and a route publish to it.
#[topic("price/{symbol}", message = Quote<'static>)]
pub(crate) struct Price {
    symbol: String,
}

impl Price {
    fn of(symbol: &str) -> Self {
        let symbol = symbol.to_owned();
        Self { symbol }
    }
}

/// The price of a symbol at a time.
#[wire]
#[derive(Clone, Copy)]
pub(crate) struct Quote<'a> {
    symbol: &'a str,
    price: f64,
}

/// Each client is sent prices.
#[websocket("/feed", max_message_size = 1, max_message_rate = self::RATE)]
pub(crate) mod socket {
    use super::*;

    #[topic]
    use super::Price;

    /// Subscribes a client to all prices. Each symbol has a price within a period.
    fn open(ws: &Ws) {
        for symbol in SYMBOLS {
            ws.subscribe(Price::of(symbol));
        }
    }
}

/// The last price of each symbol.
pub(crate) struct Market(Mutex<[Quote<'static>; 3]>);

impl Default for Market {
    fn default() -> Self {
        let quote = |symbol, price| Quote { symbol, price };
        let [acme, globex, initech] = SYMBOLS;
        Self(Mutex::new([
            quote(acme, 120.0),
            quote(globex, 48.5),
            quote(initech, 9.75),
        ]))
    }
}

impl Market {
    /// Moves each price a little.
    fn step(&self) -> [Quote<'static>; 3] {
        let mut quotes = self.quotes();
        for quote in &mut *quotes {
            quote.price = wander(quote.price);
        }
        *quotes
    }

    /// Sets the price of a symbol, if the symbol exists.
    fn set(&self, symbol: &str, price: f64) -> Option<Quote<'static>> {
        let mut quotes = self.quotes();
        let quote = quotes.iter_mut().find(|quote| quote.symbol == symbol)?;
        quote.price = price;
        Some(*quote)
    }

    fn quotes(&self) -> MutexGuard<'_, [Quote<'static>; 3]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A price that is at most half a percent from this one, in whole cents.
fn wander(price: f64) -> f64 {
    // Each `RandomState` has new random keys, which suffice as chance for a made-up price.
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
        // So that it is never faster than the workers, with every period and number of subscribers.
        server.ready().await;
    }
}

/// Sets and publishes the price of a symbol, which is the body: `99.5`.
///
/// Pages of other sites are refused; every other client may call it. A real application would
/// authenticate its clients.
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

/// Publishes the price of a symbol, and returns the number of subscribers. A slow subscriber gets the
/// latest price of each symbol.
fn publish(server: &Server, quote: Quote<'_>) -> Published {
    let policy = Policy::Latest(quote.symbol);
    server.publish_with(Price::of(quote.symbol), quote, policy)
}
