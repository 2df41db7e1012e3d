use actix_web::web::Json;

#[derive(serde::Deserialize)]
struct Move {
    x: i32,
}

#[levante::websocket("/game")]
mod game {
    use super::*;

    async fn message(ws: &Ws, step: Json<Move>) {
        ws.send(step.x.to_string());
    }
}

fn main() {
    game::service();
}
