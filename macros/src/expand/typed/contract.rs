use proc_macro2::TokenStream;
use quote::quote;
use syn::{Type, ext::IdentExt};

use super::returned;
use crate::{
    expand::place::over,
    model::{Call, Callee, Declared, Field, Join, Model},
};

/// Expands to the function that describes a typed module:
///
/// ```text
/// pub fn contract() -> Contract {
///     use contract::{ByHand as _, Reported as _, Told as _, Unread as _, Untold as _};
///     contract::Builder::new("chat", "/chat", "…")
///         .call("say", "…", |__d| {
///             contract::Parameter::<u32>::describe(__d, "room");
///             __d.text("text");
///             let __kind = &contract::Returned::<Result<Sent, Refused>>::NEW;
///             __kind.tell(__d);
///         })
///         .sends::<Event<'_>>()
///         .closes::<Bye>()
///         .finish()
/// }
/// ```
///
/// A topic is added by `contract::Declared::<Room>::add`, which finds what describes it:
///
/// ```text
/// let joining = Some(contract::Joining { docs: "…", describe: |__d| { … } });
/// contract::Declared::<Room>::add(__contract, "Room", joining)
/// ```
pub(in crate::expand) fn expand(model: &Model) -> TokenStream {
    let declarations = &model.skeleton.declarations;
    let module = model.skeleton.module.unraw().to_string();
    let Model { path, docs, .. } = model;
    let calls = model.calls.on.iter().map(|call| {
        let cfg = &call.cfg;
        let described = call_of(call);
        quote!(#cfg let __contract = __contract #described;)
    });
    let topics = declarations.topics.iter().map(|topic| {
        let Declared { cfg, name, .. } = topic;
        let word = topic.word();
        let added = over(
            name,
            quote!(__levante::contract::Declared::<#name>::add(__contract, #word, __joining)),
        );
        let joins = model.calls.join.iter().filter(|it| it.topic_name == *name);
        let described = joins.map(|join| {
            let cfg = &join.cfg;
            let joining = joining(join);
            quote!(#cfg let __joining = ::core::option::Option::Some(#joining);)
        });
        quote! {
            #cfg
            let __contract = {
                let __joining: ::core::option::Option<__levante::contract::Joining<'_>> =
                    ::core::option::Option::None;
                #(#described)*
                #added
            };
        }
    });
    let sends = declarations.sends.iter().map(|sends| {
        let cfg = &sends.cfg;
        let ty = sends.ty();
        quote!(#cfg let __contract = __contract.sends::<#ty>();)
    });
    let closes = declarations.closes.iter().map(|closes| {
        let Declared { cfg, name, .. } = closes;
        quote!(#cfg let __contract = __contract.closes::<#name>();)
    });
    function(&quote! {
        #[allow(unused_imports)]
        use __levante::contract::{ByHand as _, Reported as _, Told as _, Unread as _, Untold as _};
        let __contract = __levante::contract::Builder::new(#module, #path, #docs)
            .within(::core::module_path!());
        #(#calls)*
        #(#topics)*
        #(#sends)*
        #(#closes)*
        __contract.finish()
    })
}

/// Expands to the function of a module with mistakes.
pub(in crate::expand) fn nothing() -> TokenStream {
    function(&quote!(::core::unreachable!()))
}

/// Expands to a function that cannot be called, for its error: it names the feature that is missing.
pub(in crate::expand) fn without_feature() -> TokenStream {
    quote! {
        #[doc(hidden)]
        #[allow(dead_code, unreachable_pub, clippy::must_use_candidate)]
        pub fn contract<'f>() -> __levante::NoContract
        where
            __levante::NoContract: __levante::HasContract<'f>,
        {
            __levante::NoContract
        }
    }
}

fn function(body: &TokenStream) -> TokenStream {
    quote! {
        /// What this module and its clients say to each other.
        #[allow(dead_code, unreachable_pub, clippy::must_use_candidate)]
        pub fn contract() -> __levante::Contract {
            #body
        }
    }
}

fn call_of(call: &Call) -> TokenStream {
    let Call { docs, function, .. } = call;
    let word = function.word();
    let fields = call.fields.iter().map(|field| {
        let Field { ty, is_text, .. } = field;
        let name = field.word();
        if *is_text {
            return quote!(__d.text(#name););
        }
        let described = over(
            ty,
            quote!(__levante::contract::Parameter::<#ty>::describe(__d, #name)),
        );
        quote!(#described;)
    });
    let answer = answer(function);
    quote! {
        .call(#word, #docs, |__d| {
            #(#fields)*
            #answer
        })
    }
}

fn joining(join: &Join) -> TokenStream {
    let Join { docs, function, .. } = join;
    let answer = answer(function);
    quote! {
        __levante::contract::Joining {
            docs: #docs,
            describe: |__d| { #answer },
        }
    }
}

/// Expands to the description of what a function tells a client. A function without a return type
/// tells nothing.
fn answer(function: &Callee) -> TokenStream {
    let Some(ty) = returned(&function.output) else {
        return TokenStream::new();
    };
    match ty {
        Type::Never(_) => return TokenStream::new(),
        Type::Tuple(tuple) if tuple.elems.is_empty() => return TokenStream::new(),
        _ => {}
    }
    let described = over(ty, quote!(__kind.tell(__d)));
    quote! {
        let __kind = &__levante::contract::Returned::<#ty>::NEW;
        #described;
    }
}
