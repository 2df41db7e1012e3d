use proptest::{collection::vec, option, prelude::*, sample::Index};

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

#[test]
fn the_layout_is_that_of_the_docs() {
    // The checksum is from another program.
    let expected = [
        0x9c, b'l', b'v', b'c', 1, 0, 0, 0, 37, 0x4f, 0x13, 0x21, 0x82, 1, 2, 3, 4, 5, 6, 7, 8, 0,
        1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, b'h', b'i',
    ];
    assert_eq!(encoded(&publish("hi")), expected);
}

#[test]
fn an_extension_is_skipped() {
    let mut bytes = encoded(&publish("hi"));
    bytes[PREAMBLE] = 3;
    bytes.splice(35..35, *b"new");
    assert_eq!(
        Envelope::decode(&sealed(bytes), Versions::OURS),
        Ok(publish("hi"))
    );
}

#[test]
fn a_message_names_its_connection_from_the_second_one_on() {
    let session = 0x0102_0304;
    let later = Envelope {
        session,
        ..publish("hi")
    };
    let bytes = encoded(&later);
    assert_eq!(bytes[PREAMBLE], 6);
    assert_eq!(bytes[35..41], [1, 4, 1, 2, 3, 4]);
    assert_eq!(Envelope::decode(&bytes, Versions::OURS), Ok(later));
    assert_eq!(without_extension(bytes), encoded(&publish("hi")));
    // There is no connection before the first.
    let mut bytes = encoded(&publish("hi"));
    bytes[PREAMBLE] = 6;
    bytes.splice(35..35, [1, 4, 0, 0, 0, 0]);
    assert_eq!(
        Envelope::decode(&sealed(bytes), Versions::OURS),
        Ok(publish("hi"))
    );
}

#[test]
fn only_a_probe_is_looked_at_when_it_is_returned() {
    let probe = Envelope {
        body: Body::Probe { number: 7 },
        ..publish("")
    };
    for (envelope, is_returned) in [(publish("hi"), true), (probe, false)] {
        let bytes = encoded(&envelope);
        assert_eq!(super::is_returned(&bytes, NODE), is_returned);
        assert!(!super::is_returned(&bytes, NODE + 1));
        for len in 0..=PREAMBLE + 1 {
            assert!(!super::is_returned(&bytes[..len], NODE));
        }
    }
}

#[test]
fn another_version_is_told_apart_from_damage() {
    let mut bytes = Vec::new();
    publish("hi").encode(2, &mut bytes).unwrap();
    let read = |bytes: &[u8], min, max| Envelope::decode(bytes, Versions { min, max }).err();
    let other = Unreadable::Version {
        version: 2,
        node: NODE,
    };
    assert_eq!(read(&bytes, 1, 1), Some(other));
    assert_eq!(read(&bytes, 3, 4), Some(other));
    assert_eq!(read(&bytes, 1, 2), None);
    // A later version may have any content.
    let mut longer = bytes.clone();
    longer.extend([0xff; 9]);
    assert_eq!(read(&sealed(longer), 1, 1), Some(other));
    bytes[4] = 1;
    assert_eq!(read(&bytes, 1, 1), Some(Unreadable::Corrupt));
}

#[test]
fn what_others_write_is_not_ours() {
    for bytes in [
        &b""[..],
        b"hello",
        b"{\"data\":1}",
        b"\x9clvd1234",
        &[0x1b; 64],
    ] {
        let read = Envelope::decode(bytes, Versions::OURS);
        assert_eq!(read, Err(Unreadable::NotOurs), "{bytes:?}");
    }
}

