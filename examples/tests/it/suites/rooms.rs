//! The first application of the guide's page on typed modules, in two windows.

use std::{fs, path::Path, process::Command, time::Instant};

use actix_web::{HttpResponse, Responder, get, web};
use levante::{Topic, prelude::*};

use super::browser::LONGEST_RUN;
use crate::support::{process::Process, requirements, serving::Serving};

#[derive(serde::Deserialize)]
struct Login {
    name: String,
}

#[expect(unreachable_pub, reason = "the guide has it in an application")]
#[websocket("/chat")]
mod chat {
    use super::*;

    pub struct Visitor {
        name: String,
    }

    /// A room. Its subscribers get its events.
    #[topic("room/{id}", message = RoomEvent)]
    pub struct Room {
        pub id: u32,
    }

    /// Events for all in a room.
    #[wire]
    pub enum RoomEvent {
        Entered { name: String },
        Left { name: String },
        Said { name: String, text: String },
    }

    /// Events for one visitor.
    #[sends]
    pub enum Event {
        Welcome { name: String, rooms: Vec<u32> },
    }

    /// The reasons for which the server refuses.
    #[wire]
    pub enum Refused {
        NoSuchRoom,
        NotInRoom,
        TooLong { most: usize },
    }

    /// The reasons for which the server ends a connection.
    #[closes]
    pub enum Bye {
        /// The visitor has asked for it.
        AsYouWish = 4001,
    }

    fn attach(login: web::Query<Login>) -> Visitor {
        Visitor {
            name: login.into_inner().name,
        }
    }

    fn open(ws: &Ws) {
        ws.send(Event::Welcome {
            name: ws.data.name.clone(),
            rooms: vec![1, 7],
        });
    }

    /// Enters a room. The answer has the names of all visitors in it.
    #[join]
    fn room(ws: &Ws, room: &Room) -> Result<Vec<String>, Refused> {
        if ![1, 7].contains(&room.id) {
            return Err(Refused::NoSuchRoom);
        }
        // Subscribes first: a visitor who enters meanwhile is in the list, or comes as an event.
        ws.subscribe(room);
        let visitors = ws.server().subscribers::<Ws>(room);
        Ok(visitors
            .iter()
            .map(|visitor| visitor.data.name.clone())
            .collect())
    }

    /// Says something to all others in a room. The answer is their number.
    #[on]
    fn say(ws: &Ws, room: u32, text: String) -> Result<usize, Refused> {
        let room = Room { id: room };
        if !ws.is_subscribed(&room) {
            return Err(Refused::NotInRoom);
        }
        if text.len() > 2000 {
            return Err(Refused::TooLong { most: 2000 });
        }
        let said = RoomEvent::Said {
            name: ws.data.name.clone(),
            text,
        };
        Ok(ws.publish(&room, said).addressed)
    }

    /// Ends the connection.
    #[on]
    fn leave_for_good(ws: &Ws) {
        ws.close_with(Bye::AsYouWish, "see you");
    }

    // This socket has joined or left a topic.
    fn subscription(ws: &Ws, topic: &str) {
        if let Some(room) = Room::from_name(topic) {
            let name = ws.data.name.clone();
            let event = if ws.is_subscribed(&room) {
                RoomEvent::Entered { name }
            } else {
                RoomEvent::Left { name }
            };
            ws.publish(&room, event);
        }
    }
}

#[get("/")]
async fn page() -> web::Html {
    web::Html::new(block("html"))
}

#[get("/chat.js")]
async fn chat_js() -> impl Responder {
    HttpResponse::Ok()
        .content_type("text/javascript")
        .body(chat::contract().javascript())
}

fn services(config: &mut web::ServiceConfig) {
    config
        .service(page)
        .service(chat_js)
        .service(chat::service());
}

#[test]
#[cfg_attr(
    without_browser,
    ignore = "needs Chromium, and Node.js with its packages: see CONTRIBUTING.md"
)]
fn two_browsers_run_the_first_application() {
    requirements::assert(requirements::browser());
    let server = Serving::start("takeover", services);
    let mut script = Process::start(
        Command::new("node")
            .arg(requirements::tests().join("browser/rooms.mjs"))
            .arg(server.url("http", "/"))
            .env("CHROMIUM", requirements::chromium()),
    );
    script.passes_before(Instant::now() + LONGEST_RUN);
}

#[test]
fn the_guide_shows_the_tested_module() {
    let here = include_str!("rooms.rs");
    let (_, here) = here.split_once("#[websocket").unwrap();
    let (here, _) = here.split_once("#[get").unwrap();
    let shown = squeezed(&block("no_run"));
    assert!(shown.contains(&squeezed(here)), "{shown}");
}

/// The code without spaces and line breaks, and without the commas that only rustfmt adds.
fn squeezed(code: &str) -> String {
    let code: String = code.split_whitespace().collect();
    code.replace(",}", "}").replace(",)", ")")
}

/// The first block of code of this language on the page of the guide.
fn block(language: &str) -> String {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/docs/guide");
    let text = fs::read_to_string(guide.join("typed_modules.md")).unwrap();
    let (_, rest) = text.split_once(&format!("```{language}\n")).unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    block.to_owned()
}
