//! The attributes of data, with descriptions for the contract.

#[wire]
pub struct Person {
    pub name: String,
}

#[wire]
pub struct Page<T> {
    pub items: Vec<T>,
}

#[wire]
pub enum Mood {
    Happy,
    Sad,
}

#[wire]
#[serde(transparent)]
pub struct Id(u64);

#[sends]
pub enum Event<'a> {
    Welcome { you: &'a str },
}

#[topic("room/{id}", message = Page<Person>)]
pub struct Room {
    pub id: u32,
}

#[closes]
pub enum Bye {
    /// By a moderator.
    Kicked = 4001,
}
