//! A live ticker: `cargo run --bin feed`, then open the printed address. A background task invents
//! prices; `curl -d 99.5 http://127.0.0.1:8081/publish/ACME` sets one.

mod feed;
#[cfg(test)]
mod tests;

use std::{io, process::ExitCode};

use actix_web::{App, rt, web};
use levante::{HttpServer, Server};
use levante_examples::page::Page;

use crate::feed::Market;

/// The text of `--help`.
const HELP: &str = "\
A live ticker, on http://127.0.0.1:8081.

Usage: feed

Environment:
  ADDRESS    the IP address to listen on, instead of 127.0.0.1
  PORT       the port to listen on, instead of 8081; 0 is any free one
  RUST_LOG   what to log, such as info,levante=debug; info without it
";

/// The port without `PORT` in the environment: not the chat's, so that both can run.
const DEFAULT_PORT: u16 = 8081;

const PAGE: Page = Page {
    html: include_str!("page/page.html"),
    styles: &[("page.css", include_str!("page/page.css"))],
    scripts: &[
        ("page.js", include_str!("page/page.js")),
        ("chart.js", include_str!("page/chart.js")),
        ("connection.js", include_str!("page/connection.js")),
    ],
};

#[actix_web::main]
async fn main() -> ExitCode {
    levante_examples::run(HELP, serve()).await
}

/// Serves page, socket and route until a signal stops the process.
async fn serve() -> io::Result<()> {
    levante_examples::log::start()?;
    let listener = levante_examples::listen(DEFAULT_PORT)?;
    println!("http://{}", listener.local_addr()?);

    let (server, market) = (Server::new(), web::Data::new(Market::default()));
    rt::spawn(feed::run(server.clone(), market.clone()));
    HttpServer::new(move || {
        App::new()
            .app_data(server.clone())
            .app_data(market.clone())
            .configure(|config| PAGE.mount(config))
            .service(feed::set)
            .service(feed::socket::service())
    })
    .listen(listener)?
    .run()
    .await
}
