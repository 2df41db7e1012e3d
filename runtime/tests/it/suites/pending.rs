//! The engine's work while an `async` handler waits or a socket is paused, and the end of the wait.

use std::{
    sync::{Arc, mpsc},
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

const SHORT: Duration = Duration::from_millis(300);
const NEVER: Duration = Duration::from_secs(3600);

/// The most events and bytes that are read ahead.
const EVENTS: usize = 64;
const BYTES: usize = 16 << 10;

#[websocket("/pending", close_timeout = NEVER)]
mod socket {
    use super::*;

    pub(super) struct Data {
        log: Log,
        door: Arc<Semaphore>,
    }

    /// Logs that it was dropped.
    struct Dropped<'a>(&'a Log);

    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.push("dropped");
        }
    }

    async fn attach(log: web::Data<Log>, door: web::Data<Semaphore>) -> Data {
        Data {
            log: (**log).clone(),
            door: door.into_inner(),
        }
    }

    fn open(ws: &Ws) {
        ws.subscribe("room");
        ws.data.log.push("open");
    }

    async fn message(ws: &Ws, text: String) {
        ws.data.log.push(text.clone());
        match &*text {
            "pause" => ws.pause(),
            "wait" => ws.data.door.acquire().await.unwrap().forget(),
            "for ever" => {
                let _dropped = Dropped(&ws.data.log);
                std::future::pending().await
            }
            "closed" => {
                let CloseReason { code, by, .. } = ws.closed().await;
                ws.data.log.push(format!("seen {code} {by:?}"));
            }
            _ => {}
        }
    }

    fn ping(ws: &Ws, data: &[u8]) {
        ws.data.log.push(format!("ping {}", data.len()));
    }

    async fn close(ws: &Ws, reason: CloseReason) {
        let CloseReason { code, by, .. } = reason;
        ws.data.log.push(format!("close {code} {by:?}"));
    }
}

/// With an `error` handler.
#[websocket("/told")]
mod told {
    use super::*;

    async fn attach(log: web::Data<Log>) -> Log {
        (**log).clone()
    }

    async fn message(ws: &Ws, text: String) {
        ws.data.push(text);
        std::future::pending().await
    }

    async fn error(ws: &Ws, error: HandlerError) {
        ws.data.push(format!(
            "timed out: {}",
            matches!(error, HandlerError::TimedOut(HandlerKind::Message))
        ));
        if ws.subscribe("error waits, too") {
            std::future::pending().await
        }
    }

    fn close(ws: &Ws, reason: CloseReason) {
        let CloseReason { code, by, .. } = reason;
        ws.data.push(format!("close {code} {by:?}"));
    }
}

/// Sends a download in the way that the docs of `drain` show.
#[websocket("/download")]
mod download {
    use super::*;

    const BLOCKS: usize = 100;

    #[derive(Default)]
    pub(super) struct Sent(std::cell::Cell<usize>);

    fn attach() -> Sent {
        Sent::default()
    }

    fn message(ws: &Ws, _: &str) {
        ws.pause();
        go_on(ws);
    }

    fn drain(ws: &Ws) {
        go_on(ws);
    }

    fn go_on(ws: &Ws) {
        while ws.data.0.get() < BLOCKS {
            ws.data.0.update(|sent| sent + 1);
            if !matches!(ws.send(vec![b'x'; 32 << 10]), SendStatus::Sent(_)) {
                return;
            }
        }
        if ws.is_paused() {
            ws.resume();
            ws.send("done");
        }
    }
}

async fn started(driver: Driver) -> (TestServer, web::Data<Semaphore>) {
    let door = web::Data::new(Semaphore::new(0));
    let of_app = door.clone();
    let server = serve(driver, move |config, server| {
        let of = |path| socket::service().path(path).server(server);
        config
            .app_data(of_app.clone())
            .service(of("/pending"))
            .service(of("/limited").handler_timeout(SHORT))
            .service(of("/impatient").close_timeout(SHORT))
            .service(told::service().handler_timeout(SHORT).server(server))
            .service(download::service().server(server));
    })
    .await;
    (server, door)
}

fn text(text: &str) -> Vec<u8> {
    frame(0x81, text.as_bytes())
}

