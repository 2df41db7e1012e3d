//! Frames of a client, valid and invalid, for tests.

use super::{Kind, Opcode, mask::apply_mask};

/// A frame of a client. By default it is final and masked.
#[derive(Clone, Debug)]
pub(super) struct ClientFrame {
    fin: bool,
    rsv: u8,
    opcode: u8,
    key: [u8; 4],
    payload: Vec<u8>,
}

impl ClientFrame {
    pub(super) fn new(opcode: Opcode, payload: impl Into<Vec<u8>>) -> Self {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        Self {
            fin: true,
            rsv: 0,
            opcode: opcode.bits(),
            key,
            payload: payload.into(),
        }
    }

    pub(super) fn message(kind: Kind, payload: impl Into<Vec<u8>>) -> Self {
        Self::new(kind.into(), payload)
    }

    pub(super) fn text(text: &str) -> Self {
        Self::new(Opcode::Text, text)
    }

    pub(super) fn binary(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(Opcode::Binary, payload)
    }

    pub(super) fn close(code: u16, reason: &str) -> Self {
        Self::new(
            Opcode::Close,
            [&code.to_be_bytes(), reason.as_bytes()].concat(),
        )
    }

    pub(super) fn fin(self, fin: bool) -> Self {
        Self { fin, ..self }
    }

    /// Sets the reserved bits: 4 is RSV1, 2 is RSV2, 1 is RSV3.
    pub(super) fn rsv(self, rsv: u8) -> Self {
        Self { rsv, ..self }
    }

    /// Sets the opcode, which may be a reserved one.
    pub(super) fn opcode(self, opcode: u8) -> Self {
        Self { opcode, ..self }
    }

    pub(super) fn key(self, key: [u8; 4]) -> Self {
        Self { key, ..self }
    }

    /// The header alone. It may announce any length, in the shortest form.
    pub(super) fn header(&self, length: usize) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.fin) << 7 | self.rsv << 4 | self.opcode];
        match length {
            0..=125 => bytes.push(0x80 | length as u8),
            126..=0xffff => {
                bytes.push(0x80 | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        bytes.extend(self.key);
        bytes
    }

    /// The encoded frame.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.header(self.payload.len());
        let start = bytes.len();
        bytes.extend(&self.payload);
        apply_mask(&mut bytes[start..], self.key, 0);
        bytes
    }
}
