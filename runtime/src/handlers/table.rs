use actix_web::HttpRequest;
use bytes::Bytes;

use super::{Attaching, Shared};
use crate::{
    close::CloseReason,
    dispatch::{Outcome, Running, Topic},
    error::HandlerError,
    message::{Incoming, Message},
    socket::{Endpoint, Socket},
};

/// A handler: a plain `fn`, which allocates nothing, or an `async fn`, which owns its arguments.
#[derive(Debug, Clone, Copy)]
pub enum Handler<S, A> {
    /// The handler is done when the call returns.
    Sync(S),
    /// The call returns a future, which the connection polls.
    Async(A),
}

/// Writes [`Handlers`] from one row for each kind: its name, and the arguments behind the socket
/// for a `fn` and for an `async fn`.
macro_rules! handlers {
    ($($kind:ident: fn($($lent:ty),*), async fn($($owned:ty),*);)*) => {
        /// The functions of one module, in a `static`.
        #[derive(Debug)]
        pub struct Handlers<E: Endpoint> {
            /// Makes the data of a connection.
            pub attach: fn(HttpRequest) -> Attaching<E::Data>,
            /// How look-ups can hand a socket out; `None` if its data may not cross threads.
            pub share: Option<fn(&Socket<E>) -> Shared>,
            $(
                #[doc = concat!("The `", stringify!($kind), "` handler.")]
                pub $kind: Option<
                    Handler<
                        fn(&Socket<E> $(, $lent)*) -> Outcome,
                        fn(Socket<E> $(, $owned)*) -> Running,
                    >,
                >,
            )*
        }

        impl<E: Endpoint> Handlers<E> {
            /// A module with only `attach`. The generated code sets the other handlers.
            pub const fn new(
                attach: fn(HttpRequest) -> Attaching<E::Data>,
                share: Option<fn(&Socket<E>) -> Shared>,
            ) -> Self {
                Self { attach, share, $($kind: None,)* }
            }
        }
    };
}

handlers! {
    open: fn(), async fn();
    message: fn(Incoming<'_>), async fn(Message);
    close: fn(CloseReason), async fn(CloseReason);
    drain: fn(), async fn();
    dropped: fn(&Message), async fn(Message);
    subscription: fn(&str, usize), async fn(Topic, usize);
    ping: fn(&[u8]), async fn(Bytes);
    pong: fn(&[u8]), async fn(Bytes);
    error: fn(HandlerError), async fn(HandlerError);
}
