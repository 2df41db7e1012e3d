use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, ExprLit, Fields, Item, ItemEnum, Lit, LitInt, Variant, spanned::Spanned};

use super::{conditions, derived, expand, runtime};
use crate::{errors::Errors, syntax::docs};

/// The codes that an application may use as it likes.
const CODES: std::ops::RangeInclusive<u16> = 4000..=4999;

/// Expands `#[closes]` to derives, to implementations of `Closes` and `Into<CloseCode>`, and to
/// comparisons with a code that was received.
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
    let item = match without_repeats(&it, &mut errors) {
        Some(distinct) => distinct.into_token_stream(),
        None => item,
    };
    let derives = derives(&it);
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
    expand(errors, &derives, &item, &rest)
}

/// The derives of a plain enum, without those of the user's.
fn derives(it: &ItemEnum) -> TokenStream {
    // Fields are a mistake, and their types may not have the traits.
    if !it
        .variants
        .iter()
        .all(|it| matches!(it.fields, Fields::Unit))
    {
        return TokenStream::new();
    }
    let derived = derived(&it.attrs);
    let paths = [
        quote!(::core::clone::Clone),
        quote!(::core::marker::Copy),
        quote!(::core::fmt::Debug),
        quote!(::core::cmp::PartialEq),
        quote!(::core::cmp::Eq),
    ];
    let words = ["Clone", "Copy", "Debug", "PartialEq", "Eq"];
    let is_missing = |word: &str| {
        let mut last = derived.iter().filter_map(|path| path.segments.last());
        !last.any(|last| last.ident == word)
    };
    let missing = paths.into_iter().zip(words);
    let missing = missing.filter_map(|(path, word)| is_missing(word).then_some(path));
    let missing: Vec<_> = missing.collect();
    match missing.is_empty() {
        true => TokenStream::new(),
        false => quote!(#[derive(#(#missing),*)]),
    }
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
    let written = it.variants.iter().filter_map(|it| in_range(written(it)?));
    let written: BTreeSet<_> = written.collect();
    // The numbers that errors propose.
    let mut free = (*CODES.start() + 1..=*CODES.end()).filter(|it| !written.contains(it));
    for variant in &it.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = "a close code is a number: the variant has no fields";
            errors.push(&variant.fields, message);
        }
        let code = code(variant, &mut free, errors);
        codes.push(Code {
            cfg: conditions(&variant.attrs),
            variant,
            code: code.unwrap_or(*CODES.start()),
            docs: docs(&variant.attrs),
        });
    }
    codes
}

/// Reports numbers that are given twice. rustc would report them, too, at the whole enum: it gets one
/// in which they are others.
fn without_repeats(it: &ItemEnum, errors: &mut Errors) -> Option<ItemEnum> {
    let mut distinct = it.clone();
    let mut has_repeats = false;
    let mut given = BTreeSet::new();
    let mut free = CODES.rev();
    let code = |it: &Variant| in_range(written(it)?);
    let written: BTreeSet<_> = it.variants.iter().filter_map(code).collect();
    // One of two variants with a condition may not be there.
    let always = |it: &&mut Variant| conditions(&it.attrs).is_empty();
    for variant in distinct.variants.iter_mut().filter(always) {
        let Some(code) = code(variant).filter(|it| !given.insert(*it)) else {
            continue;
        };
        if let Some((_, value)) = &mut variant.discriminant {
            errors.push(&*value, format!("`{code}` is given twice"));
            let other = free.by_ref().find(|it| !written.contains(it))?;
            let other = LitInt::new(&other.to_string(), value.span());
            *value = syn::parse_quote!(#other);
            has_repeats = true;
        }
    }
    has_repeats.then_some(distinct)
}

fn code(
    variant: &Variant,
    free: &mut impl Iterator<Item = u16>,
    errors: &mut Errors,
) -> Option<u16> {
    let Some((_, value)) = &variant.discriminant else {
        // rustc reports a number behind a variant that has fields.
        if matches!(variant.fields, Fields::Unit) {
            let name = &variant.ident;
            let free = free.next().unwrap_or(*CODES.start());
            errors.push(name, format!("the code is missing: `{name} = {free}`"));
        }
        return None;
    };
    let Some(number) = number(value) else {
        errors.push(value, "the code is written as a number, such as `4001`");
        return None;
    };
    let code = in_range(number);
    if code.is_none() {
        let message = "an application's close codes are 4000 to 4999";
        errors.push(number, message);
    }
    code
}

fn written(variant: &Variant) -> Option<&LitInt> {
    number(&variant.discriminant.as_ref()?.1)
}

fn number(value: &Expr) -> Option<&LitInt> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => Some(number),
        _ => None,
    }
}

fn in_range(number: &LitInt) -> Option<u16> {
    let code = number.base10_parse().ok()?;
    CODES.contains(&code).then_some(code)
}
