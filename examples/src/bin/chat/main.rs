//! A chat with rooms: `cargo run`, then open the printed address in two windows. `cargo run -- --tls`
//! serves it by TLS, and `cargo run -- --redis URL` shares the rooms with other processes; `--help` lists
//! all options.

mod messages;
mod options;
mod rooms;
mod routes;
mod rules;
mod servers;
mod socket;
#[cfg(test)]
mod tests;
mod tls;

use std::{env, fs, io, process::ExitCode};

use actix_web::{App, web};
use levante::{HttpServer, Server};
use levante_examples::{arguments, page::Page};

use crate::{
    options::{Broker, HELP, Options, Tls},
    rooms::Rooms,
    servers::Servers,
    socket::chat,
};

/// The client of the socket, which `--client` writes.
const CLIENT: &str = include_str!("page/client.js");

const PAGE: Page = Page {
    html: include_str!("page/page.html"),
    styles: &[
        ("conversation.css", include_str!("page/conversation.css")),
        ("page.css", include_str!("page/page.css")),
    ],
    scripts: &[
        ("page.js", include_str!("page/page.js")),
        ("client.js", CLIENT),
        ("conversation.js", include_str!("page/conversation.js")),
        ("entrance.js", include_str!("page/entrance.js")),
        ("invite.js", include_str!("page/invite.js")),
        ("lines.js", include_str!("page/lines.js")),
        ("links.js", include_str!("page/links.js")),
        ("outbox.js", include_str!("page/outbox.js")),
        ("people.js", include_str!("page/people.js")),
        ("presence.js", include_str!("page/presence.js")),
        ("rules.js", include_str!("page/rules.js")),
        ("visit.js", include_str!("page/visit.js")),
    ],
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
        Ok(Options::Client(file)) => fs::write(file, chat::contract().javascript()),
        Ok(Options::Serve { tls, broker }) => serve(tls, broker).await,
        Err(problem) => Err(arguments::unusable(&problem)),
    }
}

/// Serves page and socket until a signal stops the process.
async fn serve(tls: Tls, broker: Option<Broker>) -> io::Result<()> {
    levante_examples::log::start()?;
    let tls = tls::config(tls)?;
    let listener = levante_examples::listen(8080)?;
    // Before the first socket, whose id names its server.
    let servers = Servers::join(&Server::global(), broker).await?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    println!("{scheme}://{}", listener.local_addr()?);

    // All workers share it.
    let rooms = web::Data::new(Rooms::of(servers));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(rooms.clone())
            .configure(|config| PAGE.mount(config))
            .configure(routes::routes)
            .service(chat::service())
    })
    // A sleeping client delays the stop for no longer than this.
    .shutdown_timeout(3);
    let server = match tls {
        Some(config) => server.listen_rustls_0_23(listener, config)?,
        None => server.listen(listener)?,
    };
    server.run().await
}
