//! The parser of what a server of NATS sends.

use bytes::BytesMut;

use crate::{
    cuts::Cut,
    nats_protocol::{Event, ParseError, Parser},
};

/// The events must not depend on how the bytes are cut. All bytes of a message must have been sent.
pub fn check(input: Cut<'_>) {
    let whole = input.parse(|pieces| parse(pieces));

    let len = |event: &Event| match event {
        Event::Message(message) => message.subject.len() + message.payload.len(),
        Event::Error(text) => text.chars().count(),
        _ => 0,
    };
    assert!(whole.0.iter().map(len).sum::<usize>() <= input.bytes.len());
}

fn parse<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<Event>, Option<ParseError>) {
    let (mut parser, mut buffer, mut events) = (Parser::new(), BytesMut::new(), Vec::new());
    for chunk in chunks {
        buffer.extend_from_slice(chunk);
        loop {
            match parser.next(&mut buffer) {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => return (events, Some(error)),
            }
        }
    }
    (events, None)
}
