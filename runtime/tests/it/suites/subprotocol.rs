//! The subprotocol of typed modules.

use actix_web::web;
use levante::prelude::*;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::{Client, Driver, Log, TestServer, on_each_driver, serve};

#[websocket("/typed", protocols = &["chat.v1"])]
mod typed {
    use super::*;

    async fn attach(log: web::Data<Log>) -> Log {
        (**log).clone()
    }

    fn open(ws: &Ws) {
        ws.data.push(format!("open {:?}", ws.protocol()));
    }

    #[on]
    fn greet(_ws: &Ws) -> &'static str {
        "pong"
    }

    fn close(ws: &Ws) {
        ws.data.push("close");
    }
}

#[websocket("/plain")]
mod plain {

    fn message(ws: &Ws, text: &str) {
        ws.send(text);
    }
}

/// Picks a subprotocol by itself.
#[websocket("/picking")]
mod picking {
    use levante::prelude::*;

    fn attach() -> Attached<()> {
        Attached::new(()).protocol("mine")
    }

    #[on]
    fn greet(_ws: &Ws) -> &'static str {
        "pong"
    }
}

fn app(config: &mut web::ServiceConfig, server: &Server) {
    config
        .service(typed::service().server(server))
        .service(plain::service().server(server))
        .service(picking::service().server(server));
}

/// Connects with an offer. Returns the subprotocol that the server has agreed on.
async fn connect(server: &TestServer, path: &str, offer: &str) -> (Client, String) {
    let url = format!("ws://{}{path}", server.addr);
    let mut request = url.into_client_request().unwrap();
    let offer = offer.parse().unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", offer);
    let (client, response) = server.connect_with(request).await.unwrap();
    let agreed = response.headers()["sec-websocket-protocol"]
        .to_str()
        .unwrap();
    let agreed = agreed.to_owned();
    (client, agreed)
}

on_each_driver! {
    async fn a_typed_module_speaks_its_own_with_clients_that_offer_it_or_none(driver: Driver) {
        let server = serve(driver, app).await;
        let (call, answer) = (r#"{"type":"greet","id":1}"#, r#"{"id":1,"ok":"pong"}"#);
        for offer in ["levante.v1+json", "chat.v1, levante.v2+json, levante.v1+json"] {
            let (mut client, agreed) = connect(&server, "/typed", offer).await;
            assert_eq!(agreed, "levante.v1+json");
            assert_eq!(server.log.next().await, r#"open Some("levante.v1+json")"#);
            assert_eq!(client.ask(call).await, answer);
            client.close(1000, "").await;
            assert_eq!(server.log.next().await, "close");
        }
        let mut client = server.connect("/typed").await;
        assert_eq!(server.log.next().await, "open None");
        assert_eq!(client.ask(call).await, answer);
    }

    async fn other_subprotocols_are_agreed_as_in_plain_modules(driver: Driver) {
        let server = serve(driver, app).await;
        for (path, offer, expected) in [
            ("/typed", "chat.v1", "chat.v1"),
            ("/typed", "levante.v2+json, chat.v1", "chat.v1"),
            ("/picking", "other, mine", "mine"),
            ("/picking", "mine, levante.v1+json", "levante.v1+json"),
        ] {
            let (mut client, agreed) = connect(&server, path, offer).await;
            assert_eq!(agreed, expected, "{offer}");
            let call = r#"{"type":"greet","id":1}"#;
            assert_eq!(client.ask(call).await, r#"{"id":1,"ok":"pong"}"#, "{offer}");
        }
    }

    async fn a_client_of_another_version_is_told_by_the_code(driver: Driver) {
        let server = serve(driver, app).await;
        for (path, offer) in [
            ("/typed", "levante.v2+json, levante.v3+json, other"),
            ("/picking", "levante.v2+json"),
        ] {
            let (mut client, agreed) = connect(&server, path, offer).await;
            assert_eq!(agreed, "levante.v2+json");
            let told = (1002, "this server speaks levante.v1+json".to_owned());
            assert_eq!(client.closed().await, told);
        }
        server.all_gone().await;
        // The module has not seen the connection.
        assert!(server.log.is_empty());
        assert_eq!(server.server.stats().total.closed_with(1002_u16), 2);
    }

    async fn a_plain_module_knows_no_versions(driver: Driver) {
        let server = serve(driver, app).await;
        let line = "Sec-WebSocket-Protocol: levante.v2+json, levante.v1+json\r\n";
        let request = crate::support::upgrade_request_with("/plain", line);
        let response = server.raw(&request).await.to_ascii_lowercase();
        assert!(response.starts_with("http/1.1 101 "), "{response}");
        assert!(!response.contains("sec-websocket-protocol"), "{response}");
    }
}
