use syn::{PatType, Type, parse_quote};

use super::{report::Report, spelling};
use crate::{
    errors::Errors,
    model::{Attach, Callee, Data},
    names::Kind,
    syntax::Function,
};

/// Checks `attach`, and whether its data can be what `data` takes them for.
pub(super) fn check(
    function: &Function,
    mut data: Data,
    errors: &mut Errors,
) -> (Option<Attach>, Data) {
    let signature = &function.signature;
    let mut report = Report::new(Kind::Attach, errors);
    report.before_parameters(signature);
    let parameters = report.parameters(signature);
    for parameter in &parameters {
        extractor(parameter, &mut report);
    }
    if let Some(token) = spelling::impl_trait(&data.ty) {
        report.wrong(token, "the data need a type with a name, for `ws.data`");
        // Where rustc would add that `impl Trait` may not stand there either.
        data.ty = parse_quote!(());
    }
    report.after_parameters(signature);

    let extractors = parameters
        .iter()
        .map(|parameter| (*parameter.ty).clone())
        .collect();
    let attach = report.finish(Some(Attach {
        cfg: data.cfg.clone(),
        function: Callee::of(signature),
        extractors,
        data: data.ty.clone(),
    }));
    (attach, data)
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
    }
}
