//! `Server::shutdown` closes every socket of a space. A peer that reads loses nothing. A peer that
//! does not read is counted.

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use actix_web::{rt, web};
use futures_util::future::{join, join_all};
use levante::prelude::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, Semaphore},
};

use crate::support::{
    Client, Driver, Log, PATIENCE, TestServer, frame,
    numbers::{self, LISTENERS, Listeners},
    on_each_driver, probe, serve, serve_with, soon, until, upgrade_request,
};

const NOT_LONG: Duration = Duration::from_millis(50);

/// The Close frame of a shutdown with 1001 and without a reason.
const CLOSE_1001: [u8; 4] = [0x88, 2, 0x03, 0xe9];

/// Its handlers wait until the test releases them.
#[websocket(
    "/slow",
    handshake_timeout = crate::support::NEVER,
    close_timeout = crate::support::NEVER
)]
mod slow {
    use super::*;

    pub(super) struct Data {
        log: web::Data<Log>,
        hold: web::Data<Hold>,
    }

    pub(super) struct Hold {
        pub(super) attach: Semaphore,
        pub(super) message: Semaphore,
        pub(super) thread: Barrier,
    }

    async fn attach(
        request: actix_web::HttpRequest,
        log: web::Data<Log>,
        hold: web::Data<Hold>,
    ) -> Data {
        if request.query_string() == "attach" {
            log.push("attaching");
            hold.attach.acquire().await.unwrap().forget();
        }
        Data { log, hold }
    }

    fn open(ws: &Ws) {
        ws.subscribe("leavers");
    }

    async fn message(ws: &Ws, what: String) {
        match &*what {
            "thread" => _ = ws.send(format!("{:?}", std::thread::current().id())),
            "block the thread" => {
                ws.data.log.push(&*what);
                ws.data.hold.thread.wait();
            }
            _ => {
                ws.data.log.push(&*what);
                ws.data.hold.message.acquire().await.unwrap().forget();
                ws.data.log.push(format!("late: {:?}", ws.send("late")));
            }
        }
    }

    fn close(ws: &Ws, reason: CloseReason) {
        let reached = ws.publish("leavers", "gone");
        ws.data
            .log
            .push(format!("{} {:?} {reached}", reason.code, reason.by));
    }
}

/// A server of slow sockets, and the locks that hold their handlers.
async fn serve_slow(driver: Driver, workers: usize) -> (TestServer, web::Data<slow::Hold>) {
    let hold = web::Data::new(slow::Hold {
        attach: Semaphore::new(0),
        message: Semaphore::new(0),
        thread: Barrier::new(2),
    });
    let of_app = hold.clone();
    let server = serve_with(driver, workers, move |config, server| {
        config
            .app_data(of_app.clone())
            .service(slow::service().server(server))
            .route("/page", web::get().to(async || "a page"));
    })
    .await;
    (server, hold)
}

async fn connect(server: &TestServer) -> Client {
    let client = server.connect("/probe").await;
    assert_eq!(server.log.next().await, "open");
    client
}

/// Shuts the space down with 1001 and without a reason.
async fn shut_down(server: &TestServer, timeout: Duration) -> usize {
    let shutdown = server.server.shutdown(CloseCode::GoingAway, "", timeout);
    soon("the shutdown", shutdown).await
}

/// Reads the Close frame and answers it.
async fn answer(mut stream: TcpStream) {
    let mut close = CLOSE_1001.map(|_| 0);
    soon("the close frame", stream.read_exact(&mut close))
        .await
        .unwrap();
    assert_eq!(close, CLOSE_1001);
    stream.write_all(&frame(0x88, b"\x03\xe9")).await.unwrap();
    assert_eq!(soon("the end", stream.read(&mut [0])).await.unwrap(), 0);
}

