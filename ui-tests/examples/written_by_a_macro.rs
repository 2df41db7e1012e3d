//! A macro may write a socket: its tokens may come from the macro, from the caller, or from both.

#![deny(warnings, dead_code)]

use levante::prelude::*;

mod deps {
    pub(crate) use ::levante;
}

/// A macro of a library names levante by its own path.
macro_rules! typed {
    () => {
        #[$crate::deps::levante::wire(crate = $crate::deps::levante)]
        pub struct Said {
            pub text: String,
        }

        #[$crate::deps::levante::topic("room/{id}", message = Said, crate = $crate::deps::levante)]
        pub struct Room {
            pub id: u32,
        }

        #[$crate::deps::levante::closes(crate = $crate::deps::levante)]
        pub enum Bye {
            Kicked = 4001,
        }

        #[websocket("/typed", crate = $crate::deps::levante)]
        pub mod typed {
            #[topic]
            use super::Room;

            #[sends]
            pub enum Event<'a> {
                Welcome { you: &'a str },
            }

            fn open(ws: &Ws) {
                ws.send(Event::Welcome { you: "first" });
            }

            #[join]
            fn room(_ws: &Ws, _room: &Room) -> u32 {
                7
            }
        }
    };
}

typed!();

macro_rules! echo {
    ($path:literal) => {
        #[websocket($path)]
        mod from_a_literal {
            fn open(ws: &Ws) {
                ws.send($path);
            }
        }
    };
    (in $path:expr) => {
        #[websocket($path, send_pings = false)]
        mod from_an_expression {
            fn open(ws: &Ws) {
                ws.send($path);
            }
        }
    };
    ($name:ident, $payload:ident, $outcome:ident, $data:ident, $lifetime:expr) => {
        #[websocket("/echo", max_lifetime = $lifetime)]
        mod $name {
            use super::*;

            fn attach() -> $data {
                $data::default()
            }

            fn open(ws: &Ws) -> $outcome {
                ws.subscribe("lobby");
                Ok(())
            }

            async fn message(ws: &Ws, message: $payload) -> $outcome {
                ws.send(message);
                Ok(())
            }
        }
    };
    ($($module:tt)*) => {
        #[websocket("/echo")]
        $($module)*
    };
}

type Outcome = Result<(), std::fmt::Error>;

#[derive(Default)]
struct Visitor;

const HOUR: std::time::Duration = std::time::Duration::from_secs(60 * 60);

echo!(text, String, Outcome, Visitor, HOUR);
echo!(bytes, Bytes, Outcome, Visitor, HOUR.saturating_mul(2));
echo!("/literal/{id}");
echo!(in "/expression");
echo! {
    mod either {
        use super::*;

        fn message(ws: &Ws, message: Message) -> Outcome {
            ws.send(message);
            Ok(())
        }
    }
}

fn main() {
    text::service();
    bytes::service();
    either::service();
    from_a_literal::service();
    from_an_expression::service();
}
