//! What the user wrote, as far as it matters: arguments, a module, and the signatures in it.
//!
//! Nothing here judges; function bodies and other items stay opaque tokens.

mod arguments;
mod item;
mod module;

pub(crate) use self::{
    arguments::{Argument, Arguments},
    item::{Function, Item, Word, starts_function},
    module::{Misplaced, Module},
};
