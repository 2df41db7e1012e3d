//! Modules with `#[on]` and `#[join]`: their table, and what generated code calls.
//!
//! Generated code reads arguments and calls functions. All else is here: which frames are understood,
//! what is answered, which topics are joined. For
//!
//! ```text
//! #[on] fn say(ws: &Ws, room: u32, text: &str) -> Result<Sent, Refused> { … }
//! #[on] async fn add(ws: &Ws, a: u32, text: &str) -> u32 { … }
//! #[join] fn room(ws: &Ws, room: &Room) -> Result<Vec<Person>, Refused> { … }
//! #[join] async fn price(ws: &Ws, price: Price) { … }
//! ```
//!
//! it is
//!
//! ```text
//! use __levante::{Reports as _, Tells as _};
//!
//! fn __on_say(
//!     __ws: &Ws,
//!     __arguments: &mut __levante::Arguments<'_>,
//! ) -> Result<__levante::Called, __levante::Fault> {
//!     let mut __0: Option<u32> = None;
//!     let mut __1 = None;
//!     let __id = __arguments.read(|__name, __reader| match __name {
//!         "room" => __levante::field::<u32>(&mut __0, "room", __reader), // at `u32`
//!         "text" => __levante::text(&mut __1, "text", __reader),
//!         _ => __reader.skip(),
//!     })?;
//!     let __0: u32 = __levante::given::<u32>(__0, "room")?;              // at `u32`
//!     let __1 = __levante::given_text(__1, "text")?;
//!     let __returned = say(__ws, __0, &*__1);
//!     let __kind = &__levante::returned(&__returned);
//!     let __answer = __kind.answer(identity(__returned)); // at the return type
//!     Ok(__levante::Called::Done(__levante::answered(__ws, __id, __answer)))
//! }
//!
//! // An `async fn`: its future owns the arguments, and makes the outcome.
//! fn __on_add(__ws: &Ws, __arguments: &mut __levante::Arguments<'_>)
//!     -> Result<__levante::Called, __levante::Fault>
//! {
//!     … // as above
//!     let __1 = __levante::given_text(__1, "text")?.into_owned();
//!     let __ws = Clone::clone(__ws);
//!     Ok(__levante::Called::Running(__levante::running(async move {
//!         let __ws = &__ws;
//!         let __returned = add(__ws, __0, &*__1).await;
//!         let __kind = &__levante::returned(&__returned);
//!         let __answer = __kind.answer(identity(__returned));
//!         __levante::answered(__ws, __id, __answer)
//!     })))
//! }
//!
//! fn __join_room(__ws: &Ws, __topic: Room, __joining: __levante::Joining) -> __levante::Called {
//!     let __returned = room(__ws, &__topic); // or `__topic`, if the function takes it by value
//!     let __kind = &__levante::returned(&__returned);
//!     let __answer = __kind.answer(identity(__returned));
//!     __levante::Called::Done(__levante::joined(__ws, __joining, __answer))
//! }
//!
//! fn __join_price(__ws: &Ws, __topic: Price, __joining: __levante::Joining) -> __levante::Called {
//!     let __ws = Clone::clone(__ws);
//!     __levante::Called::Running(__levante::running(async move {
//!         let __ws = &__ws;
//!         let __returned = price(__ws, __topic).await;
//!         let __kind = &__levante::returned(&__returned);
//!         let __answer = __kind.answer(identity(__returned));
//!         __levante::joined(__ws, __joining, __answer)
//!     }))
//! }
//!
//! static __TYPED: __levante::Typed<Endpoint> = __levante::Typed {
//!     call: |__ws, __name, __arguments| match __name {
//!         "say" => __on_say(__ws, __arguments),
//!         "add" => __on_add(__ws, __arguments),
//!         _ => Err(__levante::Fault::unknown(__name)),
//!     },
//!     join: |__ws, __joining| {
//!         if let Some(__topic) = __levante::topic::<Room>(&__joining) {   // at `Room`
//!             return Ok(__join_room(__ws, __topic, __joining));
//!         }
//!         if let Some(__topic) = __levante::topic::<Price>(&__joining) {
//!             return Ok(__join_price(__ws, __topic, __joining));
//!         }
//!         Err(__joining)
//!     },
//! };
//!
//! impl __levante::Mount for Endpoint {
//!     … // as in a plain module
//!     const TYPED: Option<&'static __levante::Typed<Self>> = Some(&__TYPED);
//! }
//! ```
//!
//! A function without parameters passes `|_, __reader| __reader.skip()`. The type of a returned value
//! need not be spelled: `()`, a `Result` behind an alias and `impl Serialize` are told apart by
//! [`returned`](crate::call::returned). A function that never returns has no answer.

mod answering;
mod dispatcher;
mod joined;
#[cfg(not(feature = "contract"))]
mod no_contract;

pub(crate) use self::dispatcher::TypedDispatcher;
#[cfg(not(feature = "contract"))]
pub use self::no_contract::{HasContract, NoContract};
pub use self::{
    answering::answered,
    joined::{Joining, Joins, Parts, joined, topic},
};
use crate::{
    call::{Arguments, Fault},
    dispatch::{Outcome, Running},
    socket::{Endpoint, Socket},
};

/// The `#[on]` and `#[join]` functions of one module, in a `static`.
#[derive(Debug)]
pub struct Typed<E: Endpoint> {
    /// Calls the `#[on]` function of this name with the arguments in the frame.
    pub call: fn(&Socket<E>, &str, &mut Arguments<'_>) -> Result<Called, Fault>,
    /// Calls the `#[join]` function of the first topic that has the name. Hands the join back if
    /// there is none.
    pub join: fn(&Socket<E>, Joining) -> Result<Called, Joining>,
}

/// A function that has been called.
pub enum Called {
    /// It has returned.
    Done(Outcome),
    /// It is an `async fn`, which the connection polls.
    Running(Running),
}
