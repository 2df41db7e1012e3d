//! However a server stops, a client that reads loses no message that was accepted for it.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{
            AtomicBool, AtomicU64,
            Ordering::{Relaxed, SeqCst},
        },
    },
    time::Duration,
};

use actix_web::{App, HttpResponse, rt, web};
use futures_util::{StreamExt, future::join_all, stream};
use levante::{HttpServer, Server, cluster::Memory, prelude::*};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Client, Log, NEVER, PATIENCE, TestServer, soon, until, upgrade_request};

/// Every client receives the same numbers.
#[websocket(
    "/news",
    backpressure_limit = 64 << 20,
    handshake_timeout = NEVER,
    close_timeout = NEVER
)]
mod news {
    use super::*;

    pub(super) struct Data(Log);

    async fn attach(log: web::Data<Log>, request: actix_web::HttpRequest) -> Data {
        if request.query_string() == "slow" {
            log.push("attaching");
            SLOW.acquire().await.unwrap().forget();
        }
        Data((**log).clone())
    }

    fn open(ws: &Ws) {
        ws.subscribe("news");
    }

    fn close(ws: &Ws, reason: CloseReason) {
        ws.data.0.push(format!("{} {:?}", reason.code, reason.by));
    }
}

/// The permits that a slow `attach` waits for.
static SLOW: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(0));

/// How many numbers have been published.
type Published = Arc<AtomicU64>;

/// A server. One of its workers publishes numbers.
fn serve(workers: usize, shutdown_timeout: u64) -> (TestServer, Published) {
    let (log, server, published) = (Log::default(), Server::new(), Published::default());
    let (for_app, of_app, count) = (log.clone(), server.clone(), published.clone());
    let publishes = Arc::new(AtomicBool::new(false));
    let app = move || {
        if !publishes.swap(true, Relaxed) {
            rt::spawn(publish(of_app.clone(), count.clone()));
        }
        App::new()
            .app_data(web::Data::new(for_app.clone()))
            .service(news::service().server(&of_app))
            .route("/endless", web::get().to(endless))
    };
    let http = HttpServer::new(app)
        .workers(workers)
        .client_request_timeout(NEVER)
        .shutdown_timeout(shutdown_timeout)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
    let server = TestServer::run(http.addrs()[0], http.run(), log, server);
    (server, published)
}

