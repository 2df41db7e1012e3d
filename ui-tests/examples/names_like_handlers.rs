//! Items that are no handlers may have such names, if something uses them.

#![deny(warnings, dead_code)]

use std::cell::Cell;

use levante::prelude::*;

/// Functions that are imported below.
mod others {
    pub(super) fn drain(count: usize) -> usize {
        count
    }

    pub(super) fn error(_: std::num::ParseIntError) -> &'static str {
        "no number"
    }
}

#[websocket("/without/a/socket")]
mod without_a_socket {
    use super::*;

    thread_local! {
        static COUNT: Cell<usize> = const { Cell::new(0) };
    }

    fn open(ws: &Ws) {
        ws.send(format!("{} {}", messages(), closed()));
        opens();
        drained(errors());
        pings(connect("somewhere"), disconnect());
    }

    fn messages() -> usize {
        COUNT.get()
    }

    pub(crate) fn errors() -> usize {
        messages()
    }

    fn closed() -> bool {
        false
    }

    fn opens() {}

    fn drained(_: usize) {}

    async fn on_message(_: &str) {}

    fn pings(_: usize, _: usize) {
        drop(on_message("is no handler"));
    }

    fn connect(address: &str) -> usize {
        address.len()
    }

    fn disconnect() -> usize {
        0
    }
}

#[websocket("/with/a/socket")]
mod with_a_socket {
    fn open(ws: &Ws) {
        connect(ws, "lobby");
    }

    fn message(ws: &Ws, text: &str) {
        match text {
            "bye" => disconnect(ws),
            text => handle_message(ws, text),
        }
    }

    fn close(ws: &Ws) {
        closed(ws);
    }

    fn connect(ws: &Ws, room: &str) {
        ws.subscribe(room);
    }

    fn disconnect(ws: &Ws) {
        ws.close();
    }

    fn handle_message(ws: &Ws, text: &str) {
        ws.publish("lobby", text);
    }

    fn closed(ws: &Ws) {
        ws.publish("lobby", "somebody left");
    }

    /// For routes.
    pub(crate) fn on_disconnect(ws: &Ws) {
        ws.terminate();
    }
}

#[websocket("/other/items")]
mod other_items {
    use actix_web::error;

    use self::message::Kind;
    use super::others::drain;

    mod message {
        pub(super) enum Kind {
            Text,
        }
    }

    #[allow(non_upper_case_globals)]
    const pong: &str = "pong";

    pub mod ping {
        pub const BYTES: usize = 125;
    }

    fn attach() -> Result<u32, error::Error> {
        Err(error::ErrorForbidden("nobody gets in"))
    }

    fn open(ws: &Ws) {
        let Kind::Text = Kind::Text;
        ws.send(format!("{}{}", drain(1), pong));
    }
}

#[websocket("/macros")]
mod macros {
    use super::others::error;

    trait Greets {
        fn open(&self, ws: &Ws);
    }

    macro_rules! greets {
        ($name:ident, $close:ident) => {
            struct $name;

            impl Greets for $name {
                fn open(&self, ws: &Ws) {
                    ws.send("hello");
                }
            }

            fn $close(ws: &Ws) {
                ws.close();
            }
        };
    }

    greets!(Greeter, end);

    fn message(ws: &Ws, text: &str) -> Result<(), &'static str> {
        Greeter.open(ws);
        let _: u8 = text.parse().map_err(error)?;
        end(ws);
        Ok(())
    }
}

fn main() {
    without_a_socket::service();
    with_a_socket::service();
    other_items::service();
    macros::service();
    println!(
        "{} {}",
        without_a_socket::errors(),
        other_items::ping::BYTES
    );
    let _: fn(&with_a_socket::Ws) = with_a_socket::on_disconnect;
}
