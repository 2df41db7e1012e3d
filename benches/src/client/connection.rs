//! Opening a connection: the only part of the generator that blocks.

use std::{
    io::{self, Read, Write},
    mem,
    net::{Ipv4Addr, SocketAddrV4, TcpStream},
    time::Duration,
};

use rustix::net::{self, AddressFamily, SocketFlags, SocketType};

use super::{Kind, Service, Target, server_frame, stream::Stream};

/// How long a server may take to answer a handshake or a first message.
const PATIENCE: Duration = Duration::from_secs(10);

/// The nonce of RFC 6455 section 1.3, and the answer that belongs to it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The largest head of a response that we read.
const MAX_HEAD: usize = 8 << 10;

/// How many connections one loopback address opens. The kernel has some 28,000 ports for each.
const PER_ADDRESS: usize = 10_000;

/// A connection after its handshake, still blocking.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Stream,
    /// What has arrived and has not been asked for.
    unread: Vec<u8>,
}

impl Connection {
    /// Connects the client with this index, so that any number of them find a free port, and
    /// asks for a service.
    pub(super) fn open(target: Target<'_>, index: usize, service: Service<'_>) -> io::Result<Self> {
        let Target {
            address: server,
            dialect,
            tls,
        } = target;
        let path = dialect.path(service);
        let mut connection = Self {
            stream: Stream::new(connect(server, index)?, tls)?,
            unread: Vec::new(),
        };
        connection.stream.write_all(
            format!(
                "GET {path} HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\n\
                 Connection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\n\
                 Sec-WebSocket-Version: 13\r\n\r\n"
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
        dialect.enter(&mut connection, service)?;
        Ok(connection)
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        self.stream.socket()
    }

    /// Sends bytes as they are.
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

    /// Waits for the end of the connection.
    pub(crate) fn expect_end(&mut self) -> io::Result<()> {
        if self.unread.is_empty() && self.stream.read(&mut [0])? == 0 {
            Ok(())
        } else {
            Err(other_than(b"the end", &self.unread))
        }
    }

    /// Waits for text messages that begin like these, one each, in any order.
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

    /// Waits for a text message of at most 125 bytes: of such, the second byte is the length.
    fn take_text(&mut self) -> io::Result<String> {
        let header = self.take(2)?;
        let text = server_frame(Kind::Text, b"");
        if header[0] != text[0] || header[1] > 125 {
            return Err(other_than(b"a short text", &header));
        }
        let text = self.take(header[1].into())?;
        String::from_utf8(text).map_err(io::Error::other)
    }

    /// Waits for so many bytes.
    fn take(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < count {
            self.read()?;
        }
        let rest = self.unread.split_off(count);
        Ok(mem::replace(&mut self.unread, rest))
    }

    /// The stream, non-blocking from here on, and what has arrived on it already.
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
    // Enough to see what is wrong, which is at the beginning nearly always.
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
    // A reset leaves no port behind to wait for its second minute.
    net::sockopt::set_socket_linger(&socket, Some(Duration::ZERO))?;

    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn is_upgraded(head: &str) -> bool {
    let mut lines = head.lines();
    lines.next().is_some_and(|line| line.contains(" 101"))
        && lines.any(|line| {
            line.split_once(':').is_some_and(|(name, value)| {
                name.eq_ignore_ascii_case("sec-websocket-accept") && value.trim() == ACCEPT
            })
        })
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
}
