use proc_macro2::TokenStream;
use syn::{PatType, Signature, Type};

use super::{
    report::Report,
    spelling::{self, Ws},
};
use crate::{
    errors::Errors,
    language::{Given, Kind, Parameter, Role},
    model::{Argument, Callee, Cfg, Handler},
    syntax::Function,
};

/// Checks a handler other than `attach`.
pub(super) fn check(
    kind: &'static Kind,
    function: &Function,
    cfg: Cfg,
    errors: &mut Errors,
) -> Option<Handler> {
    let signature = &function.signature;
    let mut report = Report::new(Role::Handler(kind), errors);
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

/// Splits the socket from the other parameters.
fn split_ws<'s>(
    signature: &'s Signature,
    report: &mut Report<'_>,
) -> (Option<&'s Type>, Vec<&'s PatType>) {
    let mut parameters = report.parameters(signature);
    let position = parameters
        .iter()
        .position(|it| spelling::ws(&it.ty).is_some());
    match (position, parameters.first()) {
        (Some(0), _) => {}
        (Some(position), _) => report.wrong(parameters[position], WS_IS_FIRST),
        (None, Some(first)) => report.wrong(&first.ty, WS_IS_FIRST),
        (None, None) => report.missing(signature, WS_IS_FIRST),
    }
    let Some(position) = position else {
        return (None, parameters);
    };
    let ws = &parameters.remove(position).ty;
    match spelling::ws(ws) {
        Some(Ws::Mutable(token)) => report.wrong(
            token,
            "a socket is shared, and all its methods take `&self`",
        ),
        Some(Ws::Owned) => report.wrong(ws, WS_IS_BORROWED),
        Some(Ws::Shared) | None => {}
    }
    if let Some(lifetime) = undeclared_lifetime(signature, ws) {
        report.wrong(lifetime, WS_IS_BORROWED);
    }
    (Some(ws), parameters)
}

const WS_IS_FIRST: &str = "the first parameter must be `ws: &Ws`";
const WS_IS_BORROWED: &str = "a handler borrows its socket; to keep the socket, call `ws.clone()`";

/// Checks the parameters behind the socket.
fn arguments(
    kind: &Kind,
    signature: &Signature,
    others: &[&PatType],
    report: &mut Report<'_>,
) -> Vec<Argument> {
    let mut arguments = Vec::new();
    let mut others = others.iter();
    for parameter in kind.parameters {
        match others.next() {
            Some(other) => {
                let given = parameter.given;
                let ty = (*other.ty).clone();
                check_type(parameter, signature, &ty, report);
                arguments.push(Argument { given, ty });
            }
            None if parameter.is_optional => break,
            None => {
                let detail = format!("the parameter `{parameter}` is missing");
                report.missing(signature, detail);
                break;
            }
        }
    }
    let takes_message = |parameter: &Parameter| matches!(parameter.given, Given::Message);
    for other in others {
        if kind.parameters.iter().any(takes_message) {
            report.wrong(
                other,
                "a message has one payload; to take several values, take one type, such as \
                 `Json<(A, B)>`",
            );
        } else {
            report.wrong(other, format!("`{}` has no more parameters", kind.name));
        }
    }
    arguments
}

/// Checks how the type of a parameter is spelled.
fn check_type(parameter: &Parameter, signature: &Signature, ty: &Type, report: &mut Report<'_>) {
    match parameter.given {
        Given::Message => check_payload(signature, ty, report),
        given if spelling::is_given(ty, given) => {}
        _ => report.wrong(ty, format!("this parameter must be `{parameter}`")),
    }
}

/// The glue repeats the payload's type in a `let`, where an `impl Trait` and a named lifetime do
/// not compile.
fn check_payload(signature: &Signature, ty: &Type, report: &mut Report<'_>) {
    if let Some(token) = spelling::impl_trait(ty) {
        report.wrong(token, "the payload is one type, not `impl Trait`");
    }
    if let Some(lifetime) = undeclared_lifetime(signature, ty) {
        report.wrong(
            lifetime,
            "a payload borrows from the message until the handler returns: leave the lifetime out, \
             or take a type that owns its content, such as `String` or `Bytes`",
        );
    }
}

/// A named lifetime that the function does not declare. One that it declares is refused there.
fn undeclared_lifetime(signature: &Signature, ty: &Type) -> Option<TokenStream> {
    spelling::named_lifetime(ty).filter(|_| signature.generics.params.is_empty())
}
