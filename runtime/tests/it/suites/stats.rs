//! `Server::stats`: each counter moves by exactly what was done.

use std::{io, time::Duration};

use actix_web::{HttpRequest, error, http::StatusCode};
use levante::{CodeClass, EndpointStats, FailedBy, HandlerKind, RefusedBy, Stats, prelude::*};

use crate::{
    suites::slow_consumers::{connect_with_little_buffer_at, listener_with_little_buffer},
    support::{
        Driver, NEVER, TestServer, on_each_driver, serve_on, serve_with, until, upgrade_request,
        upgrade_request_with,
    },
};

#[websocket("/counted/{room}", handler_timeout = Duration::from_millis(50))]
mod counted {
    use super::*;

    async fn attach(request: HttpRequest) -> Result<(), actix_web::Error> {
        match request.query_string() {
            "unauthorized" => Err(error::ErrorUnauthorized("who is it?")),
            "broken" => Err(error::ErrorInternalServerError("broken")),
            "moved" => Err(error::InternalError::new("moved", StatusCode::FOUND).into()),
            "panic" => panic!("on purpose"),
            "slow" => std::future::pending().await,
            _ => Ok(()),
        }
    }

    async fn message(ws: &Ws, text: &str) -> Result<(), io::Error> {
        match text.split_once(' ').unwrap_or((text, "")) {
            ("echo", what) => _ = ws.send(what),
            ("join", topic) => {
                ws.subscribe(topic);
                ws.send("joined");
            }
            ("publish", topic) => _ = ws.publish(topic, "from a socket"),
            ("close", code) => ws.close_with(code.parse::<u16>().unwrap(), "bye"),
            ("terminate", _) => ws.terminate(),
            ("fail", _) => return Err(io::Error::other("on purpose")),
            ("panic", _) => panic!("on purpose"),
            ("hang", _) => std::future::pending().await,
            _ => {}
        }
        Ok(())
    }
}

/// With an `error` handler that fails, too.
#[websocket("/failing")]
mod failing {
    use super::*;

    fn message(_ws: &Ws, _: &str) -> Result<(), io::Error> {
        Err(io::Error::other("on purpose"))
    }

    fn error(_ws: &Ws, _: HandlerError) {
        panic!("on purpose");
    }
}

async fn serve(driver: Driver) -> TestServer {
    serve_with_workers(driver, 1).await
}

async fn serve_with_workers(driver: Driver, workers: usize) -> TestServer {
    serve_with(driver, workers, |config, server| {
        config.service(
            counted::service()
                .hosts(["localhost", "127.0.0.1"])
                .handshake_timeout(NEVER)
                .server(server),
        );
        config.service(failing::service().server(server));
    })
    .await
}

/// The counters of the endpoint, which is the only one.
fn only(stats: &Stats) -> &EndpointStats {
    assert_eq!(stats.endpoints.len(), 1, "{stats:#?}");
    assert_eq!(stats.endpoints["/counted/{room}"], stats.total);
    &stats.total
}

/// Waits until the server has counted the end of this many connections.
async fn ended(server: &TestServer, connections: u64) -> Stats {
    until("the ends of connections", || {
        server.server.stats().total.closed() == connections
    })
    .await;
    server.server.stats()
}

