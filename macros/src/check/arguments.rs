use proc_macro2::Span;
use quote::ToTokens;
use syn::{Expr, Ident, LitStr, Path, Token};

use super::{path, value};
use crate::{
    errors::Errors,
    language::{self, Elsewhere, Setting},
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
        names: Vec::new(),
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
    /// The names of all settings so far, of those with a wrong value, too.
    names: Vec<&'static str>,
    /// Whether an argument stood in the place of the path and was refused.
    is_path_refused: bool,
}

impl SoFar<'_> {
    fn argument(&mut self, argument: Argument, errors: &mut Errors) {
        match argument {
            Argument::Path(path) => self.path(path, errors),
            Argument::Crate { keyword, value } => self.runtime(keyword, &value, errors),
            Argument::Setting { name, value } => self.setting(name, *value, errors),
            Argument::Field { name, value } => self.unassigned(&name, &name, &value, errors),
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
            return self.unknown(&name, &name, errors);
        };
        if self.names.contains(&setting.name) {
            return errors.push(&name, format!("`{name}` is given twice"));
        }
        self.names.push(setting.name);
        if let Some(corrected) = value::corrected(setting, &value) {
            return errors.push(&value, needs_a_value(setting, &corrected));
        }
        self.settings.push(model::Setting {
            setting,
            place: name.span(),
            value,
        });
    }

    /// An argument that is no setting. If it has the name of one, it is not taken for the path.
    fn other(&mut self, other: &Expr, errors: &mut Errors) {
        match other {
            Expr::Call(call) if call.args.len() == 1 => {
                if let Some(name) = meant(&call.func) {
                    return self.unassigned(name, other, &call.args[0], errors);
                }
            }
            other => {
                if let Some(name) = meant(other) {
                    return match Setting::named(name) {
                        Some(setting) => {
                            errors.push(other, needs_a_value(setting, &setting.meant()));
                        }
                        None => self.unknown(name, other, errors),
                    };
                }
            }
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

    /// A name with its value, but without `=`.
    fn unassigned(&mut self, name: &Ident, at: &dyn ToTokens, value: &Expr, errors: &mut Errors) {
        let Some(setting) = Setting::named(name) else {
            return self.unknown(name, at, errors);
        };
        let argument = value::corrected(setting, value).unwrap_or_else(|| match value {
            Expr::Lit(literal) => format!("{name} = {}", literal.to_token_stream()),
            _ => format!("{name} = …"),
        });
        errors.push(at, format!("a setting is written with `=`: `{argument}`"));
    }

    /// A name that is no setting.
    fn unknown(&mut self, name: &Ident, at: &dyn ToTokens, errors: &mut Errors) {
        let word = name.to_string();
        let message = match language::elsewhere(&word) {
            Some(Elsewhere::Setting(setting)) => {
                format!("unknown setting `{word}`; it is called `{setting}` here")
            }
            Some(Elsewhere::Path) => {
                self.is_path_refused = true;
                "the path is written without a name: `#[websocket(\"/chat\")]`".to_owned()
            }
            Some(Elsewhere::Other(text)) => format!("`{word}` is no setting; {text}"),
            None => unlike_any(&word),
        };
        errors.push(at, message);
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

/// The name in an expression, if it is that of a setting, here or elsewhere.
fn meant(expr: &Expr) -> Option<&Ident> {
    let Expr::Path(path) = expr else { return None };
    let name = path.path.get_ident()?;
    let word = name.to_string();
    // A constant was probably meant to be the path.
    let is_constant = word == word.to_uppercase();
    let is_meant = Setting::named(name).is_some() || language::elsewhere(&word).is_some();
    (is_meant && !is_constant).then_some(name)
}

fn needs_a_value(setting: &Setting, argument: &str) -> String {
    let Setting { name, ty, .. } = setting;
    format!("`{name}` needs a value of type `{ty}`: `{argument}`")
}

fn unlike_any(word: &str) -> String {
    let settings: Vec<_> = language::settings().map(|it| it.name).collect();
    match language::nearest(word, &settings) {
        Some(nearest) => format!("unknown setting `{word}`; did you mean `{nearest}`?"),
        None => format!(
            "unknown setting `{word}`; the settings are {}",
            language::listed(&settings)
        ),
    }
}
