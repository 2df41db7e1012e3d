//! A 101 promises that frames follow on the connection. It is sent only where the server has the
//! stream, and only for requests without a body.

use actix_web::{HttpResponse, web};
use levante::prelude::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Driver, Log, TestServer, frame, on_each_driver, serve, soon};

/// Echoes, and logs what it was sent.
#[websocket("/echo")]
mod echo {
    use super::*;

    fn attach(log: web::Data<Log>) -> web::Data<Log> {
        log
    }

    fn message(ws: &Ws, text: &str) {
        ws.data.push(text);
        ws.send(text);
    }
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    config
        .service(echo::service().server(server))
        .route("/page", web::get().to(async || "a page"))
        .default_service(web::to(HttpResponse::NotFound));
}

const UPGRADE: &str = "Upgrade: websocket\r\n";
const CONNECTION: &str = "Connection: Upgrade\r\n";

/// A handshake. `lines` supplies the `Upgrade` and `Connection` headers, and further ones.
fn handshake(lines: &str) -> String {
    format!(
        "GET /echo HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Version: 13\r\n{lines}\r\n"
    )
}

/// Two frames that `/echo` answers with the same frames.
fn early() -> Vec<u8> {
    let mut frames = frame(0x81, b"early");
    frames.extend(frame(0x88, b"\x03\xe8"));
    frames
}

const ANSWER: &[u8] = b"\x81\x05early\x88\x02\x03\xe8";

/// Sends a request and the bytes after it in one piece. Returns everything that comes until the
/// server ends the connection.
async fn exchange(server: &TestServer, request: &str, rest: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    let all = [request.as_bytes(), rest].concat();
    stream.write_all(&all).await.unwrap();
    let mut response = Vec::new();
    soon(request, stream.read_to_end(&mut response))
        .await
        .unwrap();
    response
}

/// Sends a handshake and two frames after it, and checks the status. With a 101 the socket must
/// answer the frames; with any other status no handler may see them.
async fn is_answered_with(server: &TestServer, request: &str, body: &[u8], expected: u16) {
    let rest = [body, &early()].concat();
    let response = exchange(server, request, &rest).await;
    let text = String::from_utf8_lossy(&response);
    let told = format!("{request:?}\n{text}");
    if expected == 101 {
        assert!(text.contains("HTTP/1.1 101 "), "{told}");
        assert!(response.ends_with(ANSWER), "{told}");
        assert_eq!(server.log.next().await, "early", "{told}");
    } else {
        let version = if request.contains("HTTP/1.0") { 0 } else { 1 };
        let status = format!("HTTP/1.{version} {expected} ");
        assert!(text.starts_with(&status), "{told}");
        assert!(!text.contains(" 101 "), "{told}");
    }
    server.all_gone().await;
    assert!(server.log.is_empty(), "a message was handled: {told}");
}

/// Like [`is_answered_with`]. Also checks that the refusal has a text, and says that the connection
/// ends.
async fn is_refused_with(server: &TestServer, request: &str, body: &[u8], expected: u16) {
    is_answered_with(server, request, body, expected).await;
    let response = exchange(server, request, body).await;
    let text = String::from_utf8_lossy(&response);
    let (head, sentence) = text.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains("\r\nconnection: close"),
        "{request:?}\n{text}"
    );
    assert!(
        sentence.contains(' ') && sentence.ends_with('.'),
        "{request:?}\n{text}"
    );
}

