//! Which handshakes are accepted, and how the others are refused.

use actix_web::{HttpRequest, error::ErrorForbidden, guard, http::header, web};
use levante::prelude::*;
use tokio_tungstenite::tungstenite::{Error, client::IntoClientRequest};

use crate::support::{Driver, on_each_driver, serve, upgrade_request, upgrade_request_with};

#[websocket("/plain")]
mod plain {
    fn open(ws: &Ws) {
        ws.send(format!("{:?}", ws.protocol()));
    }
}

#[websocket("/room/{name}", protocols = &["v2", "v1"])]
mod room {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Join {
        #[serde(default)]
        key: String,
    }

    pub(super) struct Visitor {
        room: String,
    }

    async fn attach(
        name: web::Path<String>,
        join: web::Query<Join>,
        request: HttpRequest,
    ) -> Result<Attached<Visitor>, actix_web::Error> {
        if join.key != "secret" {
            return Err(ErrorForbidden("wrong key"));
        }
        let attached = Attached::new(Visitor {
            room: name.into_inner(),
        })
        .header((header::SET_COOKIE, "seen=1"))
        .header(("x-agent", request.headers().len().to_string()));
        Ok(match request.headers().get("x-pick") {
            Some(pick) => attached.protocol(pick.to_str().unwrap_or_default()),
            None => attached,
        })
    }

    fn open(ws: &Ws) {
        ws.send(format!("{} {:?}", ws.data.room, ws.protocol()));
    }
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    config
        .service(plain::service().server(server))
        .service(room::service().server(server))
        .service(
            plain::service()
                .path("/any")
                .origins(Origins::Any)
                .server(server),
        )
        .service(
            plain::service()
                .path("/listed")
                .origins(Origins::List(&[
                    "https://app.example",
                    "http://localhost:3000",
                ]))
                .server(server),
        )
        .service(
            plain::service()
                .path("/guarded")
                .guard(guard::Header("x-door", "open"))
                .server(server),
        )
        .service(web::scope("/scope").service(plain::service().server(server)));
}

fn status(response: &str) -> u16 {
    response
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0)
}

on_each_driver! {
    async fn the_accept_header_is_that_of_the_rfc(driver: Driver) {
        let server = serve(driver, app).await;
        let response = server.raw(&upgrade_request("/plain")).await;
        assert_eq!(status(&response), 101, "{response}");
        let response = response.to_ascii_lowercase();
        assert!(response.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="));
        assert!(response.contains("upgrade: websocket"));
        assert!(response.contains("connection: upgrade"));
    }

    async fn what_is_no_handshake_is_told_so(driver: Driver) {
        let server = serve(driver, app).await;
        let good = upgrade_request("/plain");
        for (request, expected) in [
            ("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 426),
            ("POST /plain HTTP/1.1\r\nHost: a\r\ncontent-length: 0\r\n\r\n".to_owned(), 426),
            (good.replace("GET", "PUT"), 400),
            (good.replace("Version: 13", "Version: 12"), 426),
            (good.replace("Sec-WebSocket-Version: 13\r\n", ""), 400),
            (good.replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="), 400),
            (good.replace("Sec-WebSocket-Key", "X-Key"), 400),
            // An endpoint without compression refuses it, too.
            (upgrade_request_with("/plain", "Sec-WebSocket-Extensions: not a list\r\n"), 400),
        ] {
            let response = server.raw(&request).await;
            assert_eq!(status(&response), expected, "{request}\n{response}");
            let (head, body) = response.split_once("\r\n\r\n").unwrap();
            assert!(body.ends_with('.') && body.contains(' '), "no sentence: {body}");
            if expected == 426 {
                assert!(head.to_ascii_lowercase().contains("sec-websocket-version: 13"));
            }
        }
        assert_eq!(server.server.connections(), 0);
    }

    async fn attach_refuses_with_its_own_response(driver: Driver) {
        let server = serve(driver, app).await;
        let request = format!("ws://{}/room/tea?key=wrong", server.addr);
        let Err(Error::Http(response)) = server.connect_with(request).await else {
            panic!("was let in");
        };
        assert_eq!(response.status(), 403);
        assert_eq!(response.body().as_deref(), Some(&b"wrong key"[..]));
        let request = format!("ws://{}/room/tea?key=a&key=b", server.addr);
        let Err(Error::Http(response)) = server.connect_with(request).await else {
            panic!("was let in");
        };
        assert_eq!(response.status(), 400, "what the extractor says");
        server.all_gone().await;
    }

    async fn attach_sets_data_headers_and_protocol(driver: Driver) {
        let server = serve(driver, app).await;
        let url = format!("ws://{}/room/tea?key=secret", server.addr);
        let mut request = url.as_str().into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "v1, v2".parse().unwrap());
        let (mut client, response) = server.connect_with(request).await.unwrap();
        assert_eq!(response.headers()["set-cookie"], "seen=1");
        assert!(response.headers().contains_key("x-agent"));
        assert_eq!(response.headers()["sec-websocket-protocol"], "v2");
        assert_eq!(client.text().await, r#"tea Some("v2")"#);

        let mut request = url.as_str().into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "v1, mine".parse().unwrap());
        request.headers_mut().insert("x-pick", "mine".parse().unwrap());
        let (mut client, response) = server.connect_with(request).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "mine");
        assert_eq!(client.text().await, r#"tea Some("mine")"#);
    }

    async fn no_protocol_is_agreed_on_that_was_not_offered(driver: Driver) {
        let server = serve(driver, app).await;
        let response = server.raw(&upgrade_request_with("/room/a?key=secret", "x-pick: v1\r\n")).await;
        assert_eq!(status(&response), 101);
        assert!(!response.to_ascii_lowercase().contains("sec-websocket-protocol"), "{response}");
    }

    async fn a_page_of_another_host_is_refused(driver: Driver) {
        let server = serve(driver, app).await;
        for (path, origin, expected) in [
            ("/plain", "http://localhost", 101),
            ("/plain", "http://evil.example", 403),
            ("/plain", "null", 403),
            ("/any", "http://evil.example", 101),
            ("/listed", "https://app.example", 101),
            ("/listed", "http://localhost:3000", 101),
            ("/listed", "http://localhost", 403),
        ] {
            let origin_line = format!("Origin: {origin}\r\n");
            let response = server.raw(&upgrade_request_with(path, &origin_line)).await;
            assert_eq!(status(&response), expected, "{path} from {origin}: {response}");
        }
    }

    async fn guards_and_scopes_decide_as_for_any_service(driver: Driver) {
        let server = serve(driver, app).await;
        assert_eq!(status(&server.raw(&upgrade_request("/guarded")).await), 404);
        let open = upgrade_request_with("/guarded", "x-door: open\r\n");
        assert_eq!(status(&server.raw(&open).await), 101);
        assert_eq!(status(&server.raw(&upgrade_request("/scope/plain")).await), 101);
    }

    async fn a_frame_in_the_segment_of_the_handshake_is_served(driver: Driver) {
        let server = serve(driver, crate::suites::messages::app).await;
        let mut bytes = upgrade_request("/echo").into_bytes();
        bytes.extend(crate::support::frame(0x81, b"early"));
        let mut stream = tokio::net::TcpStream::connect(server.addr).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, &bytes).await.unwrap();
        let mut seen = Vec::new();
        crate::support::soon("the echo", async {
            while !seen.ends_with(b"\x81\x05early") {
                seen.push(tokio::io::AsyncReadExt::read_u8(&mut stream).await.unwrap());
            }
        })
        .await;
    }
}
