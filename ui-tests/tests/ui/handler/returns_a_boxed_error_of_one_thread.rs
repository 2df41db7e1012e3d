use std::error::Error;

use levante::prelude::*;

type AnyError = Box<dyn Error>;

#[websocket("/echo")]
mod echo {
    use super::*;

    fn open(ws: &Ws) -> Result<(), AnyError> {
        ws.send("hello");
        Ok(())
    }

    fn message(ws: &Ws, text: &str) -> Result<(), Box<dyn Error>> {
        ws.send(text);
        Ok(())
    }

    async fn close(_: &Ws) -> Result<(), Box<dyn Error + Send>> {
        Ok(())
    }
}

fn main() {
    echo::service();
}
