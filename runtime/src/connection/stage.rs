//! The stage of a connection: its only state, and every change of it.
//!
//! ```text
//!    New ────── settle ─────► Lost
//!     │                        │
//!     │ open                   │ open
//!     ▼                        ▼
//!    Open ─────────┐     Left or Closing, as if the peer had gone a moment later
//!     │            │
//!     │ begin_     │ settle, of a connection that is open
//!     │ closing    ▼
//!     │           Left ─────────────────┐
//!     ▼                                 │ part
//!  Closing ─────────────────────────────┤
//!                                       ▼
//!                Over ◄── end ── Leaving ◄── leave ── Parting
//! ```
//!
//! If our side closes already, `settle` leads from `Open` to `Closing`. In each later stage it
//! records what may still come from the peer. `part` may also follow on `Open`. An `async` handler
//! may run in each stage from `Open` to `Leaving`.
//!
//! Another thread may close the connection at any time. The outbox knows that first, so `Open`
//! means that the connection has not seen the end yet.

use std::mem;

use super::ahead::Ahead;

/// The stage of a connection.
#[derive(Debug)]
pub(super) enum Stage {
    /// `open` has not been called.
    New,
    /// `open` has not been called, and the peer has gone. The handlers are called nevertheless.
    Lost {
        /// Whether our side had not begun to close the connection.
        was_open: bool,
    },
    /// Messages are handled.
    Open {
        /// Events that arrived while nothing could be handled.
        ahead: Option<Box<Ahead>>,
        /// Whether notices wait that the last poll has not told.
        behind: bool,
    },
    /// Our Close frame is queued, or the connection is cut off. No message is handled any more.
    Closing { peer: Peer, behind: bool },
    /// The peer has ended an open connection. Messages that it sent before are still handled.
    Left {
        ahead: Option<Box<Ahead>>,
        peer: Peer,
        behind: bool,
    },
    /// The connection ends. The last notices are told, then `close` is called.
    Parting(Peer),
    /// `close` has been called; it may still be running.
    Leaving(Peer),
    /// No handler is called any more. The queue may still be written.
    Over(Peer),
}

/// What may still come from the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Peer {
    /// Frames that have an effect: messages, or the answer to our Close frame.
    Speaks,
    /// Nothing that has an effect: the peer has sent its Close frame, or is gone.
    Settled,
    /// Nothing that has an effect, but the peer probably goes on sending: it has broken the
    /// protocol or exceeded `max_message_rate`.
    Unruly,
}

impl Stage {
    /// Called before `open`.
    pub(super) fn open(&mut self) {
        let peer = Peer::Settled;
        let (ahead, behind) = (None, false);
        *self = match self {
            Self::New => Self::Open { ahead, behind },
            Self::Lost { was_open: true } => Self::Left {
                ahead,
                peer,
                behind,
            },
            Self::Lost { was_open: false } => Self::Closing { peer, behind },
            _ => return,
        };
    }

    /// Called when the connection sees that its outbox accepts nothing more. Drops the events that
    /// arrived ahead, unless the peer has ended the connection first.
    pub(super) fn begin_closing(&mut self) {
        if let Self::Open { behind, .. } = *self {
            let peer = Peer::Speaks;
            *self = Self::Closing { peer, behind };
        }
    }

    /// Records that the peer sends nothing more that has an effect. `was_open` is `false` if our
    /// side had begun to close the connection.
    pub(super) fn settle(&mut self, peer: Peer, was_open: bool) {
        *self = match mem::replace(self, Self::Over(peer)) {
            Self::New => Self::Lost { was_open },
            Self::Lost { was_open } => Self::Lost { was_open },
            Self::Open { ahead, behind } if was_open => Self::Left {
                ahead,
                peer,
                behind,
            },
            Self::Open { behind, .. } => Self::Closing { peer, behind },
            Self::Closing {
                peer: before,
                behind,
            } => Self::Closing {
                peer: before.max(peer),
                behind,
            },
            Self::Left {
                ahead,
                peer: before,
                behind,
            } => Self::Left {
                ahead,
                peer: before.max(peer),
                behind,
            },
            Self::Parting(before) => Self::Parting(before.max(peer)),
            Self::Leaving(before) => Self::Leaving(before.max(peer)),
            Self::Over(before) => Self::Over(before.max(peer)),
        };
    }

    /// Ends the handling of messages.
    pub(super) fn part(&mut self) {
        *self = Self::Parting(self.peer());
    }

    /// Called before `close`.
    pub(super) fn leave(&mut self) {
        *self = Self::Leaving(self.peer());
    }

    /// Called after `close`.
    pub(super) fn end(&mut self) {
        *self = Self::Over(self.peer());
    }

    /// Records whether notices wait that this poll has not told.
    pub(super) fn set_behind(&mut self, is_behind: bool) {
        if let Self::Open { behind, .. }
        | Self::Closing { behind, .. }
        | Self::Left { behind, .. } = self
        {
            *behind = is_behind;
        }
    }

