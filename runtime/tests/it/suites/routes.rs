//! Routes and middleware use the server, and sockets of every worker.

use std::collections::HashSet;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    get,
    middleware::{Next, from_fn},
    post, web,
};
use levante::{SocketIdError, prelude::*};

use crate::support::{
    Client, Driver, TestServer, on_each_driver,
    probe::{self, socket::Ws},
    serve_with, until,
};

/// Its data must not leave its thread, so no route can get the socket.
#[websocket("/bound")]
mod bound {
    use std::rc::Rc;

    fn attach() -> Rc<()> {
        Rc::default()
    }

    fn open(ws: &Ws) {
        ws.subscribe("lobby");
        ws.send(ws.id().to_string());
    }
}

/// A socket module other than the probe.
#[websocket("/other")]
mod other {
    fn open(ws: &Ws) {
        ws.send(ws.id().to_string());
    }
}

#[get("/hello")]
async fn hello(ws: Ws) -> &'static str {
    ws.send("hello from a route");
    "sent"
}

#[get("/maybe")]
async fn maybe(ws: Option<Ws>, why: Result<Ws, SocketIdError>) -> String {
    match ws {
        Some(ws) => ws.id().to_string(),
        None => format!("nobody: {:?}", why.unwrap_err()),
    }
}

#[post("/announce")]
pub(crate) async fn announce(server: Server, text: String) -> String {
    server.publish("lobby", text).to_string()
}

#[post("/retort")]
async fn retort(server: Server, ws: Ws, text: String) -> String {
    server
        .publish_with("lobby", text, Publish::new().except(ws.id()))
        .to_string()
}

#[post("/kick/{topic}")]
async fn kick(server: Server, topic: web::Path<String>) -> String {
    let mut sockets = server.sockets::<Ws>();
    sockets.retain(|ws| ws.is_subscribed(&*topic));
    for ws in &sockets {
        ws.close_with(CloseCode::Policy, "kicked");
    }
    sockets.len().to_string()
}

#[get("/counts")]
async fn counts(server: Server) -> String {
    let sockets = server.sockets::<Ws>();
    let own = sockets
        .iter()
        .filter(|ws| server.socket(ws.id()).as_ref() == Some(*ws));
    format!(
        "{} connections, {} sockets, {} topics, {} in the lobby",
        server.connections(),
        own.count(),
        server.topics().len(),
        server.subscriber_count("lobby"),
    )
}

async fn watch(
    server: Server,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    server.publish("lobby", format!("somebody asks for {}", request.path()));
    next.call(request).await
}

/// The probe beside routes. All get their server from `app_data` only.
pub(crate) fn app(config: &mut web::ServiceConfig, server: &Server) {
    let watched = web::scope("/watched")
        .wrap(from_fn(watch))
        .service(probe::socket::service())
        .service(counts);
    config
        .app_data(server.clone())
        .service(probe::socket::service())
        .service(bound::service())
        .service(other::service())
        .service(hello)
        .service(maybe)
        .service(announce)
        .service(retort)
        .service(kick)
        .service(counts)
        .service(watched);
}

/// Sends a request to a route, and returns the status and the body of the response.
pub(crate) async fn ask(
    server: &TestServer,
    route: &str,
    id: Option<&str>,
    body: &str,
) -> (u16, String) {
    let id = id.map_or_else(String::new, |id| format!("X-Socket-Id: {id}\r\n"));
    let length = body.len();
    let request = format!(
        "{route} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n{id}\
         Content-Length: {length}\r\n\r\n{body}"
    );
    let response = server.raw(&request).await;
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap();
    (status.parse().unwrap(), body.to_owned())
}

/// Connects `count` clients of the lobby, across all workers. Returns them with their ids.
pub(crate) async fn lobby(server: &TestServer, count: usize) -> Vec<(Client, String)> {
    let mut clients = Vec::new();
    for _ in 0..count {
        let mut client = server.connect("/probe").await;
        assert_eq!(client.ask("subscribe lobby").await, "true");
        let id = client.ask("id").await;
        clients.push((client, id));
    }
    clients
}

