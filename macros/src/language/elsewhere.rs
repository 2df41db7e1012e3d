//! Names that are no settings here: those that other servers give to a setting, and those of other
//! parts of levante.

use super::settings::settings;

/// What a name means that is no setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// The setting with this name.
    Setting(&'static str),
    /// The path, which has no name.
    Path,
    /// Something else, which this sentence says.
    Other(&'static str),
}

/// What this name means, in `camelCase` or in `snake_case`; `None` if it is not known.
pub(crate) fn elsewhere(name: &str) -> Option<Elsewhere> {
    let name = joined(name);
    let same = settings().find(|setting| joined(setting.name) == name);
    if let Some(setting) = same {
        return Some(Elsewhere::Setting(setting.name));
    }
    let row = ROWS
        .iter()
        .find(|(names, _)| names.split(' ').any(|it| joined(it) == name));
    row.map(|(_, meaning)| *meaning)
}

/// A name without its case and underscores.
fn joined(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

/// Names, in the spelling of their own language, and what they mean.
static ROWS: &[(&str, Elsewhere)] = &[
    // Bun, uWebSockets, ws, Socket.IO, graphql-ws, tungstenite, actix-ws.
    (
        "maxPayloadLength maxPayload maxHttpBufferSize max_frame_size max_continuation_size",
        Elsewhere::Setting("max_message_size"),
    ),
    (
        "perMessageDeflate deflate compress",
        Elsewhere::Setting("compression"),
    ),
    ("threshold", Elsewhere::Setting("compression_threshold")),
    (
        "sendPingsAutomatically autoPing",
        Elsewhere::Setting("send_pings"),
    ),
    (
        "pingTimeout heartbeat_timeout client_timeout",
        Elsewhere::Setting("idle_timeout"),
    ),
    (
        "heartbeat heartbeat_interval keepAliveInterval",
        Elsewhere::Setting("ping_interval"),
    ),
    (
        "maxBackpressure maxBufferedAmount highWaterMark max_write_buffer_size write_buffer_size",
        Elsewhere::Setting("backpressure_limit"),
    ),
    (
        "connectTimeout upgradeTimeout connectionInitWaitTimeout",
        Elsewhere::Setting("handshake_timeout"),
    ),
    ("rateLimit", Elsewhere::Setting("max_message_rate")),
    (
        "subprotocols handleProtocols",
        Elsewhere::Setting("protocols"),
    ),
    (
        "cors allowedOrigins accept_any_origin",
        Elsewhere::Setting("origins"),
    ),
    ("allowedHosts", Elsewhere::Setting("hosts")),
    (
        "verifyClient allowRequest",
        Elsewhere::Other("a client is refused by an `Err` of `attach`, and a page by `origins`"),
    ),
    (
        "resetIdleTimeoutOnSend",
        Elsewhere::Other("`idle_timeout` counts the time in which nothing arrives"),
    ),
    (
        "binaryType",
        Elsewhere::Other("the type of a handler's payload says it: `&[u8]`, `Vec<u8>`, `Bytes`"),
    ),
    // The attribute itself.
    ("path route url", Elsewhere::Path),
    // Other parts of levante.
    (
        "server guard origins_from origins_if",
        Elsewhere::Other("it is a method of the service: `chat::service()`"),
    ),
    (
        "wrap middleware",
        Elsewhere::Other(
            "middleware wraps a scope: `web::scope(\"/api\").wrap(…).service(chat::service())`",
        ),
    ),
    (
        "app_data",
        Elsewhere::Other("it is a method of `App`, and `attach` reads it as `web::Data<T>`"),
    ),
    (
        "header headers",
        Elsewhere::Other("`attach` adds headers to the response: `Attached::new(data).header(…)`"),
    ),
    (
        "publish_limit set_publish_limit",
        Elsewhere::Other("it belongs to the server: `Server::set_publish_limit`"),
    ),
    (
        "port hostname address addr listen unix",
        Elsewhere::Other("the address belongs to the server: `levante::HttpServer::bind`"),
    ),
    (
        "tls ssl cert key",
        Elsewhere::Other("TLS belongs to the server: `levante::HttpServer::bind_rustls_0_23`"),
    ),
    (
        "backlog bind bind_auto_h2c bind_rustls_0_23 bind_uds client_disconnect_timeout \
         client_request_timeout client_shutdown client_stall_timeout disable_signals \
         h1_allow_half_closed h1_write_buffer_size keep_alive max_blocking_threads \
         max_connection_rate max_connections on_connect server_hostname shutdown_signal \
         shutdown_timeout system_exit tcp_nodelay tls_handshake_timeout \
         worker_max_blocking_threads workers",
        Elsewhere::Other("it is a method of `levante::HttpServer`"),
    ),
];

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, fs, path::Path};

    use super::*;

    #[test]
    fn names_are_found_in_either_case() {
        let setting = Some(Elsewhere::Setting("max_message_size"));
        assert_eq!(elsewhere("maxPayloadLength"), setting);
        assert_eq!(elsewhere("max_payload_length"), setting);
        assert_eq!(elsewhere("maxMessageSize"), setting);
        assert_eq!(elsewhere("maxFrameSize"), setting);
        let server = Some(Elsewhere::Other("it is a method of `levante::HttpServer`"));
        assert_eq!(elsewhere("max_connections"), server);
        assert_eq!(elsewhere("maxConnections"), server);
        assert_eq!(elsewhere("colour"), None);
    }

    #[test]
    fn every_name_is_there_once_and_every_setting_exists() {
        let mut seen: HashSet<_> = settings().map(|setting| joined(setting.name)).collect();
        for (names, meaning) in ROWS {
            for name in names.split(' ') {
                assert!(seen.insert(joined(name)), "{name}");
            }
            if let Elsewhere::Setting(name) = meaning {
                assert!(settings().any(|setting| setting.name == *name), "{name}");
            }
        }
    }

    #[test]
    fn every_method_of_the_server_is_known() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src/http_server/mod.rs");
        let code = fs::read_to_string(file).unwrap();
        let methods = code.split("pub fn ").skip(1).filter_map(|rest| {
            let (name, parameters) = rest.split_once('(')?;
            let takes_self = parameters.trim_start().starts_with("mut self");
            takes_self.then(|| name.split('<').next().unwrap_or(name))
        });
        let mut count = 0;
        for method in methods {
            count += 1;
            assert!(elsewhere(method).is_some(), "{method}");
        }
        assert!(count > 10);
    }
}
