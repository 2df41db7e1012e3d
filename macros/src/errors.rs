use std::fmt::Display;

use quote::ToTokens;

/// Collects the mistakes of a module. All are reported at once, in source order.
#[derive(Default)]
pub(crate) struct Errors {
    all: Option<syn::Error>,
}

impl Errors {
    /// Adds a mistake in the user's tokens `at`.
    pub(crate) fn push(&mut self, at: impl ToTokens, message: impl Display) {
        self.absorb(syn::Error::new_spanned(at, message));
    }

    /// Adds a mistake that syn has found.
    pub(crate) fn absorb(&mut self, error: syn::Error) {
        match &mut self.all {
            Some(all) => all.combine(error),
            None => self.all = Some(error),
        }
    }

    /// Whether there are none so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_none()
    }

    /// All mistakes, if there were any.
    pub(crate) fn finish(self) -> Option<syn::Error> {
        self.all
    }
}
