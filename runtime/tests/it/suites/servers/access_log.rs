//! The access log of actix-web.

use std::sync::LazyLock;

use actix_web::{App, middleware::Logger, web};
use levante::{HttpServer, Server};

use crate::support::{Log, NEVER, TestServer, probe, upgrade_request};

/// The access log of the whole process. No other test has one.
static LINES: LazyLock<Log> = LazyLock::new(Log::default);

/// Fills [`LINES`].
struct Lines;

impl log::Log for Lines {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() == "access"
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            LINES.push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

#[actix_web::test]
async fn it_has_a_line_for_each_handshake() {
    log::set_logger(&Lines).unwrap();
    log::set_max_level(log::LevelFilter::Info);
    let (log, server) = (Log::default(), Server::new());
    let (for_app, of_app) = (log.clone(), server.clone());
    let app = move || {
        App::new()
            .app_data(web::Data::new(for_app.clone()))
            .configure(|config| probe::app(config, &of_app))
            .wrap(Logger::new("%r -> %s").log_target("access"))
    };
    let http = HttpServer::new(app)
        .workers(1)
        .client_request_timeout(NEVER)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
    let server = TestServer::run(http.addrs()[0], http.run(), log, server);

    let mut client = server.connect("/probe").await;
    // The line is written at the handshake, not at the end of the connection.
    assert_eq!(LINES.next().await, "GET /probe HTTP/1.1 -> 101");
    assert_eq!(client.ask("echo hello").await, "hello");
    server.raw(&upgrade_request("/nothing")).await;
    assert_eq!(LINES.next().await, "GET /nothing HTTP/1.1 -> 404");
    server
        .raw(&upgrade_request("/probe").replace(": 13", ": 12"))
        .await;
    assert_eq!(LINES.next().await, "GET /probe HTTP/1.1 -> 426");
}
