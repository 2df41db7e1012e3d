use std::{borrow::Cow, fmt, sync::Arc};

use bytestring::ByteString;

use super::*;
use crate::Compressed;

/// How a message is lent to `send`.
#[derive(Debug, PartialEq, Eq)]
struct Lent {
    kind: Kind,
    content: Vec<u8>,
    is_shared: bool,
    /// The address of the content.
    at: usize,
    compress: bool,
}

fn lent(message: impl IntoMessage) -> Lent {
    let lent = message.lend(|outgoing| Lent {
        kind: outgoing.kind,
        content: outgoing.payload.as_bytes().to_vec(),
        is_shared: matches!(outgoing.payload, Payload::Shared(_)),
        at: outgoing.payload.as_bytes().as_ptr().addr(),
        compress: outgoing.compress,
    });
    lent.unwrap()
}

/// Checks that a value is the same message in both forms.
fn assert_message<M: IntoMessage + Clone>(value: M, expected: &Message) {
    assert_eq!(value.clone().into_message().unwrap(), *expected);
    let lent = lent(value);
    assert_eq!(lent.kind, expected.kind());
    assert_eq!(lent.content, expected.as_bytes());
    assert!(!lent.compress);
}

const SIZES: [usize; 5] = [0, 1, SHARE_FROM - 1, SHARE_FROM, SHARE_FROM + 1];

#[test]
fn every_kind_of_text_is_a_text_message() {
    for size in SIZES {
        let text = "x".repeat(size);
        let shared = ByteString::from(text.as_str());
        let message = Message::Text(shared.clone());
        assert_message(text.as_str(), &message);
        assert_message(&text, &message);
        assert_message(text.clone(), &message);
        assert_message(shared.clone(), &message);
        assert_message(&shared, &message);
        assert_message(Box::<str>::from(text.as_str()), &message);
        assert_message(Arc::<str>::from(text.as_str()), &message);
        let borrowed = Cow::from(text.as_str());
        assert_message(&borrowed, &message);
        assert_message(borrowed, &message);
        assert_message(Cow::<str>::from(text.clone()), &message);
        assert_message(format_args!("{text}"), &message);
        assert_message(&message, &message);
    }
}

#[test]
fn every_kind_of_bytes_is_a_binary_message() {
    for size in SIZES {
        let bytes = vec![0xFF; size];
        let shared = Bytes::from(bytes.clone());
        let message = Message::Binary(shared.clone());
        assert_message(bytes.as_slice(), &message);
        assert_message(&bytes, &message);
        assert_message(bytes.clone(), &message);
        assert_message(shared.clone(), &message);
        assert_message(&shared, &message);
        assert_message(Box::<[u8]>::from(bytes.as_slice()), &message);
        assert_message(Arc::<[u8]>::from(bytes.as_slice()), &message);
        let borrowed = Cow::from(bytes.as_slice());
        assert_message(&borrowed, &message);
        assert_message(borrowed, &message);
        assert_message(Cow::<[u8]>::from(bytes), &message);
        assert_message(&message, &message);
    }
    let array = Message::Binary(Bytes::from_static(&[1, 2, 3]));
    assert_message([1, 2, 3], &array);
    assert_message(&[1, 2, 3], &array);
    assert_message([0; 0], &Message::Binary(Bytes::new()));
}

#[test]
fn large_content_of_an_owner_is_shared_and_not_copied() {
    let text: Arc<str> = "x".repeat(SHARE_FROM).into();
    let at = text.as_ptr().addr();
    let (first, second) = (lent(text.clone()), lent(text));
    assert!(first.is_shared && first.at == at);
    assert!(second.is_shared && second.at == at);
    let bytes: Arc<[u8]> = vec![7; SHARE_FROM].into();
    let at = bytes.as_ptr().addr();
    let shared = lent(bytes);
    assert!(shared.is_shared && shared.at == at);
    let text: Box<str> = "x".repeat(SHARE_FROM).into();
    let at = text.as_ptr().addr();
    let shared = lent(text);
    assert!(shared.is_shared && shared.at == at);
    let text = Cow::<str>::from("x".repeat(SHARE_FROM));
    assert!(lent(text).is_shared);
    assert!(lent(format_args!("{:>1$}", 'x', SHARE_FROM)).is_shared);

    // A smaller one goes into the queue of the connection.
    let text: Arc<str> = "x".repeat(SHARE_FROM - 1).into();
    assert!(!lent(text).is_shared);
    assert!(!lent(format_args!("{:>1$}", 'x', SHARE_FROM - 1)).is_shared);
}

#[test]
fn text_may_be_formatted_in_any_number_of_pieces() {
    for len in [0, 1, 511, 512, 513, 1024, 4095, 4096] {
        for piece in [1, 7, 512, 513] {
            let text = "ä".repeat(len / 2) + &"x".repeat(len % 2);
            let chars: Vec<char> = text.chars().collect();
            let pieces: Vec<String> = chars.chunks(piece).map(|it| it.iter().collect()).collect();
            struct Pieces(Vec<String>);
            impl fmt::Display for Pieces {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.iter().try_for_each(|piece| f.write_str(piece))
                }
            }
            let lent = lent(format_args!("{}", Pieces(pieces)));
            assert_eq!(lent.content, text.as_bytes(), "{len} by {piece}");
        }
    }
}

#[test]
fn short_text_is_formatted_without_an_allocation() {
    let name = "Ann";
    let long = "x".repeat(500);
    let info = allocation_counter::measure(|| {
        let send = |outgoing: Outgoing<'_>| outgoing.payload.as_bytes().len();
        assert_eq!(format_args!("hello").lend(send).unwrap(), 5);
        assert_eq!(format_args!("hello, {name}").lend(send).unwrap(), 10);
        assert_eq!(format_args!("{long}{long:.12}").lend(send).unwrap(), 512);
    });
    assert_eq!(info.count_total, 0);
}

#[test]
fn text_that_cannot_be_formatted_is_an_error() {
    struct Faulty;
    impl fmt::Display for Faulty {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }
    assert!(format_args!("{Faulty}").into_message().is_err());
    let lent = format_args!("{Faulty}").lend(|_| ());
    assert!(lent.is_err());
}

#[test]
fn a_message_is_compressed_if_the_condition_says_so() {
    assert!(lent(Compressed("text")).compress);
    assert!(lent(Compressed::when(true, "text")).compress);
    let plain = lent(Compressed::when(false, "text"));
    assert!(!plain.compress);
    assert_eq!(plain.content, b"text");
    // A condition does not undo the compression of the message itself.
    assert!(lent(Compressed::when(false, Compressed("text"))).compress);
}
