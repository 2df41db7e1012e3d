//! What arrives compressed.

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
    /// How much has been received before.
    history_len: u16,
    payload: &'a [u8],
}

/// "Hello" (RFC 7692 section 7.2.3.1).
const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

/// What is inflated is what another library makes of it and fits the limit, and whatever it was, the
/// next message is inflated as if it had not been there.
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
        // The other library takes some codes that zlib does not.
        Err(error) => assert_eq!(*error, ProtocolError::InvalidDeflate),
    }
    let hello = inflater.inflate(&[], &HELLO, 5);
    assert_eq!(hello.as_deref(), Ok(&b"Hello"[..]));
    let again = inflater.inflate(history, input.payload, limit);
    assert_eq!(again, inflated);
}

/// Bytes that were received, any of which may be referred to.
fn history(len: usize) -> &'static [u8] {
    static LONGEST: OnceLock<Vec<u8>> = OnceLock::new();
    let words = [&b"hello "[..], b"{\"price\":", b"42.5}", b"\0\xff"].concat();
    let longest = LONGEST.get_or_init(|| words.repeat((1 << 15) / words.len() + 1));
    &longest[..len]
}
