//! What a module declares about messages. It is collected before the walk, because a function may
//! stand before the type that it needs.

use proc_macro2::TokenTree;
use syn::{Attribute, Ident, LitStr, Meta, Path, Token, Type, Visibility};

use super::{mark_of_function, may_meet, word};
use crate::{
    check::{data, spelling},
    errors::Errors,
    language::{self, Mark},
    model::{Cfg, Declarations, Declared, Join, Unseen},
    syntax::{Item, Module, mark_of},
};

/// What a module declares.
#[derive(Default)]
pub(in crate::check) struct Overview {
    /// The first attribute that makes the module typed.
    pub(in crate::check) typed_by: Option<Mark>,
    /// The methods of the client that join topics, with the names of the topics.
    pub(super) joining: Vec<(String, String)>,
    topics: Vec<Topic>,
    sends: Vec<Declared>,
    closes: Vec<Declared>,
    /// The visibility of each type that the sockets are bound to, with its place.
    narrowing: Vec<(Visibility, proc_macro2::Span)>,
    globs: Vec<Token![*]>,
}

/// Types of the standard library and of JSON, which a reader may take for a topic's name or its
/// parameter.
const VALUES: [&str; 22] = [
    "ByteString",
    "Bytes",
    "Cow",
    "HashMap",
    "Json",
    "Option",
    "String",
    "Uuid",
    "Value",
    "Vec",
    "bool",
    "char",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
];

struct Topic {
    declared: Declared,
    /// Its name with parameters, as the attribute has it; `None` for a topic from elsewhere.
    pattern: Option<LitStr>,
}

/// Collects what a module declares.
pub(in crate::check) fn of_module(module: &Module, runtime: Option<&Path>) -> Overview {
    let mut overview = Overview::default();
    for item in &module.items {
        overview.item(item, runtime);
    }
    overview
}

impl Overview {
    fn item(&mut self, item: &Item, runtime: Option<&Path>) {
        let attrs = item.attrs();
        let has = |mark| {
            attrs
                .iter()
                .find(|attr| mark_of(attr, runtime) == Some(mark))
        };
        let typing = [Mark::On, Mark::Join, Mark::Sends];
        let typing = typing.into_iter().find(|mark| has(*mark).is_some());
        self.typed_by = self.typed_by.or(typing);
        if let Item::Function(function) = item
            && let Some((_, Mark::Join)) = mark_of_function(attrs, runtime)
            && let Some(syn::FnArg::Typed(topic)) = function.signature.inputs.iter().nth(1)
            && let Some(name) = called(&topic.ty)
        {
            let topic = word(name);
            self.joining
                .push((language::client::joining(&topic), topic));
        }
        for name in names(item) {
            let (lifetimes, vis) = match item {
                Item::Named(named) => (named.lifetimes, Some(&named.vis)),
                _ => (0, None),
            };
            let declared = || Declared {
                cfg: Cfg::of(attrs),
                name: name.clone(),
                lifetimes,
            };
            if has(Mark::Sends).is_some() {
                self.sends.push(declared());
            }
            if has(Mark::Closes).is_some() {
                self.closes.push(declared());
            }
            if has(Mark::Sends).or(has(Mark::Closes)).is_some() {
                self.narrowing
                    .extend(vis.map(|vis| (vis.clone(), name.span())));
            }
            if let Some(attr) = has(Mark::Topic) {
                self.topics.push(Topic {
                    declared: declared(),
                    pattern: pattern(attr),
                });
            }
        }
        if let Item::Import { imported, .. } = item
            && has(Mark::Topic).is_some()
        {
            self.globs.extend(imported.glob);
        }
    }

    /// Checks the declarations against each other.
    pub(in crate::check) fn check(&self, errors: &mut Errors) {
        one(
            &self.sends,
            "a module sends one type: make this one a variant of it, or a part of one",
            errors,
        );
        one(
            &self.closes,
            "the close codes of a module are one enum",
            errors,
        );
        for glob in &self.globs {
            errors.push(
                glob,
                "topics are declared by their names: `#[topic] use super::Room;`",
            );
        }
        for (position, topic) in self.topics.iter().enumerate() {
            let name = &topic.declared.name;
            if name == "_" {
                errors.push(name, "a topic is declared by a name");
            }
            let Some(pattern) = &topic.pattern else {
                continue;
            };
            let is_same = |other: &&Topic| {
                let other_pattern = other.pattern.as_ref().map(|it| shape(&it.value()));
                other_pattern.as_deref() == Some(&shape(&pattern.value()))
                    && may_meet(&other.declared.cfg, &topic.declared.cfg)
                    && other.declared.name != topic.declared.name
            };
            if let Some(other) = self.topics[..position].iter().find(is_same) {
                errors.push(pattern, same_names(&other.declared));
            }
        }
    }

