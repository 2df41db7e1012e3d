//! A chat with rooms: `cargo run`, then open the printed address in two windows. `cargo run -- --tls`
//! serves it by TLS; `--help` lists all options.

mod messages;
mod options;
mod rooms;
mod routes;
mod rules;
mod socket;
#[cfg(test)]
mod tests;
mod tls;

use std::{env, fs, io, process::ExitCode};

use actix_web::{App, web};
use levante::HttpServer;
use levante_examples::{arguments, page::Page};

use crate::{
    options::{HELP, Options},
    rooms::Rooms,
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
