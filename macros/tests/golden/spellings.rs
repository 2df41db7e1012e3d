#[websocket("/ws")]
mod socket {
    type Me = Ws;

    fn open(ws: &Me) {}
    async fn message(ws: &Socket<Endpoint>, text: &str) {}
    fn ping(ws: &Ws, data: [u8]) {}
}
