//! The headers of a handshake.

use arbitrary::Arbitrary;

use crate::protocol::handshake::{
    HeaderLookup, Rejection, choose_protocol, offered_protocols, validate,
};

/// The head of a request on the wire. A line may end with `\n` alone.
#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    head: &'a [u8],
}

const SPOKEN: &[&str] = &["graphql-transport-ws", "chat", "v2.json"];

/// Headers: each name in lower case, and its value.
struct Headers<'a>(Vec<(String, &'a [u8])>);

impl<'a> Headers<'a> {
    fn parse(lines: impl Iterator<Item = &'a [u8]>) -> Self {
        let headers = lines.filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = str::from_utf8(&line[..colon]).ok()?;
            // Every HTTP library removes the whitespace around a value.
            let value = line[colon + 1..].trim_ascii();
            Some((name.to_ascii_lowercase(), value))
        });
        Self(headers.collect())
    }
}

impl HeaderLookup for Headers<'_> {
    fn values<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]> {
        let lines = self.0.iter().filter(move |header| header.0 == name);
        lines.map(|header| header.1)
    }
}

/// An accepted request must be a correct handshake. The chosen subprotocol must be one of the
/// offered names.
pub fn check(input: Input<'_>) {
    let mut lines = input.head.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default().trim_ascii();
    let method = String::from_utf8_lossy(first.split(|byte| *byte == b' ').next().unwrap_or(b""));
    let headers = Headers::parse(lines);
    match validate(&method, first.ends_with(b"HTTP/1.1"), &headers) {
        Ok(accepted) => {
            assert!(method == "GET" && first.ends_with(b"HTTP/1.1"));
            assert!(mentions(&headers, "upgrade", "websocket"));
            assert!(mentions(&headers, "connection", "upgrade"));
            assert_eq!(lines_of(&headers, "sec-websocket-version"), [b"13"]);
            assert_eq!(lines_of(&headers, "sec-websocket-key").len(), 1);
            assert_eq!(accepted.accept().len(), 28);
        }
        Err(rejection) => {
            assert!(matches!(rejection.status(), 400 | 426));
            assert!(!rejection.to_string().is_empty());
            assert_ne!(
                (rejection, first.ends_with(b"HTTP/1.1")),
                (Rejection::HttpVersion, true)
            );
        }
    }
    check_protocols(&headers);
}

fn check_protocols(headers: &Headers<'_>) {
    let offered: Vec<&str> = offered_protocols(headers).collect();
    for name in &offered {
        assert!(!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic()));
        assert!(!name.contains([',', '"', '/', '(', ')', '@', '{', '}']));
        assert!(mentions(
            headers,
            "sec-websocket-protocol",
            &name.to_ascii_lowercase()
        ));
    }
    let chosen = choose_protocol(SPOKEN, offered.iter().copied());
    let expected = SPOKEN.iter().find(|known| offered.contains(known));
    assert_eq!(chosen, expected.copied());
}

fn lines_of<'h>(headers: &'h Headers<'_>, name: &'static str) -> Vec<&'h [u8]> {
    headers.values(name).collect()
}

/// Whether a header contains a word, without regard to case.
fn mentions(headers: &Headers<'_>, name: &'static str, word: &str) -> bool {
    lines_of(headers, name).iter().any(|line| {
        let line = line.to_ascii_lowercase();
        line.windows(word.len()).any(|part| part == word.as_bytes())
    })
}
