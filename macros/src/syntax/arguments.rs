use proc_macro2::TokenStream;
use syn::{
    Expr, ExprLit, Ident, Lit, LitStr, Token,
    parse::{Parse, ParseStream, Parser},
};

/// What stands between the parentheses of `#[websocket(…)]`.
pub(crate) struct Arguments {
    /// All arguments before the first token that cannot be read.
    pub(crate) list: Vec<Argument>,
    /// The error about that token.
    pub(crate) unreadable: Option<syn::Error>,
}

/// One argument.
pub(crate) enum Argument {
    /// `"/chat"`
    Path(LitStr),
    /// `crate = rt`
    Crate {
        keyword: Token![crate],
        value: Box<Expr>,
    },
    /// `idle_timeout = Duration::from_secs(60)`
    Setting { name: Ident, value: Box<Expr> },
    /// `idle_timeout: Duration::from_secs(60)`
    Field { name: Ident, value: Box<Expr> },
    /// Any other expression.
    Other(Box<Expr>),
}

impl Arguments {
    /// Reads as many arguments as there are.
    pub(crate) fn read(tokens: TokenStream) -> Self {
        let mut list = Vec::new();
        let read = |input: ParseStream<'_>| {
            while !input.is_empty() {
                list.push(input.parse()?);
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        let unreadable = read.parse2(tokens).err();
        Self { list, unreadable }
    }
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
            let name = input.parse()?;
            input.parse::<Token![=]>()?;
            return Ok(Self::Setting {
                name,
                value: input.parse()?,
            });
        }
        if input.peek(Token![crate]) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
            let keyword = input.parse()?;
            input.parse::<Token![=]>()?;
            let value = Box::new(bare(input.parse()?));
            return Ok(Self::Crate { keyword, value });
        }
        if input.peek(Ident) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
            let name = input.parse()?;
            input.parse::<Token![:]>()?;
            return Ok(Self::Field {
                name,
                value: input.parse()?,
            });
        }
        match bare(input.parse()?) {
            Expr::Lit(ExprLit {
                lit: Lit::Str(path),
                ..
            }) => Ok(Self::Path(path)),
            other => Ok(Self::Other(Box::new(other))),
        }
    }
}

/// An expression without the parentheses around it, and without the invisible group around a
/// fragment of a macro, such as `$path:literal`.
fn bare(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => bare(*group.expr),
        Expr::Paren(paren) => bare(*paren.expr),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Delimiter, Group};
    use quote::quote;

    use super::*;

    fn shapes(tokens: TokenStream) -> (String, bool) {
        let arguments = Arguments::read(tokens);
        let shape = |argument: &Argument| match argument {
            Argument::Path(_) => 'p',
            Argument::Crate { .. } => 'c',
            Argument::Setting { .. } => 's',
            Argument::Field { .. } => 'f',
            Argument::Other(_) => 'o',
        };
        (
            arguments.list.iter().map(shape).collect(),
            arguments.unreadable.is_some(),
        )
    }

    #[test]
    fn arguments_are_told_apart() {
        assert_eq!(shapes(quote!()), (String::new(), false));
        assert_eq!(
            shapes(quote!("/a", x = 1 << 2, y = z::<A, B>(),)),
            ("pss".into(), false)
        );
        assert_eq!(shapes(quote!("/a", x: 1)), ("pf".into(), false));
        assert_eq!(shapes(quote!(PATH, a == b)), ("oo".into(), false));
        assert_eq!(
            shapes(quote!(crate = rt, crate = "rt", crate::PATH, crate == b)),
            ("ccoo".into(), false)
        );
        assert_eq!(shapes(quote!(a::B, c(1))), ("oo".into(), false));
    }

    #[test]
    fn a_path_may_come_from_a_macro() {
        let mut fragment = Group::new(Delimiter::None, quote!("/a"));
        for _ in 0..2 {
            assert_eq!(shapes(quote!(#fragment, x = 1)), ("ps".into(), false));
            assert_eq!(shapes(quote!((#fragment))), ("p".into(), false));
            fragment = Group::new(Delimiter::None, quote!(#fragment));
        }
    }

    #[test]
    fn what_was_read_survives_what_could_not_be() {
        assert_eq!(shapes(quote!("/a", x = )), ("p".into(), true));
        assert_eq!(shapes(quote!("/a" x = 1)), ("p".into(), true));
    }
}
