//! What makes a module typed: the table of the functions that clients call, and the contract.

mod call;
mod contract;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{ReturnType, Type};

pub(super) use self::contract::{expand as contract, nothing as no_contract};
use super::{handler, place::over};
use crate::model::{Call, Calls, Declarations, Declared, Lent, Model};

/// Expands to the glue of all functions, and to the table that finds them:
///
/// ```text
/// static __TYPED: Typed<Endpoint> = Typed {
///     call: |__ws, __name, __arguments| match __name {
///         "say" => __on_say(__ws, __arguments),
///         _ => Err(Fault::unknown(__name)),
///     },
///     join: |__ws, __joining| {
///         if let Some(__topic) = topic::<Room>(&__joining) {
///             return Ok(__join_room(__ws, __topic, __joining));
///         }
///         Err(__joining)
///     },
/// };
/// ```
pub(super) fn expand(model: &Model) -> TokenStream {
    if !model.skeleton.declarations.is_typed {
        return TokenStream::new();
    }
    let Calls { on, join } = &model.calls;
    let glue = on.iter().map(call::on).chain(join.iter().map(call::join));
    let arms = on.iter().map(arm);
    let joins = join.iter().map(call::attempt);
    let joined = join.iter().map(call::joins);
    quote! {
        #(#joined)*
        #[allow(unused_imports)]
        use __levante::{Reports as _, Tells as _};
        #(#glue)*
        static __TYPED: __levante::Typed<Endpoint> = __levante::Typed {
            call: |__ws, __name, __arguments| match __name {
                #(#arms)*
                _ => ::core::result::Result::Err(__levante::Fault::unknown(__name)),
            },
            join: |__ws, __joining| {
                #(#joins)*
                ::core::result::Result::Err(__joining)
            },
        };
    }
}

/// Expands to assertions that no two topics have the same names, for those whose names the attribute
/// does not see:
///
/// ```text
/// const _: () = check_topic(Probe::<Board>::PATTERN, &[(Probe::<Room>::PATTERN, "…")]);
/// ```
pub(super) fn distinct(declarations: &Declarations) -> TokenStream {
    let unseen = declarations.unseen.iter().map(|it| {
        let Declared { cfg, name, .. } = &it.topic;
        let others = it.others.iter().map(|(other, message)| {
            let Declared { cfg, name, .. } = other;
            quote!(#cfg (__levante::Probe::<#name>::PATTERN, #message),)
        });
        let checked = over(
            name,
            quote!(__levante::check_topic(
                __levante::Probe::<#name>::PATTERN,
                &[#(#others)*],
            )),
        );
        quote!(#cfg const _: () = #checked;)
    });
    quote!(#(#unseen)*)
}

/// Expands to what `Mount` has in a typed module beside the items of a plain one.
pub(super) fn mounted(model: &Model) -> TokenStream {
    if !model.skeleton.declarations.is_typed {
        return TokenStream::new();
    }
    quote! {
        const TYPED: ::core::option::Option<&'static __levante::Typed<Self>> =
            ::core::option::Option::Some(&__TYPED);
    }
}

fn arm(call: &Call) -> TokenStream {
    let Call { cfg, function, .. } = call;
    let word = function.word();
    let glue = call::glue_name("on", function);
    quote!(#cfg #word => #glue(__ws, __arguments),)
}

/// The type that a function returns, if it spells one.
fn returned(output: &ReturnType) -> Option<&Type> {
    match output {
        ReturnType::Type(_, ty) => Some(ty),
        ReturnType::Default => None,
    }
}

/// Expands to the socket in the type that the function spells: `let __ws: &Ws = __ws;`.
fn lent(ws: &Lent) -> TokenStream {
    let Lent { ty, is_ws } = ws;
    let value = match is_ws {
        true => quote!(__ws),
        false => quote!(__levante::lend(__ws)),
    };
    let value = over(ty, value);
    quote!(let __ws: #ty = #value;)
}

/// The name of the glue's variable for the parameter at this position behind the socket.
fn variable(position: usize) -> Ident {
    handler::argument_name(position)
}