    /// Whether notices wait that the last poll has not told. Called once in a poll.
    #[inline]
    pub(super) fn take_behind(&mut self) -> bool {
        match self {
            Self::Open { behind, .. }
            | Self::Closing { behind, .. }
            | Self::Left { behind, .. } => mem::take(behind),
            _ => false,
        }
    }

    /// What may still come from the peer.
    pub(super) fn peer(&self) -> Peer {
        match *self {
            Self::New | Self::Open { .. } => Peer::Speaks,
            Self::Lost { .. } => Peer::Settled,
            Self::Closing { peer, .. }
            | Self::Left { peer, .. }
            | Self::Parting(peer)
            | Self::Leaving(peer)
            | Self::Over(peer) => peer,
        }
    }

    /// Whether messages are handled as they arrive.
    #[inline]
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// Whether the connection is open, and nothing is left over from an earlier poll.
    #[inline]
    pub(super) fn is_at_rest(&self) -> bool {
        matches!(
            self,
            Self::Open {
                ahead: None,
                behind: false
            }
        )
    }

    /// The events that arrived ahead and are to be handled, if there are any.
    #[inline]
    pub(super) fn ahead(&self) -> Option<&Ahead> {
        match self {
            Self::Open { ahead, .. } | Self::Left { ahead, .. } => ahead.as_deref(),
            _ => None,
        }
    }

    /// The storage of [`Self::ahead`], in a stage that has one.
    pub(super) fn ahead_mut(&mut self) -> Option<&mut Option<Box<Ahead>>> {
        match self {
            Self::Open { ahead, .. } | Self::Left { ahead, .. } => Some(ahead),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Stage {
        let mut stage = Stage::New;
        stage.open();
        assert!(stage.is_open());
        stage
    }

    fn open_with_ahead() -> Stage {
        let mut stage = open();
        *stage.ahead_mut().unwrap() = Some(Box::default());
        stage
    }

    #[test]
    fn a_connection_that_is_closed_by_its_peer_keeps_what_came_before() {
        let mut stage = open_with_ahead();
        stage.settle(Peer::Settled, true);
        stage.begin_closing();
        assert!(matches!(stage, Stage::Left { ahead: Some(_), .. }));
    }

    #[test]
    fn a_connection_that_we_close_forgets_what_has_arrived_ahead() {
        let mut stage = open_with_ahead();
        stage.begin_closing();
        assert!(matches!(
            stage,
            Stage::Closing {
                peer: Peer::Speaks,
                ..
            }
        ));
        // The peer answers before the connection has seen its own end.
        let mut stage = open_with_ahead();
        stage.settle(Peer::Settled, false);
        assert!(matches!(
            stage,
            Stage::Closing {
                peer: Peer::Settled,
                ..
            }
        ));
        assert!(stage.ahead().is_none());
    }

    #[test]
    fn a_peer_that_goes_before_open_has_left_or_has_answered() {
        for was_open in [true, false] {
            let mut stage = Stage::New;
            stage.settle(Peer::Settled, was_open);
            // A second `settle` changes nothing, and the connection is not open.
            stage.settle(Peer::Settled, false);
            assert!(matches!(stage, Stage::Lost { .. }) && !stage.is_open());
            assert_eq!(stage.peer(), Peer::Settled);
            stage.open();
            assert_eq!(matches!(stage, Stage::Left { .. }), was_open);
            assert_eq!(matches!(stage, Stage::Closing { .. }), !was_open);
            assert_eq!(stage.peer(), Peer::Settled);
        }
    }

    #[test]
    fn an_unruly_peer_stays_so_to_the_end() {
        for was_open in [true, false] {
            let mut stage = open();
            stage.settle(Peer::Unruly, was_open);
            for change in [|_: &mut Stage| {}, Stage::part, Stage::leave, Stage::end] {
                change(&mut stage);
                stage.settle(Peer::Settled, false);
                assert_eq!(stage.peer(), Peer::Unruly, "{stage:?}");
            }
            assert!(matches!(stage, Stage::Over(_)));
        }
    }

    #[test]
    fn a_peer_may_go_at_any_time() {
        let mut stage = open();
        assert_eq!(stage.peer(), Peer::Speaks);
        stage.begin_closing();
        stage.part();
        assert_eq!(stage.peer(), Peer::Speaks);
        stage.leave();
        stage.settle(Peer::Settled, false);
        assert!(matches!(stage, Stage::Leaving(Peer::Settled)));
        stage.end();
        assert_eq!(stage.peer(), Peer::Settled);
    }

    #[test]
    fn what_is_yet_to_be_told_is_asked_for_once_and_forgotten_at_the_end() {
        let mut stage = open();
        assert!(!stage.take_behind());
        stage.set_behind(true);
        stage.begin_closing();
        assert!(stage.take_behind() && !stage.take_behind());
        stage.set_behind(true);
        stage.part();
        assert!(!stage.take_behind());
    }

    #[test]
    fn a_stage_takes_little_memory() {
        assert!(size_of::<Stage>() <= 16, "{}", size_of::<Stage>());
    }
}
