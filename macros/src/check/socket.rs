//! How a handler takes its socket.

use syn::{PatType, Signature, Token, Type};

use super::{report::Report, spelling};

/// How a parameter takes the socket.
enum Socket<'t> {
    /// `&Ws`, or a reference to a type that may be an alias of it.
    Shared,
    /// `&mut Ws`
    Mutable(&'t Token![mut]),
    /// `Ws`
    Owned,
    /// `&Socket`, `&Socket<Visitor>`
    WithoutEndpoint(&'t Type),
}

/// Takes the socket out of the parameters. It is the first one, in front of the `required` ones.
pub(super) fn take<'s>(
    signature: &'s Signature,
    parameters: &mut Vec<&'s PatType>,
    required: usize,
    report: &mut Report<'_>,
) -> Option<&'s Type> {
    let is_socket = |parameter: &&PatType| spelled(&parameter.ty).is_some();
    let position = match parameters.iter().position(is_socket) {
        Some(position) => position,
        None => match parameters.first() {
            Some(first) if may_be_alias(&first.ty) && parameters.len() > required => 0,
            Some(first) => {
                report.wrong(&first.ty, IS_FIRST);
                return None;
            }
            None => {
                report.missing(signature, IS_FIRST);
                return None;
            }
        },
    };
    if position > 0 {
        report.wrong(parameters[position], IS_FIRST);
    }
    let ty = &parameters.remove(position).ty;
    match spelled(ty) {
        Some(Socket::Mutable(token)) => report.wrong(token, IS_SHARED),
        Some(Socket::Owned) => report.wrong(ty, IS_BORROWED),
        Some(Socket::WithoutEndpoint(ty)) => report.wrong(ty, IS_WS),
        Some(Socket::Shared) | None => {
            if let Some(token) = mutability(ty) {
                report.wrong(token, IS_SHARED);
            }
        }
    }
    if let Some(lifetime) = spelling::undeclared_lifetime(signature, ty) {
        report.wrong(lifetime, IS_BORROWED);
    }
    Some(ty)
}

const IS_FIRST: &str = "the first parameter must be `ws: &Ws`";
const IS_SHARED: &str = "a socket is shared, and all its methods take `&self`";
const IS_BORROWED: &str = "a handler borrows its socket; to keep the socket, call `ws.clone()`";
const IS_WS: &str = "the socket of this module is `Ws`, and its data are `ws.data`";

/// Whether a type spells the socket in any way, right or wrong.
pub(super) fn is_spelled(ty: &Type) -> bool {
    spelled(ty).is_some()
}

/// Whether it is `&Ws`, with any path and lifetime: a type that needs no conversion.
pub(super) fn is_ws(ty: &Type) -> bool {
    matches!(spelling::bare(ty), Type::Reference(it) if spelling::is_called(&it.elem, "Ws"))
}

/// How a type spells the socket; `None` if it is another type, or an alias.
fn spelled(ty: &Type) -> Option<Socket<'_>> {
    let Type::Reference(reference) = spelling::bare(ty) else {
        return spelling::is_called(ty, "Ws").then_some(Socket::Owned);
    };
    let referent = &*reference.elem;
    if !spelling::is_called(referent, "Ws") && !spelling::is_called(referent, "Socket") {
        return None;
    }
    if let Some(token) = &reference.mutability {
        return Some(Socket::Mutable(token));
    }
    if spelling::is_called(referent, "Ws") {
        return Some(Socket::Shared);
    }
    let endpoint = spelling::arguments(referent).next();
    Some(
        match endpoint.is_some_and(|it| spelling::is_called(it, "Endpoint")) {
            true => Socket::Shared,
            false => Socket::WithoutEndpoint(referent),
        },
    )
}

/// Whether a type is a reference to a type that may be an alias of `Ws`, as far as its name tells.
fn may_be_alias(ty: &Type) -> bool {
    const OTHERS: [&str; 8] = [
        "str",
        "String",
        "ByteString",
        "Vec",
        "Bytes",
        "Message",
        "Incoming",
        "Json",
    ];
    match spelling::bare(ty) {
        Type::Reference(reference) => spelling::last_segment(&reference.elem)
            .is_some_and(|name| OTHERS.iter().all(|other| name.ident != other)),
        _ => false,
    }
}

fn mutability(ty: &Type) -> Option<&Token![mut]> {
    match spelling::bare(ty) {
        Type::Reference(reference) => reference.mutability.as_ref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn sockets_are_known_in_any_spelling() {
        let spelled = |ty: Type| match spelled(&ty) {
            Some(Socket::Shared) => "shared",
            Some(Socket::Mutable(_)) => "mutable",
            Some(Socket::Owned) => "owned",
            Some(Socket::WithoutEndpoint(_)) => "without endpoint",
            None => "another type",
        };
        assert_eq!(spelled(parse_quote!(&Ws)), "shared");
        assert_eq!(spelled(parse_quote!((&'_ self::Ws))), "shared");
        assert_eq!(
            spelled(parse_quote!(&Socket<super::chat::Endpoint>)),
            "shared"
        );
        assert_eq!(spelled(parse_quote!(&mut Ws)), "mutable");
        assert_eq!(spelled(parse_quote!(&mut levante::Socket)), "mutable");
        assert_eq!(spelled(parse_quote!(super::chat::Ws)), "owned");
        assert_eq!(spelled(parse_quote!(&levante::Socket)), "without endpoint");
        assert_eq!(spelled(parse_quote!(&Socket<Visitor>)), "without endpoint");
        assert_eq!(spelled(parse_quote!(&str)), "another type");
        assert_eq!(spelled(parse_quote!(&Me)), "another type");
    }

    #[test]
    fn references_to_other_types_may_be_aliases() {
        assert!(may_be_alias(&parse_quote!(&Me)));
        assert!(may_be_alias(&parse_quote!((&mut super::Me))));
        for ty in [
            parse_quote!(&str),
            parse_quote!(&[u8]),
            parse_quote!(&levante::Message),
            parse_quote!(&dyn Any),
            parse_quote!(Me),
        ] {
            assert!(!may_be_alias(&ty));
        }
    }
}
