//! Runs code of the application under a guard. This is the only file of the crate that catches
//! panics.
//!
//! Each value that the application gives to the engine may panic when it is called, polled or
//! dropped. A panic must end only the connection or handshake to which the value belongs. So the
//! engine calls such code with [`call`] and drops such values one by one with [`discard`]. If a
//! value may be dropped together with others, the engine keeps it as [`Guarded`]. The payload of a
//! panic is a value of the application, too.
//!
//! If two parts of one value panic while the value is dropped, the process aborts. That is a rule
//! of the language; no guard can prevent it.

use std::{
    any::Any,
    fmt, mem,
    ops::Deref,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;

use crate::log::{Quoted, limited};

/// A caught panic. Only its message is kept; its payload has been dropped.
#[derive(Debug)]
pub(crate) struct Panic {
    message: Option<String>,
}

/// The path of an endpoint, for the log.
pub(crate) type Path = Option<Arc<str>>;

/// Calls code of the application.
///
/// Unwind safety is left to the application. A panic can leave `ws.data` in an inconsistent state,
/// but then its connection ends. It can do the same to data that the application shares between
/// connections.
#[inline]
pub(crate) fn call<R>(code: impl FnOnce() -> R) -> Result<R, Panic> {
    catch_unwind(AssertUnwindSafe(code)).map_err(Panic::caught)
}

/// Drops a value of the application. If it panics, the panic is logged with the path of the
/// endpoint.
pub(crate) fn discard<T>(value: T, path: &Path) {
    if let Err(panic) = call(|| drop(value)) {
        panic.log(path, "a value panicked when it was dropped");
    }
}

impl Panic {
    #[cold]
    fn caught(payload: Box<dyn Any + Send>) -> Self {
        let message = match payload.downcast_ref::<String>() {
            Some(message) => Some(message.clone()),
            None => payload
                .downcast_ref::<&str>()
                .map(|&message| message.to_owned()),
        };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            // Dropping this payload could panic as well, and so on without end. So it is leaked.
            mem::forget(payload);
        }
        Self { message }
    }

    /// The message of the panic.
    pub(crate) fn into_message(self) -> String {
        self.message.unwrap_or_else(|| "no message".to_owned())
    }

    /// Logs the panic, with the path of the endpoint.
    pub(crate) fn log(self, path: &Path, what: &str) {
        let path = path.as_deref().unwrap_or_default();
        let message = self.into_message();
        let log = || {
            let quoted = Quoted(message);
            limited!(ERROR, path, panic = %quoted, "{what}");
        };
        // A `tracing` subscriber is code of the application, too.
        let _ = call(log);
    }
}

/// A value of the application that the engine keeps in order to poll or drop it.
pub(crate) struct Guarded<T> {
    /// `None` only while the value is being dropped.
    value: Option<T>,
    path: Path,
}

impl<T> Guarded<T> {
    pub(crate) fn new(value: T, path: Path) -> Self {
        let value = Some(value);
        Self { value, path }
    }

    /// The value, which the caller may use under [`call`].
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Hands the value back to the application.
    pub(crate) fn into_inner(mut self) -> Option<T> {
        self.value.take()
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            discard(value, &self.path);
        }
    }
}

impl<T> fmt::Debug for Guarded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// A payload that several queues share. It may own a value of the application: see
/// [`Bytes::from_owner`].
#[derive(Clone, Debug)]
pub(crate) struct SharedBytes(Bytes);

impl From<Bytes> for SharedBytes {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl Deref for SharedBytes {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        &self.0
    }
}

impl Drop for SharedBytes {
    fn drop(&mut self) {
        discard(mem::take(&mut self.0), &None);
    }
}

/// A panic of the inner future is returned as the error.
impl<F: Future + Unpin> Future for Guarded<F> {
    type Output = Result<F::Output, Panic>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = &mut self.value else {
            return Poll::Pending;
        };
        match call(|| Pin::new(future).poll(cx)) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

/// A panic of the inner stream ends this stream.
impl<S: Stream + Unpin> Stream for Guarded<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let Some(stream) = &mut self.value else {
            return Poll::Ready(None);
        };
        call(|| Pin::new(stream).poll_next(cx)).unwrap_or_else(|panic| {
            panic.log(&self.path, "the payload of a request panicked");
            Poll::Ready(None)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{panic_any, resume_unwind},
        rc::Rc,
        task::Waker,
    };

    use super::*;

    /// Panics when it is dropped. The payload of the panic is again a `Hydra`, with one life less.
    struct Hydra(u32);

    impl Drop for Hydra {
        fn drop(&mut self) {
            if self.0 > 0 {
                resume_unwind(Box::new(Hydra(self.0 - 1)));
            }
        }
    }

    fn message(code: impl FnOnce()) -> Option<String> {
        call(code).err().map(Panic::into_message)
    }

    #[test]
    fn a_panic_says_what_it_said() {
        assert_eq!(message(|| {}), None);
        assert_eq!(message(|| panic!("at the disco")).unwrap(), "at the disco");
        let place = "disco";
        assert_eq!(
            message(|| panic!("at the {place}")).unwrap(),
            "at the disco"
        );
        assert_eq!(message(|| panic_any(7)).unwrap(), "no message");
    }

    #[test]
    fn what_a_panic_carries_may_panic_as_often_as_it_likes() {
        for lives in [0, 1, 2, 3, u32::MAX] {
            assert_eq!(message(|| panic_any(Hydra(lives))).unwrap(), "no message");
            discard(Hydra(lives), &None);
        }
    }

    #[test]
    fn values_that_are_kept_together_are_dropped_one_by_one() {
        let dropped = Rc::new(());
        let kept: Vec<_> = (0..3)
            .map(|_| Guarded::new((Hydra(1), dropped.clone()), None))
            .collect();
        drop(kept);
        assert_eq!(Rc::strong_count(&dropped), 1);
    }

    #[test]
    fn values_are_dropped_one_by_one_while_a_panic_unwinds() {
        let caught = call(|| {
            let _first = Guarded::new(Hydra(1), None);
            let _second = Guarded::new(Hydra(1), None);
            panic!("at the disco");
        });
        assert_eq!(caught.unwrap_err().into_message(), "at the disco");
    }

    struct Owner(#[expect(dead_code, reason = "it is only to be dropped")] Hydra);

    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            b"owned"
        }
    }

    #[test]
    fn the_owner_of_shared_bytes_may_panic() {
        let bytes = SharedBytes::from(Bytes::from_owner(Owner(Hydra(1))));
        let shared = bytes.clone();
        drop(bytes);
        assert_eq!(**shared, b"owned"[..]);
    }

    #[test]
    fn a_future_that_panics_is_ready() {
        let cx = &mut Context::from_waker(Waker::noop());
        let mut fine = Guarded::new(Box::pin(async { 7 }), None);
        assert!(matches!(Pin::new(&mut fine).poll(cx), Poll::Ready(Ok(7))));
        let mut panics = Guarded::new(Box::pin(async { panic!("at the disco") }), None);
        assert!(matches!(
            Pin::new(&mut panics).poll(cx),
            Poll::Ready(Err::<(), _>(_))
        ));
    }

    struct Panics;

    impl Stream for Panics {
        type Item = ();

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<()>> {
            panic!("at the disco");
        }
    }

    #[test]
    fn a_stream_that_panics_ends() {
        let cx = &mut Context::from_waker(Waker::noop());
        let mut stream = Guarded::new(Panics, None);
        assert!(Pin::new(&mut stream).poll_next(cx) == Poll::Ready(None));
    }
}
