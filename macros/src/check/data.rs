use proc_macro2::Span;
use syn::{ReturnType, Signature, Type, Visibility, parse_quote, spanned::Spanned};

use super::spelling;
use crate::{
    model::{Cfg, Data},
    syntax::{Item, Module, Word},
};

/// The data that this `attach` makes: the type that it returns, without an outer `Result`, and then
/// without an outer `Attached`. Also returns whether there was an `Attached`.
pub(super) fn of(attach: &Signature, cfg: Cfg, module: &Module) -> (Data, bool) {
    let returned = match &attach.output {
        ReturnType::Type(_, returned) => spelling::bare(returned),
        ReturnType::Default => return (nothing(cfg), false),
    };
    if let Type::Never(_) = returned {
        return (nothing(cfg), false);
    }
    let ty = ok_of(returned, module).unwrap_or(returned);
    let attached = spelling::argument_of(ty, "Attached");
    let ty = spelling::bare(attached.unwrap_or(ty));
    let (vis, place) = visibility(ty, module);
    let data = Data {
        cfg,
        vis,
        place,
        ty: ty.clone(),
    };
    (data, attached.is_some())
}

/// The `T` of `Result<T, E>`, or of an alias such as `WebResult<T>`. A macro does not see what an
/// alias stands for: all names that end with `Result` count, but those of the module's own types.
fn ok_of<'t>(ty: &'t Type, module: &Module) -> Option<&'t Type> {
    let names = spelling::local_names(ty);
    let is_own = |item: &Item| match item {
        Item::Named(named) if named.word == Word::Type => {
            let name = &named.name;
            spelling::is_called(ty, &name.to_string()) && names.iter().any(|it| name == it)
        }
        _ => false,
    };
    spelling::result_of(ty).filter(|_| !module.items.iter().any(is_own))
}

/// The conditions under which none of these data exist, if they can hold.
pub(super) fn otherwise(data: &[Data]) -> Option<Cfg> {
    if data.is_empty() {
        Some(Cfg::default())
    } else if data.iter().any(|data| data.cfg.is_always()) {
        None
    } else {
        Some(Cfg::none_of(data.iter().map(|data| &data.cfg)))
    }
}

/// The data without an `attach`.
pub(super) fn nothing(cfg: Cfg) -> Data {
    Data {
        cfg,
        vis: public(),
        place: Span::call_site(),
        ty: parse_quote!(()),
    }
}

/// The widest visibility that a socket with such data can have: that of the most private type of
/// this module in the data. Types from elsewhere are assumed to be as visible as the module,
/// because a private module can use the private types around it.
///
/// Also returns the place of that type.
fn visibility(ty: &Type, module: &Module) -> (Visibility, Span) {
    let names = spelling::local_names(ty);
    let local = module.items.iter().filter_map(|item| match item {
        Item::Named(named) if named.word != Word::Value => {
            let is_meant = names.iter().any(|it| named.name == it);
            is_meant.then_some((&named.vis, &named.name))
        }
        _ => None,
    });
    match local.min_by_key(|(vis, _)| width(vis)) {
        Some((vis, name)) => (vis.clone(), name.span()),
        None if names.is_empty() => (public(), Span::call_site()),
        None => (from_inside(&module.vis), ty.span()),
    }
}

/// Orders visibilities. All `pub(in path)` are equal, because the path does not tell how far away
/// the module is.
pub(super) fn width(vis: &Visibility) -> u8 {
    match vis {
        Visibility::Inherited => 0,
        Visibility::Restricted(restricted) if restricted.path.is_ident("self") => 0,
        Visibility::Restricted(restricted) if restricted.path.is_ident("crate") => 2,
        Visibility::Restricted(_) => 1,
        Visibility::Public(_) => 3,
    }
}

/// A module's visibility as it is spelled for an item inside of it.
fn from_inside(vis: &Visibility) -> Visibility {
    let Visibility::Restricted(restricted) = vis else {
        return match vis {
            Visibility::Public(_) => public(),
            _ => parse_quote!(pub(super)),
        };
    };
    let path = &restricted.path;
    match path.segments.first() {
        Some(first) if first.ident == "self" => parse_quote!(pub(super)),
        Some(first) if first.ident == "super" => parse_quote!(pub(in super::#path)),
        _ => vis.clone(),
    }
}

fn public() -> Visibility {
    Visibility::Public(Default::default())
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::{ToTokens, quote};

    use super::*;

    fn data(module: TokenStream, attach: TokenStream) -> (String, String) {
        let Ok(module) = Module::read(module) else {
            panic!("is a module")
        };
        let signature = syn::parse2(attach).unwrap();
        let (data, _) = of(&signature, Cfg::default(), &module);
        (
            data.vis.to_token_stream().to_string(),
            data.ty.to_token_stream().to_string(),
        )
    }

    #[test]
    fn the_data_are_what_is_left_of_the_return_type() {
        for (returned, expected) in [
            (quote!(), "()"),
            (quote!(-> Visitor), "Visitor"),
            (quote!(-> Result<Visitor, Error>), "Visitor"),
            (
                quote!(-> actix_web::Result<levante::Attached<Visitor>>),
                "Visitor",
            ),
            (quote!(-> Attached<(u8, u8)>), "(u8 , u8)"),
            (quote!(-> WebResult<Visitor>), "Visitor"),
            (quote!(-> crate::WebResult<Attached<u8>>), "u8"),
            (quote!(-> GameResult<u8>), "GameResult < u8 >"),
            (quote!(-> WebResult), "WebResult"),
            (quote!(-> !), "()"),
            (
                quote!(-> Option<Result<u8, u8>>),
                "Option < Result < u8 , u8 > >",
            ),
        ] {
            assert_eq!(
                data(
                    quote!(
                        mod a {
                            struct GameResult<T>(T);
                            type WebResult<T> = Result<T, Error>;
                        }
                    ),
                    quote!(fn attach() #returned)
                )
                .1,
                expected
            );
        }
    }

    #[test]
    fn sockets_are_as_visible_as_their_data() {
        let module = quote! {
            mod a {
                struct Private;
                pub(crate) enum Crate {}
                pub struct Public;
            }
        };
        for (returned, expected) in [
            (quote!(), "pub"),
            (quote!(-> (u8, )), "pub (super)"),
            (quote!(-> Private), ""),
            (quote!(-> self::Crate), "pub (crate)"),
            (quote!(-> Public), "pub"),
            (quote!(-> super::Private), "pub (super)"),
            (quote!(-> Vec<(Public, Option<Private>)>), ""),
            (quote!(-> Result<Public, Private>), "pub"),
        ] {
            assert_eq!(
                data(module.clone(), quote!(fn attach() #returned)).0,
                expected
            );
        }
    }

    #[test]
    fn data_from_elsewhere_are_as_visible_as_the_module() {
        for (module, expected) in [
            (
                quote!(
                    mod a {}
                ),
                "pub (super)",
            ),
            (
                quote!(
                    pub mod a {}
                ),
                "pub",
            ),
            (
                quote!(
                    pub(crate) mod a {}
                ),
                "pub (crate)",
            ),
            (
                quote!(
                    pub(self) mod a {}
                ),
                "pub (super)",
            ),
            (
                quote!(
                    pub(super) mod a {}
                ),
                "pub (in super :: super)",
            ),
            (
                quote!(
                    pub(in crate::x) mod a {}
                ),
                "pub (in crate :: x)",
            ),
        ] {
            assert_eq!(data(module, quote!(fn attach() -> Elsewhere)).0, expected);
        }
    }
}
