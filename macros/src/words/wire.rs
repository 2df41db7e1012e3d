use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DeriveInput, Fields, GenericParam, Ident, Item, ItemEnum, Path, ext::IdentExt};

use super::{conditions, derived, expand, naming::naming, runtime, said_to};
use crate::{errors::Errors, model::Runtime};

/// In which directions a type travels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// `#[wire]`: it is written and read.
    Both,
    /// `#[sends]`: it is only written, and is always an object with a `type`.
    Out,
}

impl Way {
    fn attribute(self) -> &'static str {
        match self {
            Self::Both => "#[wire]",
            Self::Out => "#[sends]",
        }
    }

    /// The traits that are derived.
    fn traits(self, is_described: bool) -> impl Iterator<Item = &'static str> {
        let read = (self == Self::Both).then_some("Deserialize");
        let described = is_described.then_some("JsonSchema");
        ["Serialize"].into_iter().chain(read).chain(described)
    }
}

/// Expands `#[wire]` and `#[sends]` to derives, and to implementations of `Wire` and `WireAs`:
///
/// ```text
/// #[derive(Serialize, Deserialize)]
/// #[serde(crate = "…")]
/// #[serde(rename_all = "snake_case")]
/// #[serde(tag = "type")]
/// enum Event<'a> { … }
/// impl<'a> Wire for Event<'a> { type Static = Event<'static>; }
/// impl<'a> WireAs<Event<'static>> for Event<'a> {}
/// ```
///
/// With `is_described` it derives `JsonSchema`, too.
///
/// A field whose type does not travel is an error of each derive. An assertion in front of them could
/// not prevent these, and a condition that silences them would make types that contain themselves
/// endless.
pub(crate) fn wire(
    way: Way,
    arguments: TokenStream,
    item: TokenStream,
    is_described: bool,
) -> TokenStream {
    let mut errors = Errors::default();
    let runtime = runtime(way.attribute(), arguments, &mut errors);
    let nothing = TokenStream::new();
    let (it, form) = match syn::parse2(item.clone()) {
        Ok(Item::Enum(it)) => {
            let form = form(way, &it, &mut errors);
            (DeriveInput::from(it), form)
        }
        Ok(Item::Struct(it)) => (DeriveInput::from(it), TokenStream::new()),
        // It stands for a type from elsewhere, which travels by itself.
        Ok(Item::Use(_) | Item::Type(_)) if way == Way::Out => {
            return expand(errors, &nothing, &item, &nothing);
        }
        Ok(_) => {
            let message = format!("`{}` goes on a `struct` or an `enum`", way.attribute());
            // Without tokens of its own, the error has the place of the attribute.
            errors.push(&nothing, message);
            return expand(errors, &nothing, &item, &nothing);
        }
        Err(error) => {
            errors.absorb(error);
            return expand(errors, &nothing, &item, &nothing);
        }
    };
    let derived = derived(&it.attrs);
    let mut is_described = is_described;
    let mut derives = TokenStream::new();
    for word in way.traits(is_described) {
        let is_it = |path: &&Path| path.segments.last().is_some_and(|last| last.ident == word);
        if let Some(path) = derived.iter().find(is_it) {
            let message = format!("`{}` derives `{word}` already", way.attribute());
            errors.push(path, message);
            is_described &= word != "JsonSchema";
            continue;
        }
        let path = runtime.path();
        let from = Ident::new(
            if word == "JsonSchema" {
                "schemars"
            } else {
                "serde"
            },
            it.ident.span(),
        );
        let word = Ident::new(word, proc_macro2::Span::call_site());
        derives.extend(quote!(#path::__private::#from::#word,));
    }
    let naming = is_described.then(|| naming(&runtime, &it));
    let (library, import) = library(&runtime, &it);
    let derives = derive(&library, &derives, naming);
    let rest = implementations(&runtime, &it);
    expand(
        errors,
        &quote!(#derives #form),
        &item,
        &quote!(#import #rest),
    )
}

/// The path of levante as a text, as serde and schemars take it. `$crate` would mean nothing in a
/// text, so that a path that begins with it gets another name.
fn library(runtime: &Runtime, it: &DeriveInput) -> (String, TokenStream) {
    let path = runtime.path();
    let text = path.to_string().replace(' ', "");
    if !text.starts_with('$') {
        return (text, TokenStream::new());
    }
    let name = format_ident!("__levante_of_{}", it.ident.unraw());
    let cfg = conditions(&it.attrs);
    let import = quote! {
        #cfg
        #[doc(hidden)]
        #[allow(non_snake_case)]
        use #path as #name;
    };
    (name.to_string(), import)
}

fn derive(library: &str, derives: &TokenStream, naming: Option<TokenStream>) -> TokenStream {
    let of = |name: &str| format!("{library}::__private::{name}");
    let serde = of("serde");
    let schemars = naming.map(|naming| {
        let schemars = of("schemars");
        quote!(#[schemars(crate = #schemars #naming)])
    });
    quote! {
        #[derive(#derives)]
        #[serde(crate = #serde)]
        #schemars
    }
}

/// How an enum is written, where the user's own `#[serde(…)]` does not say it: as an object with the
/// name of the variant in `type`, or as this name alone, if no variant has fields.
fn form(way: Way, it: &ItemEnum, errors: &mut Errors) -> TokenStream {
    let said = said_to("serde", &it.attrs);
    let says = |words: &[&str]| said.iter().any(|it| words.iter().any(|word| it == word));
    // It is written as another type.
    if says(&["from", "try_from", "into", "remote", "transparent"]) {
        return TokenStream::new();
    }
    let names = (!says(&["rename_all"])).then(|| quote!(#[serde(rename_all = "snake_case")]));
    let is_names = it
        .variants
        .iter()
        .all(|it| matches!(it.fields, Fields::Unit));
    if says(&["tag", "content", "untagged"]) || is_names && way == Way::Both {
        return names.unwrap_or_default();
    }
    let mut is_tagged = true;
    for variant in &it.variants {
        if let Fields::Unnamed(fields) = &variant.fields {
            let message = "the fields of a variant have names, which are those in the JSON";
            errors.push(fields, message);
            is_tagged = false;
        }
    }
    // serde would report the same fields, too.
    let tag = is_tagged.then(|| quote!(#[serde(tag = "type")]));
    quote!(#names #tag)
}

fn implementations(runtime: &Runtime, it: &DeriveInput) -> TokenStream {
    let DeriveInput {
        ident: name,
        generics,
        ..
    } = it;
    let runtime = runtime.path();
    let cfg = conditions(&it.attrs);
    let (parameters, arguments, conditions) = generics.split_for_impl();
    let owned = generics.params.iter().map(|it| match it {
        GenericParam::Lifetime(_) => quote!('static),
        GenericParam::Type(it) => {
            let name = &it.ident;
            quote!(#name)
        }
        GenericParam::Const(it) => {
            let name = &it.ident;
            quote!(#name)
        }
    });
    let owned = match generics.params.is_empty() {
        true => TokenStream::new(),
        false => quote!(<#(#owned),*>),
    };
    // serde knows what it needs of the parameters: the whole type is asked for.
    let types = generics.type_params().map(|it| &it.ident);
    let more: Vec<_> = types.map(|it| quote!(#it: 'static,)).collect();
    let conditions = match more.is_empty() {
        true => quote!(#conditions),
        false => {
            let given = conditions.map(|it| &it.predicates);
            let given = given.iter().flat_map(|it| it.iter());
            quote!(where #(#given,)* #(#more)* Self: #runtime::__private::serde::Serialize)
        }
    };
    quote! {
        #cfg
        #[automatically_derived]
        impl #parameters #runtime::__private::Wire for #name #arguments #conditions {
            type Static = #name #owned;
        }
        #cfg
        #[automatically_derived]
        impl #parameters #runtime::__private::WireAs<#name #owned> for #name #arguments #conditions {}
    }
}
