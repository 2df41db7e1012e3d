//! Replies of Redis, in the second version of its protocol. Pure.

use bytes::{Buf as _, Bytes, BytesMut};

/// A reply. Its bytes are parts of the buffer that it was read into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// `+OK`
    Status(Bytes),
    /// `-ERR no`
    Error(Bytes),
    /// `:1`
    Number(i64),
    /// `$2`, or `$-1` without a value.
    Bytes(Option<Bytes>),
    /// `*2`, or `*-1` without a value.
    List(Option<Vec<Reply>>),
    /// A list whose first value is `message`: a subject and a payload. Nearly all that a subscriber
    /// reads is this, so it is no [`Reply::List`], whose values take memory of their own.
    Message { subject: Bytes, payload: Bytes },
}

/// What arrives is no reply of Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// The longest status or error, in bytes.
const MAX_LINE: usize = 64 << 10;
/// The most digits of a number, with its sign.
const MAX_NUMBER: usize = 20;
/// The longest value, in bytes. Redis itself has this limit, unless `proto-max-bulk-len` is larger.
pub(super) const MAX_BYTES: usize = 512 << 20;
/// The most values of one reply, those of lists in it included. The longest reply that a node gets
/// tells about the server and its modules.
const MAX_VALUES: usize = 4096;
/// The most lists in each other.
const MAX_DEPTH: usize = 8;

/// Takes a whole reply from the start of a buffer. `None` if not all of it is there.
pub(super) fn take(buffer: &mut BytesMut) -> Result<Option<Reply>, Malformed> {
    let Some(len) = length(buffer)? else {
        return Ok(None);
    };
    // Each publish is answered by a number. It needs no share of the buffer.
    if let [b':', digits @ .., b'\r', b'\n'] = &buffer[..len] {
        let number = number(digits)?;
        buffer.advance(len);
        return Ok(Some(Reply::Number(number)));
    }
    let reply = buffer.split_to(len).freeze();
    match message(&reply) {
        Some(message) => Ok(Some(message)),
        None => value(&reply, &mut 0, 0).map(Some),
    }
}

/// A message of a subscription, if the reply is one. All of it is there.
fn message(reply: &Bytes) -> Option<Reply> {
    const START: &[u8] = b"*3\r\n$7\r\nmessage\r\n";
    let mut position = START.len();
    let mut next = || {
        let rest = reply.get(position..)?;
        let size = match (rest.first()?, line(rest)) {
            (b'$', Ok(Some(line))) => {
                position += 1 + line.len() + 2;
                size(line)??
            }
            _ => return None,
        };
        let start = position;
        position += size + 2;
        Some(reply.slice(start..start + size))
    };
    if !reply.starts_with(START) {
        return None;
    }
    Some(Reply::Message {
        subject: next()?,
        payload: next()?,
    })
}

/// The length of the first reply in bytes. Looks only at the lines that begin values, so that a large
/// value in many pieces is not read again with each piece.
fn length(buffer: &[u8]) -> Result<Option<usize>, Malformed> {
    let (mut position, mut missing, mut seen) = (0, 1, 0);
    while missing > 0 {
        let Some(line) = line(&buffer[position..])? else {
            return Ok(None);
        };
        position += 1 + line.len() + 2;
        missing -= 1;
        seen += 1;
        match (buffer[position - line.len() - 3], size(line)) {
            (b'+' | b'-', _) => {}
            (b':', _) => _ = number(line)?,
            (b'$', Some(None)) | (b'*', Some(None)) => {}
            (b'$', Some(Some(size))) if size <= MAX_BYTES => {
                position += size;
                match buffer.get(position..position + 2) {
                    Some(b"\r\n") => position += 2,
                    Some(_) => return Err(Malformed),
                    None => return Ok(None),
                }
            }
            (b'*', Some(Some(size))) if size <= MAX_VALUES => missing += size,
            _ => return Err(Malformed),
        }
        if seen + missing > MAX_VALUES {
            return Err(Malformed);
        }
    }
    Ok(Some(position))
}

