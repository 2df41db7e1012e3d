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
mod typed;
mod value;
mod walk;
mod wiring;

pub(crate) use self::arguments::runtime;
use self::{arguments::Checked, typed::Overview, walk::Walk};
use crate::{
    errors::Errors,
    model::{Attach, Model, Skeleton},
    syntax::{Arguments, Misplaced, Module, docs},
};

/// A module with mistakes.
pub(crate) struct Refused {
    pub(crate) errors: syn::Error,
    pub(crate) skeleton: Box<Skeleton>,
    /// Whether another attribute sees the module as well, and generates the skeleton.
    pub(crate) is_repeated: bool,
}

/// Checks a module against every rule. Without the feature `json`, it has no attributes inside.
pub(crate) fn check(
    arguments: Arguments,
    module: &Module,
    has_json: bool,
) -> Result<Model, Refused> {
    let mut errors = Errors::default();
    let Checked {
        path,
        settings,
        runtime,
    } = arguments::check(arguments, &module.name, &mut errors);
    let needs_json = match has_json {
        true => None,
        false => typed::needs_json(module, runtime.0.as_ref()),
    };
    let overview = match needs_json {
        // What it would declare needs types that do not exist.
        Some(_) => Overview::default(),
        None => typed::overview(module, runtime.0.as_ref()),
    };
    let mut walk = Walk::new(module, &overview, runtime.0.as_ref(), errors);
    let is_repeated = walk.attributes();
    for item in &module.items {
        walk.item(item);
    }
    walk.at_least_one_handler();
    overview.check(&mut walk.errors);

    let Walk {
        errors,
        mut data,
        mut attach,
        handlers,
        unsized_parameters,
        taken,
        foreign,
        typed,
        ..
    } = walk;
    let calls = typed.calls;
    // The other mistakes may follow from this one.
    let errors = needs_json.unwrap_or(errors);
    if let Some(otherwise) = data::otherwise(&data) {
        attach.push(Attach::Nothing(otherwise.clone()));
        data.push(data::nothing(otherwise));
    }
    for data in &mut data {
        overview.narrow(data);
    }
    let skeleton = Skeleton {
        module: module.name.clone(),
        runtime,
        data,
        settings,
        declarations: overview.into_model(),
        taken,
        foreign,
    };
    match errors.finish() {
        None => Ok(Model {
            skeleton,
            path,
            docs: docs_of(module),
            attach,
            handlers,
            calls,
            unsized_parameters,
        }),
        Some(errors) => Err(Refused {
            errors,
            skeleton: Box::new(skeleton),
            is_repeated,
        }),
    }
}

fn docs_of(module: &Module) -> String {
    let attrs = module.attrs.iter().chain(&module.inner_attrs);
    docs(&attrs.cloned().collect::<Vec<_>>())
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
