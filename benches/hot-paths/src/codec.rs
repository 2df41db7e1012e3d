//! The hot paths of the protocol: bytes in, messages, frames out.

use std::hint::black_box;

use crate::{
    Call, HotPath, mask, path,
    protocol::{Decoder, Event, Limits, Opcode, Payload, append_frame},
};

pub(crate) const PATHS: &[HotPath] = &[
    path("echo-text-16-of-16", 16 * 16, |bytes| {
        echo(Opcode::Text, bytes / 16, 16)
    }),
    path("echo-binary-16k", 16 << 10, |bytes| {
        echo(Opcode::Binary, bytes, 1)
    }),
    path("decode-split-16k", 16 << 10, decode_split),
    path("decode-text-125", 125, |bytes| decode(Opcode::Text, bytes)),
    path("decode-text-16k", 16 << 10, |bytes| {
        decode(Opcode::Text, bytes)
    }),
    path("decode-binary-16k", 16 << 10, |bytes| {
        decode(Opcode::Binary, bytes)
    }),
    path("unmask-16", 16, unmask),
    path("unmask-16k", 16 << 10, unmask),
    path("encode-16", 16, encode),
    path("encode-16k", 16 << 10, encode),
];

/// All bytes of the key are ASCII, so masked ASCII text stays ASCII. A buffer that was unmasked in
/// place can thus be decoded again, and is still text.
const KEY: [u8; 4] = [0x11, 0x22, 0x33, 0x44];

const LIMITS: Limits = Limits {
    max_message_size: 16 << 20,
    max_frames: u32::MAX,
    compression: false,
};

/// One read with this many messages. Each is decoded, and appended to the output.
fn echo(opcode: Opcode, size: usize, messages: usize) -> Call {
    let mut input = client_frame(opcode, size).repeat(messages);
    let mut output = Vec::with_capacity(2 * input.len());
    let mut decoder = Decoder::default();
    Box::new(move || {
        let mut rest = &mut black_box(&mut input)[..];
        let mut handled = 0;
        output.clear();
        while !rest.is_empty() {
            let Ok(decoded) = decoder.decode(rest, LIMITS) else {
                break;
            };
            if let Some(Event::Message { kind, payload, .. }) = &decoded.event {
                let payload = bytes_of(payload);
                append_frame(&mut output, Opcode::from(*kind), false, payload);
                handled += payload.len();
            }
            let consumed = decoded.consumed;
            rest = &mut rest[consumed..];
        }
        black_box(&output);
        handled
    })
}

/// A message in one read.
fn decode(opcode: Opcode, size: usize) -> Call {
    let mut input = client_frame(opcode, size);
    let mut decoder = Decoder::default();
    Box::new(move || decode_next(&mut decoder, black_box(&mut input)))
}

/// A message that arrives in two reads and is put together.
fn decode_split(size: usize) -> Call {
    let mut input = client_frame(Opcode::Text, size);
    let half = input.len() / 2;
    let mut decoder = Decoder::default();
    Box::new(move || {
        let (first, second) = black_box(&mut input).split_at_mut(half);
        decode_next(&mut decoder, first) + decode_next(&mut decoder, second)
    })
}

/// Decodes to the end of a message, and returns its length.
fn decode_next(decoder: &mut Decoder, input: &mut [u8]) -> usize {
    match decoder.decode(input, LIMITS).map(|decoded| decoded.event) {
        Ok(Some(Event::Message { payload, .. })) => black_box(bytes_of(&payload)).len(),
        _ => 0,
    }
}

fn bytes_of<'p>(payload: &'p Payload<'_>) -> &'p [u8] {
    match payload {
        Payload::Text(text) => text.as_bytes(),
        Payload::Bytes(bytes) => bytes,
        Payload::Owned(bytes) => bytes,
    }
}

fn unmask(size: usize) -> Call {
    let mut payload = vec![b'a'; size];
    Box::new(move || {
        mask::apply_mask(black_box(&mut payload), black_box(KEY), 0);
        payload.len()
    })
}

fn encode(size: usize) -> Call {
    let payload = vec![b'a'; size];
    let mut output = Vec::with_capacity(2 * size);
    Box::new(move || {
        output.clear();
        append_frame(&mut output, Opcode::Binary, false, black_box(&payload));
        black_box(&output);
        payload.len()
    })
}

/// A message as a client sends it.
pub(crate) fn client_frame(opcode: Opcode, size: usize) -> Vec<u8> {
    client_frame_of(opcode, &vec![b'a'; size])
}

/// A masked frame with this payload.
pub(crate) fn client_frame_of(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    append_frame(&mut frame, opcode, false, payload);
    let payload = frame.split_off(frame.len() - payload.len());
    frame[1] |= 0x80;
    frame.extend(KEY);
    let masked = payload.iter().zip(KEY.iter().cycle());
    frame.extend(masked.map(|(byte, key)| byte ^ key));
    frame
}
