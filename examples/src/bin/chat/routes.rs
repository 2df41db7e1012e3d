//! Routes that send messages to sockets, and those that tell about the socket.

use actix_web::{
    HttpRequest, HttpResponse,
    error::{ErrorBadRequest, ErrorNotFound, ErrorServiceUnavailable, ErrorUnprocessableEntity},
    get,
    http::header::ContentType,
    post, web,
};
use levante::{Contract, Routed, prelude::*};
use levante_examples::origin::NoForeignOrigin;
use serde::Deserialize;

use crate::{
    messages::{Room, RoomEvent, now},
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
        .service(health)
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
    // Without people here there may be some at other servers.
    let conversation = rooms.find(&room);
    let number = conversation.map_or(0, |conversation| conversation.count_message());
    let announcement = RoomEvent::Announcement {
        number,
        text,
        at: now(),
    };
    let reached = server.publish(Room { name: room }, announcement);
    Ok(if rooms.servers().are_several() {
        format!("{reached} sockets of this server")
    } else {
        format!("{reached} sockets")
    })
}

/// Greets the caller over its own socket, which the header `X-Socket-Id` names. A load balancer may have
/// given the socket to another server than this request.
#[get("/hello")]
async fn hello(
    _: NoForeignOrigin,
    server: Server,
    request: HttpRequest,
) -> Result<&'static str, actix_web::Error> {
    let header = request.headers().get("x-socket-id");
    let id: SocketId = header
        .and_then(|id| id.to_str().ok())
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| ErrorBadRequest("The header X-Socket-Id has the id of a socket."))?;
    let (text, at) = ("Hello from a route!".to_owned(), now());
    match chat::Ws::send_to(&server, id, Event::Greeting { text, at }) {
        Routed::Here | Routed::Queued => Ok("sent"),
        Routed::NotFound => Err(ErrorNotFound("No such socket is open.")),
        _ => Err(ErrorServiceUnavailable("Too much waits to be sent.")),
    }
}

/// For a load balancer: the server is up, and so are its workers. A server that has lost the others still
/// serves its own people, so the status does not tell of it; the body does.
#[get("/health")]
async fn health(rooms: web::Data<Rooms>) -> String {
    format!("ok\n{}", rooms.servers())
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
