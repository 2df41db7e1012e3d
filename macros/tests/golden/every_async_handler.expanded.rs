mod socket {
    pub(crate) struct Visitor;
    async fn attach() -> Visitor {
        Visitor
    }
    async fn open(ws: &Ws) -> Result<(), Error> {
        Ok(())
    }
    async fn message(ws: &Ws, text: &str) {}
    async fn close(ws: &Ws, reason: CloseReason) {}
    async fn drain(ws: &Ws) {}
    async fn dropped(ws: &Ws, message: &Message) {}
    async fn subscription(ws: &Ws, topic: &str, subscribers: usize) {}
    async fn ping(ws: &Ws, data: &[u8]) {}
    async fn pong(ws: &Ws, data: &[u8]) {}
    async fn error(ws: &Ws, error: HandlerError) {}
    #[doc(hidden)]
    use ::levante::__private as __levante;
    #[doc(hidden)]
    pub(crate) enum Endpoint {}
    impl __levante::Generated for Endpoint {}
    impl __levante::Endpoint for Endpoint {
        type Data = Visitor;
        type Sends = __levante::Anything;
        type Closes = __levante::Anything;
    }
    /// A socket of this module. It is as visible as its data.
    pub(crate) type Ws = __levante::Socket<Endpoint>;
    /// The service of this socket, for `App::service`.
    #[allow(unreachable_pub, clippy::must_use_candidate)]
    pub fn service() -> __levante::Service {
        __levante::service::<Endpoint>()
    }
    const _: () = {
        use __levante::{Local as _, Plain as _};
        const _: () = __levante::check_data(
            __levante::Probe::<Visitor>::LOOK,
            __levante::Probe::<Visitor>::IS_REFUSAL,
            __levante::Probe::<Visitor>::IS_ERROR,
            false,
        );
        fn __attach(__request: __levante::HttpRequest) -> __levante::Attaching<Visitor> {
            __levante::attaching(async move {
                __levante::attached::<Visitor>(attach().await)
            })
        }
        fn __open(__ws: Ws) -> __levante::Running {
            __levante::running(async move {
                let __ws: &Ws = &__ws;
                __levante::outcome(open(__ws).await)
            })
        }
        fn __message(__ws: Ws, __0: __levante::Message) -> __levante::Running {
            __levante::running(async move {
                let __ws: &Ws = &__ws;
                let __0: &str = __levante::payload(::core::convert::From::from(&__0))?;
                __levante::outcome(message(__ws, __0).await)
            })
        }
        fn __close(__ws: Ws, __0: __levante::CloseReason) -> __levante::Running {
            __levante::running(async move {
                let __ws: &Ws = &__ws;
                let __0: CloseReason = __0;
                __levante::outcome(close(__ws, __0).await)
            })
        }
        fn __drain(__ws: Ws) -> __levante::Running {
            __levante::running(async move {
                let __ws: &Ws = &__ws;
                __levante::outcome(drain(__ws).await)
            })
        }
        fn __dropped(__ws: Ws, __0: __levante::Message) -> __levante::Running {
            __levante::running(async move {
                let __ws: &Ws = &__ws;
                let __0: &Message = &__0;
                __levante::outcome(dropped(__ws, __0).await)
            })
        }
        fn __subscription(
            __ws: Ws,
            __0: __levante::Topic,
            __1: ::core::primitive::usize,
        ) -> __levante::Running {
            __levante::running(async move {
                let __ws: &Ws = &__ws;
                let __0: &str = &__0;
                let __1: usize = __1;
                __levante::outcome(subscription(__ws, __0, __1).await)
            })
        }
        fn __ping(__ws: Ws, __0: __levante::Bytes) -> __levante::Running {
            __levante::running(async move {
                let __ws: &Ws = &__ws;
                let __0: &[u8] = &__0;
                __levante::outcome(ping(__ws, __0).await)
            })
        }
        fn __pong(__ws: Ws, __0: __levante::Bytes) -> __levante::Running {
            __levante::running(async move {
                let __ws: &Ws = &__ws;
                let __0: &[u8] = &__0;
                __levante::outcome(pong(__ws, __0).await)
            })
        }
        fn __error(__ws: Ws, __0: __levante::HandlerError) -> __levante::Running {
            __levante::running(async move {
                let __ws: &Ws = &__ws;
                let __0: HandlerError = __0;
                __levante::outcome(error(__ws, __0).await)
            })
        }
        static __HANDLERS: __levante::Handlers<Endpoint> = __levante::Handlers {
            open: ::core::option::Option::Some(__levante::Handler::Async(__open)),
            message: ::core::option::Option::Some(__levante::Handler::Async(__message)),
            close: ::core::option::Option::Some(__levante::Handler::Async(__close)),
            drain: ::core::option::Option::Some(__levante::Handler::Async(__drain)),
            dropped: ::core::option::Option::Some(__levante::Handler::Async(__dropped)),
            subscription: ::core::option::Option::Some(
                __levante::Handler::Async(__subscription),
            ),
            ping: ::core::option::Option::Some(__levante::Handler::Async(__ping)),
            pong: ::core::option::Option::Some(__levante::Handler::Async(__pong)),
            error: ::core::option::Option::Some(__levante::Handler::Async(__error)),
            ..__levante::Handlers::new(__attach, __levante::Probe::<Ws>::SHARE)
        };
        const _: &__levante::Handlers<Endpoint> = &__HANDLERS;
        impl __levante::Mount for Endpoint {
            const MODULE: &'static ::core::primitive::str = ::core::module_path!();
            const PATH: &'static ::core::primitive::str = "/ws";
            const CONFIG: __levante::Config = __levante::Config::DEFAULT;
            const HANDLERS: &'static __levante::Handlers<Self> = &__HANDLERS;
        }
    };
}
