use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of an item's doc comments, without the indentation that all of its lines have.
///
/// Docs that another macro makes, as in `#[doc = include_str!("…")]`, are not known here.
pub(crate) fn docs(attrs: &[Attribute]) -> String {
    let texts: Vec<_> = attrs.iter().filter_map(text).collect();
    let lines = || texts.iter().flat_map(|text| text.split('\n'));
    let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let written = lines().filter(|line| !line.trim().is_empty());
    let common = written.map(indentation).min().unwrap_or(0);
    let lines = lines().map(|line| line.get(common..).unwrap_or_default().trim_end());
    lines
        .collect::<Vec<_>>()
        .join("\n")
        .trim_matches('\n')
        .to_owned()
}

fn text(attr: &Attribute) -> Option<String> {
    match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(without_stars(&text.value())),
            _ => None,
        },
        _ => None,
    }
}

/// The text of a block comment, whose lines may begin with a star each.
fn without_stars(text: &str) -> String {
    let starred = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('*');
    let mut behind_first = text.lines().skip(1);
    if text.lines().count() < 2 || !behind_first.all(starred) {
        return text.to_owned();
    }
    let bare = |line: &str| match line.trim_start().strip_prefix('*') {
        Some(bare) => bare.to_owned(),
        None => line.to_owned(),
    };
    text.lines().map(bare).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use syn::parse::Parser;

    use super::*;

    fn of(code: &str) -> String {
        let tokens: TokenStream = code.parse().unwrap();
        docs(&Attribute::parse_outer.parse2(tokens).unwrap())
    }

    #[test]
    fn lines_keep_their_indentation_to_each_other() {
        assert_eq!(of("/// Says.\n///\n///   - a\n/// b"), "Says.\n\n  - a\nb");
        assert_eq!(of("/** Says. */ #[inline]"), "Says.");
        assert_eq!(of("/**\n * Says.\n *\n * More.\n */"), "Says.\n\nMore.");
        assert_eq!(of("#[doc = \" a\"] #[doc(hidden)]"), "a");
        assert_eq!(of("#[doc = include_str!(\"a\")]"), "");
        assert_eq!(of(""), "");
    }
}
