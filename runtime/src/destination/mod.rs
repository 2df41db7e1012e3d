//! What can be published to: strings, and topics of a type.

mod hears;
mod name;
#[cfg(feature = "json")]
mod topic;

#[cfg(feature = "json")]
pub use self::topic::{Topic, topic_of};
pub use self::{
    hears::{Hears, Untyped},
    name::{NameWriter, Segments, segment, with_name},
};
use crate::wire::Anything;

/// What messages are published to, and sockets subscribe to: a string, which carries anything, or a
/// topic of a type, which carries messages of one type.
///
/// `#[topic]` implements it for a struct and for references to it.
///
/// ```
/// use levante::prelude::*;
///
/// #[wire]
/// pub struct Price { cents: u64 }
///
/// #[topic("price/{symbol}", message = Price)]
/// pub struct Symbol { pub symbol: String }
///
/// let server = Server::new();
/// server.publish("news", "a string topic carries anything");
/// server.publish(Symbol { symbol: "ABC".into() }, Price { cents: 120 });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a topic",
    label = "not a topic",
    note = "a topic is a string, or a struct with `#[topic(\"room/{{id}}\", message = RoomEvent)]`"
)]
pub trait Destination {
    /// What can be published to it: [`Anything`], or [`Only<T>`](crate::Only).
    type Carries;

    /// The type of the topic, which modules say that they hear: see [`Hears`].
    type Kind;

    /// Calls `with` with the name of the topic.
    ///
    /// ```
    /// use levante::Destination;
    ///
    /// assert_eq!("news".named(str::len), 4);
    /// ```
    fn named<R>(&self, with: impl FnOnce(&str) -> R) -> R;
}

#[diagnostic::do_not_recommend]
impl<S: AsRef<str>> Destination for S {
    type Carries = Anything;
    type Kind = Untyped;

    #[inline]
    fn named<R>(&self, with: impl FnOnce(&str) -> R) -> R {
        with(self.as_ref())
    }
}
