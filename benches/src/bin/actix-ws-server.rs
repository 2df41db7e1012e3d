//! The baseline: raw actix-ws, written like its own example, with the paths of `bench-server`.

use std::{io, process::ExitCode, sync::Arc};

use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, rt, web};
use actix_ws::{Message, MessageStream, Session};
use bytestring::ByteString;
use futures_util::stream::{FuturesUnordered, StreamExt};
use levante_benches::Environment;
use tokio::sync::Mutex;

/// The sessions that a message goes to.
#[derive(Clone, Default)]
struct Room {
    sessions: Arc<Mutex<Vec<Session>>>,
}

impl Room {
    async fn insert(&self, session: Session) {
        self.sessions.lock().await.push(session);
    }

    /// Sends to all sessions at once, and keeps the sessions that are still open.
    async fn send(&self, text: ByteString) {
        let mut sessions = self.sessions.lock().await;
        let mut sending = FuturesUnordered::new();
        for mut session in sessions.drain(..) {
            let text = text.clone();
            sending.push(async move { session.text(text).await.map(|()| session) });
        }
        while let Some(sent) = sending.next().await {
            sessions.extend(sent);
        }
    }
}

/// The members of the chat, and the subscribers of the feed.
#[derive(Clone, Default)]
struct Rooms {
    chat: Room,
    feed: Room,
}

#[derive(serde::Deserialize)]
struct Join {
    name: String,
}

/// The largest payload of a frame: more than the largest message of the comparison.
const MAX_FRAME: usize = 128 << 10;

fn upgrade(
    request: &HttpRequest,
    body: web::Payload,
) -> Result<(HttpResponse, Session, MessageStream), Error> {
    let (response, session, messages) = actix_ws::handle(request, body)?;
    Ok((response, session, messages.max_frame_size(MAX_FRAME)))
}

async fn echo(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, Error> {
    let (response, mut session, mut messages) = upgrade(&request, body)?;
    rt::spawn(async move {
        while let Some(Ok(message)) = messages.recv().await {
            let sent = match message {
                Message::Text(text) => session.text(text).await,
                Message::Binary(bytes) => session.binary(bytes).await,
                Message::Ping(bytes) => session.pong(&bytes).await,
                Message::Close(_) => break,
                _ => continue,
            };
            if sent.is_err() {
                return;
            }
        }
        // It fails if the peer has already gone.
        let _ = session.close(None).await;
    });
    Ok(response)
}

async fn chat(
    request: HttpRequest,
    body: web::Payload,
    join: web::Query<Join>,
    rooms: web::Data<Rooms>,
) -> Result<HttpResponse, Error> {
    let (response, session, mut messages) = upgrade(&request, body)?;
    let name = join.into_inner().name;
    rooms.chat.insert(session).await;
    rt::spawn(async move {
        while let Some(Ok(message)) = messages.recv().await {
            if let Message::Text(text) = message {
                rooms.chat.send(format!("{name}: {text}").into()).await;
            }
        }
    });
    Ok(response)
}

async fn feed(
    request: HttpRequest,
    body: web::Payload,
    rooms: web::Data<Rooms>,
) -> Result<HttpResponse, Error> {
    let (response, mut session, mut messages) = upgrade(&request, body)?;
    rooms.feed.insert(session.clone()).await;
    rt::spawn(async move {
        if session.text("ready").await.is_ok() {
            while let Some(Ok(_)) = messages.recv().await {}
        }
    });
    Ok(response)
}

async fn publish(
    request: HttpRequest,
    body: web::Payload,
    rooms: web::Data<Rooms>,
) -> Result<HttpResponse, Error> {
    let (response, session, mut messages) = upgrade(&request, body)?;
    rt::spawn(async move {
        while let Some(Ok(message)) = messages.recv().await {
            if let Message::Text(text) = message {
                rooms.feed.send(text).await;
            }
        }
        drop(session);
    });
    Ok(response)
}

#[actix_web::main]
async fn main() -> ExitCode {
    levante_benches::exit(serve().await)
}

async fn serve() -> io::Result<()> {
    let Environment {
        address,
        workers,
        tls,
    } = Environment::read()?;
    let rooms = web::Data::new(Rooms::default());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(rooms.clone())
            .route("/ws", web::get().to(echo))
            .route("/chat", web::get().to(chat))
            .route("/feed", web::get().to(feed))
            .route("/publish", web::get().to(publish))
    })
    .workers(workers)
    .tcp_nodelay(true);
    let server = match tls {
        Some(config) => server.bind_rustls_0_23(address, config)?,
        None => server.bind(address)?,
    };
    server.run().await
}
