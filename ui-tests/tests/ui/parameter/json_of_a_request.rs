use actix_web::web;
use levante::prelude::*;

#[derive(serde::Deserialize)]
struct Move {
    x: i32,
}

#[websocket("/game")]
mod game {
    use super::*;

    fn message(ws: &Ws, step: web::Json<Move>) {
        ws.send(step.x.to_string());
    }
}

fn main() {
    game::service();
}
