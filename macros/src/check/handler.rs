use syn::{PatType, Signature, Type};

use super::{extractor, report::Report, socket, spelling};
use crate::{
    errors::Errors,
    language::{Given, Kind, Parameter, Role},
    model::{Argument, Callee, Cfg, Handler, Lent},
    syntax::Function,
};

/// Checks a handler other than `attach`. Types of parameters without a size are returned
/// instead of a handler, and are not in `errors`.
pub(super) fn check(
    kind: &'static Kind,
    function: &Function,
    cfg: Cfg,
    errors: &mut Errors,
) -> Result<Handler, Vec<Type>> {
    let signature = &function.signature;
    let mut report = Report::of_handler(Role::Handler(kind), errors);
    report.before_parameters(signature);
    let mut parameters = report.parameters(signature);
    let has_extractor = extractor::refuse(kind, &mut parameters, &mut report);
    let required = kind.parameters.iter().filter(|it| !it.is_optional).count();
    let ws = socket::take(signature, &mut parameters, required, &mut report);
    let arguments = match ws {
        // Without the socket it is not clear which parameter is one too many.
        None if parameters.len() > kind.parameters.len() => Vec::new(),
        // An extractor may stand in the place of a parameter that is then missing.
        _ if has_extractor && parameters.len() < required => Vec::new(),
        _ => arguments(kind, signature, &parameters, &mut report),
    };
    report.after_parameters(signature);

    let function = Callee::of(signature);
    report.finish(ws.map(|ws| Handler {
        kind,
        cfg,
        function,
        ws: Lent {
            ty: ws.clone(),
            is_ws: socket::is_ws(ws),
        },
        arguments,
    }))
}

/// Checks the parameters behind the socket.
fn arguments(
    kind: &Kind,
    signature: &Signature,
    others: &[&PatType],
    report: &mut Report<'_>,
) -> Vec<Argument> {
    let was_clean = report.is_clean();
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
    if was_clean && !report.is_clean() {
        // A parameter has another type, so it is not clear which one is too many.
        return arguments;
    }
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
    if spelling::is_unsized(ty) {
        return report.unsized_parameter(ty);
    }
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
    if let Some(lifetime) = spelling::undeclared_lifetime(signature, ty) {
        report.wrong(
            lifetime,
            "a payload borrows from the message until the handler returns: leave the lifetime out, \
             or take a type that owns its content, such as `String` or `Bytes`",
        );
    }
}
