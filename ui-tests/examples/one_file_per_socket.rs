#![deny(warnings, dead_code)]

#[path = "support/chat.rs"]
mod chat;

fn main() {
    chat::socket::service();
    let _: fn(&chat::socket::Ws) = |ws| println!("{}", ws.data.name);
}
