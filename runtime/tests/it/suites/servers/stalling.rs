//! Peers that neither read nor write before their socket is open.

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use actix_web::{App, web};
use levante::{HttpServer, Server, prelude::*};
use socket2::{Domain, SockRef, Socket as Raw, Type};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{endless, exchange, small_stream, upload};
use crate::support::{Client, Log, NEVER, TestServer, soon, until, upgrade_request};

/// A timeout that fires soon.
const SHORT: Duration = Duration::from_millis(100);

/// How many connections the server takes.
const LIMIT: usize = 50;

/// More bytes than the kernel buffers for a peer that does not read. But fewer bytes than actix
/// buffers before it stops reading further requests.
const PAGE: usize = 30_000;

#[websocket("/noted")]
mod noted {
    use super::*;

    fn attach(log: web::Data<Log>) -> web::Data<Log> {
        log.push("attach");
        log
    }

    fn open(ws: &Ws) {
        ws.data.push("open");
    }

    fn message(ws: &Ws, text: &str) {
        ws.send(text);
    }

    fn close(ws: &Ws) {
        ws.data.push("close");
    }
}

/// A server that gives each connection as little memory as the kernel allows.
fn serve(stall: Duration) -> TestServer {
    let socket = Raw::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_send_buffer_size(1).unwrap();
    let addr = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&addr.into()).unwrap();
    socket.listen(1024).unwrap();
    let (log, server) = (Log::default(), Server::new());
    let (for_app, of_app) = (log.clone(), server.clone());
    let app = move || {
        App::new()
            .app_data(web::Data::new(for_app.clone()))
            .service(noted::service().server(&of_app))
            .route("/page", web::get().to(async || "x".repeat(PAGE)))
            .route("/endless", web::get().to(endless))
            .route("/upload", web::post().to(upload))
    };
    let http = HttpServer::new(app)
        .workers(1)
        .max_connections(LIMIT)
        .client_request_timeout(NEVER)
        .client_stall_timeout(stall)
        .shutdown_timeout(NEVER.as_secs())
        .disable_signals()
        .listen(TcpListener::from(socket))
        .unwrap();
    TestServer::run(http.addrs()[0], http.run(), log, server)
}

