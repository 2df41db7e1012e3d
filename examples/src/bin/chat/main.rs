//! A chat with rooms: `cargo run`, then open the printed address in two windows. `cargo run -- --tls`
//! serves it by TLS; `--help` lists all options.

mod chat;
mod events;
mod options;
mod rooms;
mod routes;
mod rules;
#[cfg(test)]
mod tests;
mod tls;

use std::{env, io, process::ExitCode};

use actix_web::{App, web};
use levante::HttpServer;
use levante_examples::{arguments, page::Page};

use crate::{
    options::{HELP, Options},
    rooms::Rooms,
};

const PAGE: Page = Page {
    html: include_str!("page.html"),
    css: include_str!("page.css"),
    script: include_str!("page.js"),
};

#[actix_web::main]
async fn main() -> ExitCode {
    levante_examples::exit(run().await)
}

/// Runs the command line.
async fn run() -> io::Result<()> {
    match Options::parse(env::args_os().skip(1)) {
        Ok(Options::Help) => {
            print!("{HELP}");
            Ok(())
        }
        Ok(Options::Serve(tls)) => serve(tls).await,
        Err(problem) => Err(arguments::unusable(&problem)),
    }
}

/// Serves page and socket until a signal stops the process.
async fn serve(tls: options::Tls) -> io::Result<()> {
    levante_examples::log::start()?;
    let tls = tls::config(tls)?;
    let listener = levante_examples::listen(8080)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    println!("{scheme}://{}", listener.local_addr()?);

    // All workers share it.
    let rooms = web::Data::new(Rooms::default());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(rooms.clone())
            .configure(|config| PAGE.mount(config))
            .configure(routes::routes)
            .service(chat::socket::service())
    })
    // A sleeping client delays the stop for no longer than this.
    .shutdown_timeout(3);
    let server = match tls {
        Some(config) => server.listen_rustls_0_23(listener, config)?,
        None => server.listen(listener)?,
    };
    server.run().await
}
