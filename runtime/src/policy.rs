//! How a publish treats slow subscribers.

/// How a publish treats subscribers that are slower than the publisher.
///
/// A subscriber that keeps up gets every message, with every policy. The messages of a slow one
/// wait in its queue, which holds `backpressure_limit` bytes; the policy decides what happens
/// there.
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
///             // Only the latest position matters.
///             Event::Cursor { user, .. } => {
///                 ws.publish_with("board", Json(&event), Policy::Latest(user));
///             }
///             // A drawing may lack a stroke.
///             Event::Stroke { .. } => _ = ws.publish("board", Json(&event)),
///             // A page that misses this shows a wrong drawing. It must connect again.
///             Event::Undo { .. } => _ = ws.publish_with("board", Json(&event), Policy::Close),
///         }
///     }
/// }
/// # fn main() { let _ = board::service(); }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy<'k> {
    /// A subscriber whose queue has no room for the message misses it. This is the policy of
    /// `publish`.
    #[default]
    Drop,
    /// Only the latest message with this key matters: prices, cursors.
    ///
    /// An older message that waits in a subscriber's queue is replaced by this one, if it was
    /// published to the same topic with the same key, and if not one byte of it has been written.
    /// The new message takes the old one's place, so that keys share a slow connection fairly. But
    /// it never overtakes a message without a key: if one was queued behind the old message, the
    /// new one goes to the end of the queue.
    ///
    /// Only messages that wait are replaced. A subscriber that keeps up, with less than a few KiB
    /// in its queue, gets all of them.
    ///
    /// The replaced message makes room for the new one. If the new one is longer and still has no
    /// room, it is dropped, and the old one stays. If there is no old one and no room, the new one
    /// is dropped, as with [`Policy::Drop`]. The `dropped` handler is called for messages that are
    /// dropped, not for messages that are replaced.
    Latest(&'k str),
    /// A subscriber whose queue has no room for the message is disconnected, as with
    /// `close_on_backpressure_limit`. Its `close` handler gets
    /// [`ClosedBy::SlowConsumer`](crate::ClosedBy::SlowConsumer).
    Close,
}
