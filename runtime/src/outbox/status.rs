//! The results that senders get, and the state of a socket.

use std::fmt;

/// The result of sending a message.
///
/// ```
/// use levante::{DropReason, SendStatus};
///
/// /// Whether a download sends its next part now. Otherwise the `drain` handler goes on with it.
/// fn goes_on(status: SendStatus) -> bool {
///     match status {
///         SendStatus::Sent(_) => true,
///         SendStatus::Backpressure => false,
///         // This part is lost: after `drain` it must be sent again.
///         SendStatus::Dropped(DropReason::Full) => false,
///         // The socket accepts nothing any more.
///         SendStatus::Dropped(_) => false,
///     }
/// }
/// # assert!(goes_on(SendStatus::Sent(5)));
/// ```
///
/// Bun's `send` returns a number: the length for `Sent`, -1 for `Backpressure`, 0 for `Dropped`.
/// There, 0 also means that an empty message was sent, which is `Sent(0)` here.
///
/// This enum is exhaustive: the compiler asks for a decision about each result. A new cause of a
/// loss would be a new [`DropReason`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendStatus {
    /// Accepted. The number is the length of the payload in bytes.
    Sent(usize),
    /// Accepted and queued, but the peer reads more slowly than messages are sent. The `drain`
    /// handler is called once everything has been written.
    Backpressure,
    /// Not accepted, for this reason. The peer does not get the message.
    Dropped(DropReason),
}

impl SendStatus {
    /// Whether the message was not accepted, for any reason.
    ///
    /// ```
    /// use levante::{DropReason, SendStatus};
    ///
    /// assert!(SendStatus::Dropped(DropReason::Closed).is_dropped());
    /// assert!(!SendStatus::Backpressure.is_dropped());
    /// ```
    pub fn is_dropped(self) -> bool {
        matches!(self, Self::Dropped(_))
    }
}

/// Why a message was not accepted.
///
/// ```
/// use levante::DropReason;
///
/// assert_eq!(DropReason::Full.to_string(), "the queue of the socket is full");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// The socket is closing or closed. It never accepts a message again.
    Closed,
    /// The queue of the socket is at `backpressure_limit`, or 4 KiB of pings and pongs wait for the
    /// peer. The `drain` handler is called once there is room again. For a message the `dropped`
    /// handler is called, too.
    Full,
    /// The message cannot be sent to any socket: its value could not be encoded, which is also
    /// logged, or it is a ping or pong of more than 125 bytes. This is checked before the state of
    /// the socket.
    Invalid,
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the socket is closed",
            Self::Full => "the queue of the socket is full",
            Self::Invalid => "the message cannot be sent",
        })
    }
}

/// The state of a socket, from open to closed.
///
/// ```
/// # use levante::{Anything, Endpoint, prelude::*};
/// # fn handler<E: Endpoint<Sends = Anything>>(ws: &Socket<E>) {
/// match ws.ready_state() {
///     ReadyState::Open => _ = ws.send("hello"),
///     ReadyState::Closing | ReadyState::Closed => println!("too late"),
/// }
/// # }
/// ```
///
/// This enum is exhaustive: a WebSocket has these states. A browser's socket is *connecting* before
/// them; the server's exists only after the handshake.
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
