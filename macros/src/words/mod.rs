//! The attributes of data: `#[wire]`, `#[sends]`, `#[closes]` and `#[topic]`. Each reads one item,
//! leaves it as it is, and adds implementations behind it.

mod closes;
mod naming;
mod pattern;
mod topic;
mod wire;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Ident, Path, Token, ext::IdentExt, parse::ParseStream, punctuated::Punctuated,
};

pub(crate) use self::{
    closes::closes,
    topic::{Place, topic},
    wire::{Way, wire},
};
use crate::{
    check,
    errors::Errors,
    model::Runtime,
    syntax::{Argument, Arguments},
};

/// Reads the arguments of an attribute that takes none but `crate = path`.
pub(crate) fn runtime(attribute: &str, arguments: TokenStream, errors: &mut Errors) -> Runtime {
    let read = Arguments::read(arguments.clone());
    match &read.list[..] {
        [Argument::Crate { value, .. }] if read.unreadable.is_none() => {
            match check::runtime(value) {
                Ok(path) => return Runtime(Some(path)),
                Err(error) => errors.absorb(error),
            }
        }
        [] if read.unreadable.is_none() => {}
        _ => errors.push(
            arguments,
            format!("`{attribute}` takes no arguments but `crate = …`"),
        ),
    }
    Runtime::default()
}

/// The item between the mistakes and what was generated for it. The item stays as it was written,
/// also beside mistakes, and has its implementations also then: so rustc reports nothing more.
fn expand(
    errors: Errors,
    derives: &TokenStream,
    item: &TokenStream,
    rest: &TokenStream,
) -> TokenStream {
    let errors = errors.finish().map(syn::Error::into_compile_error);
    quote!(#errors #derives #item #rest)
}

/// The conditions of an item. What is generated for it has them, too.
fn conditions(attrs: &[Attribute]) -> TokenStream {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .map(ToTokens::to_token_stream)
        .collect()
}

/// The paths in the item's own derives.
fn derived(attrs: &[Attribute]) -> Vec<Path> {
    let derives = attrs.iter().filter(|attr| attr.path().is_ident("derive"));
    derives
        .filter_map(|attr| {
            attr.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)
                .ok()
        })
        .flatten()
        .collect()
}

/// The words in an attribute of derives, such as `#[serde(…)]`.
fn said_to(library: &str, attrs: &[Attribute]) -> Vec<Ident> {
    let mut said = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(library)) {
        // What cannot be read is reported by the derive.
        let _ = attr.parse_args_with(|input: ParseStream<'_>| {
            while !input.is_empty() {
                said.push(input.call(Ident::parse_any)?);
                while !input.is_empty() && !input.peek(Token![,]) {
                    input.parse::<proc_macro2::TokenTree>()?;
                }
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(())
        });
    }
    said
}

/// Gives tokens a place. `$crate` keeps its own, which says what it stands for.
fn located(at: Span, tokens: TokenStream) -> TokenStream {
    let locate = |tree| match tree {
        TokenTree::Group(group) => {
            let mut located = Group::new(group.delimiter(), located(at, group.stream()));
            located.set_span(at);
            TokenTree::Group(located)
        }
        TokenTree::Ident(name) if name == "$crate" => TokenTree::Ident(name),
        mut tree => {
            tree.set_span(at);
            tree
        }
    };
    tokens.into_iter().map(locate).collect()
}
