//! A client in Python, written from the guide's page on the protocol alone, visits the module of that
//! page.

use std::{fs, path::Path};

use actix_web::web;
use levante::prelude::*;

use super::{DRIVERS, finishes, python, script};
use crate::support::{requirements, serving::Serving};

#[derive(serde::Deserialize)]
struct Login {
    name: String,
}

#[websocket("/chat")]
mod chat {
    use super::*;

    pub(super) struct Visitor {
        name: String,
    }

    #[topic("room/{name}", message = RoomEvent)]
    pub(super) struct Room {
        name: String,
    }

    #[wire]
    pub(super) enum RoomEvent {
        Said { from: String, text: String },
    }

    #[wire]
    pub(super) enum Refused {
        NotInRoom,
        TooLong { most: usize },
    }

    #[sends]
    pub(super) enum Event {
        Welcome { you: String },
    }

    #[closes]
    pub(super) enum Bye {
        Done = 4001,
    }

    fn attach(login: web::Query<Login>) -> Visitor {
        Visitor {
            name: login.into_inner().name,
        }
    }

    fn open(ws: &Ws) {
        ws.send(Event::Welcome {
            you: ws.data.name.clone(),
        });
    }

    #[on]
    fn say(ws: &Ws, room: String, text: &str, times: Option<usize>) -> Result<usize, Refused> {
        let room = Room { name: room };
        if !ws.is_subscribed(&room) {
            return Err(Refused::NotInRoom);
        }
        let text = text.repeat(times.unwrap_or(1));
        if text.len() > 20 {
            return Err(Refused::TooLong { most: 20 });
        }
        let from = ws.data.name.clone();
        let published = ws.server().publish(&room, RoomEvent::Said { from, text });
        Ok(published.addressed)
    }

    #[on]
    fn done(ws: &Ws) {
        ws.close_with(Bye::Done, "see you");
    }

    #[join]
    fn room(_ws: &Ws, room: &Room) -> Result<Vec<String>, Refused> {
        match room.name.as_str() {
            "cellar" => Err(Refused::NotInRoom),
            name => Ok(vec![format!("the rules of {name}")]),
        }
    }
}

fn sockets(config: &mut web::ServiceConfig) {
    config.service(chat::service());
}

#[test]
#[cfg_attr(
    without_python,
    ignore = "needs Python with the package websockets: see CONTRIBUTING.md"
)]
fn forty_lines_of_python() {
    requirements::assert(requirements::python());
    let servers = DRIVERS.map(|driver| Serving::start(driver, sockets));
    let urls = servers.iter().map(|server| server.url("ws", "/chat"));
    finishes(python("typed.py").args(urls));
}

#[test]
fn the_guide_shows_the_tested_client() {
    let page = "../runtime/docs/guide/protocol.md";
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
    for name in ["levante_v1.py", "typed.py"] {
        let file = fs::read_to_string(script(name)).unwrap();
        let block = format!("```python\n{file}```\n");
        assert!(page.contains(&block), "{name} is not in protocol.md");
    }
}
