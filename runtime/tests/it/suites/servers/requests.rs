//! Requests and handshakes: one application answers both.

use std::{net::SocketAddr, time::Duration};

use actix_web::{
    App, Error, HttpRequest, HttpResponse, Responder, ResponseError,
    body::BoxBody,
    dev::{Service as _, ServiceResponse},
    error::ErrorForbidden,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
    middleware::{ErrorHandlerResponse, ErrorHandlers},
    rt::net::TcpStream as Accepted,
    web,
};
use futures_util::stream;
use levante::{HttpServer, Server, prelude::*};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::exchange;
use crate::support::{Log, NEVER, TestServer, frame, soon, upgrade_request};

/// Tells its client the arguments of `attach`.
#[websocket("/told")]
mod told {
    use super::*;

    pub(super) struct Told(String);

    #[derive(Debug)]
    pub(super) struct Asleep;

    impl std::fmt::Display for Asleep {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("come back later")
        }
    }

    impl ResponseError for Asleep {
        fn error_response(&self) -> HttpResponse {
            HttpResponse::build(StatusCode::IM_A_TEAPOT)
                .insert_header(("x-refused-by", "its own response"))
                .body(self.to_string())
        }
    }

    async fn attach(request: HttpRequest, motd: web::Data<Motd>) -> Result<Told, Error> {
        match request.query_string() {
            "forbidden" => return Err(ErrorForbidden("not you")),
            "asleep" => return Err(Asleep.into()),
            _ => {}
        }
        let accepted = request.conn_data::<AcceptedFrom>().unwrap().0;
        let connection = request.connection_info().clone();
        Ok(Told(format!(
            "{} {} {} {}",
            accepted == request.peer_addr().unwrap(),
            motd.0,
            connection.scheme(),
            request.url_for("a page", [""; 0]).unwrap(),
        )))
    }

    fn open(ws: &Ws) {
        ws.send(&*ws.data.0);
    }

    fn message(ws: &Ws, text: &str) {
        ws.send(text);
    }
}

struct Motd(&'static str);

/// The value that `on_connect` stores.
#[derive(Clone, Copy)]
struct AcceptedFrom(SocketAddr);

async fn page() -> &'static str {
    "a page"
}

async fn upload(body: String) -> impl Responder {
    format!("got {body:?}")
}

/// A body of unknown length, sent in parts.
async fn parts() -> HttpResponse {
    let parts = stream::unfold(0, |part| async move {
        actix_web::rt::time::sleep(Duration::from_millis(1)).await;
        let text = web::Bytes::from(format!("part {part};"));
        (part < 3).then_some((Ok::<_, Error>(text), part + 1))
    });
    HttpResponse::Ok().streaming(parts)
}

/// A body that ends in the middle.
async fn broken() -> HttpResponse {
    let parts = [
        Ok(web::Bytes::from("begun, ")),
        Err(ErrorForbidden("no more")),
    ];
    HttpResponse::Ok().streaming(stream::iter(parts))
}

fn forbidden(response: ServiceResponse) -> actix_web::Result<ErrorHandlerResponse<BoxBody>> {
    let (request, response) = response.into_parts();
    let body = format!("{} says the error handler", response.error().unwrap());
    let response = response.set_body(body).map_into_boxed_body();
    let response = ServiceResponse::new(request, response).map_into_right_body();
    Ok(ErrorHandlerResponse::Response(response))
}

