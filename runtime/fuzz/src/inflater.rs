//! Compressed messages that arrive.

use std::sync::OnceLock;

use arbitrary::Arbitrary;

use crate::{
    protocol::{ProtocolError, deflate::Inflater},
    reference::{self, Inflated},
};

/// A compressed message.
#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    limit: u16,
    /// Bytes of the messages received before.
    history_len: u16,
    payload: &'a [u8],
}

/// "Hello" (RFC 7692 section 7.2.3.1).
const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

/// The result must equal that of another library, and must fit the limit. After any payload, the
/// inflater must handle the next message as if that payload had never come.
pub fn check(input: Input<'_>) {
    let limit = usize::from(input.limit);
    let history = history(usize::from(input.history_len) % ((1 << 15) + 1));
    let mut inflater = Inflater::new();
    let inflated = inflater.inflate(history, input.payload, limit);
    let expected = reference::inflate(history, input.payload, limit);
    match &inflated {
        Ok(message) => {
            assert!(message.capacity() <= limit + 1);
            assert_eq!(expected, Inflated::Message(message.clone()));
        }
        Err(ProtocolError::MessageTooBig) => assert_eq!(expected, Inflated::TooBig),
        // The other library accepts some codes that zlib refuses.
        Err(error) => assert_eq!(*error, ProtocolError::InvalidDeflate),
    }
    let hello = inflater.inflate(&[], &HELLO, 5);
    assert_eq!(hello.as_deref(), Ok(&b"Hello"[..]));
    let again = inflater.inflate(history, input.payload, limit);
    assert_eq!(again, inflated);
}

/// Bytes that were received before. A message may refer to any of them.
fn history(len: usize) -> &'static [u8] {
    static LONGEST: OnceLock<Vec<u8>> = OnceLock::new();
    let words = [&b"hello "[..], b"{\"price\":", b"42.5}", b"\0\xff"].concat();
    let longest = LONGEST.get_or_init(|| words.repeat((1 << 15) / words.len() + 1));
    &longest[..len]
}
