use super::{IntoMessage, Message, Outgoing};
use crate::error::BoxError;

/// A message that is compressed for peers that agreed to permessage-deflate, and plain for all
/// others.
///
/// Without the setting `compression` no peer can agree. A message is also sent plain if it is
/// shorter than `compression_threshold`, or if compression does not make it shorter.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/document", compression = Compression::Shared)]
/// mod document {
///     use levante::prelude::*;
///
///     fn message(ws: &Ws, text: &str) {
///         // Compressed once for all subscribers.
///         ws.publish("document", Compressed(text));
///         ws.send("saved");
///     }
/// }
/// # fn main() { let _ = document::service(); }
/// ```
///
/// Do not compress a secret together with text that an attacker can choose: the length of the
/// result tells how similar the two are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Compressed<M>(pub M);

impl<M> Compressed<M> {
    /// A message that is compressed as `Compressed(message)` is if `condition` is `true`, and plain
    /// otherwise.
    ///
    /// ```
    /// use levante::prelude::*;
    ///
    /// #[websocket("/feed", compression = Compression::Shared)]
    /// mod feed {
    ///     use levante::prelude::*;
    ///
    ///     fn message(ws: &Ws, text: &str) {
    ///         ws.publish("feed", Compressed::when(text.len() > 1024, text));
    ///     }
    /// }
    /// # fn main() { let _ = feed::service(); }
    /// ```
    pub fn when(condition: bool, message: M) -> CompressedIf<M> {
        CompressedIf { condition, message }
    }
}

/// The message of [`Compressed::when`].
///
/// ```
/// use levante::{Compressed, CompressedIf};
///
/// fn report(lines: &[u8]) -> CompressedIf<&[u8]> {
///     Compressed::when(lines.len() > 4096, lines)
/// }
/// # let _ = report(b"");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CompressedIf<M> {
    condition: bool,
    message: M,
}

#[cfg(feature = "json")]
impl<M> CompressedIf<M> {
    /// Another message under the same condition.
    pub(crate) fn map<N>(self, change: impl FnOnce(M) -> N) -> CompressedIf<N> {
        CompressedIf {
            condition: self.condition,
            message: change(self.message),
        }
    }
}

impl<M: IntoMessage> IntoMessage for CompressedIf<M> {
    fn into_message(self) -> Result<Message, BoxError> {
        self.message.into_message()
    }

    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        match self.condition {
            true => Compressed(self.message).lend(send),
            false => self.message.lend(send),
        }
    }
}

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
