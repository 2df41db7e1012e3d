//! What time does to a connection that runs on a worker whose clock stands until it is moved.

use std::{future::pending, pin::pin, task::Poll, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    task::yield_now,
    time::{advance, pause},
};

use super::*;
use crate::{driver::takeover, rate::MessageRate};

const SECOND: Duration = Duration::from_secs(1);
const MILLI: Duration = Duration::from_millis(1);

/// The longest time between two looks at the timeouts, with what a timer is rounded up by.
const LOOK: Duration = Duration::from_millis(1002);

/// No timeout but those that a test sets.
const NONE: Config = Config::DEFAULT
    .idle_timeout(Duration::ZERO)
    .ping_interval(Duration::ZERO);

/// Handlers that write down what they are told. `message` never returns if it gets `wait`, and
/// closes the socket if it gets `close`.
#[derive(Clone, Default)]
struct Handlers {
    log: Recorder,
    core: Rc<RefCell<Option<Arc<Core>>>>,
}

impl Dispatch for Handlers {
    fn message(&self, message: Incoming<'_>) -> Call {
        match message.as_bytes() {
            b"wait" => return Call::Running(HandlerKind::Message, Box::pin(pending())),
            b"close" => {
                let reason = CloseReason::new(CloseCode::Normal, "", ClosedBy::Server);
                self.core.borrow().as_ref().unwrap().close(reason);
            }
            _ => {}
        }
        self.log.note("message")
    }
    fn close(&self, reason: CloseReason) -> Call {
        self.log.close(reason)
    }
    fn error(&self, error: HandlerError) -> Result<Call, HandlerError> {
        Ok(self.log.note(error.to_string()))
    }
    fn handles_errors(&self) -> bool {
        true
    }
}

/// The peer of a connection of its own worker.
struct Peer {
    stream: DuplexStream,
    log: Recorder,
    core: Arc<Core>,
}

impl Peer {
    async fn connect(config: Config) -> Self {
        let handlers = Handlers::default();
        let connection = connection_with(config, handlers.clone());
        let core = connection.core().clone();
        handlers.core.replace(Some(core.clone()));
        let (stream, ours) = duplex(1 << 16);
        takeover::start(connection, ours, Vec::new(), ());
        let peer = Self {
            stream,
            log: handlers.log,
            core,
        };
        settle().await;
        peer
    }

    async fn send(&mut self, text: &str) {
        self.write(&client_frame(0x81, text.as_bytes())).await;
    }

    async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
        settle().await;
    }

    /// What has come.
    async fn read(&mut self) -> Vec<u8> {
        let mut seen = vec![0; 1 << 16];
        let mut reading = pin!(self.stream.read(&mut seen));
        let read = std::future::poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx))).await;
        let count = match read {
            Poll::Ready(count) => count.unwrap(),
            Poll::Pending => 0,
        };
        seen.truncate(count);
        seen
    }

    fn log(&self) -> Vec<String> {
        self.log.0.take()
    }
}

fn client_frame(first_byte: u8, payload: &[u8]) -> Vec<u8> {
    let head = [first_byte, 0x80 | payload.len() as u8, 0, 0, 0, 0];
    [&head, payload].concat()
}

/// Lets the worker do what there is to do. No time passes.
async fn settle() {
    for _ in 0..8 {
        yield_now().await;
    }
}

/// Moves the clock in one step.
async fn pass(time: Duration) {
    advance(time).await;
    settle().await;
}

#[actix_web::test]
async fn silence_ends_a_connection_when_the_idle_timeout_is_over_and_not_before() {
    pause();
    let config = NONE.idle_timeout(120 * SECOND).send_pings(false);
    let mut peer = Peer::connect(config.clone()).await;
    pass(120 * SECOND - MILLI).await;
    assert!(peer.log().is_empty());
    peer.send("hello").await;
    assert_eq!(peer.log(), ["message"]);
    // From here on it is silent, whatever was noted before the clock is moved.
    pass(120 * SECOND - MILLI).await;
    assert!(peer.log().is_empty());
    pass(LOOK).await;
    assert_eq!(peer.log(), ["close IdleTimeout"]);
    let mut other = Peer::connect(config).await;
    other.send("hello").await;
    other.log();
    pass(121 * SECOND).await;
    assert_eq!(other.log(), ["close IdleTimeout"]);
    assert_eq!(other.stream.read(&mut [0]).await.unwrap(), 0);
    assert_eq!(other.core.space().connections(), 0);
}

