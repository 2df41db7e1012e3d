use levante::on;

#[on]
fn say(text: &str) {
    println!("{text}");
}

fn main() {
    say("hello");
}
