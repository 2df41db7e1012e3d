//! Routes that send messages to sockets.

use actix_web::{HttpResponse, error::ErrorUnprocessableEntity, get, post, web};
use levante::prelude::*;
use levante_examples::origin::NoForeignOrigin;
use serde::Deserialize;

use crate::{
    chat::{Join, socket},
    events::{Event, now, topic},
    rooms::Rooms,
    rules,
};

/// Mounts the routes.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(announce).service(hello).service(admission);
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
    let Some(room) = rooms.find(&room) else {
        return Ok("0 sockets".to_owned());
    };
    let (number, text, at) = (room.count_message(), &*text, now());
    let announcement = Event::Announcement { number, text, at };
    let reached = server.publish(topic(room.name()), Json(announcement));
    Ok(format!("{reached} sockets"))
}

/// Greets the caller over its own socket, which the header `X-Socket-Id` names.
#[get("/hello")]
async fn hello(_: NoForeignOrigin, ws: socket::Ws) -> &'static str {
    let (text, at) = ("Hello from a route!", now());
    ws.send(Json(Event::Greeting { text, at }));
    "sent"
}

/// Answers like a handshake with the same query. A browser does not tell its page why a handshake was
/// refused, so the page asks here.
#[get("/admission")]
async fn admission(
    join: web::Query<Join>,
    rooms: web::Data<Rooms>,
) -> Result<HttpResponse, actix_web::Error> {
    // Dropping it frees the seat at once.
    join.admit(&rooms)?;
    Ok(HttpResponse::NoContent().finish())
}
