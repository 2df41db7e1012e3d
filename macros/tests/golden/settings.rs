#[websocket(
    "/ws/{room}",
    idle_timeout = Duration::from_secs(60),
    max_message_size = self::LIMIT << 4,
    compression = Compression::Dedicated { window_bits: self::BITS },
    protocols = &["chat.v2", super::OLDER],
)]
mod socket {
    fn open(ws: &Ws) {}
}
