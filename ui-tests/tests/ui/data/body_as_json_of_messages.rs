use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Join {
        name: String,
    }

    async fn attach(Json(join): Json<Join>) -> String {
        join.name
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
