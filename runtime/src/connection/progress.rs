//! What a connection tells its driver.

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// More bytes from the peer.
    Input,
    /// A handler to finish, or `resume`. The driver reads nothing meanwhile.
    Patience,
    /// The others of its worker to have their turn.
    Turn,
    /// Its queue to be written and the transport to be closed.
    End,
}

/// How far a connection has come with its input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// How many bytes of the input were taken. The rest is to be offered again.
    pub(crate) used: usize,
    pub(crate) want: Want,
}