fn serve() -> TestServer {
    let (log, server) = (Log::default(), Server::new());
    let of_app = server.clone();
    let app = move || {
        App::new()
            .app_data(web::Data::new(Motd("hello")))
            .service(told::service().server(&of_app))
            .service(
                web::resource("/page")
                    .name("a page")
                    .route(web::get().to(page)),
            )
            .route("/upload", web::route().to(upload))
            .route("/parts", web::get().to(parts))
            .route("/broken", web::get().to(broken))
            .wrap(ErrorHandlers::new().handler(StatusCode::FORBIDDEN, forbidden))
            .wrap_fn(|request, service| {
                let response = service.call(request);
                async {
                    let mut response = response.await?;
                    let name = HeaderName::from_static("x-wrapped");
                    response
                        .headers_mut()
                        .insert(name, HeaderValue::from_static("yes"));
                    Ok(response)
                }
            })
    };
    let http = HttpServer::new(app)
        .workers(1)
        .client_request_timeout(NEVER)
        .disable_signals()
        .client_disconnect_timeout(Duration::from_millis(100))
        .on_connect(|stream, data| {
            let stream = stream.downcast_ref::<Accepted>().unwrap();
            data.insert(AcceptedFrom(stream.peer_addr().unwrap()));
        })
        .bind(("127.0.0.1", 0))
        .unwrap();
    assert_eq!(http.addrs_with_scheme(), [(http.addrs()[0], "http")]);
    TestServer::run(http.addrs()[0], http.run(), log, server)
}

/// Reads a response with a known length from a connection that stays open.
async fn response(stream: &mut TcpStream) -> String {
    let mut response = String::new();
    soon("a response", async {
        while !response.ends_with("a page") {
            response.push(char::from(stream.read_u8().await.unwrap()));
        }
    })
    .await;
    response
}

#[actix_web::test]
async fn middleware_is_around_requests_and_handshakes() {
    let server = serve();
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    // One connection carries all requests, and the handshake at the end.
    for _ in 0..3 {
        stream
            .write_all(b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        let page = response(&mut stream).await;
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
        assert!(page.contains("\r\nx-wrapped: yes\r\n"), "{page}");
    }
    stream
        .write_all(upgrade_request("/told").as_bytes())
        .await
        .unwrap();
    let mut head = String::new();
    soon("the handshake", async {
        while !head.ends_with("\r\n\r\n") {
            head.push(char::from(stream.read_u8().await.unwrap()));
        }
    })
    .await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(head.contains("\r\nx-wrapped: yes\r\n"), "{head}");
}

#[actix_web::test]
async fn a_handshake_may_follow_a_request_in_the_same_segment() {
    let server = serve();
    let mut both = b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n".to_vec();
    both.extend(upgrade_request("/told").into_bytes());
    both.extend(frame(0x81, b"early"));
    both.extend(frame(0x88, b"\x03\xe8"));
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    stream.write_all(&both).await.unwrap();
    let mut all = Vec::new();
    soon("the end", stream.read_to_end(&mut all)).await.unwrap();
    let text = String::from_utf8_lossy(&all);
    let page = text.find("a page").unwrap();
    let switched = text.find("HTTP/1.1 101 ").unwrap();
    assert!(page < switched, "{text}");
    assert!(all.ends_with(b"\x81\x05early\x88\x02\x03\xe8"), "{text}");
}

#[actix_web::test]
async fn attach_knows_the_connection_and_the_application() {
    let server = serve();
    let mut client = server.connect("/told").await;
    let url = format!("http://{}/page", server.addr);
    assert_eq!(client.text().await, format!("true hello http {url}"));
    assert_eq!(client.ask("and back").await, "and back");
}

#[actix_web::test]
async fn errors_are_handled_as_those_of_any_request() {
    let server = serve();
    let forbidden = exchange(&server, upgrade_request("/told?forbidden")).await;
    assert!(forbidden.starts_with("HTTP/1.1 403 "), "{forbidden}");
    assert!(
        forbidden.ends_with("not you says the error handler"),
        "{forbidden}"
    );
    assert!(forbidden.contains("\r\nx-wrapped: yes\r\n"), "{forbidden}");
    let asleep = exchange(&server, upgrade_request("/told?asleep")).await;
    assert!(asleep.starts_with("HTTP/1.1 418 "), "{asleep}");
    assert!(
        asleep.contains("\r\nx-refused-by: its own response\r\n"),
        "{asleep}"
    );
    assert!(asleep.ends_with("come back later"), "{asleep}");
    let missing = exchange(&server, upgrade_request("/nothing")).await;
    assert!(missing.starts_with("HTTP/1.1 404 "), "{missing}");
    server.all_gone().await;
}

#[actix_web::test]
async fn a_body_ends_where_it_says_even_if_an_upgrade_is_asked_for() {
    let server = serve();
    let upgrade = "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    for (method, length, body, got) in [
        ("POST", "Content-Length: 5\r\n", "hello and more", "hello"),
        ("GET", "Content-Length: 5\r\n", "hello", "hello"),
        ("POST", "Content-Length: 0\r\n", "", ""),
        ("POST", "", "", ""),
        ("PUT", "", "more", ""),
        (
            "POST",
            "Transfer-Encoding: chunked\r\n",
            "5\r\nhello\r\n0\r\n\r\n",
            "hello",
        ),
    ] {
        // The connection closes after the response, whether or not the request asks for that.
        let close = if length.starts_with('T') {
            "Connection: close\r\n"
        } else {
            ""
        };
        let request = format!("{method} /upload HTTP/1.1\r\n{upgrade}{close}{length}\r\n{body}");
        let response = exchange(&server, &request).await;
        assert!(
            response.starts_with("HTTP/1.1 200 OK\r\n"),
            "{request}\n{response}"
        );
        assert!(
            response.ends_with(&format!("got {got:?}")),
            "{request}\n{response}"
        );
    }
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    let request = format!("POST /upload HTTP/1.1\r\n{upgrade}Content-Length: 5\r\n\r\nhel");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut response = String::new();
    soon("a response", stream.read_to_string(&mut response))
        .await
        .unwrap();
    assert!(
        response.starts_with("HTTP/1.1 400 "),
        "a body that is cut off: {response}"
    );
}

