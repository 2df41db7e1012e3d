use levante::prelude::*;

fn welcome<E: levante::Endpoint>(ws: &Socket<E>) {
    ws.send("welcome");
}

fn main() {}
