use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ReturnType;

use super::place::over;
use crate::{
    model::{Callee, Handler},
    names::Kind,
};

/// Expands to the glue between the server and a handler, for a `fn`:
///
/// ```text
/// fn __message(__ws: &Ws, __given: Incoming<'_>) -> Outcome {
///     let __ws: &Ws = __ws;
///     let __argument: &str = payload(__given)?;
///     outcome(message(__ws, __argument))
/// }
/// ```
///
/// and for an `async fn`, which borrows from what its future owns:
///
/// ```text
/// fn __message(__ws: Ws, __given: Message) -> Running {
///     running(async move {
///         let __ws: &Ws = &__ws;
///         let __argument: &str = payload(From::from(&__given))?;
///         outcome(message(__ws, __argument).await)
///     })
/// }
/// ```
///
/// The user's own types stand in the `let`s, where elided lifetimes are inferred.
pub(super) fn expand(handler: &Handler) -> TokenStream {
    let cfg = &handler.cfg;
    let glue = glue_name(handler.kind);
    let given = given(handler.kind, handler.function.is_async).map(|ty| quote!(, __given: #ty));
    let body = body(handler);
    if handler.function.is_async {
        quote! {
            #cfg
            fn #glue(__ws: Ws #given) -> ::levante::__private::Running {
                ::levante::__private::running(async move { #body })
            }
        }
    } else {
        quote! {
            #cfg
            fn #glue(__ws: &Ws #given) -> ::levante::__private::Outcome {
                #body
            }
        }
    }
}

/// Expands to the handler's entry in the table: `message: Some(Handler::Sync(__message))`.
pub(super) fn entry(handler: &Handler) -> TokenStream {
    let cfg = &handler.cfg;
    let field = format_ident!("{}", handler.kind.word());
    let glue = glue_name(handler.kind);
    let variant = if handler.function.is_async {
        quote!(Async)
    } else {
        quote!(Sync)
    };
    quote! {
        #cfg
        #field: ::core::option::Option::Some(::levante::__private::Handler::#variant(#glue))
    }
}

/// Expands to `message(__ws, __argument)`, with `.await` where it is due.
pub(super) fn call(function: &Callee, arguments: &[Ident]) -> TokenStream {
    let name = &function.name;
    let wait = function.is_async.then(|| quote!(.await));
    quote!(#name(#(#arguments),*) #wait)
}

/// Where rustc shall point if a function returns what it may not.
pub(super) fn returned(function: &Callee) -> &dyn ToTokens {
    match &function.output {
        ReturnType::Type(_, ty) => ty,
        ReturnType::Default => &function.name,
    }
}

fn glue_name(kind: Kind) -> Ident {
    format_ident!("__{}", kind.word())
}

/// The type of what the server gives to a handler beside the socket.
fn given(kind: Kind, is_async: bool) -> Option<TokenStream> {
    let ty = match (kind, is_async) {
        (Kind::Attach | Kind::Open | Kind::Drain, _) => return None,
        (Kind::Message, false) => quote!(::levante::__private::Incoming<'_>),
        (Kind::Message, true) => quote!(::levante::__private::Message),
        (Kind::Close, _) => quote!(::levante::__private::CloseReason),
        (Kind::Ping | Kind::Pong, false) => quote!(&[::core::primitive::u8]),
        (Kind::Ping | Kind::Pong, true) => quote!(::levante::__private::Bytes),
        (Kind::Error, _) => quote!(::levante::__private::HandlerError),
    };
    Some(ty)
}

fn body(handler: &Handler) -> TokenStream {
    let Handler {
        function,
        ws,
        argument,
        ..
    } = handler;
    let lent = if function.is_async {
        quote!(&__ws)
    } else {
        quote!(__ws)
    };
    let lent = over(ws, lent);
    let mut names = vec![format_ident!("__ws")];
    let argument = argument.as_ref().map(|ty| {
        names.push(format_ident!("__argument"));
        let value = over(ty, value(handler.kind, function.is_async));
        quote!(let __argument: #ty = #value;)
    });
    let call = call(function, &names);
    let outcome = over(
        returned(function),
        quote!(::levante::__private::outcome(#call)),
    );
    quote! {
        let __ws: #ws = #lent;
        #argument
        #outcome
    }
}

/// Turns what the server gives into what the handler takes.
fn value(kind: Kind, is_async: bool) -> TokenStream {
    match (kind, is_async) {
        (Kind::Message, false) => quote!(::levante::__private::payload(__given)?),
        (Kind::Message, true) => {
            quote!(::levante::__private::payload(::core::convert::From::from(
                &__given
            ))?)
        }
        (Kind::Ping | Kind::Pong, true) => quote!(&__given),
        _ => quote!(__given),
    }
}
