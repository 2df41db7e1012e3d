//! A client of the brokers that knows their protocols and nothing of levante.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
};

use crate::support::{
    cluster::broker::{Broker, Kind},
    process::PATIENCE,
};

impl Broker {
    /// Sends a command to Redis, and returns its whole reply as it travels.
    pub(crate) fn command(&self, words: &[&str]) -> String {
        let words: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
        self.command_as(None, &words)
    }

    /// The same with a password.
    pub(crate) fn command_with(&self, password: &str, words: &[&str]) -> String {
        let words: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
        self.command_as(Some(password), &words)
    }

    /// Publishes any bytes.
    pub(crate) fn publish(&self, subject: &str, payload: &[u8]) {
        match self.kind {
            Kind::Redis => {
                let reply = self.command_as(None, &[b"PUBLISH", subject.as_bytes(), payload]);
                assert!(reply.starts_with(':'), "{reply}");
            }
            Kind::Nats => {
                let mut stream = self.raw();
                stream.read_line();
                let length = payload.len();
                let mut bytes =
                    format!("CONNECT {{\"verbose\":false}}\r\nPUB {subject} {length}\r\n")
                        .into_bytes();
                bytes.extend_from_slice(payload);
                bytes.extend_from_slice(b"\r\nPING\r\n");
                stream.send(&bytes);
                assert_eq!(stream.read_line(), "PONG\r\n");
            }
        }
    }

    /// Listens to a subject. The next messages to it wait for [`Listener::next`].
    pub(crate) fn listen(&self, subject: &str) -> Listener {
        let mut stream = self.raw();
        match self.kind {
            Kind::Redis => {
                stream.send(&command(&[b"SUBSCRIBE", subject.as_bytes()]));
                // An array of the word, the channel and the number of channels.
                assert_eq!(stream.read_line(), "*3\r\n");
                stream.bulk();
                stream.bulk();
                stream.read_line();
            }
            Kind::Nats => {
                stream.read_line();
                let bytes = format!("CONNECT {{\"verbose\":false}}\r\nSUB {subject} 1\r\nPING\r\n");
                stream.send(bytes.as_bytes());
                assert_eq!(stream.read_line(), "PONG\r\n");
            }
        }
        Listener(self.kind, stream)
    }

    /// Takes the place of a client, as soon as there is one, for as long as the result is kept.
    pub(crate) fn occupy(&self) -> impl Sized + use<> {
        let hello: &[u8] = match self.kind {
            Kind::Redis => b"PING\r\n",
            Kind::Nats => b"CONNECT {\"verbose\":false}\r\nPING\r\n",
        };
        loop {
            let mut stream = self.raw();
            // A broker that is full closes the connection, before or after it has read this.
            let _ = stream.0.get_mut().write_all(hello);
            let mut line = String::new();
            while stream.0.read_line(&mut line).is_ok_and(|length| length > 0) {
                if line.ends_with("PONG\r\n") {
                    return stream;
                }
            }
        }
    }

    fn command_as(&self, password: Option<&str>, words: &[&[u8]]) -> String {
        assert_eq!(self.kind, Kind::Redis);
        let mut stream = self.raw();
        if let Some(password) = password {
            stream.send(&command(&[b"AUTH", password.as_bytes()]));
            assert_eq!(stream.read_line(), "+OK\r\n");
        }
        stream.send(&command(words));
        stream.send(&command(&[b"QUIT"]));
        let mut reply = Vec::new();
        stream.0.read_to_end(&mut reply).unwrap();
        let reply = String::from_utf8_lossy(&reply).into_owned();
        reply.strip_suffix("+OK\r\n").unwrap_or(&reply).to_owned()
    }

    fn raw(&self) -> Raw {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Raw(BufReader::new(stream))
    }
}

/// A subscription of the raw client.
pub(crate) struct Listener(Kind, Raw);

impl Listener {
    /// The next payload.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let Self(kind, stream) = self;
        match kind {
            Kind::Redis => {
                assert_eq!(stream.read_line(), "*3\r\n");
                stream.bulk();
                stream.bulk();
                stream.bulk()
            }
            Kind::Nats => loop {
                let line = stream.read_line();
                if line.starts_with("PING") {
                    stream.send(b"PONG\r\n");
                } else if line.starts_with("MSG ") {
                    let length = line.trim_end().rsplit(' ').next().unwrap();
                    return stream.payload(length.parse().unwrap());
                }
            },
        }
    }
}

struct Raw(BufReader<TcpStream>);

impl Raw {
    fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }

    fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    /// A string of Redis, with its length before it.
    fn bulk(&mut self) -> Vec<u8> {
        let line = self.read_line();
        let length = line.strip_prefix('$').unwrap().trim_end();
        self.payload(length.parse().unwrap())
    }

    /// Bytes with a line's end after them.
    fn payload(&mut self, length: usize) -> Vec<u8> {
        let mut payload = vec![0; length + 2];
        self.0.read_exact(&mut payload).unwrap();
        payload.truncate(length);
        payload
    }
}

/// A command of Redis.
fn command(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}
