//! The client's side of permessage-deflate ([RFC 7692](https://www.rfc-editor.org/rfc/rfc7692)).

use std::io;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The offer, which is that of Firefox. With it, a server may not ask the client for a smaller
/// window.
pub(super) const OFFER: &str = "permessage-deflate";

/// The end of a flushed message, which is not sent (section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// By how many bytes equal messages may differ in length. If a server's buffer is full exactly at
/// the end of a message, zlib writes the end marker twice. In Node.js this happens once in some
/// thousands.
pub(super) const REPEATED_MARKER: usize = 5;

/// Room for the bytes that zlib adds to a message that does not compress.
const SPARE: usize = 64;

/// Compresses a message without history. The result may be sent at any time and any number of
/// times, with every agreement.
pub(crate) fn deflate(message: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressor = Compress::new(Compression::default(), false);
    let mut out = Vec::with_capacity(message.len() + message.len() / 1024 + SPARE);
    compressor
        .compress_vec(message, &mut out, FlushCompress::Sync)
        .map_err(io::Error::other)?;
    match out.strip_suffix(&TAIL) {
        Some(payload) => Ok(payload.to_vec()),
        None => Err(io::Error::other("a message could not be compressed")),
    }
}

/// The agreement with a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Agreement {
    /// Whether the server compresses each message without history. Then equal messages have equal
    /// lengths, except for [`REPEATED_MARKER`].
    pub(super) resets: bool,
}

impl Agreement {
    /// Parses the header with the extensions. Returns `None` if that is no valid answer to
    /// [`OFFER`].
    pub(super) fn parse(extensions: &str) -> Option<Self> {
        let mut parts = extensions.split(';').map(str::trim);
        let mut agreement = Self::default();
        if parts.next() != Some(OFFER) {
            return None;
        }
        for parameter in parts {
            match parameter.split_once('=') {
                None if parameter == "server_no_context_takeover" => agreement.resets = true,
                // We always compress each message without history, and inflate with the largest
                // window.
                None if parameter == "client_no_context_takeover" => {}
                Some(("server_max_window_bits", _)) => {}
                _ => return None,
            }
        }
        Some(agreement)
    }
}

/// Inflates the messages of one connection.
#[derive(Debug)]
pub(super) struct Inflater {
    pub(super) agreement: Agreement,
    /// Made for the first message, so that connections without one do not hold 50 KiB each.
    stream: Option<Decompress>,
}

impl Inflater {
    pub(super) fn new(agreement: Agreement) -> Self {
        Self {
            agreement,
            stream: None,
        }
    }

    /// Inflates `payload` to a message of an expected length.
    pub(super) fn inflate(&mut self, payload: &[u8], expected_len: usize) -> io::Result<Vec<u8>> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => Decompress::new(false),
        };
        let input = [payload, &TAIL].concat();
        // A longer message is wrong, so its rest need not be inflated.
        let mut message = Vec::with_capacity(expected_len + SPARE);
        let before = stream.total_in();
        let status = stream
            .decompress_vec(&input, &mut message, FlushDecompress::Sync)
            .map_err(io::Error::other)?;
        let used = (stream.total_in() - before) as usize;
        // After a final block comes an empty block (section 7.2.3.4), or nothing.
        let rest = &input[used..];
        let is_whole = match status {
            Status::StreamEnd => rest == TAIL || rest.strip_prefix(&[0]) == Some(&TAIL[..]),
            _ => rest.is_empty(),
        };
        if !is_whole {
            let problem = format!("a compressed message is not one of {expected_len} bytes");
            return Err(io::Error::other(problem));
        }
        if self.agreement.resets || status == Status::StreamEnd {
            stream.reset(false);
        }
        self.stream = Some(stream);
        Ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inflater(extensions: &str) -> Inflater {
        Inflater::new(Agreement::parse(extensions).unwrap())
    }

    #[test]
    fn an_agreement_is_an_answer_to_the_offer() {
        let resets = |extensions| Agreement::parse(extensions).map(|agreement| agreement.resets);
        assert_eq!(resets("permessage-deflate"), Some(false));
        let shared = "permessage-deflate; client_no_context_takeover;server_no_context_takeover";
        assert_eq!(resets(shared), Some(true));
        let smaller = "permessage-deflate; server_max_window_bits=12";
        assert_eq!(resets(smaller), Some(false));
        for other in [
            "",
            "x-webkit-deflate-frame",
            "permessage-deflate; client_max_window_bits=10",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate, permessage-deflate",
        ] {
            assert_eq!(resets(other), None, "{other}");
        }
    }

    #[test]
    fn messages_arrive_as_they_were_sent() {
        let message = b"one and one and one ".repeat(20);
        let payload = deflate(&message).unwrap();
        assert!(payload.len() < message.len() / 4);
        let mut inflater = inflater(OFFER);
        for _ in 0..2 {
            let inflated = inflater.inflate(&payload, message.len()).unwrap();
            assert_eq!(inflated, message);
        }
    }

    #[test]
    fn messages_may_refer_back_unless_they_are_not_to() {
        // The examples of RFC 7692 section 7.2.3.2.
        let (hello, again) = (b"\xf2\x48\xcd\xc9\xc9\x07\x00", b"\xf2\x00\x11\x00\x00");
        let mut takes_over = inflater(OFFER);
        assert_eq!(takes_over.inflate(hello, 5).unwrap(), b"Hello");
        assert_eq!(takes_over.inflate(again, 5).unwrap(), b"Hello");
        let mut resets = inflater("permessage-deflate; server_no_context_takeover");
        assert_eq!(resets.inflate(hello, 5).unwrap(), b"Hello");
        assert!(resets.inflate(again, 5).is_err());
    }

    #[test]
    fn a_last_block_is_an_end_as_well() {
        for hello in [
            &b"\xf3\x48\xcd\xc9\xc9\x07\x00"[..],
            &b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"[..],
        ] {
            let mut inflater = inflater(OFFER);
            for _ in 0..2 {
                assert_eq!(inflater.inflate(hello, 5).unwrap(), b"Hello");
            }
        }
    }

    #[test]
    fn what_is_damaged_or_too_long_is_an_error() {
        let long = deflate(&[b'x'; 1000]).unwrap();
        assert!(inflater(OFFER).inflate(&long, 5).is_err());
        assert!(inflater(OFFER).inflate(b"\x06", 5).is_err());
    }
}
