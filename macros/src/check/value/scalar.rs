//! Times, numbers and switches.

use quote::ToTokens;
use syn::{BinOp, Expr, Lit, LitStr};

use super::{Spelled, bare, literal};

/// `Duration`
pub(super) fn duration(value: &Expr, accepts_zero: bool) -> Spelled {
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
    meant.filter(|meant| accepts_zero || meant != ZERO).into()
}

const ZERO: &str = "Duration::ZERO";

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
        0 => ZERO.to_owned(),
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

/// `bool`
pub(super) fn boolean(value: &Expr) -> Spelled {
    let meant = match literal(value) {
        None | Some(Lit::Bool(_)) => return Spelled::Maybe,
        Some(Lit::Int(number)) => number.base10_parse().ok().map(|number: u64| number != 0),
        Some(Lit::Str(text)) => text.value().parse().ok(),
        Some(_) => None,
    };
    meant.map(|meant| meant.to_string()).into()
}

/// `usize` or `u32`
pub(super) fn number(value: &Expr, ty: &str) -> Spelled {
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
