//! Marks the socket types that can be looked up.

use std::{any::Any, sync::Arc};

/// A socket type that can be looked up from any thread: one whose data are `Send + Sync`.
///
/// It is implemented for exactly these sockets, and sealed.
///
/// ```
/// use levante::{Listed, Server};
///
/// /// How many sockets of a module are open.
/// fn count<S: Listed>(server: &Server) -> usize {
///     server.sockets::<S>().len()
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be looked up from other threads",
    label = "its data are not `Send + Sync`",
    note = "a socket may be on another thread than the route or task that looks it up, so its data \
            have to be `Send + Sync`: `Arc` and `Mutex` instead of `Rc` and `RefCell`, say"
)]
pub trait Listed: Sized + Sealed {
    #[doc(hidden)]
    fn is_shared(shared: &(dyn Any + Send + Sync)) -> bool;
    #[doc(hidden)]
    fn from_shared(shared: Arc<dyn Any + Send + Sync>) -> Option<Self>;
}

/// Prevents other crates from implementing [`Listed`].
pub trait Sealed {}
