//! The messages that fit what a socket sends or a topic carries.

use super::Anything;
#[cfg(feature = "json")]
use super::{Only, envelope::Enveloped, travels::WireAs};
use crate::message::IntoMessage;
#[cfg(feature = "json")]
use crate::message::{Compressed, CompressedIf};

/// A message that may be sent or published where `K` is said to be sent or carried.
///
/// - [`Anything`]: every [`IntoMessage`], such as `&str` and `Json(T)`.
/// - [`Only<T>`](crate::Only): a `T`, a `&T`, or [`Compressed`](crate::Compressed) of one.
/// - [`Nothing`](crate::Nothing): no message.
///
/// A message of a typed topic is sent as `{"topic":"room/7","data":…}`, and one of a socket as
/// `{"data":…}`.
///
/// ```
/// use levante::{Destination, Fits, prelude::*};
///
/// /// Publishes, and logs that it did.
/// fn publish<T: Destination>(server: &Server, topic: T, message: impl Fits<T::Carries>) {
///     let published = server.publish(topic, message);
///     println!("{published} sockets");
/// }
///
/// publish(&Server::new(), "news", "any message fits a string topic");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit here: this takes `{K}`",
    label = "does not fit",
    note = "`Anything` is a text, bytes, `Json(value)` of a type that derives `serde::Serialize`, or \
            another `IntoMessage`; `Only<T>` is a `T`",
    note = "`Nothing`: the module is a typed one, with `#[on]` or `#[join]`; say what else it sends \
            with `#[sends]`, as in `#[sends] enum Event {{ Welcome {{ name: String }} }}`",
    note = "a function for the sockets of several modules says what they send: \
            `E: levante::Endpoint<Sends = levante::Anything>`"
)]
pub trait Fits<K> {
    /// The message as it is sent: to a topic of this name, or to one socket.
    #[doc(hidden)]
    fn fitted(self, topic: Option<&str>) -> impl IntoMessage;
}

impl<M: IntoMessage> Fits<Anything> for M {
    #[inline]
    fn fitted(self, _: Option<&str>) -> impl IntoMessage {
        self
    }
}

#[cfg(feature = "json")]
impl<S, T: WireAs<S>> Fits<Only<S>> for T {
    #[inline]
    fn fitted(self, topic: Option<&str>) -> impl IntoMessage {
        Enveloped { topic, data: self }
    }
}

#[cfg(feature = "json")]
impl<S, T: WireAs<S>> Fits<Only<S>> for Compressed<T> {
    #[inline]
    fn fitted(self, topic: Option<&str>) -> impl IntoMessage {
        let data = self.0;
        Compressed(Enveloped { topic, data })
    }
}

#[cfg(feature = "json")]
impl<S, T: WireAs<S>> Fits<Only<S>> for CompressedIf<T> {
    #[inline]
    fn fitted(self, topic: Option<&str>) -> impl IntoMessage {
        self.map(|data| Enveloped { topic, data })
    }
}
