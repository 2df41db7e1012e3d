//! A client that compresses with zlib's own windows. It sends frames unchanged.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{TestServer, frame, soon, upgrade_request_with};

const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// Text that compresses to a little more than half of its length. Each number gives another text.
pub(crate) fn noise(number: usize, len: usize) -> String {
    let mut state = number as u64 * 2 + 0x2545_f491_4f6c_dd1d;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from_digit((state >> 20) as u32 % 16, 16).unwrap()
    };
    std::iter::repeat_with(next).take(len).collect()
}

pub(crate) struct Peer {
    stream: TcpStream,
    /// The extension that the server has agreed to, as its header says it.
    pub(crate) agreed: Option<String>,
    compress: Compress,
    decompress: Decompress,
    /// The window size that the server has agreed to for its own messages.
    window_bits: u8,
}

/// A message of the server.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) compressed: bool,
    /// Bytes of the payload on the wire.
    pub(crate) len: usize,
    pub(crate) payload: Vec<u8>,
}

impl Heard {
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.payload).unwrap()
    }
}

impl Peer {
    /// Connects with an offer of extensions. An empty string offers none.
    pub(crate) async fn connect(server: &TestServer, path: &str, offer: &str) -> Self {
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let offers = match offer {
            "" => String::new(),
            offer => format!("Sec-WebSocket-Extensions: {offer}\r\n"),
        };
        let request = upgrade_request_with(path, &offers);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        soon("the handshake", async {
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
        })
        .await;
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        let agreed = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("sec-websocket-extensions")
                .then(|| value.to_owned())
        });
        let bits = |name: &str| {
            let value = agreed.as_deref()?.split_once(&format!("{name}="))?.1;
            value.split(';').next()?.parse::<u8>().ok()
        };
        let window = |name| bits(name).unwrap_or(15).max(9);
        let window_bits = window("server_max_window_bits");
        Self {
            compress: Compress::new_with_window_bits(
                Compression::default(),
                false,
                window("client_max_window_bits"),
            ),
            decompress: Decompress::new_with_window_bits(false, window_bits),
            window_bits,
            stream,
            agreed,
        }
    }

    fn has_agreed_to(&self, parameter: &str) -> bool {
        self.agreed
            .as_ref()
            .is_some_and(|it| it.contains(parameter))
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Sends a frame unchanged.
    pub(crate) async fn send(&mut self, first_byte: u8, payload: &[u8]) {
        self.write(&frame(first_byte, payload)).await;
    }

    /// Sends a message: compressed if compression was agreed on, otherwise plain.
    pub(crate) async fn say(&mut self, opcode: u8, message: &[u8]) {
        if self.agreed.is_none() {
            return self.send(0x80 | opcode, message).await;
        }
        let payload = self.deflate(message);
        self.send(0xc0 | opcode, &payload).await;
    }

    /// The compressed payload of a message.
    pub(crate) fn deflate(&mut self, message: &[u8]) -> Vec<u8> {
        if self.has_agreed_to("client_no_context_takeover") {
            self.compress.reset();
        }
        let mut payload = Vec::with_capacity(message.len() + 1000);
        self.compress
            .compress_vec(message, &mut payload, FlushCompress::Sync)
            .unwrap();
        assert!(payload.len() < payload.capacity());
        assert!(payload.ends_with(&TAIL));
        payload.truncate(payload.len() - TAIL.len());
        payload
    }

    /// Inflates in pieces so small that zlib can refer back to its window only, not to its output.
    fn inflate(&mut self, payload: &[u8]) -> Vec<u8> {
        if self.has_agreed_to("server_no_context_takeover") {
            self.decompress = Decompress::new_with_window_bits(false, self.window_bits);
        }
        let payload = [payload, &TAIL].concat();
        let start = self.decompress.total_in();
        let mut message = Vec::new();
        loop {
            let used = (self.decompress.total_in() - start) as usize;
            let mut piece = Vec::with_capacity(200);
            self.decompress
                .decompress_vec(&payload[used..], &mut piece, FlushDecompress::Sync)
                .unwrap();
            message.extend_from_slice(&piece);
            if piece.len() < piece.capacity() {
                return message;
            }
        }
    }

    /// The next frame: its first byte and its payload.
    pub(crate) async fn frame(&mut self) -> (u8, Vec<u8>) {
        soon("a frame", async {
            let first_byte = self.stream.read_u8().await.unwrap();
            let len = match self.stream.read_u8().await.unwrap() {
                126 => self.stream.read_u16().await.unwrap().into(),
                127 => self.stream.read_u64().await.unwrap(),
                short => short.into(),
            };
            let mut payload = vec![0; len as usize];
            self.stream.read_exact(&mut payload).await.unwrap();
            (first_byte, payload)
        })
        .await
    }

    /// The next message.
    pub(crate) async fn hear(&mut self) -> Heard {
        let (first_byte, payload) = self.frame().await;
        let len = payload.len();
        match first_byte {
            0x81 | 0x82 => Heard {
                compressed: false,
                len,
                payload,
            },
            0xc1 | 0xc2 => Heard {
                compressed: true,
                len,
                payload: self.inflate(&payload),
            },
            other => panic!("expected a message, got {other:x} {payload:x?}"),
        }
    }

    /// The code of the Close frame, which is next.
    pub(crate) async fn closed(&mut self) -> u16 {
        let (first_byte, payload) = self.frame().await;
        assert_eq!(first_byte, 0x88, "{payload:x?}");
        u16::from_be_bytes([payload[0], payload[1]])
    }
}
