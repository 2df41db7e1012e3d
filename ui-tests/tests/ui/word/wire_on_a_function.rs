use levante::prelude::*;

#[wire]
fn news() {}

fn main() {}
