//! The effect of time on a connection, on either driver. The clock stands still until a test moves
//! it. The streams are in memory.

mod shutdown;
mod timeouts;
mod waits;

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
    task::{Poll, ready},
    time::Duration,
};

use actix_http::BoxedPayloadStream;
use actix_web::{body::MessageBody, dev::Payload, error::PayloadError};
use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, DuplexStream, ReadBuf, ReadHalf, duplex, split},
    sync::Notify,
    task::yield_now,
    time::advance,
};

use super::*;
use crate::{
    driver::{body, takeover},
    hub::publish,
    outbox::{DropReason, SendStatus},
    policy::Policy,
};

const SECOND: Duration = Duration::from_secs(1);
const MILLI: Duration = Duration::from_millis(1);

/// The longest time between two checks of the timeouts, with the rounding of the timer.
const LOOK: Duration = Duration::from_millis(1002);

/// The bytes that the stream buffers for a peer that does not read.
const ROOM: usize = 1 << 16;

/// Disables every timeout that a test does not set.
const NONE: Config = Config::DEFAULT
    .idle_timeout(Duration::ZERO)
    .ping_interval(Duration::ZERO)
    .close_timeout(Duration::from_secs(30 * 24 * 60 * 60));

const CLOSE_1000: &[u8] = b"\x88\x02\x03\xE8";
const CLOSE_1001: &[u8] = b"\x88\x02\x03\xE9";
const EXPIRED: &[u8] = b"\x88\x09\x03\xE9expired";
const PING: &[u8] = b"\x89\x00";

/// The driver that runs the connection.
#[derive(Clone, Copy, Debug)]
enum Driver {
    Body,
    Takeover,
}

/// Runs each test on each driver, with a clock that stands still.
macro_rules! on_each_driver {
    ($(async fn $name:ident($driver:ident: Driver) $test:block)*) => {$(
        mod $name {
            use super::*;

            async fn test($driver: Driver) $test

            #[actix_web::test]
            async fn body() {
                tokio::time::pause();
                test(Driver::Body).await;
            }

            #[actix_web::test]
            async fn takeover() {
                tokio::time::pause();
                test(Driver::Takeover).await;
            }
        }
    )*};
}
use on_each_driver;

/// Handlers that record their calls. `message` waits for the door if the text is `wait`, and closes
/// the socket if it is `close`.
#[derive(Clone, Default)]
struct Handlers {
    log: Recorder,
    door: Rc<Notify>,
    core: Rc<RefCell<Option<Arc<Core>>>>,
}

impl Handlers {
    fn core(&self) -> Arc<Core> {
        self.core.borrow().clone().unwrap()
    }
}

impl Dispatch for Handlers {
    fn open(&self) -> Call {
        let core = self.core();
        assert!(core.worker.subscribe(&core, "room"));
        self.log.note("open")
    }
    fn message(&self, message: Incoming<'_>) -> Call {
        match message.as_bytes() {
            b"wait" => {
                self.log.note("waiting");
                let (door, log, core) = (self.door.clone(), self.log.clone(), self.core());
                return Call::Running(
                    HandlerKind::Message,
                    Box::pin(async move {
                        door.notified().await;
                        log.note(format!("done {:?}", core.send("done")));
                        Ok(())
                    }),
                );
            }
            b"close" => close(&self.core()),
            _ => {}
        }
        self.log.note("message")
    }
    fn close(&self, reason: CloseReason) -> Call {
        let CloseReason { code, by, .. } = reason;
        self.log.note(format!("close {code} {by:?}"))
    }
    fn ping(&self, _: &[u8]) -> Call {
        self.log.note("ping")
    }
    fn pong(&self, _: &[u8]) -> Call {
        self.log.note("pong")
    }
    fn error(&self, error: HandlerError) -> Result<Call, HandlerError> {
        Ok(self.log.note(error.to_string()))
    }
    fn handles_errors(&self) -> bool {
        true
    }
}

/// Closes a socket as the application does.
fn close(core: &Core) {
    core.close(CloseReason::new(CloseCode::Normal, "", ClosedBy::Server));
}

/// The peer of a connection, and the application's handles of it.
struct Peer {
    stream: DuplexStream,
    log: Recorder,
    door: Rc<Notify>,
    core: Arc<Core>,
}

impl Peer {
    async fn connect(driver: Driver, config: Config) -> Self {
        let handlers = Handlers::default();
        let connection = connection_with(config, handlers.clone());
        let core = connection.core().clone();
        handlers.core.replace(Some(core.clone()));
        let (stream, ours) = duplex(ROOM);
        match driver {
            Driver::Takeover => takeover::start(connection, ours, Vec::new(), ()),
            Driver::Body => {
                let (input, output) = split(ours);
                let payload: BoxedPayloadStream = Box::pin(Input(input));
                let body = body::start(connection, Payload::Stream { payload });
                actix_rt::spawn(write(body, output));
            }
        }
        let mut peer = Self {
            stream,
            log: handlers.log,
            door: handlers.door,
            core,
        };
        settle().await;
        assert_eq!(peer.log(), ["open"]);
        peer
    }

    async fn send(&mut self, text: &str) {
        self.write(&client_frame(0x81, text.as_bytes())).await;
    }

    /// Writes, and lets the worker do its work.
    async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
        settle().await;
    }

    /// The bytes that have arrived.
    async fn read(&mut self) -> Vec<u8> {
        let mut seen = vec![0; ROOM];
        let mut reading = pin!(self.stream.read(&mut seen));
        let read = poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx))).await;
        let count = match read {
            Poll::Ready(count) => count.unwrap(),
            Poll::Pending => 0,
        };
        seen.truncate(count);
        settle().await;
        seen
    }

    /// Whether the stream ends without further bytes.
    async fn is_at_end(&mut self) -> bool {
        let mut byte = [0];
        let mut reading = pin!(self.stream.read(&mut byte));
        let read = poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx))).await;
        matches!(read, Poll::Ready(Ok(0)))
    }

    /// The calls of handlers since the last call of this method.
    fn log(&mut self) -> Vec<String> {
        self.log.0.take()
    }

    fn connections(&self) -> usize {
        self.core.space().connections()
    }
}

/// The payload of the request, as actix reads it.
struct Input(ReadHalf<DuplexStream>);

impl futures_core::Stream for Input {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut buffer = vec![0; 4096];
        let mut unread = ReadBuf::new(&mut buffer);
        ready!(Pin::new(&mut self.0).poll_read(cx, &mut unread))?;
        let read = Bytes::copy_from_slice(unread.filled());
        Poll::Ready((!read.is_empty()).then_some(Ok(read)))
    }
}

/// Writes the body of the response, as actix does.
async fn write(body: body::OutboxBody, mut output: impl AsyncWriteExt + Unpin) -> io::Result<()> {
    let mut body = pin!(body);
    while let Some(Ok(chunk)) = poll_fn(|cx| body.as_mut().poll_next(cx)).await {
        output.write_all(&chunk).await?;
    }
    output.shutdown().await
}

fn client_frame(first_byte: u8, payload: &[u8]) -> Vec<u8> {
    let head = [first_byte, 0x80 | payload.len() as u8, 0, 0, 0, 0];
    [&head, payload].concat()
}

/// Lets the worker do its work. No time passes.
async fn settle() {
    for _ in 0..16 {
        yield_now().await;
    }
}

/// Moves the clock in one step.
async fn pass(time: Duration) {
    advance(time).await;
    settle().await;
}
