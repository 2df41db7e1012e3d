//! The results that senders get, and the state of a socket.

/// The result of sending a message.
///
/// ```
/// use levante::SendStatus;
///
/// fn go_on(status: SendStatus) -> bool {
///     match status {
///         SendStatus::Sent(_) => true,
///         // The `drain` handler tells when to go on.
///         SendStatus::Backpressure => false,
///         SendStatus::Dropped => false,
///     }
/// }
/// # assert!(go_on(SendStatus::Sent(5)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendStatus {
    /// Accepted. The number is the length of the payload in bytes.
    Sent(usize),
    /// Accepted and queued, but the peer reads more slowly than messages are sent. The `drain`
    /// handler is called once everything has been written.
    Backpressure,
    /// Not accepted: the socket is closing or closed, or its queue is at `backpressure_limit`. In
    /// the second case the `dropped` handler is called.
    Dropped,
}

/// The state of a socket, from open to closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReadyState {
    /// Messages can be sent and received.
    Open,
    /// Nothing is accepted any more. One side has sent its Close frame.
    Closing,
    /// The connection is gone, or only the Close frame has to be written. The `close` handler sees
    /// this state.
    Closed,
}
