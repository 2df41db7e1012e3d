use levante::{prelude::*, test::Client};

#[websocket("/chat")]
mod chat {
    #[wire]
    pub struct Said {
        pub text: String,
    }

    #[topic("room/{id}", message = Said)]
    pub struct Room {
        pub id: u32,
    }

    #[topic("attic", message = Said)]
    pub struct Attic;

    #[sends]
    pub enum Event {
        Welcome,
    }

    #[join]
    fn room(_ws: &Ws, _room: &Room) -> u32 {
        7
    }
}

async fn test(mut client: Client<chat::Ws>) {
    client.assert_event(chat::Said { text: "hi".into() }).await;
}

fn main() {
    let _ = (test, chat::service());
}
