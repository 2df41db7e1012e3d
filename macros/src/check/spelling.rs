//! Types as they are spelled. A macro knows nothing else about a type.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericArgument, PathArguments, PathSegment, Signature, Type};

use crate::language::{Given, Referent};

/// A type without the parentheses and invisible groups around it.
pub(super) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

/// Whether a type is a path that ends with this name.
pub(super) fn is_called(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident == name)
}

/// Whether a type is a path that begins with this crate.
pub(super) fn is_of_crate(ty: &Type, name: &str) -> bool {
    match bare(ty) {
        Type::Path(path) => path
            .path
            .segments
            .first()
            .is_some_and(|it| it.ident == name),
        _ => false,
    }
}

/// The `T` of a type with this last name: `std::io::Result<T>` is a `Result`.
pub(super) fn argument_of<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    arguments(ty).next().filter(|_| is_called(ty, name))
}

/// The first argument of a type whose name ends with `Result`.
pub(super) fn result_of(ty: &Type) -> Option<&Type> {
    let is_result = last_segment(ty).is_some_and(|it| it.ident.to_string().ends_with("Result"));
    arguments(ty).next().filter(|_| is_result)
}

/// The types between the angle brackets of a type.
pub(super) fn arguments(ty: &Type) -> impl Iterator<Item = &Type> {
    let arguments = last_segment(ty).and_then(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    });
    arguments
        .into_iter()
        .flatten()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
}

/// The types that an extractor consists of: those in an `Option`, a tuple and an `Either`, and the
/// `T` of a `Result`.
pub(super) fn unwrapped(ty: &Type) -> Vec<&Type> {
    let ty = bare(ty);
    let inner: Vec<_> = match ty {
        Type::Tuple(tuple) => tuple.elems.iter().collect(),
        ty if is_called(ty, "Either") => arguments(ty).collect(),
        ty if is_called(ty, "Option") => arguments(ty).take(1).collect(),
        ty => result_of(ty).into_iter().collect(),
    };
    if inner.is_empty() {
        return vec![ty];
    }
    inner.into_iter().flat_map(unwrapped).collect()
}

