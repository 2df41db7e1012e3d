//! Handlers that the server would never call. The attribute sees only the functions at the top of a
//! module, by their names.
//!
//! An item is refused only if nothing in the module mentions it: what is mentioned is used, and may
//! have any name. What is visible outside may be used there.

use proc_macro2::TokenStream;
use syn::{FnArg, Ident, Path, Signature, Visibility};

use super::socket;
use crate::{
    language::Role,
    syntax::{Function, Item, Macro, Mention, Module, Named, Word, find_name},
};

/// The role that a function was probably meant to have.
pub(super) fn meant(function: &Function, module: &Module) -> Option<Role> {
    let name = &function.signature.ident;
    let role = match function.vis {
        // Another module may call it.
        Visibility::Restricted(_) if !is_private(&function.vis) => Role::one_slip_from(name),
        _ => Role::meant_by(name),
    }?;
    (is_like(&function.signature, role) && !module.mentions(name, Mention::Any)).then_some(role)
}

/// Whether a function takes the socket, as all roles do but `attach`.
pub(super) fn is_like(signature: &Signature, role: Role) -> bool {
    let takes_ws = signature.inputs.iter().any(|input| match input {
        FnArg::Typed(parameter) => socket::is_spelled(&parameter.ty),
        FnArg::Receiver(_) => false,
    });
    takes_ws != matches!(role, Role::Attach)
}

/// An item that has the name of a handler, but cannot be called.
pub(super) struct NeverCalled {
    pub(super) name: Ident,
    pub(super) message: String,
}

impl NeverCalled {
    fn new(name: &Ident, role: Role, why: &str) -> Self {
        Self {
            name: name.clone(),
            message: format!("expected {}: {why}", role.accepted()),
        }
    }
}

/// A constant or a module with the name of a handler.
pub(super) fn named(item: &Named, module: &Module) -> Option<NeverCalled> {
    let Named {
        word, vis, name, ..
    } = item;
    let role = missing(name, module)?;
    let (mention, why) = match word {
        Word::Value => (
            Mention::Any,
            "the server calls nothing but functions; rename it if it is no handler",
        ),
        Word::Module => (
            Mention::Module,
            "the server calls no functions of a nested module, and nothing else uses it; rename it \
             if it is no handler",
        ),
        Word::Type | Word::Alias => return None,
    };
    let is_unused = is_private(vis) && !module.mentions(name, mention);
    is_unused.then(|| NeverCalled::new(name, role, why))
}

/// An import with the name of a handler. It may be a module or a macro, which something mentions
/// then, or is for other modules.
pub(super) fn imported(vis: &Visibility, name: &Ident, module: &Module) -> Option<NeverCalled> {
    let role = missing(name, module)?;
    (is_private(vis) && !module.mentions(name, Mention::Any)).then(|| {
        let why = "the server does not call an imported function; call it from a function of this \
                   module, or import it by another name";
        NeverCalled::new(name, role, why)
    })
}

/// Handlers that this macro writes, if it is called in the module.
pub(super) fn written(call: &Macro, module: &Module) -> Vec<NeverCalled> {
    if call.defined.is_some() {
        return Vec::new();
    }
    let definitions = module.items.iter().filter_map(|item| match item {
        Item::Macro { call: it, .. } if it.defined.as_ref() == Some(&call.called) => Some(it),
        _ => None,
    });
    let mut found = Vec::new();
    for macro_ in definitions.chain([call]) {
        for function in macro_.functions() {
            if !is_handlers(&function.parameters) {
                continue;
            }
            let is_missing = |name: &Ident| missing(name, module).is_some();
            let name = match function.name {
                Some(name) => Some(name).filter(is_missing),
                None => find_name(&call.tokens, &is_missing),
            };
            found.extend(name.and_then(|name| {
                let why = "`#[websocket]` does not see it, because macros in the module are \
                           expanded later; write it out, or let a macro write the whole module";
                Some(NeverCalled::new(&name, missing(&name, module)?, why))
            }));
        }
    }
    found
}

/// Whether these are the parameters of a handler, and not those of a method.
fn is_handlers(parameters: &TokenStream) -> bool {
    find_name(parameters, &|name| name == "Ws").is_some()
        && find_name(parameters, &|name| name == "self").is_none()
}

/// The role of this name, unless a function of the module has it.
fn missing(name: &Ident, module: &Module) -> Option<Role> {
    let is_there = |item: &Item| match item {
        Item::Function(function) => function.signature.ident == *name,
        Item::Unreadable { name: other, .. } => other.as_ref() == Some(name),
        _ => false,
    };
    Role::named(name).filter(|_| !module.items.iter().any(is_there))
}

fn is_private(vis: &Visibility) -> bool {
    let is_self = |path: &Path| path.is_ident("self");
    match vis {
        Visibility::Inherited => true,
        Visibility::Restricted(restricted) => is_self(&restricted.path),
        Visibility::Public(_) => false,
    }
}
