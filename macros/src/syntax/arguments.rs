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
        if input.peek(Ident) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
            let name = input.parse()?;
            input.parse::<Token![:]>()?;
            return Ok(Self::Field {
                name,
                value: input.parse()?,
            });
        }
        match input.parse()? {
            Expr::Lit(ExprLit {
                lit: Lit::Str(path),
                ..
            }) => Ok(Self::Path(path)),
            other => Ok(Self::Other(Box::new(other))),
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn shapes(tokens: TokenStream) -> (String, bool) {
        let arguments = Arguments::read(tokens);
        let shape = |argument: &Argument| match argument {
            Argument::Path(_) => 'p',
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
        assert_eq!(shapes(quote!(a::B, c(1))), ("oo".into(), false));
    }

    #[test]
    fn what_was_read_survives_what_could_not_be() {
        assert_eq!(shapes(quote!("/a", x = )), ("p".into(), true));
        assert_eq!(shapes(quote!("/a" x = 1)), ("p".into(), true));
    }
}
