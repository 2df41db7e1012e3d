//! A live ticker: `cargo run --bin feed`, then open the printed address. A background task makes
//! prices up; `curl -d 99.5 http://127.0.0.1:8081/publish/ACME` sets one.

mod feed;

use std::{io, process::ExitCode};

use actix_web::{
    App, HttpResponse,
    http::header::{self, ContentType},
    rt, web,
};
use levante::{HttpServer, Server};

use crate::feed::Market;

/// The port without `PORT` in the environment: not the chat's, so that both can run.
const DEFAULT_PORT: u16 = 8081;

/// The page asks nobody but this server.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; \
    style-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

#[actix_web::main]
async fn main() -> ExitCode {
    levante_examples::exit(serve().await)
}

/// Serves page, socket and route until the process is told to stop.
async fn serve() -> io::Result<()> {
    let listener = levante_examples::listen(DEFAULT_PORT)?;
    println!("http://{}", listener.local_addr()?);

    let (server, market) = (Server::new(), web::Data::new(Market::default()));
    rt::spawn(feed::run(server.clone(), market.clone()));
    HttpServer::new(move || {
        App::new()
            .app_data(server.clone())
            .app_data(market.clone())
            .route("/", web::get().to(page))
            .service(feed::set)
            .service(feed::socket::service())
    })
    .listen(listener)?
    .run()
    .await
}

/// The page, with its style and its script.
async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType::html())
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(include_str!("page.html"))
}
