use std::{
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
};

use crate::client::{
    Kind, Service, Target, client_frame, compressed_client_frame, deflate::deflate,
};

/// Bytes of the repeated data that one write sends.
const BLOCK: usize = 64 << 10;

/// The behaviour of hostile peers.
pub(super) struct Attack {
    pub(super) name: &'static str,
    /// How many peers attack at once.
    pub(super) peers: usize,
    /// The service that they ask for. `None` if they skip the handshake.
    service: Option<Service<'static>>,
    /// The bytes that each peer sends first, and the bytes that it then repeats.
    once: Vec<u8>,
    again: Vec<u8>,
    pub(super) pace: Pace,
    ear: Ear,
    /// How many other clients receive the published messages, and read all of them.
    pub(super) audience: usize,
    /// Whether the server compresses, with the agreement of the peers.
    pub(super) compresses: bool,
}

/// How the peers treat the bytes of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ear {
    /// They watch for a Close frame or the end, and leave then. The server has no other answer to
    /// their bytes.
    Watchful,
    /// They read all answers.
    Open,
    /// They read nothing.
    Deaf,
}

/// How fast and how the peers send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// As fast as the server takes it.
    Flood,
    /// A byte at a time.
    Drip,
    /// They leave as soon as they have connected.
    Leave,
    /// They send nothing more, as if their cable had been cut.
    Silence,
}

impl Attack {
    /// All attacks.
    ///
    /// # Errors
    ///
    /// If a message cannot be compressed.
    pub(super) fn all() -> io::Result<Vec<Self>> {
        let few = |name, service, once: Vec<u8>, again: Vec<u8>| Self {
            name,
            peers: 4,
            service: Some(service),
            once,
            again: again.repeat(BLOCK.div_ceil(again.len())),
            pace: Pace::Flood,
            ear: Ear::Watchful,
            audience: 0,
            compresses: false,
        };
        let many = |name, service, once: &[u8], again: &[u8]| Self {
            name,
            peers: 500,
            service,
            once: once.to_vec(),
            again: again.to_vec(),
            pace: Pace::Drip,
            ear: Ear::Watchful,
            audience: 0,
            compresses: false,
        };
        let careless = |attack| Self {
            ear: Ear::Deaf,
            ..attack
        };
        let attentive = |attack| Self {
            ear: Ear::Open,
            ..attack
        };
        let (echo, sink) = (Service::Echo, Service::Publish);
        let byte = client_frame(Kind::Text, b"x");
        Ok(vec![
            many(
                "requests, a byte at a time",
                None,
                b"GET /ws HTTP/1.1\r\n",
                b"X-More: more\r\n",
            ),
            // The header of a frame of 16 MiB.
            many(
                "frames, a byte at a time",
                Some(echo),
                &[0x82, 0xff, 0, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4],
                b"x",
            ),
            careless(few(
                "pings, no pong is read",
                echo,
                Vec::new(),
                client_frame(Kind::Ping, &[b'x'; 125]),
            )),
            few("empty fragments", sink, fragment(2, b""), fragment(0, b"")),
            few(
                "fragments of a byte",
                sink,
                fragment(2, b"x"),
                fragment(0, b"x"),
            ),
            few(
                "empty messages",
                sink,
                Vec::new(),
                client_frame(Kind::Text, b""),
            ),
            // The topic has no subscribers.
            few("bytes that do nothing", sink, Vec::new(), byte.clone()),
            Self {
                audience: 1000,
                ..few("bytes, published to 1,000", sink, Vec::new(), byte.clone())
            },
            attentive(few("bytes, echoed", echo, Vec::new(), byte)),
            Self {
                compresses: true,
                ..attentive(few(
                    "1 KiB in a few bytes, echoed compressed",
                    echo,
                    Vec::new(),
                    compressed_client_frame(Kind::Text, &deflate(&[b' '; 1 << 10])?),
                ))
            },
            careless(few(
                "echoes of 16 KiB, none is read",
                echo,
                Vec::new(),
                client_frame(Kind::Binary, &[b'x'; 16 << 10]),
            )),
            Self {
                compresses: true,
                ..few("bombs of 17 MiB", sink, Vec::new(), bomb()?)
            },
            Self {
                pace: Pace::Leave,
                ..few("handshakes, and away", echo, Vec::new(), vec![b'x'])
            },
            Self {
                pace: Pace::Silence,
                ..careless(many("half-open connections", Some(echo), b"", b"x"))
            },
        ])
    }
}

