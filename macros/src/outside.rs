//! Attributes outside of their module.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{errors::Errors, language::Mark};

/// Refuses an attribute that `#[websocket]` has not seen. Inside of a module it spells the attribute
/// anew, so that another macro is found.
pub(crate) fn outside(mark: Mark, item: TokenStream) -> TokenStream {
    let name = mark.name();
    let message = format!("`#[{name}]` goes on an item at the top of a module with `#[websocket]`");
    refused(message, item)
}

/// Refuses an attribute that needs the feature `json`.
pub(crate) fn without_json(mark: Mark, item: TokenStream) -> TokenStream {
    refused(needs_json(mark), item)
}

/// Why an attribute does nothing without the feature `json`.
pub(crate) fn needs_json(mark: Mark) -> String {
    let name = mark.name();
    format!("`#[{name}]` needs the feature `json` of levante, which is a default feature")
}

fn refused(message: String, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    // Without tokens of its own, it has the place of the attribute.
    errors.push(TokenStream::new(), message);
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

    #[test]
    fn without_the_feature_a_module_says_once_that_it_needs_it() {
        let features = crate::Features {
            json: false,
            contract: false,
        };
        let module = quote!(
            mod chat {
                #[wire]
                struct Sent;

                #[on]
                fn say(ws: &Ws, text: &str) -> Sent {}

                #[join]
                fn room(ws: &Ws, room: &Room) {}
            }
        );
        let expanded = crate::socket(quote!("/chat"), module, features).to_string();
        assert_eq!(expanded.matches("compile_error").count(), 1, "{expanded}");
        let message = "`#[wire]` needs the feature `json` of levante";
        assert!(expanded.contains(message), "{expanded}");
        assert!(expanded.contains("type Ws ="), "{expanded}");
        let plain = quote!(
            mod chat {
                fn message(ws: &Ws, text: &str) {}
            }
        );
        let expanded = crate::socket(quote!("/chat"), plain, features).to_string();
        assert!(!expanded.contains("compile_error"), "{expanded}");
    }
}
