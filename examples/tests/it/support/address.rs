//! Addresses for servers that take an address and not an open listener.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process,
    sync::atomic::{AtomicU8, Ordering},
};

/// Two addresses to listen on. No other process takes them in the meantime, because both are on an IP
/// address of the loopback network of their own, and all others bind to `127.0.0.1`. So a server can
/// end and listen on its address again.
pub(crate) fn free_addresses() -> [SocketAddr; 2] {
    /// Counts the servers of this process.
    static NUMBER: AtomicU8 = AtomicU8::new(1);

    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let [_, _, high, low] = process::id().to_be_bytes();
    let ip = Ipv4Addr::new(127, high | 1, low, number);
    // Both are open before one is closed, so that they differ.
    [0, 0]
        .map(|port| TcpListener::bind((ip, port)).unwrap())
        .map(|listener| listener.local_addr().unwrap())
}
