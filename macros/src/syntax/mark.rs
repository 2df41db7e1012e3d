//! The attributes inside of a module, as they are spelled.

use proc_macro2::{Delimiter, Group, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Ident, Path, Token,
    parse::{ParseStream, Parser},
};

use crate::language::Mark;

/// What this attribute means in a module, if it means anything.
///
/// Plain names are known, and those behind the name of levante, which is `runtime` if it is not
/// `levante`. No other macro is meant by a plain name, even if one is imported.
pub(crate) fn mark_of(attr: &Attribute, runtime: Option<&Path>) -> Option<Mark> {
    of(attr.path(), runtime)
}

fn of(path: &Path, runtime: Option<&Path>) -> Option<Mark> {
    let segments: Vec<_> = path.segments.iter().map(|it| &it.ident).collect();
    let (name, before) = segments.split_last()?;
    let mark = Mark::named(name)?;
    // `rt::on` beside `crate = crate::deps::rt` is meant, too.
    let is_behind = |of: &Path| {
        let names: Vec<_> = of.segments.iter().map(|it| &it.ident).collect();
        names == before || before.len() == 1 && names.last() == before.last()
    };
    let is_ours = match before {
        [] => path.leading_colon.is_none(),
        [first] if *first == "levante" || *first == "__levante" => true,
        _ => runtime.is_some_and(is_behind),
    };
    is_ours.then_some(mark)
}

/// Spells the attributes of all items by the import `__levante` of the generated code, so that they
/// need no import of their own and none that the user has shadows them. All tokens keep their
/// places, and an editor finds the attribute's docs.
///
/// An attribute that generates code is handed `runtime`, which is a path inside of the module.
/// Attributes with the names of `foreign` are mistakes that have been reported: their macros do not
/// exist.
pub(super) fn spell(
    content: TokenStream,
    known_as: Option<&Path>,
    runtime: Option<&TokenStream>,
    foreign: &[Ident],
) -> TokenStream {
    let trees: Vec<_> = content.into_iter().collect();
    let spell = |(position, tree): (usize, &TokenTree)| match tree {
        TokenTree::Group(group) if is_attribute(&trees, position) => {
            let tokens = group.stream();
            let again = match is_superfluous(&trees, position, known_as) {
                Some(name) => Some(named(&Ident::new(Mark::On.name(), name.span()))),
                None => attribute(tokens.clone(), known_as, runtime, foreign),
            };
            let mut spelled = Group::new(Delimiter::Bracket, again.unwrap_or(tokens));
            spelled.set_span(group.span());
            TokenTree::Group(spelled)
        }
        tree => tree.clone(),
    };
    trees.iter().enumerate().map(spell).collect()
}

/// Whether the token here is the group of an attribute, behind its `#`.
fn is_attribute(trees: &[TokenTree], position: usize) -> bool {
    let before = position.checked_sub(1).and_then(|it| trees.get(it));
    let is_behind_sign = matches!(before, Some(TokenTree::Punct(it)) if it.as_char() == '#');
    let is_group = matches!(
        trees.get(position),
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket
    );
    is_behind_sign && is_group
}

/// The name of `#[wire]` beside `#[sends]`, which is a mistake that has been reported.
fn is_superfluous(trees: &[TokenTree], position: usize, known_as: Option<&Path>) -> Option<Ident> {
    let path_at = |position: usize| {
        let Some(TokenTree::Group(group)) = trees.get(position) else {
            return None;
        };
        read.parse2(group.stream()).ok().map(|(path, _)| path)
    };
    let path = path_at(position).filter(|path| of(path, known_as) == Some(Mark::Wire))?;
    let before = (0..=position).rev().step_by(2).skip(1);
    let behind = (position..trees.len()).step_by(2).skip(1);
    let is_sent = |mut run: Box<dyn Iterator<Item = usize>>| {
        let mut run = run.by_ref().take_while(|it| is_attribute(trees, *it));
        run.any(|it| path_at(it).is_some_and(|path| of(&path, known_as) == Some(Mark::Sends)))
    };
    let is_sent = is_sent(Box::new(before)) || is_sent(Box::new(behind));
    path.segments
        .last()
        .map(|it| it.ident.clone())
        .filter(|_| is_sent)
}

fn read(input: ParseStream<'_>) -> syn::Result<(Path, TokenStream)> {
    let path = input.call(Path::parse_mod_style)?;
    Ok((path, input.parse()?))
}

