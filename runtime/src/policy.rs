//! What becomes of a published message where there is no room for it.

/// What a publish does about subscribers that are slower than the publisher.
///
/// A subscriber that keeps up gets every message, whatever the policy. It is for one that does not:
/// whose messages wait in its queue, which holds `backpressure_limit` bytes.
///
/// ```
/// use levante::prelude::*;
///
/// #[websocket("/board")]
/// mod board {
///     use super::*;
///
///     #[derive(serde::Serialize, serde::Deserialize)]
///     #[serde(tag = "kind")]
///     enum Event {
///         Cursor { user: String, x: u32, y: u32 },
///         Stroke { points: Vec<(u32, u32)> },
///         Undo { step: u64 },
///     }
///
///     fn open(ws: &Ws) {
///         ws.subscribe("board");
///     }
///
///     fn message(ws: &Ws, Json(event): Json<Event>) {
///         match &event {
///             // Where the cursor was a moment ago is of no interest: nobody has to be told.
///             Event::Cursor { user, .. } => {
///                 ws.publish_with("board", Json(&event), Policy::Latest(user));
///             }
///             // A drawing may lack a stroke.
///             Event::Stroke { .. } => _ = ws.publish("board", Json(&event)),
///             // Whoever misses this shows something wrong, and had better connect again.
///             Event::Undo { .. } => _ = ws.publish_with("board", Json(&event), Policy::Close),
///         }
///     }
/// }
/// # fn main() { let _ = board::service(); }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy<'k> {
    /// A subscriber whose queue has no room for the message does not get it. This is what `publish`
    /// does.
    #[default]
    Drop,
    /// Of the messages with this key only the latest counts: prices, cursors.
    ///
    /// An older message that waits in a subscriber's queue is replaced by this one, if it was
    /// published to the same topic with the same key, and if not one byte of it has been written.
    /// The new message takes the old one's place, so that keys share a slow connection fairly. But
    /// it never overtakes a message without a key: if one was queued behind the old message, the new
    /// one goes to the end of the queue.
    ///
    /// Only messages that wait are replaced. What is about to be written to a subscriber that keeps
    /// up, as long as that is less than a few KiB, is written.
    ///
    /// The message that is replaced makes room for the new one. Where the new one is longer, and
    /// there is no room for it all the same, it is dropped and the old one kept. Where none is
    /// replaced and there is no room, the message is dropped, as with [`Policy::Drop`]. A `dropped`
    /// handler is told of what is dropped, not of what is replaced.
    Latest(&'k str),
    /// A subscriber whose queue has no room for the message is cut off, as with
    /// `close_on_backpressure_limit`. Its `close` handler is given
    /// [`ClosedBy::SlowConsumer`](crate::ClosedBy::SlowConsumer).
    Close,
}
