#[levante::join]
fn room(name: &str) {
    println!("{name}");
}

fn main() {
    room("hall");
}