pub(crate) fn ok(body: impl Into<String>) -> (u16, String) {
    (200, body.into())
}

on_each_driver! {
    async fn a_publish_from_a_route_or_middleware_reaches_every_worker(driver: Driver) {
        for workers in [1, 4] {
            let server = serve_with(driver, workers, app).await;
            let mut clients = lobby(&server, 8).await;
            // More requests than workers, so that every worker has run the route.
            for number in 0..5 {
                let text = format!("number {number}");
                assert_eq!(ask(&server, "POST /announce", None, &text).await, ok("8"));
                for (client, _) in &mut clients {
                    assert_eq!(client.text().await, text);
                }
                let (status, _) = ask(&server, "GET /watched/counts", None, "").await;
                assert_eq!(status, 200);
                for (client, _) in &mut clients {
                    assert_eq!(client.text().await, "somebody asks for /watched/counts");
                }
            }
            // Middleware also sees handshakes.
            let watched = server.connect("/watched/probe").await;
            for (client, _) in &mut clients {
                assert_eq!(client.text().await, "somebody asks for /watched/probe");
            }
            drop((clients, watched));
            server.all_gone().await;
            assert_eq!(ask(&server, "POST /announce", None, "anybody?").await, ok("0"));
        }
    }

    async fn a_route_finds_its_callers_own_socket(driver: Driver) {
        for workers in [1, 4] {
            let server = serve_with(driver, workers, app).await;
            let mut clients = lobby(&server, 8).await;
            for (client, id) in &mut clients {
                assert_eq!(ask(&server, "GET /hello", Some(id), "").await, ok("sent"));
                assert_eq!(client.text().await, "hello from a route");
                assert_eq!(ask(&server, "GET /maybe", Some(id), "").await, ok(&*id));
            }
            // No client received a message for another client.
            for (client, _) in &mut clients {
                assert_eq!(client.ask("echo next").await, "next");
            }
        }
    }

    async fn a_caller_without_an_open_socket_is_told_so(driver: Driver) {
        let server = serve_with(driver, 2, app).await;
        let of_other = server.connect("/other").await.text().await;
        let of_bound = server.connect("/bound").await.text().await;
        let mut client = server.connect("/probe").await;
        let left = client.ask("id").await;
        let id: SocketId = left.parse().unwrap();
        drop(client);
        until("the socket to be gone", || server.server.socket::<Ws>(id).is_none()).await;
        let unknown = "0".repeat(32);
        for (id, status, word, error) in [
            (None, 400, "is missing", "Missing"),
            (Some("chat"), 400, "is malformed", "Malformed"),
            (Some(&left[1..]), 400, "is malformed", "Malformed"),
            (Some(&*unknown), 404, "is not open", "NotOpen"),
            (Some(&*left), 404, "is not open", "NotOpen"),
            (Some(&*of_other), 404, "is not open", "NotOpen"),
            (Some(&*of_bound), 404, "is not open", "NotOpen"),
        ] {
            let (answered, body) = ask(&server, "GET /hello", id, "").await;
            assert_eq!(answered, status, "{id:?}");
            assert!(body.contains("`X-Socket-Id`") && body.contains(word), "{id:?}: {body}");
            assert!(!body.contains(&left), "the id is nobody else's business: {body}");
            let nobody = ok(format!("nobody: {error}"));
            assert_eq!(ask(&server, "GET /maybe", id, "").await, nobody);
        }
        let (status, _) = ask(&server, &format!("GET /hello?x-socket-id={left}"), None, "").await;
        assert_eq!(status, 400, "a header only");
    }

    async fn a_publish_leaves_one_socket_out_wherever_it_is(driver: Driver) {
        for workers in [1, 4] {
            let server = serve_with(driver, workers, app).await;
            let mut clients = lobby(&server, 8).await;
            let mut bound = server.connect("/bound").await;
            let of_bound: SocketId = bound.text().await.parse().unwrap();
            let publish = |text: String, id| server.server.publish_with("lobby", text, Publish::new().except(id));
            for (number, (_, id)) in clients.iter().enumerate() {
                let text = format!("{number} by route");
                assert_eq!(ask(&server, "POST /retort", Some(id), &text).await, ok("8"));
                assert_eq!(publish(format!("{number} by thread"), id.parse().unwrap()), 8);
            }
            assert_eq!(publish("all but the bound one".into(), of_bound), 8);
            let nobody = "0".repeat(32).parse().unwrap();
            assert_eq!(publish("all".into(), nobody), 9);

            let mut expected = Vec::new();
            for author in 0..clients.len() {
                expected.extend([format!("{author} by route"), format!("{author} by thread")]);
            }
            for (number, (client, _)) in clients.iter_mut().enumerate() {
                let own = format!("{number} ");
                for text in expected.iter().filter(|text| !text.starts_with(&own)) {
                    assert_eq!(client.text().await, *text);
                }
                assert_eq!(client.text().await, "all but the bound one");
                assert_eq!(client.text().await, "all");
            }
            for text in expected {
                assert_eq!(bound.text().await, text);
            }
            assert_eq!(bound.text().await, "all");
        }
    }

    async fn who_does_not_subscribe_is_not_left_out_of_the_count(driver: Driver) {
        for workers in [1, 4] {
            let server = serve_with(driver, workers, app).await;
            let mut clients = lobby(&server, 4).await;
            let (client, id) = &mut clients[0];
            let id: SocketId = id.parse().unwrap();
            assert_eq!(client.ask("unsubscribe lobby").await, "true");
            assert_eq!(server.server.publish_with("lobby", "without", Publish::new().except(id)), 3);
            assert_eq!(server.server.publish_with("nowhere", "nobody", Publish::new().except(id)), 0);
            client.close(1000, "").await;
            assert_eq!(client.closed().await.0, 1000);
            assert_eq!(server.server.publish_with("lobby", "closed", Publish::new().except(id)), 3);
            for (client, _) in &mut clients[1..] {
                assert_eq!(client.text().await, "without");
                assert_eq!(client.text().await, "closed");
            }
        }
    }

    async fn counts_and_lists_are_those_of_all_workers(driver: Driver) {
        for workers in [1, 4] {
            let server = serve_with(driver, workers, app).await;
            let mut clients = lobby(&server, 8).await;
            let mut threads = HashSet::new();
            for (number, (client, _)) in clients.iter_mut().enumerate() {
                threads.insert(client.ask("worker").await);
                assert_eq!(client.ask(format!("subscribe own/{number}")).await, "true");
            }
            assert_eq!(threads.len(), workers);
            let expected = ok("8 connections, 8 sockets, 9 topics, 8 in the lobby");
            assert_eq!(ask(&server, "GET /counts", None, "").await, expected);
            let listed = server.server.sockets::<Ws>();
            let listed: HashSet<_> = listed.iter().map(|ws| ws.id().to_string()).collect();
            assert_eq!(listed, clients.iter().map(|(_, id)| id.clone()).collect());
            let mut topics = server.server.topics();
            topics.sort();
            assert_eq!(topics[0], "lobby");
            assert!((0..8).all(|number| topics[number + 1] == format!("own/{number}")));

            clients.truncate(3);
            until("five to be gone", || server.server.connections() == 3).await;
            let expected = ok("3 connections, 3 sockets, 4 topics, 3 in the lobby");
            assert_eq!(ask(&server, "GET /counts", None, "").await, expected);
            drop(clients);
            server.all_gone().await;
            let expected = ok("0 connections, 0 sockets, 0 topics, 0 in the lobby");
            assert_eq!(ask(&server, "GET /counts", None, "").await, expected);
        }
    }

    async fn subscribers_are_listed_by_topic_and_type(driver: Driver) {
        for workers in [1, 4] {
            let server = serve_with(driver, workers, app).await;
            let mut clients = lobby(&server, 8).await;
            // The list must leave out these two subscribers, because their sockets have other
            // types.
            let mut bound = server.connect("/bound").await;
            bound.text().await;
            let mut other = server.connect("/other").await;
            let of_other: SocketId = other.text().await.parse().unwrap();
            assert!(server.server.socket::<other::Ws>(of_other).unwrap().subscribe("lobby"));
            for (client, _) in clients.iter_mut().step_by(2) {
                assert_eq!(client.ask("subscribe own").await, "true");
            }

            let ids = |topic: &str| -> HashSet<String> {
                let listed = server.server.subscribers::<Ws>(topic);
                let ids: HashSet<_> = listed.iter().map(|ws| ws.id().to_string()).collect();
                assert_eq!(ids.len(), listed.len(), "each is listed once");
                ids
            };
            let all: HashSet<_> = clients.iter().map(|(_, id)| id.clone()).collect();
            let even: HashSet<_> = clients.iter().step_by(2).map(|(_, id)| id.clone()).collect();
            assert_eq!(server.server.subscriber_count("lobby"), 10);
            assert_eq!((ids("lobby"), ids("own")), (all.clone(), even.clone()));
            assert!(ids("nowhere").is_empty() && ids("lob").is_empty() && ids("").is_empty());
            let others = server.server.subscribers::<other::Ws>("lobby");
            assert_eq!(others.iter().map(|ws| ws.id()).collect::<Vec<_>>(), [of_other]);

            // This thread can use the listed sockets.
            for ws in server.server.subscribers::<Ws>("own") {
                ws.send("found by its topic");
            }
            for (client, _) in clients.iter_mut().step_by(2) {
                assert_eq!(client.text().await, "found by its topic");
            }

            // One client leaves the topic, one disconnects, and one only begins to close.
            let (client, id) = &mut clients[0];
            assert_eq!(client.ask("unsubscribe own").await, "true");
            let left = HashSet::from([id.clone()]);
            assert_eq!(ids("own"), even.difference(&left).cloned().collect());
            let (client, gone) = clients.remove(2);
            drop(client);
            until("one to be gone", || server.server.connections() == 9).await;
            let closing: SocketId = clients[1].1.parse().unwrap();
            server.server.socket::<Ws>(closing).unwrap().close();
            until("one to begin to close", || !ids("lobby").contains(&clients[1].1)).await;
            let left = HashSet::from([gone, clients[1].1.clone()]);
            assert_eq!(ids("lobby"), all.difference(&left).cloned().collect());

            drop((clients, bound, other));
            server.all_gone().await;
            assert!(ids("lobby").is_empty());
        }
    }

    async fn a_route_closes_the_sockets_that_it_chooses(driver: Driver) {
        for workers in [1, 4] {
            let server = serve_with(driver, workers, app).await;
            let mut clients = lobby(&server, 8).await;
            for (client, _) in clients.iter_mut().step_by(2) {
                assert_eq!(client.ask("subscribe mischief").await, "true");
            }
            assert_eq!(ask(&server, "POST /kick/mischief", None, "").await, ok("4"));
            for (client, _) in clients.iter_mut().step_by(2) {
                assert_eq!(client.closed().await, (1008, "kicked".into()));
            }
            until("four to be gone", || server.server.connections() == 4).await;
            assert_eq!(server.server.topics(), ["lobby"]);
            assert_eq!(ask(&server, "POST /kick/mischief", None, "").await, ok("0"));
            for (client, _) in clients.iter_mut().skip(1).step_by(2) {
                assert_eq!(client.ask("echo still here").await, "still here");
            }
        }
    }
}