#[actix_web::test]
async fn a_silent_peer_is_pinged_in_time_to_answer() {
    pause();
    let mut peer = Peer::connect(NONE.idle_timeout(120 * SECOND)).await;
    pass(110 * SECOND - MILLI).await;
    assert!(peer.read().await.is_empty());
    pass(LOOK).await;
    assert_eq!(peer.read().await, b"\x89\x00");
    peer.write(&client_frame(0x8A, b"")).await;
    // It is as good as new.
    pass(110 * SECOND - MILLI).await;
    assert!(peer.read().await.is_empty());
    pass(LOOK).await;
    assert_eq!(peer.read().await, b"\x89\x00");
    pass(8 * SECOND).await;
    assert!(peer.log().is_empty());
    pass(2 * LOOK).await;
    assert_eq!(peer.log(), ["close IdleTimeout"]);
}

#[actix_web::test]
async fn pings_come_in_their_interval() {
    pause();
    let mut peer = Peer::connect(NONE.ping_interval(20 * SECOND)).await;
    // The interval of the first connection of a worker is the longest.
    for _ in 0..5 {
        pass(19 * SECOND - MILLI).await;
        assert!(peer.read().await.is_empty());
        pass(LOOK).await;
        assert_eq!(peer.read().await, b"\x89\x00");
    }
}

#[actix_web::test]
async fn a_lifetime_is_over_when_it_is_and_not_before() {
    pause();
    let mut peer = Peer::connect(NONE.max_lifetime(3600 * SECOND)).await;
    pass(3600 * SECOND - MILLI).await;
    peer.send("hello").await;
    assert_eq!(peer.log(), ["message"]);
    pass(LOOK).await;
    assert_eq!(peer.read().await, b"\x88\x02\x03\xE9");
    peer.write(b"\x88\x82\0\0\0\0\x03\xE9").await;
    assert_eq!(peer.log(), ["close Lifetime"]);
}

#[actix_web::test]
async fn a_handler_has_its_time_and_no_more() {
    pause();
    let mut peer = Peer::connect(NONE.handler_timeout(5 * SECOND)).await;
    peer.send("wait").await;
    pass(5 * SECOND - MILLI).await;
    assert!(peer.log().is_empty());
    pass(LOOK).await;
    assert_eq!(peer.log(), ["handler took too long"]);
}

#[actix_web::test]
async fn a_peer_has_the_close_timeout_to_answer_and_no_more() {
    pause();
    let mut peer = Peer::connect(NONE.close_timeout(10 * SECOND)).await;
    peer.send("close").await;
    assert_eq!(peer.read().await, b"\x88\x02\x03\xE8");
    pass(10 * SECOND - MILLI).await;
    assert_eq!(peer.core.space().connections(), 1);
    pass(LOOK).await;
    assert_eq!(peer.core.space().connections(), 0);
    assert_eq!(peer.log(), ["message", "close Server"]);
}

#[actix_web::test]
async fn messages_are_earned_in_their_time() {
    pause();
    let rate = MessageRate {
        per_second: 2,
        burst: 3,
    };
    let mut peer = Peer::connect(NONE.max_message_rate(rate)).await;
    let message = client_frame(0x81, b"hello");
    peer.write(&message.repeat(3)).await;
    for _ in 0..3 {
        pass(500 * MILLI).await;
        peer.write(&message).await;
    }
    assert_eq!(peer.log().len(), 6);
    pass(499 * MILLI).await;
    peer.write(&message).await;
    assert_eq!(peer.log(), ["close RateLimit"]);
}

#[actix_web::test]
async fn timers_that_fire_in_their_order_find_the_same() {
    pause();
    let config = NONE.idle_timeout(120 * SECOND).send_pings(false);
    let mut peer = Peer::connect(config).await;
    tokio::time::sleep(119 * SECOND).await;
    peer.send("hello").await;
    assert_eq!(peer.log(), ["message"]);
    tokio::time::sleep(120 * SECOND - MILLI).await;
    assert!(peer.log().is_empty());
    tokio::time::sleep(LOOK).await;
    assert_eq!(peer.log(), ["close IdleTimeout"]);
}
