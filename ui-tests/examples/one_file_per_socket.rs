#![deny(warnings, dead_code)]
#![allow(missing_docs, unreachable_pub)]

#[path = "support/chat.rs"]
mod chat;

fn main() {
    chat::socket::service();
    let _: fn(&chat::socket::Ws) = |ws| println!("{}", ws.data.name);
}
