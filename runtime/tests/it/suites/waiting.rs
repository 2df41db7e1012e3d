//! A connection waits for one thing while another is due. Tests every pair of the two. The timeouts
//! that fall due are in `connection/tests/time/waits.rs`.

use std::{
    sync::{Arc, Mutex, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use actix_web::web;
use levante::prelude::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
};

use crate::support::{Driver, Log, TestServer, frame, on_each_driver, serve, soon, until};

/// More bytes than the kernel buffers, but fewer than the queue may hold.
const HUGE: usize = 24 << 20;

#[websocket(
    "/patient",
    backpressure_limit = 64 << 20,
    idle_timeout = Duration::ZERO,
    close_timeout = Duration::from_secs(3600)
)]
mod socket {
    use super::*;

    pub(super) struct Data {
        log: Log,
        door: Arc<Semaphore>,
        opened: Arc<Opened>,
    }

    pub(super) type Opened = Mutex<Vec<Ws>>;

    async fn attach(
        log: web::Data<Log>,
        door: web::Data<Semaphore>,
        opened: web::Data<Opened>,
    ) -> Data {
        Data {
            log: (**log).clone(),
            door: door.into_inner(),
            opened: opened.into_inner(),
        }
    }

    fn open(ws: &Ws) {
        ws.subscribe("room");
        ws.data.opened.lock().unwrap().push(ws.clone());
        ws.data.log.push("open");
    }

    async fn message(ws: &Ws, text: String) {
        ws.data.log.push(format!("message {text}"));
        if text == "wait" {
            let door = ws.data.door.acquire().await;
            door.unwrap().forget();
            ws.data.log.push(format!("done {:?}", ws.send("done")));
        }
    }

    fn drain(ws: &Ws) {
        ws.data.log.push("drain");
    }

    fn subscription(ws: &Ws, topic: &str, _: usize) {
        if topic != "room" {
            ws.data.log.push(format!("subscription {topic}"));
        }
    }

    fn close(ws: &Ws, reason: CloseReason) {
        let CloseReason { code, by, .. } = reason;
        ws.data.log.push(format!("close {code} {by:?}"));
    }
}

/// Why a connection waits.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wait {
    Paused,
    /// An `async` handler is running.
    Busy,
    /// Its peer does not read.
    Stalled,
    /// Another thread has corked it.
    Corked,
    /// Its Close frame has not been answered.
    Closing,
}

/// The event that is due meanwhile.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Due {
    /// A message from elsewhere.
    Flush,
    Drain,
    /// The `subscription` handler.
    Notice,
    /// An answer to a ping, and the `ping` handler.
    Ping,
    /// The `message` handler.
    Message,
    /// A Close frame of ours, which the peer answers.
    Close,
    PeerClose,
    PeerFin,
    PeerReset,
}

/// When the event happens.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    /// During the wait.
    Now,
    /// During the wait, except that the `close` handler runs after it.
    NowButClose,
    /// When the wait is over.
    Then,
    Never,
    /// The wait and the event exclude each other.
    NoCase,
}

use Due::*;
use Wait::*;
use When::*;

const WAITS: [Wait; 5] = [Paused, Busy, Stalled, Corked, Closing];

#[rustfmt::skip]
const TABLE: [(Due, [When; 5]); 9] = [
    //             paused  busy         stalled  corked  closing
    (Flush,        [Now,    Now,         Then,    Then,   Never]),
    (Drain,        [Now,    Then,        Then,    Then,   Never]),
    (Notice,       [Now,    Then,        Now,     Then,   Never]),
    (Ping,         [Now,    Now,         Then,    Now,    Never]),
    (Message,      [Then,   Then,        Now,     Now,    Never]),
    (Close,        [Now,    NowButClose, Then,    Then,   NoCase]),
    (PeerClose,    [Now,    NowButClose, Then,    Now,    Now]),
    (PeerFin,      [Now,    NowButClose, Now,     Now,    Now]),
    (PeerReset,    [Now,    NowButClose, Now,     Now,    Now]),
];

/// Both ends of a connection.
struct Case<'s> {
    server: &'s TestServer,
    app: &'s App,
    peer: Option<TcpStream>,
    ws: socket::Ws,
    cork: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

/// Values that the application shares with its sockets.
#[derive(Clone)]
struct App {
    door: web::Data<Semaphore>,
    opened: web::Data<socket::Opened>,
}

