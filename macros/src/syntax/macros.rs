use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use syn::{Ident, Path, Token, parse::ParseStream};

/// A macro in the place of an item.
pub(crate) struct Macro {
    /// What it defines: the `b` of `macro_rules! b { … }`.
    pub(crate) defined: Option<Ident>,
    /// What it calls: the `b` of `a::b! { … }`.
    pub(crate) called: Ident,
    /// What stands between its delimiters.
    pub(crate) tokens: TokenStream,
}

/// A function in the tokens of a macro.
pub(crate) struct Written {
    /// Its name; `None` if it is a variable of the macro, such as `$name`.
    pub(crate) name: Option<Ident>,
    /// Its parameters.
    pub(crate) parameters: TokenStream,
}

impl Macro {
    /// Reads a macro, if one follows.
    pub(super) fn read(input: ParseStream<'_>) -> Option<Self> {
        let path = Path::parse_mod_style(input).ok()?;
        input.parse::<Token![!]>().ok()?;
        let defined = input.parse::<Option<Ident>>().ok()?;
        let tokens = match input.parse().ok()? {
            TokenTree::Group(group) => group.stream(),
            _ => return None,
        };
        Some(Self {
            defined,
            called: path.segments.last()?.ident.clone(),
            tokens,
        })
    }

    /// The functions that it writes at the top of the module, as far as its tokens show them.
    pub(crate) fn functions(&self) -> Vec<Written> {
        let mut found = Vec::new();
        collect(self.tokens.clone(), &mut found);
        found
    }
}

/// Looks behind each `=>` of a `macro_rules!` and into each `$( … )`, but into no other braces:
/// those are of modules, implementations and functions.
fn collect(tokens: TokenStream, found: &mut Vec<Written>) {
    let trees: Vec<_> = tokens.into_iter().collect();
    for (position, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Group(group) if is_written(&trees[..position]) => {
                collect(group.stream(), found);
            }
            TokenTree::Ident(word) if word == "fn" => {
                found.extend(function(&trees[position + 1..]));
            }
            _ => {}
        }
    }
}

/// Whether the group behind these tokens is written into the module.
fn is_written(before: &[TokenTree]) -> bool {
    match before {
        [.., TokenTree::Punct(dollar)] if dollar.as_char() == '$' => true,
        [.., TokenTree::Punct(equals), TokenTree::Punct(greater)] => {
            equals.as_char() == '='
                && equals.spacing() == Spacing::Joint
                && greater.as_char() == '>'
        }
        _ => false,
    }
}

/// The function whose `fn` stands before these tokens.
fn function(behind: &[TokenTree]) -> Option<Written> {
    let (name, behind) = match behind {
        [TokenTree::Ident(name), behind @ ..] => (Some(name.clone()), behind),
        [TokenTree::Punct(dollar), TokenTree::Ident(_), behind @ ..] if dollar.as_char() == '$' => {
            (None, behind)
        }
        _ => return None,
    };
    match behind.first()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => Some(Written {
            name,
            parameters: group.stream(),
        }),
        _ => None,
    }
}

/// The first of these names in tokens, at any depth.
pub(crate) fn find_name(tokens: &TokenStream, is_sought: &dyn Fn(&Ident) -> bool) -> Option<Ident> {
    tokens.clone().into_iter().find_map(|tree| match tree {
        TokenTree::Ident(name) if is_sought(&name) => Some(name),
        TokenTree::Group(group) => find_name(&group.stream(), is_sought),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse::Parser;

    use super::*;

    fn read(tokens: TokenStream) -> Option<Macro> {
        let read = |input: ParseStream<'_>| {
            let read = Macro::read(input);
            input.parse::<TokenStream>()?;
            Ok(read)
        };
        read.parse2(tokens).unwrap()
    }

    fn functions(tokens: TokenStream) -> Vec<String> {
        let functions = read(tokens).unwrap().functions();
        let name = |it: Written| it.name.map_or("$".into(), |name| name.to_string());
        functions.into_iter().map(name).collect()
    }

    #[test]
    fn macros_are_told_from_what_they_define() {
        let defined = read(quote!(
            macro_rules! a {
                () => {};
            }
        ))
        .unwrap();
        assert_eq!(defined.defined.unwrap(), "a");
        let called = read(quote!(::b::c!(d);)).unwrap();
        assert!(called.defined.is_none());
        assert_eq!(called.called, "c");
        assert!(
            read(quote!(
                struct A;
            ))
            .is_none()
        );
        assert!(read(quote!(impl A {})).is_none());
    }

    #[test]
    fn functions_are_found_where_they_are_written_into_the_module() {
        let tokens = quote! {
            macro_rules! a {
                (fn no($($x:tt)*)) => {
                    pub fn b($ws: &Ws) { fn no() {} }
                    $($(#[$m])* async fn $name(ws: &Ws) {})*
                    impl A { fn no(&self) {} }
                    mod no { fn no() {} }
                };
                ($a:ident) => [ const fn c<T>() {} unsafe fn d() {} ];
            }
        };
        assert_eq!(functions(tokens), ["b", "$", "d"]);
        assert_eq!(
            functions(quote!(a! { fn b() { fn no() {} } let c; })),
            ["b"]
        );
    }
}
