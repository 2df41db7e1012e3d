//! The language of `#[websocket]`: one row for each handler and one for each setting. `check`,
//! `expand` and the reference in `runtime/docs` draw from these rows.

mod attach;
pub(crate) mod client;
mod elsewhere;
mod handlers;
mod kind;
mod likeness;
mod mark;
#[cfg(test)]
mod reference;
mod settings;

use syn::{Ident, ext::IdentExt};

pub(crate) use self::{
    elsewhere::{Elsewhere, elsewhere},
    kind::{Given, Kind, Parameter, Referent, TypeName},
    likeness::{listed, nearest},
    mark::Mark,
    settings::{Setting, settings},
};

/// What a function with a reserved name is.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    /// It runs before there is a socket, and makes the socket's data.
    Attach,
    /// The server calls it with the socket.
    Handler(&'static Kind),
}

impl Role {
    /// All roles, in the order in which messages and the reference list them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let handlers = handlers::HANDLERS.iter().map(Self::Handler);
        std::iter::once(Self::Attach).chain(handlers)
    }

    /// The role of a function with this name.
    pub(crate) fn named(name: &Ident) -> Option<Self> {
        let name = name.unraw();
        Self::all().find(|role| name == role.name())
    }

    /// The role whose name is one slip away from this name.
    pub(crate) fn one_slip_from(name: &Ident) -> Option<Self> {
        let name = name.unraw().to_string();
        Self::all().find(|role| likeness::distance(&name, role.name()) == 1)
    }

    /// The role that a function with this name was probably meant to have: its name is one slip away,
    /// or is the role's in another library, or has words around it, as in `on_message`.
    pub(crate) fn meant_by(name: &Ident) -> Option<Self> {
        let word = likeness::plain(&name.unraw().to_string());
        let is_meant = |role: &Self| word == role.name() || role.aliases().contains(&&*word);
        Self::one_slip_from(name).or_else(|| Self::all().find(is_meant))
    }

    /// The role whose name is nearest to this name, if one is near.
    pub(crate) fn nearest(name: &Ident) -> Option<Self> {
        let is_nearest = |role: &Self| {
            likeness::nearest(&name.unraw().to_string(), &handlers()) == Some(role.name())
        };
        Self::meant_by(name).or_else(|| Self::all().find(is_nearest))
    }

    fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Attach => attach::ALIASES,
            Self::Handler(kind) => kind.aliases,
        }
    }

    /// The name of the function.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Attach => attach::NAME,
            Self::Handler(kind) => kind.name,
        }
    }

    /// The signatures that the function may have, as a sentence lists them; `async` goes with each.
    pub(crate) fn accepted(self) -> String {
        match self {
            Self::Attach => attach::ACCEPTED.to_owned(),
            Self::Handler(kind) => kind.accepted(),
        }
    }
}

/// The names of all handlers, `attach` among them.
pub(crate) fn handlers() -> Vec<&'static str> {
    Role::all().map(Role::name).collect()
}

/// The types that are generated into every module.
pub(crate) const GENERATED_TYPES: [&str; 2] = ["Endpoint", "Ws"];

/// The functions that are generated: the first one into every module, the other one into typed
/// modules.
pub(crate) const GENERATED_FUNCTIONS: [&str; 2] = ["service", "contract"];

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_role_is_found_by_its_name() {
        for role in Role::all() {
            let name: Ident = syn::parse_str(role.name()).unwrap();
            assert_eq!(Role::named(&name).map(Role::name), Some(role.name()));
            assert!(role.accepted().contains(&format!("`fn {name}(")));
        }
        let raw: Ident = syn::parse_str("r#open").unwrap();
        assert_eq!(Role::named(&raw).map(Role::name), Some("open"));
        let helper: Ident = syn::parse_str("opening").unwrap();
        assert!(Role::named(&helper).is_none());
    }

    #[test]
    fn names_of_other_libraries_mean_a_role() {
        let meant = |name| {
            let name: Ident = syn::parse_str(name).unwrap();
            Role::meant_by(&name).map(Role::name)
        };
        for (name, expected) in [
            ("on_message", Some("message")),
            ("onmessage", Some("message")),
            ("onMessage", Some("message")),
            ("handle_close", Some("close")),
            ("ws_on_open", Some("open")),
            ("message_handler", Some("message")),
            ("connect", Some("open")),
            ("on_disconnect", Some("close")),
            ("upgrade", Some("attach")),
            ("mesage", Some("message")),
            ("messages", Some("message")),
            ("announce", None),
            ("on", None),
            ("handler", None),
        ] {
            assert_eq!(meant(name), expected, "{name}");
        }
    }

    #[test]
    fn every_alias_has_one_role() {
        let mut aliases: Vec<_> = Role::all().flat_map(Role::aliases).copied().collect();
        aliases.extend(Role::all().map(Role::name));
        let count = aliases.len();
        aliases.sort_unstable();
        aliases.dedup();
        assert_eq!(aliases.len(), count);
    }

    #[test]
    fn the_parameters_that_may_be_left_out_are_the_last_ones() {
        for kind in handlers::HANDLERS {
            let is_optional = kind.parameters.iter().map(|it| it.is_optional);
            assert!(is_optional.is_sorted(), "{}", kind.name);
        }
    }

    #[test]
    fn every_role_is_in_the_files_that_have_every_handler() {
        for file in [
            "tests/golden/every_handler.rs",
            "tests/golden/every_async_handler.rs",
            "../ui-tests/examples/every_handler.rs",
            "../ui-tests/examples/every_async_handler.rs",
        ] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            let code = fs::read_to_string(path).unwrap();
            for role in Role::all() {
                let name = role.name();
                assert!(code.contains(&format!("fn {name}(")), "{name} in {file}");
            }
        }
    }
}
