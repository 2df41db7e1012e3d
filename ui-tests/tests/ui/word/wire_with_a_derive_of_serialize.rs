use levante::prelude::*;

#[wire]
#[derive(Debug, serde::Serialize)]
pub struct News {
    text: String,
}

fn main() {}
