/// How far a link has come. It only rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Running,
    /// No more items are accepted. The thread of the broker sends the accepted ones, says goodbye
    /// and leaves.
    Stopping,
    /// The time for that is over: the thread of the broker leaves at once.
    Abandoned,
    /// The thread of the broker has left.
    Left,
}
