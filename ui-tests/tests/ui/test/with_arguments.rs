#[levante::test(start_paused = true)]
async fn a_visitor_is_announced() {}

fn main() {}
