//! The parser of what a server of Redis sends.

use bytes::BytesMut;

use crate::{
    cuts::Cut,
    redis_reply::{Malformed, Reply, take},
};

/// The replies must not depend on how the bytes are cut. All bytes of a reply must have been sent.
/// Replies that are written again must be read as the same ones.
pub fn check(input: Cut<'_>) {
    let whole = input.parse(|pieces| parse(pieces));

    let (replies, _) = whole;
    assert!(replies.iter().map(len).sum::<usize>() <= input.bytes.len());
    let mut again = Vec::new();
    replies.iter().for_each(|reply| write(reply, &mut again));
    assert_eq!(parse(std::iter::once(&*again)), (replies, None));
}

fn parse<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<Reply>, Option<Malformed>) {
    let (mut buffer, mut replies) = (BytesMut::new(), Vec::new());
    for chunk in chunks {
        buffer.extend_from_slice(chunk);
        loop {
            match take(&mut buffer) {
                Ok(Some(reply)) => replies.push(reply),
                Ok(None) => break,
                Err(error) => return (replies, Some(error)),
            }
        }
    }
    (replies, None)
}

/// The fewest bytes with which a server can send a reply.
fn len(reply: &Reply) -> usize {
    match reply {
        Reply::Status(text) | Reply::Error(text) => text.len() + 3,
        Reply::Number(_) => 4,
        Reply::Bytes(value) => value.as_ref().map_or(5, |value| value.len() + 6),
        Reply::Message { subject, payload } => 29 + subject.len() + payload.len(),
        Reply::List(values) => 4 + values.iter().flatten().map(len).sum::<usize>(),
    }
}

fn write(reply: &Reply, into: &mut Vec<u8>) {
    let mut line = |kind: u8, text: &[u8]| {
        into.push(kind);
        into.extend_from_slice(text);
        into.extend_from_slice(b"\r\n");
    };
    match reply {
        Reply::Status(text) => line(b'+', text),
        Reply::Error(text) => line(b'-', text),
        Reply::Number(number) => line(b':', number.to_string().as_bytes()),
        Reply::Bytes(None) => line(b'$', b"-1"),
        Reply::Bytes(Some(value)) => {
            line(b'$', value.len().to_string().as_bytes());
            into.extend_from_slice(value);
            into.extend_from_slice(b"\r\n");
        }
        Reply::Message { subject, payload } => {
            let values = ["message".into(), subject.clone(), payload.clone()];
            let values = values.map(|value| Reply::Bytes(Some(value)));
            write(&Reply::List(Some(values.into())), into);
        }
        Reply::List(None) => line(b'*', b"-1"),
        Reply::List(Some(values)) => {
            line(b'*', values.len().to_string().as_bytes());
            values.iter().for_each(|value| write(value, into));
        }
    }
}
