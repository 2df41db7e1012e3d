use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Ident, Meta, Pat, PatType, ReturnType, Signature, Type, ext::IdentExt};

use crate::{
    check::{extractor, report::Report, socket, spelling},
    errors::Errors,
    language::{Mark, Role},
    model::{Call, Callee, Cfg, Field, Join, Lent},
    syntax::{Function, docs},
};

/// Checks a function with `#[on]`. Types of parameters without a size are returned instead of it,
/// and are not in `errors`.
pub(super) fn on(
    function: &Function,
    attr: &Attribute,
    errors: &mut Errors,
) -> Result<Call, Vec<Type>> {
    let mut report = Report::of_marked(Mark::On, errors);
    let (ws, parameters) = signature(function, attr, 0, &mut report);
    let signature = &function.signature;
    let fields = parameters
        .iter()
        .filter_map(|it| field(signature, it, &mut report));
    let fields = fields.collect();
    report.finish(ws.map(|ws| Call {
        cfg: Cfg::of(&function.attrs),
        docs: docs(&function.attrs),
        function: Callee::of(&function.signature),
        ws,
        fields,
    }))
}

/// Checks a function with `#[join]`.
pub(super) fn join(
    function: &Function,
    attr: &Attribute,
    errors: &mut Errors,
) -> Result<Join, Vec<Type>> {
    let mut report = Report::of_marked(Mark::Join, errors);
    let (ws, parameters) = signature(function, attr, 1, &mut report);
    let topic = match &*parameters {
        [topic, others @ ..] => {
            for other in others {
                let message = "a client joins by the name of the topic, and says nothing else";
                report.wrong(other, message);
            }
            topic_of(topic, &mut report)
        }
        [] if ws.is_some() => {
            let message = "the second parameter is the topic, `room: &Room`";
            report.missing(&function.signature, message);
            None
        }
        [] => None,
    };
    let join = ws
        .zip(topic)
        .map(|(ws, (topic_name, topic, is_borrowed))| Join {
            cfg: Cfg::of(&function.attrs),
            docs: docs(&function.attrs),
            function: Callee::of(&function.signature),
            ws,
            topic_name,
            topic,
            is_borrowed,
        });
    report.finish(join)
}

/// Checks what both kinds of functions have in common. Returns the socket and the other parameters.
fn signature<'f>(
    function: &'f Function,
    attr: &Attribute,
    required: usize,
    report: &mut Report<'_>,
) -> (Option<Lent>, Vec<&'f PatType>) {
    let signature = &function.signature;
    if !matches!(attr.meta, Meta::Path(_)) {
        report.wrong(arguments(&attr.meta), "the attribute has no arguments");
    }
    if Role::named(&signature.ident).is_some() {
        let name = signature.ident.unraw();
        let message = format!("`{name}` is a handler already, by its name: choose another one");
        report.wrong(&signature.ident, message);
    }
    report.before_parameters(signature);
    let mut parameters = report.parameters(signature);
    let ws = socket::take(signature, &mut parameters, required, report);
    report.after_parameters(signature);
    if let ReturnType::Type(_, ty) = &signature.output
        && let Some(token) = spelling::impl_trait(ty)
    {
        report.wrong(token, "what a client is told is one type, not `impl Trait`");
    }
    let ws = ws.map(|ws| Lent {
        ty: ws.clone(),
        is_ws: socket::is_ws(ws),
    });
    (ws, parameters)
}

/// The arguments of an attribute, without its name.
fn arguments(meta: &Meta) -> TokenStream {
    match meta {
        Meta::Path(path) => path.to_token_stream(),
        Meta::List(list) if list.tokens.is_empty() => list.path.to_token_stream(),
        Meta::List(list) => list.tokens.clone(),
        Meta::NameValue(meta) => meta.value.to_token_stream(),
    }
}

/// A parameter that is a field of the call.
fn field(signature: &Signature, parameter: &PatType, report: &mut Report<'_>) -> Option<Field> {
    let is_conditional = |attr: &&Attribute| attr.path().is_ident("cfg");
    if let Some(attr) = parameter.attrs.iter().find(is_conditional) {
        report.wrong(
            attr,
            "a field of a message has no condition: put it on the whole function",
        );
    }
    let ty = spelling::bare(&parameter.ty);
    let is_text = is_text(signature, ty);
    if extractor::refuse_call(ty, report) {
        return None;
    }
    if spelling::is_unsized(ty) {
        report.unsized_parameter(ty);
    } else if let Some(token) = spelling::impl_trait(ty) {
        report.wrong(token, "a parameter is of one type, not `impl Trait`");
    } else if let Some(reference) = spelling::reference(ty).filter(|_| !is_text) {
        report.wrong(
            reference,
            "a parameter is `&str`, or owns its content, as `String` and `Vec<T>` do",
        );
    }
    let name = match &*parameter.pat {
        Pat::Ident(pattern) if pattern.subpat.is_none() => &pattern.ident,
        pattern => {
            let message = "a parameter has a name, which is that of the field in the message";
            report.wrong(pattern, message);
            return None;
        }
    };
    if name.unraw().to_string().starts_with('_') {
        let message = format!(
            "the field in the message would be called `{name}`, too: leave the `_` out, and write \
             `let _ = …` if the function does not need the value",
        );
        report.wrong(name, message);
    }
    Some(Field {
        name: name.clone(),
        ty: parameter.ty.as_ref().clone(),
        is_text,
    })
}

/// Whether it is `&str`, with no lifetime but one that the function declares, which is refused there.
fn is_text(signature: &Signature, ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => {
            reference.mutability.is_none()
                && spelling::undeclared_lifetime(signature, ty).is_none()
                && spelling::is_called(&reference.elem, "str")
        }
        _ => false,
    }
}

/// The name and the type of the topic, and whether the function takes a reference to it.
fn topic_of(parameter: &PatType, report: &mut Report<'_>) -> Option<(Ident, Type, bool)> {
    let ty = spelling::bare(&parameter.ty);
    let (topic, is_borrowed) = match ty {
        Type::Reference(reference) => {
            if let Some(token) = &reference.mutability {
                report.wrong(
                    token,
                    "the topic is what the client has named: it does not change",
                );
            } else if let Some(lifetime) = &reference.lifetime
                && lifetime.ident != "_"
            {
                report.wrong(lifetime, "the function borrows the topic until it returns");
            }
            (spelling::bare(&reference.elem), true)
        }
        ty => (ty, false),
    };
    match spelling::last_segment(topic) {
        Some(name) if !spelling::is_unsized(topic) => {
            Some((name.ident.clone(), topic.clone(), is_borrowed))
        }
        _ => {
            report.wrong(topic, "the second parameter is the topic, `room: &Room`");
            None
        }
    }
}