on_each_driver! {
    async fn messages_and_bytes_count_each_way_from_every_thread(driver: Driver) {
        let server = serve(driver).await;
        assert_eq!(server.server.stats(), Stats::default());
        let mut client = server.connect("/counted/1").await;
        assert_eq!(client.ask("echo hello").await, "hello");
        assert_eq!(client.ask("echo ").await, "");
        let stats = server.server.stats();
        assert_eq!((only(&stats).opened, only(&stats).connections), (1, 1));
        assert_eq!((only(&stats).messages_received, only(&stats).bytes_received), (2, 15));
        assert_eq!((only(&stats).messages_sent, only(&stats).bytes_sent), (2, 5));

        // From the threads of a test, which have no worker.
        let ws = server.server.sockets::<counted::Ws>().remove(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..25).for_each(|_| _ = ws.send("12345678")));
            }
        });
        for _ in 0..100 {
            assert_eq!(client.text().await, "12345678");
        }
        let more = server.server.stats().since(&stats);
        assert_eq!((only(&more).messages_sent, only(&more).bytes_sent), (100, 800));
        assert_eq!((more.total.deliveries, more.publishes), (0, 0));

        client.close(1000, "").await;
        client.closed().await;
        let stats = ended(&server, 1).await;
        assert_eq!(stats.total.connections, 0);
        assert_eq!(ws.send("too late"), SendStatus::Dropped(levante::DropReason::Closed));
        let stats = server.server.stats().since(&stats);
        assert_eq!((stats.total.dropped_closed, stats.total.messages_sent), (1, 0));
    }

    async fn a_message_that_cannot_be_encoded_counts_as_invalid(driver: Driver) {
        let server = serve(driver).await;
        let mut client = server.connect("/counted/1").await;
        assert_eq!(client.ask("echo 1").await, "1");
        let ws = server.server.sockets::<counted::Ws>().remove(0);
        // JSON has no key that is a list.
        let invalid = std::collections::BTreeMap::from([(vec![1], 1)]);
        assert_eq!(ws.send(levante::Json(&invalid)), SendStatus::Dropped(levante::DropReason::Invalid));
        server.server.publish("t", levante::Json(&invalid));
        let stats = server.server.stats();
        assert_eq!(stats.total.dropped_invalid, 1);
        assert_eq!((stats.publishes, stats.publishes_invalid), (0, 1));
    }

    async fn every_reason_of_a_refusal_counts_by_itself(driver: Driver) {
        let server = serve_with(driver, 1, |config, server| {
            config.service(
                counted::service()
                    .hosts(["localhost"])
                    .handshake_timeout(Duration::from_millis(50))
                    .server(server),
            );
        })
        .await;
        let path = |query: &str| upgrade_request(&format!("/counted/1?{query}"));
        let version = path("").replace("Version: 13", "Version: 12");
        let host = path("").replace("localhost", "other.example");
        let origin = upgrade_request_with("/counted/1", "Origin: https://other.example\r\n");
        for (request, status, by) in [
            (version, "426", RefusedBy::Protocol),
            (host, "421", RefusedBy::Hosts),
            (origin, "403", RefusedBy::Origins),
            (path("unauthorized"), "401", RefusedBy::AttachClient),
            (path("broken"), "500", RefusedBy::AttachServer),
            (path("moved"), "302", RefusedBy::AttachOther),
            (path("panic"), "500", RefusedBy::AttachPanic),
            (path("slow"), "503", RefusedBy::HandshakeTimeout),
        ] {
            let before = server.server.stats();
            let response = server.raw(&request).await;
            assert_eq!(&response[9..12], status, "{by}: {response}");
            let stats = server.server.stats().since(&before);
            assert_eq!(only(&stats).refused, [(by, 1)].into());
            assert_eq!((stats.total.opened, stats.total.connections), (0, 0));
        }
        server.server.shutdown(1001, "", NEVER).await;
        let before = server.server.stats();
        assert!(server.raw(&path("")).await.starts_with("HTTP/1.1 503 "));
        let stats = server.server.stats();
        assert_eq!(stats.since(&before).total.refused, [(RefusedBy::Shutdown, 1)].into());
        assert_eq!(stats.total.handshakes_refused(), 9);
    }

    async fn ends_count_by_code_and_by_cause(driver: Driver) {
        let server = serve(driver).await;
        let mut expected = std::collections::BTreeMap::new();
        let mut count = 0;
        for (code, class) in [(1000, "1000"), (1001, "1001"), (3001, "3xxx"), (3999, "3xxx"), (4000, "4xxx")] {
            let mut client = server.connect("/counted/1").await;
            client.close(code, "").await;
            client.closed().await;
            let key = (CodeClass::from(code), ClosedBy::Peer);
            assert_eq!(key.0.to_string(), class);
            *expected.entry(key).or_default() += 1;
            count += 1;
            assert_eq!(ended(&server, count).await.total.closes, expected);
        }
        for (message, code, by) in [
            ("close 1000", 1000, ClosedBy::Server),
            ("close 4999", 4999, ClosedBy::Server),
            ("terminate", 1006, ClosedBy::Server),
            ("fail", 1011, ClosedBy::Handler),
        ] {
            let mut client = server.connect("/counted/1").await;
            client.send(message).await;
            client.closed().await;
            *expected.entry((CodeClass::from(code), by)).or_default() += 1;
            count += 1;
            assert_eq!(ended(&server, count).await.total.closes, expected, "{message}");
        }
        drop(server.connect("/counted/1").await);
        *expected.entry((CodeClass::Code(1006), ClosedBy::Lost)).or_default() += 1;
        let stats = ended(&server, count + 1).await;
        assert_eq!(only(&stats).closes, expected);
        assert_eq!(stats.total.opened, count + 1);
        assert_eq!(stats.total.connections, 0);
        assert_eq!(stats.total.closed_by(ClosedBy::Server), 3);
        assert_eq!(stats.total.closed_with(4000u16), 2);
    }

    async fn failures_count_by_handler_and_by_kind(driver: Driver) {
        let server = serve(driver).await;
        for message in ["fail", "panic", "hang"] {
            let mut client = server.connect("/counted/1").await;
            client.send(message).await;
            assert_eq!(client.closed().await.0, 1011);
        }
        let mut client = server.connect("/counted/1").await;
        client.send_binary([1]).await;
        assert_eq!(client.closed().await.0, 1003);
        let kinds = [FailedBy::Error, FailedBy::Panic, FailedBy::Payload, FailedBy::Timeout];
        let expected = kinds.map(|by| ((HandlerKind::Message, by), 1)).into();
        let stats = ended(&server, 4).await;
        assert_eq!(only(&stats).failures, expected);
        assert_eq!(stats.total.closed_by(ClosedBy::Handler), 4);

        // The failure of the `error` handler counts besides the failure that it was told.
        let mut client = server.connect("/failing").await;
        client.send("anything").await;
        assert_eq!(client.closed().await.0, 1011);
        let stats = ended(&server, 5).await;
        let failing = &stats.endpoints["/failing"];
        let expected = [
            ((HandlerKind::Message, FailedBy::Error), 1),
            ((HandlerKind::Error, FailedBy::Panic), 1),
        ];
        assert_eq!(failing.failures, expected.into());
        assert_eq!(stats.total.failed(), 6);
    }

    async fn publishes_and_deliveries_count_on_every_worker(driver: Driver) {
        let server = serve_with_workers(driver, 3).await;
        let mut clients = Vec::new();
        for _ in 0..9 {
            let mut client = server.connect("/counted/1").await;
            assert_eq!(client.ask("join t").await, "joined");
            clients.push(client);
        }
        let before = server.server.stats();
        // A publisher without a worker.
        let addressed = server.server.publish("t", "from a thread");
        assert_eq!(addressed, 9);
        assert_eq!(server.server.publish("empty", "nobody listens"), 0);
        for client in &mut clients {
            assert_eq!(client.text().await, "from a thread");
        }
        let stats = server.server.stats().since(&before);
        assert_eq!((stats.publishes, stats.publishes_refused), (2, 0));
        assert_eq!((stats.total.deliveries, stats.total.messages_sent), (9, 9));
        assert_eq!(stats.total.bytes_sent, 9 * "from a thread".len() as u64);

        // A publisher with a worker. It does not get its own message.
        let before = server.server.stats();
        clients[0].send("publish t").await;
        for client in &mut clients[1..] {
            assert_eq!(client.text().await, "from a socket");
        }
        assert_eq!(clients[0].ask("echo last").await, "last");
        let stats = server.server.stats().since(&before);
        assert_eq!(stats.publishes, 1);
        assert_eq!((only(&stats).deliveries, only(&stats).messages_sent), (8, 9));
        assert_eq!(only(&stats).bytes_sent, 8 * "from a socket".len() as u64 + 4);
    }

    async fn what_a_slow_peer_misses_counts_by_the_reason(driver: Driver) {
        let server = serve_on(listener_with_little_buffer(), driver, 1, |config, server| {
            config.service(counted::service().backpressure_limit(100_000).server(server));
        })
        .await;
        let mut client = connect_with_little_buffer_at(&server, "/counted/1").await;
        client.send("join t").await;
        assert_eq!(client.text().await, "joined");
        let mut other = server.connect("/counted/2").await;
        let ws = server.server.subscribers::<counted::Ws>("t").remove(0);
        let before = server.server.stats();
        let (mut accepted, mut dropped) = (0, 0);
        while dropped < 3 {
            match ws.send([b'x'; 30_000].as_slice()) {
                SendStatus::Dropped(_) => dropped += 1,
                _ => {
                    accepted += 1;
                    dropped = 0;
                }
            }
            // The worker writes as much as the kernel takes.
            assert_eq!(other.ask("echo done").await, "done");
        }
        let stats = server.server.stats().since(&before);
        assert!(stats.total.dropped_full >= 3);
        let answers = stats.total.messages_received;
        assert_eq!(stats.total.messages_sent - answers, accepted);
        assert_eq!(stats.total.messages_sent + stats.total.dropped_full, 2 * answers);
    }

    async fn nothing_is_lost_when_sockets_close_and_the_space_shuts_down(driver: Driver) {
        let mut server = serve_with_workers(driver, 2).await;
        for round in 1..=3 {
            let mut clients = Vec::new();
            for _ in 0..8 {
                let mut client = server.connect("/counted/1").await;
                assert_eq!(client.ask("echo 1234").await, "1234");
                clients.push(client);
            }
            let stats = server.server.stats();
            assert_eq!((stats.total.opened, stats.total.connections), (8 * round, 8));
            if round == 3 {
                let shutdown = server.server.shutdown(1001, "bye", NEVER);
                let farewells = async {
                    for client in &mut clients {
                        assert_eq!(client.closed().await.0, 1001);
                    }
                };
                assert_eq!(futures_util::future::join(shutdown, farewells).await.0, 0);
            } else {
                for mut client in clients {
                    client.close(1000, "").await;
                    client.closed().await;
                }
                ended(&server, 8 * round).await;
            }
        }
        let stats = server.server.stats();
        assert_eq!((stats.total.connections, stats.total.opened), (0, 24));
        assert_eq!((stats.total.messages_received, stats.total.bytes_received), (24, 216));
        assert_eq!((stats.total.messages_sent, stats.total.bytes_sent), (24, 96));
        assert_eq!(stats.total.closed_by(ClosedBy::Shutdown), 8);
        assert_eq!(stats.total.closed_by(ClosedBy::Peer), 16);
        // The threads of the workers end, and with them their counters.
        server.stop(true).await;
        server.ended().await;
        assert_eq!(server.server.stats(), stats);
    }
}

#[actix_web::test]
async fn a_space_without_sockets_has_counted_nothing() {
    let server = Server::new();
    assert_eq!(server.stats(), Stats::default());
    server.publish("t", "nobody listens");
    let mut expected = Stats::default();
    expected.publishes = 1;
    assert_eq!(server.stats(), expected);
}
