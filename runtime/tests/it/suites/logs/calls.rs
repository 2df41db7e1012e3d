//! The spans of the functions that clients call.

use levante::prelude::*;
use tracing::Level;

use super::{Lines, captured::Captured};
use crate::support::{Driver, TestServer, on_each_driver, serve};

#[websocket("/called")]
mod called {
    #[wire]
    struct Said;

    #[topic("room/{id}", message = Said)]
    struct Room {
        id: u32,
    }

    #[on]
    fn say(_: &Ws, text: &str) {
        tracing::info!("{text}");
    }

    #[on]
    async fn later(_: &Ws) {
        tracing::info!("now");
        tokio::task::yield_now().await;
        tracing::info!("later");
    }

    #[on]
    fn fail(_: &Ws) -> Result<(), &'static str> {
        Err("out of luck")
    }

    #[join]
    async fn room(_: &Ws, room: Room) {
        tokio::task::yield_now().await;
        tracing::info!("{}", room.id);
    }

    fn close(_: &Ws) {
        tracing::info!("close");
    }
}

async fn serve_called(driver: Driver) -> (TestServer, Captured) {
    let captured = Captured::from(Level::INFO);
    let of_app = captured.clone();
    let server = serve(driver, move |config, server| {
        // actix calls this closure on the worker's thread.
        of_app.install();
        config.service(called::service().server(server));
    })
    .await;
    (server, captured)
}

on_each_driver! {
    async fn a_call_has_a_span_in_that_of_its_connection(driver: Driver) {
        let (server, captured) = serve_called(driver).await;
        let mut lines = Lines::of(&captured, "/called");
        let mut client = server.connect("/called").await;
        for (call, expected) in [
            (
                r#"{"type":"say","data":{"text":"hello"},"id":1}"#,
                &["INFO levante::call{kind=on name=\"say\"}: hello;"][..],
            ),
            (
                r#"{"type":"later","id":1}"#,
                &[
                    "INFO levante::call{kind=on name=\"later\"}: now;",
                    "INFO levante::call{kind=on name=\"later\"}: later;",
                ],
            ),
            (
                r#"{"join":"room/7","id":1}"#,
                &["INFO levante::call{kind=join name=\"room/7\"}: 7;"],
            ),
        ] {
            assert_eq!(client.ask(call).await, r#"{"id":1,"ok":null}"#);
            lines.expect(expected).await;
        }
        // Frames that call nothing have no span, and other handlers have only their connection's.
        let fault = client.ask(r#"{"type":"shout","id":1}"#).await;
        assert_eq!(fault, r#"{"id":1,"fault":"nothing is called `shout`"}"#);
        assert!(captured.is_empty());
        client.close(1000, "").await;
        lines.expect(&["INFO close;"]).await;
        server.all_gone().await;
        assert!(captured.is_empty());
    }

    async fn a_call_that_fails_is_an_error_of_its_connection(driver: Driver) {
        let (server, captured) = serve_called(driver).await;
        let mut lines = Lines::of(&captured, "/called");
        let mut client = server.connect("/called").await;
        client.send(r#"{"type":"fail"}"#).await;
        assert_eq!(client.closed().await.0, 1011);
        lines.expect(&[
            "ERROR closing, as there is no error handler; socket=N handler=on error=\"out of luck\"",
            "INFO close;",
        ]).await;
    }
}
