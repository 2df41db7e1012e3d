use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::language::{Given, Referent, TypeName};

/// The type in which the glue is given it: a reference for a `fn`, an owned value for the future of
/// an `async fn`.
pub(super) fn ty(given: Given, is_async: bool) -> TokenStream {
    match given {
        Given::Message if is_async => quote!(__levante::Message),
        Given::Message => quote!(__levante::Incoming<'_>),
        Given::Value(ty) => path(ty),
        Given::Reference { owned, .. } if is_async => path(TypeName::Runtime(owned)),
        Given::Reference { to, .. } => match to {
            Referent::One(ty) => {
                let ty = path(ty);
                quote!(&#ty)
            }
            Referent::Slice(ty) => {
                let ty = path(ty);
                quote!(&[#ty])
            }
        },
    }
}

/// Expands to what the handler takes, made of the glue's parameter `name`.
pub(super) fn value(given: Given, is_async: bool, name: &Ident) -> TokenStream {
    match given {
        Given::Message if is_async => {
            quote!(__levante::payload(::core::convert::From::from(
                &#name
            ))?)
        }
        Given::Message => quote!(__levante::payload(#name)?),
        Given::Reference { .. } if is_async => quote!(&#name),
        Given::Reference { .. } | Given::Value(_) => quote!(#name),
    }
}

fn path(ty: TypeName) -> TokenStream {
    let name = Ident::new(ty.name(), Span::call_site());
    match ty {
        TypeName::Primitive(_) => quote!(::core::primitive::#name),
        TypeName::Runtime(_) => quote!(__levante::#name),
    }
}
