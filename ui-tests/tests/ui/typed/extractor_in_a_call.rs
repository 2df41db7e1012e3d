use actix_web::web;
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    #[on]
    fn say(_ws: &Ws, data: web::Data<u32>) {
        println!("{data:?}");
    }
}

fn main() {}