impl<'s> Case<'s> {
    async fn new(server: &'s TestServer, app: &'s App, wait: Wait) -> Self {
        let first = match wait {
            Busy => frame(0x81, b"wait"),
            _ => Vec::new(),
        };
        let peer = server.connect_raw_with("/patient", &first).await;
        assert_eq!(server.log.next().await, "open");
        let ws = app.opened.lock().unwrap().remove(0);
        Self {
            server,
            app,
            peer: Some(peer),
            ws,
            cork: None,
        }
    }

    async fn write(&mut self, bytes: &[u8]) {
        self.peer.as_mut().unwrap().write_all(bytes).await.unwrap();
    }

    /// Reads until these bytes have arrived.
    async fn read_up_to(&mut self, end: &[u8]) {
        let peer = self.peer.as_mut().unwrap();
        let mut tail = Vec::new();
        let mut chunk = vec![0; 64 << 10];
        soon(format!("{end:?}"), async {
            while !tail.windows(end.len()).any(|window| window == end) {
                let count = peer.read(&mut chunk).await.unwrap();
                assert!(count > 0, "the end instead of {end:?}");
                let keep = tail.len().min(end.len());
                tail.drain(..tail.len() - keep);
                tail.extend_from_slice(&chunk[..count]);
            }
        })
        .await;
    }

    /// Reads until the stream ends, even by an error.
    async fn read_to_end(&mut self) {
        let peer = self.peer.as_mut().unwrap();
        let mut chunk = vec![0; 64 << 10];
        soon("the end", async {
            while matches!(peer.read(&mut chunk).await, Ok(1..)) {}
        })
        .await;
    }

    async fn begin(&mut self, wait: Wait) {
        match wait {
            Paused => self.ws.pause(),
            Busy => {
                // The message came with the handshake.
                assert_eq!(self.server.log.next().await, "message wait");
            }
            Stalled => {
                self.ws.send(vec![b'.'; HUGE]);
                let ws = self.ws.clone();
                until("a write", || ws.buffered_amount() < HUGE).await;
            }
            Corked => {
                let (release, released) = mpsc::channel::<()>();
                let (tell, told) = mpsc::channel();
                let ws = self.ws.clone();
                let thread = std::thread::spawn(move || {
                    ws.cork(|_| {
                        tell.send(()).unwrap();
                        released.recv().ok();
                    });
                });
                told.recv().unwrap();
                self.cork = Some((release, thread));
            }
            Closing => {
                self.ws.close();
                self.read_up_to(&[0x88, 2, 3, 0xE8]).await;
            }
        }
    }

    async fn end(&mut self, wait: Wait, due: Due) {
        match wait {
            Paused => self.ws.resume(),
            Busy => {
                self.app.door.add_permits(1);
                let entry = self.server.log.next().await;
                let is_open = matches!(due, Flush | Drain | Notice | Ping | Message);
                assert_eq!(entry == "done Dropped(Closed)", !is_open, "{entry}");
            }
            Stalled => {
                let (peer, mut left) = (self.peer.as_mut().unwrap(), HUGE);
                let mut chunk = vec![0; 64 << 10];
                soon("what has waited", async {
                    while left > 0 {
                        let most = left.min(chunk.len());
                        let count = peer.read(&mut chunk[..most]).await.unwrap();
                        assert!(count > 0, "the end after {} bytes", HUGE - left);
                        left -= count;
                    }
                })
                .await;
            }
            Corked => {
                let (release, thread) = self.cork.take().unwrap();
                drop(release);
                thread.join().unwrap();
            }
            Closing => self.write(&frame(0x88, &[3, 0xE8])).await,
        }
    }

    /// Triggers the event that is due.
    async fn call_for(&mut self, due: Due) {
        match due {
            Flush => _ = self.ws.send("hello"),
            Drain => while matches!(self.ws.send(vec![b'-'; 32 << 10]), SendStatus::Sent(_)) {},
            Notice => _ = self.ws.subscribe("another"),
            Ping => self.write(&frame(0x89, b"?")).await,
            Message => self.write(&frame(0x81, b"note")).await,
            Close => self.ws.close(),
            PeerClose => self.write(&frame(0x88, &[3, 0xE9])).await,
            PeerFin => self.peer.as_mut().unwrap().shutdown().await.unwrap(),
            PeerReset => {
                let peer = self.peer.take().unwrap();
                peer.set_zero_linger().unwrap();
            }
        }
    }

