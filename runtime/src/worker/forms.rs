use std::cell::OnceCell;

use super::Core;
use crate::{
    frame::Frame,
    outbox::{Delivery, Terms},
};

/// A published message, plain and compressed.
pub(super) struct Forms<'a> {
    frame: &'a Frame<'a>,
    terms: &'a Terms,
    plain: Delivery<'a>,
    /// Made for the first subscriber that accepts it. `None` if compression does not make it
    /// shorter.
    deflated: OnceCell<Option<Delivery<'a>>>,
}

impl<'a> Forms<'a> {
    pub(super) fn new(frame: &'a Frame<'a>, terms: &'a Terms) -> Self {
        Self {
            frame,
            terms,
            plain: Delivery::new(*frame, terms),
            deflated: OnceCell::new(),
        }
    }

    pub(super) fn plain(&self) -> &Delivery<'a> {
        &self.plain
    }

    /// The compressed form, if it exists and this subscriber accepts it.
    pub(super) fn deflated_for(&self, core: &Core) -> Option<&Delivery<'a>> {
        let deflated = self.terms.deflated.as_ref()?;
        let (_, message) = self.frame.message()?;
        if !core.deflated_lengths()?.contains(&message.len()) {
            return None;
        }
        let make = || {
            let bytes = deflated.frame(self.frame)?;
            let frame = Frame::Deflated(bytes, self.frame);
            Some(Delivery::new(frame, self.terms))
        };
        self.deflated.get_or_init(make).as_ref()
    }
}