/// Publishes for as long as the worker lives.
async fn publish(server: Server, published: Published) {
    for number in 1_u64.. {
        server.publish("news", number.to_string());
        published.store(number, SeqCst);
        rt::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn endless() -> HttpResponse {
    HttpResponse::Ok().streaming(stream::repeat_with(|| {
        Ok::<_, actix_web::Error>(web::Bytes::from_static(&[b'x'; 4096]))
    }))
}

/// The numbers that a client receives until the server closes, and the code of the Close frame.
async fn told_until_closed(mut client: Client) -> (Vec<u64>, u16) {
    let mut told = Vec::new();
    loop {
        match soon("news", client.0.next()).await.unwrap().unwrap() {
            Message::Text(text) => told.push(text.parse().unwrap()),
            Message::Close(frame) => {
                // Reading on writes the answer to the Close frame, and sees the end of the stream.
                assert!(soon("the end", client.0.next()).await.is_none());
                return (told, frame.unwrap().code.into());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[actix_web::test]
async fn everybody_is_told_everything_and_then_sent_away() {
    for workers in [1, 2] {
        const CLIENTS: usize = 100;
        let (mut server, published) = serve(workers, PATIENCE.as_secs());
        let clients = join_all((0..CLIENTS).map(|_| server.connect("/news"))).await;
        let clients: Vec<_> = clients
            .into_iter()
            .map(|client| rt::spawn(told_until_closed(client)))
            .collect();
        until("all to be there", || {
            server.server.subscriber_count("news") == CLIENTS
        })
        .await;
        let midstream = published.load(SeqCst);
        until("more news", || published.load(SeqCst) > midstream + 50).await;

        let before_the_stop = published.load(SeqCst);
        server.stop(true).await;
        for client in clients {
            let (told, code) = soon("a client", client).await.unwrap();
            assert_eq!(code, 1001);
            let expected: Vec<_> = (told[0]..).take(told.len()).collect();
            assert_eq!(told, expected, "in order, and without a gap");
            let last = before_the_stop;
            assert!(*told.last().unwrap() >= last, "{told:?} up to {last}");
        }
        for _ in 0..CLIENTS {
            assert_eq!(server.log.next().await, "1001 Shutdown");
        }
        server.ended().await;
        server.all_gone().await;
        assert!(server.log.is_empty());
        assert!(TcpStream::connect(server.addr).await.is_err());
    }
}

#[actix_web::test]
async fn who_never_reads_is_cut_off() {
    let (mut server, _) = serve(1, 1);
    let deaf = server.connect_raw("/news").await;
    let sockets = || server.server.sockets::<news::Ws>();
    until("the socket to be open", || sockets().len() == 1).await;
    // More bytes than all buffers of the system hold.
    let sent = sockets()[0].send("x".repeat(32 << 20));
    assert!(!sent.is_dropped());
    let mut endless = TcpStream::connect(server.addr).await.unwrap();
    let request = b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n";
    endless.write_all(request).await.unwrap();
    let reader = rt::spawn(told_until_closed(server.connect("/news").await));
    until("the reader to be told", || {
        server.server.subscriber_count("news") == 2
    })
    .await;

    server.stop(true).await;
    assert_eq!(soon("the reader", reader).await.unwrap().1, 1001);
    for _ in 0..2 {
        assert_eq!(server.log.next().await, "1001 Shutdown");
    }
    server.ended().await;
    server.all_gone().await;
    drop((deaf, endless));
}

#[actix_web::test]
async fn a_forced_stop_overtakes_a_graceful_one() {
    let (mut server, _) = serve(1, 10 * PATIENCE.as_secs());
    let mut endless = TcpStream::connect(server.addr).await.unwrap();
    let request = b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n";
    endless.write_all(request).await.unwrap();
    endless.read_u8().await.unwrap();
    let client = server.connect("/news").await;
    let client = rt::spawn(told_until_closed(client));
    let graceful = {
        let stop = server.stop_later(true);
        assert_eq!(soon("the client", client).await.unwrap().1, 1001);
        stop
    };
    server.stop(false).await;
    soon("the graceful stop", graceful).await;
    server.ended().await;
}

/// Waits until a handshake has been refused because of the stop.
async fn refused(mut stream: TcpStream) {
    let mut refused = String::new();
    soon("the refusal", stream.read_to_string(&mut refused))
        .await
        .unwrap();
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("\r\nretry-after: 1\r\n"), "{refused}");
    assert!(refused.contains("\r\nconnection: close\r\n"), "{refused}");
    assert!(refused.contains("shutting down"), "{refused}");
}

#[actix_web::test]
async fn nobody_comes_in_in_the_middle_of_a_stop() {
    let (mut server, _) = serve(1, PATIENCE.as_secs());
    let mut slow = TcpStream::connect(server.addr).await.unwrap();
    let request = upgrade_request("/news?slow");
    slow.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(server.log.next().await, "attaching");
    let mut kept = TcpStream::connect(server.addr).await.unwrap();
    let early = server.connect("/news").await;
    let early = rt::spawn(told_until_closed(early));

    let stop = server.stop_later(true);
    assert_eq!(soon("the early one", early).await.unwrap().1, 1001);
    kept.write_all(upgrade_request("/news").as_bytes())
        .await
        .unwrap();
    // The handshake of `kept` begins after the stop began. The `attach` of `slow` began before, and
    // only it delays the stop. So `kept` is refused first.
    refused(kept).await;
    SLOW.add_permits(1);
    refused(slow).await;
    soon("the stop", stop).await;
    assert_eq!(server.log.next().await, "1001 Shutdown");
    server.ended().await;
    server.all_gone().await;
    assert!(server.log.is_empty(), "one was open, and one is closed");
}

#[actix_web::test]
async fn a_future_may_stop_it() {
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    let (log, server) = (Log::default(), Server::new());
    let (for_app, of_app) = (log.clone(), server.clone());
    let app = move || {
        App::new()
            .app_data(web::Data::new(for_app.clone()))
            .service(news::service().server(&of_app))
    };
    let http = HttpServer::new(app)
        .workers(1)
        .client_request_timeout(NEVER)
        .shutdown_signal(async { told.await.unwrap() })
        .bind(("127.0.0.1", 0))
        .unwrap();
    let mut server = TestServer::run(http.addrs()[0], http.run(), log, server);
    let client = server.connect("/news").await;
    tell.send(()).unwrap();
    assert_eq!(told_until_closed(client).await, (Vec::new(), 1001));
    server.ended().await;
    assert_eq!(server.log.next().await, "1001 Shutdown");
}

#[test]
fn a_handle_needs_no_runtime_and_outlives_its_server() {
    let http = HttpServer::new(App::new).disable_signals();
    let running = http.bind(("127.0.0.1", 0)).unwrap().run();
    let handle = running.handle();
    let server = std::thread::spawn(|| rt::System::new().block_on(running));
    futures_util::FutureExt::now_or_never(handle.stop(true));
    server.join().unwrap().unwrap();
    for graceful in [true, false] {
        let stopped = futures_util::FutureExt::now_or_never(handle.stop(graceful));
        assert_eq!(stopped, Some(()));
    }
}

/// A server that nothing has stopped yet may get its first connection later.
#[actix_web::test]
async fn a_server_that_stops_does_not_take_the_others_out_of_their_cluster() {
    let stopped_by = |stop: tokio::sync::oneshot::Receiver<()>| {
        HttpServer::new(App::new)
            .workers(1)
            .shutdown_signal(async { _ = stop.await })
            .bind(("127.0.0.1", 0))
            .unwrap()
            .run()
    };
    let [(stop_one, one), (stop_other, other)] = [(); 2].map(|()| {
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let running = stopped_by(stopped);
        // Each with a System of its own, which ends with it.
        let thread = std::thread::spawn(|| rt::System::new().block_on(running));
        (stop, thread)
    });
    let server = Server::new();
    let cluster = server.join(Memory::new()).await.unwrap();
    stop_one.send(()).unwrap();
    one.join().unwrap().unwrap();
    assert!(cluster.state().is_connected());
    stop_other.send(()).unwrap();
    other.join().unwrap().unwrap();
}
