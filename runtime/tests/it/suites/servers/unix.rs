//! Unix sockets.

use std::{
    fs,
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
};

use actix_web::{App, web};
use levante::{HttpServer, Server, prelude::*};
use tokio::net::UnixStream;

use crate::support::{Client, Log, NEVER, TestServer, frame, soon};

#[websocket("/echo", backpressure_limit = 64 << 20)]
mod echo {
    use super::*;

    fn open(ws: &Ws) {
        ws.subscribe("all");
        ws.send(format!("{:?}", ws.peer_addr()));
    }

    fn message(ws: &Ws, message: Incoming<'_>) {
        ws.send(message);
    }
}

/// A free path of its own for each test.
fn free_path(name: &str) -> PathBuf {
    // The path of a Unix socket has at most about 100 bytes.
    let path = std::env::temp_dir().join(format!("levante-{}-{name}", std::process::id()));
    let _ = fs::remove_file(&path);
    path
}

/// The server also listens on TCP, to show that both kinds of listener work side by side.
fn serve(path: &Path, bound: bool) -> TestServer {
    let server = Server::new();
    let of_app = server.clone();
    let app = move || {
        App::new()
            .service(echo::service().server(&of_app))
            .route("/page", web::get().to(|| async { "a page" }))
    };
    let http = HttpServer::new(app)
        .workers(1)
        .client_request_timeout(NEVER)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
    let http = if bound {
        http.bind_uds(path)
    } else {
        http.listen_uds(UnixListener::bind(path).unwrap())
    };
    let http = http.unwrap();
    assert_eq!(http.addrs().len(), 1, "a Unix socket has no address");
    TestServer::run(http.addrs()[0], http.run(), Log::default(), server)
}

async fn connect(path: &Path) -> Client<UnixStream> {
    let stream = soon("the server", UnixStream::connect(path)).await.unwrap();
    Client::on(stream, "ws://localhost/echo").await
}

#[actix_web::test]
async fn it_echoes_and_the_peer_has_no_address() {
    for bound in [true, false] {
        let path = free_path(&format!("echo-{bound}"));
        let server = serve(&path, bound);
        let mut client = connect(&path).await;
        assert_eq!(client.text().await, "None");
        for text in ["", "hello", &"long ".repeat(100_000)] {
            assert_eq!(client.ask(text).await, text);
        }

        let mut on_tcp = server.connect("/echo").await;
        assert!(on_tcp.text().await.starts_with("Some(127.0.0.1:"));
        assert_eq!(server.server.publish("all", "to both"), 2);
        assert_eq!(client.text().await, "to both");
        assert_eq!(on_tcp.text().await, "to both");

        client.close(4000, "enough").await;
        assert_eq!(client.closed().await, (4000, "enough".into()));
        drop(on_tcp);
        server.all_gone().await;
        server.stop(true).await;
        fs::remove_file(&path).unwrap();
    }
}

#[actix_web::test]
async fn an_ordinary_request_is_answered() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let path = free_path("page");
    let _server = serve(&path, true);
    let mut stream = UnixStream::connect(&path).await.unwrap();
    let request = b"GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut response = String::new();
    soon("a response", stream.read_to_string(&mut response))
        .await
        .unwrap();
    assert!(response.ends_with("a page"), "{response}");
    fs::remove_file(&path).unwrap();
}

#[actix_web::test]
async fn a_peer_that_vanishes_is_gone() {
    use tokio::io::AsyncWriteExt;

    let path = free_path("vanish");
    let server = serve(&path, true);
    let mut client = connect(&path).await;
    assert_eq!(client.text().await, "None");
    assert_eq!(server.server.connections(), 1);
    let half = &frame(0x81, b"half a message")[..9];
    client.0.get_mut().write_all(half).await.unwrap();
    drop(client);
    server.all_gone().await;
    fs::remove_file(&path).unwrap();
}

#[actix_web::test]
async fn a_socket_that_another_server_has_left_is_replaced() {
    let path = free_path("stale");
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let _server = serve(&path, true);
    assert_eq!(connect(&path).await.text().await, "None");
    fs::remove_file(&path).unwrap();
}

#[test]
fn a_file_that_is_no_socket_stays() {
    let path = free_path("notes");
    fs::write(&path, "precious").unwrap();
    let refused = HttpServer::new(App::new).bind_uds(&path);
    assert_eq!(refused.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    fs::remove_file(&path).unwrap();
}
