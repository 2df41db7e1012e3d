//! Topics of a type.

use super::{Destination, Segments};
use crate::wire::{Only, Wire};

/// A topic whose name is made of fields, and whose messages are of one type. `#[topic]` implements it.
///
/// ```
/// use levante::{Topic, prelude::*};
///
/// #[wire]
/// pub enum RoomEvent { Said { text: String } }
///
/// #[topic("room/{house}/{number}", message = RoomEvent)]
/// #[derive(Debug, PartialEq)]
/// pub struct Room { pub house: String, pub number: u32 }
///
/// let room = Room { house: "A/B".into(), number: 7 };
/// // A value cannot reach into another segment of the name.
/// assert_eq!(Room::from_name("room/A%2FB/7"), Some(room));
/// assert_eq!(Room::from_name("room/A/B/7"), None);
/// assert_eq!(Room::PATTERN, "room/{house}/{number}");
/// ```
///
/// It can be implemented by hand, with [`Destination`], for a topic whose name is made otherwise. A
/// module declares it as any other topic. The contract of the module takes its [`PATTERN`] apart: the
/// values in the name are strings there, and it has no docs.
///
/// [`PATTERN`]: Self::PATTERN
///
/// ```
/// use levante::{Destination, Only, Topic, prelude::*};
///
/// #[wire]
/// pub struct Tick { seconds: u64 }
///
/// pub struct Clock;
///
/// impl Destination for Clock {
///     type Carries = Only<Tick>;
///     type Kind = Clock;
///
///     fn named<R>(&self, with: impl FnOnce(&str) -> R) -> R {
///         with("clock")
///     }
/// }
///
/// impl Topic for Clock {
///     type Message = Tick;
///     const PATTERN: &'static str = "clock";
///
///     fn from_name(name: &str) -> Option<Self> {
///         (name == "clock").then_some(Clock)
///     }
/// }
///
/// #[websocket("/time")]
/// mod time {
///     #[topic]
///     use super::Clock;
///
///     #[join]
///     fn clock(_ws: &Ws, _clock: &Clock) {}
/// }
///
/// fn main() {
///     Server::new().publish(Clock, Tick { seconds: 1 });
///     # let _ = time::service();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a topic",
    label = "not a topic",
    note = "a topic is a struct with `#[topic(\"room/{{id}}\", message = RoomEvent)]`"
)]
pub trait Topic:
    Destination<Carries = Only<<Self::Message as Wire>::Static>, Kind = Self> + Sized
{
    /// The type of the messages that it carries.
    type Message: Wire;

    /// The name with its parameters, such as `room/{id}`.
    const PATTERN: &'static str;

    /// The topic of this name; `None` if no topic of this type has it. A topic has one name:
    /// `room/07` is none for a number, because the name of room 7 is `room/7`.
    ///
    /// ```
    /// use levante::{Topic, prelude::*};
    ///
    /// #[wire]
    /// pub struct Opened;
    ///
    /// #[topic("room/{id}", message = Opened)]
    /// pub struct Room { pub id: u32 }
    ///
    /// assert_eq!(Room::from_name("room/7").map(|room| room.id), Some(7));
    /// assert!(Room::from_name("room/07").is_none());
    /// ```
    fn from_name(name: &str) -> Option<Self>;
}

/// The topic that `read` finds in a name, if the name is written as that topic writes it.
pub fn topic_of<T: Destination>(
    name: &str,
    read: impl FnOnce(&mut Segments<'_>) -> Option<T>,
) -> Option<T> {
    let mut segments = Segments::of(name);
    let topic = read(&mut segments)?;
    let is_its_name = segments.is_empty() && topic.named(|own| own == name);
    is_its_name.then_some(topic)
}
