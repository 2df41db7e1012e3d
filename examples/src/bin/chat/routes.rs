//! What reaches the sockets by plain requests.

use actix_web::{error::ErrorUnprocessableEntity, get, post, web};
use levante::prelude::*;
use serde::Deserialize;

use crate::{
    chat::socket,
    events::{Event, now, topic},
    rules,
};

/// Mounts the routes.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(announce).service(hello);
}

/// The query of an announcement.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    #[serde(default = "rules::lobby")]
    room: String,
}

/// Says something to everybody in a room: `curl -d 'Lunch!' 'http://127.0.0.1:8080/announce?room=lobby'`.
///
/// Whoever reaches the server may do so. An application would ask who it is.
#[post("/announce")]
async fn announce(
    server: Server,
    place: web::Query<Place>,
    text: String,
) -> Result<String, actix_web::Error> {
    let room = rules::room(&place.room).map_err(ErrorUnprocessableEntity)?;
    rules::text(&text).map_err(ErrorUnprocessableEntity)?;
    let (text, at) = (&*text, now());
    let reached = server.publish(topic(&room), Json(Event::Announcement { text, at }));
    Ok(format!("{reached} sockets"))
}

/// Greets whoever asks, over the socket that they name in the header `X-Socket-Id`.
#[get("/hello")]
async fn hello(ws: socket::Ws) -> &'static str {
    let (text, at) = ("Hello from a route!", now());
    ws.send(Json(Event::Announcement { text, at }));
    "sent"
}