#[actix_web::test]
async fn an_ordinary_route_answers_an_upgrade_request() {
    let server = serve();
    for upgrade in ["websocket", "h2c"] {
        let request = format!(
            "GET /page HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: {upgrade}\r\n\r\n"
        );
        let response = server.raw(&request).await;
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
        assert!(response.ends_with("a page"), "{response}");
    }
    let head = upgrade_request("/page").replace("GET", "HEAD");
    let head = exchange(&server, head).await;
    assert!(
        head.contains("\r\ncontent-length: 0\r\n") || head.starts_with("HTTP/1.1 405"),
        "{head}"
    );
    assert!(head.ends_with("\r\n\r\n"), "{head}");
}

#[actix_web::test]
async fn a_streaming_body_answers_an_upgrade_request() {
    let server = serve();
    let response = exchange(&server, upgrade_request("/parts")).await;
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("\r\nconnection: close"), "{head}");
    // The end of the connection marks the end of the body.
    assert!(
        !head.contains("content-length") && !head.contains("chunked"),
        "{head}"
    );
    assert_eq!(body, "part 0;part 1;part 2;");

    let broken = exchange(&server, upgrade_request("/broken")).await;
    assert!(broken.ends_with("begun, "), "{broken}");
    assert_eq!(
        server.connect("/told").await.text().await.split(' ').next(),
        Some("true")
    );
}

#[actix_web::test]
async fn connect_gets_an_ordinary_answer() {
    let server = serve();
    for target in ["example.com:443", "/told"] {
        let request = format!("CONNECT {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        let response = exchange(&server, &request).await;
        let status = response.split(' ').nth(1).unwrap();
        assert!(status.starts_with('4'), "{response}");
        assert!(response.contains("connection: close"), "{response}");
    }
}

#[actix_web::test]
async fn http_1_0_is_served_but_has_no_sockets() {
    let server = serve();
    let page = exchange(&server, "GET /page HTTP/1.0\r\n\r\n").await;
    assert!(page.starts_with("HTTP/1.0 200 OK\r\n"), "{page}");
    assert!(page.ends_with("a page"), "{page}");
    let handshake = upgrade_request("/told").replace("HTTP/1.1", "HTTP/1.0");
    let refused = exchange(&server, handshake).await;
    assert!(refused.starts_with("HTTP/1.0 400 "), "{refused}");
    server.all_gone().await;
}

#[actix_web::test]
async fn a_client_that_goes_before_its_answer_leaves_nothing() {
    let server = serve();
    for path in ["/parts", "/told", "/page"] {
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        stream
            .write_all(upgrade_request(path).as_bytes())
            .await
            .unwrap();
        drop(stream);
    }
    server.all_gone().await;
    server.connect("/told").await;
}
