use proc_macro2::Span;
use syn::{Expr, Ident, LitStr, Path, Token};

use super::path;
use crate::{
    errors::Errors,
    language::{self, Setting},
    model::{self, Runtime},
    syntax::{Argument, Arguments},
};

/// The arguments of the attribute.
pub(super) struct Checked {
    pub(super) path: LitStr,
    pub(super) settings: Vec<model::Setting>,
    pub(super) runtime: Runtime,
}

/// Checks the attribute's arguments. If there is an error about the path, a stand-in is returned.
pub(super) fn check(arguments: Arguments, module: &Ident, errors: &mut Errors) -> Checked {
    let mut so_far = SoFar {
        module,
        path: None,
        settings: Vec::new(),
        runtime: None,
        is_path_refused: false,
    };
    for argument in arguments.list {
        so_far.argument(argument, errors);
    }
    if let Some(unreadable) = arguments.unreadable {
        errors.absorb(unreadable);
    } else if so_far.path.is_none() && !so_far.is_path_refused {
        errors.absorb(syn::Error::new(
            Span::call_site(),
            "the path is missing: write `#[websocket(\"/chat\")]`",
        ));
    }
    Checked {
        path: so_far
            .path
            .unwrap_or_else(|| LitStr::new("/", Span::call_site())),
        settings: so_far.settings,
        runtime: Runtime(so_far.runtime),
    }
}

struct SoFar<'m> {
    module: &'m Ident,
    path: Option<LitStr>,
    settings: Vec<model::Setting>,
    runtime: Option<Path>,
    /// Whether an argument stood in the place of the path and was refused.
    is_path_refused: bool,
}

impl SoFar<'_> {
    fn argument(&mut self, argument: Argument, errors: &mut Errors) {
        match argument {
            Argument::Path(path) => self.path(path, errors),
            Argument::Crate { keyword, value } => self.runtime(keyword, &value, errors),
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

    fn runtime(&mut self, keyword: Token![crate], value: &Expr, errors: &mut Errors) {
        if self.runtime.is_some() {
            return errors.push(keyword, "`crate` is given twice");
        }
        match runtime(value) {
            Ok(path) => self.runtime = Some(path),
            Err(error) => errors.absorb(error),
        }
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
        errors.push(other, self.no_literal(other));
    }

    fn no_literal(&self, other: &Expr) -> String {
        let expected = "the path must be a string literal, such as `\"/chat\"`";
        if let Expr::Lit(_) = other {
            return expected.into();
        }
        format!(
            "{expected}, because `#[websocket]` checks it before constants and macros have a \
             value; `{}::service().path(…)` takes any string",
            self.module
        )
    }
}

/// The path of levante in `crate = path`.
pub(crate) fn runtime(value: &Expr) -> syn::Result<Path> {
    match value {
        Expr::Path(path)
            if path.qself.is_none()
                && path.path.segments.iter().all(|it| it.arguments.is_none()) =>
        {
            Ok(path.path.clone())
        }
        other => Err(syn::Error::new_spanned(
            other,
            "`crate` is the path of levante, without quotes: `crate = rt` for the dependency `rt`, \
             or a path such as `crate::deps::levante`",
        )),
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
