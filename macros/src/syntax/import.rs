use syn::{Ident, Token, UseTree, parse::ParseStream};

/// The names that a `use` brings into the module. Those of a glob are not known.
pub(super) fn names(input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    input.parse::<Token![use]>()?;
    input.parse::<Option<Token![::]>>()?;
    let mut names = Vec::new();
    collect(&input.parse()?, None, &mut names);
    Ok(names)
}

fn collect(tree: &UseTree, parent: Option<&Ident>, names: &mut Vec<Ident>) {
    match tree {
        UseTree::Path(path) => collect(&path.tree, Some(&path.ident), names),
        UseTree::Name(name) if name.ident == "self" => names.extend(parent.cloned()),
        UseTree::Name(name) => names.push(name.ident.clone()),
        UseTree::Rename(renamed) => names.push(renamed.rename.clone()),
        UseTree::Group(group) => group.items.iter().for_each(|it| collect(it, parent, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;
    use syn::parse::Parser;

    use super::*;

    #[test]
    fn names_are_those_in_the_module() {
        let names = |tokens: TokenStream| {
            let names = names.parse2(tokens).unwrap();
            names.iter().map(Ident::to_string).collect::<Vec<_>>()
        };
        assert_eq!(names(quote!(use a)), ["a"]);
        assert_eq!(names(quote!(use ::a::b as c)), ["c"]);
        assert_eq!(
            names(quote!(use a::{b::{self, c}, d::*, e as _, f})),
            ["b", "c", "_", "f"]
        );
    }
}
