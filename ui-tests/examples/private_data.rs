#![deny(warnings, dead_code)]

use levante::prelude::*;

#[websocket("/ws")]
mod socket {
    struct Visitor {
        name: String,
    }

    fn attach() -> Result<Visitor, std::io::Error> {
        Ok(Visitor {
            name: "somebody".into(),
        })
    }

    fn open(ws: &Ws) {
        ws.send(&ws.data.name);
    }
}

#[websocket("/nested")]
pub mod nested {
    use levante::prelude::*;

    struct Visitor {
        name: String,
    }

    #[derive(Default)]
    pub struct Seats;

    async fn attach() -> Attached<Vec<(Seats, Option<self::Visitor>)>> {
        Attached::new(vec![(
            Seats,
            Some(Visitor {
                name: "somebody".into(),
            }),
        )])
    }

    fn open(ws: &Ws) {
        for visitor in ws.data.iter().filter_map(|(_, visitor)| visitor.as_ref()) {
            ws.send(&visitor.name);
        }
    }
}

fn main() {
    socket::service();
    nested::service();
}
