use proc_macro2::{Group, Ident, Spacing, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};

use super::place::{const_block, over};
use crate::model::Setting;

/// Expands to a function and a check for each setting. Each value out of range is then an error of
/// its own:
///
/// ```text
/// #[track_caller]
/// const fn __idle_timeout(__config: Config) -> Config {
///     use super::*;
///     __config.idle_timeout(const { Duration::from_secs(60) })
/// }
/// const _: Config = __idle_timeout(Config::DEFAULT);
/// ```
///
/// With the import, names mean the same as where the attribute stands. The inner `const` evaluates
/// the value at compile time, also in a function that rustc could call at run time.
pub(super) fn expand(settings: &[Setting]) -> TokenStream {
    settings.iter().map(setting).collect()
}

/// Expands to the settings one after another: `__send_pings(__idle_timeout(Config::DEFAULT))`.
pub(super) fn config(settings: &[Setting]) -> TokenStream {
    let default = quote!(__levante::Config::DEFAULT);
    settings.iter().fold(default, |config, setting| {
        let function = function_name(setting);
        quote!(#function(#config))
    })
}

fn setting(setting: &Setting) -> TokenStream {
    let value = &setting.value;
    let name = Ident::new(setting.setting.name, setting.place);
    let function = function_name(setting);
    let constant = const_block(value, from_inside(value.to_token_stream()));
    let checked = over(value, quote!(#function(__levante::Config::DEFAULT)));
    quote! {
        #[track_caller]
        const fn #function(
            __config: __levante::Config,
        ) -> __levante::Config {
            use super::*;
            __config.#name(#constant)
        }
        const _: __levante::Config = #checked;
    }
}

fn function_name(setting: &Setting) -> Ident {
    format_ident!("__{}", setting.setting.name, span = setting.place)
}

/// Spells the relative paths of an expression from inside the module.
pub(super) fn from_inside(tokens: TokenStream) -> TokenStream {
    let mut trees = tokens.into_iter().peekable();
    let mut spelled = TokenStream::new();
    let mut is_behind_path = false;
    let mut is_in_separator = false;
    while let Some(tree) = trees.next() {
        let is_start = trees.peek().is_some_and(begins_separator) && !is_behind_path;
        // A single colon, as in `field: value`, is no separator.
        is_behind_path = is_in_separator;
        is_in_separator = begins_separator(&tree);
        match tree {
            TokenTree::Ident(word) if is_start && word == "self" => {
                Ident::new("super", word.span()).to_tokens(&mut spelled);
            }
            TokenTree::Ident(word) if is_start && word == "super" => {
                spelled.extend(quote!(#word::#word));
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), from_inside(group.stream()));
                inner.set_span(group.span());
                inner.to_tokens(&mut spelled);
            }
            tree => tree.to_tokens(&mut spelled),
        }
    }
    spelled
}

/// Whether this is the first half of `::`.
fn begins_separator(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Punct(it) if it.as_char() == ':' && it.spacing() == Spacing::Joint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_start_one_module_deeper() {
        let spelled = from_inside(quote!(
            max(self::A, super::super::b::<self::C>(crate::super_)) + D::self_
        ));
        let expected =
            quote!(max(super::A, super::super::super::b::<super::C>(crate::super_)) + D::self_);
        assert_eq!(spelled.to_string(), expected.to_string());
    }

    #[test]
    fn the_value_of_a_field_may_be_a_relative_path() {
        let spelled = from_inside(quote!(self::A {
            b: self::C,
            d: super::E::F,
            g: h
        }));
        let expected = quote!(super::A {
            b: super::C,
            d: super::super::E::F,
            g: h
        });
        assert_eq!(spelled.to_string(), expected.to_string());
    }
}
