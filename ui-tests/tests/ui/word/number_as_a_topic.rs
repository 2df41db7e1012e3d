use levante::prelude::*;

pub fn publish(server: &Server) {
    server.publish(7, "it rains");
    server.subscriber_count(7);
}

fn main() {}
