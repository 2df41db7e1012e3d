//! Parameters at the end may be left out.

#![deny(warnings, dead_code)]

use levante::prelude::*;

#[websocket("/ws")]
mod socket {
    fn ping(ws: &Ws) {
        ws.send("pinged");
    }

    fn pong(ws: &Ws) {
        ws.send("ponged");
    }

    fn dropped(ws: &Ws) {
        ws.close();
    }

    fn subscription(ws: &Ws, topic: &str) {
        ws.send(topic);
    }

    fn close(_: &Ws) {}
}

#[websocket("/async")]
mod asynchronous {
    async fn ping(ws: &Ws) {
        ws.send("pinged");
    }

    async fn pong(ws: &Ws) {
        ws.send("ponged");
    }

    async fn dropped(ws: &Ws) {
        ws.close();
    }

    async fn subscription(ws: &Ws, topic: &str) {
        ws.send(topic);
    }

    async fn close(_: &Ws) {}
}

fn main() {
    socket::service();
    asynchronous::service();
}
