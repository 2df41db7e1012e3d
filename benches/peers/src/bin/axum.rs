//! axum's `extract::ws`, with a broadcast channel for each room, like its chat example.

use std::io;

use axum::{
    Router,
    extract::{
        Query, State, WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket},
    },
    response::Response,
    routing::get,
    serve::ListenerExt,
};
use futures_util::{SinkExt, StreamExt};
use tokio::{net::TcpListener, sync::broadcast};

/// Room for all messages of a round, so that no receiver lags. A lag would end its connection.
const CAPACITY: usize = 1 << 16;

#[derive(Clone)]
struct Rooms {
    chat: broadcast::Sender<Utf8Bytes>,
    feed: broadcast::Sender<Utf8Bytes>,
}

#[derive(serde::Deserialize)]
struct Join {
    name: String,
}

fn main() -> io::Result<()> {
    levante_peers::run(serve)
}

async fn serve(listener: TcpListener) -> io::Result<()> {
    let rooms = Rooms {
        chat: broadcast::Sender::new(CAPACITY),
        feed: broadcast::Sender::new(CAPACITY),
    };
    let app = Router::new()
        .route("/ws", get(async |ws: WebSocketUpgrade| ws.on_upgrade(echo)))
        .route("/chat", get(enter))
        .route("/feed", get(subscribe))
        .route("/publish", get(announce))
        .with_state(rooms);
    let listener = listener.tap_io(|stream| {
        // It fails only if the peer has gone, which a later read or write shows.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app).await
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

async fn enter(
    ws: WebSocketUpgrade,
    Query(Join { name }): Query<Join>,
    State(rooms): State<Rooms>,
) -> Response {
    ws.on_upgrade(move |socket| chat(socket, name, rooms.chat))
}

async fn chat(socket: WebSocket, name: String, room: broadcast::Sender<Utf8Bytes>) {
    let messages = room.subscribe();
    let (sender, mut receiver) = socket.split();
    let sending = tokio::spawn(forward(messages, sender));
    while let Some(Ok(Message::Text(text))) = receiver.next().await {
        // It fails only if the room is empty.
        let _ = room.send(format!("{name}: {text}").into());
    }
    sending.abort();
}

async fn subscribe(ws: WebSocketUpgrade, State(rooms): State<Rooms>) -> Response {
    ws.on_upgrade(async move |mut socket| {
        let messages = rooms.feed.subscribe();
        if socket.send(Message::text("ready")).await.is_err() {
            return;
        }
        let (sender, mut receiver) = socket.split();
        let sending = tokio::spawn(forward(messages, sender));
        while let Some(Ok(_)) = receiver.next().await {}
        sending.abort();
    })
}

async fn announce(ws: WebSocketUpgrade, State(rooms): State<Rooms>) -> Response {
    ws.on_upgrade(async move |mut socket| {
        while let Some(Ok(Message::Text(text))) = socket.recv().await {
            // It fails only if there is no subscriber.
            let _ = rooms.feed.send(text);
        }
    })
}

async fn forward(
    mut messages: broadcast::Receiver<Utf8Bytes>,
    mut sender: impl SinkExt<Message> + Unpin,
) {
    while let Ok(text) = messages.recv().await {
        if sender.send(Message::Text(text)).await.is_err() {
            return;
        }
    }
}
