//! Which topics the sockets of a module hear.

/// The kind of topics that are strings. It is a mark for the compiler, and has no value.
///
/// This enum is exhaustive: it has no variants.
///
/// ```
/// use levante::{Destination, Untyped};
///
/// fn log<T: Destination<Kind = Untyped>>(topic: T) {
///     topic.named(|name| println!("the topic {name}"));
/// }
/// log("news");
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Untyped {}

/// A module whose sockets hear topics of this kind: its hidden type `Endpoint` implements it.
///
/// String topics are heard in every module. A struct with `#[topic]` is heard in the module in which it
/// is, and in those that declare it: `#[topic] use crate::prices::Price;`. So all topics that the
/// clients of a module may hear are in its contract.
///
/// ```
/// use levante::{Destination, Endpoint, Hears, prelude::*};
///
/// fn follow<E, T>(ws: &Socket<E>, topic: T)
/// where
///     E: Endpoint + Hears<T::Kind>,
///     T: Destination,
/// {
///     ws.subscribe(topic);
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Kind}` is not a topic of this module",
    label = "the sockets of this module do not hear `{Kind}`",
    note = "declare it in the module: `#[topic] use super::{Kind};`"
)]
pub trait Hears<Kind> {}

impl<E> Hears<Untyped> for E {}

/// A kind without topics. If strings were the only kind that a module hears, rustc would take a
/// missing declaration for a mismatch with [`Untyped`].
#[derive(Debug)]
pub enum Unheard {}

impl<E> Hears<Unheard> for E {}
