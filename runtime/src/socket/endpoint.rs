//! The trait that tells the sockets of one module from those of another.

use crate::{close::CloseCode, wire::Ends};

/// A module with `#[websocket]`, as the parameter of its [`Socket`](crate::Socket) type.
///
/// `#[websocket]` implements it for a type in the module, and `chat::Ws` is the `Socket` of that type.
/// So the sockets of two modules have different types, and a function for both is generic:
///
/// ```
/// use levante::{Anything, Endpoint, prelude::*};
///
/// #[websocket("/chat")]
/// mod chat {
///     use super::*;
///
///     fn open(ws: &Ws) {
///         welcome(ws);
///     }
/// }
///
/// #[websocket("/game")]
/// mod game {
///     use super::*;
///
///     fn open(ws: &Ws) {
///         welcome(ws);
///     }
/// }
///
/// fn welcome<E: Endpoint<Sends = Anything>>(ws: &Socket<E>) {
///     ws.subscribe("news");
///     ws.send("welcome");
/// }
/// # fn main() { let _ = (chat::service(), game::service()); }
/// ```
///
/// What such a function sends must fit all these modules. [`Anything`](crate::Anything) says that they
/// do not restrict it. A function that sends nothing needs no such bound: it may publish, and close with
/// a [`CloseCode`], in every module.
///
/// A function that uses the data has a bound on their type:
///
/// ```
/// use levante::{Endpoint, prelude::*};
///
/// pub trait Named {
///     fn name(&self) -> &str;
/// }
///
/// fn introduce<E>(ws: &Socket<E>)
/// where
///     E: Endpoint<Data: Named>,
/// {
///     ws.publish("lobby", format_args!("this is {}", ws.data.name()));
/// }
/// ```
///
/// No other crate can implement the trait, so later releases may add items to it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the endpoint of a `#[websocket]` module",
    label = "not an endpoint",
    note = "a function for the sockets of one module takes its `Ws`, as in `&chat::Ws`; a function \
            for those of any module takes `&Socket<E>`, where `E: Endpoint`"
)]
pub trait Endpoint: Generated + Sized + 'static {
    /// The type of `ws.data`, which `attach` returns.
    type Data: 'static;

    /// What `ws.send` takes:
    ///
    /// - [`Anything`](crate::Anything), if the module has neither `#[sends]` nor `#[on]`;
    /// - [`Only<Event>`](crate::Only), if `#[sends]` is on its enum `Event`;
    /// - [`Nothing`](crate::Nothing), if it has `#[on]` and no `#[sends]`.
    type Sends;

    /// What `ws.close_with` takes: [`Anything`](crate::Anything) that is a code, or
    /// [`Only<Bye>`](crate::Only) if `#[closes]` is on the module's enum `Bye`.
    type Closes: Ends<CloseCode>;
}

/// Prevents implementations of [`Endpoint`] by hand. Implemented by `#[websocket]`.
#[diagnostic::on_unimplemented(
    message = "`Endpoint` cannot be implemented by hand",
    label = "only `#[websocket]` makes endpoints",
    note = "put `#[websocket(\"/path\")]` on a module; its sockets have the type `Ws`"
)]
pub trait Generated {}
