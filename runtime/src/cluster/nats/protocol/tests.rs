//! Events of a server come out as they went in, however the bytes are cut.

use bytes::{Bytes, BytesMut};
use proptest::{collection::vec, prelude::*};

use super::*;

/// Parses chunks, and returns the events and the error that ended them.
fn parse<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Event>, Option<ParseError>) {
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

fn error(bytes: &[u8]) -> Option<ParseError> {
    parse([bytes]).1
}

fn message(subject: &'static str, payload: &'static str) -> Event {
    Event::Message(Message {
        subject: Bytes::from_static(subject.as_bytes()),
        payload: Bytes::from_static(payload.as_bytes()),
    })
}

#[test]
fn each_command_of_a_server_is_an_event() {
    let bytes = b"INFO {\"server_id\":\"N\",\"version\":\"2.9.10\",\"proto\":1,\"max_payload\":1048576,\
        \"auth_required\":true,\"nonce\":\"abc\",\"connect_urls\":[\"10.0.0.1:4222\"],\"ldm\":true} \r\n\
        +OK\r\nping\r\nPONG\r\n-ERR 'Stale Connection'\r\n-ERR plain\r\n\
        MSG levante.t.a 1 5\r\nhe\r\nl\r\nMSG\tlevante.t.b  22 reply.to 0\r\n\r\n\
        HMSG a 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\nHMSG a 1 reply 12 12\r\nNATS/1.0\r\n\r\n\r\n";
    let info = Info {
        version: "2.9.10".into(),
        max_payload: 1_048_576,
        auth_required: true,
        nonce: Some("abc".into()),
        connect_urls: Some(vec!["10.0.0.1:4222".into()]),
        ldm: true,
        ..Info::default()
    };
    let expected = vec![
        Event::Info(Box::new(info)),
        Event::Ok,
        Event::Ping,
        Event::Pong,
        Event::Error("Stale Connection".into()),
        Event::Error("plain".into()),
        message("levante.t.a", "he\r\nl"),
        message("levante.t.b", ""),
        message("a", "hi"),
        message("a", ""),
    ];
    assert_eq!(parse([&bytes[..]]), (expected.clone(), None));
    assert_eq!(parse(bytes.chunks(1)), (expected, None));
}

#[test]
fn a_wrong_line_is_an_error() {
    for (line, expected) in [
        ("HTTP/1.1 400 Bad Request\r\n", ParseError::UnknownLine),
        ("-DENIED Redis\r\n", ParseError::UnknownLine),
        ("\r\n", ParseError::UnknownLine),
        ("PING\n", ParseError::UnknownLine),
        ("INFO\r\n", ParseError::Info),
        ("INFO []\r\n", ParseError::Info),
        ("INFO {\"max_payload\":-1}\r\n", ParseError::Info),
        ("MSG\r\n", ParseError::Message),
        ("MSG a 1\r\n", ParseError::Message),
        ("MSG a 1 x\r\n", ParseError::Message),
        ("MSG a 1 -1\r\n", ParseError::Message),
        ("MSG a 1 reply to 1\r\n", ParseError::Message),
        ("MSG a 1 reply to 1 1\r\n", ParseError::Message),
        ("HMSG a 1 5\r\n", ParseError::Message),
        ("HMSG a 1 6 5\r\n", ParseError::Message),
        ("MSG a 1 1\r\nabc", ParseError::PayloadEnd),
        ("MSG a 1 67108865\r\n", ParseError::LongPayload),
        (
            "MSG a 1 99999999999999999999999\r\n",
            ParseError::LongPayload,
        ),
    ] {
        assert_eq!(error(line.as_bytes()), Some(expected), "{line:?}");
    }
    assert_eq!(error(b"MSG a 1 67108864\r\n"), None);
}

#[test]
fn a_line_is_as_long_as_the_limit_at_most() {
    let line = |len: usize| format!("-ERR {}\r\n", "x".repeat(len - 7)).into_bytes();
    let text = "x".repeat(MAX_LINE - 7);
    let events = vec![Event::Error(text.into())];
    assert_eq!(parse([&line(MAX_LINE)[..]]), (events.clone(), None));
    assert_eq!(parse(line(MAX_LINE).chunks(1000)), (events, None));
    for len in [MAX_LINE + 1, 10 * MAX_LINE] {
        assert_eq!(error(&line(len)), Some(ParseError::LongLine));
        // It is refused before its end has arrived.
        assert_eq!(error(&line(len)[..MAX_LINE]), Some(ParseError::LongLine));
    }
}

#[test]
fn commands_are_written_as_the_protocol_says() {
    let mut bytes = Vec::new();
    subscribe(&mut bytes, "levante.c", b"1a");
    unsubscribe(&mut bytes, b"1a");
    publish(&mut bytes, "levante.t.a", b"hello");
    publish(&mut bytes, "b", b"");
    publish(&mut bytes, "b", &[b'x'; 120]);
    let long = "x".repeat(120);
    let expected = format!(
        "SUB levante.c 1a\r\nUNSUB 1a\r\nPUB levante.t.a 5\r\nhello\r\nPUB b 0\r\n\r\n\
         PUB b 120\r\n{long}\r\n"
    );
    assert_eq!(String::from_utf8(bytes), Ok(expected));
}

#[test]
fn a_login_cannot_break_out_of_its_command() {
    let mut bytes = Vec::new();
    let connect = Connect {
        name: "levante",
        version: "1",
        lang: "rust",
        protocol: 1,
        verbose: false,
        pedantic: false,
        echo: false,
        headers: false,
        no_responders: false,
        tls_required: false,
        user: Some("a\"b"),
        pass: Some("c\r\nPUB x 0\r\n"),
        auth_token: None,
    };
    connect.encode(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let expected = r#"CONNECT {"name":"levante","version":"1","lang":"rust","protocol":1,"verbose":false,"pedantic":false,"echo":false,"headers":false,"no_responders":false,"tls_required":false,"user":"a\"b","pass":"c\r\nPUB x 0\r\n"}"#;
    assert_eq!(text, format!("{expected}\r\n"));
}

#[test]
fn a_subject_has_no_space_and_no_line_break() {
    for (text, expected) in [
        ("levante.t.a", true),
        ("größe", true),
        ("", false),
        ("a b", false),
        ("a\r\nPING", false),
        ("a\tb", false),
        ("\u{7f}", false),
    ] {
        assert_eq!(is_subject(text), expected, "{text:?}");
    }
}

/// A command of a server, as bytes and as the event that it gives.
fn command() -> impl Strategy<Value = (Vec<u8>, Event)> {
    let word = "[a-zA-Z0-9_=.-]{1,40}";
    let message = (
        word,
        word,
        proptest::option::of(word),
        vec(any::<u8>(), 0..300),
        0..80_usize,
    );
    let message = message.prop_map(|(subject, sid, reply, payload, headers)| {
        let reply = reply.map(|reply| format!("{reply} ")).unwrap_or_default();
        let headers = headers.min(payload.len());
        let total = payload.len();
        let line = match headers {
            0 => format!("MSG {subject} {sid} {reply}{total}\r\n"),
            _ => format!("HMSG {subject} {sid} {reply}{headers} {total}\r\n"),
        };
        let bytes = [line.as_bytes(), &payload, b"\r\n"].concat();
        let event = Event::Message(Message {
            subject: subject.into(),
            payload: payload[headers..].to_vec().into(),
        });
        (bytes, event)
    });
    let error = "[a-zA-Z \"]{0,50}".prop_map(|text| {
        let event = Event::Error(text.as_str().into());
        (format!("-ERR '{text}'\r\n").into_bytes(), event)
    });
    let info = (
        any::<u32>(),
        any::<bool>(),
        vec("[a-z0-9.]{1,20}:[0-9]{1,5}", 0..5),
    )
        .prop_map(|(max_payload, ldm, urls)| {
            let json = serde_json::json!({
                "max_payload": max_payload, "ldm": ldm, "connect_urls": urls, "other": [1, {}],
            });
            let info = Info {
                max_payload: max_payload.into(),
                ldm,
                connect_urls: Some(urls),
                ..Info::default()
            };
            (
                format!("INFO {json}\r\n").into_bytes(),
                Event::Info(Box::new(info)),
            )
        });
    prop_oneof![
        4 => message,
        1 => error,
        1 => info,
        1 => Just((b"PING\r\n".to_vec(), Event::Ping)),
        1 => Just((b"PONG\r\n".to_vec(), Event::Pong)),
        1 => Just((b"+OK\r\n".to_vec(), Event::Ok)),
    ]
}

/// Cuts bytes into chunks of these lengths. The last chunk is the rest.
fn cut<'a>(mut bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut chunks = Vec::new();
    for length in lengths {
        let (chunk, rest) = bytes.split_at((*length).min(bytes.len()));
        chunks.push(chunk);
        bytes = rest;
    }
    chunks.push(bytes);
    chunks
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(
        commands in vec(command(), 0..20),
        lengths in vec(0..50_usize, 0..100),
    ) {
        let bytes: Vec<u8> = commands.iter().flat_map(|(bytes, _)| bytes).copied().collect();
        let events: Vec<Event> = commands.into_iter().map(|(_, event)| event).collect();
        prop_assert_eq!(parse(cut(&bytes, &lengths)), (events, None));
    }

    #[test]
    fn garbage_is_an_error_and_the_same_one_for_any_split(
        commands in vec(command(), 0..5),
        at in any::<proptest::sample::Index>(),
        garbage in vec(any::<u8>(), 0..50),
        lengths in vec(0..50_usize, 0..50),
    ) {
        let mut bytes: Vec<u8> = commands.iter().flat_map(|(bytes, _)| bytes).copied().collect();
        let at = at.index(bytes.len() + 1);
        bytes.splice(at..at, garbage);
        prop_assert_eq!(parse(cut(&bytes, &lengths)), parse([&bytes[..]]));
    }

    #[test]
    fn what_is_no_line_of_nats_is_refused(bytes in "[^iImMhHpP+-].{0,100}") {
        let line = format!("{}\r\n", bytes.replace('\n', " "));
        prop_assert_eq!(error(line.as_bytes()), Some(ParseError::UnknownLine));
    }
}
