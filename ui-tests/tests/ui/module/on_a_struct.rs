use levante::prelude::*;

#[websocket("/chat")]
pub struct Chat;

fn main() {}
