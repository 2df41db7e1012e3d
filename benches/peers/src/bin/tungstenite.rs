//! tokio-tungstenite, with a queue for each member, like its server example.

use std::io;

use futures_util::{SinkExt, StreamExt, TryStreamExt, future};
use levante_peers::{Purpose, Room, Rooms, accept};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc::UnboundedReceiver,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Error, Message,
        handshake::server::{Request, Response},
    },
};

type Socket = WebSocketStream<TcpStream>;

fn main() -> io::Result<()> {
    levante_peers::run(serve)
}

async fn serve(listener: TcpListener) -> io::Result<()> {
    let rooms = Rooms::default();
    loop {
        let stream = accept(&listener).await?;
        let rooms = rooms.clone();
        tokio::spawn(async move {
            // The peer ends the connection, so an error is expected.
            let _ = handle(stream, rooms).await;
        });
    }
}

async fn handle(stream: TcpStream, rooms: Rooms<Message>) -> Result<(), Error> {
    let mut purpose = None;
    // The library defines the type of the error.
    #[allow(clippy::result_large_err)]
    let look = |request: &Request, response: Response| {
        purpose = Purpose::of(request.uri().path(), request.uri().query());
        Ok(response)
    };
    let mut socket = accept_hdr_async(stream, look).await?;
    match purpose {
        Some(Purpose::Echo) => {
            let (outgoing, incoming) = socket.split();
            incoming
                .try_filter(|message| future::ready(message.is_text() || message.is_binary()))
                .forward(outgoing)
                .await
        }
        Some(Purpose::Chat(name)) => {
            let queue = rooms.chat.join();
            talk(socket, queue, rooms.chat, Some(name)).await
        }
        Some(Purpose::Feed) => {
            let queue = rooms.feed.join();
            socket.send(Message::text("ready")).await?;
            talk(socket, queue, Room::default(), None).await
        }
        Some(Purpose::Publish) => {
            while let Some(message) = socket.next().await {
                let message = message?;
                if message.is_text() {
                    rooms.feed.send(&message);
                }
            }
            Ok(())
        }
        None => socket.close(None).await,
    }
}

/// Sends the messages of the queue to the peer, and the peer's messages to the room.
async fn talk(
    socket: Socket,
    mut queue: UnboundedReceiver<Message>,
    room: Room<Message>,
    name: Option<String>,
) -> Result<(), Error> {
    let (outgoing, incoming) = socket.split();
    let receiving = incoming.try_for_each(|message| {
        if let (Message::Text(text), Some(name)) = (message, &name) {
            room.send(&Message::text(format!("{name}: {text}")));
        }
        future::ok(())
    });
    let queue = futures_util::stream::poll_fn(move |cx| queue.poll_recv(cx));
    let sending = queue.map(Ok).forward(outgoing);
    tokio::pin!(receiving, sending);
    future::select(receiving, sending).await.factor_first().0
}
