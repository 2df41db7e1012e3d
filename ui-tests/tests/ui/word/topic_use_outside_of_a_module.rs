use levante::prelude::*;

mod prices {
    use levante::prelude::*;

    #[wire]
    pub struct Quote {
        cents: u32,
    }

    #[topic("price", message = Quote)]
    pub struct Price;
}

#[topic]
pub use prices::Price;

fn main() {}
