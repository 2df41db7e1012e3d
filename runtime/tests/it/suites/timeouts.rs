//! What time does to a connection.

use std::time::Duration;

use actix_web::web;
use levante::prelude::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Semaphore,
};
use tokio_tungstenite::tungstenite::Message as Theirs;

use crate::support::{
    Driver, Log, frame, on_each_driver, probe, serve, soon, until, upgrade_request,
};

const SHORT: Duration = Duration::from_millis(300);

fn idle(config: &mut web::ServiceConfig, server: &Server) {
    config.service(probe::socket::service().idle_timeout(SHORT).server(server));
}

/// Lets nobody in before it is told to.
#[websocket("/waiting")]
mod waiting {
    use super::*;

    /// Writes into the log when it goes.
    pub(super) struct Waiting(Log);

    impl Drop for Waiting {
        fn drop(&mut self) {
            self.0.push("gone");
        }
    }

    async fn attach(log: web::Data<Log>, door: web::Data<Semaphore>) -> Waiting {
        log.push("attaching");
        let waiting = Waiting((**log).clone());
        door.acquire().await.unwrap().forget();
        waiting
    }

    fn open(ws: &Ws) {
        ws.send("welcome");
    }
}

on_each_driver! {
    async fn a_handshake_that_takes_too_long_is_refused(driver: Driver) {
        let door = web::Data::new(Semaphore::new(0));
        let of_app = door.clone();
        let server = serve(driver, move |config, server| {
            let patient = waiting::service().path("/patient").handshake_timeout(Duration::ZERO);
            config
                .app_data(of_app.clone())
                .service(waiting::service().handshake_timeout(SHORT).server(server))
                .service(patient.server(server));
        })
        .await;
        let patient = server.connect("/patient");
        let refused = async {
            assert_eq!(server.log.next().await, "attaching");
            let response = server.raw(&upgrade_request("/waiting")).await;
            assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
            assert!(response.contains("retry-after: 1"), "{response}");
            assert!(response.ends_with("Try again later."), "{response}");
            assert_eq!(server.log.next().await, "attaching");
            assert_eq!(server.log.next().await, "gone");
            // The other one is still waiting.
            assert_eq!(server.server.connections(), 0);
            door.add_permits(2);
        };
        let (mut patient, ()) = tokio::join!(patient, refused);
        assert_eq!(patient.text().await, "welcome");
        let mut client = server.connect("/waiting").await;
        assert_eq!(client.text().await, "welcome");
    }

    async fn who_reads_nothing_is_cut_off_after_the_close_timeout(driver: Driver) {
        let server = serve(driver, |config, server| {
            let service = probe::socket::service().close_timeout(SHORT);
            config.service(service.backpressure_limit(64 << 20).server(server));
        })
        .await;
        let _stream = server.connect_raw("/probe").await;
        assert_eq!(server.log.next().await, "open");
        let ws = server.server.sockets::<probe::socket::Ws>().remove(0);
        // More than the kernel takes.
        ws.send(vec![0; 32 << 20]);
        ws.close();
        let entry = server.log.next().await;
        assert!(entry.starts_with(r#"close 1000 "" Server"#), "{entry}");
        until("its queue to be gone", || ws.buffered_amount() == 0).await;
        server.all_gone().await;
    }

    async fn a_silent_peer_is_pinged_and_then_dropped(driver: Driver) {
        let server = serve(driver, idle).await;
        let mut stream = server.connect_raw("/probe").await;
        assert_eq!(server.log.next().await, "open");
        let mut seen = Vec::new();
        soon("the end", stream.read_to_end(&mut seen)).await.unwrap();
        assert_eq!(seen, b"\x89\x00", "one ping and no close frame");
        let entry = server.log.next().await;
        assert!(entry.starts_with(r#"close 1006 "" IdleTimeout"#), "{entry}");
        server.all_gone().await;
    }

    async fn a_peer_that_answers_pings_stays(driver: Driver) {
        // It has a second for an answer, however busy the machine is.
        let server = serve(driver, |config, server| {
            let service = probe::socket::service().idle_timeout(Duration::from_secs(1));
            config.service(service.ping_interval(Duration::from_millis(100)).server(server));
        })
        .await;
        let mut client = server.connect("/probe").await;
        assert_eq!(server.log.next().await, "open");
        // The client answers each ping when it reads on. They are 75 milliseconds apart, or more.
        for _ in 0..14 {
            assert_eq!(client.next().await, Theirs::Ping(Default::default()));
        }
        for _ in 0..13 {
            assert_eq!(server.log.next().await, "pong ");
        }
        assert_eq!(client.ask("echo alive").await, "alive");
    }

    async fn without_pings_silence_ends_it(driver: Driver) {
        let server = serve(driver, |config, server| {
            let service = probe::socket::service().idle_timeout(SHORT).send_pings(false);
            config.service(service.server(server));
        })
        .await;
        let mut stream = server.connect_raw("/probe").await;
        let mut seen = Vec::new();
        soon("the end", stream.read_to_end(&mut seen)).await.unwrap();
        assert_eq!(seen, b"");
    }

    async fn a_peer_that_never_reads_is_still_heard_and_dropped_when_silent(driver: Driver) {
        let server = serve(driver, |config, server| {
            let service = probe::socket::service().idle_timeout(Duration::from_secs(1));
            config.service(service.backpressure_limit(1 << 20).server(server));
        })
        .await;
        let mut stream = server.connect_raw("/probe").await;
        assert_eq!(server.log.next().await, "open");
        // Far more echoes than the kernel takes, none of which is read.
        let big = frame(0x81, format!("echo {}", "x".repeat(60_000)).as_bytes());
        for _ in 0..200 {
            soon("room for a message", stream.write_all(&big)).await.unwrap();
        }
        // A ping arrives although nothing can be written.
        stream.write_all(&frame(0x89, b"hello")).await.unwrap();
        assert_eq!(server.log.next_but("drain").await, "ping hello");
        let entry = server.log.next_but("drain").await;
        assert!(entry.starts_with(r#"close 1006 "" IdleTimeout"#), "{entry}");
        server.all_gone().await;
    }

    async fn the_idle_timeout_rests_while_a_paused_socket_reads_nothing(driver: Driver) {
        let server = serve(driver, idle).await;
        // More than is read ahead. It comes with the handshake, so that no timeout is due before.
        let much = format!("echo {}", "x".repeat(32 << 10));
        let first = [frame(0x81, b"pause"), frame(0x81, b"echo later"), frame(0x81, much.as_bytes())];
        let mut paused = server.connect_raw_with("/probe", &first.concat()).await;
        assert_eq!(server.log.next().await, "open");
        // A second connection of the same age is dropped; the paused one is not.
        let mut other = server.connect_raw("/probe").await;
        assert_eq!(server.log.next().await, "open");
        let mut seen = Vec::new();
        soon("the end", other.read_to_end(&mut seen)).await.unwrap();
        let entry = server.log.next().await;
        assert!(entry.contains("IdleTimeout"), "{entry}");
        let sockets = server.server.sockets::<probe::socket::Ws>();
        assert_eq!(sockets.len(), 1);
        assert!(sockets[0].is_paused());
        sockets[0].resume();
        let mut answer = [0; 7];
        soon("an answer", paused.read_exact(&mut answer)).await.unwrap();
        assert_eq!(&answer, b"\x81\x05later");
    }

    async fn a_lifetime_ends_with_1001(driver: Driver) {
        let server = serve(driver, |config, server| {
            config.service(probe::socket::service().max_lifetime(SHORT).server(server));
        })
        .await;
        let mut client = server.connect("/probe").await;
        assert_eq!(server.log.next().await, "open");
        assert_eq!(client.closed().await, (1001, String::new()));
        let entry = server.log.next().await;
        assert!(entry.starts_with(r#"close 1001 "" Lifetime"#), "{entry}");
        server.all_gone().await;
    }

    async fn pings_go_on_whatever_the_peer_sends(driver: Driver) {
        let server = serve(driver, |config, server| {
            let service = probe::socket::service().idle_timeout(Duration::ZERO);
            config.service(service.ping_interval(SHORT).server(server));
        })
        .await;
        let mut stream = server.connect_raw("/probe").await;
        assert_eq!(server.log.next().await, "open");
        // A proxy in between may look only at what comes from the server.
        for _ in 0..3 {
            stream.write_all(&frame(0x8A, b"")).await.unwrap();
            assert_eq!(server.log.next().await, "pong ");
            let mut ping = [0; 2];
            soon("a ping", stream.read_exact(&mut ping)).await.unwrap();
            assert_eq!(&ping, b"\x89\x00");
        }
    }
}
