//! The `subscription` handler.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
};

use actix_web::{HttpRequest, web};
use levante::prelude::*;
use tokio::io::AsyncWriteExt;

use crate::support::{
    Driver, Log, PATIENCE, TestServer, failure, frame, on_each_driver, serve, serve_with, until,
};

/// Logs every event, under the name that its peer gives it.
#[websocket("/member")]
mod member {
    use super::*;

    pub(super) struct Visitor {
        pub(super) name: String,
        log: Log,
        /// Whether a handler is at work.
        busy: AtomicBool,
    }

    impl Visitor {
        pub(super) fn note(&self, entry: &str) {
            self.log.push(format!("{} {entry}", self.name));
        }
    }

    async fn attach(request: HttpRequest, log: web::Data<Log>) -> Visitor {
        Visitor {
            name: request.query_string().to_owned(),
            log: (**log).clone(),
            busy: AtomicBool::new(false),
        }
    }

    fn open(ws: &Ws) {
        ws.data.note("open");
    }

    fn message(ws: &Ws, text: &str) {
        ws.data.busy.store(true, Relaxed);
        for step in text.split(';') {
            let step = step.trim();
            match step.split_once(' ') {
                Some(("join", topic)) => _ = ws.subscribe(topic),
                Some(("leave", topic)) => _ = ws.unsubscribe(topic),
                _ => ws.data.note(step),
            }
        }
        ws.data.busy.store(false, Relaxed);
    }

    fn subscription(ws: &Ws, topic: &str, subscribers: usize) {
        assert!(!ws.data.busy.swap(true, Relaxed), "handlers are nested");
        let joined = ws.is_subscribed(topic);
        ws.data.note(&format!("{topic} {subscribers} {joined}"));
        match topic.split_once('/') {
            Some(("chain", link)) if joined => {
                let next = link
                    .parse::<u32>()
                    .ok()
                    .and_then(|link| link.checked_sub(1));
                next.map(|link| ws.subscribe(format!("chain/{link}")));
            }
            Some(("toggle", _)) if joined => _ = ws.unsubscribe(topic),
            Some(("toggle", _)) => _ = ws.subscribe(topic),
            _ => {}
        }
        ws.data.busy.store(false, Relaxed);
    }

    fn ping(ws: &Ws, data: &[u8]) {
        ws.data.note(&String::from_utf8_lossy(data));
    }

    fn close(ws: &Ws, reason: CloseReason) {
        ws.data.note(&format!("close {:?}", reason.by));
    }
}

/// Fails in the way that the topic names.
#[websocket("/failing")]
mod failing {
    use super::*;

    async fn attach(log: web::Data<Log>) -> Log {
        (**log).clone()
    }

    fn open(ws: &Ws) {
        for topic in ["fine", "err", "panic", "last"] {
            ws.subscribe(topic);
        }
    }

    async fn subscription(ws: &Ws, topic: &str, subscribers: usize) -> Result<(), &'static str> {
        tokio::task::yield_now().await;
        ws.data.push(format!("{topic} {subscribers}"));
        match (topic, subscribers) {
            ("err", 1) => Err("of no use"),
            ("panic", 1) => panic!("at the disco"),
            _ => Ok(()),
        }
    }

    async fn error(ws: &Ws, error: HandlerError) {
        ws.data.push(failure(&error));
    }

    async fn close(ws: &Ws, reason: CloseReason) {
        ws.data.push(format!("close {:?}", reason.by));
    }
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    config
        .service(member::service().server(server))
        .service(failing::service().server(server));
}

/// The open socket of this name.
fn socket(server: &TestServer, name: &str) -> member::Ws {
    let mut sockets = server.server.sockets::<member::Ws>().into_iter();
    sockets.find(|ws| ws.data.name == name).unwrap()
}

async fn expect(log: &Log, entries: &[&str]) {
    for entry in entries {
        assert_eq!(log.next().await, *entry);
    }
}

