use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};

use super::source::{Source, ended};
use crate::cluster::{
    broker::{BrokerError, Kind},
    nats::{
        address::Login,
        protocol::{Event, Info, MAX_LINE, PING},
        refusal,
    },
    transport::broken,
};

/// A server of NATS speaks first, at once. After this time of silence the other side is asked.
const SILENCE: Duration = Duration::from_secs(1);

/// What the first bytes of other servers are. Some only answer to a line that they do not know.
const OTHERS: &[(&str, &[u8])] = &[
    ("a Redis server", b"+PONG"),
    ("a Redis server", b"-DENIED"),
    ("a Redis server", b"-NOAUTH"),
    ("a Redis server", b"-NOPERM"),
    ("a Redis server", b"-ERR max"),
    ("a Redis server", b"-ERR unknown"),
    ("a Redis server", b"-LOADING"),
    ("an HTTP server", b"HTTP/"),
    ("an HTTP server", b"<"),
    ("an SSH server", b"SSH-"),
    // An alert of TLS 1.x.
    ("a server that wants TLS before the first line", b"\x15\x03"),
];

/// Reads the `INFO` with which a server begins.
pub(super) async fn greeting<S>(source: &mut Source<S>, login: &Login) -> Result<Info, BrokerError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if let Ok(info) = timeout(SILENCE, first_line(source, login)).await {
        return info;
    }
    // Servers of other protocols wait for the client. Their answer tells what they are.
    source.stream().write_all(PING).await.map_err(broken)?;
    match timeout(SILENCE, first_line(source, login)).await {
        Ok(Err(error)) => Err(error),
        // A server that is so late may have taken the `PING` for a violation.
        Ok(Ok(_)) | Err(_) => Err(BrokerError::new(
            Kind::TimedOut,
            "the other side accepts connections, but does not greet as NATS does: it hangs, or it is \
             another service",
        )),
    }
}

async fn first_line<S>(source: &mut Source<S>, login: &Login) -> Result<Info, BrokerError>
where
    S: AsyncRead + Unpin,
{
    loop {
        let is_end = source.fill().await.map_err(broken)? == 0;
        let unread = source.unread();
        if let Some(other) = other_protocol(unread, is_end) {
            return Err(BrokerError::new(Kind::Protocol, other));
        }
        if is_end {
            return Err(ended());
        }
        // What may be NATS is complete with its line, or goes on.
        if unread.contains(&b'\n') || unread.len() >= MAX_LINE {
            break;
        }
    }
    match source.expect().await? {
        Event::Info(info) => Ok(*info),
        // The server has no room for the connection.
        Event::Error(text) => Err(refusal::of_handshake(&text, login, false)),
        _ => Err(BrokerError::new(
            Kind::Protocol,
            "the server does not begin with INFO",
        )),
    }
}

/// A sentence about what has sent these first bytes, if they cannot be of NATS.
fn other_protocol(bytes: &[u8], is_end: bool) -> Option<String> {
    let is_begun = |word: &[u8]| {
        let len = word.len().min(bytes.len());
        bytes[..len].eq_ignore_ascii_case(&word[..len])
    };
    let is_whole = |word: &[u8]| bytes.len() >= word.len() && is_begun(word);
    if bytes.is_empty() {
        return None;
    }
    if let Some((name, _)) = OTHERS.iter().find(|(_, word)| is_whole(word)) {
        return Some(format!("the other side is {name}, not NATS"));
    }
    // The beginning may become one of those.
    let may_go_on = || OTHERS.iter().any(|(_, word)| is_begun(word));
    if is_begun(b"INFO ")
        || is_begun(b"-ERR '")
        || !is_end && !bytes.contains(&b'\n') && may_go_on()
    {
        return None;
    }
    let start = bytes.get(..20).unwrap_or(bytes).escape_ascii();
    Some(format!(
        "the other side is not NATS; it begins with: {start}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_protocols_are_named() {
        for (bytes, expected) in [
            (&b"INFO {"[..], None),
            (b"IN", None),
            (b"", None),
            (b"-ERR 'maximum connections exceeded'\r\n", None),
            (b"-", None),
            (
                b"-ERR max number of clients reached\r\n",
                Some("a Redis server"),
            ),
            (b"+PONG\r\n", Some("a Redis server")),
            (
                b"-NOAUTH Authentication required.\r\n",
                Some("a Redis server"),
            ),
            (
                b"-DENIED Redis is running in protected mode",
                Some("a Redis server"),
            ),
            (b"HTTP/1.1 400 Bad Request\r\n", Some("an HTTP server")),
            (b"HTT", None),
            (b"HTT\r\n", Some("begins with: HTT\\r\\n")),
            (b"SSH-2.0-OpenSSH\r\n", Some("an SSH server")),
            (b"\x15\x03\x01\x00\x02", Some("wants TLS")),
            (
                b"220 mail.example ESMTP server\r\n",
                Some("begins with: 220 mail.example ESM"),
            ),
            (b"\x00\xff", Some("begins with: \\x00\\xff")),
        ] {
            let found = other_protocol(bytes, false);
            match expected {
                None => assert_eq!(found, None, "{bytes:?}"),
                Some(expected) => {
                    let found = found.unwrap();
                    assert!(found.contains(expected), "{found}");
                }
            }
        }
        let cut_off = other_protocol(b"HTT", true).unwrap();
        assert!(cut_off.contains("begins with: HTT"), "{cut_off}");
        assert_eq!(other_protocol(b"INF", true), None);
    }
}
