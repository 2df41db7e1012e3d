use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};

/// How code mentions an item of its module.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mention {
    /// In any way.
    Any,
    /// As a module is mentioned: `name::` or `self::name`.
    Module,
}

/// Whether tokens mention an item of this name, outside of its own definition or import. Of a longer
/// path only the first name counts, and the one behind `self::` or `super::`. A variable of the same
/// name counts as well, where it is used.
pub(super) fn mentions(tokens: TokenStream, name: &Ident, mention: Mention) -> bool {
    search(tokens, name, mention, false)
}

/// With `is_import` the tokens are those of a group in a `use`.
fn search(tokens: TokenStream, name: &Ident, mention: Mention, mut is_import: bool) -> bool {
    let mut before = Before::Other;
    let mut trees = tokens.into_iter().peekable();
    while let Some(tree) = trees.next() {
        let is_found = match &tree {
            TokenTree::Ident(word) if word == name && before.may_be_item() => {
                let colons = trees.peek().and_then(colon);
                match colons {
                    Some(Spacing::Joint) => true,
                    // A variable, parameter or field is defined here.
                    Some(Spacing::Alone) => false,
                    None if matches!(before, Before::Local { .. }) => true,
                    None => mention == Mention::Any && !is_import,
                }
            }
            TokenTree::Group(group) => search(group.stream(), name, mention, is_import),
            _ => false,
        };
        if is_found {
            return true;
        }
        match &tree {
            TokenTree::Ident(word) if word == "use" => is_import = true,
            TokenTree::Punct(punct) if punct.as_char() == ';' => is_import = false,
            _ => {}
        }
        before = before.then(&tree);
    }
    false
}

fn colon(tree: &TokenTree) -> Option<Spacing> {
    match tree {
        TokenTree::Punct(punct) if punct.as_char() == ':' => Some(punct.spacing()),
        _ => None,
    }
}

/// What stands before a token.
#[derive(Clone, Copy)]
enum Before {
    /// A `.`: a field or method follows.
    Dot,
    /// A keyword behind which a name is defined.
    Definition,
    /// `self` or `super`, and how many colons behind it.
    Local {
        colons: u8,
    },
    /// So many colons behind another name.
    Path {
        colons: u8,
    },
    Other,
}

impl Before {
    fn may_be_item(self) -> bool {
        !matches!(
            self,
            Self::Dot | Self::Definition | Self::Path { colons: 2 }
        )
    }

    fn then(self, tree: &TokenTree) -> Self {
        match (self, tree) {
            (_, TokenTree::Ident(word)) => match word.to_string().as_str() {
                "fn" | "mod" | "const" | "static" | "type" | "struct" | "enum" | "trait" => {
                    Self::Definition
                }
                "self" | "super" => Self::Local { colons: 0 },
                _ => Self::Other,
            },
            (_, TokenTree::Punct(punct)) if punct.as_char() == '.' => Self::Dot,
            (before, TokenTree::Punct(punct)) if punct.as_char() == ':' => match before {
                Self::Local { colons } => Self::Local { colons: colons + 1 },
                Self::Path { colons } => Self::Path { colons: colons + 1 },
                _ => Self::Path { colons: 1 },
            },
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse_quote;

    use super::*;

    fn is_mentioned(tokens: &TokenStream, mention: Mention) -> bool {
        mentions(tokens.clone(), &parse_quote!(a), mention)
    }

    #[test]
    fn a_mention_names_the_item_and_nothing_else() {
        for (tokens, any, module) in [
            (quote!(a::b(c)), true, true),
            (
                quote!(
                    fn b() {
                        x(|| self::a::c)
                    }
                ),
                true,
                true,
            ),
            (
                quote!(
                    mod b {
                        use super::a;
                    }
                ),
                true,
                true,
            ),
            (
                quote!(
                    use a::{b, c};
                ),
                true,
                true,
            ),
            (quote!(a!{} b), true, false),
            (quote!(a(b)), true, false),
            (quote!(b(a)), true, false),
            (quote!(B { a: 1, b: a }), true, false),
            (quote!(use b::c;, a), true, false),
            (quote!(B { a: 1, b } fn b(a: A)), false, false),
            (quote!(x.a() + b::a() + ::a::b()), false, false),
            (
                quote!(
                    fn a() {}
                    mod a {}
                    const a: A = 1;
                ),
                false,
                false,
            ),
            (
                quote!(
                    use b::a;
                    use b::{c, a};
                    use b::{a as d};
                    use b::a::{self, C};
                ),
                false,
                false,
            ),
            (quote!("a" 'a' ab), false, false),
        ] {
            assert_eq!(is_mentioned(&tokens, Mention::Any), any, "{tokens}");
            assert_eq!(is_mentioned(&tokens, Mention::Module), module, "{tokens}");
        }
    }
}
