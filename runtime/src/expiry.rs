//! The time after which a connection expires.

use std::time::Duration;

/// A time for [`Socket::expires_in`](crate::Socket::expires_in) and
/// [`Attached::expires_in`](crate::Attached::expires_in): a [`Duration`], or an `Option<Duration>`
/// whose `None` means that the connection never expires.
///
/// ```
/// use std::time::Duration;
///
/// use levante::Attached;
///
/// let _ = Attached::new(()).expires_in(Duration::from_secs(60));
/// let _ = Attached::new(()).expires_in(None);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a time in which a connection expires",
    label = "not a `Duration`",
    note = "for a minute, write `Duration::from_secs(60)`; `None` means never"
)]
pub trait Expiry: Sealed {
    #[doc(hidden)]
    fn into_time(self) -> Option<Duration>;
}

impl Expiry for Duration {
    fn into_time(self) -> Option<Duration> {
        Some(self)
    }
}

impl Expiry for Option<Duration> {
    fn into_time(self) -> Option<Duration> {
        self
    }
}

/// Prevents other crates from implementing [`Expiry`].
pub trait Sealed {}

impl Sealed for Duration {}

impl Sealed for Option<Duration> {}