async fn expect(server: &TestServer, entries: &[&str]) {
    for entry in entries {
        assert_eq!(server.log.next().await, *entry);
    }
}

async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut seen = Vec::new();
    soon("the end", stream.read_to_end(&mut seen)).await.ok();
    seen
}

on_each_driver! {
    async fn what_came_before_the_peer_left_is_handled_in_order(driver: Driver) {
        let (server, door) = started(driver).await;
        let before = [text("wait"), text("a"), frame(0x89, b"?"), text("b")].concat();
        let close = frame(0x88, &[3, 0xE8]);
        for (end, closed) in [(&close[..], "close 1000 Peer"), (&[], "close 1006 Lost")] {
            let mut stream = server.connect_raw_with("/pending", &[&before, end].concat()).await;
            expect(&server, &["open", "wait"]).await;
            if end.is_empty() {
                stream.shutdown().await.unwrap();
            }
            until("its topics to be left", || server.server.topics().is_empty()).await;
            // The stream ends while the handler waits.
            let seen = read_to_end(&mut stream).await;
            assert!(seen.starts_with(b"\x8A\x01?"), "{seen:?}");
            assert!(server.log.is_empty());
            door.add_permits(1);
            expect(&server, &["a", "ping 1", "b", closed]).await;
            server.all_gone().await;
        }
    }

    async fn what_came_before_waits_for_resume_but_not_for_ever(driver: Driver) {
        let (server, _) = started(driver).await;
        for path in ["/pending", "/impatient"] {
            let first = [text("pause"), text("a"), text("b")].concat();
            let stream = server.connect_raw_with(path, &first).await;
            expect(&server, &["open", "pause"]).await;
            let ws = server.server.sockets::<socket::Ws>().pop();
            drop(stream);
            until("its topics to be left", || server.server.topics().is_empty()).await;
            if path == "/pending" {
                assert!(server.log.is_empty());
                ws.unwrap().resume();
                expect(&server, &["a", "b"]).await;
            }
            expect(&server, &["close 1006 Lost"]).await;
            server.all_gone().await;
        }
    }

    async fn a_paused_socket_whose_peer_leaves_is_closed(driver: Driver) {
        let (server, _) = started(driver).await;
        let stream = server.connect_raw_with("/pending", &text("pause")).await;
        expect(&server, &["open", "pause"]).await;
        drop(stream);
        expect(&server, &["close 1006 Lost"]).await;
        server.all_gone().await;
    }

    async fn as_much_is_read_ahead_as_the_bounds_say(driver: Driver) {
        let (server, door) = started(driver).await;
        let ping = frame(0x89, b"?");
        let small = text("x");
        // A frame of `len` bytes.
        let large = |len: usize| frame(0x81, &vec![b'y'; len - 8]);
        for (ahead, is_answered) in [
            (small.repeat(EVENTS - 1), true),
            (small.repeat(EVENTS), false),
            (large(BYTES - ping.len()), true),
            (large(BYTES), false),
            (large(BYTES + 1), false),
        ] {
            let messages = if ahead.len() < 1000 { ahead.len() / small.len() } else { 1 };
            let first = [text("wait"), ahead].concat();
            let mut stream = server.connect_raw_with("/pending", &first).await;
            expect(&server, &["open", "wait"]).await;
            let ws = server.server.sockets::<socket::Ws>().pop().unwrap();
            stream.write_all(&ping).await.unwrap();
            if is_answered {
                let mut answer = [0; 3];
                soon(format!("the answer to {messages}"), stream.read_exact(&mut answer)).await.unwrap();
                assert_eq!(&answer, b"\x8A\x01?");
            } else {
                // The ping has no answer yet, so this message comes first.
                ws.send("first");
                let mut answer = [0; 7];
                soon("the message", stream.read_exact(&mut answer)).await.unwrap();
                assert_eq!(&answer, b"\x81\x05first");
            }
            door.add_permits(1);
            for _ in 0..messages {
                server.log.next().await;
            }
            expect(&server, &["ping 1"]).await;
            if !is_answered {
                let mut answer = [0; 3];
                soon(format!("the late answer to {messages}"), stream.read_exact(&mut answer)).await.unwrap();
                assert_eq!(&answer, b"\x8A\x01?");
            }
            drop(stream);
            expect(&server, &["close 1006 Lost"]).await;
            server.all_gone().await;
        }
    }

    async fn a_violation_counts_at_once(driver: Driver) {
        let (server, door) = started(driver).await;
        let first = [text("wait"), text("a"), vec![0xF1, 0x80]].concat();
        let mut stream = server.connect_raw_with("/pending", &first).await;
        expect(&server, &["open", "wait"]).await;
        let seen = read_to_end(&mut stream).await;
        assert_eq!(&seen[..4], [0x88, seen[1], 3, 0xEA], "{seen:?}");
        assert_eq!(server.server.subscriber_count("room"), 0);
        assert!(server.log.is_empty());
        door.add_permits(1);
        expect(&server, &["a", "close 1002 Protocol"]).await;
        // The server still reads further input, until the end of the stream arrives.
        drop(stream);
        server.all_gone().await;
    }

    async fn a_handler_learns_of_the_end_it_does_not_wait_for(driver: Driver) {
        let (server, _) = started(driver).await;
        let stream = server.connect_raw_with("/pending", &text("closed")).await;
        expect(&server, &["open", "closed"]).await;
        drop(stream);
        expect(&server, &["seen 1006 Lost", "close 1006 Lost"]).await;
        let _stream = server.connect_raw_with("/pending", &text("closed")).await;
        expect(&server, &["open", "closed"]).await;
        let ws = server.server.sockets::<socket::Ws>().pop().unwrap();
        let elsewhere = ws.clone();
        // `closed` can also be awaited on another thread, with another executor.
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(elsewhere.closed()).code
        });
        drop(ws.closed());
        ws.close_with(4000, "");
        expect(&server, &["seen 4000 Server"]).await;
        assert_eq!(thread.join().unwrap(), CloseCode::from(4000));
        assert_eq!(soon("nothing", ws.closed()).await.code, CloseCode::from(4000));
    }

    async fn the_end_of_the_server_is_an_end_that_is_waited_for(driver: Driver) {
        let (server, _) = started(driver).await;
        let _stream = server.connect_raw_with("/pending", &text("closed")).await;
        expect(&server, &["open", "closed"]).await;
        let shutdown = server.server.shutdown(CloseCode::GoingAway, "", SHORT);
        expect(&server, &["seen 1001 Shutdown"]).await;
        assert_eq!(soon("the shutdown", shutdown).await, 1);
    }

    async fn a_handler_that_takes_too_long_is_dropped(driver: Driver) {
        let (server, _) = started(driver).await;
        let mut stream = server.connect_raw_with("/limited", &text("for ever")).await;
        expect(&server, &["open", "for ever", "dropped"]).await;
        let mut close = [0; 4];
        soon("the Close frame", stream.read_exact(&mut close)).await.unwrap();
        assert_eq!(close, [0x88, 2, 3, 0xF3]);
        drop(stream);
        expect(&server, &["close 1011 Handler"]).await;
        server.all_gone().await;
        // By default a handler has no time limit.
        let stream = server.connect_raw_with("/pending", &text("for ever")).await;
        expect(&server, &["open", "for ever"]).await;
        drop(stream);
        until("its topics to be left", || server.server.topics().is_empty()).await;
        assert!(server.log.is_empty());
    }

    async fn error_is_told_that_a_handler_took_too_long(driver: Driver) {
        let (server, _) = started(driver).await;
        let mut stream = server.connect_raw_with("/told", &text("hello")).await;
        // The `error` handler exceeds the limit, too.
        expect(&server, &["hello", "timed out: true"]).await;
        let mut close = [0; 4];
        soon("the Close frame", stream.read_exact(&mut close)).await.unwrap();
        assert_eq!(close, [0x88, 2, 3, 0xF3]);
        drop(stream);
        expect(&server, &["close 1011 Handler"]).await;
        server.all_gone().await;
    }

    async fn a_download_that_pauses_under_backpressure_is_complete(driver: Driver) {
        let (server, _) = started(driver).await;
        let mut client = server.connect("/download").await;
        client.send("go").await;
        // The client starts to read only after its queue is full.
        let mut blocks = 0;
        loop {
            match client.next().await {
                tokio_tungstenite::tungstenite::Message::Binary(block) => {
                    assert_eq!(block.len(), 32 << 10);
                    blocks += 1;
                }
                done => break assert_eq!(done.into_text().unwrap().as_str(), "done"),
            }
        }
        assert_eq!(blocks, 100);
        drop(client);
        server.all_gone().await;
    }

    async fn a_pinging_peer_stays_while_a_handler_waits(driver: Driver) {
        let (server, door) = started(driver).await;
        let mut stream = server.connect_raw_with("/pending", &text("wait")).await;
        expect(&server, &["open", "wait"]).await;
        for _ in 0..3 {
            stream.write_all(&frame(0x89, b"?")).await.unwrap();
            let mut answer = [0; 3];
            soon("the answer", stream.read_exact(&mut answer)).await.unwrap();
            assert_eq!(&answer, b"\x8A\x01?");
        }
        door.add_permits(1);
        expect(&server, &["ping 1", "ping 1", "ping 1"]).await;
    }
}

