//! A frame that a client sends. It may break the protocol.

use crate::close::CloseCode;

pub(super) const CONTINUATION: u8 = 0x0;
pub(super) const TEXT: u8 = 0x1;
pub(super) const BINARY: u8 = 0x2;
pub(super) const CLOSE: u8 = 0x8;
pub(super) const PING: u8 = 0x9;
pub(super) const PONG: u8 = 0xa;

/// The key that masks every payload. A browser chooses a random key for each frame.
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A frame for [`Client::send_frame`](super::Client::send_frame). Its parts are described in
/// [RFC 6455 section 5.2](https://www.rfc-editor.org/rfc/rfc6455#section-5.2).
///
/// Nothing is checked, so a frame may break the protocol. By default a frame is final and masked,
/// and its reserved bits are 0.
///
/// ```
/// use levante::test::Frame;
///
/// // A text in two frames, and a ping in between.
/// let frames = [
///     Frame::text("hel").fin(false),
///     Frame::ping("are you there?"),
///     Frame::continuation("lo"),
/// ];
/// // A frame that no client may send.
/// let plain = Frame::binary([1, 2, 3]).masked(false);
/// assert_eq!(plain.bytes(), [0x82, 3, 1, 2, 3]);
/// # let _ = frames;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Frame {
    fin: bool,
    rsv: u8,
    opcode: u8,
    masked: bool,
    /// The length in the header. `None` stands for the real length of the payload.
    length: Option<u64>,
    payload: Vec<u8>,
}

impl Frame {
    /// A frame with any opcode. Only the lower four bits of `opcode` are used. The opcodes 3 to 7
    /// and 11 to 15 are reserved.
    ///
    /// ```
    /// use levante::test::Frame;
    ///
    /// // Opcode 3 is reserved.
    /// let frame = Frame::new(3, "");
    /// # let _ = frame;
    /// ```
    pub fn new(opcode: u8, payload: impl AsRef<[u8]>) -> Self {
        Self {
            fin: true,
            rsv: 0,
            opcode: opcode & 0x0f,
            masked: true,
            length: None,
            payload: payload.as_ref().to_vec(),
        }
    }

    /// A text message, or the first frame of a fragmented one. The payload need not be UTF-8.
    ///
    /// ```
    /// use levante::test::Frame;
    ///
    /// // A text that is no UTF-8.
    /// let frame = Frame::text([0xff]);
    /// # let _ = frame;
    /// ```
    pub fn text(payload: impl AsRef<[u8]>) -> Self {
        Self::new(TEXT, payload)
    }

    /// A binary message, or the first frame of a fragmented one.
    ///
    /// ```
    /// use levante::test::Frame;
    ///
    /// let frame = Frame::binary([1, 2, 3]).masked(false);
    /// assert_eq!(frame.bytes(), [0x82, 3, 1, 2, 3]);
    /// ```
    pub fn binary(payload: impl AsRef<[u8]>) -> Self {
        Self::new(BINARY, payload)
    }

    /// The next frame of a fragmented message.
    ///
    /// ```
    /// use levante::test::Frame;
    ///
    /// let frames = [Frame::text("hel").fin(false), Frame::continuation("lo")];
    /// # let _ = frames;
    /// ```
    pub fn continuation(payload: impl AsRef<[u8]>) -> Self {
        Self::new(CONTINUATION, payload)
    }

    /// A ping. The protocol allows at most 125 bytes of payload.
    ///
    /// ```
    /// use levante::test::Frame;
    ///
    /// // One byte too many.
    /// let frame = Frame::ping([0; 126]);
    /// # let _ = frame;
    /// ```
    pub fn ping(payload: impl AsRef<[u8]>) -> Self {
        Self::new(PING, payload)
    }

    /// A pong. The protocol allows at most 125 bytes of payload.
    ///
    /// ```
    /// use levante::test::Frame;
    ///
    /// let frame = Frame::pong("").masked(false);
    /// assert_eq!(frame.bytes(), [0x8a, 0]);
    /// ```
    pub fn pong(payload: impl AsRef<[u8]>) -> Self {
        Self::new(PONG, payload)
    }

    /// A Close frame with any code. The code may be one that must not be sent, such as 1006.
    ///
    /// ```
    /// use levante::test::Frame;
    ///
    /// let frame = Frame::close(1000, "bye").masked(false);
    /// assert_eq!(frame.bytes(), [0x88, 5, 3, 0xe8, b'b', b'y', b'e']);
    /// ```
    pub fn close(code: impl Into<CloseCode>, reason: impl AsRef<[u8]>) -> Self {
        let code = u16::from(code.into()).to_be_bytes();
        Self::new(CLOSE, [&code, reason.as_ref()].concat())
    }

    /// Sets the bit FIN: whether the frame is the last one of its message. The default is `true`.
    ///
    /// ```
    /// use levante::test::Frame;
    ///
    /// let first = Frame::text("hel").fin(false);
    /// # let _ = first;
    /// ```
    pub fn fin(self, fin: bool) -> Self {
        Self { fin, ..self }
    }

    /// Sets the reserved bits: 4 is RSV1, 2 is RSV2 and 1 is RSV3. The default is 0.
    ///
    /// ```
    /// use levante::test::Frame;
    ///
    /// // RSV1 marks a compressed message.
    /// let frame = Frame::text("").rsv(4).masked(false);
    /// assert_eq!(frame.bytes(), [0xc1, 0]);
    /// ```
    pub fn rsv(self, bits: u8) -> Self {
        let rsv = bits & 0x07;
        Self { rsv, ..self }
    }

    /// Sets whether the frame is masked. The default is `true`; the protocol requires it of
    /// clients.
    ///
    /// ```
    /// use levante::test::Frame;
    ///
    /// let frame = Frame::text("").masked(false);
    /// assert_eq!(frame.bytes(), [0x81, 0]);
    /// ```
    pub fn masked(self, masked: bool) -> Self {
        Self { masked, ..self }
    }

    /// Writes this length into the header, in bytes. The default is the real length of the payload.
    ///
    /// ```
    /// use levante::test::Frame;
    ///
    /// // Announces more than follows.
    /// let frame = Frame::text("hi").length(5).masked(false);
    /// assert_eq!(frame.bytes(), [0x81, 5, b'h', b'i']);
    /// ```
    pub fn length(self, length: u64) -> Self {
        let length = Some(length);
        Self { length, ..self }
    }

    /// Encodes the frame. [`Client::send_bytes`](super::Client::send_bytes) sends parts of the
    /// bytes.
    ///
    /// ```
    /// use levante::test::Frame;
    ///
    /// let frame = Frame::text("hi").masked(false);
    /// assert_eq!(frame.bytes(), [0x81, 2, b'h', b'i']);
    /// ```
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.fin) << 7 | self.rsv << 4 | self.opcode];
        let masked = u8::from(self.masked) << 7;
        match self.length.unwrap_or(self.payload.len() as u64) {
            length @ 0..=125 => bytes.push(masked | length as u8),
            length @ 126..=0xffff => {
                bytes.push(masked | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            length => {
                bytes.push(masked | 127);
                bytes.extend(length.to_be_bytes());
            }
        }
        if self.masked {
            bytes.extend(KEY);
            let keys = KEY.iter().cycle();
            bytes.extend(self.payload.iter().zip(keys).map(|(byte, key)| byte ^ key));
        } else {
            bytes.extend(&self.payload);
        }
        bytes
    }
}
