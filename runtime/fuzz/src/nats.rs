//! The parser of what a server of NATS sends.

use arbitrary::Arbitrary;
use bytes::BytesMut;

use crate::nats_protocol::{Event, ParseError, Parser};

/// The bytes of a server, and how they are cut.
#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    cuts: [u8; 4],
    bytes: &'a [u8],
}

/// The events must not depend on how the bytes are cut. All bytes of a message must have been sent.
pub fn check(input: Input<'_>) {
    let Input { cuts, bytes } = input;
    let whole = parse(std::iter::once(bytes));
    assert_eq!(parse(bytes.chunks(1)), whole);
    let mut rest = bytes;
    let pieces = cuts.into_iter().cycle().map_while(|cut| {
        let (piece, after) = rest.split_at(usize::from(cut.max(1)).min(rest.len()));
        rest = after;
        (!piece.is_empty()).then_some(piece)
    });
    assert_eq!(parse(pieces), whole);

    let len = |event: &Event| match event {
        Event::Message(message) => message.subject.len() + message.payload.len(),
        Event::Error(text) => text.chars().count(),
        _ => 0,
    };
    assert!(whole.0.iter().map(len).sum::<usize>() <= bytes.len());
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
