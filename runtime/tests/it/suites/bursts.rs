//! Fast producers: within one turn of a worker, and on threads of their own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

use actix_web::{HttpResponse, rt, web};
use levante::prelude::*;
use tokio::{io::AsyncReadExt, net::TcpStream};

use crate::support::{Client, Driver, TestServer, on_each_driver, serve, serve_with, soon, until};

/// Messages of a burst.
const BURST: usize = 20_000;

/// Bytes of payload of a message, and of its frame.
const PAYLOAD: usize = 100;
const FRAME: usize = PAYLOAD + 2;

/// A message that begins with its number.
fn numbered(number: usize) -> String {
    format!("{number:PAYLOAD$}")
}

/// Publishes a burst. With `waits` it awaits `ready` after every tenth message; without, it never
/// awaits.
async fn burst(server: Server, waits: bool) {
    for number in 0..BURST {
        assert_eq!(server.publish("t", numbered(number)), 1);
        if waits && number % 10 == 0 {
            server.ready().await;
        }
    }
}

/// Subscribes.
#[websocket("/hear")]
mod hear {
    fn open(ws: &Ws) {
        ws.subscribe("t");
    }
}

/// Publishes a burst in its handler.
#[websocket("/say")]
mod say {
    use super::burst;

    async fn message(ws: &Ws, waits: &str) {
        burst(ws.server(), waits == "true").await;
        ws.send("done");
    }
}

async fn route(server: Server, waits: web::Path<bool>) -> HttpResponse {
    burst(server, *waits).await;
    HttpResponse::Ok().finish()
}

async fn task(server: Server, waits: web::Path<bool>) -> HttpResponse {
    rt::spawn(burst(server, *waits));
    HttpResponse::Ok().finish()
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    config
        .app_data(server.clone())
        .route("/route/{waits}", web::get().to(route))
        .route("/task/{waits}", web::get().to(task))
        .route("/hello", web::get().to(HttpResponse::Ok))
        .service(hear::service())
        .service(say::service());
}

async fn get(server: &TestServer, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let response = server.raw(&request).await;
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
}

async fn subscribed(server: &TestServer, count: usize) {
    let all = || server.server.subscriber_count("t") == count;
    until("all to subscribe", all).await;
}

/// Reads `count` numbered messages, and checks their order.
async fn hear_numbers(stream: &mut TcpStream, count: usize) {
    let mut wire = vec![0; count * FRAME];
    let read = stream.read_exact(&mut wire);
    soon("all messages", read).await.unwrap();
    for (number, frame) in wire.chunks(FRAME).enumerate() {
        assert_eq!(&frame[2..], numbered(number).as_bytes());
    }
}

/// The texts up to `end`.
async fn hear_until_the_end(client: &mut Client) -> Vec<String> {
    let mut texts = Vec::new();
    loop {
        match client.text().await {
            end if end == "end" => return texts,
            text => texts.push(text),
        }
    }
}

on_each_driver! {
    async fn a_burst_of_one_turn_reaches_a_reader_with_room(driver: Driver) {
        // Under `actix_web::HttpServer` only actix writes, so the producer must give it turns.
        let waits = matches!(driver, Driver::Body);
        for producer in ["route", "task", "handler"] {
            let server = serve(driver, app).await;
            let mut stream = server.connect_raw("/hear").await;
            subscribed(&server, 1).await;
            let reader = rt::spawn(async move { hear_numbers(&mut stream, BURST).await });
            if producer == "handler" {
                let mut client = server.connect("/say").await;
                assert_eq!(client.ask(waits.to_string()).await, "done");
            } else {
                get(&server, &format!("/{producer}/{waits}")).await;
            }
            reader.await.unwrap();
        }
    }

    async fn a_producer_that_waits_loses_nothing(driver: Driver) {
        const MESSAGES: usize = 3_000;
        let server = serve_with(driver, 2, app).await;
        server.server.set_publish_limit(64 << 10);
        let mut streams = Vec::new();
        for _ in 0..50 {
            streams.push(server.connect_raw("/hear").await);
        }
        subscribed(&server, 50).await;
        let space = server.server.clone();
        let producer = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                for number in 0..MESSAGES {
                    let published = space.publish("t", numbered(number));
                    assert_eq!((published.addressed, published.refused), (50, 0));
                    space.ready().await;
                }
            });
        });
        for stream in &mut streams {
            hear_numbers(stream, MESSAGES).await;
        }
        producer.join().unwrap();
    }

    async fn what_is_refused_is_counted_exactly(driver: Driver) {
        let server = serve_with(driver, 2, |config, server| {
            config.service(hear::service().backpressure_limit(64 << 20).server(server));
        })
        .await;
        server.server.set_publish_limit(32 << 10);
        let mut clients = Vec::new();
        for _ in 0..3 {
            clients.push(server.connect("/hear").await);
        }
        subscribed(&server, 3).await;
        let space = server.server.clone();
        let producer = thread::spawn(move || {
            let (mut addressed, mut refused) = (0, 0);
            for number in 0..BURST {
                let published = space.publish("t", numbered(number));
                addressed += published.addressed;
                refused += published.refused;
            }
            (addressed, refused, space)
        });
        let (addressed, refused, space) = rt::task::spawn_blocking(move || producer.join().unwrap())
            .await
            .unwrap();
        assert_eq!(addressed + refused, 3 * BURST);
        let stats = space.stats();
        assert_eq!(stats.publishes_refused, refused as u64);
        assert_eq!(stats.publishes, BURST as u64);
        space.ready().await;
        assert_eq!(space.publish("t", "end"), 3);
        let mut heard = 0;
        for client in &mut clients {
            let texts = hear_until_the_end(client).await;
            assert!(texts.is_sorted(), "they came in another order");
            heard += texts.len();
        }
        assert_eq!(heard, addressed);
    }

    async fn a_worker_serves_others_while_a_thread_floods_it(driver: Driver) {
        let server = serve(driver, |config, server| {
            app(config, server);
            config.service(hear::service().path("/little").backpressure_limit(10_000));
        })
        .await;
        let mut streams = Vec::new();
        for _ in 0..100 {
            streams.push(server.connect_raw("/little").await);
        }
        subscribed(&server, 100).await;
        let is_over = Arc::new(AtomicBool::new(false));
        let (space, told) = (server.server.clone(), is_over.clone());
        let flood = thread::spawn(move || {
            while !told.load(Relaxed) {
                space.publish("t", "x".repeat(40));
            }
        });
        for _ in 0..8 {
            get(&server, "/hello").await;
        }
        // New clients can subscribe and leave during the flood.
        for _ in 0..3 {
            drop(server.connect("/little").await);
        }
        is_over.store(true, Relaxed);
        rt::task::spawn_blocking(move || flood.join().unwrap()).await.unwrap();
        // The worker also gets through the flood.
        soon("the worker to be ready", server.server.ready()).await;
    }
}

#[actix_web::test]
async fn a_space_without_connections_is_ready() {
    let server = Server::new();
    soon("an empty space", server.ready()).await;
}

#[test]
fn a_publish_limit_is_from_a_byte_to_a_gibibyte() {
    let set = |bytes| std::panic::catch_unwind(|| Server::new().set_publish_limit(bytes)).is_ok();
    for (bytes, is_taken) in [
        (0, false),
        (1, true),
        (2, true),
        ((1 << 30) - 1, true),
        (1 << 30, true),
        ((1 << 30) + 1, false),
    ] {
        assert_eq!(set(bytes), is_taken, "{bytes}");
    }
}
