#![deny(warnings, dead_code)]
#![allow(clippy::double_must_use)]

use levante::prelude::*;

#[websocket("/ws")]
mod socket {
    //! All other items of a module stay as they are.

    use std::collections::HashMap;

    const GREETING: &str = if ROOMS.is_empty() { "hi" } else { "hello" };
    static ROOMS: [&str; 2] = ["lobby", "garden"];

    type Rooms = HashMap<
        String,
        [u8; {
            const N: usize = 2;
            N
        }],
    >;

    macro_rules! room {
        ($i:expr) => {
            ROOMS[$i]
        };
    }

    thread_local! {
        static COUNT: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    }

    trait Greet {
        fn open(&self);
    }

    impl Greet for Ws {
        fn open(&self) {
            self.send(GREETING);
        }
    }

    mod inner {
        pub fn message() -> super::Rooms {
            super::Rooms::new()
        }
    }

    pub(crate) fn count() -> u32 {
        COUNT.get()
    }

    fn closer<T: Greet>(greeter: &T) {
        greeter.open();
    }

    async fn opening(ws: &Ws) -> impl Sized {
        ws.subscribe(room!(0))
    }

    #[doc = "Attributes of a handler stay on it."]
    #[inline(never)]
    #[must_use]
    pub async fn open(ws: &Ws) -> Result<(), std::fmt::Error> {
        opening(ws).await;
        closer(ws);
        COUNT.set(COUNT.get() + inner::message().len() as u32 + ROOMS.len() as u32);
        Ok(())
    }

    const fn drain(_: &Ws) {}

    fn close(_: &Ws) {}
}

fn main() {
    socket::service();
    socket::count();
}
