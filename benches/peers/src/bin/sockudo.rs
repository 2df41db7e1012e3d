//! sockudo-ws, with its own handshake and its own pub/sub, like its examples.

use std::{io, sync::Arc};

use bytes::BytesMut;
use futures_util::{SinkExt, StreamExt};
use levante_peers::{Purpose, accept};
use sockudo_ws::{
    Config, Error, Message, WebSocketStream,
    error::Result,
    handshake::{build_response, generate_accept_key, parse_request},
    pubsub::PubSub,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

fn main() -> io::Result<()> {
    levante_peers::run(serve)
}

async fn serve(listener: TcpListener) -> io::Result<()> {
    let pubsub = Arc::new(PubSub::new());
    loop {
        let stream = accept(&listener).await?;
        let pubsub = pubsub.clone();
        tokio::spawn(async move {
            // The peer ends the connection, so an error is expected.
            let _ = handle(stream, pubsub).await;
        });
    }
}

async fn handle(mut stream: TcpStream, pubsub: Arc<PubSub>) -> Result<()> {
    let purpose = shake_hands(&mut stream).await?;
    let mut socket = WebSocketStream::server(stream, Config::default());
    match purpose {
        Purpose::Echo => {
            while let Some(message) = socket.next().await {
                match message? {
                    message @ (Message::Text(_) | Message::Binary(_)) => {
                        socket.send(message).await?;
                    }
                    Message::Close(_) => break,
                    _ => {}
                }
            }
            Ok(())
        }
        Purpose::Chat(name) => talk(socket, &pubsub, "room", Some(name)).await,
        Purpose::Feed => talk(socket, &pubsub, "feed", None).await,
        Purpose::Publish => {
            while let Some(message) = socket.next().await {
                if let message @ Message::Text(_) = message? {
                    pubsub.publish("feed", message);
                }
            }
            Ok(())
        }
    }
}

/// Sends published messages to the peer, and publishes the peer's messages.
async fn talk(
    socket: WebSocketStream<TcpStream>,
    pubsub: &PubSub,
    topic: &str,
    name: Option<String>,
) -> Result<()> {
    let (mut reader, mut writer) = socket.split();
    let (queue, mut published) = mpsc::unbounded_channel();
    let subscriber = pubsub.create_subscriber(queue);
    pubsub.subscribe(subscriber, topic);
    if name.is_none() {
        writer.send(Message::text("ready")).await?;
    }
    loop {
        tokio::select! {
            message = reader.next() => match message {
                Some(Ok(Message::Text(text))) => if let Some(name) = &name {
                    let text = String::from_utf8_lossy(&text);
                    pubsub.publish(topic, Message::text(format!("{name}: {text}")));
                },
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
            Some(message) = published.recv() => writer.send(message).await?,
        }
    }
    pubsub.remove_subscriber(subscriber);
    Ok(())
}

async fn shake_hands(stream: &mut TcpStream) -> Result<Purpose> {
    let mut buffer = BytesMut::with_capacity(4096);
    loop {
        if stream.read_buf(&mut buffer).await? == 0 {
            return Err(Error::ConnectionClosed);
        }
        if let Some((request, _)) = parse_request(&buffer)? {
            let (path, query) = match request.path.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (&*request.path, None),
            };
            let purpose = Purpose::of(path, query).ok_or(Error::ConnectionClosed)?;
            let accept = generate_accept_key(request.key);
            stream
                .write_all(&build_response(&accept, None, None))
                .await?;
            return Ok(purpose);
        }
    }
}
