//! The loads on correct servers, and on servers that compress wrongly.

use std::{
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener},
    sync::mpsc,
    thread::{self, JoinHandle},
};

use actix_web::{App, web};
use levante::{HttpServer, Incoming, RunningHandle, Server, prelude::*};

use super::{
    rooms::{Open, Places, Rooms, Used},
    *,
};
use crate::client::{Dialect, Kind, Service, deflate::deflate};

const SIZE: usize = 1 << 10;

#[websocket("/ws")]
mod echo {
    use super::*;

    fn message(ws: &Ws, message: Incoming<'_>) {
        ws.send(Compressed(message));
    }
}

#[websocket("/chat", publish_to_self = true)]
mod chat {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Join {
        name: String,
    }

    async fn attach(join: web::Query<Join>) -> String {
        join.into_inner().name
    }

    fn open(ws: &Ws) {
        ws.subscribe("room");
    }

    fn message(ws: &Ws, text: &str) {
        ws.publish("room", Compressed(format!("{}: {text}", ws.data)));
    }
}

#[websocket("/feed")]
mod feed {
    fn open(ws: &Ws) {
        ws.subscribe("feed");
        ws.send("ready");
    }
}

#[websocket("/publish")]
mod publish {
    use super::*;

    fn message(ws: &Ws, text: &str) {
        ws.publish("feed", Compressed(text));
    }
}

#[derive(serde::Deserialize)]
struct Room {
    name: String,
}

#[websocket("/member")]
mod member {
    use super::*;

    async fn attach(room: web::Query<Room>) -> Room {
        room.into_inner()
    }

    fn open(ws: &Ws) {
        ws.subscribe(&*ws.data.name);
        ws.send("ready");
    }
}

#[websocket("/speaker")]
mod speaker {
    use super::*;

    async fn attach(room: web::Query<Room>) -> Room {
        room.into_inner()
    }

    fn message(ws: &Ws, text: &str) {
        ws.publish(&*ws.data.name, text);
    }
}

/// Says everything twice, but for the first message.
#[websocket("/speaker")]
mod repeating {
    use std::cell::Cell;

    use super::*;

    struct Speaker {
        room: String,
        has_spoken: Cell<bool>,
    }

    async fn attach(room: web::Query<Room>) -> Speaker {
        Speaker {
            room: room.into_inner().name,
            has_spoken: Cell::new(false),
        }
    }

    fn message(ws: &Ws, text: &str) {
        let times = 1 + usize::from(ws.data.has_spoken.replace(true));
        for _ in 0..times {
            ws.publish(&*ws.data.room, text);
        }
    }
}

/// Agrees to compression, but sends plain messages.
#[websocket("/ws")]
mod plain_echo {
    use super::*;

    fn message(ws: &Ws, message: Incoming<'_>) {
        ws.send(message);
    }
}

