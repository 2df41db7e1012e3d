//! The close codes that a module says goodbye with.

use super::{Anything, Only};
use crate::close::CloseCode;

/// An enum of close codes. `#[closes]` implements it.
///
/// ```
/// use levante::{CloseCode, Closes, prelude::*};
///
/// #[closes]
/// #[derive(Clone, Copy, Debug)]
/// pub enum Bye {
///     /// Somebody has told us to.
///     Kicked = 4001,
///     Banned = 4003,
/// }
///
/// assert_eq!(CloseCode::from(Bye::Banned), 4003);
/// assert!(CloseCode::Other(4001) == Bye::Kicked);
/// assert_eq!(Bye::CODES[0], ("Kicked", 4001, "Somebody has told us to."));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of close codes",
    label = "no close codes",
    note = "annotate it with `#[closes]`, as in `#[closes] enum Bye {{ Kicked = 4001 }}`"
)]
pub trait Closes: Into<CloseCode> {
    /// The name of each variant, its code, and its docs.
    const CODES: &'static [(&'static str, u16, &'static str)];
}

/// The codes that [`Socket::close_with`](crate::Socket::close_with) takes, by what the module says
/// about them: [`Endpoint::Closes`](crate::Endpoint::Closes) implements it.
///
/// - [`Anything`]: a [`CloseCode`], and all that can be turned into one, such as a number.
/// - [`Only<T>`](crate::Only), of a module with `#[closes]`: a `T`, and a [`CloseCode`], for the codes
///   of the standard. A bare number is not taken, since it would not be in the contract.
///
/// ```
/// use levante::{Endpoint, Ends, prelude::*};
///
/// /// A [`CloseCode`] can always be given.
/// fn refuse<E: Endpoint>(ws: &Socket<E>) {
///     ws.close_with(CloseCode::Policy, "not now");
/// }
///
/// /// A number, where the module says nothing about its codes.
/// fn log_out<E: Endpoint<Closes: Ends<u16>>>(ws: &Socket<E>) {
///     ws.close_with(4001, "logged out");
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{C}` is no close code of this module: it says goodbye with `{Self}`",
    label = "not one of its close codes",
    note = "`Only<T>` is the enum of the module with `#[closes]`; the standard's codes are \
            `CloseCode`, as in `CloseCode::Policy`"
)]
pub trait Ends<C> {
    #[doc(hidden)]
    fn code(code: C) -> CloseCode;
}

impl<C: Into<CloseCode>> Ends<C> for Anything {
    #[inline]
    fn code(code: C) -> CloseCode {
        code.into()
    }
}

impl<S> Ends<CloseCode> for Only<S> {
    fn code(code: CloseCode) -> CloseCode {
        code
    }
}

impl<S: Closes> Ends<S> for Only<S> {
    fn code(code: S) -> CloseCode {
        code.into()
    }
}