/// Counts the messages of a flood. A message `publish` is published to all of these sockets.
#[websocket("/flood", max_message_size = 1 << 20)]
mod flood {
    use super::*;

    pub(super) struct Data {
        log: Log,
        handled: Arc<std::sync::atomic::AtomicUsize>,
        begin: web::Data<Begin>,
    }

    /// The first message blocks its worker here.
    pub(super) type Begin = std::sync::Mutex<(mpsc::Sender<()>, mpsc::Receiver<()>)>;

    async fn attach(
        log: web::Data<Log>,
        handled: web::Data<std::sync::atomic::AtomicUsize>,
        begin: web::Data<Begin>,
    ) -> Data {
        Data {
            log: (**log).clone(),
            handled: handled.into_inner(),
            begin,
        }
    }

    fn open(ws: &Ws) {
        ws.subscribe("flooded");
        ws.data.log.push("open");
    }

    fn message(ws: &Ws, text: &str) {
        use std::sync::atomic::Ordering::SeqCst;
        if text == "bystander" {
            ws.data.log.push(ws.data.handled.load(SeqCst).to_string());
            return;
        }
        if ws.data.handled.fetch_add(1, SeqCst) == 0 {
            let begin = ws.data.begin.lock().unwrap();
            begin.0.send(()).unwrap();
            begin.1.recv().unwrap();
        }
        if text == "publish" {
            ws.publish("flooded", "x".repeat(100));
        }
    }
}

