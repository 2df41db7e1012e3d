use std::fmt;

use super::{
    HeaderLookup,
    extensions::{Extension, offered_extensions},
};
use crate::protocol::deflate::{MAX_WINDOW_BITS, MIN_WINDOW_BITS, MIN_ZLIB_WINDOW_BITS};

/// The name of the extension, and of its parameters (RFC 7692 section 7.1).
const NAME: &str = "permessage-deflate";
const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";

/// The agreement that the server would like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wishes {
    /// Whether a message may refer back to earlier messages.
    pub(crate) context_takeover: bool,
    /// The largest window of the client, if the client can limit its window: 9 to 15 bits.
    pub(crate) max_window_bits: u8,
}

/// The agreement on compression for one connection (RFC 7692 section 7.1). It prints as the header
/// value of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Agreement {
    server: Parameters,
    client: Parameters,
}

/// The agreed parameters of one side's messages. They take one byte, because every socket keeps
/// those of both sides: the bits of the window, zero if they are not agreed, and one more bit.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Parameters(u8);

impl Parameters {
    const NO_CONTEXT_TAKEOVER: u8 = 0x80;

    fn new(no_context_takeover: bool, max_window_bits: Option<u8>) -> Self {
        let flag = match no_context_takeover {
            true => Self::NO_CONTEXT_TAKEOVER,
            false => 0,
        };
        Self(flag | max_window_bits.unwrap_or(0))
    }

    fn no_context_takeover(self) -> bool {
        self.0 & Self::NO_CONTEXT_TAKEOVER != 0
    }

    fn max_window_bits(self) -> Option<u8> {
        let bits = self.0 & !Self::NO_CONTEXT_TAKEOVER;
        (bits != 0).then_some(bits)
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameters")
            .field("no_context_takeover", &self.no_context_takeover())
            .field("max_window_bits", &self.max_window_bits())
            .finish()
    }
}

/// Accepts the first offer that it can, if any. If it can accept none, the connection is not
/// refused but goes without compression (RFC 7692 section 5.1).
pub(crate) fn negotiate(headers: &impl HeaderLookup, wishes: Wishes) -> Option<Agreement> {
    let offer = offered_extensions(headers)
        .ok()?
        .iter()
        .find_map(Offer::parse)?;
    Some(offer.accept(wishes))
}

impl Agreement {
    /// Whether the server's messages may refer back to earlier ones.
    pub(crate) fn we_take_context_over(self) -> bool {
        !self.server.no_context_takeover()
    }

    /// Whether the peer's messages may refer back to earlier ones.
    pub(crate) fn peer_takes_context_over(self) -> bool {
        !self.client.no_context_takeover()
    }

    /// The largest window for the server's messages, in bits.
    pub(crate) fn our_window_bits(self) -> u8 {
        self.server.max_window_bits().unwrap_or(MAX_WINDOW_BITS)
    }

    /// The largest window of the peer's messages, in bits.
    pub(crate) fn peer_window_bits(self) -> u8 {
        let agreed = self.client.max_window_bits().unwrap_or(MAX_WINDOW_BITS);
        // If 8 bits are agreed, a peer that compresses with zlib uses 9.
        agreed.max(MIN_ZLIB_WINDOW_BITS)
    }

    /// The longest message that the peer can inflate if it was compressed without a history and
    /// with a window of `window_bits`, which may be larger than the peer's. A message never refers
    /// back by more than its own length.
    pub(crate) fn longest_for(self, window_bits: u8) -> usize {
        match self.our_window_bits() {
            agreed if agreed >= window_bits => usize::MAX,
            agreed => 1 << agreed,
        }
    }
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)?;
        for (side, name) in [
            (self.server, SERVER_NO_CONTEXT_TAKEOVER),
            (self.client, CLIENT_NO_CONTEXT_TAKEOVER),
        ] {
            if side.no_context_takeover() {
                write!(f, "; {name}")?;
            }
        }
        for (side, name) in [
            (self.server, SERVER_MAX_WINDOW_BITS),
            (self.client, CLIENT_MAX_WINDOW_BITS),
        ] {
            if let Some(bits) = side.max_window_bits() {
                write!(f, "; {name}={bits}")?;
            }
        }
        Ok(())
    }
}

/// The parameters that a client offers.
#[derive(Debug, Default)]
struct Offer {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<u8>,
    /// `Some(None)` if the client can limit its window but names no size.
    client_max_window_bits: Option<Option<u8>>,
}

impl Offer {
    /// `None` if it is another extension, or if a parameter is unknown, repeated or out of range
    /// (RFC 7692 section 7.1).
    fn parse(extension: &Extension<'_>) -> Option<Self> {
        if extension.name != NAME {
            return None;
        }
        let mut offer = Self::default();
        for parameter in &extension.parameters {
            let value = parameter.value.as_deref();
            let is_new = match (parameter.name, value) {
                (SERVER_NO_CONTEXT_TAKEOVER, None) => set(&mut offer.server_no_context_takeover),
                (CLIENT_NO_CONTEXT_TAKEOVER, None) => set(&mut offer.client_no_context_takeover),
                (SERVER_MAX_WINDOW_BITS, Some(bits)) => offer
                    .server_max_window_bits
                    .replace(window_bits(bits)?)
                    .is_none(),
                (CLIENT_MAX_WINDOW_BITS, bits) => {
                    let bits = match bits {
                        Some(bits) => Some(window_bits(bits)?),
                        None => None,
                    };
                    offer.client_max_window_bits.replace(bits).is_none()
                }
                _ => return None,
            };
            if !is_new {
                return None;
            }
        }
        Some(offer)
    }

    fn accept(self, wishes: Wishes) -> Agreement {
        let resets = !wishes.context_takeover;
        let client_window_bits = self
            .client_max_window_bits
            .map(|bits| wishes.max_window_bits.min(bits.unwrap_or(MAX_WINDOW_BITS)))
            .filter(|bits| *bits < MAX_WINDOW_BITS);
        Agreement {
            server: Parameters::new(
                resets || self.server_no_context_takeover,
                self.server_max_window_bits,
            ),
            client: Parameters::new(
                resets || self.client_no_context_takeover,
                client_window_bits,
            ),
        }
    }
}

/// Sets a flag; `false` if it was already set.
fn set(flag: &mut bool) -> bool {
    !std::mem::replace(flag, true)
}

/// A number from 8 to 15 without leading zeros (RFC 7692 section 7.1.2).
fn window_bits(value: &str) -> Option<u8> {
    let bits = value.parse().ok()?;
    let is_canonical = !value.starts_with(['0', '+']);
    (is_canonical && (MIN_WINDOW_BITS..=MAX_WINDOW_BITS).contains(&bits)).then_some(bits)
}

#[cfg(test)]
mod tests;
