//! What a socket sends and a topic carries: anything, nothing, or messages of one type.

#[cfg(feature = "json")]
mod envelope;
mod farewell;
mod fits;
mod received;
mod scratch;
#[cfg(feature = "json")]
mod travels;

use std::{fmt, marker::PhantomData};

#[cfg(feature = "json")]
pub(crate) use self::scratch::with_bytes;
pub(crate) use self::scratch::with_text;
#[cfg(feature = "json")]
pub use self::travels::{Wire, WireAs};
pub use self::{
    farewell::{Closes, Ends},
    fits::Fits,
    received::Carried,
};

/// Stands for "a message of any type": what a string topic carries, and what the sockets of a module
/// send that has neither `#[on]` functions nor `#[sends]`. It is a mark for the compiler, and has no
/// value.
///
/// This enum is exhaustive: it has no variants.
///
/// ```
/// use levante::{Anything, Endpoint, prelude::*};
///
/// /// For the sockets of every module that sends anything.
/// fn greet<E: Endpoint<Sends = Anything>>(ws: &Socket<E>) {
///     ws.send("hello");
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Anything {}

/// Stands for "no message": what the sockets of a module send that has `#[on]` functions, and does
/// not say with `#[sends]` what else it sends. It is a mark for the compiler, and has no value.
///
/// This enum is exhaustive: it has no variants.
///
/// ```
/// use levante::{Endpoint, Nothing, prelude::*};
///
/// /// These sockets answer, and send nothing by themselves.
/// fn hang_up<E: Endpoint<Sends = Nothing>>(ws: &Socket<E>) {
///     ws.close();
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Nothing {}

/// Stands for "messages of the type `T`": what a typed topic carries, and what the sockets of a module
/// with `#[sends]` send. It is a mark for the compiler; no code makes a value of it.
///
/// ```
/// use levante::{Destination, Only, prelude::*};
///
/// /// For all topics that carry these events.
/// fn announce<T: Destination<Carries = Only<Event>>>(server: &Server, topic: T) {
///     server.publish(topic, Event::Opened);
/// }
///
/// #[wire]
/// #[derive(Debug)]
/// pub enum Event { Opened }
///
/// #[topic("shop/{number}", message = Event)]
/// pub struct Shop { pub number: u32 }
///
/// announce(&Server::new(), Shop { number: 7 });
/// ```
pub struct Only<T>(PhantomData<fn() -> T>);

impl<T> fmt::Debug for Only<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Only")
    }
}