    /// Whether a client can join this topic with this function, and with no other.
    pub(super) fn check_joined(
        &self,
        join: &Join,
        others: &[Join],
        module: &Module,
        errors: &mut Errors,
    ) -> bool {
        let name = &join.topic_name;
        if !self.topics.iter().any(|topic| topic.declared.name == *name) {
            let is_here = |item: &Item| names(item).contains(&name);
            let is_local = module.items.iter().any(is_here);
            let message = if !is_local && VALUES.iter().any(|it| name == it) {
                format!(
                    "`{name}` is not a topic: the second parameter is a struct with `#[topic]`, as \
                     in `room: &Room`",
                )
            } else if is_local {
                format!(
                    "`{name}` is not a topic: it needs the attribute `#[topic(\"…\", message = …)]`, \
                     or `#[topic]` on its `use`",
                )
            } else {
                format!(
                    "`{name}` is not a topic of this module: declare it, as in `#[topic] use \
                     super::{name};`",
                )
            };
            errors.push(&join.topic, message);
            return false;
        }
        let is_same = |other: &&Join| other.topic_name == *name && may_meet(&other.cfg, &join.cfg);
        if let Some(other) = others.iter().find(is_same) {
            let message = format!(
                "a topic has one `#[join]` function: `{}` joins `{name}` already",
                other.function.name,
            );
            errors.push(&join.function.name, message);
            return false;
        }
        true
    }

    /// Narrows a visibility to that of the most private type that the sockets are bound to.
    pub(in crate::check) fn narrow(&self, data: &mut crate::model::Data) {
        for (vis, place) in &self.narrowing {
            if data::width(vis) < data::width(&data.vis) {
                (data.vis, data.place) = (vis.clone(), *place);
            }
        }
    }

    /// The model of the declarations.
    pub(in crate::check) fn into_model(self) -> Declarations {
        let unseen = self.unseen();
        let topics = self.topics.into_iter().map(|it| it.declared);
        Declarations {
            is_typed: self.typed_by.is_some(),
            sends: first(self.sends),
            closes: first(self.closes),
            topics: topics.filter(|it| it.name != "_").collect(),
            unseen,
        }
    }

    /// The pairs of topics of which the attribute does not see both names. rustc compares them.
    fn unseen(&self) -> Vec<Unseen> {
        let unseen = self.topics.iter().enumerate().map(|(position, topic)| {
            let may_be_same = |other: &&Topic| {
                (topic.pattern.is_none() || other.pattern.is_none())
                    && may_meet(&other.declared.cfg, &topic.declared.cfg)
                    && other.declared.name != topic.declared.name
            };
            let others = self.topics[..position].iter().filter(may_be_same);
            Unseen {
                topic: topic.declared.clone(),
                others: others
                    .map(|it| (it.declared.clone(), same_names(&it.declared)))
                    .collect(),
            }
        });
        unseen.filter(|it| !it.others.is_empty()).collect()
    }
}

/// The mistake of a topic that comes behind this one.
fn same_names(other: &Declared) -> String {
    format!(
        "`{}` has the same names: begin the names of one of them with another word",
        other.name,
    )
}

/// The names that an item has in the module.
fn names(item: &Item) -> Vec<&Ident> {
    match item {
        Item::Named(named) => vec![&named.name],
        Item::Import { imported, .. } => imported.names.iter().collect(),
        _ => Vec::new(),
    }
}

/// Refuses a second type with the same attribute, unless it has another condition.
fn one(types: &[Declared], message: &str, errors: &mut Errors) {
    for (position, second) in types.iter().enumerate() {
        if types[..position]
            .iter()
            .any(|first| may_meet(&first.cfg, &second.cfg))
        {
            errors.push(&second.name, message);
        }
    }
}

/// The types without those that have been refused.
fn first(types: Vec<Declared>) -> Vec<Declared> {
    types.into_iter().fold(Vec::new(), |mut kept, declared| {
        if !kept
            .iter()
            .any(|it: &Declared| may_meet(&it.cfg, &declared.cfg))
        {
            kept.push(declared);
        }
        kept
    })
}

/// The last name of a type's path, behind a reference.
fn called(ty: &Type) -> Option<&Ident> {
    match spelling::bare(ty) {
        Type::Reference(reference) => called(&reference.elem),
        ty => spelling::last_segment(ty).map(|it| &it.ident),
    }
}

/// The first argument of `#[topic("room/{id}", …)]`.
fn pattern(attr: &Attribute) -> Option<LitStr> {
    let Meta::List(list) = &attr.meta else {
        return None;
    };
    match list.tokens.clone().into_iter().next()? {
        TokenTree::Literal(literal) => syn::parse2(TokenTree::from(literal).into()).ok(),
        _ => None,
    }
}

/// A pattern without the names of its parameters: topics of one shape have the same names.
fn shape(pattern: &str) -> String {
    let mut parts = pattern.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shape, part| {
        let behind = part.split_once('}').map_or(part, |(_, behind)| behind);
        shape + "{}" + behind
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_one_shape_differ_in_the_names_of_parameters_alone() {
        assert_eq!(shape("room/{a}"), shape("room/{other}"));
        assert_eq!(shape("room/{a}/{b}"), "room/{}/{}");
        assert_ne!(shape("room/{a}"), shape("room/{a}/{b}"));
        assert_ne!(shape("room/{a}"), shape("rooms/{a}"));
        assert_eq!(shape("lobby"), "lobby");
        assert_eq!(shape("a{b"), "a{}b");
    }
}
