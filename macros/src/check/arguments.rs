use proc_macro2::Span;
use syn::{Expr, Ident, LitStr};

use super::path;
use crate::{
    errors::Errors,
    language::{self, Setting},
    model,
    syntax::{Argument, Arguments},
};

/// Checks the attribute's arguments. If there is an error about the path, a stand-in is returned.
pub(super) fn check(arguments: Arguments, errors: &mut Errors) -> (LitStr, Vec<model::Setting>) {
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
    settings: Vec<model::Setting>,
    /// Whether an argument stood in the place of the path and was refused.
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
        let Some(setting) = Setting::named(&name) else {
            return errors.push(&name, unknown(&name));
        };
        if self
            .settings
            .iter()
            .any(|it| it.setting.name == setting.name)
        {
            return errors.push(&name, format!("`{name}` is given twice"));
        }
        self.settings.push(model::Setting {
            setting,
            place: name.span(),
            value,
        });
    }

    fn other(&mut self, other: &Expr, errors: &mut Errors) {
        let setting = match other {
            Expr::Path(path) => path.path.get_ident().and_then(Setting::named),
            _ => None,
        };
        if let Some(setting) = setting {
            let Setting { name, ty, .. } = setting;
            let example = setting.example();
            let message = format!("`{name}` needs a value of type `{ty}`: `{example}`");
            return errors.push(other, message);
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
    let settings: Vec<_> = language::settings().map(|it| it.name).collect();
    match language::nearest(&word, &settings) {
        Some(nearest) => format!("unknown setting `{word}`; did you mean `{nearest}`?"),
        None => format!(
            "unknown setting `{word}`; the settings are {}",
            language::listed(&settings)
        ),
    }
}
