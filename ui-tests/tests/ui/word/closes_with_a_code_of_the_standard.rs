use levante::prelude::*;

#[closes]
pub enum Bye {
    Policy = 1008,
    TooHigh = 5000,
}

pub fn close(server: &Server) {
    // The mistakes above give one error each.
    server.close_topic("lobby", Bye::Policy, "");
}

fn main() {}
