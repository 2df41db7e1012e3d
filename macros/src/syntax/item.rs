use proc_macro2::{Delimiter, TokenTree};
use syn::{
    Abi, Attribute, Ident, Signature, Token, Visibility,
    ext::IdentExt,
    parse::{Parse, ParseStream, discouraged::Speculative},
};

use super::{Macro, import};

/// An item at the top of the module.
pub(crate) enum Item {
    Function(Box<Function>),
    /// A function whose signature syn does not understand.
    Unreadable {
        name: Option<Ident>,
        error: syn::Error,
    },
    /// Any other item that has a name.
    Named {
        word: Word,
        vis: Visibility,
        name: Ident,
    },
    /// `use`, with the names that it brings into the module.
    Import {
        vis: Visibility,
        names: Vec<Ident>,
    },
    Macro(Macro),
    /// Implementations, foreign functions.
    Opaque,
}

/// A function, without its body.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) signature: Signature,
}

/// The kind of an item that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// `struct`, `enum`, `union`, `trait`
    Type,
    /// `type`
    Alias,
    /// `mod`
    Module,
    /// `const`, `static`
    Value,
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let item = if starts_function(input) {
            // On a fork: syn does not say how many tokens a failed parse consumes.
            let ahead = input.fork();
            match ahead.parse() {
                Ok(signature) => {
                    input.advance_to(&ahead);
                    Self::Function(Box::new(Function {
                        attrs,
                        vis,
                        signature,
                    }))
                }
                Err(error) => Self::Unreadable {
                    name: function_name(&input.fork()),
                    error,
                },
            }
        } else if let Ok(names) = import::names(&input.fork()) {
            Self::Import { vis, names }
        } else if let Some((word, name)) = named(&input.fork()) {
            Self::Named { word, vis, name }
        } else {
            Macro::read(&input.fork()).map_or(Self::Opaque, Self::Macro)
        };
        let has_value = matches!(
            item,
            Self::Named {
                word: Word::Value,
                ..
            }
        ) || input.peek(Token![use])
            || input.peek(Token![type])
            || input.peek(Token![const])
            || input.peek(Token![static]);
        skip_rest(input, has_value)?;
        Ok(item)
    }
}

/// Whether a function's signature follows: `fn` behind any of its qualifiers.
pub(crate) fn starts_function(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let qualifiers = |ahead: ParseStream<'_>| -> syn::Result<()> {
        ahead.parse::<Option<Token![const]>>()?;
        ahead.parse::<Option<Token![async]>>()?;
        ahead.parse::<Option<Token![unsafe]>>()?;
        ahead.parse::<Option<Abi>>()?;
        Ok(())
    };
    qualifiers(&ahead).is_ok() && ahead.peek(Token![fn])
}

/// The name of a function whose signature cannot be read.
fn function_name(ahead: ParseStream<'_>) -> Option<Ident> {
    while !ahead.peek(Token![fn]) {
        ahead.parse::<TokenTree>().ok()?;
    }
    ahead.parse::<Token![fn]>().ok()?;
    ahead.parse().ok()
}

/// The name of an item that is not a function.
fn named(ahead: ParseStream<'_>) -> Option<(Word, Ident)> {
    ahead.parse::<Option<Token![unsafe]>>().ok()?;
    let keyword = ahead.call(Ident::parse_any).ok()?;
    let word = match keyword.to_string().as_str() {
        "struct" | "enum" | "union" | "trait" => Word::Type,
        "type" => Word::Alias,
        "mod" => Word::Module,
        "const" | "static" => Word::Value,
        _ => return None,
    };
    ahead.parse::<Option<Token![mut]>>().ok()?;
    Some((word, ahead.parse().ok()?))
}

/// Skips the rest of an item: up to a semicolon, or to the block that ends an item without a value.
fn skip_rest(input: ParseStream<'_>, has_value: bool) -> syn::Result<()> {
    while !input.is_empty() {
        match input.parse::<TokenTree>()? {
            TokenTree::Punct(punct) if punct.as_char() == ';' => break,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && !has_value => break,
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;
    use syn::parse::Parser;

    use super::*;

    fn items(tokens: TokenStream) -> Vec<String> {
        let all = |input: ParseStream<'_>| {
            let mut items = Vec::new();
            while !input.is_empty() {
                items.push(match input.parse()? {
                    Item::Function(function) => format!("fn {}", function.signature.ident),
                    Item::Unreadable { name, .. } => format!("? {}", name.unwrap()),
                    Item::Named { word, name, .. } => format!("{word:?} {name}"),
                    Item::Import { names, .. } => format!("use {}", names.len()),
                    Item::Macro(Macro {
                        called, defined, ..
                    }) => format!("{called}! {}", defined.is_some()),
                    Item::Opaque => "_".into(),
                });
            }
            Ok(items)
        };
        all.parse2(tokens).unwrap()
    }

    #[test]
    fn items_end_where_they_end() {
        let tokens = quote! {
            use a::{b, c};
            const A: usize = { 1 + 2 };
            static mut B: &[u8] = &[1; { 2 }];
            type C = D<{ 3 }>;
            struct E(u32);
            pub struct F { a: u32 }
            #[derive(Debug)] enum G { H }
            impl F { fn open() {} }
            unsafe trait I { fn close(); }
            extern "C" { fn message(); }
            extern crate core;
            macro_rules! j { () => {} }
            println!("a");
            mod k { fn open() {} }
            fn last() {}
        };
        let expected = [
            "use 2",
            "Value A",
            "Value B",
            "Alias C",
            "Type E",
            "Type F",
            "Type G",
            "_",
            "Type I",
            "_",
            "_",
            "macro_rules! true",
            "println! false",
            "Module k",
            "fn last",
        ];
        assert_eq!(items(tokens), expected);
    }

    #[test]
    fn functions_are_found_behind_their_qualifiers_and_bodies_stay_unread() {
        let tokens = quote! {
            pub(crate) const fn a() { no rust at all }
            async unsafe fn b<T>() -> T where T: Copy { 1 + }
            extern "C" fn c(_: ...) {}
            unsafe extern fn d();
            fn e(oops) {}
            fn f() {}
        };
        assert_eq!(
            items(tokens),
            ["fn a", "fn b", "fn c", "fn d", "? e", "fn f"]
        );
    }
}
