//! The memory of a connection on which nothing happens.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use allocation_counter::measure;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Instant,
};
use tracing::Span;

use super::takeover;
use crate::{
    config::Config,
    endpoint::connect,
    handlers::{Handler, Handlers, Mount, attached, attaching},
    protocol::{Opcode, append_frame},
    socket::{Endpoint, Generated},
    wire::Anything,
    worker::{Identity, LocalWorker, Number, SocketId},
};

/// This number of connections fills the tables of a worker to almost a half: the worst case.
const CONNECTIONS: usize = 1100;

/// Sockets that send each message back.
struct Echo;

impl Generated for Echo {}

impl Endpoint for Echo {
    type Data = ();
    type Sends = Anything;
    type Closes = Anything;
}

impl Mount for Echo {
    const MODULE: &'static str = "driver::tests";
    const PATH: &'static str = "/echo";
    const CONFIG: Config = Config::DEFAULT;
    const HANDLERS: &'static Handlers<Self> = &Handlers {
        message: Some(Handler::Sync(|ws, message| {
            ws.send(message);
            Ok(())
        })),
        ..Handlers::new(|_| attaching(async { attached(()) }), None)
    };
}

/// Sockets that subscribe to a topic.
struct Feed;

impl Generated for Feed {}

impl Endpoint for Feed {
    type Data = ();
    type Sends = Anything;
    type Closes = Anything;
}

impl Mount for Feed {
    const MODULE: &'static str = "driver::tests";
    const PATH: &'static str = "/feed";
    const CONFIG: Config = Config::DEFAULT;
    const HANDLERS: &'static Handlers<Self> = &Handlers {
        open: Some(Handler::Sync(|ws| {
            ws.subscribe("feed");
            Ok(())
        })),
        ..Handlers::new(|_| attaching(async { attached(()) }), None)
    };
}

/// A stream from which one message is read, and then nothing. It is as large as a stream of tokio,
/// but has no registration with tokio's reactor, whose size the engine cannot change.
struct Stream {
    is_read: bool,
    _size: [usize; 3],
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_read {
            return Poll::Pending;
        }
        self.is_read = true;
        let mut frame = Vec::new();
        append_frame(&mut frame, Opcode::Text, false, b"hello");
        // Masked with a key of zeros.
        frame[1] |= 0x80;
        frame.splice(2..2, [0; 4]);
        buffer.put_slice(&frame);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The bytes and allocations per connection, for many connections that have opened and sent a
/// message.
fn idle<E: Mount<Data = ()>>() -> (f64, f64) {
    let local = LocalWorker::of(&Arc::default());
    let config = Arc::new(Config::DEFAULT);
    let pass = Arc::new(());
    let open = |connections| {
        for _ in 0..connections {
            let identity = Identity {
                id: SocketId::random(None).unwrap(),
                number: Number::next(),
                owner: 0,
                config: config.clone(),
                peer_addr: Some("192.0.2.1:80".parse().unwrap()),
                protocol: None,
                compression: None,
            };
            let connection = connect::<E>(local.register(identity), (), Span::none());
            let stream = Stream {
                is_read: false,
                _size: [0; 3],
            };
            takeover::start(connection, stream, Vec::new(), pass.clone());
        }
        local.run(Instant::now());
    };
    // The first connections allocate what a worker keeps.
    open(8);
    let allocated = measure(|| open(CONNECTIONS));
    assert_eq!(local.worker().connections(), 8 + CONNECTIONS);
    let each = |all| all as f64 / CONNECTIONS as f64;
    (each(allocated.bytes_current), each(allocated.count_current))
}

#[actix_web::test]
async fn an_idle_connection_takes_little_memory() {
    assert_eq!(size_of::<Stream>(), size_of::<TcpStream>());
    let (bytes, allocations) = idle::<Echo>();
    assert!(bytes <= 512.0, "{bytes} bytes in {allocations} allocations");
    assert!(allocations < 5.1, "{allocations}");
}

#[actix_web::test]
async fn an_idle_subscriber_takes_little_memory() {
    let (bytes, allocations) = idle::<Feed>();
    assert!(bytes <= 584.0, "{bytes} bytes in {allocations} allocations");
    assert!(allocations < 5.1, "{allocations}");
}