/// How many messages of a flood are handled before the message of a bystander. That message is sent
/// before the worker goes on.
async fn handled_before_a_bystander(driver: Driver, what: &str, sockets: usize) -> usize {
    let (began, beginning) = mpsc::channel();
    let (go_on, going_on) = mpsc::channel();
    let begin = web::Data::new(flood::Begin::new((began, going_on)));
    let handled = web::Data::new(std::sync::atomic::AtomicUsize::new(0));
    let server = serve(driver, move |config, server| {
        config
            .app_data(begin.clone())
            .app_data(handled.clone())
            .service(flood::service().server(server));
    })
    .await;
    let mut others = Vec::new();
    for _ in 0..sockets {
        others.push(server.connect_raw("/flood").await);
        expect(&server, &["open"]).await;
    }
    let mut stream = server.connect_raw("/flood").await;
    expect(&server, &["open"]).await;
    let messages = text(what).repeat(60_000);
    let flooding = tokio::task::spawn_local(async move {
        stream.write_all(&messages).await.ok();
        stream
    });
    until("the flood to begin", || beginning.try_recv().is_ok()).await;
    others[0].write_all(&text("bystander")).await.unwrap();
    go_on.send(()).unwrap();
    let handled = server.log.next().await.parse().unwrap();
    flooding.abort();
    handled
}

on_each_driver! {
    async fn a_flood_leaves_others_their_turn(driver: Driver) {
        let handled = handled_before_a_bystander(driver, "nothing", 1).await;
        // The worker finishes the turn in which the flood began. Another turn may follow before it
        // polls the network.
        assert!(handled <= 3 * 4096, "{handled}");
    }

    async fn a_flood_that_publishes_has_shorter_turns(driver: Driver) {
        let handled = handled_before_a_bystander(driver, "publish", 50).await;
        // Some 160 messages are delivered together, as 16 KiB, to 51 sockets. Each socket costs 17
        // units of work.
        assert!(handled <= 3 * 1024, "{handled}");
    }
}
