use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::deflate;
use crate::{frame::Frame, protocol::deflate::MAX_WINDOW_BITS};

/// The compressed frame of a published message. It is made once, by the first worker that has
/// somebody to give it to, and all others wait for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deflated(Arc<OnceLock<Option<Bytes>>>);

impl Deflated {
    /// The window that it is compressed with.
    pub(crate) const WINDOW_BITS: u8 = MAX_WINDOW_BITS;

    /// The compressed frame, unless that is not shorter than the `plain` one.
    pub(crate) fn frame(&self, plain: &Frame<'_>) -> Option<&Bytes> {
        let made = || deflate(plain, Self::WINDOW_BITS, &[]);
        self.0.get_or_init(made).as_ref()
    }
}
