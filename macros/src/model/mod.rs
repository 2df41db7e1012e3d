//! The meaning of a module. Only a module without mistakes has a [`Model`].

mod typed;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Expr, Ident, LitStr, Meta, Path, PathSegment, ReturnType, Signature, Type,
    Visibility, ext::IdentExt,
};

pub(crate) use self::typed::{Call, Calls, Declarations, Declared, Field, Join, Unseen};
use crate::language::{self, Given, Kind};

/// A whole socket.
pub(crate) struct Model {
    pub(crate) skeleton: Skeleton,
    pub(crate) path: LitStr,
    /// The docs of the module.
    pub(crate) docs: String,
    /// For each condition; one of the conditions always holds.
    pub(crate) attach: Vec<Attach>,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) calls: Calls,
    /// The types of parameters whose values have no size. rustc reports them in the user's own
    /// functions, which are not among the handlers.
    pub(crate) unsized_parameters: Vec<Type>,
}

/// The part of a socket that the user's own code names. A module with mistakes has it, too: without
/// it, rustc would report `Ws` as unknown beside the mistakes.
pub(crate) struct Skeleton {
    pub(crate) module: Ident,
    pub(crate) runtime: Runtime,
    /// For each condition; one of the conditions always holds.
    pub(crate) data: Vec<Data>,
    /// A module with mistakes has them, too: without their values, rustc would report imports as
    /// unused.
    pub(crate) settings: Vec<Setting>,
    pub(crate) declarations: Declarations,
    /// The user's items that have the name of a generated one, which is a mistake.
    pub(crate) taken: Vec<Ident>,
    /// The attributes that do not exist, which is a mistake.
    pub(crate) foreign: Vec<Ident>,
}

/// The crate levante, as an attribute names it.
#[derive(Default)]
pub(crate) struct Runtime(pub(crate) Option<Path>);

impl Runtime {
    /// The path, where the attribute stands. One that does not begin in the user's crate begins
    /// with the name of a dependency.
    pub(crate) fn path(&self) -> TokenStream {
        let Self(Some(path)) = self else {
            return quote!(::levante);
        };
        let of_this_crate = ["crate", "$crate", "self", "super"];
        let is_of_this_crate = |it: &PathSegment| of_this_crate.iter().any(|word| it.ident == word);
        if path.leading_colon.is_some() || path.segments.first().is_some_and(is_of_this_crate) {
            path.to_token_stream()
        } else {
            quote!(::#path)
        }
    }
}

/// The type of `ws.data`.
pub(crate) struct Data {
    pub(crate) cfg: Cfg,
    /// The visibility of the sockets.
    pub(crate) vis: Visibility,
    /// The place of the type that is as private as this.
    pub(crate) place: Span,
    pub(crate) ty: Type,
}

/// A setting of the attribute.
pub(crate) struct Setting {
    pub(crate) setting: &'static language::Setting,
    /// Where its name stands.
    pub(crate) place: Span,
    pub(crate) value: Expr,
}

/// Where the data of a socket come from.
pub(crate) enum Attach {
    /// The user's function.
    Function(Box<AttachFunction>),
    /// There is no function under these conditions: the data are `()`.
    Nothing(Cfg),
}

/// The user's `attach`.
pub(crate) struct AttachFunction {
    pub(crate) cfg: Cfg,
    pub(crate) function: Callee,
    pub(crate) extractors: Vec<Extractor>,
    pub(crate) data: Type,
    /// Whether the data are returned in an `Attached`.
    pub(crate) is_attached: bool,
}

/// A parameter of `attach`.
pub(crate) struct Extractor {
    /// Its type.
    pub(crate) ty: Type,
    /// The extractors in it: a type may be an `Option`, `Result`, `Either` or tuple of extractors.
    pub(crate) bare: Vec<Type>,
}

/// Any other handler.
pub(crate) struct Handler {
    pub(crate) kind: &'static Kind,
    pub(crate) cfg: Cfg,
    pub(crate) function: Callee,
    pub(crate) ws: Lent,
    /// The other parameters, in the order of the kind's own.
    pub(crate) arguments: Vec<Argument>,
}

/// The parameter that takes the socket.
pub(crate) struct Lent {
    /// The user's spelling of `&Ws`.
    pub(crate) ty: Type,
    /// Whether it is called `Ws`. Otherwise it may be an alias, or another type.
    pub(crate) is_ws: bool,
}

/// A parameter of a user's function.
pub(crate) struct Argument {
    /// What the server gives for it.
    pub(crate) given: Given,
    /// The user's spelling of its type.
    pub(crate) ty: Type,
}

/// A function of the user.
pub(crate) struct Callee {
    pub(crate) name: Ident,
    pub(crate) is_async: bool,
    pub(crate) output: ReturnType,
}

impl Callee {
    /// The function with this signature.
    pub(crate) fn of(signature: &Signature) -> Self {
        Self {
            name: signature.ident.clone(),
            is_async: signature.asyncness.is_some(),
            output: signature.output.clone(),
        }
    }

    /// The name as clients spell it.
    pub(crate) fn word(&self) -> String {
        self.name.unraw().to_string()
    }

    /// Whether it never returns: `-> !`.
    pub(crate) fn never_returns(&self) -> bool {
        matches!(&self.output, ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)))
    }
}

/// The conditions under which a function exists: all of these predicates hold.
#[derive(Clone, Default)]
pub(crate) struct Cfg(Vec<TokenStream>);

impl Cfg {
    /// The conditions among a function's attributes.
    pub(crate) fn of(attrs: &[Attribute]) -> Self {
        let predicate = |attr: &Attribute| match &attr.meta {
            Meta::List(list) if list.path.is_ident("cfg") => Some(list.tokens.clone()),
            _ => None,
        };
        Self(attrs.iter().filter_map(predicate).collect())
    }

    /// Holds if none of `others` holds.
    pub(crate) fn none_of<'c>(others: impl IntoIterator<Item = &'c Self>) -> Self {
        let others = others
            .into_iter()
            .map(|Self(predicates)| quote!(all(#(#predicates),*)));
        Self(vec![quote!(not(any(#(#others),*)))])
    }

    /// Whether there is no condition.
    pub(crate) fn is_always(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the conditions are spelled alike.
    pub(crate) fn is_spelled_like(&self, other: &Self) -> bool {
        self.to_token_stream().to_string() == other.to_token_stream().to_string()
    }
}

/// As `#[cfg(…)]` attributes.
impl ToTokens for Cfg {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self(predicates) = self;
        tokens.extend(quote!(#(#[cfg(#predicates)])*));
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn only_conditions_are_copied() {
        let function: syn::ItemFn = parse_quote! {
            /// Docs.
            #[cfg(unix)]
            #[inline]
            #[cfg(feature = "a")]
            fn open() {}
        };
        let cfg = Cfg::of(&function.attrs);
        assert_eq!(
            cfg.to_token_stream().to_string(),
            quote!(#[cfg(unix)] #[cfg(feature = "a")]).to_string()
        );
        let otherwise = Cfg::none_of([&cfg]);
        assert_eq!(
            otherwise.to_token_stream().to_string(),
            quote!(#[cfg(not(any(all(unix, feature = "a"))))]).to_string(),
        );
        assert!(!cfg.is_always() && Cfg::default().is_always());
        assert!(cfg.is_spelled_like(&cfg.clone()) && !cfg.is_spelled_like(&otherwise));
    }
}
