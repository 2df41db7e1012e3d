//! Messages that the server compresses, each independently of all others.

use arbitrary::Arbitrary;

use crate::{
    deflater::{MOST, Message, bytes},
    protocol::deflate::{Encoder, Inflater, MAX_WINDOW_BITS, MIN_WINDOW_BITS},
    reference::{self, Inflated},
};

/// Parts of messages. One encoder compresses all messages, as on a thread.
#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    parts: Vec<(u8, Message<'a>)>,
}

/// Three inflaters must restore each message: a client with that window, the runtime's inflater,
/// and another library. No message becomes much longer, and what came before changes nothing.
pub fn check(input: Input<'_>) {
    let mut encoder = Encoder::new();
    let mut sent = Vec::new();
    let mut message = Vec::new();
    for (window_bits, part) in input.parts.iter().take(MOST) {
        match bytes(part, &sent) {
            Some(part) => {
                message.extend(&part);
                sent.extend(part);
            }
            None => message.clear(),
        }
        let sizes = MAX_WINDOW_BITS - MIN_WINDOW_BITS + 1;
        check_message(
            &mut encoder,
            &message,
            MIN_WINDOW_BITS + window_bits % sizes,
        );
    }
}

fn check_message(encoder: &mut Encoder, message: &[u8], window_bits: u8) {
    let mut payload = Vec::new();
    encoder.encode(&[], message, window_bits, &mut payload);
    let len = message.len();
    assert!(payload.len() <= len + 6 * (len / 16_000 + 1));
    let inflated = Inflater::new().inflate(&[], &payload, len);
    assert_eq!(inflated.as_deref(), Ok(message));
    let inflated = reference::inflate(&[], &payload, len);
    assert_eq!(inflated, Inflated::Message(message.to_vec()));
    let mut client = reference::Client::new(window_bits);
    assert_eq!(client.inflate(&payload).as_deref(), Some(message));
    let mut again = Vec::new();
    Encoder::new().encode(&[], message, window_bits, &mut again);
    assert_eq!(payload, again);
}
