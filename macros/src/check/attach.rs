use syn::{PatType, Type, parse_quote};

use super::{report::Report, socket, spelling};
use crate::{
    errors::Errors,
    language::Role,
    model::{AttachFunction, Callee, Data, Extractor},
    syntax::Function,
};

/// Checks `attach`, which returns `data`, in an `Attached` or not. Returns the data again, with a stand-in if their type is refused.
pub(super) fn check(
    function: &Function,
    mut data: Data,
    is_attached: bool,
    errors: &mut Errors,
) -> (Option<AttachFunction>, Data) {
    let signature = &function.signature;
    let mut report = Report::of_handler(Role::Attach, errors);
    report.before_parameters(signature);
    let parameters = report.parameters(signature);
    for parameter in &parameters {
        extractor(parameter, &mut report);
    }
    if let Some(token) = spelling::impl_trait(&data.ty) {
        report.wrong(
            token,
            "`ws.data` needs a type with a name, not `impl Trait`; to refuse a client, return \
             `Result<T, E>`",
        );
        // The expansion repeats the type where rustc refuses `impl Trait`, too.
        data.ty = parse_quote!(());
    }
    report.after_parameters(signature);

    let extractors = parameters.iter().map(|parameter| Extractor {
        ty: (*parameter.ty).clone(),
        bare: spelling::unwrapped(&parameter.ty)
            .into_iter()
            .cloned()
            .collect(),
    });
    let attach = AttachFunction {
        cfg: data.cfg.clone(),
        function: Callee::of(signature),
        extractors: extractors.collect(),
        data: data.ty.clone(),
        is_attached,
    };
    (report.finish(Some(attach)).ok(), data)
}

/// The glue repeats an extractor's type in a `let`, where `impl Trait` does not compile, and
/// nothing owns a value that the type could borrow.
fn extractor(parameter: &PatType, report: &mut Report<'_>) {
    let ty = spelling::bare(&parameter.ty);
    if socket::is_spelled(ty) {
        report.wrong(
            ty,
            "`attach` runs before there is a socket; the value that it returns becomes `ws.data`",
        );
    } else if spelling::is_unsized(referent(ty)) {
        report.wrong(
            ty,
            "the parameters are extractors: read values of the client from the query \
             (`web::Query<T>`), the path (`web::Path<T>`) or the headers (`HttpRequest`)",
        );
    } else if let Type::Reference(_) = ty {
        report.wrong(ty, "an extractor is taken by value, without `&`");
    } else if let Some(token) = spelling::impl_trait(ty) {
        report.wrong(token, "an extractor is one type, not `impl Trait`");
    } else if let Some(body) = spelling::unwrapped(ty)
        .into_iter()
        .find(|ty| spelling::is_of_crate(ty, "actix_multipart"))
    {
        // The runtime checks all other extractors by their types, but does not depend on this
        // crate.
        report.wrong(
            body,
            "a handshake has no body: read values of the client from the query \
             (`web::Query<T>`), the path (`web::Path<T>`) or the headers (`HttpRequest`)",
        );
    }
}

/// What a reference refers to.
fn referent(ty: &Type) -> &Type {
    match ty {
        Type::Reference(reference) => spelling::bare(&reference.elem),
        other => other,
    }
}
