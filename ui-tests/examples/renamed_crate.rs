//! `crate = …` names levante where `::levante` is another crate, or none.

#![deny(warnings, dead_code)]

extern crate core as levante;
pub extern crate levante as rt;

use rt::prelude::*;

pub mod deps {
    pub use rt;
}

#[rt::websocket("/dependency", crate = rt, send_pings = true)]
mod dependency {
    async fn attach() -> Result<u32, actix_web::Error> {
        Ok(7)
    }

    fn open(ws: &Ws) {
        ws.send(ws.data.to_string());
    }

    async fn message(ws: &Ws, text: &str) {
        ws.send(text);
    }
}

#[websocket(crate = crate::deps::rt, "/absolute")]
mod absolute {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

pub mod sockets {
    use rt::websocket;

    #[websocket("/relative", crate = super::deps::rt)]
    pub mod relative {
        fn open(ws: &Ws) {
            ws.send("hello");
        }
    }
}

#[websocket("/typed", crate = crate::deps::rt)]
mod typed {
    // Attributes of the module mean those of levante, whatever has their names.
    #[allow(unused_imports)]
    use std::{println as join, println as on, println as wire};

    #[topic("room/{id}", message = News)]
    struct Room {
        id: u32,
    }

    #[wire]
    struct News {
        text: String,
    }

    #[sends]
    enum Event {
        Welcome,
    }

    #[closes]
    enum Bye {
        Kicked = 4001,
    }

    fn open(ws: &Ws) {
        ws.send(Event::Welcome);
    }

    #[rt::on]
    fn say(ws: &Ws, room: u32, text: &str) {
        let text = text.to_owned();
        if ws.publish(Room { id: room }, News { text }) == 0 {
            ws.close_with(Bye::Kicked, "");
        }
    }

    #[crate::deps::rt::join]
    fn room(_ws: &Ws, _room: &Room) {}
}

macro_rules! echo {
    ($name:ident) => {
        #[websocket("/macro", crate = $crate::deps::rt)]
        mod $name {
            fn message(ws: &Ws, text: &str) {
                ws.send(text);
            }
        }
    };
}

echo!(of_a_macro);

fn main() {
    dependency::service();
    absolute::service();
    sockets::relative::service();
    typed::service();
    of_a_macro::service();
}