#[test]
fn content_without_a_meaning_is_corrupt() {
    let goodbye = Envelope {
        body: Body::Goodbye,
        ..publish("")
    };
    let hello = Envelope {
        body: Body::Hello(Hello {
            versions: Versions { min: 1, max: 2 },
            ready: true,
            asks: false,
            application: "shop",
            name: "web-1",
            sessions: None,
        }),
        ..publish("")
    };
    let with_topic = Envelope {
        topic: Some("ab"),
        ..publish("hi")
    };
    type Change = fn(&mut Vec<u8>);
    let cases: [(&str, &Envelope<'_>, Change); 12] = [
        ("an unknown kind", &goodbye, |bytes| bytes[22] = 10),
        ("kind 0", &goodbye, |bytes| bytes[22] = 0),
        ("a flag of another kind", &goodbye, |bytes| bytes[24] = 1),
        ("an unknown flag", &publish("hi"), |bytes| bytes[23] = 0x80),
        ("two policies", &publish("\0\0\0\0"), |bytes| {
            bytes[24] |= 12
        }),
        ("a topic of a goodbye", &goodbye, |bytes| {
            bytes[24] = 32;
            bytes.extend([0; 4]);
        }),
        ("no number", &publish("hi"), |bytes| bytes[34] = 0),
        ("text that is not UTF-8", &publish("hi"), |bytes| {
            bytes[35] = 0xff
        }),
        ("a name that is not UTF-8", &with_topic, |bytes| {
            bytes[39] = 0xff
        }),
        ("a name without an end", &with_topic, |bytes| bytes[38] = 5),
        ("bytes after the end", &hello, |bytes| bytes.push(0)),
        ("no version", &hello, |bytes| bytes[35] = 3),
    ];
    for (case, envelope, change) in cases {
        let mut bytes = encoded(envelope);
        assert_eq!(
            Envelope::decode(&bytes, Versions::OURS).as_ref(),
            Ok(envelope)
        );
        change(&mut bytes);
        let read = Envelope::decode(&sealed(bytes), Versions::OURS).err();
        assert_eq!(read, Some(Unreadable::Corrupt), "{case}");
    }
    let mut bytes = encoded(&goodbye);
    bytes.truncate(34);
    let read = |bytes: &[u8]| Envelope::decode(bytes, Versions::OURS).err();
    assert_eq!(read(&sealed(bytes.clone())), Some(Unreadable::Corrupt));
    bytes[PREAMBLE] = 200;
    assert_eq!(read(&sealed(bytes)), Some(Unreadable::Corrupt));
}

#[test]
fn a_name_that_is_too_long_leaves_nothing() {
    let long = "x".repeat(256);
    let hello = Hello {
        versions: Versions::OURS,
        ready: false,
        asks: false,
        application: "",
        name: &long,
        sessions: None,
    };
    let envelope = Envelope {
        body: Body::Hello(hello),
        ..publish("")
    };
    let mut bytes = b"before".to_vec();
    assert_eq!(envelope.encode(1, &mut bytes), Err(TooLong));
    assert_eq!(bytes, b"before");
}

#[test]
fn a_heartbeat_says_in_its_extension_which_connections_were_heard() {
    let nodes = [heard(0x0a0b_0c0d, 5)];
    let hello = Hello {
        versions: Versions::OURS,
        ready: true,
        asks: false,
        application: "",
        name: "",
        sessions: Some(Sessions {
            own: 9,
            heard: &nodes,
        }),
    };
    let envelope = Envelope {
        body: Body::Hello(hello),
        ..publish("")
    };
    let bytes = encoded(&envelope);
    assert_eq!(bytes[PREAMBLE], 14);
    let field = [1, 12, 0, 0, 0, 9, 0x0a, 0x0b, 0x0c, 0x0d, 0, 0, 0, 5];
    assert_eq!(bytes[35..49], field);
    assert_eq!(Envelope::decode(&bytes, Versions::OURS), Ok(envelope));
    // An older release writes the same without it.
    let older = Hello {
        sessions: None,
        ..hello
    };
    let older = Envelope {
        body: Body::Hello(older),
        ..publish("")
    };
    assert_eq!(without_extension(bytes), encoded(&older));
}

/// The same envelope without its extension.
fn without_extension(mut bytes: Vec<u8>) -> Vec<u8> {
    let extension = usize::from(bytes[PREAMBLE]);
    bytes.drain(35..35 + extension);
    bytes[PREAMBLE] = 0;
    sealed(bytes)
}

/// What an envelope borrows.
#[derive(Clone, Debug)]
struct Parts {
    node: u64,
    lane: u16,
    sequence: u64,
    session: u32,
    topic: Option<String>,
    body: u8,
    bits: [bool; 3],
    id: Option<[u8; 16]>,
    number: u64,
    code: u16,
    texts: [String; 2],
    bytes: Vec<u8>,
    heard: Vec<Heard>,
}

fn parts() -> impl Strategy<Value = Parts> {
    let head = (
        any::<u64>(),
        any::<u16>(),
        1..=u64::MAX,
        prop_oneof![Just(Envelope::FIRST), Envelope::FIRST..=u32::MAX],
        option::of(".{0,30}"),
    );
    let numbers = (any::<Option<[u8; 16]>>(), any::<u64>(), any::<u16>());
    let content = (["\\PC{0,30}", ".{0,60}"], vec(any::<u8>(), 0..300));
    let heard = vec(any::<Heard>(), 0..=Sessions::MOST);
    let kinds = (1..=9_u8, any::<[bool; 3]>());
    let all = (head, kinds, numbers, content, heard);
    all.prop_map(|(head, kinds, numbers, content, heard)| Parts {
        node: head.0,
        lane: head.1,
        sequence: head.2,
        session: head.3,
        topic: head.4,
        body: kinds.0,
        bits: kinds.1,
        id: numbers.0,
        number: numbers.1,
        code: numbers.2,
        texts: content.0,
        bytes: content.1,
        heard,
    })
}

impl Parts {
    fn envelope(&self) -> Envelope<'_> {
        let topic = self.topic.as_deref();
        let has_topic = matches!(self.body, kind::PUBLISH | kind::CLOSE_TOPIC);
        let body = self.body();
        Envelope {
            node: self.node,
            lane: self.lane,
            sequence: self.sequence,
            session: match body.is_in_sequence() {
                true => self.session,
                false => Envelope::FIRST,
            },
            topic: topic.filter(|_| has_topic),
            body,
        }
    }

    fn body(&self) -> Body<'_> {
        let [first, second, third] = self.bits;
        let [text, other] = &self.texts;
        let payload = match first {
            true => Payload {
                kind: Kind::Text,
                bytes: text.as_bytes(),
            },
            false => Payload {
                kind: Kind::Binary,
                bytes: &self.bytes,
            },
        };
        let id = self.id.unwrap_or_default();
        let code = self.code;
        match self.body {
            kind::PUBLISH => Body::Publish {
                payload,
                compress: second,
                policy: match (third, other.is_empty()) {
                    (false, _) => Policy::Latest(other),
                    (true, true) => Policy::Close,
                    (true, false) => Policy::Drop,
                },
                except: self.id,
            },
            kind::CLOSE_TOPIC => Body::CloseTopic { code, reason: text },
            kind::SEND => Body::Send {
                id,
                payload,
                compress: second,
            },
            kind::CLOSE_SOCKET => Body::CloseSocket {
                id,
                code,
                reason: text,
            },
            kind::HELLO => Body::Hello(Hello {
                versions: Versions {
                    min: code.to_be_bytes()[0].min(code.to_be_bytes()[1]),
                    max: code.to_be_bytes()[0].max(code.to_be_bytes()[1]),
                },
                ready: second,
                asks: third,
                application: text,
                name: other,
                sessions: self.id.is_some().then_some(Sessions {
                    own: u32::from(self.lane),
                    heard: &self.heard,
                }),
            }),
            kind::GOODBYE => Body::Goodbye,
            kind::COUNT => Body::Count {
                query: self.number,
                topic: text,
            },
            kind::COUNT_REPLY => Body::CountReply {
                query: self.number,
                subscribers: self.node,
            },
            _ => Body::Probe {
                number: self.number,
            },
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(parts in parts(), version in any::<u8>(), before in vec(any::<u8>(), 0..9)) {
        let mut bytes = before.clone();
        prop_assert_eq!(parts.envelope().encode(version, &mut bytes), Ok(()));
        prop_assert_eq!(&bytes[..before.len()], &before[..]);
        let readable = Versions { min: version, max: version };
        let read = Envelope::decode(&bytes[before.len()..], readable);
        prop_assert_eq!(read, Ok(parts.envelope()));
    }

    #[test]
    fn a_part_is_an_error(parts in parts(), cut in any::<Index>()) {
        let bytes = encoded(&parts.envelope());
        let cut = cut.index(bytes.len());
        let error = if cut == 0 { Unreadable::NotOurs } else { Unreadable::Truncated };
        prop_assert_eq!(Envelope::decode(&bytes[..cut], Versions::OURS), Err(error));
    }

    #[test]
    fn a_flipped_bit_is_an_error(parts in parts(), bit in any::<Index>()) {
        let mut bytes = encoded(&parts.envelope());
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let error = Envelope::decode(&bytes, Versions::OURS).unwrap_err();
        let is_version = matches!(error, Unreadable::Version { .. });
        prop_assert!(!is_version, "damage is not another version");
    }

    #[test]
    fn bytes_after_the_end_are_an_error(parts in parts(), more in vec(any::<u8>(), 1..9)) {
        let mut bytes = encoded(&parts.envelope());
        bytes.extend(more);
        prop_assert_eq!(Envelope::decode(&bytes, Versions::OURS), Err(Unreadable::Corrupt));
    }

    /// The content of a node that is not one of ours, or of a later release with a mistake.
    #[test]
    fn any_content_is_refused_or_written_again(
        parts in parts(),
        changes in vec((any::<Index>(), any::<u8>()), 0..4),
        cut in any::<Index>(),
        cuts in any::<bool>(),
    ) {
        let mut bytes = encoded(&parts.envelope());
        for (index, byte) in changes {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if cuts {
            bytes.truncate(PREAMBLE + cut.index(bytes.len() - PREAMBLE));
        }
        bytes[..5].copy_from_slice(&[0x9c, b'l', b'v', b'c', 1]);
        let bytes = sealed(bytes);
        match Envelope::decode(&bytes, Versions::OURS) {
            Ok(read) => {
                let again = encoded(&read);
                prop_assert_eq!(without_extension(again.clone()), without_extension(bytes.clone()));
                prop_assert_eq!(Envelope::decode(&again, Versions::OURS), Ok(read));
            }
            Err(error) => prop_assert_eq!(error, Unreadable::Corrupt),
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..80)) {
        prop_assert!(Envelope::decode(&bytes, Versions::OURS).is_err());
    }
}