/// Another spelling of the tokens in the brackets of an attribute; `None` if it stays as it is.
fn attribute(
    tokens: TokenStream,
    known_as: Option<&Path>,
    runtime: Option<&TokenStream>,
    foreign: &[Ident],
) -> Option<TokenStream> {
    let (path, arguments) = read.parse2(tokens).ok()?;
    let name = &path.segments.last()?.ident;
    if name == "cfg_attr" {
        return conditional(&path, arguments, known_as, runtime);
    }
    let Some(mark) = of(&path, known_as) else {
        let is_foreign = path.get_ident().is_some_and(|name| foreign.contains(name));
        return is_foreign.then(|| named(&Ident::new(Mark::On.name(), name.span())));
    };
    let arguments = match runtime {
        Some(runtime) if !mark.is_function() => with_runtime(arguments, name.span(), runtime),
        _ => arguments,
    };
    let path = named(name);
    Some(quote!(#path #arguments))
}

/// Another spelling of the attributes behind the condition of a `cfg_attr`.
fn conditional(
    path: &Path,
    arguments: TokenStream,
    known_as: Option<&Path>,
    runtime: Option<&TokenStream>,
) -> Option<TokenStream> {
    let mut trees = arguments.into_iter();
    let (Some(TokenTree::Group(list)), None) = (trees.next(), trees.next()) else {
        return None;
    };
    let is_comma = |tree: &TokenTree| matches!(tree, TokenTree::Punct(it) if it.as_char() == ',');
    let trees: Vec<_> = list.stream().into_iter().collect();
    let mut spelled = TokenStream::new();
    for (position, part) in trees.split_inclusive(is_comma).enumerate() {
        let (part, comma) = match part.split_last() {
            Some((last, part)) if is_comma(last) => (part, Some(last)),
            _ => (part, None),
        };
        let part = TokenStream::from_iter(part.iter().cloned());
        let again = (position > 0).then(|| attribute(part.clone(), known_as, runtime, &[]));
        spelled.extend(again.flatten().unwrap_or(part));
        comma.to_tokens(&mut spelled);
    }
    let mut group = Group::new(list.delimiter(), spelled);
    group.set_span(list.span());
    Some(quote!(#path #group))
}

/// `__levante::name`, in the place of the name.
fn named(name: &Ident) -> TokenStream {
    let runtime = Ident::new("__levante", name.span());
    let separator = Token![::](name.span());
    quote!(#runtime #separator #name)
}

/// The arguments, with `crate = …` behind them, unless they have one or are of no list.
fn with_runtime(arguments: TokenStream, place: Span, runtime: &TokenStream) -> TokenStream {
    let mut trees = arguments.clone().into_iter();
    let (mut list, span) = match (trees.next(), trees.next()) {
        (None, _) => (Vec::new(), place),
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::Parenthesis => {
            (group.stream().into_iter().collect(), group.span())
        }
        _ => return arguments,
    };
    let is_crate = |tree: &TokenTree| matches!(tree, TokenTree::Ident(word) if word == "crate");
    let has_runtime = list.windows(2).any(|pair| {
        is_crate(&pair[0]) && matches!(&pair[1], TokenTree::Punct(it) if it.as_char() == '=')
    });
    if has_runtime {
        return arguments;
    }
    let ends = matches!(list.last(), Some(TokenTree::Punct(it)) if it.as_char() == ',');
    if !list.is_empty() && !ends {
        list.push(Punct::new(',', Spacing::Alone).into());
    }
    list.extend(quote!(crate = #runtime));
    let mut group = Group::new(Delimiter::Parenthesis, list.into_iter().collect());
    group.set_span(span);
    group.into_token_stream()
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn attributes_are_known_by_plain_names_and_by_those_of_levante() {
        let rt: Path = parse_quote!(::app::rt);
        let known = |attr: Attribute| mark_of(&attr, Some(&rt));
        assert_eq!(known(parse_quote!(#[on])), Some(Mark::On));
        assert_eq!(known(parse_quote!(#[levante::join])), Some(Mark::Join));
        assert_eq!(known(parse_quote!(#[::levante::wire])), Some(Mark::Wire));
        assert_eq!(
            known(parse_quote!(#[app::rt::topic("a")])),
            Some(Mark::Topic)
        );
        assert_eq!(known(parse_quote!(#[__levante::sends])), Some(Mark::Sends));
        assert_eq!(known(parse_quote!(#[tokio::join])), None);
        assert_eq!(known(parse_quote!(#[app::closes])), None);
        assert_eq!(known(parse_quote!(#[::on])), None);
        assert_eq!(known(parse_quote!(#[inline])), None);
    }

    fn spelled(tokens: TokenStream, runtime: Option<TokenStream>) -> String {
        let foreign = [parse_quote!(event)];
        spell(tokens, None, runtime.as_ref(), &foreign).to_string()
    }

    #[test]
    fn only_paths_change() {
        let item = quote! {
            #![allow(unused)]
            /// Docs.
            #[cfg(unix)] #[on] #[inline] fn say(#[on] ws: &Ws) { #[join] { } }
            #[levante::topic("a", message = A)] struct A;
            #[event("say")] fn b() {}
            #[other::on] fn c() {}
            #[sends] #[inline] #[wire] enum E {}
            #[wire] #[sends] enum F {}
            #[cfg_attr(on, on, inline, wire(a, on))] fn d() {}
        };
        let expected = quote! {
            #![allow(unused)]
            /// Docs.
            #[cfg(unix)] #[__levante::on] #[inline] fn say(#[on] ws: &Ws) { #[join] { } }
            #[__levante::topic("a", message = A)] struct A;
            #[__levante::on] fn b() {}
            #[other::on] fn c() {}
            #[__levante::sends] #[inline] #[__levante::on] enum E {}
            #[__levante::on] #[__levante::sends] enum F {}
            #[cfg_attr(on, __levante::on, inline, __levante::wire(a, on))] fn d() {}
        };
        assert_eq!(spelled(item, None), expected.to_string());
    }

    #[test]
    fn the_path_of_levante_is_handed_on() {
        let item = quote! {
            #[on] fn a() {}
            #[wire] struct B;
            #[topic("b",)] #[topic("b", crate = d)] #[topic = 1] struct B;
        };
        let expected = quote! {
            #[__levante::on] fn a() {}
            #[__levante::wire(crate = ::rt)] struct B;
            #[__levante::topic("b", crate = ::rt)] #[__levante::topic("b", crate = d)]
            #[__levante::topic = 1] struct B;
        };
        assert_eq!(spelled(item, Some(quote!(::rt))), expected.to_string());
    }
}