/// levante, until it is dropped.
struct Running {
    address: SocketAddrV4,
    handle: RunningHandle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start(compression: Compression, is_honest: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let SocketAddr::V4(address) = listener.local_addr().unwrap() else {
            panic!("another address");
        };
        let (started, when_started) = mpsc::channel();
        let thread = thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let space = Server::new();
                let app = move || {
                    let echo = echo::service().server(&space).compression(compression);
                    let plain = plain_echo::service().server(&space);
                    let app = App::new()
                        .service(chat::service().server(&space).compression(compression))
                        .service(feed::service().server(&space).compression(compression))
                        .service(publish::service().server(&space).compression(compression))
                        .service(member::service().server(&space));
                    match is_honest {
                        true => app.service(echo).service(speaker::service().server(&space)),
                        false => app
                            .service(plain.compression(compression))
                            .service(repeating::service().server(&space)),
                    }
                };
                let server = HttpServer::new(app).workers(1).disable_signals();
                let running = server.listen(listener).unwrap().run();
                started.send(running.handle()).unwrap();
                running.await.unwrap();
            });
        });
        Self {
            address,
            handle: when_started.recv().unwrap(),
            thread: Some(thread),
        }
    }

    fn target(&self, compresses: bool) -> Target<'static> {
        Target {
            address: self.address,
            dialect: Dialect::Plain,
            tls: None,
            compresses,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The call gives the command. The thread ends when the server ends.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn measure(load: Load, target: Target<'_>) -> io::Result<u64> {
    let timing = Timing {
        warm_up: Duration::ZERO,
        window: Duration::from_millis(1),
    };
    let measured = throughput(load, target, timing, || Ok(Duration::ZERO))?;
    Ok(measured.deliveries)
}

#[test]
fn every_load_runs_with_compression_and_without() {
    let loads = [
        Load::Echo {
            connections: 2,
            in_flight: 3,
            size: SIZE,
        },
        Load::Chat {
            members: 12,
            messages: 2,
            size: SIZE,
        },
        Load::FanOut {
            subscribers: 3,
            messages: 4,
            size: SIZE,
        },
    ];
    for compression in [
        Compression::Off,
        Compression::Shared,
        Compression::Dedicated { window_bits: 15 },
    ] {
        let server = Running::start(compression, true);
        for load in loads {
            let target = server.target(compression != Compression::Off);
            let deliveries = measure(load, target).unwrap();
            assert!(deliveries > 0, "{compression:?} {load:?}");
        }
    }
}

#[test]
fn levante_makes_of_a_message_what_we_make_of_it() {
    let server = Running::start(Compression::Shared, true);
    let target = server.target(true);
    let payload = payload::json(SIZE);
    let mut connection = target.open(0, Service::Echo).unwrap();
    let message = target.to_server(Kind::Text, &payload).unwrap();
    connection.send(&message).unwrap();
    let length = target.expect(&mut connection, Kind::Text, &payload);
    assert_eq!(length.unwrap(), deflate(&payload).unwrap().len());
}

#[test]
fn who_does_not_compress_fails() {
    let load = Load::Echo {
        connections: 1,
        in_flight: 1,
        size: SIZE,
    };
    for (compression, problem) in [
        (Compression::Off, "does not compress"),
        (Compression::Shared, "is not compressed"),
    ] {
        let server = Running::start(compression, false);
        let error = measure(load, server.target(true)).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}

const ROOMS: Rooms = Rooms {
    count: 3,
    members: 4,
    in_flight: 2,
    places: Places::Spread,
};

fn open(server: &Running) -> io::Result<Open> {
    Open::new(&[server.target(false)], ROOMS, || Ok(()))
}

#[test]
fn rooms_run_as_fast_as_they_can_and_at_a_fixed_rate() {
    let server = Running::start(Compression::Off, true);
    let timing = Timing {
        warm_up: Duration::ZERO,
        window: Duration::from_millis(20),
    };
    let used = || {
        Ok(Used {
            nodes: Duration::from_secs(1),
            broker: Duration::from_secs(2),
        })
    };
    let crossing = open(&server).unwrap().throughput(timing, used).unwrap();
    assert!(crossing.deliveries > 0);
    assert_eq!(crossing.nodes, Duration::ZERO);
    let latency = open(&server).unwrap().latency(1_000, timing).unwrap();
    assert!(latency.p50 > 0.0 && latency.p50 <= latency.p99);
}

#[test]
fn the_clients_of_a_room_may_be_together() {
    // The servers do not know of each other.
    let servers = [true, true].map(|counts| Running::start(Compression::Off, counts));
    let targets = [0, 1].map(|index: usize| servers[index].target(false));
    let rooms = Rooms {
        places: Places::Together,
        ..ROOMS
    };
    let timing = Timing {
        warm_up: Duration::ZERO,
        window: Duration::from_millis(20),
    };
    let used = || {
        Ok(Used {
            nodes: Duration::ZERO,
            broker: Duration::ZERO,
        })
    };
    let open = Open::new(&targets, rooms, || Ok(())).unwrap();
    assert!(open.throughput(timing, used).unwrap().deliveries > 0);
}

#[test]
fn a_message_that_comes_twice_fails() {
    let server = Running::start(Compression::Off, false);
    let timing = Timing {
        warm_up: Duration::ZERO,
        window: Duration::from_secs(1),
    };
    let used = || {
        Ok(Used {
            nodes: Duration::ZERO,
            broker: Duration::ZERO,
        })
    };
    let error = open(&server).unwrap().throughput(timing, used);
    let problem = error.unwrap_err().to_string();
    assert!(
        problem.contains("more messages were delivered"),
        "{problem}"
    );
}
