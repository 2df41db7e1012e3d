use proc_macro2::Span;
use syn::{Expr, Ident, LitStr};

use super::path;
use crate::{
    errors::Errors,
    language,
    model::Setting,
    syntax::{Argument, Arguments},
};

/// Checks the attribute's arguments. Where there is an error, the path is only a stand-in.
pub(super) fn check(arguments: Arguments, errors: &mut Errors) -> (LitStr, Vec<Setting>) {
    let mut checked = Checked {
        path: None,
        settings: Vec::new(),
        is_path_refused: false,
    };
    for argument in arguments.list {
        checked.argument(argument, errors);
    }
    if let Some(unreadable) = arguments.unreadable {
        errors.absorb(unreadable);
    } else if checked.path.is_none() && !checked.is_path_refused {
        errors.absorb(syn::Error::new(
            Span::call_site(),
            "the path is missing: write `#[websocket(\"/chat\")]`",
        ));
    }
    let path = checked
        .path
        .unwrap_or_else(|| LitStr::new("/", Span::call_site()));
    (path, checked.settings)
}

struct Checked {
    path: Option<LitStr>,
    settings: Vec<Setting>,
    /// Whether something stands where the path should, and an error says why it is none.
    is_path_refused: bool,
}

impl Checked {
    fn argument(&mut self, argument: Argument, errors: &mut Errors) {
        match argument {
            Argument::Path(path) => self.path(path, errors),
            Argument::Setting { name, value } => self.setting(name, *value, errors),
            Argument::Other(other) => self.other(&other, errors),
        }
    }

    fn path(&mut self, path: LitStr, errors: &mut Errors) {
        if self.path.is_some() {
            return errors.push(path, "the path is given twice");
        }
        if let Err(message) = path::check(&path.value()) {
            errors.push(&path, message);
        }
        self.path = Some(path);
    }

    fn setting(&mut self, name: Ident, value: Expr, errors: &mut Errors) {
        if !language::SETTINGS.iter().any(|setting| name == setting) {
            return errors.push(&name, unknown(&name));
        }
        if self.settings.iter().any(|setting| setting.name == name) {
            return errors.push(&name, format!("`{name}` is given twice"));
        }
        self.settings.push(Setting { name, value });
    }

    fn other(&mut self, other: &Expr, errors: &mut Errors) {
        let setting = match other {
            Expr::Path(path) => language::SETTINGS
                .into_iter()
                .find(|name| path.path.is_ident(name)),
            _ => None,
        };
        if let Some(setting) = setting {
            return errors.push(other, format!("`{setting}` needs a value: `{setting} = …`"));
        }
        self.is_path_refused = true;
        errors.push(
            other,
            "the path must be a string literal, such as `\"/chat\"`",
        );
    }
}

fn unknown(name: &Ident) -> String {
    let word = name.to_string();
    match language::nearest(&word, &language::SETTINGS) {
        Some(nearest) => format!("unknown setting `{word}`; did you mean `{nearest}`?"),
        None => format!(
            "unknown setting `{word}`; settings are {}",
            language::listed(&language::SETTINGS)
        ),
    }
}
