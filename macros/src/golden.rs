//! Compares texts with committed files. Each `tests/golden/<name>.rs` expands to
//! `<name>.expanded.rs`.
//!
//! `UPDATE=1 cargo test -p levante-macros` writes the files anew. Read the difference.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, File, Item, ItemFn, ItemMod, Meta};

use crate::words::{self, Place, Way};

/// Compares a text with a committed file, or writes the file if `UPDATE` is set.
pub(crate) fn assert_committed(path: &str, actual: &str) {
    let file = in_crate(path);
    if env::var_os("UPDATE").is_some() {
        fs::write(file, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    assert!(
        actual == expected,
        "{path} is not up to date; `UPDATE=1` writes it anew:\n\n{actual}",
    );
}

macro_rules! golden {
    ($($name:ident)*) => {
        $(#[test] fn $name() { check(stringify!($name)); })*
    };
}

golden! { chat every_handler every_async_handler conditional settings nothing_attached renamed spellings mistakes tests typed typed_conditional typed_mistakes words }

fn check(name: &str) {
    let source = fs::read_to_string(in_crate(&format!("tests/golden/{name}.rs"))).unwrap();
    let actual = expand(&source, &TokenStream::new()).unwrap();
    assert_committed(&format!("tests/golden/{name}.expanded.rs"), &actual);

    // Code that named `::levante` could not find a dependency of another name.
    if name != "renamed" {
        let renamed = expand(&source, &quote!(crate = rt,)).unwrap();
        assert!(!renamed.contains("::levante"), "{renamed}");
        let renamed = renamed.replace("(crate = ::rt)", "");
        let renamed = renamed.replace(", crate = ::rt", "");
        let renamed = renamed.replace("::rt::", "::levante::");
        assert_eq!(in_one_line(&renamed), in_one_line(&actual));
    }
}

/// A text without its line breaks, which are elsewhere beside longer names.
fn in_one_line(text: &str) -> String {
    let text: String = text.split_whitespace().collect();
    text.replace(",)", ")").replace(",}", "}")
}

/// Expands the modules, types and tests of a file that have an attribute, with more arguments before the
/// attribute's own.
fn expand(source: &str, more: &TokenStream) -> syn::Result<String> {
    let mut file: File = syn::parse_str(source)?;
    let items = std::mem::take(&mut file.items);
    for item in items {
        file.items.extend(match item {
            Item::Mod(module) => expand_module(module, more)?,
            Item::Fn(function) => expand_test(function, more)?,
            Item::Struct(item) => expand_word(&item.attrs, &item, more)?,
            Item::Enum(item) => expand_word(&item.attrs, &item, more)?,
            other => vec![other],
        });
    }
    Ok(prettyplease::unparse(&file))
}

fn expand_module(mut module: ItemMod, more: &TokenStream) -> syn::Result<Vec<Item>> {
    let Some(position) = module
        .attrs
        .iter()
        .position(|it| it.path().is_ident("websocket"))
    else {
        return Ok(vec![Item::Mod(module)]);
    };
    let arguments = match module.attrs.remove(position).meta {
        Meta::List(list) => list.tokens,
        _ => Default::default(),
    };
    let features = crate::Features {
        json: true,
        contract: true,
    };
    let expanded = crate::socket(quote!(#more #arguments), module.to_token_stream(), features);
    Ok(syn::parse2::<File>(expanded)?.items)
}

fn expand_test(mut function: ItemFn, more: &TokenStream) -> syn::Result<Vec<Item>> {
    let is_test = |it: &Attribute| matches!(&it.meta, Meta::Path(path) if path.is_ident("test"));
    let Some(position) = function.attrs.iter().position(is_test) else {
        return Ok(vec![Item::Fn(function)]);
    };
    function.attrs.remove(position);
    let expanded = crate::test::test(more.clone(), function.to_token_stream());
    Ok(syn::parse2::<File>(expanded)?.items)
}

/// Expands a type whose first attribute is one of data.
fn expand_word(
    attrs: &[Attribute],
    item: &impl ToTokens,
    more: &TokenStream,
) -> syn::Result<Vec<Item>> {
    let Some(first) = attrs.first() else {
        return Ok(vec![syn::parse2(item.to_token_stream())?]);
    };
    let arguments = match &first.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    let arguments = quote!(#more #arguments);
    let attribute = first.to_token_stream().to_string();
    let item = item.to_token_stream().to_string();
    let item: TokenStream = item.replacen(&attribute, "", 1).parse()?;
    let expanded = if first.path().is_ident("wire") {
        words::wire(Way::Both, arguments, item, true)
    } else if first.path().is_ident("sends") {
        words::wire(Way::Out, arguments, item, true)
    } else if first.path().is_ident("topic") {
        words::topic(Place::Elsewhere, arguments, item, true)
    } else {
        words::closes(arguments, item)
    };
    Ok(syn::parse2::<File>(expanded)?.items)
}

fn in_crate(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
