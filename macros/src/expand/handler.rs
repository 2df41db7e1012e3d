use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{ReturnType, Type};

use super::{given, place::over};
use crate::{
    language::Kind,
    model::{Argument, Callee, Handler, Lent},
};

/// Expands to the glue between the server and a handler, for a `fn`:
///
/// ```text
/// fn __message(__ws: &Ws, __0: Incoming<'_>) -> Outcome {
///     let __ws: &Ws = __ws;
///     let __0: &str = payload(__0)?;
///     outcome(message(__ws, __0))
/// }
/// ```
///
/// and for an `async fn`, which borrows from what its future owns:
///
/// ```text
/// fn __message(__ws: Ws, __0: Message) -> Running {
///     running(async move {
///         let __ws: &Ws = &__ws;
///         let __0: &str = payload(From::from(&__0))?;
///         outcome(message(__ws, __0).await)
///     })
/// }
/// ```
///
/// The user's own types stand in the `let`s, because rustc infers elided lifetimes there.
pub(super) fn expand(handler: &Handler) -> TokenStream {
    let cfg = &handler.cfg;
    let glue = glue_name(handler.kind);
    let given = handler.kind.parameters.iter().enumerate();
    let given = given.map(|(position, parameter)| {
        let name = argument_name(position);
        let ty = given::ty(parameter.given, handler.function.is_async);
        quote!(, #name: #ty)
    });
    let given = quote!(#(#given)*);
    let body = body(handler);
    if handler.function.is_async {
        quote! {
            #cfg
            fn #glue(__ws: Ws #given) -> __levante::Running {
                __levante::running(async move { #body })
            }
        }
    } else {
        quote! {
            #cfg
            fn #glue(__ws: &Ws #given) -> __levante::Outcome {
                #body
            }
        }
    }
}

/// Expands to an assertion that values of a type have no size. It holds, unless the user has given
/// the name `str` to another type: then the handler would never be called.
pub(super) fn check_unsized(ty: &Type) -> TokenStream {
    let check = over(
        ty,
        quote!(__levante::check_unsized(
            __levante::Probe::<#ty>::IS_SIZED
        )),
    );
    quote!(const _: () = #check;)
}

/// Expands to the handler's entry in the table: `message: Some(Handler::Sync(__message))`.
pub(super) fn entry(handler: &Handler) -> TokenStream {
    let cfg = &handler.cfg;
    let field = format_ident!("{}", handler.kind.name);
    let glue = glue_name(handler.kind);
    let variant = if handler.function.is_async {
        quote!(Async)
    } else {
        quote!(Sync)
    };
    quote! {
        #cfg
        #field: ::core::option::Option::Some(__levante::Handler::#variant(#glue))
    }
}

/// Expands to `message(__ws, __0)`, with `.await` for an `async fn`.
pub(super) fn call(function: &Callee, arguments: &[Ident]) -> TokenStream {
    let name = &function.name;
    let wait = function.is_async.then(|| quote!(.await));
    quote!(#name(#(#arguments),*) #wait)
}

/// Expands to the call, with what it returns put through a function of the runtime. A call that
/// never returns has no value to put through.
pub(super) fn through(runtime: &TokenStream, function: &Callee, call: TokenStream) -> TokenStream {
    if function.never_returns() {
        call
    } else {
        over(returned(function), quote!(#runtime(#call)))
    }
}

/// The tokens at which rustc reports a return type that does not fit.
pub(super) fn returned(function: &Callee) -> &dyn ToTokens {
    match &function.output {
        ReturnType::Type(_, ty) => ty,
        ReturnType::Default => &function.name,
    }
}

fn glue_name(kind: &Kind) -> Ident {
    format_ident!("__{}", kind.name)
}

/// The name of the glue's parameter at this position behind the socket.
pub(super) fn argument_name(position: usize) -> Ident {
    format_ident!("__{position}")
}

fn body(handler: &Handler) -> TokenStream {
    let Handler {
        function,
        ws,
        arguments,
        ..
    } = handler;
    let lent = if function.is_async {
        quote!(&__ws)
    } else {
        quote!(__ws)
    };
    let lent = if ws.is_ws {
        lent
    } else {
        quote!(__levante::lend(#lent))
    };
    let Lent { ty: ws, .. } = ws;
    let lent = over(ws, lent);
    let mut names = vec![format_ident!("__ws")];
    names.extend((0..arguments.len()).map(argument_name));
    let values = arguments.iter().enumerate().map(|(position, argument)| {
        let Argument { given, ty } = argument;
        let name = argument_name(position);
        let value = over(ty, given::value(*given, function.is_async, &name));
        quote!(let #name: #ty = #value;)
    });
    let values = quote!(#(#values)*);
    let call = call(function, &names);
    let outcome = through(&quote!(__levante::outcome), function, call);
    quote! {
        let __ws: #ws = #lent;
        #values
        #outcome
    }
}
