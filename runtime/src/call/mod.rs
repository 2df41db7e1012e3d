//! The frames of `levante.v1+json` that a client sends, and the answers to them. Knows no socket.

mod answer;
mod arguments;
mod fault;
mod frame;
mod parameter;
mod reader;

pub(crate) use self::{
    answer::write,
    frame::{Frame, id_of},
};
pub use self::{
    answer::{Answer, Encoded, Never, Reported, Reports, Returned, Tells, Told, returned},
    arguments::Arguments,
    fault::Fault,
    frame::Id,
    parameter::{Parameter, field, given, given_text, text},
    reader::Reader,
};

/// The name of the subprotocol.
pub(crate) const PROTOCOL: &str = "levante.v1+json";

#[cfg(test)]
mod tests;
