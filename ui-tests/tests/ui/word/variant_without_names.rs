use levante::prelude::*;

#[wire]
pub enum Event {
    Opened,
    Said(String, u32),
}

pub fn is_carried(server: &Server) {
    // The mistake above gives one error.
    server.publish(Shop, Event::Opened);
}

#[topic("shop", message = Event)]
pub struct Shop;

fn main() {}
