//! The `#[websocket]` attribute of the crate `levante`, which documents it in full; use it from
//! there.

mod check;
mod errors;
mod expand;
#[cfg(test)]
mod golden;
mod model;
mod names;
mod syntax;
mod test;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use quote::quote;

use self::syntax::{Arguments, Module};

/// Turns a module of plain functions into a WebSocket server.
///
/// `#[websocket("/chat", idle_timeout = Duration::from_secs(60))] mod chat { … }` leaves the module
/// as it is and adds to it the type `Ws`, which is the socket that the handlers take by reference,
/// and `pub fn service()`, which is registered with `App::new().service(chat::service())`.
///
/// Functions of these names are handlers, `async` or not; all others are private helpers:
///
/// - `attach(extractors…) -> T`, where `T` may be in `Attached<T>`, and that in a `Result`
/// - `open(ws: &Ws)`; if it fails, the connection closes with 1011 after `error` was told
/// - `message(ws: &Ws, message: M)`, where `M: FromMessage`
/// - `close(ws: &Ws)` or `close(ws: &Ws, reason: CloseReason)`
/// - `drain(ws: &Ws)`, when all that was queued is written, if a message was queued under
///   backpressure or dropped before; not once the socket is closing
/// - `dropped(ws: &Ws, message: &Message)`, for each message, sent or published, that this socket
///   misses because its queue is at `backpressure_limit`; to send it once more, wait for `drain`
/// - `subscription(ws: &Ws, topic: &str, subscribers: usize)`, when this socket has joined or left a
///   topic, with how many sockets of this process then subscribed to it; `ws.is_subscribed(topic)`
///   tells which, as things stand by now. A socket that ends leaves its topics before `close`
/// - `ping(ws: &Ws, data: &[u8])` and `pong(ws: &Ws, data: &[u8])`
/// - `error(ws: &Ws, error: HandlerError)`, when another handler returned an error or panicked, or
///   its message did not parse. Without it the connection closes. With it the connection closes only
///   after a panic, after any failure of `open`, and if `error` fails itself
///
/// `attach` refuses a client with an `Err`, which becomes the response. What only looks like a
/// refusal does not compile, because it would become `ws.data` and the socket would open: a
/// response, a status or an error as the data, also in a `Result`, and `Option` or `bool`. Data that
/// may be missing are a struct with an `Option` field, or stand in an `Attached`: `Attached<Option<T>>`.
///
/// The arguments of `attach` are extractors of actix, but not those that take the body of a request,
/// such as `web::Json`, because a handshake has none.
///
/// `attach` refuses a client with an `Err`, which becomes the response. What only looks like a
/// refusal does not compile, because it would become `ws.data` and the socket would open: a
/// response, a status or an error as the data, also in a `Result`, and `Option` or `bool`. Data that
/// may be missing are a struct with an `Option` field, or stand in an `Attached`: `Attached<Option<T>>`.
///
/// The arguments of `attach` are extractors of actix, but not those that take the body of a request,
/// such as `web::Json`, because a handshake has none.
///
/// The settings, each a constant expression, are `idle_timeout`, `send_pings`, `max_lifetime`,
/// `handshake_timeout`, `close_timeout`, `max_message_size`, `max_frames_per_message`,
/// `max_message_rate`, `max_subscriptions`, `max_topic_len`, `backpressure_limit`,
/// `close_on_backpressure_limit`, `publish_to_self`, `compression`, `compression_threshold`,
/// `protocols`, `hosts` and `origins`.
#[proc_macro_attribute]
pub fn websocket(arguments: TokenStream, item: TokenStream) -> TokenStream {
    socket(arguments.into(), item.into()).into()
}

/// Makes a test of a function.
///
/// An `async fn` runs on one thread, in an actix system whose clock is paused, and may use
/// `levante::test`. A plain `fn` is an ordinary `#[test]`: `use levante::test` brings this attribute
/// into scope together with the module. As with `#[test]` the function may return a `Result`, and
/// `#[should_panic]` and `#[ignore]` go with it.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    self::test::test(arguments.into(), item.into()).into()
}

/// The item always stays as it was written, beside the errors if there are any: rustc then has no
/// missing names to report, and editors keep working.
fn socket(arguments: TokenStream2, item: TokenStream2) -> TokenStream2 {
    let module = match Module::read(item.clone()) {
        Ok(module) => module,
        Err(misplaced) => {
            let error = check::misplaced(misplaced).into_compile_error();
            return quote!(#error #item);
        }
    };
    match check::check(Arguments::read(arguments), &module) {
        Ok(model) => module.with(expand::socket(&model)),
        Err(refused) => {
            let errors = refused.errors.into_compile_error();
            let rest = refused.skeleton.as_ref().map(expand::refused);
            let module = module.with(rest.unwrap_or_default());
            quote!(#errors #module)
        }
    }
}
