//! Generated code does not see names that the user defines.

#![deny(warnings, dead_code)]
#![no_implicit_prelude]

extern crate levante as other_name;

#[allow(unused_macros)]
macro_rules! vec {
    ($($tokens:tt)*) => {
        ::std::compile_error!("mine")
    };
}
#[allow(unused_macros)]
macro_rules! panic {
    ($($tokens:tt)*) => {
        ::std::compile_error!("mine")
    };
}
#[allow(unused_macros)]
macro_rules! assert {
    ($($tokens:tt)*) => {
        ::std::compile_error!("mine")
    };
}

#[other_name::websocket("/ws", send_pings = true)]
mod socket {
    #![allow(dead_code, non_camel_case_types)]

    use ::levante::{CloseReason, HandlerError, Json};

    mod levante {}
    mod core {}
    mod std {}
    struct str;
    struct u8;
    struct Config;
    struct Handlers;
    struct Option;
    enum Result {
        Ok,
        Err,
    }
    const CONFIG: Config = Config;
    const __VALUE: () = ();
    fn payload() {}
    fn outcome() {}
    trait From {
        fn from();
    }
    trait Into {
        fn into();
    }

    async fn attach(request: ::actix_web::HttpRequest) -> ::std::result::Result<u8, Refused> {
        ::std::mem::drop(request);
        ::std::result::Result::Ok(u8)
    }

    type Refused = ::actix_web::Error;

    async fn open(_: &Ws) {}

    async fn message(_: &Ws, Json(text): Json<::std::string::String>) {
        ::std::mem::drop(text);
    }

    fn close(_: &Ws, _: CloseReason) {}

    fn error(_: &Ws, _: HandlerError) {}
}

fn main() {
    socket::service();
}
