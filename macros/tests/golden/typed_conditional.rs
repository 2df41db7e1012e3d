#[websocket("/chat")]
mod chat {
    #[cfg(feature = "rooms")]
    #[topic("room/{id}", message = RoomEvent)]
    struct Room {
        id: u32,
    }

    #[cfg(feature = "welcome")]
    #[sends]
    enum Event {
        Welcome,
    }

    #[cfg(unix)]
    #[closes]
    enum Bye {
        Kicked = 4001,
    }

    #[cfg(windows)]
    #[closes]
    enum Farewell {
        Kicked = 4001,
    }

    #[cfg(unix)]
    #[on]
    fn say(ws: &Ws, text: &str) {}

    #[cfg(not(unix))]
    #[on]
    fn say(ws: &Ws, text: String) {}

    #[cfg(feature = "rooms")]
    #[join]
    fn room(ws: &Ws, room: &Room) {}
}
