//! State that most connections do not have.

use std::mem;

use super::{Connection, allowance::Allowance};
use crate::{config::Config, protocol::deflate::History, worker::Core};

/// Boxed, and `None` with the default settings unless the peer sends more than fits into its turn.
#[derive(Default)]
pub(super) struct Extra {
    /// Earlier compressed messages of the peer, which later ones may refer back to.
    pub(super) history: Option<History>,
    /// With `max_message_rate`.
    pub(super) allowance: Option<Allowance>,
    /// See [`Connection::keep_unhandled`].
    unhandled: Vec<u8>,
}

impl Extra {
    pub(super) fn new(core: &Core) -> Option<Box<Self>> {
        let Config {
            max_message_rate, ..
        } = **core.config;
        let history = core
            .compression
            .filter(|agreement| agreement.peer_takes_context_over())
            .map(|agreement| History::new(agreement.peer_window_bits()));
        let allowance = max_message_rate.map(Allowance::new);
        let extra = Self {
            history,
            allowance,
            unhandled: Vec::new(),
        };
        extra.is_needed().then(|| Box::new(extra))
    }

    fn is_needed(&self) -> bool {
        self.history.is_some() || self.allowance.is_some() || !self.unhandled.is_empty()
    }

    /// Mutable access to the allowance of a connection, if a rate limits its peer.
    #[inline]
    pub(super) fn allowance(extra: &mut Option<Box<Self>>) -> Option<&mut Allowance> {
        extra.as_mut()?.allowance.as_mut()
    }

    /// The compressed messages that the next one may refer back to.
    pub(super) fn history(extra: &mut Option<Box<Self>>) -> Option<&mut History> {
        extra.as_mut()?.history.as_mut()
    }
}

impl Connection {
    /// Keeps received bytes that could not be handled yet, because a handler runs or the turn was
    /// over.
    pub(crate) fn keep_unhandled(&mut self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.extra.get_or_insert_default().unhandled = bytes;
        }
    }

    /// The bytes that were kept, for the next poll. Empty in nearly all cases.
    #[inline]
    pub(crate) fn take_unhandled(&mut self) -> Vec<u8> {
        let Some(extra) = &mut self.extra else {
            return Vec::new();
        };
        let bytes = mem::take(&mut extra.unhandled);
        if !extra.is_needed() {
            self.extra = None;
        }
        bytes
    }
}
