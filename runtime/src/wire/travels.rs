//! Types that travel.

use serde::Serialize;

/// A type that travels as JSON. `#[wire]` implements it.
///
/// ```
/// use levante::{Wire, prelude::*};
///
/// #[wire]
/// pub enum Event<'a> {
///     Said { text: &'a str },
/// }
///
/// // A topic that carries `Event<'static>` takes one that borrows its text, too.
/// fn owned<T: Wire>() -> &'static str {
///     std::any::type_name::<T::Static>()
/// }
/// assert!(owned::<Event<'_>>().contains("Event"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type that travels",
    label = "not a wire type",
    note = "annotate it with `#[wire]`"
)]
pub trait Wire: WireAs<Self::Static> {
    /// The same type with the lifetime `'static` everywhere. A topic carries messages of this type, so
    /// that messages which borrow fit, too.
    type Static: 'static;
}

/// A value that fits where messages of the type `S` are carried or sent: an `S`, an `S` that borrows,
/// or a reference to one of these. `#[wire]` implements it.
///
/// ```
/// use levante::{WireAs, prelude::*};
///
/// #[wire]
/// pub struct Line<'a> { text: &'a str }
///
/// fn fits(_line: impl WireAs<Line<'static>>) {}
///
/// let text = String::from("it borrows");
/// let line = Line { text: &text };
/// fits(&line);
/// fits(line);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit here: this takes `{S}`",
    label = "expected `{S}`",
    note = "the type of a message is said by `#[topic(…, message = …)]` for a topic, and by \
            `#[sends]` for the sockets of a module"
)]
pub trait WireAs<S>: Serialize {}

// Without the attribute rustc reports `str` for a `&str` that does not fit.
#[diagnostic::do_not_recommend]
impl<S, T: WireAs<S>> WireAs<S> for &T {}
