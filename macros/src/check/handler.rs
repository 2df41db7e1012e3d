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
    let argument = argument(kind, signature, &others, &mut report);
    report.after_parameters(signature);

    let function = Callee::of(signature);
    let argument = argument.cloned();
    report.finish(ws.map(|ws| Handler {
        kind,
        cfg,
        function,
        ws: ws.clone(),
        argument,
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
fn argument<'s>(
    kind: Kind,
    signature: &Signature,
    others: &[&'s PatType],
    report: &mut Report<'_>,
) -> Option<&'s Type> {
    let most = match kind {
        Kind::Open | Kind::Drain => 0,
        _ => 1,
    };
    let argument = others
        .first()
        .filter(|_| most > 0)
        .map(|parameter| &*parameter.ty);
    match argument {
        Some(ty) => check_type(kind, signature, ty, report),
        None => missing(kind, signature, report),
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
    argument
}

fn missing(kind: Kind, signature: &Signature, report: &mut Report<'_>) {
    let missing = match kind {
        Kind::Message => "the second parameter is the payload",
        Kind::Ping | Kind::Pong => "the second parameter is the data",
        Kind::Error => "the second parameter is the error",
        Kind::Attach | Kind::Open | Kind::Close | Kind::Drain => return,
    };
    report.missing(signature, missing);
}

/// Checks the type of the second parameter, by its spelling.
fn check_type(kind: Kind, signature: &Signature, ty: &Type, report: &mut Report<'_>) {
    match kind {
        Kind::Message => check_payload(signature, ty, report),
        Kind::Close if !spelling::is_called(ty, "CloseReason") => {
            report.wrong(ty, "the reason is a `CloseReason`");
        }
        Kind::Error if !spelling::is_called(ty, "HandlerError") => {
            report.wrong(ty, "the error is a `HandlerError`");
        }
        Kind::Ping | Kind::Pong if !spelling::is_bytes(ty) => {
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
