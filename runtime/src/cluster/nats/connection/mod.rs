//! One connection to a server: the greeting, the login, and then its three parts.
//!
//! - [`Inbound`] reads. It counts the `PONG`s, which come in the order of the `PING`s, and so tells the
//!   other parts when the server has handled their batches. It has no queue: while it is not polled,
//!   the server keeps the messages.
//! - `writer` is a task, because two parts write, and the server's `PING` wants an answer at once.
//! - [`Outbound`] hands batches to the task. Each batch ends with a `PING`. A server handles commands
//!   in their order, so its `PONG` says that it has handled the batch, and an error that came before
//!   the `PONG` belongs to the batch.

mod greeting;
mod inbound;
mod open;
mod outbound;
mod sid;
mod source;
mod writer;

#[cfg(test)]
mod tests;

pub(super) use self::{
    inbound::Inbound,
    open::{Opened, Options, open},
    outbound::{Publisher, Subscriber},
};
