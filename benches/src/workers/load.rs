use std::fmt;

use crate::{
    drive::rooms::{Places, Rooms},
    workload,
};

/// Bytes of each message.
const SIZE: usize = 64;

/// How many messages a publisher sends before it waits for all receivers.
const AT_ONCE: usize = 8;

/// The members of the chat.
const MEMBERS: usize = 100;

const ROOMS: Rooms = Rooms {
    count: 100,
    members: 12,
    in_flight: 16,
    places: Places::Spread,
};

/// Who publishes, and to whom. Receivers are on all workers in turn.
#[derive(Clone, Copy, Debug)]
pub(super) enum Load {
    /// The client of one worker publishes to this many subscribers.
    FanOut(usize),
    /// Clients of all workers publish to one topic, to which all of them subscribe.
    Chat,
    /// Clients of all workers publish, each to a topic of its own.
    Rooms,
}

impl Load {
    /// The load of the comparison that this is; `None` for rooms.
    pub(super) fn of_comparison(self) -> Option<workload::Load> {
        let (messages, size) = (AT_ONCE, SIZE);
        match self {
            Self::FanOut(subscribers) => Some(workload::Load::FanOut {
                subscribers,
                messages,
                size,
            }),
            Self::Chat => Some(workload::Load::Chat {
                members: MEMBERS,
                messages,
                size,
            }),
            Self::Rooms => None,
        }
    }

    /// The rooms of [`Self::Rooms`].
    pub(super) fn rooms() -> Rooms {
        ROOMS
    }

    /// How many connections it takes, without those that only publish.
    pub(super) fn receivers(self) -> usize {
        match self {
            Self::FanOut(subscribers) => subscribers,
            Self::Chat => MEMBERS,
            Self::Rooms => ROOMS.count * ROOMS.members,
        }
    }

    /// How many receivers get each message.
    pub(super) fn reach(self) -> usize {
        match self {
            Self::Rooms => ROOMS.members,
            _ => self.receivers(),
        }
    }

    /// The place of the load on the axis of subscribers.
    pub(super) fn subscribers(self) -> Option<usize> {
        match self {
            Self::FanOut(subscribers) => Some(subscribers),
            Self::Chat | Self::Rooms => None,
        }
    }
}

/// The name of a row in the report.
impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FanOut(subscribers) => write!(f, "one publisher to {subscribers}"),
            Self::Chat => write!(f, "a chat of {MEMBERS}"),
            Self::Rooms => write!(f, "{} rooms of {}", ROOMS.count, ROOMS.members),
        }
    }
}
