use syn::{Attribute, Ident, Path, Type, Visibility, ext::IdentExt};

use super::{
    attach, data, handler,
    typed::{self, Overview, Typed},
    wiring::{self, NeverCalled},
};
use crate::{
    errors::Errors,
    language::{self, Kind, Mark, Role},
    model::{Attach, Cfg, Data, Handler},
    syntax::{Function, Item, Module, Word},
};

/// A walk through the items of a module, with what it has found so far.
pub(super) struct Walk<'m> {
    pub(super) errors: Errors,
    pub(super) data: Vec<Data>,
    pub(super) attach: Vec<Attach>,
    pub(super) handlers: Vec<Handler>,
    pub(super) unsized_parameters: Vec<Type>,
    /// The user's items that have the name of a generated one.
    pub(super) taken: Vec<Ident>,
    /// The attributes that do not exist, but that other libraries have.
    pub(super) foreign: Vec<Ident>,
    pub(super) typed: Typed<'m>,
    module: &'m Module,
    /// Whether there was a handler, or a function that was probably meant to be one.
    has_handler: bool,
}

impl<'m> Walk<'m> {
    /// At the start of `module`, which knows levante as `runtime` if not as `levante`.
    pub(super) fn new(
        module: &'m Module,
        overview: &'m Overview,
        runtime: Option<&'m Path>,
        errors: Errors,
    ) -> Self {
        Self {
            errors,
            data: Vec::new(),
            attach: Vec::new(),
            handlers: Vec::new(),
            unsized_parameters: Vec::new(),
            taken: Vec::new(),
            foreign: Vec::new(),
            typed: Typed::new(overview, runtime),
            module,
            has_handler: false,
        }
    }

    /// Refuses a second `#[websocket]`. Returns whether there is one.
    pub(super) fn attributes(&mut self) -> bool {
        let is_ours = |path: &syn::Path| {
            path.segments
                .last()
                .is_some_and(|segment| segment.ident == "websocket")
        };
        let repeated = self
            .module
            .attrs
            .iter()
            .map(|attr| attr.path())
            .find(|path| is_ours(path));
        if let Some(path) = repeated {
            self.errors.push(
                path,
                "a module is one socket: to serve it at two paths, register `service()` in two \
                 scopes",
            );
        }
        repeated.is_some()
    }

    /// Looks at one item.
    pub(super) fn item(&mut self, item: &'m Item) {
        self.typed.attributes(item, &mut self.errors);
        match item {
            Item::Function(function) => self.function(function),
            Item::Unreadable { attrs, name, error } => {
                self.unreadable(attrs, name.as_ref(), error);
            }
            Item::Named(named) => {
                let is_free = match named.word {
                    Word::Value => self.not_a_generated_function(&named.name),
                    _ => self.not_generated(&named.name, &language::GENERATED_TYPES),
                };
                if is_free {
                    self.never_called(wiring::named(named, self.module));
                }
            }
            Item::Import { vis, imported, .. } => {
                for name in &imported.names {
                    self.never_called(wiring::imported(vis, name, self.module));
                }
            }
            Item::Macro { call, .. } => self.never_called(wiring::written(call, self.module)),
            Item::Opaque { .. } => {}
        }
    }

    /// Refuses what was probably meant to be a handler.
    fn never_called(&mut self, items: impl IntoIterator<Item = NeverCalled>) {
        for NeverCalled { name, message } in items {
            self.has_handler = true;
            self.errors.push(name, message);
        }
    }

    /// A socket without any handler is a mistake.
    pub(super) fn at_least_one_handler(&mut self) {
        if !self.has_handler {
            let message = format!(
                "`{}` has no handler: a socket has at least one of {}",
                self.module.name,
                language::listed(&language::handlers()),
            );
            self.errors.push(&self.module.name, message);
        }
    }

    /// A signature that syn cannot read is a mistake only if it is a handler's.
    fn unreadable(&mut self, attrs: &'m [Attribute], name: Option<&Ident>, error: &syn::Error) {
        let is_called = self.typed.role(attrs).is_some();
        if is_called || name.and_then(Role::named).is_some() {
            self.has_handler = true;
            self.errors.absorb(error.clone());
        }
    }

    fn function(&mut self, function: &'m Function) {
        if let Some(called) = self.typed.role(&function.attrs) {
            return self.called(function, called);
        }
        match Role::named(&function.signature.ident) {
            Some(Role::Attach) => self.attach(function),
            Some(Role::Handler(kind)) => self.handler(kind, function),
            None => self.helper(function),
        }
    }

