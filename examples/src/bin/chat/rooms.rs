//! The rooms, with a bound on the number of people in each.
//!
//! Each message, entry and exit goes to all people in the room, so the cost of one person grows with
//! the size of the room.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    messages::{Elsewhere, Room, now},
    servers::Servers,
};

/// The largest number of people in one room. With other servers, each of them takes so many.
const MOST_PEOPLE: usize = 100;

/// The rooms that have people at this server, and the servers that share them.
///
/// The number of subscribers of the topic would not do as the number of people: between the check and
/// the subscription of one visitor, others may enter.
#[derive(Clone, Default)]
pub(crate) struct Rooms {
    occupied: Arc<Mutex<HashMap<String, Occupied>>>,
    servers: Servers,
}

/// The conversation in a room, and the number of people in it.
struct Occupied {
    conversation: Arc<Conversation>,
    people: usize,
}

impl Rooms {
    /// No rooms yet.
    pub(crate) fn of(servers: Servers) -> Self {
        let occupied = Arc::default();
        Self { occupied, servers }
    }

    /// The servers that share the rooms.
    pub(crate) fn servers(&self) -> &Servers {
        &self.servers
    }

    /// Takes a seat. The first person in a room opens it.
    ///
    /// # Errors
    ///
    /// A sentence, if the room is full.
    pub(crate) fn enter(&self, name: String) -> Result<Seat, String> {
        let mut rooms = self.occupied();
        let occupied = rooms.entry(name).or_insert_with_key(|name| Occupied {
            conversation: Arc::new(Conversation::open(name.clone())),
            people: 0,
        });
        if occupied.people >= MOST_PEOPLE {
            let here = if self.servers.are_several() {
                " at this server"
            } else {
                ""
            };
            return Err(format!(
                "The room is full{here}: {MOST_PEOPLE} people are in it. Try again later, or join another one."
            ));
        }
        occupied.people += 1;
        let conversation = occupied.conversation.clone();
        drop(rooms);
        let rooms = self.clone();
        Ok(Seat {
            rooms,
            conversation,
        })
    }

    /// The conversation in the room of this name, if people are in it.
    pub(crate) fn find(&self, name: &str) -> Option<Arc<Conversation>> {
        let rooms = self.occupied();
        rooms
            .get(name)
            .map(|occupied| occupied.conversation.clone())
    }

    fn occupied(&self) -> MutexGuard<'_, HashMap<String, Occupied>> {
        lock(&self.occupied)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is said in a room, from the first person who enters at this server to the last who leaves.
pub(crate) struct Conversation {
    room: Room,
    since: u64,
    said: AtomicU64,
    elsewhere: Mutex<Option<Elsewhere>>,
}

impl Conversation {
    fn open(name: String) -> Self {
        Self {
            room: Room { name },
            since: now(),
            said: AtomicU64::new(0),
            elsewhere: Mutex::new(None),
        }
    }

    /// The topic of the room.
    pub(crate) fn room(&self) -> &Room {
        &self.room
    }

    /// When the room was opened, as the time of an event. It tells the room from an earlier one of the
    /// same name.
    pub(crate) fn since(&self) -> u64 {
        self.since
    }

    /// The number of messages and announcements that this server has passed on in the room so far.
    pub(crate) fn said(&self) -> u64 {
        self.said.load(Ordering::SeqCst)
    }

    /// Counts one more message or announcement, and returns its number. The first one has the number 1.
    pub(crate) fn count_message(&self) -> u64 {
        self.said.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// What is known of the people at other servers, and whether this is the first time that it is
    /// asked for. It is `unknown` then.
    pub(crate) fn elsewhere(&self, unknown: impl FnOnce() -> Elsewhere) -> (Elsewhere, bool) {
        let mut elsewhere = lock(&self.elsewhere);
        let is_first = elsewhere.is_none();
        (*elsewhere.get_or_insert_with(unknown), is_first)
    }

    /// Keeps what is known now. Returns whether it has changed.
    pub(crate) fn set_elsewhere(&self, now: Elsewhere) -> bool {
        lock(&self.elsewhere).replace(now) != Some(now)
    }
}

/// The seat of one person in a room. Dropping it frees the seat.
pub(crate) struct Seat {
    rooms: Rooms,
    conversation: Arc<Conversation>,
}

impl Seat {
    pub(crate) fn conversation(&self) -> &Arc<Conversation> {
        &self.conversation
    }

    /// The servers that share the room.
    pub(crate) fn servers(&self) -> &Servers {
        self.rooms.servers()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let name = &*self.conversation.room.name;
        let mut rooms = self.rooms.occupied();
        if let Some(occupied) = rooms.get_mut(name) {
            occupied.people -= 1;
            if occupied.people == 0 {
                rooms.remove(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_full_when_all_its_seats_are_taken_and_others_are_not() {
        let rooms = Rooms::default();
        let enter = |room: &str| rooms.enter(room.to_owned());
        let mut seats: Vec<_> = (0..99).map(|_| enter("lobby").unwrap()).collect();
        seats.push(enter("lobby").unwrap());
        let problem = enter("lobby").err().unwrap();
        assert!(problem.starts_with("The room is full: 100 people are in it."));
        assert_eq!(enter("attic").unwrap().conversation().room().name, "attic");

        seats.pop();
        let last = enter("lobby").unwrap();
        assert!(enter("lobby").is_err());
        drop((seats, last));
        assert!(
            rooms.occupied().is_empty(),
            "nothing is kept of empty rooms"
        );
    }

    #[test]
    fn people_in_a_room_count_its_messages_together_until_the_last_has_left() {
        let rooms = Rooms::default();
        let enter = |room: &str| rooms.enter(room.to_owned()).unwrap();
        let (ada, grace, edsger) = (enter("lobby"), enter("lobby"), enter("attic"));
        assert_eq!(ada.conversation().said(), 0);
        assert_eq!(ada.conversation().count_message(), 1);
        assert_eq!(grace.conversation().count_message(), 2);
        drop(ada);
        assert_eq!(enter("lobby").conversation().said(), 2);
        assert_eq!(
            enter("lobby").conversation().since(),
            grace.conversation().since()
        );
        assert_eq!(edsger.conversation().said(), 0);
        drop(grace);
        assert_eq!(enter("lobby").conversation().said(), 0);
    }

    #[test]
    fn no_more_enter_at_once_than_there_are_seats() {
        let rooms = Rooms::default();
        let crowd: Vec<_> = (0..4)
            .map(|_| {
                let rooms = rooms.clone();
                std::thread::spawn(move || {
                    let enter = || rooms.enter("lobby".to_owned()).ok();
                    (0..50).filter_map(|_| enter()).collect::<Vec<_>>()
                })
            })
            .collect();
        let seats: Vec<_> = crowd.into_iter().map(|each| each.join().unwrap()).collect();
        assert_eq!(seats.iter().map(Vec::len).sum::<usize>(), 100);
    }
}
