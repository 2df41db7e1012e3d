//! The `dropped` handler.

use std::sync::Arc;

use actix_web::web;
use levante::{BoxError, prelude::*};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
};

use crate::support::{
    Driver, Log, TestServer, failure, frame, on_each_driver, probe, serve, serve_with, until,
};

/// More bytes than all kernel buffers between a socket and its peer hold.
const MORE_THAN_FITS: usize = 64 << 20;

fn described(message: &Message) -> String {
    let kind = message.kind();
    let bytes = message.as_bytes();
    match bytes.len() {
        0..100 => format!("dropped {kind:?} {}", String::from_utf8_lossy(bytes)),
        len => format!("dropped {kind:?} of {len}"),
    }
}

/// Logs every event.
#[websocket("/told")]
mod told {
    use super::*;

    async fn attach(log: web::Data<Log>) -> Log {
        (**log).clone()
    }

    fn open(ws: &Ws) {
        ws.subscribe("t");
        ws.data.push("open");
    }

    fn message(ws: &Ws, text: &str) {
        // A queue of 1000 bytes takes the first two of these.
        let sent = [700, 200, 200, 300].map(|len| ws.send("x".repeat(len)));
        ws.data.push(format!("{text} {sent:?}"));
    }

    fn dropped(ws: &Ws, message: &Message) {
        ws.data.push(described(message));
    }

    fn drain(ws: &Ws) {
        ws.data.push("drain");
    }

    fn close(ws: &Ws, reason: CloseReason) {
        ws.data
            .push(format!("close {} {:?}", reason.code, reason.by));
    }
}

/// Handles each dropped message only with a permit, and fails as the message says.
#[websocket("/slow")]
mod slow {
    use super::*;

    pub(super) struct Visitor {
        log: Log,
        pace: Arc<Semaphore>,
    }

    async fn attach(log: web::Data<Log>, pace: web::Data<Arc<Semaphore>>) -> Visitor {
        Visitor {
            log: (**log).clone(),
            pace: (**pace).clone(),
        }
    }

    async fn open(ws: &Ws) {
        ws.data.log.push("open");
    }

    async fn dropped(ws: &Ws, message: &Message) -> Result<(), BoxError> {
        ws.data.log.push(described(message));
        ws.data.pace.acquire().await?.forget();
        match message.as_text() {
            Some("err") => Err("of no use".into()),
            Some("panic") => panic!("at the disco"),
            _ => Ok(()),
        }
    }

    fn error(ws: &Ws, error: HandlerError) {
        ws.data.log.push(failure(&error));
    }

    async fn close(ws: &Ws, reason: CloseReason) {
        ws.data
            .log
            .push(format!("close {} {:?}", reason.code, reason.by));
    }
}

/// Sends every dropped message again at once.
#[websocket("/stubborn")]
mod stubborn {
    use super::*;

    async fn attach(log: web::Data<Log>) -> Log {
        (**log).clone()
    }

    fn open(ws: &Ws) {
        ws.data.push("open");
    }

    fn dropped(ws: &Ws, message: &Message) {
        ws.send(message);
    }

    fn ping(ws: &Ws, data: &[u8]) {
        ws.data.push(String::from_utf8_lossy(data));
    }

    fn drain(ws: &Ws) {
        ws.data.push("drain");
    }
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    probe::app(config, server);
    config
        .service(told::service().server(server))
        .service(stubborn::service().server(server));
}

/// A socket whose peer does not read. Its queue holds more than the kernel takes, so that every
/// further message is dropped.
async fn stalled(server: &TestServer) -> (TcpStream, told::Ws) {
    let stream = server.connect_raw("/told").await;
    assert_eq!(server.log.next().await, "open");
    let ws = server.server.sockets::<told::Ws>().remove(0);
    assert!(!ws.send(vec![0; MORE_THAN_FITS]).is_dropped());
    (stream, ws)
}

/// Reads until the server's queue is empty.
async fn read_out(stream: &mut TcpStream, buffered: impl Fn() -> usize) {
    let mut chunk = vec![0; 1 << 20];
    while buffered() > 0 {
        assert_ne!(stream.read(&mut chunk).await.unwrap(), 0);
    }
}

