//! No lint reports generated code, also in a crate that denies as many lints as it can.

#![deny(
    warnings,
    dead_code,
    missing_docs,
    unreachable_pub,
    unnameable_types,
    unused_qualifications
)]
#![deny(
    missing_debug_implementations,
    missing_copy_implementations,
    single_use_lifetimes
)]
#![deny(unused_results, unused_lifetimes, trivial_casts, let_underscore_drop)]
#![deny(
    absolute_paths_not_starting_with_crate,
    elided_lifetimes_in_paths,
    non_ascii_idents
)]
#![forbid(unsafe_code, unused)]

use levante::prelude::*;

/// A public socket.
#[websocket("/public", send_pings = true)]
pub mod public {
    /// A person in the chat.
    #[derive(Clone, Debug)]
    pub struct Visitor {
        /// The person's name.
        pub name: String,
    }

    fn attach() -> Visitor {
        Visitor {
            name: "somebody".to_owned(),
        }
    }

    async fn message(ws: &Ws, text: &str) {
        std::future::ready(()).await;
        let _: levante::SendStatus = ws.send(format!("{}: {text}", ws.data.name));
    }
}

#[websocket("/private")]
mod private {
    use levante::prelude::*;

    fn close(ws: &Ws, reason: CloseReason) {
        let _: usize = ws.publish("lobby", reason.reason).into();
    }
}

fn main() {
    drop((public::service(), private::service()));
}
