use levante::prelude::*;

#[wire]
pub struct News {
    text: String,
}

#[topic("user/{name}", message = News)]
pub struct User<'a> {
    name: &'a str,
}

fn main() {}
