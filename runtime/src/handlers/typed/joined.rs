//! The topics that a client has joined.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

use super::answering::{answered, fault};
use crate::{
    call::{Answer, Fault, Id, Never},
    destination::Topic,
    dispatch::Outcome,
    socket::{Endpoint, Socket},
};

/// The names of the topics that a client has joined. Topics to which the server has subscribed the
/// socket by itself are not among them.
#[derive(Debug, Default)]
pub(super) struct Joined(RefCell<BTreeSet<Box<str>>>);

impl Joined {
    fn has(&self, name: &str) -> bool {
        self.0.borrow().contains(name)
    }

    fn add(&self, name: Box<str>) {
        self.0.borrow_mut().insert(name);
    }

    pub(super) fn remove(&self, name: &str) -> bool {
        self.0.borrow_mut().remove(name)
    }

    /// Whether another topic may be joined. Topics from which the server has unsubscribed the socket
    /// do not count any more.
    fn has_room(&self, most: usize, is_subscribed: impl Fn(&str) -> bool) -> bool {
        let mut names = self.0.borrow_mut();
        if names.len() >= most {
            names.retain(|name| is_subscribed(name));
        }
        names.len() < most
    }
}

/// An endpoint whose clients may join the topic `T`. The `#[join]` function answers with an `A`, or
/// refuses with an `R`. The kit for tests takes the types from here.
#[diagnostic::on_unimplemented(
    message = "clients of this module cannot join `{T}`",
    label = "no function lets a client join",
    note = "a function with `#[join]` lets clients join, and says which: \
            `#[join] fn room(ws: &Ws, room: &{T}) -> …`"
)]
pub trait Joins<T, A, R> {}

/// A topic that no client joins. If a module had one `#[join]` function only, rustc would take any other
/// topic for a mismatch with that of the function.
#[derive(Debug)]
pub enum Unjoined {}

impl<E> Joins<Unjoined, (), Never> for E {}

/// The parts of a `Result` behind any alias.
pub trait Parts {
    /// The value.
    type Value;
    /// The error.
    type Error;
}

impl<T, E> Parts for Result<T, E> {
    type Value = T;
    type Error = E;
}

/// A client that joins a topic.
#[derive(Debug)]
pub struct Joining {
    name: Box<str>,
    id: Id,
    /// Whether the socket was subscribed to the topic before.
    was_subscribed: bool,
    joined: Rc<Joined>,
}

impl Joining {
    /// # Errors
    ///
    /// If the client may join no further topic.
    pub(super) fn new<E: Endpoint>(
        ws: &Socket<E>,
        name: &str,
        id: Id,
        joined: &Rc<Joined>,
    ) -> Result<Self, Fault> {
        let most = ws.core().config.max_topics;
        let is_subscribed = |name: &str| ws.is_subscribed(name);
        if !joined.has(name) && !joined.has_room(most as usize, is_subscribed) {
            return Err(Fault::too_many_topics(most));
        }
        Ok(Self {
            name: name.into(),
            id,
            was_subscribed: is_subscribed(name),
            joined: joined.clone(),
        })
    }

    pub(super) fn into_fault(self) -> Fault {
        Fault::not_joinable(&self.name)
    }
}

/// The topic that is joined, if it is of this type.
#[inline]
pub fn topic<T: Topic>(joining: &Joining) -> Option<T> {
    T::from_name(&joining.name)
}

/// Subscribes the socket if the function has accepted, and answers. Otherwise the socket is
/// subscribed to the topic if it was before.
pub fn joined<E: Endpoint, T, R>(
    ws: &Socket<E>,
    joining: Joining,
    answer: Answer<T, R>,
) -> Outcome {
    let Joining {
        name,
        id,
        was_subscribed,
        joined,
    } = joining;
    if !matches!(answer, Answer::Ok(_)) {
        if !was_subscribed {
            ws.unsubscribe(&*name);
            joined.remove(&name);
        }
        return answered(ws, id, answer);
    }
    // Before the answer is queued, so that the client misses nothing that is published after it.
    ws.subscribe(&*name);
    if !ws.is_subscribed(&*name) {
        fault(
            ws.core(),
            id,
            "the topic is one too many, or its name is too long",
        );
        return Ok(());
    }
    let outcome = answered(ws, id, answer);
    match &outcome {
        // The server has subscribed the socket by itself, so the client cannot leave the topic.
        Ok(()) if was_subscribed => {}
        Ok(()) => joined.add(name),
        Err(_) if was_subscribed => {}
        Err(_) => _ = ws.unsubscribe(&*name),
    }
    outcome
}
