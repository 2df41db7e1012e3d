//! The handshake of a client, and its answer.

use actix_web::{App, HttpRequest, error::ErrorForbidden, web};
use levante::{prelude::*, test};

use super::{app, assert_fails};

/// Sends each client the data of the client's own request.
#[websocket("/who/{name}", protocols = &["v2", "v1"])]
mod who {
    use super::*;

    struct Request(HttpRequest);

    async fn attach(request: HttpRequest) -> Result<Attached<Request>, actix_web::Error> {
        if request.query_string() == "refused" {
            return Err(ErrorForbidden("not you"));
        }
        Ok(Attached::new(Request(request)).header(("Set-Cookie", "seen=1")))
    }

    fn message(ws: &Ws, asked: &str) {
        let request = &ws.data.0;
        let answer = match asked {
            "uri" => request.uri().to_string(),
            "query" => {
                let query = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
                format!("{:?}", query.unwrap().into_inner())
            }
            "peer" => request.peer_addr().unwrap().to_string(),
            name => {
                let values = request.headers().get_all(name);
                let values: Vec<_> = values.map(|value| value.to_str().unwrap()).collect();
                values.join(" | ")
            }
        };
        ws.send(answer);
    }
}

/// The handshake never completes.
#[websocket("/never")]
mod never {
    async fn attach() {
        std::future::pending().await
    }

    fn open(_: &Ws) {}
}

async fn ask(client: &mut test::Client, what: &str) -> String {
    client.send(what).await;
    client.text().await
}

fn both() -> App<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    App::new().service(who::service()).service(never::service())
}

#[levante::test]
async fn a_request_says_what_the_test_says() {
    let app = test::app(both).await;
    let request = app
        .request("/who/ann?a=1")
        .query("name", "Ann & Bob/Ünal +")
        .query("b", "")
        .header("X-Twice", "one")
        .header("X-Twice", "two")
        .header("Host", "a.example")
        .cookie("token", "1")
        .cookie("theme", "dark")
        .origin("http://a.example")
        .protocols(["v0", "v1"])
        .peer_ip([192, 0, 2, 7]);
    let mut client = request.connect().await;
    assert_eq!(client.protocol(), Some("v1"));
    assert_eq!(client.extensions(), None);
    assert_eq!(client.response().status(), 101);
    assert_eq!(client.response().header("Set-Cookie"), Some("seen=1"));
    for (asked, answer) in [
        (
            "uri",
            "/who/ann?a=1&name=Ann%20%26%20Bob%2F%C3%9Cnal%20%2B&b=",
        ),
        (
            "query",
            r#"[("a", "1"), ("name", "Ann & Bob/Ünal +"), ("b", "")]"#,
        ),
        ("x-twice", "one | two"),
        ("host", "a.example"),
        ("cookie", "token=1; theme=dark"),
        ("origin", "http://a.example"),
        ("sec-websocket-protocol", "v0, v1"),
        ("peer", &client.addr().to_string()),
    ] {
        assert_eq!(ask(&mut client, asked).await, answer, "{asked}");
    }
    assert_eq!(client.addr().ip().to_string(), "192.0.2.7");

    let mut plain = app.connect("/who/bob").await;
    assert_eq!(plain.protocol(), None);
    assert_eq!(ask(&mut plain, "host").await, "localhost");
    assert_eq!(ask(&mut plain, "origin").await, "");
    assert!(plain.addr().ip().is_loopback());
    assert_ne!(plain.addr(), client.addr());
}

#[levante::test]
async fn a_refusal_is_the_whole_response() {
    let app = test::app(both).await;
    let refused = app.try_connect("/who/ann?refused").await.unwrap_err();
    assert_eq!(refused.status(), 403);
    assert_eq!(refused.text(), "not you");
    assert_eq!(refused.header("Connection"), Some("close"));
    assert_eq!(refused.headers().get("content-length").unwrap(), "7");
    let missing = app.try_connect("/nowhere").await.unwrap_err();
    assert_eq!((missing.status().as_u16(), missing.text()), (404, ""));
    let foreign = app
        .request("/who/ann")
        .origin("https://evil.example")
        .try_connect()
        .await;
    assert_eq!(foreign.unwrap_err().status(), 403);
    assert_eq!(app.server().connections(), 0);
}

