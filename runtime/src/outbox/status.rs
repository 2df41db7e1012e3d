//! What senders are told.

/// What became of a message that was sent.
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
    /// Accepted: so many bytes of payload.
    Sent(usize),
    /// Accepted and queued, but the peer is slower than we send. The `drain` handler is called
    /// once everything has been written.
    Backpressure,
    /// Not accepted: the socket is closing or closed, or its queue is at `backpressure_limit`, of
    /// which the `dropped` handler is told.
    Dropped,
}

/// Where a socket is on its way from open to closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReadyState {
    /// Messages travel both ways.
    Open,
    /// Nothing is accepted any more; the Close frame is on its way, in one direction or the other.
    Closing,
    /// The connection is gone.
    Closed,
}
