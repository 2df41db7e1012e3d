use levante::prelude::*;

#[websocket("/todo")]
mod todo {
    #[on]
    fn add(_ws: &Ws, text: &str) {
        println!("{text}");
    }
}

fn main() {
    println!("{}", todo::contract().typescript());
}
