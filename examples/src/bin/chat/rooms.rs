//! Bounds the number of people in a room.
//!
//! Each message, entry and exit goes to all people in the room, so the cost of one person grows with
//! the size of the room.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The largest number of people in one room.
const MOST_PEOPLE: usize = 100;

/// The number of people in each room that is not empty.
///
/// The number of subscribers of the topic would not do: between the check and the subscription of one
/// visitor, others may enter.
#[derive(Clone, Default)]
pub(crate) struct Rooms(Arc<Mutex<HashMap<String, usize>>>);

impl Rooms {
    /// Takes a seat.
    ///
    /// # Errors
    ///
    /// A sentence, if the room is full.
    pub(crate) fn enter(&self, room: String) -> Result<Seat, String> {
        let mut rooms = self.taken();
        let taken = rooms.entry(room.clone()).or_default();
        if *taken >= MOST_PEOPLE {
            return Err(format!(
                "The room is full: {MOST_PEOPLE} people are in it. Try again later, or join another one."
            ));
        }
        *taken += 1;
        drop(rooms);
        let rooms = self.clone();
        Ok(Seat { rooms, room })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The seat of one person in a room. Dropping it frees the seat.
pub(crate) struct Seat {
    rooms: Rooms,
    room: String,
}

impl Seat {
    /// The name of the room.
    pub(crate) fn room(&self) -> &str {
        &self.room
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut rooms = self.rooms.taken();
        if let Some(taken) = rooms.get_mut(&self.room) {
            *taken -= 1;
            if *taken == 0 {
                rooms.remove(&self.room);
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
        assert_eq!(enter("attic").unwrap().room(), "attic");

        seats.pop();
        let last = enter("lobby").unwrap();
        assert!(enter("lobby").is_err());
        drop((seats, last));
        assert!(rooms.taken().is_empty(), "nothing is kept of empty rooms");
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
