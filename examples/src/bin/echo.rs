//! Answers every message with itself, on `/ws`: `cargo run --bin echo`.
//!
//! It runs on `levante::HttpServer`, or with `DRIVER=body` in the environment on actix-web's server,
//! so that you can compare the two. For clients that support it, it compresses each message
//! independently; with `COMPRESSION=dedicated` messages may refer to earlier ones, with
//! `COMPRESSION=off` none are compressed.

use std::{env, ffi::OsString, io, process::ExitCode, time::Duration};

use actix_web::App;
use levante::prelude::*;

/// Text comes back as text and binary as binary.
// Four of the largest messages may wait for a slow reader, so that each comes back whole.
#[websocket("/ws", backpressure_limit = 64 << 20, idle_timeout = Duration::from_secs(15 * 60))]
mod echo {
    use super::*;

    /// Sends the message back.
    fn message(ws: &Ws, message: Incoming<'_>) {
        // A plain message is sent from the buffer that it was read into, without a copy.
        ws.send(Compressed(message));
    }
}

/// The text of `--help`.
const HELP: &str = "\
Answers every message with itself, on ws://127.0.0.1:8080/ws.

Usage: echo

Environment:
  DRIVER        the server: takeover for levante's, body for actix-web's; takeover
                without it
  COMPRESSION   off, shared or dedicated; shared without it
  ADDRESS       the IP address to listen on, instead of 127.0.0.1
  PORT          the port to listen on, instead of 8080; 0 is any free one
  RUST_LOG      what to log, such as info,levante=debug; info without it
";

/// The two servers that can run levante.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Driver {
    /// `levante::HttpServer`, which takes the raw connection over.
    Takeover,
    /// `actix_web::HttpServer`, under which a socket is a response body.
    Body,
}

#[actix_web::main]
async fn main() -> ExitCode {
    levante_examples::run(HELP, serve()).await
}

/// Serves the socket until a signal stops the process.
async fn serve() -> io::Result<()> {
    levante_examples::log::start()?;
    let driver = driver(env::var_os("DRIVER"))?;
    let compression = compression(env::var_os("COMPRESSION"))?;
    let listener = levante_examples::listen(8080)?;
    println!("ws://{}/ws", listener.local_addr()?);

    let app = move || App::new().service(echo::service().compression(compression));
    match driver {
        Driver::Takeover => levante::HttpServer::new(app).listen(listener)?.run().await,
        Driver::Body => {
            let server = actix_web::HttpServer::new(app)
                // Otherwise a small answer waits up to 40 ms for the acknowledgement of the last one.
                .tcp_nodelay(true)
                // Otherwise a TCP connection stays for a second after the closing handshake.
                .client_disconnect_timeout(Duration::ZERO)
                // levante handles them, and closes the sockets first.
                .disable_signals()
                .listen(listener)?
                .run();
            levante::serve(server).await
        }
    }
}

/// The driver in the environment. Empty is unset, as for `PORT`.
fn driver(value: Option<OsString>) -> io::Result<Driver> {
    let value = value.unwrap_or_default();
    match value.to_str() {
        Some("" | "takeover") => Ok(Driver::Takeover),
        Some("body") => Ok(Driver::Body),
        _ => Err(unusable("DRIVER must be `takeover` or `body`", &value)),
    }
}

/// The compression in the environment.
fn compression(value: Option<OsString>) -> io::Result<Compression> {
    let value = value.unwrap_or_default();
    match value.to_str() {
        Some("" | "shared") => Ok(Compression::Shared),
        Some("dedicated") => Ok(Compression::Dedicated { window_bits: 15 }),
        Some("off") => Ok(Compression::Off),
        _ => {
            let problem = "COMPRESSION must be `off`, `shared` or `dedicated`";
            Err(unusable(problem, &value))
        }
    }
}

fn unusable(problem: &str, value: &OsString) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("{problem}, not {value:?}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_is_ours_unless_the_environment_says_otherwise() {
        let driver_of = |value: &str| driver(Some(value.into()));
        assert_eq!(driver(None).unwrap(), Driver::Takeover);
        assert_eq!(driver_of("").unwrap(), Driver::Takeover);
        assert_eq!(driver_of("takeover").unwrap(), Driver::Takeover);
        assert_eq!(driver_of("body").unwrap(), Driver::Body);
        let problem = driver_of("Body").unwrap_err().to_string();
        assert!(
            problem.contains("DRIVER") && problem.contains("Body"),
            "{problem}"
        );
    }

    #[test]
    fn each_message_is_compressed_by_itself_unless_the_environment_says_otherwise() {
        let compression_of = |value: &str| compression(Some(value.into()));
        let dedicated = Compression::Dedicated { window_bits: 15 };
        assert_eq!(compression(None).unwrap(), Compression::Shared);
        assert_eq!(compression_of("").unwrap(), Compression::Shared);
        assert_eq!(compression_of("shared").unwrap(), Compression::Shared);
        assert_eq!(compression_of("dedicated").unwrap(), dedicated);
        assert_eq!(compression_of("off").unwrap(), Compression::Off);
        let problem = compression_of("gzip").unwrap_err().to_string();
        assert!(
            problem.contains("COMPRESSION") && problem.contains("gzip"),
            "{problem}"
        );
    }
}
