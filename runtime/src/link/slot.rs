use std::sync::{Arc, OnceLock};

use super::Link;

/// The link of a space, once it has one. The end of the space stops the link.
#[derive(Debug, Default)]
pub(crate) struct Slot(OnceLock<Arc<Link>>);

impl Slot {
    #[inline]
    pub(crate) fn get(&self) -> Option<&Arc<Link>> {
        self.0.get()
    }

    /// Sets the link; `false` if there is one already.
    pub(crate) fn set(&self, link: Arc<Link>) -> bool {
        self.0.set(link).is_ok()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(link) = self.get() {
            link.stop();
        }
    }
}
