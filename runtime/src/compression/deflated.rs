use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::deflate;
use crate::{frame::Frame, protocol::deflate::MAX_WINDOW_BITS};

/// The compressed frame of a published message. The first worker that needs it makes it, and all
/// others wait for that.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deflated(Arc<OnceLock<Option<Bytes>>>);

impl Deflated {
    /// The window of the compressed frame.
    pub(crate) const WINDOW_BITS: u8 = MAX_WINDOW_BITS;

    /// The compressed frame; `None` if it is not shorter than the `plain` one.
    pub(crate) fn frame(&self, plain: &Frame<'_>) -> Option<&Bytes> {
        let made = || deflate(plain, Self::WINDOW_BITS, &[]);
        self.0.get_or_init(made).as_ref()
    }
}
