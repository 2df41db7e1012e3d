#![deny(warnings, dead_code)]
#![allow(clippy::boxed_local, clippy::drop_non_drop)]

use std::{borrow::Cow, sync::Arc};

use levante::{Incoming, prelude::*};

/// Two sockets for each payload: one with a `fn`, one with an `async fn`.
macro_rules! payloads {
    ($($name:ident: $payload:ty;)*) => {
        $(mod $name {
            use super::*;

            #[websocket("/sync")]
            pub mod sync {
                #[allow(unused_imports)]
                use super::*;

                fn message(ws: &Ws, _payload: $payload) {
                    ws.send("got it");
                }
            }

            #[websocket("/async")]
            pub mod waiting {
                #[allow(unused_imports)]
                use super::*;

                async fn message(ws: &Ws, payload: $payload) {
                    std::future::ready(()).await;
                    ws.send("got it");
                    drop(payload);
                }
            }
        })*

        fn main() {
            $($name::sync::service(); $name::waiting::service();)*
        }
    };
}

pub struct Move(i8, i8);

impl<'m> FromMessage<'m> for Move {
    fn from_message(message: Incoming<'m>) -> Result<Self, PayloadError> {
        match message.as_binary()? {
            &[x, y] => Ok(Self(x as i8, y as i8)),
            _ => Err(PayloadError::invalid("a move is two bytes")),
        }
    }
}

payloads! {
    own_text: String;
    shared_text: ByteString;
    boxed_text: Box<str>;
    counted_text: Arc<str>;
    own_bytes: Vec<u8>;
    shared_bytes: Bytes;
    boxed_bytes: Box<[u8]>;
    counted_bytes: Arc<[u8]>;
    either: Message;
    parsed: Json<Vec<u32>>;
    either_way: Result<String, PayloadError>;
    own_type: Move;
    behind_a_path: ::std::string::String;
}

#[websocket("/text")]
mod text {
    fn message(ws: &Ws, text: &str) {
        ws.send(text);
    }
}

#[websocket("/bytes")]
mod bytes {
    async fn message(ws: &Ws, mut bytes: &'_ [u8]) {
        bytes = &bytes[1..];
        std::future::ready(()).await;
        ws.send(bytes);
    }
}

#[websocket("/text/or/not")]
mod text_or_not {
    use levante::prelude::*;

    fn message(ws: &Ws, text: Result<&str, PayloadError>) -> Result<(), PayloadError> {
        ws.send(text?);
        Ok(())
    }
}

#[websocket("/text/of/either/owner")]
mod text_of_either_owner {
    use super::*;

    fn message(ws: &Ws, text: Cow<str>) {
        ws.send(text);
    }
}

#[websocket("/bytes/of/either/owner")]
mod bytes_of_either_owner {
    use super::*;

    async fn message(ws: &Ws, bytes: Cow<'_, [u8]>) {
        std::future::ready(()).await;
        ws.send(bytes);
    }
}

const _: fn(&Move) = |Move(x, y)| {
    _ = (x, y, text::service, bytes::service, text_or_not::service);
    _ = (
        text_of_either_owner::service,
        bytes_of_either_owner::service,
    );
};
