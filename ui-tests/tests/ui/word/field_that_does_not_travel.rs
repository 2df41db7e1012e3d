use levante::prelude::*;

pub struct Secret;

#[wire]
pub struct News {
    secret: Secret,
}

fn main() {}
