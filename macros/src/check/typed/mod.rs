//! The attributes inside of a module: what clients call, what sockets send and hear.

mod declared;
mod foreign;
mod function;
mod names;
mod payload;

use syn::{Attribute, Ident, Meta, Path, ext::IdentExt};

use self::names::Names;
pub(super) use self::{
    declared::{Declared, of_module as declared},
    foreign::foreign,
    payload::refuse_text,
};
use crate::{
    errors::Errors,
    language::Mark,
    model::{Call, Calls, Cfg},
    syntax::{Function, Item, Module, is_marked_by, mark},
};

/// The functions that clients call, as far as the walk has come.
pub(super) struct Typed<'m> {
    /// What the whole module declares.
    pub(super) declared: &'m Declared,
    pub(super) calls: Calls,
    runtime: Option<&'m Path>,
    names: Names,
}

impl<'m> Typed<'m> {
    /// At the start of the module.
    pub(super) fn new(declared: &'m Declared, runtime: Option<&'m Path>) -> Self {
        Self {
            declared,
            calls: Calls::default(),
            runtime,
            names: Names::default(),
        }
    }

    /// The attribute that makes this function one that clients call.
    pub(super) fn role(&self, attrs: &'m [Attribute]) -> Option<(&'m Attribute, Mark)> {
        mark_of_function(attrs, self.runtime)
    }

    /// Refuses attributes that do not go together, or that do not go on this item.
    pub(super) fn attributes(&self, item: &Item, errors: &mut Errors) {
        let attrs = item.attrs();
        let mut seen: Vec<Mark> = Vec::new();
        for attr in attrs {
            in_cfg_attr(attr, errors);
            let Some((_, mark)) = mark(std::slice::from_ref(attr), self.runtime) else {
                continue;
            };
            let path = attr.path();
            let is_function = matches!(item, Item::Function(_) | Item::Unreadable { .. });
            if seen.contains(&mark) {
                errors.push(path, format!("`#[{}]` is given twice", mark.name()));
            } else if mark.is_function() && !is_function {
                errors.push(path, format!("it goes on a function: `{}`", mark.example()));
            } else if mark.is_function() && seen.iter().any(|it| it.is_function()) {
                errors.push(
                    path,
                    "a function has `#[on]`, as clients call it by its name, or `#[join]`, as they \
                     join a topic with it",
                );
            } else if let [Mark::Sends, Mark::Wire] | [Mark::Wire, Mark::Sends] =
                [*seen.last().unwrap_or(&mark), mark]
            {
                errors.push(
                    path,
                    "`#[sends]` makes it a type of messages already: remove `#[wire]`",
                );
            }
            seen.push(mark);
        }
    }

    /// Checks a function with `#[on]` or `#[join]`.
    pub(super) fn function(
        &mut self,
        function: &Function,
        (attr, mark): (&Attribute, Mark),
        module: &Module,
        errors: &mut Errors,
    ) -> Vec<syn::Type> {
        let name = &function.signature.ident;
        if mark == Mark::Join {
            return match function::join(function, attr, errors) {
                Ok(join) => {
                    if self
                        .declared
                        .check_joined(&join, &self.calls.join, module, errors)
                    {
                        self.calls.join.push(join);
                    }
                    Vec::new()
                }
                Err(types) => types,
            };
        }
        match function::on(function, attr, errors) {
            Ok(call) => {
                self.names.check(name, self.declared, errors);
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

/// `#[on]` or `#[join]` among these attributes.
fn mark_of_function<'a>(
    attrs: &'a [Attribute],
    runtime: Option<&Path>,
) -> Option<(&'a Attribute, Mark)> {
    [Mark::On, Mark::Join].into_iter().find_map(|mark| {
        let attr = attrs.iter().find(|it| is_marked_by(it, mark, runtime))?;
        Some((attr, mark))
    })
}

/// A macro does not see whether the condition of a `cfg_attr` holds.
fn in_cfg_attr(attr: &Attribute, errors: &mut Errors) {
    let Meta::List(list) = &attr.meta else { return };
    if !list.path.is_ident("cfg_attr") {
        return;
    }
    let mut is_behind_comma = false;
    for tree in list.tokens.clone() {
        let name = match tree {
            proc_macro2::TokenTree::Punct(punct) => {
                is_behind_comma = punct.as_char() == ',';
                continue;
            }
            proc_macro2::TokenTree::Ident(name) if is_behind_comma => name,
            _ => continue,
        };
        is_behind_comma = false;
        if let Some(mark) = Mark::named(&name).filter(|mark| *mark != Mark::Wire) {
            let message = format!(
                "`#[websocket]` does not see whether this holds: write `#[{}]` by itself, and \
                 `#[cfg(…)]` if the whole item has a condition",
                mark.name(),
            );
            errors.push(name, message);
        }
    }
}

/// Whether two items with these conditions may exist at once, as far as their spelling tells.
fn may_meet(one: &Cfg, other: &Cfg) -> bool {
    one.is_spelled_like(other) || one.is_always() || other.is_always()
}

/// The name of an item as clients spell it.
fn word(name: &Ident) -> String {
    name.unraw().to_string()
}
