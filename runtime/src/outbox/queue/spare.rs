//! Empty buffers of this thread, for the next queue that has something to write. A publish to many
//! sockets fills a buffer for each, and all are empty again soon.

use std::cell::RefCell;

/// The number of buffers that a thread keeps, and the capacity of each: 2 MiB at most.
const MOST_BUFFERS: usize = 1024;
const MOST_BYTES: usize = 2048;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn take() -> Vec<u8> {
    // A message may be sent while the thread drops its own data.
    let spare = SPARE.try_with(|spare| spare.borrow_mut().pop());
    spare.ok().flatten().unwrap_or_default()
}

pub(super) fn give(mut buffer: Vec<u8>) {
    if buffer.capacity() == 0 || buffer.capacity() > MOST_BYTES {
        return;
    }
    buffer.clear();
    let _ = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.len() < MOST_BUFFERS {
            spare.push(buffer);
        }
    });
}
