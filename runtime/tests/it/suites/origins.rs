//! Which origins may connect, and under which host names of the server.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use actix_web::{HttpRequest, web};
use levante::prelude::*;

use crate::support::{Driver, TestServer, on_each_driver, serve, upgrade_request_with};

#[websocket("/plain")]
mod plain {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

#[websocket("/named", hosts = &["localhost", "[::1]"])]
mod named {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

/// Origins as an application may read them from its configuration.
fn configured() -> Vec<String> {
    vec![
        "https://app.example".into(),
        "http://[2001:db8::1]:3000".into(),
    ]
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    let at = |path: &str| plain::service().path(path).server(server);
    let asked = Arc::new(AtomicUsize::new(0));
    config
        .service(at("/plain"))
        .service(at("/any").origins(Origins::Any))
        .service(at("/listed").origins(Origins::List(&[
            "https://app.example",
            "chrome-extension://abc",
        ])))
        .service(at("/configured").origins_from(configured()))
        .service(
            at("/decided").origins_if(move |origin: &str, request: &HttpRequest| {
                // The check is called only for requests with an `Origin`.
                assert_eq!(request.headers().get("origin").unwrap(), origin);
                asked.fetch_add(1, Ordering::Relaxed);
                assert_ne!(origin, "http://panic.example");
                origin == "null" || Some(origin) == request.uri().query()
            }),
        )
        .service(named::service().server(server))
        .service(
            named::service()
                .path("/renamed")
                .hosts(vec!["chat.example".to_owned()])
                .server(server),
        )
        .service(
            named::service()
                .path("/unnamed")
                .hosts([""; 0])
                .server(server),
        );
}

/// The status and the body of the answer to a handshake.
async fn answer(server: &TestServer, request: &str) -> (u16, String) {
    let response = server.raw(request).await;
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    // Frames follow a 101, not a body.
    (
        status,
        if status == 101 {
            String::new()
        } else {
            body.to_owned()
        },
    )
}

async fn from_page(server: &TestServer, path: &str, origin: &str) -> (u16, String) {
    let line = format!("Origin: {origin}\r\n");
    answer(server, &upgrade_request_with(path, &line)).await
}

async fn to_host(server: &TestServer, path: &str, host: &str, more: &str) -> (u16, String) {
    let request = upgrade_request_with(path, more);
    let host = format!("Host: {host}\r\n");
    answer(server, &request.replace("Host: localhost\r\n", &host)).await
}

on_each_driver! {
    async fn a_refused_page_is_told_what_to_do(driver: Driver) {
        let server = serve(driver, app).await;
        for (path, way_out) in [
            (
                "/plain",
                "behind a proxy, pass the `Host` header through, or list the origin in `origins`",
            ),
            ("/listed", "list the origin in `origins`"),
            ("/configured", "list the origin in `origins`"),
            ("/decided", "have the function of `origins_if` accept the origin"),
        ] {
            let (status, body) = from_page(&server, path, "http://evil.example").await;
            assert_eq!(status, 403, "{path}");
            let sentence = format!("Pages of this origin may not connect to this socket: {way_out}.");
            assert_eq!(body, sentence, "{path}");
        }
    }

    async fn a_list_may_come_from_the_configuration(driver: Driver) {
        let server = serve(driver, app).await;
        for (path, origin, expected) in [
            ("/configured", "https://app.example", 101),
            ("/configured", "https://APP.example", 101),
            ("/configured", "http://[2001:db8:0::1]:3000", 101),
            ("/configured", "http://app.example", 403),
            ("/configured", "http://localhost", 403),
            ("/configured", "null", 403),
            ("/configured", "\u{e4}", 403),
            ("/listed", "chrome-extension://abc", 101),
            ("/listed", "chrome-extension://abcd", 403),
        ] {
            let (status, _) = from_page(&server, path, origin).await;
            assert_eq!(status, expected, "{path} {origin}");
        }
        let (status, _) = answer(&server, &upgrade_request_with("/configured", "")).await;
        assert_eq!(status, 101, "not from a browser");
    }

    async fn a_function_decides_on_an_origin(driver: Driver) {
        let server = serve(driver, app).await;
        for (path, origin, expected) in [
            ("/decided?https://app.example", "https://app.example", 101),
            ("/decided?https://app.example", "https://other.example", 403),
            ("/decided", "null", 101),
            // The check panics for this origin.
            ("/decided", "http://panic.example", 403),
            ("/decided?https://app.example", "https://app.example", 101),
        ] {
            let (status, _) = from_page(&server, path, origin).await;
            assert_eq!(status, expected, "{path} {origin}");
        }
        // Without an `Origin`, the check would panic, too: it must not be called.
        let (status, _) = answer(&server, &upgrade_request_with("/decided", "")).await;
        assert_eq!(status, 101, "not from a browser");
    }

    async fn only_own_names_are_answered(driver: Driver) {
        let server = serve(driver, app).await;
        for (path, host, expected) in [
            ("/named", "localhost", 101),
            ("/named", "LocalHost:1", 101),
            ("/named", "[::1]:8080", 101),
            ("/named", "[0::1]", 101),
            ("/named", "127.0.0.1", 421),
            ("/named", "evil.example", 421),
            ("/named", "localhost.evil.example", 421),
            ("/named", "", 421),
            ("/renamed", "chat.example:443", 101),
            ("/renamed", "localhost", 421),
            ("/unnamed", "evil.example", 101),
            ("/plain", "evil.example", 101),
        ] {
            let (status, body) = to_host(&server, path, host, "").await;
            assert_eq!(status, expected, "{path} {host}");
            assert!(status == 101 || body.ends_with("or list the host in `hosts`."), "{body}");
        }
    }

    /// DNS rebinding: the page and the request name the same host, which is the attacker's.
    async fn own_names_are_looked_at_before_the_origin(driver: Driver) {
        let server = serve(driver, app).await;
        let origin = "Origin: http://evil.example\r\n";
        let (status, _) = to_host(&server, "/plain", "evil.example", origin).await;
        assert_eq!(status, 101, "which is why there is `hosts`");
        let (status, _) = to_host(&server, "/named", "evil.example", origin).await;
        assert_eq!(status, 421);
        let (status, _) = to_host(&server, "/named", "localhost", origin).await;
        assert_eq!(status, 403);
    }

    async fn a_header_that_must_be_single_is_not_there_twice(driver: Driver) {
        let server = serve(driver, app).await;
        for (more, expected) in [
            ("Origin: http://localhost\r\nOrigin: http://evil.example\r\n", 400),
            ("Origin: http://evil.example\r\nOrigin: http://localhost\r\n", 400),
            ("Origin: http://localhost\r\nOrigin: http://localhost\r\n", 400),
            ("Host: localhost\r\n", 400),
            ("Host: evil.example\r\n", 400),
            ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 400),
            ("Sec-WebSocket-Version: 13\r\n", 426),
            ("Sec-WebSocket-Version: 8\r\n", 426),
        ] {
            for path in ["/plain", "/any", "/named"] {
                let (status, body) = answer(&server, &upgrade_request_with(path, more)).await;
                assert_eq!(status, expected, "{path} {more}");
                // actix itself refuses two `Host` lines, with an empty body.
                assert!(body.ends_with('.') || more.starts_with("Host"), "no sentence: {body}");
            }
        }
        assert_eq!(server.server.connections(), 0);
    }
}