pub(super) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match bare(ty) {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// Whether a type spells what the server gives. A reference must be shared, with an elided
/// lifetime.
pub(super) fn is_given(ty: &Type, given: Given) -> bool {
    match given {
        Given::Message => true,
        Given::Value(value) => is_called(ty, value.name()),
        Given::Reference { to, .. } => {
            let Type::Reference(reference) = bare(ty) else {
                return false;
            };
            reference.mutability.is_none()
                && named_lifetime(ty).is_none()
                && match (to, bare(&reference.elem)) {
                    (Referent::One(one), referent) => is_called(referent, one.name()),
                    (Referent::Slice(item), Type::Slice(slice)) => {
                        is_called(&slice.elem, item.name())
                    }
                    (Referent::Slice(_), _) => false,
                }
        }
    }
}

/// Whether values of a type have no size, so that rustc refuses them as parameters: `str`, `[u8]`.
pub(super) fn is_unsized(ty: &Type) -> bool {
    match bare(ty) {
        Type::Slice(_) | Type::TraitObject(_) => true,
        ty => is_called(ty, "str"),
    }
}

/// The first lifetime in a type that is not elided.
pub(super) fn named_lifetime(ty: &Type) -> Option<TokenStream> {
    find(ty.to_token_stream(), &|tree, next| match (tree, next) {
        (TokenTree::Punct(quote), Some(TokenTree::Ident(name))) => {
            (quote.as_char() == '\'' && name != "_").then(|| quote!(#quote #name))
        }
        _ => None,
    })
}

/// A named lifetime that the function does not declare. One that it declares is refused there.
pub(super) fn undeclared_lifetime(signature: &Signature, ty: &Type) -> Option<TokenStream> {
    named_lifetime(ty).filter(|_| signature.generics.params.is_empty())
}

/// The first `impl` in a type.
pub(super) fn impl_trait(ty: &Type) -> Option<TokenStream> {
    find(ty.to_token_stream(), &|tree, _| match tree {
        TokenTree::Ident(word) if word == "impl" => Some(word.to_token_stream()),
        _ => None,
    })
}

/// The first `&` in a type.
pub(super) fn reference(ty: &Type) -> Option<TokenStream> {
    match ty {
        Type::Reference(reference) => Some(reference.to_token_stream()),
        ty => find(ty.to_token_stream(), &|tree, _| match tree {
            TokenTree::Punct(punct) if punct.as_char() == '&' => Some(punct.to_token_stream()),
            _ => None,
        }),
    }
}

/// Searches tokens, at any depth, with a function of each token and the next one.
fn find(
    tokens: TokenStream,
    matches: &impl Fn(&TokenTree, Option<&TokenTree>) -> Option<TokenStream>,
) -> Option<TokenStream> {
    let mut trees = tokens.into_iter().peekable();
    while let Some(tree) = trees.next() {
        let found = match &tree {
            TokenTree::Group(group) => find(group.stream(), matches),
            tree => matches(tree, trees.peek()),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The names in a type that may be defined in this module: the first of each path, and the one
/// behind `self::`.
pub(super) fn local_names(ty: &Type) -> Vec<String> {
    let mut names = Vec::new();
    collect_local_names(ty.to_token_stream(), &mut names);
    names
}

fn collect_local_names(tokens: TokenStream, names: &mut Vec<String>) {
    let mut is_behind_path = false;
    let mut is_self = false;
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => {
                if group.delimiter() != Delimiter::Brace {
                    collect_local_names(group.stream(), names);
                }
                (is_behind_path, is_self) = (false, false);
            }
            TokenTree::Ident(name) if !is_behind_path => {
                is_self = name == "self";
                names.push(name.to_string());
            }
            TokenTree::Ident(_) => is_self = false,
            // A name behind `self::` is defined in this module.
            TokenTree::Punct(punct) => is_behind_path = punct.as_char() == ':' && !is_self,
            TokenTree::Literal(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;
    use crate::language::TypeName;

    #[test]
    fn references_are_known_in_any_spelling() {
        let reference = |to| Given::Reference { to, owned: "Owned" };
        let message = reference(Referent::One(TypeName::Runtime("Message")));
        assert!(is_given(&parse_quote!(&Message), message));
        assert!(is_given(&parse_quote!((&'_ levante::Message)), message));
        assert!(!is_given(&parse_quote!(Message), message));
        assert!(!is_given(&parse_quote!(&mut Message), message));
        assert!(!is_given(&parse_quote!(&'static Message), message));
        assert!(!is_given(&parse_quote!(&[Message]), message));
        assert!(!is_given(&parse_quote!(&str), message));

        let bytes = reference(Referent::Slice(TypeName::Primitive("u8")));
        assert!(is_given(&parse_quote!(&[u8]), bytes));
        assert!(is_given(
            &parse_quote!((&'_ ([core::primitive::u8]))),
            bytes
        ));
        assert!(!is_given(&parse_quote!(&u8), bytes));
        assert!(!is_given(&parse_quote!(&[u8; 2]), bytes));
        assert!(!is_given(&parse_quote!(&mut [u8]), bytes));
        assert!(!is_given(&parse_quote!(&'static [u8]), bytes));
    }

    #[test]
    fn values_are_known_by_their_last_name() {
        let reason = Given::Value(TypeName::Runtime("CloseReason"));
        assert!(is_given(&parse_quote!(CloseReason), reason));
        assert!(is_given(&parse_quote!((levante::CloseReason)), reason));
        assert!(!is_given(&parse_quote!(&CloseReason), reason));
        assert!(!is_given(&parse_quote!(CloseCode), reason));
    }

    #[test]
    fn arguments_are_taken_off_by_the_last_name() {
        let data = |ty: &Type| argument_of(ty, "Result").map(|ty| ty.to_token_stream().to_string());
        assert_eq!(
            data(&parse_quote!(Result<Visitor, Error>)).as_deref(),
            Some("Visitor")
        );
        assert_eq!(
            data(&parse_quote!(std::io::Result<(u8, u8)>)).as_deref(),
            Some("(u8 , u8)")
        );
        assert_eq!(data(&parse_quote!(Option<Result<u8, u8>>)), None);
        assert_eq!(data(&parse_quote!(Result)), None);
    }

    #[test]
    fn extractors_are_taken_out_of_what_they_are_wrapped_in() {
        let types = |ty: Type| {
            let types = unwrapped(&ty);
            let types = types.iter().map(|ty| ty.to_token_stream().to_string());
            types.collect::<Vec<_>>().join(" / ")
        };
        assert_eq!(types(parse_quote!(HttpRequest)), "HttpRequest");
        assert_eq!(
            types(parse_quote!(web::Query<Option<A>>)),
            "web :: Query < Option < A > >"
        );
        assert_eq!(types(parse_quote!(Option<(A)>)), "A");
        assert_eq!(types(parse_quote!(std::result::Result<A, E>)), "A");
        assert_eq!(types(parse_quote!(WebResult<A>)), "A");
        assert_eq!(
            types(parse_quote!((A, Option<Either<B, Result<C, E>>>))),
            "A / B / C"
        );
        assert_eq!(types(parse_quote!(())), "()");
        assert_eq!(types(parse_quote!(Option)), "Option");
    }

    #[test]
    fn lifetimes_and_impl_are_found_at_any_depth() {
        let lifetime = |ty: &Type| named_lifetime(ty).map(|tokens| tokens.to_string());
        assert_eq!(lifetime(&parse_quote!(&str)), None);
        assert_eq!(lifetime(&parse_quote!(Json<Hello<'_>>)), None);
        assert_eq!(
            lifetime(&parse_quote!(&'static str)).as_deref(),
            Some("'static")
        );
        assert_eq!(
            lifetime(&parse_quote!(Json<(u8, Hello<'a>)>)).as_deref(),
            Some("'a")
        );
        assert!(impl_trait(&parse_quote!(Vec<(u8, impl Copy)>)).is_some());
        assert!(impl_trait(&parse_quote!(Box<dyn Copy>)).is_none());
    }

    #[test]
    fn names_that_may_be_local_are_told_from_those_that_are_not() {
        let names = local_names(&parse_quote!(
            HashMap<self::Key, (super::Value, [Item; 2], <T as Of>::Type)>
        ));
        assert_eq!(
            names,
            ["HashMap", "self", "Key", "super", "Item", "T", "as", "Of"]
        );
    }
}
