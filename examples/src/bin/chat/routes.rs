//! Routes that send messages to sockets, and those that tell about the socket.

use actix_web::{
    HttpResponse, error::ErrorUnprocessableEntity, get, http::header::ContentType, post, web,
};
use levante::{Contract, prelude::*};
use levante_examples::origin::NoForeignOrigin;
use serde::Deserialize;

use crate::{
    messages::{RoomEvent, now},
    rooms::Rooms,
    rules,
    socket::{
        Entry,
        chat::{self, Event},
    },
};

/// Mounts the routes.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(announce)
        .service(hello)
        .service(admission)
        .service(contract)
        .service(asyncapi);
}

/// The query of an announcement.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    #[serde(default = "rules::lobby")]
    room: String,
}

/// Sends a message to all people in a room: `curl -d 'Lunch!' 'http://127.0.0.1:8080/announce?room=lobby'`.
///
/// Pages of other sites are refused; every other client may call it. A real application would
/// authenticate its clients.
#[post("/announce")]
async fn announce(
    _: NoForeignOrigin,
    server: Server,
    rooms: web::Data<Rooms>,
    place: web::Query<Place>,
    text: String,
) -> Result<String, actix_web::Error> {
    let room = rules::room(&place.room).map_err(ErrorUnprocessableEntity)?;
    rules::text(&text).map_err(ErrorUnprocessableEntity)?;
    let Some(conversation) = rooms.find(&room) else {
        return Ok("0 sockets".to_owned());
    };
    let (number, at) = (conversation.count_message(), now());
    let announcement = RoomEvent::Announcement { number, text, at };
    let reached = server.publish(conversation.room(), announcement);
    Ok(format!("{reached} sockets"))
}

/// Greets the caller over its own socket, which the header `X-Socket-Id` names.
#[get("/hello")]
async fn hello(_: NoForeignOrigin, ws: chat::Ws) -> &'static str {
    let (text, at) = ("Hello from a route!".to_owned(), now());
    ws.send(Event::Greeting { text, at });
    "sent"
}

/// Answers like a handshake with the same query. A browser does not tell its page why a handshake was
/// refused, so the page asks here.
#[get("/admission")]
async fn admission(
    entry: web::Query<Entry>,
    rooms: web::Data<Rooms>,
) -> Result<HttpResponse, actix_web::Error> {
    // Dropping it frees the seat at once.
    entry.admit(&rooms)?;
    Ok(HttpResponse::NoContent().finish())
}

/// What the socket and its clients say to each other, from which clients are generated.
#[get("/contract.json")]
async fn contract() -> web::Json<Contract> {
    web::Json(chat::contract())
}

/// The same as a document of AsyncAPI, for its viewers and generators.
#[get("/asyncapi.json")]
async fn asyncapi() -> HttpResponse {
    let document = chat::contract().asyncapi("Chat", env!("CARGO_PKG_VERSION"));
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(document)
}
