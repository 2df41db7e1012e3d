//! Checks whether the server hands over the stream after a handshake.
//!
//! actix decides this when it decodes the head of a request, and nothing can change it later. It
//! looks for a line `Upgrade: websocket`; it does not parse the header as a list, as RFC 9110
//! section 7.8 requires. After any other value, for example `websocket, h2c`, it takes the bytes
//! after the head for the next request. A 101 would then promise a WebSocket that does not work.

use actix_web::{
    HttpMessage as _, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderValue},
};

use crate::http_server::{NoStream, Slot};

/// Whether the stream after this request is handed over, as the request's payload or through its
/// slot.
pub(super) fn has_stream(request: &HttpRequest, payload: &Payload) -> bool {
    let extensions = request.extensions();
    if extensions.contains::<NoStream>() {
        return false;
    }
    extensions.contains::<Slot>()
        || !matches!(payload, Payload::None)
            && request
                .headers()
                .get_all(header::UPGRADE)
                .any(is_only_websocket)
}

fn is_only_websocket(line: &HeaderValue) -> bool {
    line.as_bytes()
        .trim_ascii()
        .eq_ignore_ascii_case(b"websocket")
}
