//! The server of the tests of generated clients: `PORT=0 cargo run --bin typed`. `typed typescript` and
//! `typed javascript` print the client of `chat`.

mod module;

use std::{env, io, process::ExitCode};

use actix_web::{App, HttpResponse, Responder, get, post, web};
use levante::prelude::*;

use self::module::chat;

#[actix_web::main]
async fn main() -> ExitCode {
    levante_examples::exit(match env::args().nth(1).as_deref() {
        Some("typescript") => {
            print!("{}", chat::contract().typescript());
            Ok(())
        }
        Some("javascript") => {
            print!("{}", chat::contract().javascript());
            Ok(())
        }
        _ => serve().await,
    })
}

/// Serves the socket, until the process is killed.
async fn serve() -> io::Result<()> {
    let listener = levante_examples::listen(8080)?;
    println!("http://{}", listener.local_addr()?);
    let app = || {
        App::new()
            .service(chat::service())
            .service(announce)
            .service(page)
    };
    levante::HttpServer::new(app)
        .workers(2)
        .listen(listener)?
        .run()
        .await
}

/// A route that speaks in a room.
#[post("/announce/{room}")]
async fn announce(server: Server, room: web::Path<u32>, text: String) -> impl Responder {
    let from = chat::Person {
        name: "server".to_owned(),
    };
    let room = chat::Room {
        id: room.into_inner(),
    };
    let published = server.publish(room, chat::RoomEvent::Said { from, text });
    published.addressed.to_string()
}

/// A page of the same origin.
#[get("/")]
async fn page() -> impl Responder {
    HttpResponse::Ok()
        .content_type("text/html")
        .body("<!doctype html><title>Test</title>")
}
