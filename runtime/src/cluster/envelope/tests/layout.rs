//! The bytes of an envelope, one by one.

use super::*;

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

#[test]
fn only_a_probe_is_looked_at_when_it_is_returned() {
    let probe = Envelope {
        body: Body::Probe { number: 7 },
        ..publish("")
    };
    for (envelope, is_returned) in [(publish("hi"), true), (probe, false)] {
        let bytes = encoded(&envelope);
        assert_eq!(super::super::is_returned(&bytes, NODE), is_returned);
        assert!(!super::super::is_returned(&bytes, NODE + 1));
        for len in 0..=PREAMBLE + 1 {
            assert!(!super::super::is_returned(&bytes[..len], NODE));
        }
    }
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
