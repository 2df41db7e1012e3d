//! Bytes that are no envelope for this release.

use super::*;

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
