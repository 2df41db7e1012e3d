use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Ident, Path, Token, Visibility,
    parse::{ParseStream, Parser},
};

use super::{
    Item,
    mark::spell,
    mention::{Mention, mentions},
};

/// The module under the attribute.
pub(crate) struct Module {
    /// The attributes in front of the module.
    pub(crate) attrs: Vec<Attribute>,
    /// The attributes at the start of its body.
    pub(crate) inner_attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    pub(crate) items: Vec<Item>,
    /// Everything before the braces, as it was written.
    head: TokenStream,
    /// The braces and everything in them, as it was written.
    body: Group,
}

/// How the attributes of a module are spelled anew.
#[derive(Default)]
pub(crate) struct Spelling<'s> {
    /// The path of levante as the user spells it, if it is not `levante`.
    pub(crate) known_as: Option<&'s Path>,
    /// The same path inside of the module.
    pub(crate) runtime: Option<TokenStream>,
    /// The names of attributes that do not exist, which has been reported.
    pub(crate) foreign: &'s [Ident],
}

/// An item that cannot have the attribute, because it is not an inline module.
pub(crate) enum Misplaced {
    /// `mod chat;`
    OutOfLine { name: Ident },
    /// Another item, by its first token.
    NotAModule { keyword: TokenStream },
    /// Tokens that syn cannot read.
    Unreadable(syn::Error),
}

impl From<syn::Error> for Misplaced {
    fn from(error: syn::Error) -> Self {
        Self::Unreadable(error)
    }
}

impl Module {
    /// Reads the item under the attribute.
    pub(crate) fn read(item: TokenStream) -> Result<Self, Misplaced> {
        let mut head: Vec<_> = item.into_iter().collect();
        let body = match head.pop() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => Some(body),
            last => {
                head.extend(last);
                None
            }
        };
        let head = TokenStream::from_iter(head);
        let (attrs, vis, name) = read_head.parse2(head.clone())??;
        let Some(body) = body else {
            return Err(Misplaced::OutOfLine { name });
        };
        let (inner_attrs, items) = read_items.parse2(body.stream())?;
        Ok(Self {
            attrs,
            inner_attrs,
            vis,
            name,
            items,
            head,
            body,
        })
    }

    /// Whether anything in the module mentions an item of this name, outside of its definition.
    pub(crate) fn mentions(&self, name: &Ident, mention: Mention) -> bool {
        mentions(self.body.stream(), name, mention)
    }

    /// The module as it was written, with more items at its end. Only the paths of attributes that
    /// have a meaning here are changed.
    pub(crate) fn with(&self, generated: TokenStream, spelling: &Spelling<'_>) -> TokenStream {
        let Spelling {
            known_as,
            runtime,
            foreign,
        } = spelling;
        let mut content = spell(self.body.stream(), *known_as, runtime.as_ref(), foreign);
        content.extend(generated);
        let mut body = Group::new(Delimiter::Brace, content);
        body.set_span(self.body.span());
        let mut module = self.head.clone();
        body.to_tokens(&mut module);
        module
    }
}

type Head = (Vec<Attribute>, Visibility, Ident);

fn read_head(input: ParseStream<'_>) -> syn::Result<Result<Head, Misplaced>> {
    let attrs = input.call(Attribute::parse_outer)?;
    let vis = input.parse()?;
    let rest = input.fork();
    // rustc reports `unsafe mod` itself.
    input.parse::<Option<Token![unsafe]>>()?;
    if input.parse::<Option<Token![mod]>>()?.is_none() {
        input.parse::<TokenStream>()?;
        let keyword = rest.parse::<TokenStream>()?.into_iter().take(1).collect();
        return Ok(Err(Misplaced::NotAModule { keyword }));
    }
    let name = input.parse()?;
    input.parse::<Option<Token![;]>>()?;
    Ok(Ok((attrs, vis, name)))
}

fn read_items(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, Vec<Item>)> {
    let attrs = input.call(Attribute::parse_inner)?;
    let mut items = Vec::new();
    while !input.is_empty() {
        items.push(input.parse()?);
    }
    Ok((attrs, items))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn a_module_is_kept_to_the_token() {
        let tokens = quote! {
            #[allow(unused)]
            pub(super) mod chat {
                //! Docs.
                #![allow(dead_code)]
                #[cfg(unix)]
                fn open() { any tokens }
            }
        };
        let Ok(module) = Module::read(tokens.clone()) else {
            panic!("is a module")
        };
        assert_eq!(module.name, "chat");
        assert_eq!((module.attrs.len(), module.items.len()), (1, 1));
        assert_eq!(module.inner_attrs.len(), 2);
        assert_eq!(
            module
                .with(TokenStream::new(), &Spelling::default())
                .to_string(),
            tokens.to_string()
        );
    }

    #[test]
    fn anything_else_says_what_it_is() {
        let keyword = |tokens| match Module::read(tokens) {
            Err(Misplaced::NotAModule { keyword }) => keyword.to_string(),
            Err(Misplaced::OutOfLine { name }) => format!("mod {name};"),
            _ => panic!("should be misplaced"),
        };
        assert_eq!(
            keyword(quote!(
                pub mod chat;
            )),
            "mod chat;"
        );
        assert_eq!(
            keyword(quote!(
                /** Docs. */
                pub fn chat() {}
            )),
            "fn"
        );
        assert_eq!(
            keyword(quote!(
                async fn chat() {}
            )),
            "async"
        );
        assert_eq!(
            keyword(quote!(
                struct Chat;
            )),
            "struct"
        );
    }
}
