//! Extractors of actix-web in handlers other than `attach`.

use syn::{PatType, Type};

use super::{report::Report, spelling};
use crate::language::{Given, Kind};

/// Takes out the parameters that are extractors. Each of them is a mistake. Returns whether there
/// was one.
pub(super) fn refuse(kind: &Kind, parameters: &mut Vec<&PatType>, report: &mut Report<'_>) -> bool {
    let before = parameters.len();
    let takes_message = kind
        .parameters
        .iter()
        .any(|it| matches!(it.given, Given::Message));
    let mut refuse = |parameters: &mut Vec<&PatType>, is_extractor: fn(&Type) -> bool| {
        parameters.retain(|parameter| {
            let found = inner(&parameter.ty).into_iter().find(|ty| is_extractor(ty));
            if let Some(ty) = found {
                report.wrong(&parameter.ty, advice(ty, takes_message));
            }
            found.is_none()
        });
    };
    refuse(parameters, is_surely_extractor);
    // A payload may be a type of the user's that has the name of an extractor.
    let with_socket = 1 + kind.parameters.len();
    if !takes_message || parameters.len() > with_socket {
        refuse(parameters, is_probably_extractor);
    }
    parameters.len() < before
}

/// Refuses a parameter of a function that clients call, if it is an extractor, as its path tells. A
/// type that only has the name of one may be a type of messages.
pub(super) fn refuse_call(ty: &Type, report: &mut Report<'_>) -> bool {
    let is_extractor = inner(ty).into_iter().any(is_surely_extractor);
    if is_extractor {
        report.wrong(ty, ADVICE);
    }
    is_extractor
}

/// The types in a parameter's type that may be extractors.
fn inner(ty: &Type) -> Vec<&Type> {
    match spelling::bare(ty) {
        Type::Reference(reference) => spelling::unwrapped(&reference.elem),
        other => spelling::unwrapped(other),
    }
}

/// Whether a type is an extractor, as its path tells: `web::Query<T>`.
fn is_surely_extractor(ty: &Type) -> bool {
    spelling::is_called(ty, "HttpRequest") || is_of_actix(ty) && has_name_in(ty, &EXTRACTORS)
}

/// Whether a type has the name of an extractor: `Query<T>`.
fn is_probably_extractor(ty: &Type) -> bool {
    has_name_in(ty, &EXTRACTORS) && !spelling::is_called(ty, "Json")
        || has_name_in(ty, &["Server", "State"])
}

/// The extractors that a handler could want. `State` and `Extension` are axum's.
const EXTRACTORS: [&str; 15] = [
    "ConnectionInfo",
    "Data",
    "Extension",
    "Form",
    "Header",
    "Identity",
    "Json",
    "Multipart",
    "Path",
    "Payload",
    "PeerAddr",
    "Query",
    "ReqData",
    "Session",
    "ThinData",
];

fn has_name_in(ty: &Type, names: &[&str]) -> bool {
    names.iter().any(|name| spelling::is_called(ty, name))
}

/// Whether a path leads through `actix_web::web` or another crate of actix. A module `web` may also be
/// the user's own, with payloads in it; those have no arguments, as a rule.
fn is_of_actix(ty: &Type) -> bool {
    let Type::Path(path) = spelling::bare(ty) else {
        return false;
    };
    let names: Vec<_> = path
        .path
        .segments
        .iter()
        .map(|it| it.ident.to_string())
        .collect();
    match names.split_last() {
        Some((_, [first, ..])) if first.starts_with("actix_") => true,
        Some((_, modules)) => {
            modules.iter().any(|module| module == "web") && spelling::arguments(ty).next().is_some()
        }
        None => false,
    }
}

fn advice(ty: &Type, takes_message: bool) -> &'static str {
    if spelling::is_called(ty, "Server") {
        "the server is `ws.server()`"
    } else if takes_message && spelling::is_called(ty, "Json") {
        "`web::Json` reads the body of a request; a message in JSON is `levante::Json<T>`"
    } else {
        ADVICE
    }
}

const ADVICE: &str = "extractors belong to `attach`: keep what you need in `ws.data`";

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn extractors_are_known_by_their_paths() {
        for ty in [
            parse_quote!(HttpRequest),
            parse_quote!(actix_web::HttpRequest),
            parse_quote!(web::Data<Db>),
            parse_quote!(actix_web::web::Json<Move>),
            parse_quote!((actix_web::web::Path<u8>)),
            parse_quote!(actix_session::Session),
        ] {
            assert!(is_surely_extractor(&ty));
        }
        for ty in [
            parse_quote!(Json<Move>),
            parse_quote!(levante::Json<Move>),
            parse_quote!(web::Bytes),
            parse_quote!(web::Form),
            parse_quote!(Data),
            parse_quote!(Query<T>),
            parse_quote!(game::Path),
            parse_quote!(&[u8]),
        ] {
            assert!(!is_surely_extractor(&ty));
        }
    }

    #[test]
    fn names_tell_where_no_payload_can_stand() {
        assert!(is_probably_extractor(&parse_quote!(Data<Db>)));
        assert!(is_probably_extractor(&parse_quote!(levante::Server)));
        assert!(!is_probably_extractor(&parse_quote!(Json<Move>)));
        assert!(!is_probably_extractor(&parse_quote!(CloseReason)));
    }

    #[test]
    fn extractors_are_found_in_what_they_are_wrapped_in() {
        let count = |ty: Type| {
            let types = inner(&ty);
            types
                .into_iter()
                .filter(|ty| is_surely_extractor(ty))
                .count()
        };
        assert_eq!(count(parse_quote!(&mut HttpRequest)), 1);
        assert_eq!(count(parse_quote!(Option<web::Data<Db>>)), 1);
        assert_eq!(count(parse_quote!(Result<web::Path<u8>, Error>)), 1);
        assert_eq!(count(parse_quote!((HttpRequest, web::Query<T>))), 2);
    }
}
