#[websocket("/chat")]
mod chat {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Join {
        name: String,
    }

    struct Visitor {
        name: String,
    }

    /// Runs before the upgrade.
    async fn attach(join: web::Query<Join>) -> Result<Visitor, actix_web::Error> {
        Ok(Visitor {
            name: join.into_inner().name,
        })
    }

    fn open(ws: &Ws) {
        ws.subscribe("lobby");
        ws.publish("lobby", format!("{} has entered the chat", ws.data.name));
    }

    fn message(ws: &Ws, text: &str) {
        ws.publish("lobby", format!("{}: {text}", ws.data.name));
    }

    fn close(ws: &Ws) {
        ws.publish("lobby", format!("{} has left the chat", ws.data.name));
    }
}
