use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, StreamOwned,
    pki_types::{IpAddr, ServerName},
};

/// The stream of a connection, with or without TLS.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// Uses TLS if there is a configuration for it. The first write performs the TLS handshake.
    pub(super) fn new(socket: TcpStream, tls: Option<&Arc<ClientConfig>>) -> io::Result<Self> {
        let Some(config) = tls else {
            return Ok(Self::Plain(socket));
        };
        let server = ServerName::IpAddress(IpAddr::from(socket.peer_addr()?.ip()));
        let session = ClientConnection::new(config.clone(), server).map_err(io::Error::other)?;
        Ok(Self::Tls(Box::new(StreamOwned::new(session, socket))))
    }

    /// The TCP socket.
    pub(super) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => &stream.sock,
        }
    }

    /// Whether a read that did not fill its buffer has taken everything. epoll reports further
    /// bytes in the socket again, but it does not know of bytes in the TLS session.
    pub(super) fn is_empty_after_short_read(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// Whether its TLS handshake has resumed an earlier session.
    pub(super) fn is_resumed(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(stream) => stream.conn.handshake_kind() == Some(HandshakeKind::Resumed),
        }
    }

    /// Whether it holds bytes that it has not yet written to the socket.
    pub(super) fn wants_write(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(stream) => stream.conn.wants_write(),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::TcpListener,
        sync::mpsc::{self, Sender},
        thread,
    };

    use rustls::ServerConnection;

    use super::*;
    use crate::tls;

    /// More than the buffers of both kernels and the session hold.
    const LENGTH: usize = 16 << 20;

    fn bytes() -> Vec<u8> {
        (0..=250).cycle().take(LENGTH).collect()
    }

    /// Sends and receives everything, and reports when the socket takes no more.
    fn exchange(stream: &mut Stream, blocked: &Sender<()>) -> Vec<u8> {
        let (sent, mut position) = (bytes(), 0);
        let (mut received, mut buffer) = (Vec::new(), vec![0; 4096]);
        let attempt = |outcome: io::Result<usize>| match outcome {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                thread::yield_now();
                0
            }
            Err(error) => panic!("{error}"),
        };
        while position < sent.len() || stream.wants_write() || received.len() < LENGTH {
            if position < sent.len() {
                position += attempt(stream.write(&sent[position..]));
            }
            attempt(stream.flush().map(|()| 0));
            if stream.wants_write() {
                // It fails once the server has finished.
                let _ = blocked.send(());
            }
            let count = attempt(stream.read(&mut buffer));
            received.extend(&buffer[..count]);
        }
        received
    }

    #[test]
    fn tls_goes_on_where_a_socket_that_does_not_wait_left_off() {
        let (client, server) = tls::tests::ends();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // The server reads nothing before the client is blocked.
        let (blocked, wait_until_blocked) = mpsc::channel();
        let serving = thread::spawn(move || {
            let (socket, _) = listener.accept().unwrap();
            let mut stream = StreamOwned::new(ServerConnection::new(server).unwrap(), socket);
            while stream.conn.is_handshaking() {
                stream.conn.complete_io(&mut stream.sock).unwrap();
            }
            wait_until_blocked.recv().unwrap();
            let mut arrived = vec![0; LENGTH];
            stream.read_exact(&mut arrived).unwrap();
            stream.write_all(&arrived).unwrap();
            stream.flush().unwrap();
        });

        let socket = TcpStream::connect(address).unwrap();
        let mut stream = Stream::new(socket, Some(&client)).unwrap();
        stream.flush().unwrap();
        stream.socket().set_nonblocking(true).unwrap();
        let received = exchange(&mut stream, &blocked);
        serving.join().unwrap();
        assert!(received == bytes());
    }
}