#[levante::test]
async fn a_handshake_that_is_not_whole_is_refused() {
    let app = test::app(both).await;
    for (name, value, status) in [
        ("Sec-WebSocket-Version", Some("8"), 426),
        ("sec-websocket-version", None, 400),
        ("Sec-WebSocket-Key", None, 400),
        ("Sec-WebSocket-Key", Some("short"), 400),
        ("Connection", Some("close"), 400),
        ("Upgrade", None, 426),
    ] {
        let request = app.request("/who/ann");
        let request = match value {
            Some(value) => request.header(name, value),
            None => request.without_header(name),
        };
        let refused = request.try_connect().await.unwrap_err();
        assert_eq!(refused.status(), status, "{name} {value:?}: {refused:?}");
    }
    // A different key needs a different answer.
    let key = "AAAAAAAAAAAAAAAAAAAAAA==";
    let client = app
        .request("/who/ann")
        .header("Sec-WebSocket-Key", key)
        .connect()
        .await;
    assert!(client.response().header("Sec-WebSocket-Accept").is_some());
}

#[levante::test]
async fn a_handshake_that_takes_too_long_is_answered() {
    let app = test::app(both).await;
    let connect = app.try_connect("/never");
    let time = test::advance(std::time::Duration::from_secs(3600));
    let (refused, ()) = tokio::join!(connect, time);
    assert_eq!(refused.unwrap_err().status(), 503);
}

#[test]
fn a_handshake_that_must_not_be_refused_fails_with_the_answer() {
    let message = super::failure(|| async {
        test::app(both).await.connect("/who/ann?refused").await;
    });
    let expected = "the handshake for /who/ann?refused was refused: 403 Forbidden\n";
    assert!(
        message.contains(expected) && message.ends_with("\n\nnot you"),
        "{message}"
    );
    assert_fails(
        || async {
            test::app(both).await.connect("/never").await;
        },
        "GET /never has no answer, and never will: every task waits, and the clock stands still",
    );
}

#[levante::test]
#[should_panic = "a path begins with a slash"]
async fn a_path_is_a_path() {
    drop(app().await.connect("obey"));
}

#[levante::test]
#[should_panic = "a header has no line breaks"]
async fn a_header_is_one_line() {
    drop(app().await.request("/obey").header("X", "1\r\nY: 2"));
}

#[levante::test]
#[should_panic = "a header has no line breaks"]
async fn every_cookie_is_on_the_same_line() {
    let request = app().await.request("/obey").cookie("a", "1");
    drop(request.cookie("b", "2\r\nY: 2"));
}

#[levante::test]
async fn endpoints_of_actix_ws_are_connected_to_as_well() {
    async fn echo(
        request: HttpRequest,
        body: web::Payload,
    ) -> actix_web::Result<actix_web::HttpResponse> {
        let (response, mut session, mut messages) = actix_ws::handle(&request, body)?;
        actix_web::rt::spawn(async move {
            while let Some(Ok(message)) = messages.recv().await {
                match message {
                    actix_ws::Message::Text(text) => session.text(text).await.unwrap(),
                    actix_ws::Message::Close(reason) => {
                        session.close(reason).await.unwrap();
                        break;
                    }
                    _ => {}
                }
            }
        });
        Ok(response)
    }
    let app = test::app(|| App::new().route("/echo", web::get().to(echo))).await;
    let mut client = app.connect("/echo").await;
    client.send("hi").await;
    assert_eq!(client.text().await, "hi");
    client.close_with(CloseCode::Other(4000), "bye").await;
    let end = client.closed().await;
    assert_eq!((end.code, &*end.reason), (CloseCode::Other(4000), "bye"));
}
