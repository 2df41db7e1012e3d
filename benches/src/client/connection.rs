//! Opens a connection. This is the only part of the generator that blocks.

use std::{
    io::{self, Read, Write},
    mem,
    net::{Ipv4Addr, SocketAddrV4, TcpStream},
    ops::RangeInclusive,
    time::Duration,
};

use rustix::net::{self, AddressFamily, SocketFlags, SocketType};

use super::{
    FrameCounter, Kind, Service, Target,
    deflate::{Agreement, Inflater, OFFER, REPEATED_MARKER},
    frames::{COMPRESSED, MAX_HEADER, lengths},
    server_frame,
    stream::Stream,
};

/// How long a server may take to answer a handshake or a first message.
const PATIENCE: Duration = Duration::from_secs(10);

/// The nonce of RFC 6455 section 1.3, and its answer.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The largest head of a response that we read.
const MAX_HEAD: usize = 8 << 10;

/// How many connections one loopback address opens. The kernel has some 28,000 ports for each
/// address.
const PER_ADDRESS: usize = 10_000;

/// A connection after its handshake, still blocking.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Stream,
    /// Bytes that have arrived and that no call has taken yet.
    unread: Vec<u8>,
    /// Set if messages are compressed.
    inflater: Option<Inflater>,
}

impl Connection {
    /// Connects the client with this index, and asks for a service. The index selects the loopback
    /// address, so that any number of clients find a free port.
    pub(super) fn open(target: Target<'_>, index: usize, service: Service<'_>) -> io::Result<Self> {
        let Target {
            address: server,
            dialect,
            tls,
            compresses,
        } = target;
        let path = dialect.path(service);
        let mut connection = Self {
            stream: Stream::new(connect(server, index)?, tls)?,
            unread: Vec::new(),
            inflater: None,
        };
        let offer = match compresses {
            true => format!("Sec-WebSocket-Extensions: {OFFER}\r\n"),
            false => String::new(),
        };
        connection.stream.write_all(
            format!(
                "GET {path} HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\n\
                 Connection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\n\
                 Sec-WebSocket-Version: 13\r\n{offer}\r\n"
            )
            .as_bytes(),
        )?;
        let head = connection.read_head()?;
        if !is_upgraded(&head) {
            let line = head.lines().next().unwrap_or_default();
            return Err(io::Error::other(format!(
                "the handshake at {path} was answered by {line:?}"
            )));
        }
        if compresses {
            connection.inflater = Some(Inflater::new(agreement(&head)?));
        }
        dialect.enter(&mut connection, service)?;
        Ok(connection)
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        self.stream.socket()
    }

    /// Whether its TLS handshake has resumed an earlier session.
    pub(crate) fn is_resumed(&self) -> bool {
        self.stream.is_resumed()
    }

    /// Sends bytes unchanged.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Waits for exactly these bytes.
    pub(crate) fn expect(&mut self, bytes: &[u8]) -> io::Result<()> {
        let arrived = self.take(bytes.len())?;
        if arrived == bytes {
            Ok(())
        } else {
            Err(other_than(bytes, &arrived))
        }
    }

    /// Waits for exactly this message, and returns the length of its payload on the wire.
    pub(super) fn expect_message(&mut self, kind: Kind, payload: &[u8]) -> io::Result<usize> {
        let Some(mut inflater) = self.inflater.take() else {
            self.expect(&server_frame(kind, payload))?;
            return Ok(payload.len());
        };
        let compressed = self.take_compressed(kind)?;
        let message = inflater.inflate(&compressed, payload.len())?;
        self.inflater = Some(inflater);
        if message != payload {
            return Err(other_than(payload, &message));
        }
        Ok(compressed.len())
    }

    /// A counter for messages in the form of the earlier ones, with payloads of these lengths.
    pub(super) fn counter(&self, kind: Kind, lengths: RangeInclusive<usize>) -> FrameCounter {
        match &self.inflater {
            None => FrameCounter::new(kind, *lengths.end()),
            Some(inflater) if inflater.agreement.resets => {
                let longest = lengths.end() + REPEATED_MARKER;
                FrameCounter::compressed(kind, *lengths.start()..=longest)
            }
            // A longer history makes messages shorter, so any length is possible.
            Some(_) => FrameCounter::compressed(kind, 1..=usize::MAX),
        }
    }

    /// Waits for the payload of a compressed message.
    fn take_compressed(&mut self, kind: Kind) -> io::Result<Vec<u8>> {
        let (header_len, length) = loop {
            let known = &self.unread[..self.unread.len().min(MAX_HEADER)];
            if let Some(&first) = known.first()
                && first != kind.first_byte() | COMPRESSED
            {
                let problem = format!("a frame begins with {known:02x?} and is not compressed");
                return Err(io::Error::other(problem));
            }
            match lengths(known) {
                Some(lengths) => break lengths,
                None => self.read()?,
            }
        };
        let mut frame = self.take(header_len + length)?;
        Ok(frame.split_off(header_len))
    }

