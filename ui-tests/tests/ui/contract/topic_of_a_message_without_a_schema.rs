use levante::{Wire, WireAs, prelude::*};

#[derive(serde::Serialize)]
pub struct News;

impl Wire for News {
    type Static = News;
}

impl WireAs<News> for News {}

#[topic("room/{id}", message = News)]
pub struct Room {
    id: u32,
}

fn main() {}
