//! Values of settings, as they are spelled. Only a literal tells its type; rustc checks all others.

use quote::ToTokens;
use syn::{
    BinOp, Expr, ExprLit, Lit, LitInt, LitStr, Token, parse::Parser, punctuated::Punctuated,
};

use crate::language::Setting;

/// What to write for a value that is of the wrong type: `idle_timeout = Duration::from_secs(60)`
/// for `60`. `None` if the value may be right.
pub(super) fn corrected(setting: &Setting, value: &Expr) -> Option<String> {
    let value = bare(value);
    let corrected = match setting.ty {
        "Duration" => duration(value),
        "bool" => boolean(value),
        "usize" | "u32" => number(value, setting.ty),
        "MessageRate" => message_rate(value),
        "Compression" => compression(value),
        "Origins" => origins(value),
        _ => list(value),
    };
    match corrected {
        Spelled::Maybe => None,
        Spelled::Wrong => Some(setting.example()),
        Spelled::As(text) => Some(format!("{} = {text}", setting.name)),
    }
}

/// How a value is spelled.
enum Spelled {
    /// It may be right.
    Maybe,
    /// It is wrong.
    Wrong,
    /// It is wrong, and this is probably meant.
    As(String),
}

impl From<Option<String>> for Spelled {
    fn from(meant: Option<String>) -> Self {
        meant.map_or(Self::Wrong, Self::As)
    }
}

/// An expression without the parentheses and invisible groups around it.
fn bare(value: &Expr) -> &Expr {
    match value {
        Expr::Group(group) => bare(&group.expr),
        Expr::Paren(paren) => bare(&paren.expr),
        other => other,
    }
}

fn literal(value: &Expr) -> Option<&Lit> {
    match bare(value) {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        _ => None,
    }
}

fn duration(value: &Expr) -> Spelled {
    let meant = match literal(value) {
        None if is_product(value) => {
            Some(format!("Duration::from_secs({})", value.to_token_stream()))
        }
        None => return Spelled::Maybe,
        Some(Lit::Int(count)) => count.base10_parse().ok().map(seconds),
        Some(Lit::Float(count)) => count.base10_parse().ok().and_then(fraction),
        Some(Lit::Str(text)) => measured(text).and_then(|(count, unit)| match &*unit {
            "" | "s" => Some(seconds(count)),
            "ms" => Some(format!("Duration::from_millis({count})")),
            "m" | "min" => Some(format!("Duration::from_secs({count} * 60)")),
            "h" => Some(format!("Duration::from_secs({count} * 60 * 60)")),
            _ => None,
        }),
        Some(_) => None,
    };
    meant.into()
}

/// Whether it is a product of numbers: `5 * 60`.
fn is_product(value: &Expr) -> bool {
    let is_number = |value: &Expr| matches!(literal(value), Some(Lit::Int(_))) || is_product(value);
    match bare(value) {
        Expr::Binary(binary) => {
            matches!(binary.op, BinOp::Mul(_))
                && is_number(&binary.left)
                && is_number(&binary.right)
        }
        _ => false,
    }
}

/// A number without a unit. Thousands are probably milliseconds, as in JavaScript.
fn seconds(count: u64) -> String {
    match count {
        0 => "Duration::ZERO".to_owned(),
        _ if count.is_multiple_of(1000) => format!("Duration::from_millis({count})"),
        _ => format!("Duration::from_secs({count})"),
    }
}

fn fraction(seconds: f64) -> Option<String> {
    let millis = (seconds * 1000.0).round();
    (1.0..1e12)
        .contains(&millis)
        .then(|| format!("Duration::from_millis({millis})"))
}

fn boolean(value: &Expr) -> Spelled {
    let meant = match literal(value) {
        None | Some(Lit::Bool(_)) => return Spelled::Maybe,
        Some(Lit::Int(number)) => number.base10_parse().ok().map(|number: u64| number != 0),
        Some(Lit::Str(text)) => text.value().parse().ok(),
        Some(_) => None,
    };
    meant.map(|meant| meant.to_string()).into()
}

fn number(value: &Expr, ty: &str) -> Spelled {
    let meant = match literal(value) {
        None => return Spelled::Maybe,
        Some(Lit::Int(number)) if number.suffix().is_empty() || number.suffix() == ty => {
            return Spelled::Maybe;
        }
        Some(Lit::Int(number)) => Some(number.base10_digits().to_owned()),
        Some(Lit::Str(text)) => measured(text).and_then(|(count, unit)| bytes(count, &unit)),
        Some(_) => None,
    };
    meant.into()
}

