use levante::prelude::*;

#[wire]
pub struct Opened;

#[topic("board/{id}", message = Opened)]
pub struct Numbered {
    pub id: u32,
}

#[topic("board/{name}", message = Opened)]
pub struct Board {
    pub name: String,
}

#[websocket("/boards")]
mod boards {
    #[topic]
    use super::{Board, Numbered};

    #[join]
    fn board(_ws: &Ws, _board: &Board) {}
}

#[websocket("/own")]
mod own {
    #[topic]
    use super::Board;
    use super::Opened;

    #[topic("board/{id}", message = Opened)]
    pub struct Own {
        pub id: u32,
    }

    fn open(ws: &Ws) {
        ws.subscribe(Own { id: 7 });
    }
}

fn main() {
    let _ = (boards::service(), own::service());
}
