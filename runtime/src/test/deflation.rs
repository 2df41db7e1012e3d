//! permessage-deflate (RFC 7692) at the client's end of a connection. Each client has a deflater
//! and an inflater of its own. At the server's end they belong to threads, not to connections.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The offer that browsers send.
pub(super) const OFFER: &str = "permessage-deflate; client_max_window_bits";

const NAME: &str = "permessage-deflate";
const MAX_WINDOW_BITS: u8 = 15;
/// A deflater with a window of 8 bits would use 9 bits.
const MIN_WINDOW_BITS: u8 = 9;

/// The last bytes of every compressed message. They are not sent (RFC 7692 section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

pub(super) struct Deflation {
    inflater: Decompress,
    server_takes_over: bool,
    deflater: Compress,
    client_takes_over: bool,
}

impl Deflation {
    /// Reads the extensions that the server has accepted. `None` if permessage-deflate is not among
    /// them.
    pub(super) fn agreed(extensions: &str) -> Option<Self> {
        let agreed = extensions
            .split(',')
            .find(|extension| extension.trim_start().starts_with(NAME))?;
        let parameters = || agreed.split(';').map(str::trim);
        let has = |name| parameters().any(|parameter| parameter == name);
        let bits = parameters()
            .find_map(|parameter| parameter.strip_prefix("client_max_window_bits="))
            .and_then(|bits| bits.trim_matches('"').parse().ok())
            .unwrap_or(MAX_WINDOW_BITS)
            .clamp(MIN_WINDOW_BITS, MAX_WINDOW_BITS);
        Some(Self {
            inflater: Decompress::new_with_window_bits(false, MAX_WINDOW_BITS),
            server_takes_over: !has("server_no_context_takeover"),
            deflater: Compress::new_with_window_bits(Compression::default(), false, bits),
            client_takes_over: !has("client_no_context_takeover"),
        })
    }

    /// Inflates the payload of a message. `None` if it is not valid.
    pub(super) fn inflate(&mut self, mut payload: Vec<u8>) -> Option<Vec<u8>> {
        if !self.server_takes_over {
            self.inflater.reset(false);
        }
        payload.extend(TAIL);
        let mut rest = &*payload;
        let mut message = Vec::with_capacity(4 * payload.len());
        loop {
            let before = self.inflater.total_in();
            let flush = FlushDecompress::Sync;
            let status = self.inflater.decompress_vec(rest, &mut message, flush);
            let status = status.ok()?;
            rest = &rest[(self.inflater.total_in() - before) as usize..];
            if status == Status::StreamEnd {
                // The server may end a message with a final block. The rest of the tail is ignored.
                self.inflater.reset(false);
                return Some(message);
            }
            if message.len() < message.capacity() {
                return rest.is_empty().then_some(message);
            }
            message.reserve(message.capacity());
        }
    }

    /// Deflates a message into the payload that is sent.
    pub(super) fn deflate(&mut self, message: &[u8]) -> Vec<u8> {
        if !self.client_takes_over {
            self.deflater.reset();
        }
        let mut rest = message;
        let mut payload = Vec::with_capacity(message.len() + 64);
        loop {
            let before = self.deflater.total_in();
            // `compress_vec` cannot fail while there is input and room for output.
            let _ = self
                .deflater
                .compress_vec(rest, &mut payload, FlushCompress::Sync);
            rest = &rest[(self.deflater.total_in() - before) as usize..];
            if rest.is_empty() && payload.len() < payload.capacity() {
                break;
            }
            payload.reserve(payload.capacity());
        }
        if payload.ends_with(&TAIL) {
            payload.truncate(payload.len() - TAIL.len());
        }
        payload
    }
}