fn bytes(count: u64, unit: &str) -> Option<String> {
    let unit = match unit {
        "" | "b" => return Some(count.to_string()),
        "k" | "kb" | "kib" => "1024",
        "m" | "mb" | "mib" => "1024 * 1024",
        _ => return None,
    };
    Some(match count {
        1 => unit.to_owned(),
        _ => format!("{count} * {unit}"),
    })
}

/// The number and the unit in a text: `64 KiB`.
fn measured(text: &LitStr) -> Option<(u64, String)> {
    let text = text.value();
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (count, unit) = text.split_at(end);
    Some((count.parse().ok()?, unit.trim().to_lowercase()))
}

fn message_rate(value: &Expr) -> Spelled {
    let int = |value| match literal(value) {
        Some(Lit::Int(number)) => number.base10_parse::<u32>().ok(),
        _ => None,
    };
    let rate =
        |per_second, burst| format!("MessageRate {{ per_second: {per_second}, burst: {burst} }}");
    match value {
        Expr::Tuple(tuple) => {
            let numbers = tuple.elems.iter().map(int).collect::<Option<Vec<_>>>();
            Spelled::from(match numbers.as_deref() {
                Some([per_second, burst]) => Some(rate(*per_second, *burst)),
                _ => None,
            })
        }
        Expr::Lit(_) => int(value)
            .map(|per_second| rate(per_second, per_second.saturating_mul(10)))
            .into(),
        _ => Spelled::Maybe,
    }
}

fn compression(value: &Expr) -> Spelled {
    const DEDICATED: &str = "Compression::Dedicated { window_bits: 12 }";
    const OFF: &str = "Compression::Off";
    const SHARED: &str = "Compression::Shared";
    let meant = match (value, literal(value)) {
        (_, Some(Lit::Bool(is_on))) if !is_on.value => OFF,
        (_, Some(Lit::Int(number))) if is_zero(number) => OFF,
        (_, Some(Lit::Str(text))) => match &*text.value().to_lowercase() {
            "" | "off" | "none" | "no" | "false" | "disable" | "disabled" => OFF,
            size if size == "dedicated" || size.ends_with("kb") => DEDICATED,
            _ => SHARED,
        },
        (_, Some(_)) => SHARED,
        // The constants of uWebSockets.
        (Expr::Path(path), None) => match path.path.segments.last() {
            Some(name) if name.ident == "SHARED_COMPRESSOR" => SHARED,
            Some(name) if name.ident.to_string().starts_with("DEDICATED_COMPRESSOR") => DEDICATED,
            _ => return Spelled::Maybe,
        },
        _ => return Spelled::Maybe,
    };
    Spelled::As(meant.to_owned())
}

fn is_zero(number: &LitInt) -> bool {
    number.base10_digits() == "0"
}