    /// Waits until the event has happened. `closes` says whether the `close` handler must have run
    /// by then.
    async fn happens(&mut self, wait: Wait, due: Due, closes: bool) {
        let log = &self.server.log;
        let closed = match due {
            Flush => return self.read_up_to(b"\x81\x05hello").await,
            Drain => {
                let ws = self.ws.clone();
                let peer = self.peer.as_mut().unwrap();
                let mut chunk = vec![0; 64 << 10];
                soon("an empty queue", async {
                    while ws.buffered_amount() > 0 {
                        assert!(peer.read(&mut chunk).await.unwrap() > 0);
                    }
                })
                .await;
                return assert_eq!(log.next().await, "drain");
            }
            Notice => return assert_eq!(log.next().await, "subscription another"),
            Ping => return self.read_up_to(b"\x8A\x01?").await,
            Message => return assert_eq!(log.next().await, "message note"),
            Close => {
                self.read_up_to(&[0x88, 2, 3, 0xE8]).await;
                self.write(&frame(0x88, &[3, 0xE8])).await;
                self.read_to_end().await;
                "close 1000 Server"
            }
            PeerClose if wait == Closing => "close 1000 Server",
            PeerClose => {
                self.read_up_to(&[0x88, 2, 3, 0xE9]).await;
                self.read_to_end().await;
                "close 1001 Peer"
            }
            PeerFin | PeerReset if wait == Closing => "close 1000 Server",
            PeerFin | PeerReset => "close 1006 Lost",
        };
        let server = &self.server.server;
        until("its topics to be left", || {
            server.subscriber_count("room") == 0
        })
        .await;
        assert_eq!(server.publish("room", "nobody hears it"), 0);
        assert!(server.sockets::<socket::Ws>().is_empty());
        assert_eq!(
            self.ws.send("late"),
            SendStatus::Dropped(DropReason::Closed)
        );
        if due == PeerFin && wait != Stalled {
            self.read_to_end().await;
        }
        if closes {
            assert_eq!(self.server.log.next().await, closed);
        }
    }
}

async fn all(driver: Driver, wait: Wait) {
    let column = WAITS.iter().position(|&other| other == wait).unwrap();
    let app = App {
        door: web::Data::new(Semaphore::new(0)),
        opened: web::Data::new(socket::Opened::default()),
    };
    let of_app = app.clone();
    let server = serve(driver, move |config, server| {
        config
            .app_data(of_app.door.clone())
            .app_data(of_app.opened.clone())
            .service(socket::service().server(server));
    })
    .await;
    for (due, whens) in TABLE {
        let when = whens[column];
        if when == NoCase {
            continue;
        }
        eprintln!("{due:?} while {wait:?}: {when:?}");
        let mut case = Case::new(&server, &app, wait).await;
        case.begin(wait).await;
        case.call_for(due).await;
        match when {
            Now => {
                case.happens(wait, due, true).await;
                if !is_end(due) {
                    case.end(wait, due).await;
                }
            }
            NowButClose => {
                case.happens(wait, due, false).await;
                assert!(server.log.is_empty());
                case.end(wait, due).await;
                let entry = server.log.next().await;
                assert!(entry.starts_with("close "), "{entry}");
            }
            Then => {
                // Handlers may run while the peer stalls, and a cork delays only writes. So only
                // these two waits leave the log empty.
                if matches!(wait, Paused | Busy) {
                    assert!(server.log.is_empty());
                }
                case.end(wait, due).await;
                case.happens(wait, due, true).await;
            }
            Never => {
                case.end(wait, due).await;
                assert_eq!(server.log.next().await, "close 1000 Server");
            }
            NoCase => {}
        }
        drop(case.cork.take());
        drop(case);
        server.all_gone().await;
        server.log.clear();
    }
}

/// Whether the event ends the connection.
fn is_end(due: Due) -> bool {
    !matches!(due, Flush | Drain | Notice | Ping | Message)
}

on_each_driver! {
    async fn paused(driver: Driver) {
        all(driver, Paused).await;
    }

    async fn busy(driver: Driver) {
        all(driver, Busy).await;
    }

    async fn stalled(driver: Driver) {
        all(driver, Stalled).await;
    }

    async fn corked(driver: Driver) {
        all(driver, Corked).await;
    }

    async fn closing(driver: Driver) {
        all(driver, Closing).await;
    }
}
