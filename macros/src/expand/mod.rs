//! Turns the model of a module into the items that are added to it. Nothing here can fail. Glue
//! calls into the runtime, and each call has the place of the user's own type: if the type does not
//! fit, rustc reports it there.

mod attach;
mod given;
mod handler;
mod place;
mod settings;
mod skeleton;
mod typed;

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    model::{Model, Skeleton},
    syntax::Spelling,
};

/// Expands to the skeleton, and to what makes it a server:
///
/// ```text
/// const _: () = {
///     … // settings and glue
///     static __HANDLERS: Handlers<Endpoint> = Handlers { open: …, ..Handlers::new(…) };
///     const _: &Handlers<Endpoint> = &__HANDLERS;
///     impl Mount for Endpoint {
///         const MODULE: &'static str = module_path!();
///         const PATH: &'static str = "/chat";
///         const CONFIG: Config = …;
///         const HANDLERS: &'static Handlers<Self> = &__HANDLERS;
///     }
/// };
/// ```
///
/// The reference to `__HANDLERS` counts as a use. Without it, rustc would report each handler of a
/// socket that is never mounted; with it, rustc reports only `service`, in the place of the
/// module's name.
///
/// With `is_described`, a typed module gets the function `contract`.
pub(crate) fn socket(model: &Model, is_described: bool) -> TokenStream {
    let service = quote!(__levante::service::<Endpoint>());
    let contract = is_described.then(|| typed::contract(model));
    let skeleton = skeleton::expand(&model.skeleton, service, contract);
    let settings = settings::expand(&model.skeleton.settings);
    let config = settings::config(&model.skeleton.settings);
    let checked = model.attach.iter().map(attach::check_types);
    let attach = model.attach.iter().map(attach::expand);
    let handlers = model.handlers.iter().map(handler::expand);
    let unsized_parameters = model.unsized_parameters.iter().map(handler::check_unsized);
    let entries = model.handlers.iter().map(handler::entry);
    let typed = typed::expand(model);
    let distinct = typed::distinct(&model.skeleton.declarations);
    let mounted = typed::mounted(model);
    let path = &model.path;
    quote! {
        #skeleton

        const _: () = {
            use __levante::{Local as _, Plain as _};

            #settings
            #(#checked)*
            #(#attach)*
            #(#handlers)*
            #(#unsized_parameters)*
            #typed
            #distinct

            static __HANDLERS: __levante::Handlers<Endpoint> =
                __levante::Handlers {
                    #(#entries,)*
                    ..__levante::Handlers::new(
                        __attach,
                        __levante::Probe::<Ws>::SHARE,
                    )
                };
            const _: &__levante::Handlers<Endpoint> = &__HANDLERS;

            impl __levante::Mount for Endpoint {
                const MODULE: &'static ::core::primitive::str = ::core::module_path!();
                const PATH: &'static ::core::primitive::str = #path;
                const CONFIG: __levante::Config = #config;
                const HANDLERS: &'static __levante::Handlers<Self> = &__HANDLERS;
                #mounted
            }
        };
    }
}

/// Expands to the skeleton and the settings of a module with mistakes.
pub(crate) fn refused(skeleton: &Skeleton, is_described: bool) -> TokenStream {
    let settings = settings::expand(&skeleton.settings);
    let contract = is_described.then(typed::no_contract);
    let skeleton = skeleton::expand(skeleton, quote!(::core::unreachable!()), contract);
    quote! {
        #skeleton

        const _: () = {
            #settings
        };
    }
}

/// How the attributes inside of the module are spelled. They are handed the path of levante, if the
/// module knows it by another one.
pub(crate) fn spelling(skeleton: &Skeleton) -> Spelling<'_> {
    let known_as = skeleton.runtime.0.as_ref();
    Spelling {
        known_as,
        runtime: known_as.map(|_| settings::from_inside(skeleton.runtime.path())),
        foreign: &skeleton.foreign,
    }
}