/// A message whose inflated length is above the limit.
fn bomb() -> io::Result<Vec<u8>> {
    let compressed = deflate(&vec![b' '; 17 << 20])?;
    Ok(compressed_client_frame(Kind::Text, &compressed))
}

/// A frame that does not end its message.
fn fragment(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = client_frame(Kind::Binary, payload);
    frame[0] = opcode;
    frame
}

/// One hostile peer.
pub(super) struct Attacker {
    stream: TcpStream,
    sent: usize,
}

impl Attacker {
    pub(super) fn come(attack: &Attack, target: Target<'_>, index: usize) -> io::Result<Self> {
        let stream = match attack.service {
            Some(service) => target.open(index, service)?.socket().try_clone()?,
            None => TcpStream::connect(target.address)?,
        };
        stream.set_nonblocking(true)?;
        Ok(Self { stream, sent: 0 })
    }

    /// Continues the attack, and returns how many bytes the server has taken.
    ///
    /// # Errors
    ///
    /// When the connection is over.
    pub(super) fn act(&mut self, attack: &Attack) -> io::Result<usize> {
        let all = match self.sent.checked_sub(attack.once.len()) {
            None => &attack.once[self.sent..],
            Some(beyond) => &attack.again[beyond % attack.again.len()..],
        };
        let next = match attack.pace {
            Pace::Flood => all,
            Pace::Drip => &all[..1],
            Pace::Leave => return Err(ErrorKind::NotConnected.into()),
            Pace::Silence => return Ok(0),
        };
        match attack.ear {
            Ear::Watchful if self.is_answered() => return Err(ErrorKind::ConnectionReset.into()),
            Ear::Open => self.read_answers()?,
            Ear::Watchful | Ear::Deaf => {}
        }
        let count = match self.stream.write(next) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            outcome => outcome?,
        };
        self.sent += count;
        Ok(count)
    }

    /// Reads all available bytes.
    fn read_answers(&mut self) -> io::Result<()> {
        let mut buffer = [0; BLOCK];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(ErrorKind::ConnectionReset.into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether anything has arrived, even if it is only the end of the stream.
    fn is_answered(&mut self) -> bool {
        let read = self.stream.read(&mut [0]);
        !matches!(read, Err(error) if error.kind() == ErrorKind::WouldBlock)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn what_is_sent_is_what_comes_once_and_then_again_and_again() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        for (pace, least) in [(Pace::Drip, 1), (Pace::Flood, 2)] {
            let attack = Attack {
                name: "",
                peers: 1,
                service: None,
                once: b"ab".to_vec(),
                again: b"cde".to_vec(),
                pace,
                ear: Ear::Watchful,
                audience: 0,
                compresses: false,
            };
            let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            stream.set_nonblocking(true).unwrap();
            let mut attacker = Attacker { stream, sent: 0 };
            let (mut server, _) = listener.accept().unwrap();
            assert_eq!(attacker.act(&attack).unwrap(), least);
            while attacker.sent < 10 {
                attacker.act(&attack).unwrap();
            }
            let mut arrived = [0; 10];
            server.read_exact(&mut arrived).unwrap();
            assert_eq!(&arrived, b"abcdecdecd");
            // The attacker notices the answer.
            server.write_all(b"!").unwrap();
            while attacker.act(&attack).is_ok() {}
        }
    }

    #[test]
    fn who_reads_answers_goes_on_until_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let attacks = Attack::all().unwrap();
        let echoed = attacks.iter().find(|attack| attack.ear == Ear::Open);
        let attack = echoed.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        stream.set_nonblocking(true).unwrap();
        let mut attacker = Attacker { stream, sent: 0 };
        let (mut server, _) = listener.accept().unwrap();
        server.write_all(&[b'!'; 2 * BLOCK]).unwrap();
        // Loopback delivers at once, but perhaps only a part.
        assert!(attacker.act(attack).unwrap() > 0);
        attacker.act(attack).unwrap();
        drop(server);
        while attacker.act(attack).is_ok() {}
    }

    #[test]
    fn every_attack_has_attackers_and_something_to_send() {
        for attack in Attack::all().unwrap() {
            assert!(!attack.again.is_empty(), "{}", attack.name);
            assert!(attack.peers > 0, "{}", attack.name);
        }
        assert_eq!(fragment(0, b"")[..2], [0, 0x80]);
        assert_eq!(fragment(2, b"x").len(), 7);
        // The compressed bomb has about a thousandth of its inflated length.
        assert!(bomb().unwrap().len() < 20 << 10);
    }
}
