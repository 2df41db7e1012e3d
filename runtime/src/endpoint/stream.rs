//! Whether the server hands over the stream behind a handshake.
//!
//! actix decides that when it decodes the head of a request, and nobody else can. It looks for a
//! line `Upgrade: websocket`, and does not read the header as the list that it is (RFC 9110 section
//! 7.8). After any other value, `websocket, h2c` for example, it takes the bytes behind the head
//! for the next request. A 101 would then promise a WebSocket that is not there.

use actix_web::{
    HttpMessage as _, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderValue},
};

use crate::http_server::{NoStream, Slot};

/// Whether what follows this request is the payload's, or the slot's.
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
