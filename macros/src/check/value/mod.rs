//! Values of settings, as they are spelled. Only a literal tells its type; rustc checks all others.

mod list;
mod scalar;
#[cfg(test)]
mod tests;

use syn::{Expr, ExprLit, Lit, LitInt};

use crate::language::Setting;

/// What to write for a value that is of the wrong type: `idle_timeout = Duration::from_secs(60)`
/// for `60`. `None` if the value may be right.
pub(super) fn corrected(setting: &Setting, value: &Expr) -> Option<String> {
    let value = bare(value);
    let corrected = match setting.ty {
        "Duration" => scalar::duration(value, setting.accepts_zero()),
        "bool" => scalar::boolean(value),
        "usize" | "u32" => scalar::number(value, setting.ty),
        "MessageRate" => message_rate(value),
        "Compression" => compression(value),
        "Origins" => list::origins(value),
        _ => list::list(value),
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
            .map(|per_second| rate(per_second, per_second.saturating_mul(10).min(1_000_000)))
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