fn origins(value: &Expr) -> Spelled {
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
fn list(value: &Expr) -> Spelled {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::settings;

    fn corrected_as(name: &str, value: &str) -> Option<String> {
        let setting = settings().find(|it| it.name == name).unwrap();
        let text = corrected(setting, &syn::parse_str(value).unwrap())?;
        Some(text.strip_prefix(&format!("{name} = ")).unwrap().to_owned())
    }

    #[test]
    fn literals_of_the_wrong_type_are_corrected() {
        for (name, value, expected) in [
            ("idle_timeout", "60", "Duration::from_secs(60)"),
            ("idle_timeout", "60u32", "Duration::from_secs(60)"),
            ("idle_timeout", "60_000", "Duration::from_millis(60000)"),
            ("idle_timeout", "0", "Duration::ZERO"),
            ("idle_timeout", "2 * 60", "Duration::from_secs(2 * 60)"),
            (
                "idle_timeout",
                "2 * 60 * 60",
                "Duration::from_secs(2 * 60 * 60)",
            ),
            ("idle_timeout", "1.5", "Duration::from_millis(1500)"),
            ("idle_timeout", "0.0", "Duration::from_secs(120)"),
            ("idle_timeout", "\"90s\"", "Duration::from_secs(90)"),
            ("idle_timeout", "\"50 ms\"", "Duration::from_millis(50)"),
            ("idle_timeout", "\"2m\"", "Duration::from_secs(2 * 60)"),
            ("idle_timeout", "\"1h\"", "Duration::from_secs(1 * 60 * 60)"),
            ("idle_timeout", "\"never\"", "Duration::from_secs(120)"),
            ("idle_timeout", "true", "Duration::from_secs(120)"),
            ("send_pings", "1", "true"),
            ("send_pings", "0", "false"),
            ("send_pings", "\"false\"", "false"),
            ("send_pings", "\"on\"", "true"),
            ("max_message_size", "\"1 MiB\"", "1024 * 1024"),
            ("max_message_size", "\"64KB\"", "64 * 1024"),
            ("max_message_size", "\"4096\"", "4096"),
            ("max_message_size", "\"large\"", "16 * 1024 * 1024"),
            ("max_message_size", "64u32", "64"),
            ("max_message_size", "1.5", "16 * 1024 * 1024"),
            ("max_subscriptions", "64usize", "64"),
            (
                "max_message_rate",
                "10",
                "MessageRate { per_second: 10, burst: 100 }",
            ),
            (
                "max_message_rate",
                "(10, 20)",
                "MessageRate { per_second: 10, burst: 20 }",
            ),
            (
                "max_message_rate",
                "\"10/s\"",
                "MessageRate { per_second: 10, burst: 100 }",
            ),
            ("compression", "true", "Compression::Shared"),
            ("compression", "false", "Compression::Off"),
            ("compression", "0", "Compression::Off"),
            ("compression", "\"shared\"", "Compression::Shared"),
            (
                "compression",
                "\"16KB\"",
                "Compression::Dedicated { window_bits: 12 }",
            ),
            ("compression", "\"disable\"", "Compression::Off"),
            (
                "compression",
                "uws::SHARED_COMPRESSOR",
                "Compression::Shared",
            ),
            (
                "compression",
                "DEDICATED_COMPRESSOR_4KB",
                "Compression::Dedicated { window_bits: 12 }",
            ),
            ("protocols", "\"chat\"", "&[\"chat\"]"),
            ("protocols", "\"chat, feed\"", "&[\"chat\", \"feed\"]"),
            ("protocols", "[\"chat\"]", "&[\"chat\"]"),
            (
                "protocols",
                "vec![\"chat\", \"feed\"]",
                "&[\"chat\", \"feed\"]",
            ),
            ("protocols", "[CHAT]", "&[…]"),
            ("protocols", "1", "&[]"),
            ("hosts", "\"example.com\"", "&[\"example.com\"]"),
            ("origins", "\"*\"", "Origins::Any"),
            (
                "origins",
                "\"https://example.com\"",
                "Origins::List(&[\"https://example.com\"])",
            ),
            (
                "origins",
                "[\"https://example.com\"]",
                "Origins::List(&[\"https://example.com\"])",
            ),
            (
                "origins",
                "&([\"https://example.com\"])",
                "Origins::List(&[\"https://example.com\"])",
            ),
            ("origins", "true", "Origins::SameHost"),
        ] {
            let corrected = corrected_as(name, value);
            assert_eq!(corrected.as_deref(), Some(expected), "{name} = {value}");
        }
    }

    #[test]
    fn values_that_may_be_right_are_left_to_rustc() {
        for (name, value) in [
            ("idle_timeout", "Duration::from_secs(60)"),
            ("idle_timeout", "MINUTE"),
            ("idle_timeout", "2 * MINUTE"),
            ("idle_timeout", "if cfg!(test) { SHORT } else { LONG }"),
            ("send_pings", "true"),
            ("send_pings", "(false)"),
            ("max_message_size", "64"),
            ("max_message_size", "64usize"),
            ("max_message_size", "64 << 10"),
            (
                "max_message_rate",
                "MessageRate { per_second: 1, burst: 2 }",
            ),
            ("compression", "Compression::Shared"),
            ("compression", "SHARED"),
            ("protocols", "&[\"chat\"]"),
            ("protocols", "PROTOCOLS"),
            ("origins", "Origins::List(&[\"https://example.com\"])"),
            ("origins", "&PAGES"),
        ] {
            assert_eq!(corrected_as(name, value), None, "{name} = {value}");
        }
    }

    #[test]
    fn every_setting_refuses_a_character_and_accepts_its_example() {
        for setting in settings() {
            let character = syn::parse_str("'x'").unwrap();
            let corrected = corrected(setting, &character).unwrap();
            let argument: syn::ExprAssign = syn::parse_str(&corrected).unwrap();
            assert!(super::corrected(setting, &argument.right).is_none());
            let example: syn::ExprAssign = syn::parse_str(&setting.example()).unwrap();
            assert!(super::corrected(setting, &example.right).is_none());
        }
    }
}
