//! Envelopes as bytes.

mod layout;
mod parts;
mod properties;
mod unreadable;

use super::*;

const NODE: u64 = 0x0102_0304_0506_0708;

fn publish(text: &str) -> Envelope<'_> {
    Envelope {
        node: NODE,
        lane: 0,
        sequence: 7,
        session: Envelope::FIRST,
        topic: None,
        body: Body::Publish {
            payload: Payload {
                kind: Kind::Text,
                bytes: text.as_bytes(),
            },
            compress: false,
            policy: Policy::Drop,
            except: None,
        },
    }
}

fn encoded(envelope: &Envelope<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    envelope.encode(1, &mut bytes).unwrap();
    bytes
}

/// Makes the length and the checksum right.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    seal(&mut bytes).unwrap();
    bytes
}

/// The same envelope without its extension.
fn without_extension(mut bytes: Vec<u8>) -> Vec<u8> {
    let extension = usize::from(bytes[PREAMBLE]);
    bytes.drain(35..35 + extension);
    bytes[PREAMBLE] = 0;
    sealed(bytes)
}
