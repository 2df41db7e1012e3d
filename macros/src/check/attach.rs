use syn::{PatType, Type, parse_quote};

use super::{data, report::Report, spelling};
use crate::{
    errors::Errors,
    language::Role,
    model::{AttachFunction, Callee, Data, Extractor},
    syntax::Function,
};

/// Checks `attach`, and whether its data can be what `data` takes them for.
pub(super) fn check(
    function: &Function,
    mut data: Data,
    errors: &mut Errors,
) -> (Option<AttachFunction>, Data) {
    let signature = &function.signature;
    let mut report = Report::new(Role::Attach, errors);
    report.before_parameters(signature);
    let parameters = report.parameters(signature);
    for parameter in &parameters {
        extractor(parameter, &mut report);
    }
    if let Some(token) = spelling::impl_trait(&data.ty) {
        report.wrong(
            token,
            "the data need a type with a name, for `ws.data`; to refuse a client, return \
             `Result<T, E>`",
        );
        // Where rustc would add that `impl Trait` may not stand there either.
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
        is_attached: data::is_attached(signature),
    };
    (report.finish(Some(attach)), data)
}

/// An extractor's type is written into a `let`, and its value outlives the request's.
fn extractor(parameter: &PatType, report: &mut Report<'_>) {
    let ty = spelling::bare(&parameter.ty);
    if spelling::ws(ty).is_some() {
        report.wrong(
            ty,
            "there is no socket yet; what `attach` returns becomes `ws.data`",
        );
    } else if let Type::Reference(_) = ty {
        report.wrong(ty, "extractors are taken by value");
    } else if let Some(token) = spelling::impl_trait(ty) {
        report.wrong(token, "an extractor is one type, not `impl Trait`");
    } else if let Some(body) = spelling::unwrapped(ty)
        .into_iter()
        .find(|ty| spelling::is_of_crate(ty, "actix_multipart"))
    {
        // The runtime, which knows all others of its kind by their types, does not know that crate.
        report.wrong(
            body,
            "a handshake has no body: take what the client says from the query \
             (`web::Query<T>`), the path (`web::Path<T>`) or the headers (`HttpRequest`)",
        );
    }
}
