#[websocket("/chat")]
mod chat {
    #[topic("room/{id}", message = RoomEvent)]
    struct Room {
        id: u32,
    }

    #[sends]
    enum Event {
        Welcome,
    }

    #[on]
    #[inline]
    fn close(ws: &Ws, _text: &str, (a, b): (u8, u8), d: &u32) -> impl Serialize {}

    #[join("room")]
    fn person(ws: &Ws, person: &Person) {}

    #[event("say")]
    fn say(ws: &Ws, text: &str) {}

    #[on]
    struct Chat;

    fn contract() {}
}
