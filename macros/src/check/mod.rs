//! Turns the syntax of a module into its model. Here are all rules of the language, and the
//! messages for all mistakes. The module is walked once, in source order.

mod arguments;
mod attach;
mod data;
mod extractor;
mod handler;
mod path;
mod report;
mod socket;
mod spelling;
mod value;
mod walk;
mod wiring;

pub(crate) use self::arguments::runtime;
use self::{arguments::Checked, walk::Walk};
use crate::{
    model::{Attach, Model, Skeleton},
    syntax::{Arguments, Misplaced, Module},
};

/// A module with mistakes.
pub(crate) struct Refused {
    pub(crate) errors: syn::Error,
    /// The part that is generated beside the errors.
    pub(crate) skeleton: Option<Box<Skeleton>>,
}

/// Checks a module against every rule.
pub(crate) fn check(arguments: Arguments, module: &Module) -> Result<Model, Refused> {
    let mut walk = Walk::new(module);
    let Checked {
        path,
        settings,
        runtime,
    } = arguments::check(arguments, &module.name, &mut walk.errors);
    let is_repeated = walk.attributes();
    for item in &module.items {
        walk.item(item);
    }
    walk.at_least_one_handler();

    let Walk {
        errors,
        mut data,
        mut attach,
        handlers,
        unsized_parameters,
        taken,
        ..
    } = walk;
    if let Some(otherwise) = data::otherwise(&data) {
        attach.push(Attach::Nothing(otherwise.clone()));
        data.push(data::nothing(otherwise));
    }
    let skeleton = Skeleton {
        module: module.name.clone(),
        runtime,
        data,
        settings,
        taken,
    };
    match errors.finish() {
        None => Ok(Model {
            skeleton,
            path,
            attach,
            handlers,
            unsized_parameters,
        }),
        // The other attribute sees the module as well, and generates these items.
        Some(errors) if is_repeated => Err(Refused {
            errors,
            skeleton: None,
        }),
        Some(errors) => Err(Refused {
            errors,
            skeleton: Some(Box::new(skeleton)),
        }),
    }
}

/// The attribute on something that cannot be a socket.
pub(crate) fn misplaced(misplaced: Misplaced) -> syn::Error {
    match misplaced {
        Misplaced::OutOfLine { name } => {
            let message = format!(
                "`#[websocket]` needs the content of the module: write `mod {name} {{ … }}`; for \
                 one file per socket, write `#[websocket(\"/{name}\")] pub mod socket {{ … }}` in \
                 `{name}.rs`"
            );
            syn::Error::new_spanned(name, message)
        }
        Misplaced::NotAModule { keyword } => syn::Error::new_spanned(
            keyword,
            "`#[websocket]` goes on an inline module: `#[websocket(\"/chat\")] mod chat { … }`",
        ),
        Misplaced::Unreadable(error) => error,
    }
}
