use proc_macro2::{Delimiter, TokenTree};
use syn::{
    Abi, Attribute, Generics, Ident, Signature, Token, Visibility,
    ext::IdentExt,
    parse::{Parse, ParseStream, discouraged::Speculative},
};

use super::{
    Macro,
    import::{self, Imported},
};

/// An item at the top of the module.
pub(crate) enum Item {
    Function(Box<Function>),
    /// A function whose signature syn does not understand.
    Unreadable {
        attrs: Vec<Attribute>,
        name: Option<Ident>,
        error: syn::Error,
    },
    /// Any other item that has a name.
    Named(Box<Named>),
    /// `use`
    Import {
        attrs: Vec<Attribute>,
        vis: Visibility,
        imported: Imported,
    },
    Macro {
        attrs: Vec<Attribute>,
        call: Macro,
    },
    /// Implementations, foreign functions.
    Opaque {
        attrs: Vec<Attribute>,
    },
}

impl Item {
    /// The attributes of the item.
    pub(crate) fn attrs(&self) -> &[Attribute] {
        match self {
            Self::Function(function) => &function.attrs,
            Self::Named(named) => &named.attrs,
            Self::Unreadable { attrs, .. }
            | Self::Import { attrs, .. }
            | Self::Macro { attrs, .. }
            | Self::Opaque { attrs } => attrs,
        }
    }
}

/// A function, without its body.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) signature: Signature,
}

/// An item that has a name and is no function.
pub(crate) struct Named {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) word: Word,
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    /// How many lifetimes the item has.
    pub(crate) lifetimes: usize,
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
                    attrs,
                    name: function_name(&input.fork()),
                    error,
                },
            }
        } else if let Ok(imported) = import::read(&input.fork()) {
            Self::Import {
                attrs,
                vis,
                imported,
            }
        } else if let Some((word, name, lifetimes)) = named(&input.fork()) {
            Self::Named(Box::new(Named {
                attrs,
                word,
                vis,
                name,
                lifetimes,
            }))
        } else {
            match Macro::read(&input.fork()) {
                Some(call) => Self::Macro { attrs, call },
                None => Self::Opaque { attrs },
            }
        };
        let is_value = matches!(&item, Self::Named(named) if named.word == Word::Value);
        let has_value = is_value
            || input.peek(Token![use])
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

/// The name of an item that is not a function, and how many lifetimes it has.
fn named(ahead: ParseStream<'_>) -> Option<(Word, Ident, usize)> {
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
    let name = ahead.parse().ok()?;
    let generics = ahead.parse::<Generics>();
    let lifetimes = generics.map_or(0, |generics| generics.lifetimes().count());
    Some((word, name, lifetimes))
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
                    Item::Named(named) => format!("{:?} {}", named.word, named.name),
                    Item::Import { imported, .. } => format!("use {}", imported.names.len()),
                    Item::Macro { call, .. } => {
                        format!("{}! {}", call.called, call.defined.is_some())
                    }
                    Item::Opaque { .. } => "_".into(),
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

    #[test]
    fn lifetimes_of_types_are_counted() {
        let lifetimes = |tokens: TokenStream| match syn::parse2(tokens).unwrap() {
            Item::Named(named) => named.lifetimes,
            _ => panic!("has a name"),
        };
        assert_eq!(
            lifetimes(quote!(
                enum A {
                    B,
                }
            )),
            0
        );
        assert_eq!(
            lifetimes(quote!(
                pub enum A<'a, 'b: 'a, T> {
                    B(&'a T),
                }
            )),
            2
        );
        assert_eq!(
            lifetimes(quote!(
                struct A<T>(T)
                where
                    T: Copy;
            )),
            0
        );
    }
}
