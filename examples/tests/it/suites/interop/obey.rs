//! Sockets that send and publish messages as their clients command.

use actix_web::web;
use levante::prelude::*;

/// The first line of a message lists steps to perform with the rest. Nothing is written before all
/// steps are done.
#[websocket("/obey")]
mod orders {
    use super::*;

    fn message(ws: &Ws, order: Incoming<'_>) {
        let topic = ws.id().to_string();
        let text = str::from_utf8(order.as_bytes()).unwrap();
        let (steps, rest) = text.split_once('\n').unwrap();
        for (number, step) in steps.split(' ').enumerate() {
            let text = format!("{number} {step}\n{rest}");
            let message = match order.as_text() {
                Ok(_) => Message::Text(text.into()),
                Err(_) => Message::Binary(text.into()),
            };
            match step {
                "subscribe" => _ = ws.subscribe(&topic),
                "unsubscribe" => _ = ws.unsubscribe(&topic),
                "send" => _ = ws.send(Compressed(message)),
                "send-plain" => _ = ws.send(message),
                "publish" => _ = ws.server().publish(&topic, Compressed(message)),
                "publish-plain" => _ = ws.server().publish(&topic, message),
                other => panic!("{other} cannot be obeyed"),
            }
        }
    }
}

/// A socket for each compression, below a scope of its name.
pub(super) fn sockets(config: &mut web::ServiceConfig) {
    let dedicated = Compression::Dedicated { window_bits: 15 };
    for (path, compression) in [("/shared", Compression::Shared), ("/dedicated", dedicated)] {
        let service = orders::service().compression(compression);
        config.service(web::scope(path).service(service));
    }
}
