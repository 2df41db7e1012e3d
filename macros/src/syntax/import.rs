use syn::{Ident, Token, UseTree, parse::ParseStream};

/// What a `use` brings into the module.
#[derive(Default)]
pub(crate) struct Imported {
    /// The names in the module. Those of a glob are not known.
    pub(crate) names: Vec<Ident>,
    /// The first glob.
    pub(crate) glob: Option<Token![*]>,
}

/// Reads a `use`.
pub(super) fn read(input: ParseStream<'_>) -> syn::Result<Imported> {
    input.parse::<Token![use]>()?;
    input.parse::<Option<Token![::]>>()?;
    let mut imported = Imported::default();
    imported.collect(&input.parse()?, None);
    Ok(imported)
}

impl Imported {
    fn collect(&mut self, tree: &UseTree, parent: Option<&Ident>) {
        match tree {
            UseTree::Path(path) => self.collect(&path.tree, Some(&path.ident)),
            UseTree::Name(name) if name.ident == "self" => self.names.extend(parent.cloned()),
            UseTree::Name(name) => self.names.push(name.ident.clone()),
            UseTree::Rename(renamed) => self.names.push(renamed.rename.clone()),
            UseTree::Group(group) => group.items.iter().for_each(|it| self.collect(it, parent)),
            UseTree::Glob(glob) => self.glob = self.glob.or(Some(glob.star_token)),
        }
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
            let imported = read.parse2(tokens).unwrap();
            let names = imported.names.iter().map(Ident::to_string);
            (names.collect::<Vec<_>>().join(" "), imported.glob.is_some())
        };
        assert_eq!(names(quote!(use a)), ("a".into(), false));
        assert_eq!(names(quote!(use ::a::b as c)), ("c".into(), false));
        assert_eq!(
            names(quote!(use a::{b::{self, c}, d::*, e as _, f})),
            ("b c _ f".into(), true)
        );
    }
}
