use levante::prelude::*;

enum Mine {}

impl levante::Endpoint for Mine {
    type Data = ();
}

fn greet(ws: &Socket<Mine>) {
    ws.send("hello");
}

fn main() {
    let _ = greet;
}
