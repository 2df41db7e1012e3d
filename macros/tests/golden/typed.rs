/// Rooms, and who is in them.
#[websocket("/chat")]
pub mod chat {
    //! More about it.
    use super::*;

    pub struct Visitor {
        name: String,
    }

    fn attach(login: web::Query<Login>) -> Visitor {
        Visitor { name: login.into_inner().name }
    }

    #[topic("room/{id}", message = RoomEvent)]
    pub struct Room {
        pub id: u32,
    }

    #[topic]
    use crate::{prices::Price, markets::Place as Market};

    #[wire]
    pub struct Person {
        pub name: String,
    }

    #[levante::sends]
    enum Event<'a> {
        Welcome { name: &'a str },
    }

    #[closes]
    pub enum Bye {
        Kicked = 4001,
    }

    fn open(ws: &Ws) {
        ws.send(Event::Welcome { name: &ws.data.name });
    }

    fn message(ws: &Ws, file: &[u8]) {}

    /// Says something to everybody in a room.
    ///
    /// - in bold
    #[on]
    fn say(ws: &Ws, room: u32, text: &str, quiet: Option<bool>) -> Result<Sent, Refused> {
        Ok(Sent)
    }

    #[on]
    async fn r#move(me: &Me, r#type: String, text: &str) -> u32 {
        7
    }

    #[on]
    pub fn hurry(_ws: &Ws) {}

    #[on]
    fn fail(_ws: &Ws) -> ! {
        panic!()
    }

    /// The answer is what the room looks like now.
    #[join]
    async fn room(ws: &Ws, room: &Room) -> Result<Vec<Person>, Refused> {
        Ok(vec![])
    }

    #[join]
    fn market(ws: &Ws, Market { symbol }: Market) {}
}

#[websocket("/news")]
mod news {
    #[sends]
    enum Event {}

    fn open(ws: &Ws) {}
}
