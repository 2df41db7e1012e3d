//! From what a module means to the items that are added to it. Nothing here can fail: glue only
//! calls into the runtime, with the place of the user's own type, and rustc reports there what does
//! not fit.

mod attach;
mod handler;
mod place;
mod settings;
mod skeleton;

use proc_macro2::TokenStream;
use quote::quote;

use self::place::over;
use crate::model::{Attach, Model, Skeleton};

/// Expands to the skeleton, and to what makes it a server:
///
/// ```text
/// const _: () = {
///     … // settings and glue
///     static __HANDLERS: Handlers<Endpoint> = Handlers { open: …, ..Handlers::new(…) };
///     const _: &Handlers<Endpoint> = &__HANDLERS;
///     impl Mount for Endpoint {
///         const PATH: &'static str = "/chat";
///         const CONFIG: Config = …;
///         const HANDLERS: &'static Handlers<Self> = &__HANDLERS;
///     }
/// };
/// ```
///
/// The lonely reference keeps rustc from reporting each handler of a socket that is never mounted:
/// `service` is reported, in the place of the module's name.
pub(crate) fn socket(model: &Model) -> TokenStream {
    let service = quote!(::levante::__private::service::<Endpoint>());
    let skeleton = skeleton::expand(&model.skeleton, service);
    let settings = settings::expand(&model.skeleton.settings);
    let config = settings::config(&model.skeleton.settings);
    let spelled_out = model.attach.iter().map(assert_spelled_out);
    let attach = attach::expand(&model.attach);
    let handlers = model.handlers.iter().map(handler::expand);
    let entries = model.handlers.iter().map(handler::entry);
    let path = &model.path;
    quote! {
        #skeleton

        const _: () = {
            use ::levante::__private::{Local as _, Plain as _};

            #settings
            #(#spelled_out)*
            #attach
            #(#handlers)*

            static __HANDLERS: ::levante::__private::Handlers<Endpoint> =
                ::levante::__private::Handlers {
                    #(#entries,)*
                    ..::levante::__private::Handlers::new(
                        __attach,
                        ::levante::__private::Probe::<Ws>::SHARE,
                    )
                };
            const _: &::levante::__private::Handlers<Endpoint> = &__HANDLERS;

            impl ::levante::__private::Mount for Endpoint {
                const PATH: &'static ::core::primitive::str = #path;
                const CONFIG: ::levante::__private::Config = #config;
                const HANDLERS: &'static ::levante::__private::Handlers<Self> = &__HANDLERS;
            }
        };
    }
}

/// Expands to the skeleton and the settings, beside errors; `service` is never called.
pub(crate) fn refused(skeleton: &Skeleton) -> TokenStream {
    let settings = settings::expand(&skeleton.settings);
    let skeleton = skeleton::expand(skeleton, quote!(::core::unreachable!()));
    quote! {
        #skeleton

        const _: () = {
            #settings
        };
    }
}

/// Expands to `const _: () = spelled_out(Probe::<Visitor>::IS_WRAPPED);`, which does not compile if
/// the type is an alias that hides a `Result` or an `Attached`.
fn assert_spelled_out(attach: &Attach) -> TokenStream {
    let Attach { cfg, data, .. } = attach;
    let assertion = over(
        data,
        quote! {
            ::levante::__private::spelled_out(::levante::__private::Probe::<#data>::IS_WRAPPED)
        },
    );
    quote!(#cfg const _: () = #assertion;)
}
