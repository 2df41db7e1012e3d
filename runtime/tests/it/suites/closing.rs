//! However a connection ends, `close` is called once, and the server keeps nothing of it.

use std::time::Duration;

use futures_util::SinkExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message as Theirs;

use crate::support::{Client, Driver, TestServer, frame, on_each_driver, probe, serve, soon};

async fn connect(server: &TestServer) -> Client {
    let client = server.connect("/probe").await;
    assert_eq!(server.log.next().await, "open");
    client
}

/// The entry of a `close` handler that found the expected state.
fn closed(code: u16, reason: &str, by: &str) -> String {
    format!("close {code} {reason:?} {by} true Dropped(Closed) 0")
}

on_each_driver! {
    async fn by_the_peer(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut client = connect(&server).await;
        assert_eq!(client.ask("subscribe a").await, "true");
        client.close(4321, "seen enough").await;
        assert_eq!(server.log.next().await, closed(4321, "seen enough", "Peer"));
        assert_eq!(client.closed().await, (4321, "seen enough".into()));
        server.all_gone().await;
        assert!(server.log.is_empty());
    }

    async fn by_the_peer_without_a_code(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut client = connect(&server).await;
        client.0.send(Theirs::Close(None)).await.unwrap();
        assert_eq!(server.log.next().await, closed(1005, "", "Peer"));
        assert_eq!(client.closed().await.0, 1005);
        server.all_gone().await;
    }

    async fn by_the_server(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut client = connect(&server).await;
        client.send("close").await;
        assert_eq!(client.closed().await, (1000, String::new()));
        assert_eq!(server.log.next().await, closed(1000, "", "Server"));
        let mut client = connect(&server).await;
        client.send("close-with 4000 that is all").await;
        assert_eq!(client.closed().await, (4000, "that is all".into()));
        assert_eq!(server.log.next().await, "Closing Dropped(Closed)");
        assert_eq!(server.log.next().await, closed(4000, "that is all", "Server"));
        server.all_gone().await;
        assert!(server.log.is_empty());
    }

    async fn a_code_that_may_not_travel_stays_at_home(driver: Driver) {
        let server = serve(driver, probe::app).await;
        for code in [0, 999, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
            let mut client = connect(&server).await;
            client.send(format!("close-with {code} why")).await;
            assert_eq!(client.closed().await.0, 1005, "{code}");
            server.log.next().await;
            assert_eq!(server.log.next().await, closed(code, "why", "Server"));
        }
    }

    async fn a_long_reason_is_cut_between_characters(driver: Driver) {
        let server = serve(driver, probe::app).await;
        for (reason, kept) in [
            ("x".repeat(122), 122),
            ("x".repeat(123), 123),
            ("x".repeat(124), 123),
            ("é".repeat(62), 122),
        ] {
            let mut client = connect(&server).await;
            client.send(format!("close-with 4000 {reason}")).await;
            assert_eq!(client.closed().await, (4000, reason[..kept].to_owned()));
            server.log.next().await;
            server.log.next().await;
        }
    }

    async fn by_the_end_of_the_stream_at_any_byte(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let whole = frame(0x81, b"echo cut off");
        for cut in 0..whole.len() {
            let mut stream = server.connect_raw("/probe").await;
            assert_eq!(server.log.next().await, "open");
            stream.write_all(&whole[..cut]).await.unwrap();
            drop(stream);
            assert_eq!(server.log.next().await, closed(1006, "", "Lost"), "cut at {cut}");
        }
        server.all_gone().await;
        assert!(server.log.is_empty());
    }

    async fn by_a_reset(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let stream = server.connect_raw("/probe").await;
        assert_eq!(server.log.next().await, "open");
        // Zero linger makes the drop a reset.
        #[expect(deprecated, reason = "a linger of zero does not block")]
        stream.set_linger(Some(Duration::ZERO)).unwrap();
        drop(stream);
        assert_eq!(server.log.next().await, closed(1006, "", "Lost"));
        server.all_gone().await;
    }

    async fn by_a_violation(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut stream = server.connect_raw("/probe").await;
        assert_eq!(server.log.next().await, "open");
        stream.write_all(b"\x83\x80\0\0\0\0").await.unwrap();
        let entry = server.log.next().await;
        assert!(entry.starts_with("close 1002 ") && entry.contains(" Protocol true"), "{entry}");
        drop(stream);
        server.all_gone().await;
    }

    async fn by_termination(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut client = connect(&server).await;
        client.send("terminate").await;
        assert_eq!(client.closed().await.0, 1006, "no close frame");
        assert_eq!(server.log.next().await, closed(1006, "", "Server"));
        server.all_gone().await;
    }

    async fn by_a_stop_of_the_server(driver: Driver) {
        for graceful in [false, true] {
            let server = serve(driver, probe::app).await;
            let client = connect(&server).await;
            if graceful {
                // actix waits for its connections, so the client must leave by itself.
                drop(client);
                assert_eq!(server.log.next().await, closed(1006, "", "Lost"));
                server.stop(true).await;
            } else {
                server.stop(false).await;
                let entry = server.log.next().await;
                assert!(entry.starts_with("close "), "{entry}");
            }
            server.all_gone().await;
            assert!(server.log.is_empty());
        }
    }

    async fn a_peer_that_never_answers_the_close_is_not_waited_for_long(driver: Driver) {
        let server = serve(driver, |config, server| {
            let service = probe::socket::service().close_timeout(Duration::from_millis(300));
            config.service(service.server(server));
        })
        .await;
        let mut stream = server.connect_raw("/probe").await;
        assert_eq!(server.log.next().await, "open");
        stream.write_all(&frame(0x81, b"close-with 4001 bye")).await.unwrap();
        assert_eq!(server.log.next().await, "Closing Dropped(Closed)");
        // The server ignores messages that arrive after its Close frame.
        stream.write_all(&frame(0x81, b"panic")).await.unwrap();
        let mut seen = Vec::new();
        soon("the end", stream.read_to_end(&mut seen)).await.unwrap();
        assert_eq!(seen, b"\x88\x05\x0F\xA1bye");
        assert_eq!(server.log.next().await, closed(4001, "bye", "Server"));
        server.all_gone().await;
    }

    async fn what_close_publishes_reaches_the_others(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut stays = connect(&server).await;
        assert_eq!(stays.ask("subscribe leavers").await, "true");
        let mut goes = connect(&server).await;
        assert_eq!(goes.ask("subscribe leavers").await, "true");
        goes.close(1000, "").await;
        assert_eq!(stays.text().await, "gone 1000");
        assert_eq!(server.log.next().await, r#"close 1000 "" Peer true Dropped(Closed) 1"#);
    }
}