on_each_driver! {
    async fn a_stalled_reader_is_told_of_everything_that_it_misses(driver: Driver) {
        for workers in [1, 2] {
            let server = serve_with(driver, workers, app).await;
            let (mut stream, ws) = stalled(&server).await;
            // Messages come from this thread, and below from a handler on each worker.
            assert_eq!(ws.send("from afar"), SendStatus::Dropped(DropReason::Full));
            assert_eq!(server.log.next().await, "dropped Text from afar");
            assert_eq!(ws.send([0xff, 0xfe].as_slice()), SendStatus::Dropped(DropReason::Full));
            assert_eq!(server.log.next().await, "dropped Binary \u{fffd}\u{fffd}");
            assert_eq!(server.server.publish("t", "to all"), 1);
            assert_eq!(server.log.next().await, "dropped Text to all");
            assert_eq!(server.server.publish("t", b"bytes"), 1);
            assert_eq!(server.log.next().await, "dropped Binary bytes");
            for len in [4095, 4096, 70_000] {
                assert_eq!(server.server.publish("t", "x".repeat(len)), 1);
                assert_eq!(server.log.next().await, format!("dropped Text of {len}"));
                assert_eq!(server.server.publish("t", vec![0; len]), 1);
                assert_eq!(server.log.next().await, format!("dropped Binary of {len}"));
            }
            for _ in 0..workers {
                let mut publisher = server.connect("/probe").await;
                assert_eq!(server.log.next().await, "open");
                publisher.send("publish t one; publish t two; publish t; publish t four").await;
                for text in ["one", "two", "", "four"] {
                    assert_eq!(server.log.next().await, format!("dropped Text {text}"));
                    assert_eq!(publisher.text().await, "published 1");
                }
                publisher.close(1000, "").await;
                assert!(server.log.next().await.starts_with("close 1000"));
            }
            read_out(&mut stream, || ws.buffered_amount()).await;
            assert_eq!(server.log.next().await, "drain");
            assert_eq!(ws.send("again"), SendStatus::Sent(5));
            ws.terminate();
            assert_eq!(server.log.next().await, "close 1006 Server");
            server.all_gone().await;
            assert!(server.log.is_empty());
        }
    }

    async fn each_of_many_subscribers_is_told_of_what_it_misses_itself(driver: Driver) {
        let server = serve(driver, app).await;
        let mut streams = Vec::new();
        for _ in 0..3 {
            streams.push(server.connect_raw("/told").await);
            assert_eq!(server.log.next().await, "open");
        }
        let sockets = server.server.sockets::<told::Ws>();
        // Only the first socket keeps an empty queue.
        for ws in &sockets[1..] {
            assert!(!ws.send(vec![0; MORE_THAN_FITS]).is_dropped());
        }
        let mut publisher = server.connect("/probe").await;
        assert_eq!(server.log.next().await, "open");
        publisher.send("publish t one;publish t two").await;
        assert_eq!(publisher.text().await, "published 3");
        let mut told = Vec::new();
        for _ in 0..4 {
            told.push(server.log.next().await);
        }
        let expected = ["dropped Text one", "dropped Text two"];
        assert_eq!(told, [expected, expected].concat());
        assert_eq!(publisher.text().await, "published 3");
        assert!(server.log.is_empty());
    }

    async fn what_a_handler_loses_is_told_when_it_has_returned(driver: Driver) {
        let server = serve(driver, |config, server| {
            config.service(told::service().backpressure_limit(1000).server(server));
        })
        .await;
        let mut client = server.connect("/told").await;
        assert_eq!(server.log.next().await, "open");
        client.send("sent").await;
        // Under `actix_web::HttpServer` nothing is written before the handler returns.
        let (entries, lens): (&[_], &[_]) = match driver {
            Driver::Body => (
                &[
                    "sent [Sent(700), Backpressure, Dropped(Full), Dropped(Full)]",
                    "dropped Text of 200",
                    "dropped Text of 300",
                    "drain",
                ],
                &[700, 200],
            ),
            Driver::Takeover => (
                &["sent [Sent(700), Backpressure, Sent(200), Sent(300)]", "drain"],
                &[700, 200, 200, 300],
            ),
        };
        for entry in entries {
            assert_eq!(server.log.next().await, *entry);
        }
        for len in lens {
            assert_eq!(client.text().await.len(), *len);
        }
        client.close(1000, "").await;
        assert_eq!(server.log.next().await, "close 1000 Peer");
    }

    async fn a_run_of_publishes_is_told_from_the_first_that_does_not_fit(driver: Driver) {
        let server = serve(driver, |config, server| {
            config
                .service(told::service().backpressure_limit(10_000).server(server))
                .service(probe::socket::service().server(server));
        })
        .await;
        let (_stream, _ws) = stalled(&server).await;
        let mut publisher = server.connect("/probe").await;
        assert_eq!(server.log.next().await, "open");
        publisher.send("publish t one;publish t two;publish t three").await;
        for text in ["one", "two", "three"] {
            assert_eq!(server.log.next().await, format!("dropped Text {text}"));
        }
    }

    async fn what_a_closing_socket_refuses_is_not_told(driver: Driver) {
        let server = serve(driver, app).await;
        let (_stream, ws) = stalled(&server).await;
        ws.close_with(4000, "enough");
        assert_eq!(ws.send("closing"), SendStatus::Dropped(DropReason::Closed));
        assert_eq!(server.server.publish("t", "closing"), 0);
        ws.terminate();
        assert_eq!(ws.send("closed"), SendStatus::Dropped(DropReason::Closed));
        assert_eq!(server.log.next().await, "close 4000 Server");
        server.all_gone().await;
        assert!(server.log.is_empty());
    }

    async fn what_ends_a_slow_consumer_is_told_before_its_end(driver: Driver) {
        let server = serve(driver, |config, server| {
            let service = told::service().close_on_backpressure_limit(true);
            config.service(service.server(server));
        })
        .await;
        let (_stream, ws) = stalled(&server).await;
        assert_eq!(ws.send("the last straw"), SendStatus::Dropped(DropReason::Full));
        assert_eq!(ws.send("and more"), SendStatus::Dropped(DropReason::Closed));
        assert_eq!(server.log.next().await, "dropped Text the last straw");
        assert_eq!(server.log.next().await, "close 1006 SlowConsumer");
        server.all_gone().await;
        assert!(server.log.is_empty());
    }

    async fn a_handler_that_sends_again_holds_up_nobody(driver: Driver) {
        let server = serve(driver, app).await;
        let mut stream = server.connect_raw("/stubborn").await;
        assert_eq!(server.log.next().await, "open");
        let ws = server.server.sockets::<stubborn::Ws>().remove(0);
        assert!(!ws.send(vec![0; MORE_THAN_FITS]).is_dropped());
        assert_eq!(ws.send("at last"), SendStatus::Dropped(DropReason::Full));
        let mut bystander = server.connect("/probe").await;
        assert_eq!(server.log.next().await, "open");
        assert_eq!(bystander.ask("echo hello").await, "hello");
        stream.write_all(&frame(0x89, b"hello?")).await.unwrap();
        assert_eq!(server.log.next().await, "hello?");
        let (mut tail, mut chunk) = (Vec::new(), vec![0; 1 << 20]);
        while tail != b"at last" {
            let count = stream.read(&mut chunk).await.unwrap();
            assert_ne!(count, 0);
            tail.extend_from_slice(&chunk[..count]);
            tail.drain(..tail.len().saturating_sub(b"at last".len()));
        }
        assert_eq!(server.log.next().await, "drain");
        assert!(server.log.is_empty());
    }
}