on_each_driver! {
    async fn the_stream_is_had_for_one_value_on_any_line(driver: Driver) {
        let server = serve(driver, app).await;
        for lines in [
            "Upgrade: websocket\r\n",
            "upgrade:WebSocket\r\n",
            "Upgrade: \t WEBSOCKET \t\r\n",
            "Upgrade: h2c\r\nUpgrade: websocket\r\n",
            "Upgrade: websocket\r\nUpgrade: h2c\r\n",
            "Upgrade: websocket\r\nUpgrade: websocket\r\n",
            "Upgrade: h2c, websocket\r\nUpgrade: websocket\r\n",
        ] {
            let request = handshake(&format!("{CONNECTION}{lines}"));
            is_answered_with(&server, &request, b"", 101).await;
        }
        for lines in [
            "Upgrade: websocket, h2c\r\n",
            "Upgrade: h2c, websocket\r\n",
            "Upgrade: websocket,\r\n",
            "Upgrade: ,websocket\r\n",
            "Upgrade: websocket, websocket\r\n",
            "Upgrade: websocket,\twebsocket\r\n",
            "Upgrade: h2c\r\nUpgrade: websocket, foo\r\n",
        ] {
            for connection in [CONNECTION, "Connection: keep-alive, Upgrade\r\n"] {
                let request = handshake(&format!("{connection}{lines}"));
                is_refused_with(&server, &request, b"", 400).await;
            }
        }
        for lines in [
            "",
            "Upgrade:\r\n",
            "Upgrade: h2c\r\n",
            "Upgrade: websockets\r\n",
            "Upgrade: websocket/13\r\n",
            "Upgrade: web\tsocket\r\n",
        ] {
            let request = handshake(&format!("{CONNECTION}{lines}"));
            is_answered_with(&server, &request, b"", 426).await;
        }
    }

    async fn the_connection_header_is_a_list(driver: Driver) {
        let server = serve(driver, app).await;
        for lines in [
            "Connection: Upgrade\r\n",
            "connection:upgrade\r\n",
            "Connection: keep-alive, Upgrade\r\n",
            "Connection: Upgrade,\tkeep-alive\r\n",
            "Connection: keep-alive\r\nConnection: Upgrade\r\n",
            "Connection: close, Upgrade\r\n",
        ] {
            let request = handshake(&format!("{UPGRADE}{lines}"));
            is_answered_with(&server, &request, b"", 101).await;
        }
        for lines in ["", "Connection: keep-alive\r\n", "Connection: close\r\n"] {
            let request = handshake(&format!("{UPGRADE}{lines}"));
            is_refused_with(&server, &request, b"", 400).await;
        }
    }

    async fn other_versions_and_expectations_change_nothing(driver: Driver) {
        let server = serve(driver, app).await;
        let good = handshake(&format!("{CONNECTION}{UPGRADE}"));
        is_answered_with(&server, &good.replace("HTTP/1.1", "HTTP/1.0"), b"", 400).await;
        let expecting = handshake(&format!("{CONNECTION}{UPGRADE}Expect: 100-continue\r\n"));
        is_answered_with(&server, &expecting, b"", 101).await;
        let expecting = expecting.replace("websocket", "websocket, h2c");
        let response = exchange(&server, &expecting, b"").await;
        let response = String::from_utf8_lossy(&response);
        assert!(response.contains("HTTP/1.1 400 "), "{response}");
        assert!(!response.contains(" 101 "), "{response}");
    }

    async fn a_handshake_has_no_body(driver: Driver) {
        let server = serve(driver, app).await;
        for lines in ["", "Content-Length: 0\r\n", "Content-Length: 00\r\n"] {
            let request = handshake(&format!("{CONNECTION}{UPGRADE}{lines}"));
            is_answered_with(&server, &request, b"", 101).await;
        }
        let smuggled = frame(0x81, b"smuggled");
        let length = smuggled.len();
        let chunked = [
            format!("{length:x}\r\n").as_bytes(),
            &smuggled,
            b"\r\n0\r\n\r\n",
        ]
        .concat();
        for upgrade in [UPGRADE, "Upgrade: websocket, h2c\r\n"] {
            let head = format!("{CONNECTION}{upgrade}");
            for (lines, body) in [
                ("Content-Length: 1\r\n".to_owned(), &b"x"[..]),
                ("Content-Length: 5\r\n".to_owned(), b"hello"),
                (format!("Content-Length: {length}\r\n"), &smuggled),
                ("Transfer-Encoding: chunked\r\n".to_owned(), &chunked),
                ("Transfer-Encoding: chunked\r\n".to_owned(), b"0\r\n\r\n"),
            ] {
                let request = handshake(&format!("{head}{lines}"));
                is_refused_with(&server, &request, body, 400).await;
            }
            // actix refuses these before it calls the application.
            for lines in [
                "Transfer-Encoding: identity\r\n".to_owned(),
                "Transfer-Encoding: gzip, chunked\r\n".to_owned(),
                "Content-Length: 0\r\nContent-Length: 0\r\n".to_owned(),
                "Content-Length: +0\r\n".to_owned(),
                format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"),
            ] {
                let request = handshake(&format!("{head}{lines}"));
                is_answered_with(&server, &request, &smuggled, 400).await;
            }
        }
    }

    async fn what_follows_a_refused_handshake_is_not_a_request(driver: Driver) {
        let server = serve(driver, app).await;
        let next = b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n";
        let good = format!("{CONNECTION}{UPGRADE}");
        for request in [
            handshake(&good).replace(": 13", ": 12"),
            handshake(&good).replace("Host: a", "Host: a\r\nOrigin: http://b"),
            handshake(&good).replace("GET", "PUT"),
            handshake(&format!("{good}Content-Length: {}\r\n", next.len())),
        ] {
            let response = exchange(&server, &request, next).await;
            let response = String::from_utf8_lossy(&response);
            assert!(response.contains("\r\nconnection: close"), "{request}\n{response}");
            assert!(!response.contains("a page"), "{request}\n{response}");
        }
    }
}

/// On `levante::HttpServer`, which writes the responses of ordinary routes itself.
#[actix_web::test]
async fn no_answer_to_an_ordinary_request_promises_an_upgrade() {
    let server = serve(Driver::Takeover, app).await;
    let body = b"5\r\nhello\r\n0\r\n\r\n";
    let chunked = "Transfer-Encoding: chunked\r\n";
    for (method, path, lines, body) in [
        ("POST", "/nothing", format!("{UPGRADE}{chunked}"), &body[..]),
        ("POST", "/page", format!("{UPGRADE}{chunked}"), body),
        ("GET", "/page", UPGRADE.to_owned(), b""),
        ("GET", "/page", "Upgrade: h2c\r\n".to_owned(), b""),
        (
            "GET",
            "/nothing",
            "Upgrade: h2c, websocket\r\n".to_owned(),
            b"",
        ),
    ] {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{CONNECTION}{lines}\r\n");
        let response = exchange(&server, &request, body).await;
        let response = String::from_utf8_lossy(&response);
        assert!(response.starts_with("HTTP/1.1 "), "{request}\n{response}");
        assert!(
            response.contains("\r\nconnection: close\r\n"),
            "{request}\n{response}"
        );
    }
}
