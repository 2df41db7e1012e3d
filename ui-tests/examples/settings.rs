#![deny(warnings, dead_code)]

use std::time::Duration;

use levante::prelude::*;

const fn kibibytes(n: usize) -> usize {
    n << 10
}

const fn protocols() -> [&'static str; 2] {
    ["chat.v2", "chat.v1"]
}

mod limits {
    pub const MESSAGE: usize = 1 << 16;
    pub const SEND_PINGS: bool = false;
    pub const RATE: levante::MessageRate = levante::MessageRate {
        per_second: 1,
        burst: 1_000_000,
    };
}

use limits::SEND_PINGS;

pub mod sockets {
    use super::*;

    const WINDOW_BITS: u8 = 12;
    const OWN_NAME: &str = "localhost";
    const LIFETIME: Duration = Duration::from_secs(60 * 60);

    #[websocket(
        "/chat/{room:[a-z]{1,9}}/{tail}*",
        idle_timeout = Duration::ZERO,
        send_pings = SEND_PINGS,
        ping_interval = Duration::ZERO,
        max_lifetime = self::LIFETIME,
        handshake_timeout = Duration::ZERO,
        close_timeout = Duration::from_millis(10),
        handler_timeout = self::LIFETIME,
        max_message_size = super::limits::MESSAGE,
        max_frames_per_message = 1,
        max_message_rate = super::limits::RATE,
        max_subscriptions = 1,
        max_topics = 0,
        max_topic_len = kibibytes(1),
        backpressure_limit = kibibytes(64),
        close_on_backpressure_limit = true,
        publish_to_self = !SEND_PINGS,
        compression = Compression::Dedicated { window_bits: self::WINDOW_BITS },
        compression_threshold = kibibytes(1),
        protocols = &protocols(),
        hosts = &["example.com", self::OWN_NAME, "[::1]"],
        origins = Origins::List(&["https://example.com", "http://[::1]:3000", "app://desktop"]),
    )]
    pub mod chat {
        fn open(ws: &Ws) {
            ws.send("hello");
        }
    }

    #[websocket(
        "/",
        origins = Origins::Any,
        compression = Compression::Shared,
        max_message_rate = MessageRate { per_second: 10, ..super::limits::RATE },
    )]
    pub mod root {
        fn open(ws: &Ws) {
            ws.send("hello");
        }
    }
}

fn main() {
    sockets::chat::service();
    sockets::root::service();
}