/// The first line without its kind and its end. `None` if its end is not there.
fn line(buffer: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    let Some((kind, rest)) = buffer.split_first() else {
        return Ok(None);
    };
    let longest = match kind {
        b'+' | b'-' => MAX_LINE,
        b':' | b'$' | b'*' => MAX_NUMBER,
        _ => return Err(Malformed),
    };
    let looked_at = &rest[..rest.len().min(longest + 2)];
    match looked_at.iter().position(|byte| *byte == b'\r') {
        Some(end) => match looked_at.get(end + 1) {
            Some(b'\n') => Ok(Some(&rest[..end])),
            Some(_) => Err(Malformed),
            None if end <= longest => Ok(None),
            None => Err(Malformed),
        },
        None if looked_at.len() <= longest => Ok(None),
        None => Err(Malformed),
    }
}

/// The value at a position of a reply that is all there. Moves the position behind it.
fn value(reply: &Bytes, position: &mut usize, depth: usize) -> Result<Reply, Malformed> {
    let rest = &reply[*position..];
    let Some(line) = line(rest)? else {
        return Err(Malformed);
    };
    *position += 1 + line.len() + 2;
    Ok(match rest[0] {
        b'+' => Reply::Status(reply.slice_ref(line)),
        b'-' => Reply::Error(reply.slice_ref(line)),
        b':' => Reply::Number(number(line)?),
        b'$' => Reply::Bytes(size(line).ok_or(Malformed)?.map(|size| {
            let start = *position;
            *position += size + 2;
            reply.slice(start..start + size)
        })),
        _ if depth == MAX_DEPTH => return Err(Malformed),
        _ => {
            let values = size(line).ok_or(Malformed)?.map(|size| {
                (0..size)
                    .map(|_| value(reply, position, depth + 1))
                    .collect()
            });
            Reply::List(values.transpose()?)
        }
    })
}

/// A size. `None` inside for `-1`, which stands for no value.
fn size(line: &[u8]) -> Option<Option<usize>> {
    match number(line) {
        Ok(-1) => Some(None),
        Ok(size) => usize::try_from(size).ok().map(Some),
        Err(Malformed) => None,
    }
}

