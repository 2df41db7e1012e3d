//! Timeouts of connections over a network. Each timeout also has tests in `connection/tests/time`,
//! with a clock that only the test moves.

use std::time::Duration;

use actix_web::web;
use levante::prelude::*;
use tokio::{io::AsyncReadExt, sync::Semaphore};

use crate::support::{Driver, Log, on_each_driver, probe, serve, soon, until, upgrade_request};

const SHORT: Duration = Duration::from_millis(300);

fn idle(config: &mut web::ServiceConfig, server: &Server) {
    config.service(probe::socket::service().idle_timeout(SHORT).server(server));
}

/// `attach` waits for a permit.
#[websocket("/waiting")]
mod waiting {
    use super::*;

    /// Logs that it was dropped.
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
            // The patient handshake is still waiting.
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
        // More bytes than the kernel buffers.
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
}
