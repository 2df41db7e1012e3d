use proc_macro2::TokenStream;
use syn::{PatType, Signature, Type};

use super::{
    report::Report,
    spelling::{self, Ws},
};
use crate::{
    errors::Errors,
    model::{Callee, Cfg, Handler},
    names::Kind,
    syntax::Function,
};

/// Checks a handler other than `attach`.
pub(super) fn check(
    kind: Kind,
    function: &Function,
    cfg: Cfg,
    errors: &mut Errors,
) -> Option<Handler> {
    let signature = &function.signature;
    let mut report = Report::new(kind, errors);
    report.before_parameters(signature);
    let (ws, others) = split_ws(signature, &mut report);
    let arguments = arguments(kind, signature, &others, &mut report);
    report.after_parameters(signature);

    let function = Callee::of(signature);
    report.finish(ws.map(|ws| Handler {
        kind,
        cfg,
        function,
        ws: ws.clone(),
        arguments,
    }))
}

/// Finds the socket among the parameters.
fn split_ws<'s>(
    signature: &'s Signature,
    report: &mut Report<'_>,
) -> (Option<&'s Type>, Vec<&'s PatType>) {
    let mut parameters = report.parameters(signature);
    let Some(position) = parameters
        .iter()
        .position(|it| spelling::ws(&it.ty).is_some())
    else {
        match parameters.first() {
            Some(first) => report.wrong(&first.ty, "the first parameter is `ws: &Ws`"),
            None => report.missing(signature, "the first parameter is `ws: &Ws`"),
        }
        return (None, parameters);
    };
    let ws = parameters.remove(position);
    if position > 0 {
        report.wrong(ws, "`ws` comes first");
    }
    match spelling::ws(&ws.ty) {
        Some(Ws::Mutable(token)) => {
            report.wrong(
                token,
                "a socket is shared, and all its methods take `&self`",
            );
        }
        Some(Ws::Owned) => {
            report.wrong(&ws.ty, "a handler borrows its socket; to keep it, clone it");
        }
        Some(Ws::Shared) | None => {}
    }
    if let Some(lifetime) = undeclared_lifetime(signature, &ws.ty) {
        report.wrong(
            lifetime,
            "a handler borrows its socket; to keep it, clone it",
        );
    }
    (Some(&ws.ty), parameters)
}

/// Checks what a handler takes beside the socket.
fn arguments(
    kind: Kind,
    signature: &Signature,
    others: &[&PatType],
    report: &mut Report<'_>,
) -> Vec<Type> {
    let most = match kind {
        Kind::Open | Kind::Drain => 0,
        Kind::Subscription => 2,
        _ => 1,
    };
    let taken = others.iter().take(most);
    let types: Vec<_> = taken.map(|parameter| (*parameter.ty).clone()).collect();
    for (position, ty) in types.iter().enumerate() {
        check_type(kind, position, signature, ty, report);
    }
    if let Some(missing) = missing(kind, types.len()) {
        report.missing(signature, missing);
    }
    for parameter in others.iter().skip(most) {
        let detail = match kind {
            Kind::Message => "a message has one payload; several values come in one type, such as \
                              `Json<(A, B)>`"
                .to_owned(),
            kind => format!("`{}` is given nothing else", kind.word()),
        };
        report.wrong(parameter, detail);
    }
    types
}

/// What a handler lacks that takes so many arguments.
fn missing(kind: Kind, arguments: usize) -> Option<&'static str> {
    Some(match (kind, arguments) {
        (Kind::Message, 0) => "the second parameter is the payload",
        (Kind::Dropped, 0) => "the second parameter is the message",
        (Kind::Subscription, 0) => "the second parameter is the topic",
        (Kind::Subscription, 1) => "the third parameter is the number of subscribers",
        (Kind::Ping | Kind::Pong, 0) => "the second parameter is the data",
        (Kind::Error, 0) => "the second parameter is the error",
        _ => return None,
    })
}

/// Checks the type of an argument, by its spelling.
fn check_type(
    kind: Kind,
    position: usize,
    signature: &Signature,
    ty: &Type,
    report: &mut Report<'_>,
) {
    match (kind, position) {
        (Kind::Message, _) => check_payload(signature, ty, report),
        (Kind::Close, _) if !spelling::is_called(ty, "CloseReason") => {
            report.wrong(ty, "the reason is a `CloseReason`");
        }
        (Kind::Dropped, _) if !spelling::is_borrowed(ty, "Message") => {
            report.wrong(ty, "the message is a `&Message`; to keep it, clone it");
        }
        (Kind::Subscription, 0) if !spelling::is_borrowed(ty, "str") => {
            report.wrong(ty, "the topic is a `&str`");
        }
        (Kind::Subscription, 1) if !spelling::is_called(ty, "usize") => {
            report.wrong(ty, "the number of subscribers is a `usize`");
        }
        (Kind::Error, _) if !spelling::is_called(ty, "HandlerError") => {
            report.wrong(ty, "the error is a `HandlerError`");
        }
        (Kind::Ping | Kind::Pong, _) if !spelling::is_bytes(ty) => {
            report.wrong(ty, "the data are `&[u8]`");
        }
        _ => {}
    }
}

/// The payload's type is written into a `let`, where neither of these could stand.
fn check_payload(signature: &Signature, ty: &Type, report: &mut Report<'_>) {
    if let Some(token) = spelling::impl_trait(ty) {
        report.wrong(token, "the payload is one type, not `impl Trait`");
    }
    if let Some(lifetime) = undeclared_lifetime(signature, ty) {
        report.wrong(
            lifetime,
            "a payload borrows from the message until the handler returns: leave the lifetime out, \
             or take what owns its content, such as `String` or `Bytes`",
        );
    }
}

/// A named lifetime, unless it was refused already where it is declared.
fn undeclared_lifetime(signature: &Signature, ty: &Type) -> Option<TokenStream> {
    spelling::named_lifetime(ty).filter(|_| signature.generics.params.is_empty())
}
