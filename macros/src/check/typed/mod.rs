//! The attributes inside of a module: what clients call, what sockets send and hear.

mod attributes;
mod foreign;
mod function;
mod names;
mod overview;
mod payload;

use syn::{Attribute, Ident, Path, Type, ext::IdentExt};

use self::names::Names;
pub(super) use self::{
    foreign::foreign,
    overview::{Overview, of_module as overview},
    payload::refuse_text,
};
use crate::{
    errors::Errors,
    language::Mark,
    model::{Call, Calls, Cfg},
    outside,
    syntax::{Function, Item, Module, mark_of},
};

/// The functions that clients call, as far as the walk has come.
pub(super) struct Typed<'m> {
    /// What the whole module declares.
    pub(super) overview: &'m Overview,
    pub(super) calls: Calls,
    runtime: Option<&'m Path>,
    names: Names,
}

impl<'m> Typed<'m> {
    /// At the start of the module.
    pub(super) fn new(overview: &'m Overview, runtime: Option<&'m Path>) -> Self {
        Self {
            overview,
            calls: Calls::default(),
            runtime,
            names: Names::default(),
        }
    }

    /// The attribute that makes this function one that clients call.
    pub(super) fn role(&self, attrs: &'m [Attribute]) -> Option<(&'m Attribute, Mark)> {
        mark_of_function(attrs, self.runtime)
    }

    /// Checks the attributes of an item against each other and against the item.
    pub(super) fn attributes(&self, item: &Item, errors: &mut Errors) {
        attributes::check(item, self.runtime, errors);
    }

    /// Checks a function with `#[on]` or `#[join]`.
    pub(super) fn function(
        &mut self,
        function: &Function,
        (attr, mark): (&Attribute, Mark),
        module: &Module,
        errors: &mut Errors,
    ) -> Vec<Type> {
        let name = &function.signature.ident;
        if mark == Mark::Join {
            return match function::join(function, attr, errors) {
                Ok(join) => {
                    let others = &self.calls.join;
                    if self.overview.check_joined(&join, others, module, errors) {
                        self.calls.join.push(join);
                    }
                    Vec::new()
                }
                Err(types) => types,
            };
        }
        match function::on(function, attr, errors) {
            Ok(call) => {
                self.names.check(name, self.overview, errors);
                // Two functions with one name and one condition are rustc's to report.
                let is_same = |other: &Call| {
                    other.function.name == *name && other.cfg.is_spelled_like(&call.cfg)
                };
                if !self.calls.on.iter().any(is_same) {
                    self.calls.on.push(call);
                }
                Vec::new()
            }
            Err(types) => types,
        }
    }
}

/// The mistake of a module that has attributes inside, without the feature `json`.
pub(super) fn needs_json(module: &Module, runtime: Option<&Path>) -> Option<Errors> {
    let attrs = module.items.iter().flat_map(Item::attrs);
    let (attr, mark) = attrs
        .filter_map(|attr| Some((attr, mark_of(attr, runtime)?)))
        .next()?;
    let mut errors = Errors::default();
    errors.push(attr.path(), outside::needs_json(mark));
    Some(errors)
}

/// `#[on]` or `#[join]` among these attributes.
fn mark_of_function<'a>(
    attrs: &'a [Attribute],
    runtime: Option<&Path>,
) -> Option<(&'a Attribute, Mark)> {
    [Mark::On, Mark::Join].into_iter().find_map(|mark| {
        let attr = attrs.iter().find(|it| mark_of(it, runtime) == Some(mark))?;
        Some((attr, mark))
    })
}

/// Whether two items with these conditions may exist at once, as far as their spelling tells.
fn may_meet(one: &Cfg, other: &Cfg) -> bool {
    one.is_spelled_like(other) || one.is_always() || other.is_always()
}

/// The name of an item as clients spell it.
fn word(name: &Ident) -> String {
    name.unraw().to_string()
}
