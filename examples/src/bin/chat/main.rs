//! A chat with rooms: `cargo run`, then open the printed address in two windows.

mod chat;
mod page;
mod rules;

use std::{io, process::ExitCode, time::Duration};

use actix_web::{App, HttpServer};

#[actix_web::main]
async fn main() -> ExitCode {
    levante_examples::exit(serve().await)
}

/// Serves page and socket until the process is told to stop.
async fn serve() -> io::Result<()> {
    let listener = levante_examples::listen()?;
    println!("http://{}", listener.local_addr()?);

    HttpServer::new(|| {
        App::new()
            .configure(page::routes)
            .service(chat::socket::service())
    })
    // Without it small messages wait 40 ms for the acknowledgement of the ones before.
    .tcp_nodelay(true)
    // After the closing handshake nothing is left to wait for.
    .client_disconnect_timeout(Duration::ZERO)
    // A conversation does not end because the server should.
    .shutdown_timeout(1)
    .listen(listener)?
    .run()
    .await
}
