//! What a subscription in server code yields.

use super::Anything;
#[cfg(feature = "json")]
use super::{Only, envelope::published};
use crate::message::Message;

/// What a topic carries, and how server code receives it: the parameter of a
/// [`Subscription`](crate::Subscription).
///
/// - [`Anything`]: each [`Message`].
/// - [`Only<T>`](crate::Only): each `T` that was published to the topic. `T` must own its content, to be
///   read as one. A message that is none, because it was published under the same name as a string, is
///   skipped.
///
/// ```
/// use levante::{Carried, Subscription};
///
/// async fn count<K: Carried>(mut subscription: Subscription<K>) -> u64 {
///     let mut messages = 0;
///     while subscription.next().await.is_some() {
///         messages += 1;
///     }
///     messages
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "server code cannot receive what is said to be `{Self}`",
    label = "cannot be received",
    note = "a message that server code receives owns its content: a field is a `String` or a `Cow`, \
            and not a `&str`",
    note = "to receive the JSON, subscribe to the name of the topic"
)]
pub trait Carried {
    /// What the subscription yields.
    type Message;

    /// The message; `None` if it is skipped.
    #[doc(hidden)]
    fn receive(topic: &str, message: Message) -> Option<Self::Message>;
}

impl Carried for Anything {
    type Message = Message;

    fn receive(_: &str, message: Message) -> Option<Message> {
        Some(message)
    }
}

#[cfg(feature = "json")]
#[diagnostic::do_not_recommend]
impl<T: serde::de::DeserializeOwned> Carried for Only<T> {
    type Message = T;

    fn receive(topic: &str, message: Message) -> Option<T> {
        published(topic, &message)
    }
}
