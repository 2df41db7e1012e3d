use std::fmt;

/// The reason why a request is not upgraded (section 4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// It does not ask for a WebSocket.
    NotWebSocket,
    /// Its method is not GET.
    Method,
    /// It is older than HTTP/1.1.
    HttpVersion,
    /// Its `Connection` header does not announce the upgrade.
    Connection,
    /// It has a body.
    Body,
    /// Its `Upgrade` header also names other protocols, so the server has not kept the stream.
    UpgradeList,
    /// It has no `Sec-WebSocket-Version`.
    VersionMissing,
    /// Its `Sec-WebSocket-Version` is not 13. The response names [`VERSION`](super::VERSION) in
    /// the same header (section 4.4).
    VersionUnsupported,
    /// It has no `Sec-WebSocket-Key`.
    KeyMissing,
    /// It has several `Sec-WebSocket-Key` headers.
    KeyRepeated,
    /// Its `Sec-WebSocket-Key` is invalid.
    KeyInvalid,
    /// It has several `Origin` headers. A page has only one origin (RFC 6454 section 7.3).
    OriginRepeated,
    /// Its `Sec-WebSocket-Extensions` breaks the grammar (section 9.1).
    Extensions,
}

impl Rejection {
    /// The status of the response. A response with 426 also needs the header `Upgrade: websocket`
    /// (RFC 9110 section 15.5.22).
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::NotWebSocket | Self::VersionUnsupported => 426,
            Self::Method
            | Self::HttpVersion
            | Self::Connection
            | Self::Body
            // Not 426: that asks for an upgrade to WebSocket, which the client has asked for
            // already.
            | Self::UpgradeList
            | Self::VersionMissing
            | Self::KeyMissing
            | Self::KeyRepeated
            | Self::KeyInvalid
            | Self::OriginRepeated
            | Self::Extensions => 400,
        }
    }
}

/// The text is the body of the response. It tells a person what to do.
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotWebSocket => {
                "This address speaks WebSocket only: connect with a WebSocket client, and if you \
                 did, let the proxy in between pass the `Upgrade: websocket` header on."
            }
            Self::Method => {
                "A WebSocket is opened with GET: send the same request with that method."
            }
            Self::HttpVersion => {
                "A WebSocket needs HTTP/1.1: if a proxy is in between, set it to use HTTP/1.1 \
                 towards this server."
            }
            Self::Connection => {
                "The `Connection: Upgrade` header is missing: send it, or let the proxy in between \
                 pass it on."
            }
            Self::Body => {
                "A WebSocket is opened without a body: send no `Transfer-Encoding`, and no \
                 `Content-Length` but 0."
            }
            Self::UpgradeList => {
                "The `Upgrade` header must name nothing but the WebSocket: send \
                 `Upgrade: websocket`."
            }
            Self::VersionMissing => {
                "The `Sec-WebSocket-Version` header is missing: send it with the value 13."
            }
            Self::VersionUnsupported => {
                "This server speaks version 13 of the WebSocket protocol: send \
                 `Sec-WebSocket-Version: 13`, once."
            }
            Self::KeyMissing => {
                "The `Sec-WebSocket-Key` header is missing: send 16 random bytes in base64."
            }
            Self::KeyRepeated => {
                "There is more than one `Sec-WebSocket-Key` header: send exactly one."
            }
            Self::KeyInvalid => {
                "The `Sec-WebSocket-Key` header is malformed: send 16 random bytes in base64, \
                 which makes 24 characters."
            }
            Self::OriginRepeated => {
                "There is more than one `Origin` header: send one, which is that of the page, or \
                 none."
            }
            Self::Extensions => {
                "The `Sec-WebSocket-Extensions` header is malformed: send a list such as \
                 `permessage-deflate; client_max_window_bits`, or leave it out."
            }
        })
    }
}
