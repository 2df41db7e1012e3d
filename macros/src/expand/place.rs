use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Token;

/// Gives `tokens` the place of `target`, so that rustc underlines all of `target`.
///
/// rustc underlines an expression from the span of its first token to the span of its last one. So
/// blocks and argument lists, with which an expression ends, take the span of the target's last
/// token, and all other tokens that of its first.
pub(super) fn over(target: &dyn ToTokens, tokens: TokenStream) -> TokenStream {
    let (start, end) = ends(target);
    place(tokens, start, end)
}

/// Expands to `const { … }` around tokens that keep their own places.
pub(super) fn const_block(target: &dyn ToTokens, inner: TokenStream) -> TokenStream {
    let (start, end) = ends(target);
    let mut block = Group::new(Delimiter::Brace, inner);
    block.set_span(end);
    let keyword = Token![const](start);
    quote!(#keyword #block)
}

fn ends(target: &dyn ToTokens) -> (Span, Span) {
    let mut spans = target.to_token_stream().into_iter().map(|tree| tree.span());
    let start = spans.next().unwrap_or_else(Span::call_site);
    (start, spans.last().unwrap_or(start))
}

fn place(tokens: TokenStream, start: Span, end: Span) -> TokenStream {
    let place = |tree| match tree {
        TokenTree::Group(group) => {
            let mut placed = Group::new(group.delimiter(), place(group.stream(), start, end));
            placed.set_span(end);
            TokenTree::Group(placed)
        }
        // A variable of the glue keeps its own hygiene: in that of the target, which another macro
        // may have written, it would be unknown. The import of the runtime is no variable; if it kept
        // its own, rustc would not underline the whole target.
        TokenTree::Ident(mut name) if is_variable(&name) => {
            name.set_span(name.span().located_at(start));
            TokenTree::Ident(name)
        }
        mut tree => {
            tree.set_span(start);
            tree
        }
    };
    tokens.into_iter().map(place).collect()
}

/// Whether this is a name of the glue, but not the import of the runtime, which has no hygiene.
fn is_variable(name: &Ident) -> bool {
    name.to_string().starts_with("__") && name != "__levante"
}
