//! How many messages a peer may send at once. `connection/tests/time` tests how the allowance grows
//! with time.

use actix_web::web;
use levante::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Driver, Log, TestServer, frame, on_each_driver, serve, soon};

const BURST: MessageRate = MessageRate {
    per_second: 1,
    burst: 5,
};

/// Answers every message with `x`.
#[websocket("/limited", max_message_rate = BURST)]
mod limited {
    use super::*;

    pub(super) async fn attach(log: web::Data<Log>) -> Log {
        (**log).clone()
    }

    async fn message(ws: &Ws, _: String) {
        ws.send("x");
    }

    fn close(ws: &Ws, reason: CloseReason) {
        ws.data.push(format!("{} {:?}", reason.code, reason.by));
    }
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    config.service(limited::service().server(server));
}

const ANSWER: &[u8] = b"\x81\x01x";
const PING: &[u8] = b"\x89\x80\0\0\0\0";
const PONG: &[u8] = b"\x8A\x80\0\0\0\0";
const CLOSE: &[u8] = b"\x88\x82\0\0\0\0\x03\xE8";

fn messages(count: usize) -> Vec<u8> {
    frame(0x81, b"a").repeat(count)
}

/// Sends bytes at once, so that the server gets them in one read. Returns everything that comes
/// back.
async fn exchange(server: &TestServer, bytes: &[u8]) -> Vec<u8> {
    let mut stream = server.connect_raw("/limited").await;
    stream.write_all(bytes).await.unwrap();
    let mut seen = Vec::new();
    soon("the end", stream.read_to_end(&mut seen))
        .await
        .unwrap();
    seen
}

fn refusal() -> Vec<u8> {
    [b"\x88\x1E\x03\xF0", &b"more messages than the limit"[..]].concat()
}

on_each_driver! {
    async fn a_burst_is_taken_to_the_last_message(driver: Driver) {
        let server = serve(driver, app).await;
        for count in [4, 5] {
            // The Close frame at the end does not count.
            let seen = exchange(&server, &[&messages(count), CLOSE].concat()).await;
            assert_eq!(seen, [&ANSWER.repeat(count), &b"\x88\x02\x03\xE8"[..]].concat());
            assert_eq!(server.log.next().await, "1000 Peer");
        }
        let seen = exchange(&server, &[&messages(6), CLOSE].concat()).await;
        assert_eq!(seen, [ANSWER.repeat(5), refusal()].concat());
        assert_eq!(server.log.next().await, "1008 RateLimit");
        server.all_gone().await;
    }

    async fn pings_and_pongs_count(driver: Driver) {
        let server = serve(driver, app).await;
        for control in [PING, PONG] {
            let seen = exchange(&server, &[&messages(3), control, control, CLOSE].concat()).await;
            assert!(seen.ends_with(b"\x88\x02\x03\xE8"), "{seen:?}");
            assert_eq!(server.log.next().await, "1000 Peer");
            let seen = exchange(&server, &[&messages(4), control, control, CLOSE].concat()).await;
            assert!(seen.ends_with(&refusal()), "{seen:?}");
            assert_eq!(server.log.next().await, "1008 RateLimit");
        }
    }

    async fn a_message_in_fragments_is_one(driver: Driver) {
        let server = serve(driver, app).await;
        let message = [frame(0x01, b"a"), frame(0x00, b"b"), frame(0x80, b"c")].concat();
        let seen = exchange(&server, &[&message.repeat(5), CLOSE].concat()).await;
        assert!(seen.starts_with(&ANSWER.repeat(5)) && seen.ends_with(b"\x03\xE8"), "{seen:?}");
        let seen = exchange(&server, &[&message.repeat(6), CLOSE].concat()).await;
        assert_eq!(seen, [ANSWER.repeat(5), refusal()].concat());
    }

    async fn a_flood_is_cut_off_however_long_it_goes_on(driver: Driver) {
        let server = serve(driver, app).await;
        let seen = exchange(&server, &PING.repeat(200_000)).await;
        assert!(seen.ends_with(&refusal()), "{} bytes", seen.len());
        assert_eq!(server.log.next().await, "1008 RateLimit");
        server.all_gone().await;
    }
}
