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
    pub(crate) enum Endpoint {}
    impl ::levante::__private::Generated for Endpoint {}
    impl ::levante::__private::Endpoint for Endpoint {
        type Data = Visitor;
    }
    /// A socket of this module.
    pub(crate) type Ws = ::levante::Socket<Endpoint>;
    /// The service of this socket, for `App::service`.
    #[allow(unreachable_pub, clippy::must_use_candidate)]
    pub fn service() -> ::levante::Service {
        ::levante::__private::service::<Endpoint>()
    }
    const _: () = {
        use ::levante::__private::{Local as _, Plain as _};
        const _: () = ::levante::__private::check_data(
            ::levante::__private::Probe::<Visitor>::LOOK,
            ::levante::__private::Probe::<Visitor>::IS_REFUSAL,
            ::levante::__private::Probe::<Visitor>::IS_ERROR,
            false,
        );
        fn __attach(
            __request: ::levante::__private::HttpRequest,
        ) -> ::levante::__private::Attaching<Visitor> {
            ::levante::__private::attaching(async move {
                ::levante::__private::attached::<Visitor>(attach().await)
            })
        }
        fn __open(__ws: Ws) -> ::levante::__private::Running {
            ::levante::__private::running(async move {
                let __ws: &Ws = &__ws;
                ::levante::__private::outcome(open(__ws).await)
            })
        }
        fn __message(
            __ws: Ws,
            __0: ::levante::__private::Message,
        ) -> ::levante::__private::Running {
            ::levante::__private::running(async move {
                let __ws: &Ws = &__ws;
                let __0: &str = ::levante::__private::payload(
                    ::core::convert::From::from(&__0),
                )?;
                ::levante::__private::outcome(message(__ws, __0).await)
            })
        }
        fn __close(
            __ws: Ws,
            __0: ::levante::__private::CloseReason,
        ) -> ::levante::__private::Running {
            ::levante::__private::running(async move {
                let __ws: &Ws = &__ws;
                let __0: CloseReason = __0;
                ::levante::__private::outcome(close(__ws, __0).await)
            })
        }
        fn __drain(__ws: Ws) -> ::levante::__private::Running {
            ::levante::__private::running(async move {
                let __ws: &Ws = &__ws;
                ::levante::__private::outcome(drain(__ws).await)
            })
        }
        fn __dropped(
            __ws: Ws,
            __0: ::levante::__private::Message,
        ) -> ::levante::__private::Running {
            ::levante::__private::running(async move {
                let __ws: &Ws = &__ws;
                let __0: &Message = &__0;
                ::levante::__private::outcome(dropped(__ws, __0).await)
            })
        }
        fn __subscription(
            __ws: Ws,
            __0: ::levante::__private::Topic,
            __1: ::core::primitive::usize,
        ) -> ::levante::__private::Running {
            ::levante::__private::running(async move {
                let __ws: &Ws = &__ws;
                let __0: &str = &__0;
                let __1: usize = __1;
                ::levante::__private::outcome(subscription(__ws, __0, __1).await)
            })
        }
        fn __ping(
            __ws: Ws,
            __0: ::levante::__private::Bytes,
        ) -> ::levante::__private::Running {
            ::levante::__private::running(async move {
                let __ws: &Ws = &__ws;
                let __0: &[u8] = &__0;
                ::levante::__private::outcome(ping(__ws, __0).await)
            })
        }
        fn __pong(
            __ws: Ws,
            __0: ::levante::__private::Bytes,
        ) -> ::levante::__private::Running {
            ::levante::__private::running(async move {
                let __ws: &Ws = &__ws;
                let __0: &[u8] = &__0;
                ::levante::__private::outcome(pong(__ws, __0).await)
            })
        }
        fn __error(
            __ws: Ws,
            __0: ::levante::__private::HandlerError,
        ) -> ::levante::__private::Running {
            ::levante::__private::running(async move {
                let __ws: &Ws = &__ws;
                let __0: HandlerError = __0;
                ::levante::__private::outcome(error(__ws, __0).await)
            })
        }
        static __HANDLERS: ::levante::__private::Handlers<Endpoint> = ::levante::__private::Handlers {
            open: ::core::option::Option::Some(
                ::levante::__private::Handler::Async(__open),
            ),
            message: ::core::option::Option::Some(
                ::levante::__private::Handler::Async(__message),
            ),
            close: ::core::option::Option::Some(
                ::levante::__private::Handler::Async(__close),
            ),
            drain: ::core::option::Option::Some(
                ::levante::__private::Handler::Async(__drain),
            ),
            dropped: ::core::option::Option::Some(
                ::levante::__private::Handler::Async(__dropped),
            ),
            subscription: ::core::option::Option::Some(
                ::levante::__private::Handler::Async(__subscription),
            ),
            ping: ::core::option::Option::Some(
                ::levante::__private::Handler::Async(__ping),
            ),
            pong: ::core::option::Option::Some(
                ::levante::__private::Handler::Async(__pong),
            ),
            error: ::core::option::Option::Some(
                ::levante::__private::Handler::Async(__error),
            ),
            ..::levante::__private::Handlers::new(
                __attach,
                ::levante::__private::Probe::<Ws>::SHARE,
            )
        };
        const _: &::levante::__private::Handlers<Endpoint> = &__HANDLERS;
        impl ::levante::__private::Mount for Endpoint {
            const PATH: &'static ::core::primitive::str = "/ws";
            const CONFIG: ::levante::__private::Config = ::levante::__private::Config::DEFAULT;
            const HANDLERS: &'static ::levante::__private::Handlers<Self> = &__HANDLERS;
        }
    };
}
