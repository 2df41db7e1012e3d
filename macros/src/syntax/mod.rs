//! The syntax of the attribute's arguments and of the module: its items and their signatures.
//!
//! It accepts more than the language does; `check` refuses the rest. The bodies of functions are
//! not read.

mod arguments;
mod item;
mod module;

pub(crate) use self::{
    arguments::{Argument, Arguments},
    item::{Function, Item, Word, starts_function},
    module::{Misplaced, Module},
};
