use super::{IntoMessage, Message, Outgoing};
use crate::error::BoxError;

/// A message that is sent or published compressed to those peers that agreed to it, and plain to all
/// others.
///
/// It takes the setting `compression`, without which nobody agrees. A message below
/// `compression_threshold`, and one that does not become shorter, is sent plain all the same.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/document", compression = Compression::Shared)]
/// mod document {
///     use super::*;
///
///     fn message(ws: &Ws, text: &str) {
///         // Compressed once, however many subscribers there are.
///         ws.publish("document", Compressed(text));
///         ws.send("saved");
///     }
/// }
/// # fn main() { let _ = document::service(); }
/// ```
///
/// What is secret should not be compressed together with what others may choose: the length of the
/// result tells how alike the two are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Compressed<M>(pub M);

impl<M: IntoMessage> IntoMessage for Compressed<M> {
    fn into_message(self) -> Result<Message, BoxError> {
        self.0.into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        self.0.lend(|outgoing| {
            send(Outgoing {
                compress: true,
                ..outgoing
            })
        })
    }
}
