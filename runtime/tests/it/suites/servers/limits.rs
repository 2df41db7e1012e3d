//! Limits on the number of connections, and on the time for a request's head.

use std::time::Duration;

use actix_web::{App, web};
use levante::{HttpServer, RefusedBy, Server};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use crate::support::{Client, Log, NEVER, TestServer, probe, soon, upgrade_request};

/// A server whose workers take `max_connections` connections each.
fn serve(workers: usize, max_connections: usize) -> TestServer {
    serve_patiently(workers, max_connections, NEVER)
}

/// Like [`serve`]. `patience` is the time that a client has for the head of a request.
fn serve_patiently(workers: usize, max_connections: usize, patience: Duration) -> TestServer {
    let (log, server) = (Log::default(), Server::new());
    let (for_app, of_app) = (log.clone(), server.clone());
    let app = move || {
        App::new()
            .app_data(web::Data::new(for_app.clone()))
            .configure(|config| probe::app(config, &of_app))
            .route("/page", web::get().to(|| async { "a page" }))
    };
    let http = HttpServer::new(app)
        .workers(workers)
        .max_connections(max_connections)
        .client_request_timeout(patience)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
    TestServer::run(http.addrs()[0], http.run(), log, server)
}

async fn connect(server: &TestServer) -> Client {
    let mut client = server.connect("/probe").await;
    assert_eq!(client.ask("echo hello").await, "hello");
    client
}

#[actix_web::test]
async fn who_comes_when_all_places_are_taken_is_told_so() {
    for (workers, max_connections) in [(1, 1), (1, 3), (2, 2)] {
        let server = serve(workers, max_connections);
        let mut clients = Vec::new();
        for _ in 0..workers * max_connections {
            clients.push(connect(&server).await);
        }

        let refused = server.raw(&upgrade_request("/probe")).await;
        assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
        let counted = &server.server.stats().total.refused;
        assert_eq!(*counted, [(RefusedBy::MaxConnections, 1)].into());
        let (head, sentence) = refused.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("retry-after: 1"), "{head}");
        assert!(
            sentence.contains("no room") && sentence.ends_with('.'),
            "{sentence}"
        );
        let page = server
            .raw("GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            .await;
        assert!(page.ends_with("a page"), "{page}");

        // Each client that leaves makes room for one, however it leaves.
        clients.pop().unwrap().close(1000, "").await;
        clients.push(soon("a place", next_place(&server)).await);
        drop(clients.pop());
        clients.push(soon("a place", next_place(&server)).await);
        for client in &mut clients {
            assert_eq!(client.ask("echo still here").await, "still here");
        }
        let refused = server.raw(&upgrade_request("/probe")).await;
        assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    }
}

/// Tries until there is room, because the server does not announce a free place.
async fn next_place(server: &TestServer) -> Client {
    loop {
        let url = format!("ws://{}/probe", server.addr);
        if let Ok((client, _)) = server.connect_with(url).await {
            return client;
        }
    }
}

#[actix_web::test]
async fn a_handshake_that_is_refused_takes_no_place() {
    let server = serve(1, 1);
    for _ in 0..3 {
        let refused = server
            .raw(&upgrade_request("/probe").replace(": 13", ": 12"))
            .await;
        assert!(refused.starts_with("HTTP/1.1 426 "), "{refused}");
        let missing = server.raw(&upgrade_request("/nothing")).await;
        assert!(missing.starts_with("HTTP/1.1 404 "), "{missing}");
    }
    connect(&server).await;
}

#[actix_web::test]
async fn a_handshake_that_trickles_in_is_cut_off() {
    let server = serve_patiently(1, 1, Duration::from_millis(500));
    for _ in 0..2 {
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let request = upgrade_request("/probe").replace("\r\n\r\n", "\r\nx-more: ");
        let mut endless = request.bytes().chain(std::iter::repeat(b'x'));
        let mut response = [0; 13];
        let answered = soon("the end", async {
            loop {
                tokio::select! {
                    read = stream.read_exact(&mut response) => break read,
                    () = sleep(Duration::from_millis(20)) => {
                        stream.write_u8(endless.next().unwrap()).await.unwrap();
                    }
                }
            }
        });
        answered.await.unwrap();
        assert_eq!(response, *b"HTTP/1.1 408 ");
    }
}

#[actix_web::test]
async fn no_handshakes_at_all_are_refused() {
    let set = |count| {
        let http = HttpServer::new(App::new);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            drop(http.max_connection_rate(count));
        }))
    };
    assert!(set(0).is_err());
    assert!(set(1).is_ok());
    assert!(set(usize::MAX).is_ok());
}