on_each_driver! {
    async fn changes_are_told_in_order_when_the_handler_has_returned(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = server.connect("/member?a").await;
        expect(&server.log, &["a open"]).await;
        client.send("join x; join x; join y; leave never; leave x; done").await;
        expect(&server.log, &["a done", "a x 1 false", "a y 1 true", "a x 0 false"]).await;
        client.send("leave x; join x; again").await;
        expect(&server.log, &["a again", "a x 1 true"]).await;
        assert!(server.log.is_empty());
    }

    async fn the_count_is_that_of_all_workers(driver: Driver) {
        for workers in [1, 4] {
            let server = serve_with(driver, workers, app).await;
            let mut clients = Vec::new();
            for number in 1..=8 {
                let mut client = server.connect(&format!("/member?{number}")).await;
                expect(&server.log, &[&format!("{number} open")]).await;
                client.send("join room").await;
                expect(&server.log, &[&format!("{number} room {number} true")]).await;
                clients.push(client);
            }
            clients[3].send("leave room").await;
            expect(&server.log, &["4 room 7 false"]).await;
            clients[3].send("join elsewhere").await;
            expect(&server.log, &["4 elsewhere 1 true"]).await;
            clients[5].send("leave room").await;
            expect(&server.log, &["6 room 6 false"]).await;
            for (number, mut client) in (1..).zip(clients) {
                client.close(1000, "").await;
                let topic = match number {
                    4 => Some("4 elsewhere 0 false".to_owned()),
                    6 => None,
                    _ => {
                        let left = 8 - number - usize::from(number < 4) - usize::from(number < 6);
                        Some(format!("{number} room {left} false"))
                    }
                };
                if let Some(topic) = topic {
                    expect(&server.log, &[&topic]).await;
                }
                expect(&server.log, &[&format!("{number} close Peer")]).await;
            }
            server.all_gone().await;
            assert!(server.log.is_empty());
        }
    }

    async fn concurrent_joins_are_each_told_a_count_of_their_own(driver: Driver) {
        let server = serve_with(driver, 4, app).await;
        let mut clients = Vec::new();
        for number in 0..8 {
            clients.push(server.connect(&format!("/member?{number}")).await);
            expect(&server.log, &[&format!("{number} open")]).await;
        }
        for client in &mut clients {
            client.send("join room").await;
        }
        let mut counts = Vec::new();
        for _ in 0..8 {
            let entry = server.log.next().await;
            counts.push(entry.split(' ').nth(2).unwrap().parse::<usize>().unwrap());
        }
        counts.sort_unstable();
        assert_eq!(counts, [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    async fn topics_left_at_the_end_are_told_before_close(driver: Driver) {
        let server = serve(driver, app).await;
        let mut stays = server.connect("/member?stays").await;
        expect(&server.log, &["stays open"]).await;
        stays.send("join x").await;
        expect(&server.log, &["stays x 1 true"]).await;
        for (end, by) in [("closed", "Peer"), ("terminated", "Server"), ("lost", "Lost")] {
            let mut client = server.connect("/member?goes").await;
            expect(&server.log, &["goes open"]).await;
            client.send("join x; join y; leave y").await;
            expect(&server.log, &["goes x 2 true", "goes y 1 false", "goes y 0 false"]).await;
            let ws = socket(&server, "goes");
            match end {
                "closed" => client.close(1000, "").await,
                "terminated" => ws.terminate(),
                _ => drop(client),
            }
            expect(&server.log, &["goes x 1 false"]).await;
            assert!(!ws.subscribe("too late"));
            expect(&server.log, &[&format!("goes close {by}")]).await;
        }
        assert!(server.log.is_empty());
    }

    async fn topics_left_by_closing_are_told_before_the_peer_answers(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = server.connect("/member?a").await;
        expect(&server.log, &["a open"]).await;
        client.send("join x").await;
        expect(&server.log, &["a x 1 true"]).await;
        socket(&server, "a").close();
        expect(&server.log, &["a x 0 false"]).await;
        assert!(server.log.is_empty());
        assert_eq!(client.closed().await.0, 1000);
        expect(&server.log, &["a close Server"]).await;
    }

    async fn topics_left_in_a_shutdown_are_told_before_close(driver: Driver) {
        let server = serve(driver, app).await;
        let mut clients = Vec::new();
        for (name, count) in [("a", 1), ("b", 2)] {
            let mut client = server.connect(&format!("/member?{name}")).await;
            client.send("join x").await;
            expect(&server.log, &[&format!("{name} open"), &format!("{name} x {count} true")]).await;
            clients.push(client);
        }
        let shutdown = server.server.shutdown(CloseCode::GoingAway, "", PATIENCE);
        for client in &mut clients {
            assert_eq!(client.closed().await.0, 1001);
        }
        assert_eq!(shutdown.await, 0);
        let mut told = Vec::new();
        for _ in 0..4 {
            told.push(server.log.next().await);
        }
        let at = |entry: &str| told.iter().position(|told| told == entry);
        for name in ["a", "b"] {
            let left = at(&format!("{name} x 0 false"));
            let closed = at(&format!("{name} close Shutdown"));
            assert!(left.is_some() && left < closed, "{told:?}");
        }
    }

    async fn changes_made_by_another_thread_are_told_in_order(driver: Driver) {
        let server = serve(driver, app).await;
        let _client = server.connect("/member?a").await;
        expect(&server.log, &["a open"]).await;
        let ws = socket(&server, "a");
        let made = thread::spawn(move || {
            for round in 0..100 {
                assert!(ws.subscribe("x"));
                assert!(ws.subscribe(format!("round {round}")));
                assert!(ws.unsubscribe("x"));
            }
        });
        for round in 0..100 {
            assert!(server.log.next().await.starts_with("a x 1 "));
            expect(&server.log, &[&format!("a round {round} 1 true")]).await;
            assert!(server.log.next().await.starts_with("a x 0 "));
        }
        made.join().unwrap();
        assert!(server.log.is_empty());
    }

    async fn what_the_handler_changes_itself_is_told_after_it(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = server.connect("/member?a").await;
        expect(&server.log, &["a open"]).await;
        client.send("join chain/200").await;
        for link in (0..=200).rev() {
            expect(&server.log, &[&format!("a chain/{link} 1 true")]).await;
        }
        assert!(server.log.is_empty());
    }

    async fn a_handler_that_never_rests_holds_up_nobody(driver: Driver) {
        let server = serve(driver, app).await;
        let mut stream = server.connect_raw("/member?a").await;
        expect(&server.log, &["a open"]).await;
        stream.write_all(&frame(0x81, b"join toggle/x")).await.unwrap();
        let next = async || loop {
            let entry = server.log.next().await;
            if !entry.starts_with("a toggle/x") {
                return entry;
            }
        };
        let mut other = server.connect("/member?b").await;
        assert_eq!(next().await, "b open");
        other.send("hello").await;
        assert_eq!(next().await, "b hello");
        stream.write_all(&frame(0x89, b"hello?")).await.unwrap();
        assert_eq!(next().await, "a hello?");
        stream.write_all(&frame(0x88, &[])).await.unwrap();
        assert_eq!(next().await, "a close Peer");
        until("it to be gone", || server.server.connections() == 1).await;
    }

    async fn an_async_handler_may_fail(driver: Driver) {
        let server = serve(driver, app).await;
        let mut client = server.connect("/failing").await;
        expect(&server.log, &["fine 1", "err 1", "`subscription` failed: of no use"]).await;
        expect(&server.log, &["panic 1", "`subscription` panicked: at the disco", "last 1"]).await;
        assert_eq!(client.closed().await.0, 1011);
        let mut left = Vec::new();
        for _ in 0..4 {
            left.push(server.log.next().await);
        }
        left.sort();
        assert_eq!(left, ["err 0", "fine 0", "last 0", "panic 0"]);
        expect(&server.log, &["close Handler"]).await;
        server.all_gone().await;
    }
}
