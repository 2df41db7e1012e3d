use levante::prelude::*;

enum Mine {}

impl levante::Endpoint for Mine {
    type Data = ();
    type Sends = levante::Anything;
    type Closes = levante::Anything;
}

fn greet(ws: &Socket<Mine>) {
    ws.send("hello");
}

fn main() {
    let _ = greet;
}
