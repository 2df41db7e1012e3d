//! A room that counts, and a page of its numbers for Prometheus: `cargo run --bin metrics`.
//!
//! `/ws` sends every message to everybody in the room. `/metrics` has the counters of the server in
//! the text format of Prometheus. A server that is open to the internet should serve `/metrics` on
//! another port, or ask for a password.

use std::{fmt::Write as _, io, process::ExitCode};

use actix_web::{App, HttpResponse, get, http::header::ContentType};
use levante::{SampleKind, Stats, prelude::*};

/// A room with one topic.
#[websocket("/ws")]
mod room {
    use super::*;

    fn open(ws: &Ws) {
        ws.subscribe("room");
        ws.send("welcome");
    }

    /// Publishes a text to everybody else, and fails if there is nothing to say.
    fn message(ws: &Ws, text: &str) -> Result<(), io::Error> {
        if text.is_empty() {
            return Err(io::Error::other("a message without text"));
        }
        ws.publish("room", text);
        Ok(())
    }
}

/// The counters of the server.
#[get("/metrics")]
async fn metrics(server: Server) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType(TEXT_FORMAT.parse().expect("a media type")))
        .body(exposition(&server.stats()))
}

/// The media type of the text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The numbers in the text format of Prometheus.
fn exposition(stats: &Stats) -> String {
    let mut text = String::new();
    let mut described = "";
    for sample in stats.samples() {
        let name = sample.name;
        if described != name {
            described = name;
            let kind = match sample.kind {
                SampleKind::Counter => "counter",
                SampleKind::Gauge => "gauge",
            };
            _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {kind}", sample.help);
        }
        let labels = sample.labels.iter();
        let labels: Vec<_> = labels
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
            .collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        _ = writeln!(text, "{name}{labels} {}", sample.value);
    }
    text
}

/// A value as it is written between the quotes of a label.
fn escaped(value: &str) -> String {
    value
        .replace('\\', r"\\")
        .replace('"', "\\\"")
        .replace('\n', r"\n")
}

#[actix_web::main]
async fn main() -> ExitCode {
    levante_examples::exit(serve().await)
}

/// Serves the room and its numbers until a signal stops the process.
async fn serve() -> io::Result<()> {
    levante_examples::log::start()?;
    let listener = levante_examples::listen(8082)?;
    println!("http://{}/metrics", listener.local_addr()?);
    levante::HttpServer::new(|| App::new().service(room::service()).service(metrics))
        .listen(listener)?
        .run()
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_end_its_line_or_its_quotes() {
        assert_eq!(escaped("/a/{b}"), "/a/{b}");
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }

    #[test]
    fn each_metric_is_described_once_and_before_its_samples() {
        let text = exposition(&Server::new().stats());
        let described = "# HELP levante_publishes_total Messages published to topics.\n\
                         # TYPE levante_publishes_total counter\n\
                         levante_publishes_total 0\n";
        assert!(text.starts_with(described), "{text}");
        assert_eq!(text.matches("# TYPE levante_publishes_total ").count(), 1);
    }
}
