//! The syntax of the attribute's arguments and of the module: its items and their signatures.
//!
//! It accepts more than the language does; `check` refuses the rest. The bodies of functions are
//! not read; they are only searched for a name.

mod arguments;
mod docs;
mod import;
mod item;
mod macros;
mod mark;
mod mention;
mod module;

pub(crate) use self::{
    arguments::{Argument, Arguments},
    docs::docs,
    item::{Function, Item, Named, Word, starts_function},
    macros::{Macro, find_name},
    mark::mark_of,
    mention::Mention,
    module::{Misplaced, Module, Spelling},
};
