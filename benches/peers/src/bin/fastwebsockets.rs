//! fastwebsockets on hyper, like its examples, with a queue for each member.

use std::{convert::Infallible, io};

use bytes::Bytes;
use fastwebsockets::{
    FragmentCollector, FragmentCollectorRead, Frame, OpCode, Payload, WebSocket, WebSocketError,
    upgrade::{self, UpgradeFut},
};
use http_body_util::Empty;
use hyper::{
    Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn,
    upgrade::Upgraded,
};
use hyper_util::rt::TokioIo;
use levante_peers::{Purpose, Room, Rooms, accept};
use tokio::{net::TcpListener, sync::mpsc::UnboundedReceiver};

fn main() -> io::Result<()> {
    levante_peers::run(serve)
}

async fn serve(listener: TcpListener) -> io::Result<()> {
    let rooms = Rooms::default();
    loop {
        let stream = TokioIo::new(accept(&listener).await?);
        let rooms = rooms.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, rooms.clone()));
            let connection = http1::Builder::new().serve_connection(stream, service);
            // The peer ends the connection, so an error is expected.
            let _ = connection.with_upgrades().await;
        });
    }
}

async fn answer(
    mut request: Request<Incoming>,
    rooms: Rooms<Bytes>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let purpose = Purpose::of(request.uri().path(), request.uri().query());
    let (Some(purpose), Ok((response, socket))) = (purpose, upgrade::upgrade(&mut request)) else {
        let mut refusal = Response::new(Empty::new());
        *refusal.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(refusal);
    };
    tokio::spawn(async move {
        // The peer ends the connection, so an error is expected.
        let _ = tokio::task::unconstrained(handle(socket, purpose, rooms)).await;
    });
    Ok(response)
}

async fn handle(
    socket: UpgradeFut,
    purpose: Purpose,
    rooms: Rooms<Bytes>,
) -> Result<(), WebSocketError> {
    let mut socket = socket.await?;
    match purpose {
        Purpose::Echo => {
            let mut socket = FragmentCollector::new(socket);
            loop {
                let frame = socket.read_frame().await?;
                match frame.opcode {
                    OpCode::Close => return Ok(()),
                    OpCode::Text | OpCode::Binary => socket.write_frame(frame).await?,
                    _ => {}
                }
            }
        }
        Purpose::Chat(name) => {
            let queue = rooms.chat.join();
            talk(socket, queue, rooms.chat, name).await
        }
        Purpose::Feed => {
            let queue = rooms.feed.join();
            let ready = Frame::text(Payload::Borrowed(b"ready"));
            socket.write_frame(ready).await?;
            talk(socket, queue, Room::default(), String::new()).await
        }
        Purpose::Publish => {
            let mut socket = FragmentCollector::new(socket);
            loop {
                let frame = socket.read_frame().await?;
                match frame.opcode {
                    OpCode::Close => return Ok(()),
                    OpCode::Text => rooms.feed.send(&Bytes::copy_from_slice(&frame.payload)),
                    _ => {}
                }
            }
        }
    }
}

/// Sends the messages of the queue to the peer, and the peer's messages to the room.
async fn talk(
    socket: WebSocket<TokioIo<Upgraded>>,
    mut queue: UnboundedReceiver<Bytes>,
    room: Room<Bytes>,
    name: String,
) -> Result<(), WebSocketError> {
    let (reader, mut writer) = socket.split(tokio::io::split);
    let sending = tokio::spawn(async move {
        while let Some(text) = queue.recv().await {
            let frame = Frame::text(Payload::Borrowed(&text));
            if writer.write_frame(frame).await.is_err() {
                return;
            }
        }
    });
    let mut reader = FragmentCollectorRead::new(reader);
    // The generator sends no pings, so there is nothing to answer.
    let mut answer = |_| async { Ok::<(), WebSocketError>(()) };
    loop {
        let frame = reader.read_frame(&mut answer).await?;
        match frame.opcode {
            OpCode::Close => break,
            OpCode::Text => {
                let text = [name.as_bytes(), b": ", &*frame.payload].concat();
                room.send(&text.into());
            }
            _ => {}
        }
    }
    sending.abort();
    Ok(())
}
