//! Messages that the server compresses, and that refer to earlier ones.

use arbitrary::Arbitrary;

use crate::{
    protocol::deflate::{Encoder, History, Inflater, MAX_WINDOW_BITS, MIN_WINDOW_BITS},
    reference::{self, Inflated},
};

/// Messages of one connection, one after the other.
#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    window_bits: u8,
    messages: Vec<Message<'a>>,
}

/// A message, or an event between messages.
#[derive(Arbitrary, Debug)]
pub(crate) enum Message<'a> {
    Bytes(&'a [u8]),
    /// The same byte, this many times.
    Run(u8, u16),
    /// Bytes that do not compress.
    Noise(u8, u16),
    /// A part of the earlier messages.
    Again {
        start: u16,
        len: u16,
    },
    /// Clears the history, as after a message that it must not contain.
    Forget,
}

/// More or longer messages would make each run too slow.
pub(crate) const MOST: usize = 8;
const LONGEST: u16 = 3000;

/// Three inflaters must restore each message: a client with that window, the runtime's inflater,
/// and another library. The last two get only the history.
pub fn check(input: Input<'_>) {
    let sizes = MAX_WINDOW_BITS - MIN_WINDOW_BITS + 1;
    let window_bits = MIN_WINDOW_BITS + input.window_bits % sizes;
    let mut encoder = Encoder::new();
    let mut inflater = Inflater::new();
    let mut history = History::new(window_bits);
    let mut client = reference::Client::new(window_bits);
    let mut sent = Vec::new();
    for message in input.messages.iter().take(MOST) {
        let Some(mut message) = bytes(message, &sent) else {
            history.clear();
            continue;
        };
        if message.is_empty() {
            message.push(b'.');
        }
        let mut payload = Vec::new();
        encoder.encode(history.as_bytes(), &message, window_bits, &mut payload);
        let len = message.len();
        let inflated = inflater.inflate(history.as_bytes(), &payload, len);
        assert_eq!(inflated.as_ref(), Ok(&message));
        let inflated = reference::inflate(history.as_bytes(), &payload, len);
        assert_eq!(inflated, Inflated::Message(message.clone()));
        assert_eq!(client.inflate(&payload).as_ref(), Some(&message));
        history.push(&message);
        assert!(history.as_bytes().len() <= 1 << window_bits);
        sent.extend(message);
    }
}

/// The bytes of a message. `None` for [`Message::Forget`].
pub(crate) fn bytes(message: &Message<'_>, sent: &[u8]) -> Option<Vec<u8>> {
    let bytes = match *message {
        Message::Bytes(bytes) => bytes.to_vec(),
        Message::Run(byte, len) => vec![byte; usize::from(len % LONGEST)],
        Message::Noise(seed, len) => noise(seed, usize::from(len % LONGEST)),
        Message::Again { start, len } => {
            let start = usize::from(start).min(sent.len());
            let end = (start + usize::from(len % LONGEST)).min(sent.len());
            sent[start..end].to_vec()
        }
        Message::Forget => return None,
    };
    Some(bytes)
}

fn noise(seed: u8, len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d ^ u64::from(seed);
    let mut noise = Vec::with_capacity(len + 8);
    while noise.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise.extend(state.to_le_bytes());
    }
    noise.truncate(len);
    noise
}
