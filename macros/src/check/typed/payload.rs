use syn::Type;

use crate::{check::spelling, errors::Errors, language::Mark};

/// Refuses a payload of `message` that may be text, in a module whose text is for the functions with
/// attributes.
pub(in crate::check) fn refuse_text(ty: &Type, typed_by: Mark, errors: &mut Errors) {
    if !takes_text(ty) {
        return;
    }
    let typed_by = typed_by.name();
    let message = format!(
        "`#[{typed_by}]` makes this module a typed one, whose clients send text to functions with \
         `#[on]`: write such a function, or take binary messages, as `&[u8]`, `Vec<u8>` or `Bytes`",
    );
    errors.push(ty, message);
}

/// Whether a payload takes text, as far as its name tells.
fn takes_text(ty: &Type) -> bool {
    match spelling::bare(ty) {
        Type::Reference(reference) => takes_text(&reference.elem),
        ty => match spelling::last_segment(ty).map(|it| it.ident.to_string()) {
            Some(name) => match &*name {
                "str" | "String" | "ByteString" | "Message" | "Incoming" | "Json" => true,
                "Cow" | "Box" | "Arc" => spelling::arguments(ty).any(takes_text),
                _ => spelling::result_of(ty).is_some_and(takes_text),
            },
            None => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn text_is_told_from_bytes() {
        for ty in [
            parse_quote!(&str),
            parse_quote!(String),
            parse_quote!(levante::Message),
            parse_quote!(Incoming<'_>),
            parse_quote!(Json<Vec<u8>>),
            parse_quote!(Cow<'_, str>),
            parse_quote!(Arc<str>),
            parse_quote!(Result<Json<Hello>, PayloadError>),
        ] {
            assert!(takes_text(&ty), "{}", quote::quote!(#ty));
        }
        for ty in [
            parse_quote!(&[u8]),
            parse_quote!(Vec<u8>),
            parse_quote!(Bytes),
            parse_quote!(Box<[u8]>),
            parse_quote!(Frame),
            parse_quote!(Result<Bytes, PayloadError>),
        ] {
            assert!(!takes_text(&ty), "{}", quote::quote!(#ty));
        }
    }
}