    /// Waits for the end of the connection.
    pub(crate) fn expect_end(&mut self) -> io::Result<()> {
        if self.unread.is_empty() && self.stream.read(&mut [0])? == 0 {
            Ok(())
        } else {
            Err(other_than(b"the end", &self.unread))
        }
    }

    /// Waits for one text message for each of these beginnings, in any order.
    pub(super) fn expect_texts(&mut self, beginnings: &[&str]) -> io::Result<()> {
        let mut missing = beginnings.to_vec();
        while !missing.is_empty() {
            let text = self.take_text()?;
            let Some(found) = missing.iter().position(|start| text.starts_with(start)) else {
                return Err(other_than(missing.join(" or ").as_bytes(), text.as_bytes()));
            };
            missing.swap_remove(found);
        }
        Ok(())
    }

    /// Waits for a text message of at most 125 bytes, whose second byte is its length.
    fn take_text(&mut self) -> io::Result<String> {
        let header = self.take(2)?;
        let text = server_frame(Kind::Text, b"");
        if header[0] != text[0] || header[1] > 125 {
            return Err(other_than(b"a short text", &header));
        }
        let text = self.take(header[1].into())?;
        String::from_utf8(text).map_err(io::Error::other)
    }

    /// Waits for `count` bytes.
    fn take(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < count {
            self.read()?;
        }
        let rest = self.unread.split_off(count);
        Ok(mem::replace(&mut self.unread, rest))
    }

    /// The stream, which is non-blocking from now on, and the bytes that have already arrived.
    pub(super) fn into_stream(self) -> io::Result<(Stream, Vec<u8>)> {
        self.stream.socket().set_nonblocking(true)?;
        Ok((self.stream, self.unread))
    }

    fn read_head(&mut self) -> io::Result<String> {
        loop {
            let end = self.unread.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                let rest = self.unread.split_off(end + 4);
                let head = mem::replace(&mut self.unread, rest);
                return Ok(String::from_utf8_lossy(&head).into_owned());
            }
            if self.unread.len() > MAX_HEAD {
                return Err(io::Error::other("the head of the response has no end"));
            }
            self.read()?;
        }
    }

    fn read(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4096];
        let count = self.stream.read(&mut buffer).map_err(|error| {
            if error.kind() == io::ErrorKind::WouldBlock {
                io::Error::new(io::ErrorKind::TimedOut, "the server does not answer")
            } else {
                error
            }
        })?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.unread.extend(&buffer[..count]);
        Ok(())
    }
}

fn other_than(expected: &[u8], arrived: &[u8]) -> io::Error {
    // The first bytes nearly always show the difference.
    let [expected, arrived] =
        [expected, arrived].map(|bytes| String::from_utf8_lossy(&bytes[..bytes.len().min(60)]));
    io::Error::other(format!("{arrived:?} arrived instead of {expected:?}"))
}

fn connect(server: SocketAddrV4, index: usize) -> io::Result<TcpStream> {
    let address = Ipv4Addr::from_bits(Ipv4Addr::LOCALHOST.to_bits() + (index / PER_ADDRESS) as u32);
    let socket = net::socket_with(
        AddressFamily::INET,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    net::bind(&socket, &SocketAddrV4::new(address, 0))?;
    net::connect(&socket, &server)?;
    // A reset leaves no port in TIME_WAIT.
    net::sockopt::set_socket_linger(&socket, Some(Duration::ZERO))?;

    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn is_upgraded(head: &str) -> bool {
    let status = head.lines().next().unwrap_or_default();
    status.contains(" 101") && header(head, "sec-websocket-accept") == Some(ACCEPT)
}

/// The extensions that the server has agreed to.
fn agreement(head: &str) -> io::Result<Agreement> {
    let extensions = header(head, "sec-websocket-extensions").unwrap_or_default();
    Agreement::parse(extensions).ok_or_else(|| {
        let problem = format!("the server does not compress: it agreed to {extensions:?}");
        io::Error::other(problem)
    })
}

fn header<'h>(head: &'h str, wanted: &str) -> Option<&'h str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upgrade_is_a_101_with_the_answer_to_our_key() {
        let head = |status: &str, accept: &str| {
            format!("HTTP/1.1 {status}\r\nSEC-WebSocket-accept: {accept}\r\n\r\n")
        };
        assert!(is_upgraded(&head("101 Switching Protocols", ACCEPT)));
        assert!(!is_upgraded(&head("101 Switching Protocols", KEY)));
        assert!(!is_upgraded(&head("200 OK", ACCEPT)));
        assert!(!is_upgraded("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
    }

    #[test]
    fn who_does_not_compress_is_told_from_who_does() {
        let head = |more: &str| format!("HTTP/1.1 101 Switching Protocols\r\n{more}\r\n");
        let agreed = agreement(&head("Sec-Websocket-Extensions: permessage-deflate\r\n"));
        assert!(!agreed.unwrap().resets);
        for other in ["", "Sec-WebSocket-Extensions: something-else\r\n"] {
            let problem = agreement(&head(other)).unwrap_err().to_string();
            assert!(problem.contains("does not compress"), "{problem}");
        }
    }
}
