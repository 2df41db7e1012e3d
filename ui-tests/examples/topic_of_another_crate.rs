//! A module hears and lets clients join a topic of another crate.
#![deny(warnings, dead_code)]

use levante::prelude::*;
use levante_ui_tests::{Change, Price};

#[websocket("/prices")]
pub mod prices {
    #[topic]
    use levante_ui_tests::Price;

    use super::*;

    fn open(ws: &Ws) {
        ws.subscribe(price("A"));
    }

    #[on]
    fn set(ws: &Ws, symbol: &str, cents: u64) {
        ws.publish(price(symbol), Change { cents });
    }

    #[join]
    fn price_of(_ws: &Ws, price: Price) -> String {
        price.symbol
    }
}

fn price(symbol: &str) -> Price {
    let symbol = symbol.to_owned();
    Price { symbol }
}

fn main() {
    let server = Server::new();
    let _ = prices::service().server(&server);
    server.publish(price("A"), Change { cents: 120 });
}
