//! The buffers that the connections of a worker share.

use std::{cell::Cell, thread::LocalKey};

/// The size of the buffer into which the connections of a worker read.
const READ_BUFFER: usize = 64 << 10;

/// Lends the worker's read buffer.
pub(crate) fn with_read_buffer<R>(read: impl FnOnce(&mut [u8]) -> R) -> R {
    thread_local! {
        static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }
    lend(&BUFFER, |buffer| {
        buffer.resize(READ_BUFFER, 0);
        read(buffer)
    })
}

/// Lends what a worker keeps. It is taken out meanwhile, so that nothing panics if it is lent twice.
pub(crate) fn lend<T: Default, R>(
    kept: &'static LocalKey<Cell<T>>,
    work: impl FnOnce(&mut T) -> R,
) -> R {
    let mut lent = kept.take();
    let result = work(&mut lent);
    kept.set(lent);
    result
}