    /// A function that clients call.
    fn called(&mut self, function: &Function, role: (&Attribute, Mark)) {
        self.has_handler = true;
        if self.not_a_generated_function(&function.signature.ident) {
            let types = self
                .typed
                .function(function, role, self.module, &mut self.errors);
            self.unsized_parameters.extend(types);
        }
    }

    /// Two functions with one name and one condition are rustc's to report: it points at both.
    fn attach(&mut self, function: &Function) {
        self.has_handler = true;
        let cfg = Cfg::of(&function.attrs);
        let is_same = |other: &Data| other.cfg.is_spelled_like(&cfg);
        if self.data.iter().any(is_same) {
            return;
        }
        let (data, is_attached) = data::of(&function.signature, cfg, self.module);
        let (attach, data) = attach::check(function, data, is_attached, &mut self.errors);
        self.attach
            .extend(attach.map(Box::new).map(Attach::Function));
        self.data.push(data);
    }

    fn handler(&mut self, kind: &'static Kind, function: &Function) {
        self.has_handler = true;
        let cfg = Cfg::of(&function.attrs);
        let handler = match handler::check(kind, function, cfg, &mut self.errors) {
            Ok(handler) => handler,
            Err(types) => return self.unsized_parameters.extend(types),
        };
        let is_same = |other: &Handler| {
            other.kind.name == kind.name && other.cfg.is_spelled_like(&handler.cfg)
        };
        if !self.handlers.iter().any(is_same) {
            if let (Some(by), "message") = (self.typed.overview.typed_by, kind.name)
                && let Some(payload) = handler.arguments.first()
            {
                typed::refuse_text(&payload.ty, by, &mut self.errors);
            }
            self.handlers.push(handler);
        } else if kind.name == "message" {
            // rustc reports the name, but not how one function takes both kinds of messages.
            self.errors.push(
                &function.signature.ident,
                "a socket has one `message`: for text and binary, its payload is `Message` or \
                 `Incoming`",
            );
        }
    }

    fn helper(&mut self, function: &Function) {
        let name = &function.signature.ident;
        if self.not_a_generated_function(name) && !self.foreign(function) {
            if matches!(function.vis, Visibility::Public(_)) {
                self.public_helper(function);
            } else {
                self.private_helper(function);
            }
        }
    }

    /// A public function that is no handler is a mistake: the public functions of a module are for
    /// the server.
    fn public_helper(&mut self, function: &Function) {
        let name = &function.signature.ident;
        let handlers = language::handlers();
        let word = name.unraw().to_string();
        let nearest = Role::nearest(name);
        let hint = match nearest.filter(|role| wiring::is_like(&function.signature, *role)) {
            Some(nearest) => {
                self.has_handler = true;
                format!("did you mean `{}`?", nearest.name())
            }
            None => format!("the handlers are {};", language::listed(&handlers)),
        };
        self.errors.push(
            name,
            format!(
                "unknown handler `{word}`; {hint} make it `pub(crate)` or private if it is a helper"
            ),
        );
    }

    /// A private function that nothing calls and that has nearly the name of a handler is a mistake.
    fn private_helper(&mut self, function: &Function) {
        if let Some(role) = wiring::meant(function, self.module) {
            self.has_handler = true;
            let name = &function.signature.ident;
            let message = format!(
                "unknown handler `{name}`; did you mean `{}`? if it is a helper, give it another name",
                role.name(),
            );
            self.errors.push(name, message);
        }
    }

    /// An attribute of another library is a mistake.
    fn foreign(&mut self, function: &Function) -> bool {
        let Some((name, mark)) = typed::foreign(function, self.module) else {
            return false;
        };
        self.has_handler = true;
        let message = format!("unknown attribute `{name}`: write `{}`", mark.example());
        self.errors.push(name, message);
        self.foreign.push(name.clone());
        true
    }

    fn not_a_generated_function(&mut self, name: &Ident) -> bool {
        match self.typed.overview.typed_by {
            Some(_) => self.not_generated(name, &language::GENERATED_FUNCTIONS),
            None => self.not_generated(name, &language::GENERATED_FUNCTIONS[..1]),
        }
    }

    /// Whether `name` is free for the user.
    fn not_generated(&mut self, name: &Ident, generated: &[&str]) -> bool {
        let is_generated = generated.iter().any(|generated| name == generated);
        if is_generated {
            let message = format!("`{name}` is generated by `#[websocket]`; choose another name");
            self.errors.push(name, message);
            self.taken.push(name.clone());
        }
        !is_generated
    }
}
