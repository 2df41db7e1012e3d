//! Endpoints of actix-ws still work in the same application.

use actix_web::{Error, HttpRequest, HttpResponse, web};
use futures_util::StreamExt;
use levante::prelude::*;

use crate::support::{Driver, on_each_driver, serve};

#[websocket("/ours")]
mod ours {
    fn message(ws: &Ws, text: &str) {
        ws.send(format!("ours: {text}"));
    }
}

async fn theirs(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, Error> {
    let (response, mut session, mut stream) = actix_ws::handle(&request, body)?;
    actix_web::rt::spawn(async move {
        while let Some(Ok(message)) = stream.next().await {
            match message {
                actix_ws::Message::Text(text) => {
                    session.text(format!("theirs: {text}")).await.unwrap();
                }
                actix_ws::Message::Close(reason) => {
                    session.close(reason).await.unwrap();
                    return;
                }
                _ => {}
            }
        }
    });
    Ok(response)
}

on_each_driver! {
    async fn both_answer(driver: Driver) {
        let server = serve(driver, |config, server| {
            config
                .service(ours::service().server(server))
                .route("/theirs", web::get().to(theirs))
                .route("/page", web::get().to(|| async { "a page" }));
        })
        .await;
        assert_eq!(server.connect("/ours").await.ask("hi").await, "ours: hi");
        let mut client = server.connect("/theirs").await;
        assert_eq!(client.ask("hi").await, "theirs: hi");
        client.close(4000, "bye").await;
        assert_eq!(client.closed().await, (4000, "bye".into()));
        let page = server.raw("GET /page HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(page.ends_with("a page"), "{page}");
    }
}