/// Connects with as little memory as the kernel allows.
async fn connect(server: &TestServer, request: &str) -> TcpStream {
    let mut stream = small_stream(server.addr);
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Asks for a page and for a WebSocket behind it, and reads neither.
async fn stuck(server: &TestServer) -> TcpStream {
    let handshake = upgrade_request("/noted");
    connect(
        server,
        &format!("GET /page HTTP/1.1\r\nHost: a\r\n\r\n{handshake}"),
    )
    .await
}

/// Connects `count` stuck peers, and waits until the server can do no more for any of them.
async fn all_stuck(server: &TestServer, count: usize) -> Vec<TcpStream> {
    let clients = all_attached(server, count).await;
    until("all to be stuck", || {
        server.server.connections() == count.min(LIMIT)
    })
    .await;
    clients
}

async fn all_attached(server: &TestServer, count: usize) -> Vec<TcpStream> {
    let mut clients = Vec::new();
    for _ in 0..count {
        clients.push(stuck(server).await);
    }
    for _ in 0..count.min(LIMIT) {
        assert_eq!(server.log.next().await, "attach");
    }
    clients
}

#[actix_web::test]
async fn nobody_waits_for_a_peer_whose_101_is_not_written() {
    let server = serve(NEVER);
    let clients = all_stuck(&server, LIMIT + 10).await;
    // The server is full, and refuses every further handshake at once.
    for _ in 0..3 {
        let refused = exchange(&server, upgrade_request("/noted")).await;
        assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
        assert!(refused.contains("no room"), "{refused}");
    }
    let page = exchange(
        &server,
        "GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(page.ends_with(&"x".repeat(PAGE)));
    // A stuck peer that leaves makes room. Its socket was never open.
    let mut clients = clients.into_iter();
    drop(clients.next());
    until("room", || server.server.connections() < LIMIT).await;
    let client = server.connect("/noted").await;
    assert_eq!(server.log.next().await, "attach");
    assert_eq!(server.log.next().await, "open");
    drop((client, clients));
    assert_eq!(server.log.next().await, "close");
    server.all_gone().await;
    assert!(server.log.is_empty());
}

#[actix_web::test]
async fn a_peer_that_takes_nothing_is_disconnected_and_was_never_open() {
    let server = serve(SHORT);
    let clients = all_attached(&server, LIMIT).await;
    server.all_gone().await;
    assert!(server.log.is_empty());
    let mut client = server.connect("/noted").await;
    assert_eq!(client.ask("hello").await, "hello");
    drop(clients);
}

#[actix_web::test]
async fn a_peer_that_reads_at_last_is_served() {
    let server = serve(NEVER);
    let mut clients = all_stuck(&server, 2).await;
    let mut stream = clients.remove(0);
    // Reading through a small receive buffer would take long.
    let socket = SockRef::from(&stream);
    socket.set_recv_buffer_size(1 << 20).unwrap();
    let mut seen = Vec::new();
    soon("the page and the 101", async {
        // The costly search runs only when the bytes end like a head.
        while !seen.ends_with(b"\r\n\r\n") || !seen.windows(13).any(|seen| seen == b"HTTP/1.1 101 ")
        {
            seen.push(stream.read_u8().await.unwrap());
        }
    })
    .await;
    assert_eq!(server.log.next().await, "open");
    let socket = tokio_tungstenite::WebSocketStream::from_raw_socket(
        stream,
        tokio_tungstenite::tungstenite::protocol::Role::Client,
        None,
    );
    let mut client = Client(socket.await);
    assert_eq!(client.ask("hello").await, "hello");
    drop(client);
    assert_eq!(server.log.next().await, "close");
    until("the other to be alone, and stuck", || {
        server.server.connections() == 1
    })
    .await;
    assert!(server.log.is_empty());
}

#[actix_web::test]
async fn a_stop_does_not_wait_for_whom_it_cannot_tell() {
    let mut server = serve(NEVER);
    let clients = all_stuck(&server, LIMIT).await;
    server.stop(true).await;
    server.ended().await;
    server.all_gone().await;
    assert!(server.log.is_empty());
    drop(clients);
}

#[actix_web::test]
async fn a_shutdown_does_not_wait_for_whom_it_cannot_tell() {
    let server = serve(NEVER);
    let clients = all_stuck(&server, 3).await;
    let shutdown = server.server.shutdown(CloseCode::GoingAway, "", NEVER);
    assert_eq!(soon("the shutdown", shutdown).await, 0);
    server.all_gone().await;
    assert!(server.log.is_empty());
    drop(clients);
}

#[actix_web::test]
async fn a_stop_by_force_drops_whom_it_finds() {
    let mut server = serve(NEVER);
    let clients = all_stuck(&server, 3).await;
    server.stop(false).await;
    server.ended().await;
    server.all_gone().await;
    assert!(server.log.is_empty());
    drop(clients);
}

#[actix_web::test]
async fn a_socket_that_is_terminated_before_it_is_open_is_gone() {
    let server = serve(NEVER);
    let clients = all_stuck(&server, 2).await;
    let sockets = server.server.sockets::<noted::Ws>();
    assert!(!sockets[0].send("waits for the 101").is_dropped());
    sockets[0].terminate();
    sockets[1].close();
    drop(sockets);
    server.all_gone().await;
    assert!(server.log.is_empty());
    drop(clients);
}

#[actix_web::test]
async fn a_response_that_nobody_reads_is_given_up() {
    let server = serve(SHORT);
    let client = connect(&server, &upgrade_request("/endless")).await;
    assert_eq!(server.log.next().await, "dropped");
    drop(client);
}

#[actix_web::test]
async fn a_body_that_stops_half_way_is_given_up() {
    let server = serve(SHORT);
    for body in ["", "hel"] {
        let request = format!(
            "POST /upload HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Content-Length: 5\r\n\r\n{body}"
        );
        let response = exchange(&server, &request).await;
        assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
        let whole = format!("{request}{}", &"hello"[body.len()..]);
        let response = exchange(&server, &whole).await;
        assert!(response.ends_with("got 5 bytes"), "{response}");
    }
}
