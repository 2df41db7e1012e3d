//! The client: it reads the bytes of a server and writes masked frames. It follows the RFC alone,
//! independent of the runtime.

use crate::reference;

/// A frame as a client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) opcode: u8,
    pub(crate) payload: Vec<u8>,
}

pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xa;

/// The first reserved bit (RFC 7692 section 6).
const COMPRESSED: u8 = 0x40;

impl Frame {
    pub(crate) fn is_control(&self) -> bool {
        self.opcode >= CLOSE
    }

    /// Bytes on the wire, as a server writes it.
    pub(crate) fn len(&self) -> usize {
        let header = match self.payload.len() {
            0..=125 => 2,
            126..=0xffff => 4,
            _ => 10,
        };
        header + self.payload.len()
    }

    /// The frame as a client sends it.
    pub(crate) fn masked(&self, key: [u8; 4]) -> Vec<u8> {
        let mut bytes = vec![0x80 | self.opcode];
        match self.payload.len() {
            len @ 0..=125 => bytes.push(0x80 | len as u8),
            len @ 126..=0xffff => {
                bytes.push(0x80 | 126);
                bytes.extend((len as u16).to_be_bytes());
            }
            len => {
                bytes.push(0x80 | 127);
                bytes.extend((len as u64).to_be_bytes());
            }
        }
        bytes.extend(key);
        let masked = self.payload.iter().zip(key.iter().cycle());
        bytes.extend(masked.map(|(byte, key)| byte ^ key));
        bytes
    }
}

/// Reads the bytes of a server, and fails on anything that a server may not send.
///
/// It expects each message in one frame, as levante sends it.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// The beginning of the frame that is arriving.
    unread: Vec<u8>,
    is_closed: bool,
    /// Inflates compressed messages, if compression was agreed on.
    inflating: Option<Inflating>,
}

#[derive(Debug)]
struct Inflating {
    client: reference::Client,
    /// Whether each message is compressed without history.
    resets: bool,
}

impl Inflating {
    fn inflate(&mut self, payload: &[u8]) -> Vec<u8> {
        if self.resets {
            self.client.reset();
        }
        let message = self.client.inflate(payload);
        message.unwrap_or_else(|| panic!("{payload:x?} cannot be inflated"))
    }
}

impl Reader {
    /// A reader for a connection with this agreement, which is the extension header of the
    /// response.
    pub(crate) fn with_agreement(agreed: Option<&str>) -> Self {
        let inflating = agreed.map(|agreed| {
            let mut parameters = agreed.split("; ");
            let window_bits = parameters.find_map(|it| it.strip_prefix("server_max_window_bits="));
            Inflating {
                client: reference::Client::new(window_bits.map_or(15, |bits| {
                    bits.parse().expect("the number of bits is a number")
                })),
                resets: agreed.contains("server_no_context_takeover"),
            }
        });
        Self {
            inflating,
            ..Self::default()
        }
    }

    /// The frames that these bytes complete. Compressed payloads are inflated.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Vec<Frame> {
        self.unread.extend_from_slice(bytes);
        let mut frames = Vec::new();
        while let Some((mut frame, len)) = parse(&self.unread) {
            assert!(!self.is_closed, "{frame:?} after the Close frame");
            if self.unread[0] & COMPRESSED != 0 {
                assert!(!frame.is_control(), "{frame:?} is compressed");
                let inflating = self.inflating.as_mut();
                let inflating = inflating.expect("compression was agreed on");
                frame.payload = inflating.inflate(&frame.payload);
            }
            check(&frame);
            self.is_closed = frame.opcode == CLOSE;
            self.unread.drain(..len);
            frames.push(frame);
        }
        frames
    }

    /// How many bytes of an incomplete frame have arrived. A ping or pong counts as zero.
    pub(crate) fn begun(&self) -> usize {
        match self.unread.first() {
            Some(first) if matches!(first & 0xf, PING | PONG) => 0,
            _ => self.unread.len(),
        }
    }

    /// Whether no part of an incomplete frame has arrived.
    pub(crate) fn is_between_frames(&self) -> bool {
        self.unread.is_empty()
    }
}

/// The first frame, and its length on the wire.
fn parse(bytes: &[u8]) -> Option<(Frame, usize)> {
    let first = *bytes.first()?;
    assert_eq!(first & !COMPRESSED & 0xf0, 0x80, "FIN is set");
    let opcode = first & 0xf;
    assert!(
        matches!(opcode, TEXT | BINARY | CLOSE | PING | PONG),
        "the opcode is {opcode}"
    );
    let (len, start): (usize, usize) = match *bytes.get(1)? {
        short @ 0..=125 => (usize::from(short), 2),
        126 => {
            let long = u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?);
            assert!(long > 125, "{long} in two bytes");
            (usize::from(long), 4)
        }
        127 => {
            let long = u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?);
            assert!(long > 0xffff, "{long} in eight bytes");
            (usize::try_from(long).ok()?, 10)
        }
        masked => panic!("a server does not mask, but the second byte is {masked:#x}"),
    };
    let end = start.checked_add(len)?;
    let payload = bytes.get(start..end)?.to_vec();
    Some((Frame { opcode, payload }, end))
}

fn check(frame: &Frame) {
    let Frame { opcode, payload } = frame;
    assert!(
        !frame.is_control() || payload.len() <= 125,
        "a control frame of {} bytes",
        payload.len()
    );
    let text = match (*opcode, &payload[..]) {
        (TEXT, text) => text,
        (CLOSE, [high, low, reason @ ..]) => {
            let code = u16::from_be_bytes([*high, *low]);
            assert!(
                matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999),
                "the code {code} may not be sent"
            );
            reason
        }
        (CLOSE, [_]) => panic!("half a code"),
        _ => return,
    };
    assert!(str::from_utf8(text).is_ok(), "{text:?}");
}
