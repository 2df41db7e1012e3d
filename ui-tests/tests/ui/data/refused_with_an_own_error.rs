use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    #[derive(Debug)]
    struct Refused;

    impl std::fmt::Display for Refused {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("log in first")
        }
    }

    impl std::error::Error for Refused {}

    fn attach() -> Refused {
        Refused
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
