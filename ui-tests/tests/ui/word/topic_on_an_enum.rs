use levante::prelude::*;

#[topic("news", message = String)]
pub enum News {
    Local,
}

fn main() {}
