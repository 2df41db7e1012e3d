//! The `#[websocket]` attribute of the crate `levante`. Use it from there: `levante::websocket` has
//! the reference.

mod check;
mod errors;
mod expand;
#[cfg(test)]
mod golden;
mod language;
mod model;
mod outside;
mod syntax;
mod test;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use quote::quote;

use self::{
    language::Mark,
    syntax::{Arguments, Module},
};

/// # Expansion
///
/// The module stays as it is written. At its end the attribute adds the type `Ws`, the function
/// `service`, a hidden type `Endpoint` that tells the sockets of this module from others, a private
/// import `__levante`, and glue in a `const _`, which calls the handlers. The names in the glue begin
/// with `__`. Generated code names no other crates than `::core` and `::levante`; `crate = …` names
/// levante by another path.
#[proc_macro_attribute]
pub fn websocket(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let is_described = cfg!(feature = "contract");
    socket(arguments.into(), item.into(), is_described).into()
}

/// Marks a function as a test.
///
/// An `async fn` runs on one thread, in an actix system with a paused clock. It may use the module
/// `levante::test`. It takes no parameters and is not generic, `unsafe` or `extern`.
///
/// A plain `fn` becomes an ordinary `#[test]`. The reason is that `use levante::test` imports both
/// the module and this attribute, so that `#[test]` then means this attribute.
///
/// `crate = path` names levante otherwise, as in `#[websocket]`.
///
/// As with the ordinary `#[test]`, the function may return a `Result`, and may have the attributes
/// `#[should_panic]` and `#[ignore]`.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    self::test::test(arguments.into(), item.into()).into()
}

/// Outside of a module with `#[websocket]`, this is a mistake.
#[proc_macro_attribute]
pub fn on(_: TokenStream, item: TokenStream) -> TokenStream {
    outside::outside(Mark::On, item.into()).into()
}

/// A function that clients call, by its name. Its parameters are the fields of the message.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn __on(_: TokenStream, item: TokenStream) -> TokenStream {
    // `#[websocket]` has read it.
    item
}

/// Outside of a module with `#[websocket]`, this is a mistake.
#[proc_macro_attribute]
pub fn join(_: TokenStream, item: TokenStream) -> TokenStream {
    outside::outside(Mark::Join, item.into()).into()
}

/// A function that decides whether a client may join a topic, and tells it what it hears first.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn __join(_: TokenStream, item: TokenStream) -> TokenStream {
    // `#[websocket]` has read it.
    item
}

/// The item always stays as it was written, also beside errors. Without it, rustc would report its
/// names as missing, and editors could not analyze it.
///
/// With `is_described`, a typed module gets the function `contract`.
fn socket(arguments: TokenStream2, item: TokenStream2, is_described: bool) -> TokenStream2 {
    let module = match Module::read(item.clone()) {
        Ok(module) => module,
        Err(misplaced) => {
            let error = check::misplaced(misplaced).into_compile_error();
            return quote!(#error #item);
        }
    };
    match check::check(Arguments::read(arguments), &module) {
        Ok(model) => module.with(
            expand::socket(&model, is_described),
            &expand::spelling(&model.skeleton),
        ),
        Err(refused) => {
            let skeleton = &refused.skeleton;
            let rest = (!refused.is_repeated).then(|| expand::refused(skeleton, is_described));
            let module = module.with(rest.unwrap_or_default(), &expand::spelling(skeleton));
            let errors = refused.errors.into_compile_error();
            quote!(#errors #module)
        }
    }
}
