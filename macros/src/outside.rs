//! Attributes outside of their module.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{errors::Errors, language::Mark};

/// Refuses an attribute that `#[websocket]` has not seen. Inside of a module it spells the attribute
/// anew, so that another macro is found.
pub(crate) fn outside(mark: Mark, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    // Without tokens of its own, it has the place of the attribute.
    errors.push(
        TokenStream::new(),
        format!(
            "`#[{}]` goes on an item at the top of a module with `#[websocket]`",
            mark.name(),
        ),
    );
    let errors = errors.finish().map(syn::Error::into_compile_error);
    quote!(#errors #item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_item_stays_beside_the_error() {
        let item = quote!(
            fn say(text: &str) {}
        );
        let refused = outside(Mark::On, item.clone()).to_string();
        assert!(refused.contains("`#[on]` goes on an item"), "{refused}");
        assert!(refused.ends_with(&item.to_string()), "{refused}");
    }
}
