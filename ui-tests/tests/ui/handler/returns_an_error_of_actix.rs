use levante::prelude::*;

type WebResult = actix_web::Result<()>;

#[websocket("/echo")]
mod echo {
    use super::*;

    fn open(ws: &Ws) -> WebResult {
        ws.send("hello");
        Ok(())
    }

    async fn message(ws: &Ws, text: &str) -> Result<(), actix_web::Error> {
        ws.send(text);
        Ok(())
    }
}

fn main() {
    echo::service();
}