fn number(line: &[u8]) -> Result<i64, Malformed> {
    let digits = line.strip_prefix(b"-").unwrap_or(line);
    // No server writes zeros before a number. So each reply has one form.
    let has_one_form = !digits.starts_with(b"0") || line == b"0";
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) || !has_one_form {
        return Err(Malformed);
    }
    let text = str::from_utf8(line).map_err(|_| Malformed)?;
    text.parse().map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(text: &'static str) -> Reply {
        Reply::Bytes(Some(Bytes::from_static(text.as_bytes())))
    }

    fn all(mut buffer: BytesMut) -> (Vec<Reply>, Result<BytesMut, Malformed>) {
        let mut replies = Vec::new();
        loop {
            match take(&mut buffer) {
                Ok(Some(reply)) => replies.push(reply),
                Ok(None) => return (replies, Ok(buffer)),
                Err(error) => return (replies, Err(error)),
            }
        }
    }

    #[test]
    fn replies_are_taken_one_by_one() {
        let text = "+OK\r\n-ERR no\r\n:-12\r\n$3\r\na\r\n\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n\
                    *3\r\n$7\r\nmessage\r\n$1\r\nc\r\n*1\r\n:1\r\n$5\r\nstart";
        let (replies, rest) = all(text.into());
        let expected = [
            Reply::Status("OK".into()),
            Reply::Error("ERR no".into()),
            Reply::Number(-12),
            bytes("a\r\n"),
            bytes(""),
            Reply::Bytes(None),
            Reply::List(None),
            Reply::List(Some(vec![])),
            Reply::List(Some(vec![
                bytes("message"),
                bytes("c"),
                Reply::List(Some(vec![Reply::Number(1)])),
            ])),
        ];
        assert_eq!(replies, expected);
        assert_eq!(rest.unwrap(), "$5\r\nstart");
    }

    #[test]
    fn what_is_no_reply_is_malformed() {
        for text in [
            "HTTP/1.1 400 Bad Request\r\n",
            "INFO {}\r\n",
            "\x15\x03\x01",
            ":\r\n",
            ":1x\r\n",
            ":+1\r\n",
            ":01\r\n",
            ":-0\r\n",
            "*3\r\n$07\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
            ":99999999999999999999\r\n",
            ":1\n\r\n",
            ":1\r\r",
            "$-2\r\n",
            "$536870913\r\n",
            "$1\r\nabc",
            "*-2\r\n",
            "*4097\r\n",
            "*9223372036854775807\r\n",
            "*1\r\nx",
            "$111111111111111111111111",
        ] {
            assert_eq!(all(text.into()).1, Err(Malformed), "{text:?}");
        }
        let long = format!("-{}", "e".repeat(MAX_LINE + 3));
        assert_eq!(all(long.as_str().into()).1, Err(Malformed));
    }

    #[test]
    fn lists_in_lists_are_bounded() {
        let nested =
            |depth: usize| all(format!("{}:1\r\n", "*1\r\n".repeat(depth)).as_str().into());
        assert_eq!(nested(MAX_DEPTH).0.len(), 1);
        assert_eq!(nested(MAX_DEPTH + 1).1, Err(Malformed));
        assert_eq!(nested(100_000).1, Err(Malformed));
        let wide = "*2000\r\n".repeat(3);
        assert_eq!(all(wide.as_str().into()).1, Err(Malformed));
    }

    #[test]
    fn a_message_is_told_from_other_lists() {
        let message = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\n\r\n\r\n";
        let expected = Reply::Message {
            subject: "a".into(),
            payload: "\r\n".into(),
        };
        assert_eq!(all(message.into()).0, [expected]);
        for list in [
            "*2\r\n$7\r\nmessage\r\n$1\r\na\r\n",
            "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n:1\r\n",
            "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$-1\r\n",
            "*3\r\n$7\r\nmessage\r\n*0\r\n$1\r\na\r\n",
            "*3\r\n$7\r\nmassage\r\n$1\r\na\r\n$1\r\nb\r\n",
            "*1\r\n*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
        ] {
            let (replies, rest) = all(list.into());
            assert!(matches!(&replies[..], [Reply::List(_)]), "{list:?}");
            assert!(rest.unwrap().is_empty(), "{list:?}");
        }
    }

    fn reply() -> impl Strategy<Value = Reply> {
        let value = || proptest::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from);
        let line = "[ -~]{0,20}".prop_map(Bytes::from);
        let leaf = prop_oneof![
            line.clone().prop_map(Reply::Status),
            line.prop_map(Reply::Error),
            any::<i64>().prop_map(Reply::Number),
            proptest::option::of(value()).prop_map(Reply::Bytes),
            Just(Reply::List(None)),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            proptest::collection::vec(inner, 0..4).prop_map(|list| Reply::List(Some(list)))
        })
    }

    fn message_of_any() -> impl Strategy<Value = Reply> {
        let value = || proptest::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from);
        (value(), value()).prop_map(|(subject, payload)| Reply::Message { subject, payload })
    }

    fn encode(reply: &Reply, into: &mut Vec<u8>) {
        let mut line = |kind: &str, text: &[u8]| {
            into.extend_from_slice(kind.as_bytes());
            into.extend_from_slice(text);
            into.extend_from_slice(b"\r\n");
        };
        match reply {
            Reply::Status(text) => line("+", text),
            Reply::Error(text) => line("-", text),
            Reply::Number(number) => line(":", number.to_string().as_bytes()),
            Reply::Bytes(None) => line("$", b"-1"),
            Reply::Bytes(Some(bytes)) => {
                line("$", bytes.len().to_string().as_bytes());
                line("", bytes);
            }
            Reply::Message { subject, payload } => {
                let list = ["message".into(), subject.clone(), payload.clone()];
                let list = list.map(|value| Reply::Bytes(Some(value)));
                encode(&Reply::List(Some(list.into())), into);
            }
            Reply::List(None) => line("*", b"-1"),
            Reply::List(Some(list)) => {
                line("*", list.len().to_string().as_bytes());
                list.iter().for_each(|reply| encode(reply, into));
            }
        }
    }

    proptest! {
        #[test]
        fn replies_are_the_same_however_they_are_cut(
            replies in proptest::collection::vec(prop_oneof![reply(), message_of_any()], 0..5),
            cut in 1usize..50,
        ) {
            let mut whole = Vec::new();
            replies.iter().for_each(|reply| encode(reply, &mut whole));
            let (mut taken, mut buffer) = (Vec::new(), BytesMut::new());
            for piece in whole.chunks(cut) {
                buffer.extend_from_slice(piece);
                let (more, rest) = all(buffer);
                taken.extend(more);
                buffer = rest.unwrap();
            }
            prop_assert_eq!(taken, replies);
            prop_assert!(buffer.is_empty());
        }

        #[test]
        fn no_bytes_do_harm(bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), proptest::sample::select(b"*$:+-\r\n0123".to_vec())], 0..200,
        )) {
            let _ = all(bytes.as_slice().into());
        }
    }
}
