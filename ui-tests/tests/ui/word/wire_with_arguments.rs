use levante::prelude::*;

#[wire(tag = "kind")]
pub enum Event {
    Opened,
}

fn main() {}
