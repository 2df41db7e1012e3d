//! Lists of constants.

use syn::{Expr, ExprLit, Lit, LitStr, Token, parse::Parser, punctuated::Punctuated};

use super::{Spelled, bare, literal};

/// `Origins`
pub(super) fn origins(value: &Expr) -> Spelled {
    let list = |entries: &str| Spelled::As(format!("Origins::List({entries})"));
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => match &*text.value() {
            "*" => Spelled::As("Origins::Any".to_owned()),
            _ => list(&split(text)),
        },
        Expr::Lit(_) => Spelled::Wrong,
        Expr::Reference(reference) => match bare(&reference.expr) {
            Expr::Array(array) => list(&slice(&array.elems)),
            _ => Spelled::Maybe,
        },
        _ => owned_elements(value).map_or(Spelled::Maybe, |elements| list(&slice(&elements))),
    }
}

/// `&'static [&'static str]`
pub(super) fn list(value: &Expr) -> Spelled {
    match literal(value) {
        Some(Lit::Str(text)) => Spelled::As(split(text)),
        Some(_) => Spelled::Wrong,
        None => {
            owned_elements(value).map_or(Spelled::Maybe, |elements| Spelled::As(slice(&elements)))
        }
    }
}

/// The elements of `[…]` and `vec![…]`, which need a `&` before them.
fn owned_elements(value: &Expr) -> Option<Punctuated<Expr, Token![,]>> {
    match value {
        Expr::Array(array) => Some(array.elems.clone()),
        Expr::Macro(call) if call.mac.path.is_ident("vec") => {
            let tokens = call.mac.tokens.clone();
            Punctuated::parse_terminated.parse2(tokens).ok()
        }
        _ => None,
    }
}

/// As a slice of constants.
fn slice(elements: &Punctuated<Expr, Token![,]>) -> String {
    let literals = elements.iter().map(|element| match literal(element) {
        Some(Lit::Str(text)) => Some(text.token().to_string()),
        _ => None,
    });
    match literals.collect::<Option<Vec<_>>>() {
        Some(literals) => format!("&[{}]", literals.join(", ")),
        None => "&[…]".to_owned(),
    }
}

/// The parts of a text that is a list with commas.
fn split(text: &LitStr) -> String {
    let text = text.value();
    let parts = text
        .split(',')
        .map(|part| format!("{:?}", part.trim()))
        .collect::<Vec<_>>();
    format!("&[{}]", parts.join(", "))
}