on_each_driver! {
    async fn everybody_is_sent_away(driver: Driver) {
        for workers in [1, 4] {
            let server = serve_with(driver, workers, probe::app).await;
            let mut clients = Vec::new();
            for _ in 0..12 {
                clients.push(connect(&server).await);
            }
            let closed = join_all(clients.iter_mut().map(Client::closed));
            let shutdown = server.server.shutdown(4000, "back soon", PATIENCE);
            let (closed, cut_off) = soon("the shutdown", join(closed, shutdown)).await;
            assert_eq!(cut_off, 0);
            for closed in closed {
                assert_eq!(closed, (4000, "back soon".into()));
                let entry = server.log.next().await;
                assert_eq!(entry, r#"close 4000 "back soon" Shutdown true Dropped(Closed) 0"#);
            }
            server.all_gone().await;
            assert!(server.log.is_empty());
        }
    }

    async fn everybody_gets_what_was_published_before(driver: Driver) {
        for workers in [1, 4] {
            let addressed = Arc::new(AtomicU64::new(0));
            let (publishes, count) = (Arc::new(AtomicBool::new(false)), addressed.clone());
            let flood = Arc::new(Notify::new());
            let floods = flood.clone();
            let server = serve_with(driver, workers, move |config, server| {
                if !publishes.swap(true, SeqCst) {
                    rt::spawn(numbers::publish(server.clone(), count.clone(), floods.clone()));
                }
                config.service(numbers::socket::service().server(server));
            })
            .await;
            let clients = join_all((0..LISTENERS).map(|_| server.connect("/numbers"))).await;
            let listeners = Listeners::new(clients);
            listeners.midstream().await;
            flood.notify_one();
            listeners.flooded().await;
            assert_eq!(shut_down(&server, PATIENCE).await, 0);
            assert_eq!(listeners.sent_away().await, addressed.load(SeqCst));
        }
    }

    async fn who_does_not_answer_is_cut_off_at_the_timeout(driver: Driver) {
        for timeout in [Duration::ZERO, NOT_LONG] {
            let server = serve(driver, probe::app).await;
            let mut silent = Vec::new();
            for _ in 0..4 {
                silent.push(server.connect_raw("/probe").await);
                assert_eq!(server.log.next().await, "open");
            }
            // This peer does not even read, and its queue holds more than all buffers take.
            for socket in server.server.sockets::<probe::socket::Ws>().iter().take(1) {
                assert!(!socket.send("x".repeat(32 << 20)).is_dropped());
            }
            assert_eq!(shut_down(&server, timeout).await, 4);
            for _ in &silent {
                let entry = server.log.next().await;
                assert!(entry.contains(" Shutdown true Dropped(Closed) "), "{entry}");
            }
            server.all_gone().await;
            assert!(server.log.is_empty());
        }
    }

    async fn who_answers_is_not_counted(driver: Driver) {
        let server = serve_with(driver, 2, |config, server| {
            let impatient = probe::socket::service().close_timeout(NOT_LONG);
            probe::app(config, server);
            config.service(impatient.path("/impatient").server(server));
        })
        .await;
        let mut answering = Vec::new();
        let mut silent = Vec::new();
        for _ in 0..3 {
            answering.push(connect(&server).await);
            silent.push(server.connect_raw("/impatient").await);
            assert_eq!(server.log.next().await, "open");
        }
        let answered = join_all(answering.iter_mut().map(Client::closed));
        let (_, cut_off) = join(answered, shut_down(&server, PATIENCE)).await;
        assert_eq!(cut_off, 3);
        assert_eq!(shut_down(&server, PATIENCE).await, 0, "nobody is left");
    }

    async fn nobody_comes_in_from_then_on(driver: Driver) {
        let (server, hold) = serve_slow(driver, 1).await;
        let early = server.connect_raw("/slow").await;
        let mut pending = TcpStream::connect(server.addr).await.unwrap();
        let request = upgrade_request("/slow?attach");
        pending.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(server.log.next().await, "attaching");

        let shutdown = server.server.shutdown(CloseCode::GoingAway, "", PATIENCE);
        let refused = server.raw(&upgrade_request("/slow")).await;
        assert_refused(&refused);
        hold.attach.add_permits(1);
        let mut refused = [0; 13];
        soon("an answer", pending.read_exact(&mut refused)).await.unwrap();
        assert_eq!(&refused, b"HTTP/1.1 503 ");
        answer(early).await;
        soon("the shutdown", shutdown).await;

        assert_eq!(server.log.next().await, "1001 Shutdown 0");
        assert_refused(&server.raw(&upgrade_request("/slow")).await);
        let page = server.raw("GET /page HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(page.ends_with("a page"), "{page}");
        server.all_gone().await;
        assert!(server.log.is_empty());
    }

    async fn any_runtime_will_do(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut client = connect(&server).await;
        let shutdown = server.server.shutdown(CloseCode::GoingAway, "", PATIENCE);
        let thread = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .unwrap();
            runtime.block_on(shutdown)
        });
        assert_eq!(client.closed().await, (1001, String::new()));
        let joined = rt::task::spawn_blocking(|| thread.join().unwrap());
        assert_eq!(soon("the thread", joined).await.unwrap(), 0);
    }

    async fn it_may_be_called_again(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut client = connect(&server).await;
        let first = server.server.shutdown(CloseCode::GoingAway, "first", PATIENCE);
        let second = server.server.shutdown(4000, "second", Duration::MAX);
        drop(server.server.shutdown(4000, "not awaited", NOT_LONG));
        let both = soon("both", join(client.closed(), join(first, second)));
        assert_eq!(both.await, ((1001, "first".into()), (0, 0)));
        assert_eq!(shut_down(&server, PATIENCE).await, 0);
    }

    async fn other_spaces_go_on(driver: Driver) {
        let other = Server::new();
        let of_app = other.clone();
        let server = serve(driver, move |config, server| {
            probe::app(config, server);
            config.service(probe::socket::service().path("/other").server(&of_app));
        })
        .await;
        let mut goes = connect(&server).await;
        let mut stays = server.connect("/other").await;
        assert_eq!(server.log.next().await, "open");
        assert_eq!(stays.ask("subscribe news").await, "true");

        let (closed, cut_off) = join(goes.closed(), shut_down(&server, PATIENCE)).await;
        assert_eq!((closed.0, cut_off), (1001, 0));
        assert_eq!(other.publish("news", "still here"), 1);
        assert_eq!(stays.text().await, "still here");
        let mut late = server.connect("/other").await;
        assert_eq!(late.ask("echo hello").await, "hello");
    }

    async fn who_is_paused_answers_all_the_same(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut client = connect(&server).await;
        client.send("echo hello; pause").await;
        assert_eq!(client.text().await, "hello");
        let (closed, cut_off) = join(client.closed(), shut_down(&server, PATIENCE)).await;
        assert_eq!((closed.0, cut_off), (1001, 0));
    }

    async fn what_close_publishes_reaches_who_is_still_open(driver: Driver) {
        let (server, hold) = serve_slow(driver, 2).await;
        let mut goes = server.connect("/slow").await;
        let mut stays = server.connect("/slow").await;
        let thread = goes.ask("thread").await;
        while stays.ask("thread").await == thread {
            stays = server.connect("/slow").await;
        }
        until("the others to be gone", || server.server.connections() == 2).await;
        server.log.clear();
        // A worker that is blocked has not yet closed its sockets.
        stays.send("block the thread").await;
        assert_eq!(server.log.next().await, "block the thread");
        let shutdown = server.server.shutdown(CloseCode::GoingAway, "", PATIENCE);
        assert_eq!(goes.closed().await.0, 1001);
        assert_eq!(server.log.next().await, "1001 Shutdown 1");
        hold.thread.wait();
        assert_eq!(stays.text().await, "gone");
        assert_eq!(stays.closed().await.0, 1001);
        assert_eq!(soon("the shutdown", shutdown).await, 0);
    }
}

fn assert_refused(response: &str) {
    assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
    let (head, sentence) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("retry-after: 1"), "{head}");
    assert_eq!(sentence, "The server is shutting down. Try again later.");
}
