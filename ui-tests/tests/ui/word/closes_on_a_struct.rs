use levante::prelude::*;

#[closes]
pub struct Bye;

fn main() {}
