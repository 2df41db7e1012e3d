//! What a typed module declares.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Type, ext::IdentExt};

use super::{Callee, Cfg, Lent};

/// The part of a typed module that the user's own code meets in the bounds of `Ws` and of its
/// methods. A module with mistakes has it, too.
#[derive(Default)]
pub(crate) struct Declarations {
    /// Whether the module speaks `levante.v1+json`.
    pub(crate) is_typed: bool,
    /// What the module sends, for each condition.
    pub(crate) sends: Vec<Declared>,
    /// The close codes of the module, for each condition.
    pub(crate) closes: Vec<Declared>,
    /// The topics that the sockets of the module hear.
    pub(crate) topics: Vec<Declared>,
    /// Pairs of topics, of which at least one is from elsewhere: the attribute does not see its names.
    pub(crate) unseen: Vec<Unseen>,
}

/// A topic, and others of the module that must not have the same names.
pub(crate) struct Unseen {
    pub(crate) topic: Declared,
    /// With the text for the one that has the same names.
    pub(crate) others: Vec<(Declared, String)>,
}

/// A type with an attribute.
#[derive(Clone)]
pub(crate) struct Declared {
    pub(crate) cfg: Cfg,
    pub(crate) name: Ident,
    /// How many lifetimes the type has.
    pub(crate) lifetimes: usize,
}

impl Declared {
    /// The name as clients spell it.
    pub(crate) fn word(&self) -> String {
        self.name.unraw().to_string()
    }

    /// The type, whose lifetimes are `'static`.
    pub(crate) fn ty(&self) -> TokenStream {
        let name = &self.name;
        if self.lifetimes == 0 {
            return quote!(#name);
        }
        let lifetimes = (0..self.lifetimes).map(|_| quote!('static));
        quote!(#name<#(#lifetimes),*>)
    }
}

/// The functions that clients call.
#[derive(Default)]
pub(crate) struct Calls {
    /// The functions with `#[on]`.
    pub(crate) on: Vec<Call>,
    /// The functions with `#[join]`.
    pub(crate) join: Vec<Join>,
}

/// A function with `#[on]`.
pub(crate) struct Call {
    pub(crate) cfg: Cfg,
    pub(crate) docs: String,
    pub(crate) function: Callee,
    pub(crate) ws: Lent,
    /// The other parameters.
    pub(crate) fields: Vec<Field>,
}

/// A parameter that is a field of a call.
pub(crate) struct Field {
    pub(crate) name: Ident,
    /// The user's spelling of its type.
    pub(crate) ty: Type,
    /// Whether it is `&str`.
    pub(crate) is_text: bool,
}

impl Field {
    /// The name in the messages.
    pub(crate) fn word(&self) -> String {
        self.name.unraw().to_string()
    }
}

/// A function with `#[join]`.
pub(crate) struct Join {
    pub(crate) cfg: Cfg,
    pub(crate) docs: String,
    pub(crate) function: Callee,
    pub(crate) ws: Lent,
    /// The declared name of the topic.
    pub(crate) topic_name: Ident,
    /// The user's spelling of the topic's type, without a reference.
    pub(crate) topic: Type,
    /// Whether the function takes a reference to it.
    pub(crate) is_borrowed: bool,
}
