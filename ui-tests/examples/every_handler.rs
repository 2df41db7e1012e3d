#![deny(warnings, dead_code)]

use actix_web::App;
use levante::prelude::*;

#[websocket("/ws")]
mod socket {
    use levante::prelude::*;

    fn attach() -> u32 {
        7
    }

    fn open(ws: &Ws) {
        ws.send(ws.data.to_string());
    }

    fn message(ws: &Ws, text: &str) -> Result<(), std::num::ParseIntError> {
        let number: u32 = text.parse()?;
        ws.send((number + ws.data).to_string());
        Ok(())
    }

    fn close(_: &Ws, reason: CloseReason) {
        println!("{}", reason.code);
    }

    fn drain(_ws: &Ws) {}

    fn dropped(_: &Ws, message: &Message) {
        println!("{}", message.as_bytes().len());
    }

    fn subscription(ws: &Ws, topic: &str, subscribers: usize) {
        ws.publish(topic, subscribers.to_string());
    }

    fn ping(ws: &Ws, data: &[u8]) -> Result<(), String> {
        if data.is_empty() {
            return Err("an empty ping".into());
        }
        ws.send(data);
        Ok(())
    }

    fn pong(ws: &Ws, data: &[u8]) {
        ws.send(data);
    }

    fn error(ws: &Ws, error: HandlerError) {
        ws.send(error.to_string());
    }
}

fn main() {
    let _ = App::new().service(socket::service());
}