/// A server on which `slow` handles one dropped message for each permit.
async fn paced(driver: Driver) -> (TestServer, Arc<Semaphore>) {
    let pace = Arc::new(Semaphore::new(0));
    let of_app = pace.clone();
    let server = serve(driver, move |config, server| {
        config
            .app_data(web::Data::new(of_app.clone()))
            .service(slow::service().backpressure_limit(1000).server(server));
    })
    .await;
    (server, pace)
}

async fn stalled_slow(server: &TestServer) -> (TcpStream, slow::Ws) {
    let stream = server.connect_raw("/slow").await;
    assert_eq!(server.log.next().await, "open");
    let ws = server.server.sockets::<slow::Ws>().remove(0);
    assert!(!ws.send(vec![0; MORE_THAN_FITS]).is_dropped());
    (stream, ws)
}

on_each_driver! {
    async fn an_async_handler_is_told_one_at_a_time_and_may_fail(driver: Driver) {
        let (server, pace) = paced(driver).await;
        let (_stream, ws) = stalled_slow(&server).await;
        for text in ["a", "err", "panic", "b"] {
            assert_eq!(ws.send(text), SendStatus::Dropped(DropReason::Full));
        }
        assert_eq!(server.log.next().await, "dropped Text a");
        assert!(server.log.is_empty());
        pace.add_permits(1);
        assert_eq!(server.log.next().await, "dropped Text err");
        assert!(server.log.is_empty());
        pace.add_permits(1);
        assert_eq!(server.log.next().await, "`dropped` failed: of no use");
        assert_eq!(server.log.next().await, "dropped Text panic");
        assert_eq!(ws.ready_state(), ReadyState::Open);
        pace.add_permits(2);
        assert_eq!(server.log.next().await, "`dropped` panicked: at the disco");
        assert_eq!(server.log.next().await, "dropped Text b");
        until("it to close", || ws.ready_state() != ReadyState::Open).await;
        ws.terminate();
        assert_eq!(server.log.next().await, "close 1011 Handler");
    }

    async fn everything_dropped_is_told_before_close(driver: Driver) {
        let (server, pace) = paced(driver).await;
        let (stream, ws) = stalled_slow(&server).await;
        for text in ["a", "b", "c"] {
            assert_eq!(ws.send(text), SendStatus::Dropped(DropReason::Full));
        }
        assert_eq!(server.log.next().await, "dropped Text a");
        // The order is the same, whichever side ends the connection.
        match driver {
            Driver::Body => ws.terminate(),
            Driver::Takeover => drop(stream),
        }
        assert!(server.log.is_empty());
        pace.add_permits(3);
        assert_eq!(server.log.next().await, "dropped Text b");
        assert_eq!(server.log.next().await, "dropped Text c");
        assert!(server.log.next().await.starts_with("close 1006"));
        server.all_gone().await;
    }

    async fn no_more_is_kept_than_the_limit(driver: Driver) {
        let (server, pace) = paced(driver).await;
        let (_stream, ws) = stalled_slow(&server).await;
        assert_eq!(ws.send("first"), SendStatus::Dropped(DropReason::Full));
        assert_eq!(server.log.next().await, "dropped Text first");
        // The handler has taken the first message, so 1000 bytes of room are free again. Each kept
        // message needs overhead besides its bytes: after 600 bytes, 1 byte still fits, but 400
        // bytes do not.
        for len in [600, 400, 1, 400] {
            assert_eq!(ws.send(vec![0; len]), SendStatus::Dropped(DropReason::Full));
        }
        pace.add_permits(3);
        assert_eq!(server.log.next().await, "dropped Binary of 600");
        assert_eq!(server.log.next().await, "dropped Binary \0");
        until("all to be told", || pace.available_permits() == 0).await;
        assert!(server.log.is_empty());
        assert_eq!(ws.send("there is room again"), SendStatus::Dropped(DropReason::Full));
        assert_eq!(server.log.next().await, "dropped Text there is room again");
        assert_eq!(ws.send(vec![0; 1001]), SendStatus::Dropped(DropReason::Full));
        assert_eq!(ws.send(vec![0; 1000]), SendStatus::Dropped(DropReason::Full));
        pace.add_permits(2);
        assert_eq!(server.log.next().await, "dropped Binary of 1000");
    }
}
