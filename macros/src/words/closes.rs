use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprLit, Fields, Item, ItemEnum, Lit, Variant};

use super::{conditions, expand, runtime};
use crate::{errors::Errors, syntax::docs};

/// The codes that an application may use as it likes.
const CODES: std::ops::RangeInclusive<u16> = 4000..=4999;

/// Expands `#[closes]` to implementations of `Closes` and `Into<CloseCode>`, and to comparisons with a
/// code that was received.
pub(crate) fn closes(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let runtime = runtime("#[closes]", arguments, &mut errors);
    let nothing = TokenStream::new();
    let it: ItemEnum = match syn::parse2(item.clone()) {
        Ok(Item::Enum(it)) => it,
        // It stands for an enum from elsewhere, which has its implementations.
        Ok(Item::Use(_) | Item::Type(_)) => return expand(errors, &nothing, &item, &nothing),
        Ok(_) => {
            // Without tokens of its own, the error has the place of the attribute.
            let message = "`#[closes]` goes on an `enum`: `#[closes] enum Bye { Kicked = 4001 }`";
            errors.push(&nothing, message);
            return expand(errors, &nothing, &item, &nothing);
        }
        Err(error) => {
            errors.absorb(error);
            return expand(errors, &nothing, &item, &nothing);
        }
    };
    if !it.generics.params.is_empty() {
        errors.push(&it.generics, "an enum of close codes is not generic");
        return expand(errors, &nothing, &item, &nothing);
    }
    let codes = codes(&it, &mut errors);
    let runtime = runtime.path();
    let (cfg, name) = (conditions(&it.attrs), &it.ident);
    let arms = codes.iter().map(
        |Code {
             cfg, variant, code, ..
         }| {
            let variant = &variant.ident;
            quote!(#cfg #name::#variant { .. } => #code,)
        },
    );
    // An enum without variants has no value that could be matched by reference.
    let code = match codes.is_empty() {
        true => quote!(match *code {}),
        false => quote!(match code { #(#arms)* }),
    };
    let table = codes.iter().map(|it| {
        let Code {
            cfg,
            variant,
            code,
            docs,
        } = it;
        let word = syn::ext::IdentExt::unraw(&variant.ident).to_string();
        quote!(#cfg (#word, #code, #docs),)
    });
    let rest = quote! {
        #cfg
        const _: () = {
            const fn __code(code: &#name) -> ::core::primitive::u16 {
                #code
            }
            #[automatically_derived]
            impl ::core::convert::From<#name> for #runtime::__private::CloseCode {
                fn from(code: #name) -> Self {
                    Self::from(__code(&code))
                }
            }
            #[automatically_derived]
            impl ::core::cmp::PartialEq<#name> for #runtime::__private::CloseCode {
                fn eq(&self, other: &#name) -> ::core::primitive::bool {
                    *self == __code(other)
                }
            }
            #[automatically_derived]
            impl ::core::cmp::PartialEq<#runtime::__private::CloseCode> for #name {
                fn eq(&self, other: &#runtime::__private::CloseCode) -> ::core::primitive::bool {
                    *other == __code(self)
                }
            }
            #[automatically_derived]
            impl #runtime::__private::Closes for #name {
                const CODES: &'static [(
                    &'static ::core::primitive::str,
                    ::core::primitive::u16,
                    &'static ::core::primitive::str,
                )] = &[#(#table)*];
            }
        };
    };
    expand(errors, &nothing, &item, &rest)
}

struct Code<'i> {
    cfg: TokenStream,
    variant: &'i Variant,
    /// A code in range also beside a mistake.
    code: u16,
    docs: String,
}

fn codes<'i>(it: &'i ItemEnum, errors: &mut Errors) -> Vec<Code<'i>> {
    let mut codes = Vec::new();
    for variant in &it.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = "a close code is a number: the variant has no fields";
            errors.push(&variant.fields, message);
        }
        // rustc reports a number that is given twice.
        let code = code(variant, errors);
        codes.push(Code {
            cfg: conditions(&variant.attrs),
            variant,
            code: code.unwrap_or(*CODES.start()),
            docs: docs(&variant.attrs),
        });
    }
    codes
}

fn code(variant: &Variant, errors: &mut Errors) -> Option<u16> {
    let Some((_, value)) = &variant.discriminant else {
        // rustc reports a number behind a variant that has fields.
        if matches!(variant.fields, Fields::Unit) {
            let name = &variant.ident;
            errors.push(name, format!("the code is missing: `{name} = 4001`"));
        }
        return None;
    };
    let Expr::Lit(ExprLit {
        lit: Lit::Int(number),
        ..
    }) = value
    else {
        errors.push(value, "the code is written as a number, such as `4001`");
        return None;
    };
    match number.base10_parse() {
        Ok(code) if CODES.contains(&code) => Some(code),
        _ => {
            let message = "an application's close codes are 4000 to 4999";
            errors.push(number, message);
            None
        }
    }
}
